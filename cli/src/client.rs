//! A node's HTTP API, as this program uses it.
//!
//! Nothing a node says is believed but what a proof shows; what decides only what to ask next (the issuer's grants, the
//! height) is taken as it is.

use std::time::Duration;

use serde_json::Value;
use sogoc_ledger::Hash;
use sogoc_ledger::block::Header;
use sogoc_ledger::checkpoint::{Checkpoint, MAX_CHECKPOINT_BYTES};
use sogoc_ledger::codec;
use sogoc_ledger::name::{Height, IssuerId, Period};
use sogoc_ledger::receipt::{BatchProof, BatchStatuses, MAX_RECEIPT_BYTES, Pointer};
use sogoc_ledger::record::{Definition, Issuer, Motion, Validators};
use sogoc_ledger::refusal::Refusal;
use sogoc_ledger::transaction::Transaction;
use ureq::http::StatusCode;

use crate::failure::Failure;

/// The ledger's encoding.
const BINARY: &str = "application/vnd.sogoc";
/// A node answers in milliseconds; this is for bad lines.
const PATIENCE: Duration = Duration::from_secs(45);
/// How long a node may take to tell of a block: it then says that there is none.
const BLOCK_SECONDS: u64 = 20;
/// Documents of a batch from which on a node gives its statuses alone.
const SMALL_BATCH: u32 = 20;
/// A page of statuses, in bytes.
const MAX_PAGE_BYTES: usize = 4 << 20;

/// A node.
pub struct Client {
    agent: ureq::Agent,
    base: String,
}

/// What a node answered.
struct Answer {
    status: StatusCode,
    body: Vec<u8>,
    next: Option<String>,
}

