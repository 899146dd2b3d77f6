/** What the page says of certificates. */
import type { BindingCode } from '@sogoc/light-client';

export interface CertificateTexts {
  readonly bound: string;
  readonly organisation: string;
  readonly issuer: string;
  readonly root: string;
  readonly serial: string;
  readonly validFrom: string;
  readonly validUntil: string;
  readonly throwaway: string;
  /** What is not looked at. */
  readonly limits: string;
  readonly more: string;
  readonly subject: string;
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
