/**
 * What goes in and what comes out. 64-bit integers are BigInt, bytes are Uint8Array, times are milliseconds since
 * 1970-01-01T00:00:00Z unless their name says seconds.
 */

/** 32 bytes. `hex()` renders them. */
export type Hash = Uint8Array;

// ---- The ledger's structs (FORMATS §7 to §12), as decoded -------------------------------------------------------

export interface PublicKey {
  readonly algorithm: 'Ed25519' | 'ES256';
  /** 32 of Ed25519; 33 of P-256, compressed. */
  readonly bytes: Uint8Array;
}

export interface Header {
  readonly version: number;
  readonly chain: string;
  readonly height: bigint;
  readonly time: bigint;
  readonly parent: Hash;
  readonly historyRoot: Hash;
  readonly body: Hash;
  readonly stateRoot: Hash;
  readonly validators: Hash;
  readonly nextValidators: Hash;
  readonly leaves: bigint;
}

export interface Validator {
  readonly key: PublicKey;
  readonly power: number;
}

export type ValidatorSet = readonly Validator[];

export interface Certificate {
  readonly round: number;
  readonly signers: Uint8Array;
  readonly signatures: readonly Uint8Array[];
}

/** What the key sealed from `since` on is suspended; without `until` it lasts until it is lifted. */
export interface Suspension {
  readonly since: bigint;
  readonly until: bigint | undefined;
}

export interface IssuerKey {
  readonly key: PublicKey;
  /** Sum of 1 seal, 2 approve, 4 administer. */
  readonly roles: number;
  readonly from: bigint;
  readonly until: bigint | undefined;
  readonly suspended: Suspension | undefined;
  readonly binding: Hash | undefined;
}

/** The right to issue one type of document, by a decision of the authority. Days are counted in UTC+7 since 1970. */
export interface Grant {
  readonly documentType: string;
  readonly from: number;
  readonly until: number | undefined;
  readonly decision: string;
}

/** The right of another issuer to act for the one in whose record it stands. */
export interface Succession {
  readonly issuer: string;
  /** Sum of 1 seal, 2 amend, 4 revoke. */
  readonly scopes: number;
  readonly from: number;
  readonly until: number | undefined;
  readonly decision: string;
}

/** `from` is the first day after its last. */
export interface Closing {
  readonly from: number;
  readonly decision: string;
}

export interface Issuer {
  readonly id: string;
  readonly name: string;
  readonly nameEn: string;
  readonly closed: Closing | undefined;
  readonly keys: readonly IssuerKey[];
  readonly grants: readonly Grant[];
  readonly successors: readonly Succession[];
}

/** `digitised`: taken over from paper. */
export type Origin = 'issued' | 'digitised';

export interface Batch {
  /** Thumbprint of the key that sealed it. */
  readonly key: Hash;
  /** Thumbprint of the key that approved it: of a late entry, of what was sealed for another, of what was digitised. */
  readonly approver: Hash | undefined;
  /** The issuer that its documents name, if another than the one that sealed it. */
  readonly actFor: string | undefined;
  readonly origin: Origin;
  /** Position in the grants of the issuer that its documents name. */
  readonly grant: number;
  readonly documentType: string;
  readonly schema: number;
  /** SHA-256 of the text of the schema's definition on the ledger, if it had one. */
  readonly definition: Hash | undefined;
  readonly period: string;
  readonly size: number;
  readonly root: Hash;
  readonly height: bigint;
  readonly time: bigint;
  readonly statusRoot: Hash | undefined;
}

export type StatusName = 'valid' | 'superseded' | 'revoked' | 'suspended';

export interface StatusEntry {
  readonly index: number;
  readonly status: StatusName;
  /** Height and time of the block that set it; 0 where nothing ever changed. */
  readonly height: bigint;
  readonly time: bigint;
  readonly commitment: Hash;
  /** Leaf hash of the entry that this one replaced; zero if nothing had changed before. */
  readonly previous: Hash;
}

export type Ground =
  | 'fraud' | 'ineligible' | 'wrong-authority' | 'altered' | 'lent' | 'issuer-error' | 'civil-status';

export type Correction = 'amend' | 'reissue' | 'revoke' | 'cancel' | 'suspend' | 'reinstate';

/** Where the document that takes another's place was sealed: only as good as the word of who wrote it. */
export interface Replacement {
  readonly issuer: string;
  /** 32 lower-case hex digits. */
  readonly batch: string;
  readonly leaf: Hash;
}

/** What stands behind a change of status. It is shown only if it is what the ledger's commitment commits to. */
export interface Opening {
  readonly salt: Uint8Array;
  readonly correction: Correction;
  readonly ground: Ground;
  readonly decision: string;
  readonly decisionDate: string;
  readonly replacement: Replacement | undefined;
}

