//! Signs documents and has them sealed, exactly once whatever happens meanwhile.
//!
//! # Steps
//!
//! 1. Complete what an earlier run prepared and did not see sealed.
//! 2. Compare the rows with the journal by (type, period, learner): equal ones are done, changed ones need a re-issue.
//! 3. Sign the new ones in one batch for each period, in a secret order, and keep them in the journal.
//! 4. Submit; wait until final; submit the same leaves again if the request expired. Where an approver is asked by a file
//!    ([`crate::approval`]), this step is another run's.
//!
//! # The batch id
//!
//! The first 16 bytes of HMAC-SHA-256 under the key file's row secret over
//! `chain ‖ 0 ‖ type ‖ 0 ‖ period ‖ 0 ‖ (learner ‖ 0)… sorted ‖ attempt (4 bytes)`: the same rows have the same id even
//! if the journal is lost, and the ledger refuses to seal them again.

mod plan;

use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use hmac::{Hmac, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;
use sogoc_credential::binding::Evidence;
use sogoc_credential::bundle::Bundle;
use sogoc_credential::schema::Schema;
use sogoc_credential::sdjwt::{self, Envelope, LedgerPointer, OsSalts};
use sogoc_genesis::IssuerSecretKey;
use sogoc_ledger::Hash;
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::hash::Domain;
use sogoc_ledger::merkle;
use sogoc_ledger::name::{BatchId, ChainId, Day, Period, Time, TypeId};
use sogoc_ledger::receipt::{BatchProof, Pointer, Receipt};
use sogoc_ledger::record::{Grant, Issuer, Origin};
use sogoc_ledger::refusal::Refusal;
use sogoc_ledger::transaction::{Act, Action, Issue, MAX_BATCH_LEAVES, Request, Transaction};

use crate::approval::second::{NOT_IN_REQUEST, Second, not_in_request, other_request};
use crate::client::Client;
use crate::failure::{Failure, NOT_DONE};
use crate::journal::{Header, JOURNAL_FORMAT, Journal, Prepared};
use crate::types;

pub use plan::Plan;

/// How long a request stays valid: long enough for a bad line, short enough to try again.
pub const VALID_MS: u64 = 10 * 60_000;
/// One wait for finality at the node.
const WAIT_SECONDS: u64 = 20;
/// Between two tries when the node is busy.
const PAUSE: Duration = Duration::from_millis(500);
/// Tries at a node that is busy or does not answer before the run ends; the next run goes on from there.
const TRIES: u32 = 60;

/// A row to be sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it stands in the clerk's file.
    pub number: u32,
    /// Whose it is.
    pub learner: String,
    /// What the batch is about.
    pub period: String,
    /// Date of the document, ISO 8601.
    pub date: String,
    /// What it says.
    pub claims: Map<String, Value>,
}

/// Seals documents of one type with one key.
pub struct Sealer<'a> {
    /// The node.
    pub client: &'a Client,
    /// The issuer's key.
    pub key: &'a IssuerSecretKey,
    /// Its journal.
    pub journal: &'a Journal,
    /// The issuer's record, as the node tells it.
    pub issuer: &'a Issuer,
    /// The type.
    pub schema: &'a Schema,
    /// What the proofs are checked against.
    pub anchor: &'a Checkpoint,
    /// How often these rows were begun anew after a lost journal.
    pub attempt: u32,
    /// Who signs too, where the rules ask for a second key.
    pub second: &'a Second,
    /// The issuer that the documents name, if this one acts as its successor.
    pub act_for: Option<&'a Issuer>,
    /// Issued, or taken over from paper.
    pub origin: Origin,
}

