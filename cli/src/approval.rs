//! Approval by a file: what a clerk asks and what an approver answers, when neither gives their key away.
//!
//! # Format
//!
//! Two files of JSON, private to two colleagues. The request, of at most 32 MiB:
//!
//! ```json
//! {"sogoc-request": 1, "chain": "hcmc-23", "issuer": "thcs-mau-1", "key": "thumbprint of the clerk's key, in hex",
//!  "valid_until": 1795334400000, "matters": [
//!    {"action": "base64url of an Action that seals a batch"},
//!    {"action": "base64url of an Action that changes a status", "opening": "base64url of the Opening",
//!     "document": "the bundle of the document, as text", "replacement": "that of the one that takes its place, if one does"}]}
//! ```
//!
//! The approval, of at most 64 KiB:
//!
//! ```json
//! {"sogoc-approval": 1, "approver": "thumbprint, in hex", "signatures": ["base64url", "one for each matter, in their order"]}
//! ```
//!
//! Each signature is over the `Request` of FORMATS §10 that a matter makes with the approver entered in it.
//!
//! # Invariants
//!
//! * A request names no approver: whoever of the issuer's approvers is there enters their own key, and only it.
//! * What was read does not contradict itself: the commitment is the opening's, the document is the one whose status changes.
//! * An approval is worth nothing without the clerk's signature. That one is made last, over what the clerk's own file says:
//!   nothing but a thumbprint and signatures is taken from the approver.
//! * Of documents to be sealed a request has the leaf hashes, which name nobody. For a change of status it has the document,
//!   which the approver must see: mode 0600.
//!
//! # Errors
//!
//! `not-a-request`, `not-an-approval`: another file, or a damaged one. `request-unknown-format`, `approval-unknown-format`:
//! a newer program wrote it. `opening-differs`, `document-differs`: the file contradicts itself. What the ledger would refuse of
//! an approval ([`second`]) has the ledger's own code.

pub mod second;
pub mod standing;

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sogoc_credential::bundle::Bundle;
use sogoc_credential::opening::Opening;
use sogoc_ledger::Hash;
use sogoc_ledger::codec;
use sogoc_ledger::merkle;
use sogoc_ledger::name::{ChainId, IssuerId, Time};
use sogoc_ledger::receipt::Pointer;
use sogoc_ledger::signature::Signature;
use sogoc_ledger::transaction::{Act, Action, ChangeStatus, Issue, Request};

use crate::command::verify::pointer;
use crate::failure::Failure;
use crate::files;

/// Longest request, in bytes: some sixty of the largest batches.
const REQUEST_BYTES_MAX: usize = 32 << 20;
/// Longest approval, in bytes.
const APPROVAL_BYTES_MAX: usize = 64 << 10;
/// Matters of one request: a school's years of back-files.
const MATTERS_MAX: usize = 64;
/// The only format that is read.
const FORMAT: u64 = 1;

/// What a clerk asks.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    /// Of which network.
    pub chain: ChainId,
    /// For which issuer.
    pub issuer: IssuerId,
    /// Thumbprint of the clerk's key, which signs last.
    pub key: Hash,
    /// Until when the ledger takes it.
    pub valid_until: Time,
    /// Each becomes a transaction.
    pub matters: Vec<Matter>,
}

/// One thing to approve.
#[derive(Clone, PartialEq, Eq)]
pub enum Matter {
    /// A batch to be sealed.
    Seal(Issue),
    /// A status to be changed.
    Change(Box<Change>),
}

/// A change of status, with what is behind it.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// What the ledger is asked.
    pub change: ChangeStatus,
    /// What its commitment hides.
    pub opening: Opening,
    /// The document.
    pub document: Bundle,
    /// The one that takes its place.
    pub replacement: Option<Bundle>,
}