/** A block that the verifier trusts, for where it came from. */
export interface Checkpoint {
  readonly header: Header;
  readonly validators: ValidatorSet;
  readonly nextValidators: ValidatorSet;
}

// ---- The question -----------------------------------------------------------------------------------------------

/** What a holder's binding must answer. */
export interface HolderQuestion {
  readonly audience: string;
  readonly nonce: string;
  /** The oldest binding that will do. */
  readonly maxAgeSeconds: bigint;
  /** The time of asking in seconds; `now` of the question unless given. */
  readonly nowSeconds?: bigint;
}

export interface Question {
  /** The bytes of the bundle file. */
  readonly bundle: Uint8Array;
  readonly checkpoint: Checkpoint;
  readonly now: bigint;
  /** An encoded BatchStatuses, from anybody. If it proves nothing it decides nothing. */
  readonly fresh?: Uint8Array | undefined;
  /** The oldest status that will do, in milliseconds. */
  readonly maxAgeMs?: bigint | undefined;
  readonly holder?: HolderQuestion | undefined;
  /** The bytes of the file that the document seals. */
  readonly original?: Uint8Array | undefined;
  /**
   * Of `readRoots` in `@sogoc/light-client/binding`, if the checker wants to know whose certificate stands behind the key
   * that sealed it. What is found changes no verdict: the ledger decides whose the key is.
   */
  readonly roots?: Roots | undefined;
}

/** Roots of trust: which authorities' certificates count, and when. Configuration, never a matter of the ledger. */
export interface Roots {
  /** The file says that it is of a test or a class. */
  readonly throwaway: boolean;
  /** The first evidence that binds the key of the batch, or why the first does not; none if there is none. */
  binding(
    evidence: readonly { readonly statement: Uint8Array; readonly cms: Uint8Array }[],
    sealed: { readonly batch: Batch; readonly issuer: Issuer },
    chain: string,
  ): BindingReport | undefined;
}

// ---- The report -------------------------------------------------------------------------------------------------

export type Verdict = 'valid' | 'invalid' | 'revoked' | 'superseded' | 'suspended' | 'cannot-check';

export type CheckName =
  | 'integrity' | 'disclosures' | 'issuer-signature' | 'on-ledger' | 'final' | 'issuer-entitled' | 'status' | 'expiry'
  | 'holder-binding' | 'original';

export type Outcome = 'passed' | 'failed' | 'cannot-check' | 'not-reached';

/** Why a file is no bundle. Those that name an unknown format come with the verdict `cannot-check`. */
export type BundleError =
  | 'bundle-too-large' | 'not-a-bundle' | 'bundle-unknown-format' | 'opening-malformed' | 'history-malformed'
  | 'evidence-malformed' | 'definition-malformed' | 'definition-unknown-format'
  | 'receipt-malformed' | 'receipt-unknown-format';

export type IntegrityCode =
  | 'document-too-large' | 'document-malformed' | 'base64-not-canonical' | 'json-malformed' | 'json-duplicate-member'
  | 'json-too-deep' | 'header-malformed' | 'algorithm-unsupported' | 'key-malformed' | 'hash-unsupported'
  | 'envelope-malformed' | 'type-unknown' | 'schema-version-unknown';

export type DisclosureCode =
  | 'digest-duplicate' | 'digest-malformed' | 'disclosure-malformed' | 'disclosure-unreferenced' | 'claim-reserved'
  | 'claim-clash' | 'claim-not-of-schema';

export type HolderCode =
  | 'holder-binding-missing' | 'holder-key-missing' | 'holder-binding-malformed' | 'holder-hash-differs'
  | 'holder-signature-invalid' | 'holder-audience-differs' | 'holder-nonce-differs' | 'holder-binding-in-future'
  | 'holder-binding-expired';

/** The codes of FORMATS §11: of a receipt, of statuses, of absence. */
export type ReceiptCode =
  | 'receipt-malformed' | 'receipt-unknown-format' | 'other-chain' | 'other-batch' | 'needs-refresh'
  | 'not-an-ancestor' | 'not-final' | 'wrong-validators' | 'wrong-state' | 'not-in-batch' | 'wrong-status';

/** The codes of FORMATS §22. */
export type BindingCode =
  | 'binding-too-large' | 'binding-malformed' | 'binding-not-admitted' | 'binding-weak-hash' | 'binding-weak-key'
  | 'binding-unknown-algorithm' | 'binding-no-certificate' | 'binding-other-statement' | 'binding-signature-wrong'
  | 'binding-path-broken' | 'binding-path-too-long' | 'binding-not-an-authority' | 'binding-unknown-root'
  | 'binding-root-out-of-window' | 'binding-expired' | 'binding-not-yet-valid' | 'binding-unknown-extension'
  | 'binding-not-for-signing' | 'binding-signed-by-authority' | 'binding-other-organisation';

