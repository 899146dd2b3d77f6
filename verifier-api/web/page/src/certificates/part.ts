/** The part of the page that only documents with evidence of a certificate need: its reader, and its words in both languages. */
import type { Roots } from '@sogoc/light-client';
import { readRoots } from '@sogoc/light-client/binding';
import type { Language } from '../i18n.js';
import { en } from './en.js';
import type { CertificateTexts } from './texts.js';
import { vi } from './vi.js';

export interface CertificatesPart {
  /** Throws if the file is none of roots. */
  readRoots(file: Uint8Array): Roots;
  readonly texts: Readonly<Record<Language, CertificateTexts>>;
}

export const certificates: CertificatesPart = { readRoots, texts: { vi, en } };