impl Sealer<'_> {
    /// The issuer that the documents name.
    fn named(&self) -> &Issuer {
        self.act_for.unwrap_or(self.issuer)
    }

    fn mac(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(self.key.row_secret()).expect("HMAC takes a key of any length")
    }

    fn batch_id(&self, period: &str, rows: &[Row]) -> BatchId {
        let mut learners: Vec<&str> = rows.iter().map(|row| row.learner.as_str()).collect();
        learners.sort_unstable();
        let mut mac = self.mac();
        let named = self.act_for.map(|issuer| issuer.id.as_str());
        let parts = [self.anchor.header.chain.as_str(), &self.schema.id, period].into_iter();
        for part in parts.chain(learners).chain(named) {
            mac.update(part.as_bytes());
            mac.update(&[0]);
        }
        mac.update(&self.attempt.to_be_bytes());
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        let mut id = BatchId([0; 16]);
        id.0.copy_from_slice(&digest[..16]);
        id
    }

    fn is_ours(&self, header: &Header) -> bool {
        header.chain == self.anchor.header.chain
            && header.document_type.as_str() == self.schema.id
            && header.act_for.as_ref() == self.act_for.map(|issuer| &issuer.id)
    }

    /// The grant that entitles the issuer that the documents name, as of `day`, by its position.
    fn grant(&self, document_type: &TypeId, digitised: bool, day: Day) -> Result<u16, Refusal> {
        let usual = self.act_for.is_none() && !digitised;
        let named = self.act_for.unwrap_or(self.issuer);
        let entitles = |grant: &Grant| if usual { grant.covers(day) } else { grant.has_begun(day) };
        let mut grants = named.grants.iter().zip(0u16..);
        let grant = grants.find(|(grant, _)| grant.document_type == *document_type && entitles(grant));
        grant.map(|(_, position)| position).ok_or(Refusal::TypeNotGranted)
    }

    /// Refuses what the ledger would refuse, before anything is signed and kept.
    fn check_entitled(&self) -> Result<(), Failure> {
        let digitised = self.origin == Origin::Digitised;
        self.grant(&self.type_id()?, digitised, self.client.latest()?.time.day())?;
        if (digitised || self.act_for.is_some()) && matches!(self.second, Second::Nobody) {
            return Err(Refusal::ApproverNeeded.into());
        }
        Ok(())
    }

    /// Completes what earlier runs prepared and did not see sealed, and returns these batches. What has yet to be approved is
    /// left for the run that brings the approval.
    pub fn resume(&self, progress: &dyn Fn(&str)) -> Result<Vec<String>, Failure> {
        let mut resumed = Vec::new();
        for (header, sealed) in self.journal.batches()? {
            if !sealed && self.is_ours(&header) {
                self.check_key(&header)?;
                progress(&header.batch);
                match self.seal(&self.journal.prepared(&header.batch)?) {
                    Ok(_) => resumed.push(header.batch),
                    Err(failure) if [Refusal::ApproverNeeded.code(), NOT_IN_REQUEST].contains(&&*failure.code) => {}
                    Err(failure) => return Err(failure),
                }
            }
        }
        Ok(resumed)
    }

    /// A batch is sealed by the key that signed its documents.
    pub fn check_key(&self, header: &Header) -> Result<(), Failure> {
        if header.key == self.key.public().thumbprint().to_string() {
            return Ok(());
        }
        let Header { batch, key, .. } = header;
        Err(Failure::refused(
            "prepared-with-another-key",
            format!("Lô {batch} đã ký bằng khóa trước đó và chưa ghi sổ. Hãy chạy lại với khóa {key}."),
            format!("Batch {batch} was signed with an earlier key and is not sealed. Run again with key {key}."),
        ))
    }

    /// Signs the rows of one period and keeps them in the journal. `progress` is told how many are signed.
    pub fn prepare(&self, period: &str, rows: &[Row], progress: &dyn Fn(usize)) -> Result<Prepared, Failure> {
        if rows.len() > MAX_BATCH_LEAVES {
            return Err(Failure::refused(
                "batch-too-large",
                format!("Một lô có tối đa {MAX_BATCH_LEAVES} hồ sơ. Hãy chia tệp."),
                format!("A batch has at most {MAX_BATCH_LEAVES} documents. Divide the file."),
            ));
        }
        self.check_entitled()?;
        // Once it is in the journal it would be in the way of every later run.
        period_of(period)?;
        let batch = self.batch_id(period, rows);
        let pointer = self.pointer(batch);
        if self.client.batch(&pointer, self.anchor.header.height, 0)?.is_some() {
            return Err(Refusal::AlreadySealed.into());
        }
        let envelope = |row: &Row| Envelope {
            issuer: self.named().id.to_string(),
            date: row.date.clone(),
            expires: None,
            holder: None,
            ledger: LedgerPointer {
                chain: pointer.chain.to_string(),
                issuer: pointer.issuer.to_string(),
                batch: pointer.batch.to_string(),
            },
        };
        let mut salts = OsSalts::new();
        let mut signed = Vec::with_capacity(rows.len());
        for (count, row) in rows.iter().enumerate() {
            let issued = sdjwt::issue(self.schema, &envelope(row), &row.claims, self.key.signing(), &mut salts)?;
            let entry = self.entry(row);
            signed.push((random_rank()?, entry, issued.compact()));
            progress(count + 1);
        }
        // The order of a class list would make the index a name.
        signed.sort_by_key(|(rank, ..)| *rank);
        let (mut entries, mut documents) = (Vec::new(), Vec::new());
        for (_, entry, document) in signed {
            entries.push(entry);
            documents.push(document);
        }
        let header = Header {
            format: JOURNAL_FORMAT,
            chain: pointer.chain,
            issuer: pointer.issuer,
            key: self.key.public().thumbprint().to_string(),
            act_for: self.act_for.map(|issuer| issuer.id.clone()),
            digitised: self.origin == Origin::Digitised,
            document_type: self.type_id()?,
            schema: self.schema.version,
            period: period.into(),
            attempt: self.attempt,
            batch: batch.to_string(),
            rows: entries,
        };
        let prepared = Prepared { header, documents };
        self.journal.prepare(&prepared)?;
        Ok(prepared)
    }

    fn type_id(&self) -> Result<TypeId, Failure> {
        self.schema.id.parse().map_err(|_| Refusal::TypeNotGranted.into())
    }

    /// Where a batch of this issuer is on the ledger.
    pub fn pointer(&self, batch: BatchId) -> Pointer {
        Pointer { chain: self.anchor.header.chain.clone(), issuer: self.issuer.id.clone(), batch }
    }

    /// Has a prepared batch sealed: submits, waits, submits again if the request expired.
    pub fn seal(&self, prepared: &Prepared) -> Result<BatchProof, Failure> {
        let leaves = prepared.leaves();
        let pointer = self.pointer(prepared.header.batch_id()?);
        let mut tries = 0;
        let proof = loop {
            match self.try_to_seal(prepared, &pointer, &leaves) {
                Ok(Some(proof)) => break proof,
                Ok(None) => {}
                Err(failure) if failure.exit == NOT_DONE && tries < TRIES => {
                    tries += 1;
                    sleep(PAUSE);
                }
                Err(failure) => return Err(failure),
            }
        };
        if proof.batch.root != merkle::root(&leaves) {
            return Err(Refusal::AlreadySealed.into());
        }
        proof.verify(&pointer, self.anchor).map_err(|error| Failure::from(&error))?;
        self.journal.sealed(&prepared.header.batch, &proof)?;
        if prepared.header.schema == self.schema.version && !types::is_recorded(self.schema, proof.batch.definition) {
            return Err(Failure::refused(
                "definition-differs",
                "Sổ cái định nghĩa loại này khác với định nghĩa mà nút đã đưa: các văn bản vừa ghi sổ không dùng được. Hãy thu hồi, \
                 báo Sở, và dùng nút khác.",
                "The ledger defines the type in another way than the node said: what was just sealed is of no use. Revoke it, tell \
                 the Department, and use another node.",
            ));
        }
        Ok(proof)
    }

    /// One request, watched until it is sealed or expired.
    fn try_to_seal(
        &self,
        prepared: &Prepared,
        pointer: &Pointer,
        leaves: &[Hash],
    ) -> Result<Option<BatchProof>, Failure> {
        let since = self.anchor.header.height;
        if let Some(proof) = self.client.batch(pointer, since, 0)? {
            return Ok(Some(proof));
        }
        let valid_until = match self.submit(prepared, leaves) {
            // Sealed between the question and the request: the next question finds it.
            Err(failure) if failure.code == Refusal::AlreadySealed.code() => Time(0),
            other => other?,
        };
        loop {
            if let Some(proof) = self.client.batch(pointer, since, WAIT_SECONDS)? {
                return Ok(Some(proof));
            }
            if self.client.latest()?.time > valid_until {
                return Ok(None);
            }
        }
    }

    fn submit(&self, prepared: &Prepared, leaves: &[Hash]) -> Result<Time, Failure> {
        let header = &prepared.header;
        if let Second::Approved(approved) = self.second {
            let (place, asked) = approved.seals(header.batch_id()?).ok_or_else(not_in_request)?;
            // The grant is the ledger's question; all else is as it was prepared.
            if self.issue(prepared, leaves, asked.grant)? != *asked {
                return Err(other_request());
            }
            return approved.submit(place, self.client, self.key, self.issuer);
        }
        submit(self.client, |valid_until| {
            let day = self.anchor.header.time.max(Time(valid_until.0.saturating_sub(VALID_MS))).day();
            let action = Action::Issue(self.issue(prepared, leaves, self.grant_of(header, day)?)?);
            Ok(signed(&header.chain, valid_until, self.key, self.second.key(), action))
        })
    }

    /// The grant for a prepared batch as of `day`.
    pub fn grant_of(&self, header: &Header, day: Day) -> Result<u16, Refusal> {
        self.grant(&header.document_type, header.digitised, day)
    }

    /// What the ledger is asked for a prepared batch.
    pub fn issue(&self, prepared: &Prepared, leaves: &[Hash], grant: u16) -> Result<Issue, Failure> {
        let header = &prepared.header;
        Ok(Issue {
            batch: header.batch_id()?,
            act_for: header.act_for.clone(),
            origin: if header.digitised { Origin::Digitised } else { Origin::Issued },
            grant,
            document_type: header.document_type.clone(),
            schema: header.schema,
            period: period_of(&header.period)?,
            leaves: List::new(leaves.to_vec()).expect("a batch is prepared within its limit"),
        })
    }
}

