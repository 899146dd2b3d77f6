/** What the page says of certificates. Names, numbers and days are put in as they are to be read. */
import type { BindingCode } from '@sogoc/light-client';

export interface CertificateTexts {
  readonly bound: (serial: string, authority: string, from: string, until: string) => string;
  readonly root: (name: string) => string;
  readonly throwaway: string;
  /** What is not looked at. */
  readonly limits: string;
  readonly more: string;
  readonly subject: string;
  readonly issuer: string;
  readonly path: string;
  readonly algorithm: string;
  readonly signedAt: string;
  readonly digest: string;
  /** The evidence binds nothing. */
  readonly refused: string;
  /** Nothing speaks against it. */
  readonly unknown: string;
  readonly noRoots: string;
  readonly badRoots: string;
  readonly codes: Readonly<Record<BindingCode, string>>;
}
