//! What the ledger says of a request, as far as the approver can ask.

use std::path::Path;

use sogoc_credential::bundle::Bundle;
use sogoc_credential::reason::Reason;
use sogoc_credential::report::Checked;
use sogoc_credential::verify::{Question, Verdict, verify};
use sogoc_ledger::Hash;
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::name::Time;
use sogoc_ledger::receipt::ProofMemo;
use sogoc_ledger::record::{Issuer, IssuerKey};
use sogoc_ledger::refusal::Refusal;
use sogoc_ledger::transaction::Issue;

use crate::approval::{Asked, Change, Matter, standing};
use crate::client::Client;
use crate::failure::Failure;
use crate::{files, sealing};

/// What holds for the request as a whole.
pub(super) struct Found {
    client: Option<Client>,
    anchor: Option<Checkpoint>,
    /// The issuer's record, if a node was asked.
    pub(super) issuer: Option<Issuer>,
    /// The ledger's time, or else this computer's.
    pub(super) now: Time,
}

/// What holds for one matter of it.
#[derive(Default)]
pub(super) struct About {
    /// The issuer that the documents name, and the decision that entitles it.
    pub(super) named: Option<(Issuer, String)>,
    /// The document, if it is proven to be the one.
    pub(super) document: Option<Checked>,
    /// The one that takes its place, if it is proven to be the one.
    pub(super) replacement: Option<Checked>,
    /// What could not be checked.
    pub(super) unchecked: Vec<Unchecked>,
}

/// What a request or a node that is missing leaves open.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Unchecked {
    Contents,
    Keys,
    Standing,
    Document,
}

impl Unchecked {
    /// The stable code, and what it means in Vietnamese and English.
    pub(super) fn texts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Contents => (
                "contents",
                "nội dung từng hồ sơ: yêu cầu chỉ có mã băm, hãy xem tệp của văn thư",
                "what the documents say: the request has only their hashes, look at the clerk's file",
            ),
            Self::Keys => (
                "keys",
                "hai khóa có thuộc đơn vị và còn hiệu lực không (cần --node)",
                "whether both keys are the issuer's and in force (needs --node)",
            ),
            Self::Standing => (
                "standing",
                "sổ cái còn nhận yêu cầu này không; giờ là theo máy này (cần --node)",
                "whether the ledger still takes this; the time is this computer's (needs --node)",
            ),
            Self::Document => (
                "document",
                "văn bản ở vị trí đó là của ai (cần --node hoặc --trust)",
                "whose document is at that place (needs --node or --trust)",
            ),
        }
    }
}

impl Found {
    /// Asks the node, if one is given, and refuses whom the ledger would refuse.
    pub(super) fn look(
        asked: &Asked,
        approver: Option<Hash>,
        node: Option<&str>,
        trust: Option<&Path>,
    ) -> Result<Self, Failure> {
        let Some(node) = node else {
            let anchor = trust.map(files::read_anchor).transpose()?;
            return Ok(Self { client: None, anchor, issuer: None, now: super::clock() });
        };
        let client = Client::new(node);
        let latest = client.latest()?;
        if latest.chain != asked.chain {
            return Err(Refusal::OtherChain.into());
        }
        let issuer = client.issuer(&asked.issuer)?;
        may(&issuer, asked.key, IssuerKey::SEAL, latest.time)?;
        if let Some(approver) = approver {
            may(&issuer, approver, IssuerKey::APPROVE, latest.time)?;
        }
        let anchor = Some(sealing::anchor(&client, trust)?);
        Ok(Self { client: Some(client), anchor, issuer: Some(issuer), now: latest.time })
    }

    /// Looks at one matter.
    pub(super) fn about(&self, asked: &Asked, matter: &Matter) -> Result<About, Failure> {
        let mut about = About::default();
        match &self.client {
            Some(client) => {
                if let Some(refusal) = standing::refusal(client, asked, matter)? {
                    return Err(refusal.into());
                }
            }
            None => about.unchecked.extend([Unchecked::Keys, Unchecked::Standing]),
        }
        match matter {
            Matter::Seal(issue) => {
                about.unchecked.push(Unchecked::Contents);
                about.named = self.named(asked, issue)?;
            }
            Matter::Change(change) => self.look_at(change, &mut about)?,
        }
        Ok(about)
    }

    /// Whom the documents name, and by what decision.
    fn named(&self, asked: &Asked, issue: &Issue) -> Result<Option<(Issuer, String)>, Failure> {
        let Some(client) = &self.client else { return Ok(None) };
        let named = client.issuer(issue.act_for.as_ref().unwrap_or(&asked.issuer))?;
        let grant = named.grants.get(usize::from(issue.grant)).ok_or(Refusal::UnknownGrant)?;
        if grant.document_type != issue.document_type {
            return Err(Refusal::TypeNotGranted.into());
        }
        let decision = grant.decision.to_string();
        Ok(Some((named, decision)))
    }

    fn look_at(&self, change: &Change, about: &mut About) -> Result<(), Failure> {
        let Some(anchor) = &self.anchor else {
            about.unchecked.push(Unchecked::Document);
            return Ok(());
        };
        about.document = self.proven(&change.document, anchor)?;
        about.replacement = match &change.replacement {
            Some(by) => self.proven(by, anchor)?,
            None => None,
        };
        if about.document.is_none() || about.replacement.is_some() != change.replacement.is_some() {
            about.unchecked.push(Unchecked::Document);
        }
        Ok(())
    }

    /// What a document shows, if its receipt proves that it is on the ledger; none if this anchor cannot tell.
    fn proven(&self, bundle: &Bundle, anchor: &Checkpoint) -> Result<Option<Checked>, Failure> {
        let report = verify(&Question {
            bundle,
            anchor,
            fresh: None,
            now: self.now,
            max_age_ms: None,
            holder: None,
            original: None,
            roots: None,
            memo: &ProofMemo::default(),
        });
        // Without a title its labels are a stranger's word: the definition that it brings is not the one that the ledger records.
        let proven = report.facts.as_ref().is_some_and(|facts| facts.proven.is_some() && facts.title().is_some());
        let checked = Checked::of(report, None);
        if proven {
            return Ok(Some(checked));
        }
        match checked.reason {
            Some(Reason { code, vi, en }) if checked.verdict != Verdict::CannotCheck => {
                Err(Failure::refused(code, vi, en))
            }
            _ => Ok(None),
        }
    }
}

fn may(issuer: &Issuer, key: Hash, role: u8, now: Time) -> Result<(), Refusal> {
    let key = issuer.key(&key).ok_or(Refusal::UnknownKey)?;
    if key.may(role, now) { Ok(()) } else { Err(Refusal::KeyMayNot) }
}