/// Submits what `make` makes for a time until which it is valid, and returns that time. The time is counted from the ledger's
/// last block: a wrong clock must not keep a school from sealing. After an outage that block is old and the request comes
/// too late; then the next try, after the block that the network is about to make, does not.
pub fn submit(client: &Client, make: impl Fn(Time) -> Result<Transaction, Failure>) -> Result<Time, Failure> {
    let mut tries = 0;
    loop {
        let valid_until = Time(client.latest()?.time.0 + VALID_MS);
        match client.submit(&make(valid_until)?) {
            Ok(()) => return Ok(valid_until),
            Err(failure) if failure.code == Refusal::Expired.code() && tries < TRIES => {
                tries += 1;
                sleep(PAUSE);
            }
            Err(failure) => return Err(failure),
        }
    }
}

/// What an issuer asks, signed by its key and, where one is given, its approver.
pub fn signed(
    chain: &ChainId,
    valid_until: Time,
    key: &IssuerSecretKey,
    approver: Option<&IssuerSecretKey>,
    action: Action,
) -> Transaction {
    let act = Act::Issuer {
        issuer: key.issuer().clone(),
        key: key.public().thumbprint(),
        approver: approver.map(|key| key.public().thumbprint()),
        action,
    };
    let request = Request { chain: chain.clone(), valid_until, act };
    let message = codec::encode(&request);
    let signers = [Some(key), approver];
    let signatures = signers.iter().flatten().map(|key| key.signing().sign(Domain::TRANSACTION, &message)).collect();
    Transaction { request, signatures: List::new(signatures).expect("two signatures fit") }
}

