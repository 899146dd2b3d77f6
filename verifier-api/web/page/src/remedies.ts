/** What a reader can do about each reason. */
import type { ReasonCode, Remedy } from './text/dictionary.js';

/** All others mean that bytes were damaged or altered on the way: ask for the file again. */
const OTHERS: Readonly<Record<Exclude<Remedy, 'ask-again'>, readonly ReasonCode[]>> = {
  'ask-issuer': [
    'claim-not-of-schema', 'record-differs', 'definition-missing', 'date-malformed', 'not-a-successor', 'not-entitled', 'revoked',
  ],
  update: [
    'bundle-unknown-format', 'receipt-unknown-format', 'algorithm-unsupported', 'hash-unsupported', 'type-unknown',
    'schema-version-unknown', 'definition-unknown-format',
  ],
  'ask-holder': [
    'holder-binding-missing', 'holder-key-missing', 'holder-binding-malformed', 'holder-hash-differs',
    'holder-signature-invalid', 'holder-audience-differs', 'holder-nonce-differs', 'holder-binding-in-future',
    'holder-binding-expired',
  ],
  'ask-current': ['superseded', 'expired'],
  wait: ['suspended', 'key-suspended'],
  'right-anchor': ['other-chain', 'wrong-validators'],
  'go-online': ['needs-refresh', 'status-too-old'],
  'give-anchor': ['no-anchor'],
  'right-original': ['other-file'],
  'ask-digest': ['no-file-digest'],
  report: ['internal'],
};

export function remedyFor(code: ReasonCode): Remedy {
  const [remedy] = Object.entries(OTHERS).find(([, codes]) => codes.includes(code)) ?? ['ask-again'];
  return remedy as Remedy;
}