impl Client {
    /// The node at `url`, as `http://127.0.0.1:27201`.
    pub fn new(url: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .user_agent(concat!("sogoc/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: agent.into(), base: url.trim_end_matches('/').into() }
    }

    fn get(&self, path: &str, max: usize) -> Result<Answer, Failure> {
        self.get_as(path, BINARY, max)
    }

    fn get_as(&self, path: &str, form: &str, max: usize) -> Result<Answer, Failure> {
        let mut response = self
            .agent
            .get(format!("{}{path}", self.base))
            .header("accept", form)
            .call()
            .map_err(|error| self.no_answer(&error))?;
        let link = response.headers().get("link").and_then(|link| link.to_str().ok()).map(str::to_owned);
        let body = response
            .body_mut()
            .with_config()
            .limit(max as u64)
            .read_to_vec()
            .map_err(|error| self.no_answer(&error))?;
        let next = link.and_then(|link| Some(link.strip_prefix('<')?.split_once(">; rel=\"next\"")?.0.to_owned()));
        Ok(Answer { status: response.status(), body, next })
    }

    fn no_answer(&self, error: &ureq::Error) -> Failure {
        let base = &self.base;
        Failure::not_done(
            "no-answer",
            format!("Nút {base} không trả lời ({error}). Kiểm tra địa chỉ và kết nối rồi chạy lại."),
            format!("The node {base} does not answer ({error}). Check the address and the line, then run again."),
        )
    }

    fn nonsense(&self, error: &dyn std::fmt::Display) -> Failure {
        let base = &self.base;
        Failure::not_done(
            "bad-answer",
            format!("Nút {base} trả lời không hợp lệ ({error}). Hãy dùng nút khác."),
            format!("The node {base} gave an answer that cannot be right ({error}). Use another node."),
        )
    }

    fn value<T: codec::Value>(&self, path: &str, max: usize) -> Result<T, Failure> {
        let answer = self.get(path, max)?.expect_ok()?;
        codec::decode(&answer.body).map_err(|error| self.nonsense(&error))
    }

    /// The last header.
    pub fn latest(&self) -> Result<Header, Failure> {
        self.value("/v1/headers/latest", 4 << 10)
    }

    /// Headers from `from` on, in order, as many as come on one page.
    pub fn headers(&self, from: Height) -> Result<Vec<Header>, Failure> {
        let answer = self.get(&format!("/v1/headers?from={from}&limit=500"), MAX_PAGE_BYTES)?.expect_ok()?;
        let page = elements(&answer.body).ok_or_else(|| self.nonsense(&"a list cut short"))?;
        page.into_iter().map(|header| codec::decode(header).map_err(|error| self.nonsense(&error))).collect()
    }

    /// The checkpoint at `height`, or the latest.
    pub fn checkpoint(&self, height: Option<Height>) -> Result<Checkpoint, Failure> {
        let height = height.map_or("latest".into(), |height| height.to_string());
        let answer = self.get(&format!("/v1/checkpoints/{height}"), MAX_CHECKPOINT_BYTES)?.expect_ok()?;
        Checkpoint::from_bytes(&answer.body).map_err(|error| self.nonsense(&error))
    }

    /// An issuer's record.
    pub fn issuer(&self, id: &IssuerId) -> Result<Issuer, Failure> {
        self.value(&format!("/v1/issuers/{id}"), 64 << 10)
    }

    /// The validators, current and to come.
    pub fn validators(&self) -> Result<Validators, Failure> {
        self.value("/v1/validators", 1 << 20)
    }

    /// Every definition, by kind, name and version.
    pub fn definitions(&self) -> Result<Vec<Definition>, Failure> {
        let mut path = "/v1/definitions?limit=100".to_owned();
        let mut definitions = Vec::new();
        loop {
            let answer = self.get(&path, MAX_PAGE_BYTES)?.expect_ok()?;
            for element in elements(&answer.body).ok_or_else(|| self.nonsense(&"a list cut short"))? {
                definitions.push(codec::decode(element).map_err(|error| self.nonsense(&error))?);
            }
            match answer.next {
                Some(next) if next != path => path = next,
                _ => return Ok(definitions),
            }
        }
    }

    /// The ids of all motions, newest first.
    pub fn motions(&self) -> Result<Vec<Hash>, Failure> {
        let mut path = "/v1/motions?limit=500".to_owned();
        let mut ids = Vec::new();
        loop {
            let answer = self.get_as(&path, "application/json", MAX_PAGE_BYTES)?.expect_ok()?;
            let page: Value = serde_json::from_slice(&answer.body).map_err(|error| self.nonsense(&error))?;
            let listed = page["motions"].as_array().ok_or_else(|| self.nonsense(&"no list of motions"))?;
            for motion in listed {
                let id = motion["id"].as_str().and_then(Hash::from_hex);
                ids.push(id.ok_or_else(|| self.nonsense(&"a motion without an id"))?);
            }
            match answer.next {
                Some(next) if next != path => path = next,
                _ => return Ok(ids),
            }
        }
    }

    /// A motion, if it is on the ledger.
    pub fn motion(&self, id: &Hash) -> Result<Option<Motion>, Failure> {
        let answer = self.get(&format!("/v1/motions/{id}"), MAX_PAGE_BYTES)?;
        if answer.status == StatusCode::NOT_FOUND && answer.problem("code") == "unknown-motion" {
            return Ok(None);
        }
        codec::decode(&answer.expect_ok()?.body).map(Some).map_err(|error| self.nonsense(&error))
    }

    /// Hands in a transaction: `Ok` once it is in the node's pool.
    pub fn submit(&self, transaction: &Transaction) -> Result<(), Failure> {
        let mut response = self
            .agent
            .post(format!("{}/v1/transactions", self.base))
            .content_type(BINARY)
            .send(codec::encode(transaction).as_slice())
            .map_err(|error| self.no_answer(&error))?;
        let body = response.body_mut().with_config().limit(64 << 10).read_to_vec().map_err(|e| self.no_answer(&e))?;
        Answer { status: response.status(), body, next: None }.expect_ok().map(drop)
    }

    /// The proof of a batch, for a checkpoint at `since`; waits up to `wait` seconds for it to be sealed.
    pub fn batch(&self, pointer: &Pointer, since: Height, wait: u64) -> Result<Option<BatchProof>, Failure> {
        let Pointer { issuer, batch, .. } = pointer;
        let path = format!("/v1/batches/{issuer}/{batch}?since={since}&wait={wait}");
        let answer = self.get(&path, MAX_RECEIPT_BYTES)?;
        if answer.status == StatusCode::NOT_FOUND && answer.problem("code") == "unknown-batch" {
            return Ok(None);
        }
        let answer = answer.expect_ok()?;
        BatchProof::from_bytes(&answer.body).map(Some).map_err(|error| self.nonsense(&error))
    }

    /// Returns as soon as the node has a block above `height`, or none came for a while.
    pub fn wait_above(&self, height: Height) -> Result<(), Failure> {
        self.get(&format!("/v1/chain?above={height}&wait={BLOCK_SECONDS}"), 4 << 10)?.expect_ok().map(drop)
    }

    /// The statuses of a batch of `size` documents, for a checkpoint at `since`. Those of a small batch come with all of
    /// its issuer's and period's, so that the node does not learn which was asked for.
    pub fn statuses(
        &self,
        pointer: &Pointer,
        size: u32,
        period: &Period,
        since: Height,
    ) -> Result<BatchStatuses, Failure> {
        let Pointer { issuer, batch, .. } = pointer;
        if size >= SMALL_BATCH {
            let path = format!("/v1/batches/{issuer}/{batch}/statuses?since={since}");
            let answer = self.get(&path, MAX_PAGE_BYTES)?.expect_ok()?;
            return BatchStatuses::from_bytes(&answer.body).map_err(|error| self.nonsense(&error));
        }
        let mut found = None;
        self.pack(issuer, period, since, |statuses| {
            if statuses.proof.batch_id == *batch {
                found = Some(statuses);
            }
        })?;
        found.ok_or_else(|| Refusal::UnknownBatch.into())
    }

    /// The statuses of every batch of an issuer's period. Every page is fetched, whatever is looked for.
    pub fn pack(
        &self,
        issuer: &IssuerId,
        period: &Period,
        since: Height,
        mut take: impl FnMut(BatchStatuses),
    ) -> Result<(), Failure> {
        let mut path = format!("/v1/issuers/{issuer}/periods/{period}/statuses?since={since}");
        loop {
            let answer = self.get(&path, MAX_PAGE_BYTES)?.expect_ok()?;
            for element in elements(&answer.body).ok_or_else(|| self.nonsense(&"a list cut short"))? {
                take(BatchStatuses::from_bytes(element).map_err(|error| self.nonsense(&error))?);
            }
            match answer.next {
                Some(next) if next != path => path = next,
                _ => return Ok(()),
            }
        }
    }
}

/// The elements of a list, each behind its length in four bytes.
fn elements(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut elements = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (element, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        elements.push(element);
        bytes = rest;
    }
    Some(elements)
}

impl Answer {
    fn problem(&self, member: &str) -> String {
        let problem: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        problem[member].as_str().unwrap_or_default().to_owned()
    }

    /// The answer, or the failure that its problem document describes.
    fn expect_ok(self) -> Result<Self, Failure> {
        if self.status.is_success() {
            return Ok(self);
        }
        let (code, en, vi) = (self.problem("code"), self.problem("detail"), self.problem("detail_vi"));
        if let Some(refusal) = Refusal::from_code(&code) {
            return Err(refusal.into());
        }
        let code = if code.is_empty() { format!("http-{}", self.status.as_u16()) } else { code };
        let again = self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS;
        let failure = if again { Failure::not_done } else { Failure::refused };
        Err(failure(
            &code,
            if vi.is_empty() { code.clone() } else { vi },
            if en.is_empty() { code.clone() } else { en },
        ))
    }
}