/// The bundle of each document of a sealed batch, in the order of the batch, each with the evidence of the key that sealed it
/// and what its type is, unless every verifier knows that.
pub fn bundles(
    prepared: &Prepared,
    proof: &BatchProof,
    evidence: &[Evidence],
    schema: Option<&Arc<Schema>>,
) -> Vec<Bundle> {
    let paths = merkle::paths(&prepared.leaves());
    let documents = prepared.documents.iter().zip(paths).zip(0..);
    documents
        .map(|((document, path), index)| Bundle {
            credential: document.clone(),
            receipt: Receipt {
                proof: proof.clone(),
                index,
                path: List::new(path).expect("a batch is not deeper than its limit"),
                status: None,
            },
            openings: Vec::new(),
            history: Vec::new(),
            evidence: evidence.to_vec(),
            schema: schema.cloned(),
        })
        .collect()
}

fn period_of(text: &str) -> Result<Period, Failure> {
    Period::new(text).filter(|period| !period.trim().is_empty()).ok_or_else(|| {
        Failure::refused(
            "bad-period",
            format!("Kỳ “{text}” trống hoặc dài quá 16 byte. Ghi ngắn như 2025-2026: --period."),
            format!("The period “{text}” is blank or longer than 16 bytes. Say it in short, as 2025-2026: --period."),
        )
    })
}

fn random_rank() -> Result<[u8; 16], Failure> {
    let mut rank = [0; 16];
    getrandom::fill(&mut rank).map_err(|_| {
        Failure::not_done(
            "no-randomness",
            "Hệ điều hành không cung cấp số ngẫu nhiên.",
            "The operating system gives no random numbers.",
        )
    })?;
    Ok(rank)
}

/// What to check proofs against: the file given, or else the node's own block 0, which proves no more than the node is trusted.
pub fn anchor(client: &Client, trust: Option<&Path>) -> Result<Checkpoint, Failure> {
    match trust {
        Some(path) => crate::files::read_anchor(path),
        None => client.checkpoint(Some(0)),
    }
}