export type CheckCode =
  | IntegrityCode | DisclosureCode | HolderCode | ReceiptCode
  | 'issuer-signature-invalid' | 'pointer-malformed' | 'record-differs' | 'definition-differs' | 'definition-missing'
  | 'date-malformed' | 'not-a-successor' | 'not-entitled' | 'revoked' | 'superseded' | 'suspended' | 'key-suspended' | 'status-too-old' | 'expired'
  | 'no-file-digest' | 'other-file';

export interface Check {
  readonly check: CheckName;
  readonly outcome: Outcome;
  /** Given where the outcome is `failed` or `cannot-check`. */
  readonly code?: CheckCode;
}

/** The status and as of when it was seen. */
export interface StatusReport extends StatusEntry {
  /** Time and height of the header that it is proven under: nothing is known of what came later. */
  readonly asOf: bigint;
  readonly asOfHeight: bigint;
  /** It is from the fresh statuses, not from the receipt. */
  readonly fresh: boolean;
  /** The key that sealed the document is suspended, and with it what it sealed since then. */
  readonly keySuspended: boolean;
}

/** A status that a document had, and what stands behind it if the bundle tells. */
export interface HistoryEntry {
  readonly entry: StatusEntry;
  readonly opening?: Opening;
}

/** A checkpoint, for people. */
export interface Anchor {
  readonly chain: string;
  readonly height: bigint;
  readonly time: bigint;
  /** Height 0: a weaker anchor, to be shown as such. */
  readonly genesis: boolean;
  /** The header hash in hex. */
  readonly hash: string;
}

/** Where on which ledger the document says that it is. */
export interface Pointer {
  readonly chain: string;
  readonly issuer: string;
  /** 32 lower-case hex digits. */
  readonly batch: string;
}

/** The name of a text's rule (FORMATS §13, Schemas): it tells a page how to render the value. */
export type TextForm =
  | 'text' | 'date' | 'year' | 'school_year' | 'mark' | 'level' | 'count' | 'sex' | 'yes-no' | 'personal_id'
  | 'media_type';

/** What people call something, in either language. */
export interface Label {
  readonly vi: string;
  readonly en: string;
}

/** What a definition calls a type of document and its parts, by paths with no name in the place of an element's: `subjects//year`. */
export interface Definition {
  readonly title: Label;
  /** In the order in which people read the claims. */
  readonly labels: ReadonlyMap<string, Label>;
  /** Of the claims that are codes of a list: what each code stands for. */
  readonly codes: ReadonlyMap<string, ReadonlyMap<string, Label>>;
}

/** The digest of a sealed file: SHA-256(salt ‖ file). */
export interface FileDigest {
  readonly salt: Uint8Array;
  readonly digest: Uint8Array;
}

/** One disclosed claim. Containers have `members`; they are in the order of the schema, elements in the document's. */
export interface Claim {
  /** Names from the top joined by `/`, `~` and `/` inside a name written `~0` and `~1`: what `present` takes. */
  readonly path: string;
  /** The claim's name; of an element of a list the text of its key, which is therefore no member of it. */
  readonly name: string;
  readonly kind: 'text' | 'file-digest' | 'object' | 'list' | 'element';
  /** Of a text. */
  readonly form?: TextForm;
  /** Of a text. */
  readonly value?: string;
  /** Of a file digest. */
  readonly fileDigest?: FileDigest;
  /** Of a container. */
  readonly members?: readonly Claim[];
  /** Of an object or an element: names of its schema that are not shown: withheld or absent, nobody can tell. */
  readonly notShown?: readonly string[];
  /** Shown only if named itself. */
  readonly sensitive: boolean;
}

/** What the document itself says, once its integrity and disclosures hold. */
export interface DocumentReport {
  readonly vct: string;
  /** The type's id on the ledger, as `hoc-ba-thcs`. */
  readonly type: string;
  readonly schema: string;
  /** Whether the type is one of those that are known by heart. */
  readonly known: boolean;
  /** Of another type, once `on-ledger` has passed: until then its words are anybody's. */
  readonly definition?: Definition;
  /** `iss`: the issuer that it names. */
  readonly issuer: string;
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** Seconds since 1970. */
  readonly expires?: bigint;
  readonly pointer: Pointer;
  /** It names a holder's key (`cnf`), and comes with a binding by it. */
  readonly holderKey: boolean;
  readonly holderBinding: boolean;
  /** Thumbprint, in hex, of the key that signed it. */
  readonly signingKey: string;
  readonly claims: readonly Claim[];
  /** Names at the top of the schema that are not shown: withheld or absent, nobody can tell. */
  readonly notShown: readonly string[];
  readonly disclosures: number;
  /** Digests without a disclosure: withheld claims and decoys, nobody can tell which. */
  readonly withheld: number;
}