/// What an approver answers.
pub struct Approval {
    /// Thumbprint of the approver's key.
    pub approver: Hash,
    /// One for each matter.
    pub signatures: Vec<Signature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestFile {
    #[serde(rename = "sogoc-request")]
    format: u64,
    chain: ChainId,
    issuer: IssuerId,
    key: String,
    valid_until: Time,
    matters: Vec<MatterFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MatterFile {
    action: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    opening: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replacement: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApprovalFile {
    #[serde(rename = "sogoc-approval")]
    format: u64,
    approver: String,
    signatures: Vec<String>,
}

impl Asked {
    /// The request in the file at `path`.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let none = || not_a_request(path);
        let bytes = files::read(path, REQUEST_BYTES_MAX)?;
        check_format(&bytes, "sogoc-request", "request-unknown-format", path).ok_or_else(none)??;
        let file: RequestFile = serde_json::from_slice(&bytes).map_err(|_| none())?;
        if !(1..=MATTERS_MAX).contains(&file.matters.len()) {
            return Err(none());
        }
        let key = Hash::from_hex(&file.key).ok_or_else(none)?;
        let matters = file.matters.into_iter().map(|matter| matter.read(&file.chain).unwrap_or_else(|| Err(none())));
        let matters = matters.collect::<Result<_, _>>()?;
        Ok(Self { chain: file.chain, issuer: file.issuer, key, valid_until: file.valid_until, matters })
    }

    /// Writes it, for the two alone.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let file = RequestFile {
            format: FORMAT,
            chain: self.chain.clone(),
            issuer: self.issuer.clone(),
            key: self.key.to_string(),
            valid_until: self.valid_until,
            matters: self.matters.iter().map(MatterFile::of).collect(),
        };
        write(path, &file)
    }

    /// What is signed of a matter once `approver` is known.
    pub fn request(&self, matter: &Matter, approver: Option<Hash>) -> Request {
        let act = Act::Issuer { issuer: self.issuer.clone(), key: self.key, approver, action: matter.action() };
        Request { chain: self.chain.clone(), valid_until: self.valid_until, act }
    }

    /// What both can read to each other over the telephone, to know that they look at one request.
    pub fn code(&self) -> String {
        let mut digest = Sha256::new();
        for matter in &self.matters {
            digest.update(self.request(matter, None).id().0);
        }
        let digits = hex::encode(&digest.finalize()[..8]);
        [&digits[..4], &digits[4..8], &digits[8..12], &digits[12..]].join(" ")
    }

    /// Whether both ask the same, until whenever.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        let heads = |asked: &Self| (asked.chain.clone(), asked.issuer.clone(), asked.key, asked.matters.len());
        heads(self) == heads(other) && self.matters.iter().zip(&other.matters).all(|(one, two)| one.is_the_same(two))
    }
}

impl Matter {
    /// What the ledger is asked.
    pub fn action(&self) -> Action {
        match self {
            Self::Seal(issue) => Action::Issue(issue.clone()),
            Self::Change(change) => Action::ChangeStatus(change.change.clone()),
        }
    }

    fn is_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Seal(one), Self::Seal(two)) => one == two,
            (Self::Change(one), Self::Change(two)) => one.is_the_same(two),
            _ => false,
        }
    }
}

impl Change {
    /// Whether both do the same to the same document, under whatever salt and whatever was seen of it.
    pub fn is_the_same(&self, other: &Self) -> bool {
        let about = |one: &Self| {
            let change = &one.change;
            (change.batch_issuer.clone(), change.batch, change.index, change.to)
        };
        about(self) == about(other) && Opening { salt: self.opening.salt, ..other.opening.clone() } == self.opening
    }

    /// Refuses what contradicts itself.
    fn check(&self, chain: &ChainId) -> Result<(), Failure> {
        let ChangeStatus { batch_issuer, batch, index, to, commitment, .. } = &self.change;
        if self.opening.commitment() != *commitment || self.opening.correction.status() != *to {
            return Err(Failure::refused(
                "opening-differs",
                "Lý do trong yêu cầu không phải là lý do sẽ được ký. Không duyệt; hãy hỏi lại người gửi.",
                "The ground in the request is not the one that would be signed. Do not approve; ask who sent it.",
            ));
        }
        let is_at = |bundle: &Bundle, issuer: &IssuerId, batch| {
            pointer(bundle) == Some(Pointer { chain: chain.clone(), issuer: issuer.clone(), batch })
        };
        let replaced = match (&self.opening.replacement, &self.replacement) {
            (None, None) => true,
            (Some(place), Some(by)) => is_at(by, &place.issuer, place.batch) && leaf(by) == place.leaf,
            _ => false,
        };
        if replaced && is_at(&self.document, batch_issuer, *batch) && self.document.receipt.index == *index {
            return Ok(());
        }
        Err(Failure::refused(
            "document-differs",
            "Văn bản trong yêu cầu không phải là văn bản sẽ được ký. Không duyệt; hãy hỏi lại người gửi.",
            "The document in the request is not the one that would be signed for. Do not approve; ask who sent it.",
        ))
    }
}

