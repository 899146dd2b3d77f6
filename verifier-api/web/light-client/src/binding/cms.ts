/** The evidence: CMS SignedData (RFC 5652) of one form (FORMATS §22). */
import { concat, equal } from '../bytes.js';
import { SHA_256, readAlgorithm, readHash } from './algorithm.js';
import type { Algorithm, Hash } from './algorithm.js';
import { Der, OCTET_STRING, SEQUENCE, SET, context, inside, primitive, setOf, wellFormed } from './der.js';
import type { Element } from './der.js';
import { malformed, unbound } from './unbound.js';
import { Certificate, readTime } from './x509.js';

const SIGNED_DATA = '2a864886f70d010702';
const DATA = '2a864886f70d010701';
const CONTENT_TYPE = '2a864886f70d010903';
const MESSAGE_DIGEST = '2a864886f70d010904';
const SIGNING_TIME = '2a864886f70d010905';
const SIGNING_CERTIFICATE_V2 = '2a864886f70d010910022f';

/** Most bytes of one. */
export const EVIDENCE_BYTES = 65_535;
/** Most certificates in one. */
const CERTIFICATES = 8;

/** Whether a certificate is the one that signed. */
type IsSigner = (certificate: Certificate) => boolean;

/** An evidence that was read; nothing of it is checked yet. */
export interface Signed {
  readonly certificates: readonly Certificate[];
  readonly isSigner: IsSigner;
  readonly hash: Hash;
  readonly attributes: Attributes | undefined;
  readonly algorithm: Algorithm;
  readonly signature: Uint8Array;
}

interface Attributes {
  /** As they were received, `[0]` first. */
  readonly whole: Uint8Array;
  readonly messageDigest: Uint8Array;
  /** When its signer says that it was signed. */
  readonly signingTime: bigint | undefined;
  /** Of the signer's certificate. */
  readonly certificate: { readonly hash: Hash; readonly digest: Uint8Array } | undefined;
}

export function readSigned(evidence: Uint8Array): Signed {
  const outer = inside(wellFormed(evidence), SEQUENCE);
  if (outer.oid() !== SIGNED_DATA) malformed();
  const content = outer.only(context(0)).only(SEQUENCE);
  const version = content.small();
  const announced = readHash(content.open(SET).last(SEQUENCE).contents);
  const encapsulated = content.open(SEQUENCE);
  if (encapsulated.oid() !== DATA) malformed();
  encapsulated.finish();
  const certificates = readCertificates(content.optional(context(0)));
  const fields = content.only(SET).only(SEQUENCE);
  const signerVersion = fields.small();
  const { version: wanted, isSigner } = readSigner(fields.element());
  const hash = readHash(fields.expect(SEQUENCE).contents);
  // SignedData is of version 3 if its SignerInfo is, RFC 5652 §5.1.
  if (signerVersion !== wanted || version !== wanted || announced !== hash) malformed();
  const signedAttributes = fields.optional(context(0));
  const attributes = signedAttributes && readAttributes(signedAttributes);
  const algorithm = readAlgorithm(fields.expect(SEQUENCE).contents, hash);
  const signature = fields.expect(OCTET_STRING).contents;
  fields.optional(context(1));
  fields.finish();
  return { certificates, isSigner, hash, attributes, algorithm, signature };
}

function readCertificates(set: Element | undefined): Certificate[] {
  const certificates: Certificate[] = [];
  for (const element of setOf(set?.contents ?? new Uint8Array())) {
    if (certificates.length === CERTIFICATES) unbound('binding-too-large');
    certificates.push(new Certificate(element));
  }
  return certificates;
}

/** The version that goes with the form of a SignerIdentifier, and whom it means. */
function readSigner(element: Element): { version: number; isSigner: IsSigner } {
  if (element.tag === primitive(0)) {
    const id = element.contents;
    return { version: 3, isSigner: ({ extensions: { subjectKeyId } }) => subjectKeyId !== undefined && equal(subjectKeyId, id) };
  }
  const fields = inside(element, SEQUENCE);
  const issuer = fields.expect(SEQUENCE).whole;
  const serial = fields.integer();
  fields.finish();
  return { version: 1, isSigner: (one) => equal(one.issuer.whole, issuer) && equal(one.serial, serial) };
}

/** The known ones once and with one value; others are not looked at. */
function readAttributes({ whole, contents }: Element): Attributes {
  const seen = new Set<string>();
  let contentType: string | undefined;
  let messageDigest: Uint8Array | undefined;
  let signingTime: bigint | undefined;
  let certificate: Attributes['certificate'];
  for (const element of setOf(contents)) {
    const attribute = inside(element, SEQUENCE);
    const name = attribute.oid();
    const values = attribute.only(SET);
    if (name === CONTENT_TYPE) {
      contentType = values.oid();
      values.finish();
    } else if (name === MESSAGE_DIGEST) messageDigest = values.last(OCTET_STRING).contents;
    else if (name === SIGNING_TIME) {
      signingTime = readTime(values.element());
      values.finish();
    } else if (name === SIGNING_CERTIFICATE_V2) certificate = signingCertificate(values.only(SEQUENCE));
    else continue;
    if (seen.has(name)) malformed();
    seen.add(name);
  }
  if (contentType !== DATA || messageDigest === undefined) return malformed();
  return { whole, messageDigest, signingTime, certificate };
}

/** Of the first ESSCertIDv2 (RFC 5035 §3), which is the signer's; the hash is SHA-256 if it is not named. */
function signingCertificate(value: Der): { hash: Hash; digest: Uint8Array } {
  const certificate = value.open(SEQUENCE).open(SEQUENCE);
  const algorithm = certificate.optional(SEQUENCE);
  const hash = algorithm === undefined ? SHA_256 : readHash(algorithm.contents);
  return { hash, digest: certificate.expect(OCTET_STRING).contents };
}

/** The certificate that signed. */
export function signerOf({ certificates, isSigner }: Signed): Certificate {
  return certificates.find(isSigner) ?? unbound('binding-no-certificate');
}

/** Refused unless the signer's key signed the statement. */
export function checkSignature({ attributes, hash, algorithm, signature }: Signed, statement: Uint8Array, signer: Certificate): void {
  const { key } = signer;
  let signed = statement;
  if (attributes !== undefined) {
    const { whole, messageDigest, certificate } = attributes;
    if (!equal(messageDigest, hash.digest(statement))) unbound('binding-other-statement');
    if (certificate !== undefined && !equal(certificate.hash.digest(signer.der), certificate.digest)) unbound('binding-no-certificate');
    // RFC 5652 §5.4: they are hashed as a SET.
    signed = concat(Uint8Array.of(SET), whole.subarray(1));
  }
  if (!key.verifies(algorithm, signed, signature)) unbound('binding-signature-wrong');
}