/** A validator that signed the header. */
export interface Signer {
  /** Position in the set. */
  readonly index: number;
  /** The public key in hex. */
  readonly key: string;
  readonly power: number;
}

/** What the receipt proved, once `final` and `on-ledger` hold. */
export interface Proven {
  /** The whole batch record: its type, size, period, height and time of sealing. */
  readonly batch: Batch;
  /** The issuer that sealed. */
  readonly sealingIssuer: Issuer;
  /** Pieces of evidence that came with it, which bind the key to a certificate if they hold. */
  readonly evidence: number;
  /** The issuer that the document names: the one that sealed, or the one that it sealed for as its successor. */
  readonly namedIssuer: Issuer;
  /** The grant under which the document was entitled; given once `issuer-entitled` has passed. */
  readonly grant?: Grant;
  /** By which the one that sealed acted for the one that is named, if another; given once `issuer-entitled` has passed. */
  readonly succession?: Succession;
  /** The header that all of it is proven under. */
  readonly header: Header;
  readonly headerHash: string;
  readonly finality: 'certified' | 'ancestor';
  /** Changes of the validators between the checkpoint and the header. */
  readonly changes: number;
  /** Who signed the header; empty for `ancestor`, whose finality is the checkpoint's. */
  readonly signers: readonly Signer[];
  readonly signedPower: bigint;
  readonly totalPower: bigint;
}

/** One turn of a path: the sibling, on which side it stands, and what the two hash to. All hex. */
export interface PathStep {
  readonly sibling: string;
  readonly side: 'left' | 'right';
  readonly hash: string;
}

/** The raw proof for the curious, all hashes in hex. */
export interface Steps {
  /** SHA-256(00 ‖ JWT) */
  readonly leaf: string;
  readonly index: number;
  readonly size: number;
  readonly path: readonly PathStep[];
  readonly batchRoot: string;
  /** Of the status in the receipt; none while nothing in the batch ever changed. */
  readonly statusLeaf?: string;
  readonly statusPath?: readonly PathStep[];
  readonly statusRoot?: string;
  /** The records that the state proof shows, in the order of their places in the tree. */
  readonly records: readonly { readonly key: string; readonly place: string; readonly value: string }[];
  readonly stateSiblings: readonly string[];
  readonly stateRoot: string;
  readonly headerHash: string;
  /** Of `ancestor`: from the header to the checkpoint's history root. */
  readonly ancestry?: readonly PathStep[];
  readonly historyRoot?: string;
}

/** The certificate that the key which sealed the document is bound to. Names are written much as RFC 4514 does. */
export interface Bound {
  /** Whose certificate it is. */
  readonly organisation: string;
  readonly subject: string;
  readonly issuer: string;
  /** Hex. */
  readonly serial: string;
  readonly validFrom: bigint;
  /** The last second of it. */
  readonly validUntil: bigint;
  /** The authorities above it, as far as the root, without it. */
  readonly path: readonly string[];
  /** As the file of roots calls it. */
  readonly root: string;
  /** Kind of key and signature. */
  readonly algorithm: string;
  /** When it was signed, as the signer says. */
  readonly signedAt?: bigint;
  /** By which the ledger admits it, in hex. */
  readonly digest: string;
}

export type BindingReport = { readonly bound: Bound } | { readonly refused: BindingRefusal };

/** Why the evidence binds nothing. */
export interface BindingRefusal {
  readonly code: BindingCode;
  /** Nothing speaks against it: other roots or a newer program may accept it. */
  readonly cannotCheck: boolean;
  /** The certificate, root or organisation that it is about. */
  readonly detail?: string;
}

export interface Report {
  readonly verdict: Verdict;
  /** The file is no bundle; there are no checks then. */
  readonly error?: BundleError;
  /** Always eight, and `holder-binding` and `original` if the question asks for them. */
  readonly checks: readonly Check[];
  readonly status?: StatusReport;
  /** Why the fresh statuses were left aside. */
  readonly freshRefused?: ReceiptCode | 'record-differs';
  /** The checkpoint that the verdict rests on; none if the verification ended before a receipt held against one. */
  readonly anchor?: Anchor;
  readonly document?: DocumentReport;
  readonly proven?: Proven;
  /** What stands behind the status, if the bundle tells and the ledger's commitment agrees. */
  readonly opening?: Opening;
  /** Every status before it, oldest first; none if the bundle does not prove all of them. */
  readonly history?: readonly HistoryEntry[];
  /** If roots were given, the receipt held and evidence came with it. */
  readonly binding?: BindingReport;
  readonly steps?: Steps;
}