/// Leaf hash of the document in a bundle.
fn leaf(bundle: &Bundle) -> Hash {
    merkle::leaf_hash(bundle.credential.split('~').next().unwrap_or_default().as_bytes())
}

impl MatterFile {
    fn of(matter: &Matter) -> Self {
        let action = BASE64_URL_SAFE_NO_PAD.encode(codec::encode(&matter.action()));
        let Matter::Change(change) = matter else {
            return Self { action, opening: None, document: None, replacement: None };
        };
        Self {
            action,
            opening: Some(BASE64_URL_SAFE_NO_PAD.encode(codec::encode(&change.opening))),
            document: Some(change.document.to_json()),
            replacement: change.replacement.as_ref().map(Bundle::to_json),
        }
    }

    /// The matter; none if this is not the form of one.
    fn read(self, chain: &ChainId) -> Option<Result<Matter, Failure>> {
        let action: Action = codec::decode(&BASE64_URL_SAFE_NO_PAD.decode(&self.action).ok()?).ok()?;
        match (action, self.opening, self.document, self.replacement) {
            (Action::Issue(issue), None, None, None) => Some(Ok(Matter::Seal(issue))),
            (Action::ChangeStatus(change), Some(opening), Some(document), replacement) => {
                let bundle = |text: String| Bundle::from_bytes(text.as_bytes()).ok();
                let change = Change {
                    change,
                    opening: Opening::from_bytes(&BASE64_URL_SAFE_NO_PAD.decode(opening).ok()?).ok()?,
                    document: bundle(document)?,
                    replacement: replacement.map(|text| bundle(text).ok_or(())).transpose().ok()?,
                };
                Some(change.check(chain).map(|()| Matter::Change(Box::new(change))))
            }
            _ => None,
        }
    }
}

impl Approval {
    /// The approval in the file at `path`.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let none = || {
            let path = path.display();
            Failure::refused(
                "not-an-approval",
                format!("{path} không phải là tệp duyệt, hoặc đã hỏng. Tạo bằng sogoc approve."),
                format!("{path} is not an approval, or is damaged. Make one with sogoc approve."),
            )
        };
        let bytes = files::read(path, APPROVAL_BYTES_MAX)?;
        check_format(&bytes, "sogoc-approval", "approval-unknown-format", path).ok_or_else(none)??;
        let file: ApprovalFile = serde_json::from_slice(&bytes).map_err(|_| none())?;
        let signature = |text: &String| Some(Signature(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?));
        let signatures = file.signatures.iter().map(signature).collect::<Option<_>>().ok_or_else(none)?;
        Ok(Self { approver: Hash::from_hex(&file.approver).ok_or_else(none)?, signatures })
    }

    /// Writes it, for the two alone.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let signatures = self.signatures.iter().map(|signature| BASE64_URL_SAFE_NO_PAD.encode(signature.0)).collect();
        write(path, &ApprovalFile { format: FORMAT, approver: self.approver.to_string(), signatures })
    }
}

fn write(path: &Path, file: &impl Serialize) -> Result<(), Failure> {
    let mut json = serde_json::to_string_pretty(file).expect("texts and numbers always serialise");
    json.push('\n');
    files::write_private(path, json.as_bytes())
}

/// A later format may have other members: it is told from a file that is none at all, which gives `None`.
fn check_format(bytes: &[u8], name: &str, code: &str, path: &Path) -> Option<Result<(), Failure>> {
    let file: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    let format = file.get(name)?.as_u64()?;
    let path = path.display();
    let unknown = || {
        Failure::refused(
            code,
            format!("{path} có định dạng {format} của một phiên bản mới hơn. Hãy cập nhật chương trình."),
            format!("{path} has format {format}, of a newer version. Update the program."),
        )
    };
    Some(if format == FORMAT { Ok(()) } else { Err(unknown()) })
}

fn not_a_request(path: &Path) -> Failure {
    let path = path.display();
    Failure::refused(
        "not-a-request",
        format!("{path} không phải là yêu cầu duyệt, hoặc đã hỏng. Văn thư lập lại bằng --request."),
        format!("{path} is not a request for approval, or is damaged. The clerk makes one with --request."),
    )
}

#[cfg(test)]
pub(crate) mod tests;
