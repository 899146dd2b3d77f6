//! What happened on the ledger, as events: for those who want to know when something is sealed or changed in a school's name.
//!
//! # Format
//!
//! Each transaction of a block is an act, and each act an event. As JSON, in one line:
//!
//! ```json
//! {"type":"sealed","id":"57.1","chain":"…","height":57,"time":…,"issuer":"…","batch_id":"…","document_type":"…","period":"…","size":40}
//! {"type":"status","id":"58.1","chain":"…","height":58,"time":…,"issuer":"…","batch_id":"…","by":"…","status":"revoked"}
//! ```
//!
//! The id is a [`Place`]: height, a point, and the number of the act in its block, from 1. It says "all up to here"; `58.0`
//! stands before the first act of block 58.
//!
//! # Privacy
//!
//! An event names a batch, never a document in it: whoever has to know which one changed fetches the statuses of the batch.
//!
//! # Invariants
//!
//! * Events are a function of the blocks alone: every node tells the same ones under the same ids, at any time. Nothing is
//!   kept of them, so one may begin anywhere.
//! * A [`Scan`] does a bounded piece of work, whatever is asked for, and says where it ended.

pub(crate) mod stream;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde_json::{Value, json};
use sogoc_ledger::block::{Body, Header};
use sogoc_ledger::name::{BatchId, ChainId, Height, IssuerId, Period, Time, TypeId};
use sogoc_ledger::status::Status;
use sogoc_ledger::transaction::Action;
use sogoc_store::{Store, StoreFault};

/// Headers of one scan: a few milliseconds of reading.
const SCAN_HEADERS: usize = 500;

/// Bodies of one scan, of at most 4 MiB each: the largest take some 10 ms.
const SCAN_BODIES: usize = 16;

/// A place between two events.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    height: Height,
    acts: u32,
}

/// Text that is no place.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of an event")]
pub struct NotAPlace;

impl Place {
    /// Before the first event of the block at `height`.
    pub fn before(height: Height) -> Self {
        Self { height, acts: 0 }
    }

    /// The block whose events come next, or are not all past.
    pub fn height(self) -> Height {
        self.height
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.height, self.acts)
    }
}

/// Decimal digits without leading zeros: a place has one spelling. A height alone is the place before its block.
impl FromStr for Place {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        fn number<T: FromStr>(text: &str) -> Result<T, NotAPlace> {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let one_spelling = digits && (text == "0" || !text.starts_with('0'));
            text.parse().ok().filter(|_| one_spelling).ok_or(NotAPlace)
        }
        let (height, acts) = text.split_once('.').unwrap_or((text, "0"));
        Ok(Self { height: number(height)?, acts: number(acts)? })
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The place after it, its id.
    pub place: Place,
    /// On this ledger.
    pub chain: ChainId,
    /// When: the time of its block.
    pub time: Time,
    /// In whose name: the issuer of the batch.
    pub issuer: IssuerId,
    /// The batch.
    pub batch: BatchId,
    /// What.
    pub act: Act,
}

/// What happened to a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// It was sealed.
    Sealed {
        /// Type of its documents.
        document_type: TypeId,
        /// What it is about.
        period: Period,
        /// How many documents.
        size: usize,
    },
    /// One of its documents has another status.
    Status {
        /// The issuer who changed it.
        by: IssuerId,
        /// The new status.
        status: Status,
    },
}

impl Event {
    /// Its type, as clients see it.
    pub fn kind(&self) -> &'static str {
        match self.act {
            Act::Sealed { .. } => "sealed",
            Act::Status { .. } => "status",
        }
    }

    /// Whether it happened in this issuer's name, or by it.
    pub fn concerns(&self, issuer: &IssuerId) -> bool {
        self.issuer == *issuer || matches!(&self.act, Act::Status { by, .. } if by == issuer)
    }

    /// As JSON.
    pub fn rendered(&self) -> Value {
        let mut event = json!({
            "type": self.kind(),
            "id": self.place.to_string(),
            "chain": self.chain,
            "height": self.place.height,
            "time": self.time,
            "issuer": self.issuer,
            "batch_id": self.batch,
        });
        match &self.act {
            Act::Sealed { document_type, period, size } => {
                event["document_type"] = json!(document_type);
                event["period"] = json!(period);
                event["size"] = json!(size);
            }
            Act::Status { by, status } => {
                event["by"] = json!(by);
                event["status"] = json!(status);
            }
        }
        event
    }
}

/// The events of a block, in its order.
pub fn events(header: &Header, body: &Body) -> Vec<Event> {
    let acts = (1..).zip(&body.transactions);
    acts.map(|(number, transaction)| {
        let request = &transaction.request;
        let (issuer, batch, act) = match &request.action {
            Action::Issue(issue) => {
                let (document_type, period) = (issue.document_type.clone(), issue.period.clone());
                let act = Act::Sealed { document_type, period, size: issue.leaves.len() };
                (&request.issuer, issue.batch, act)
            }
            Action::ChangeStatus(change) => {
                let act = Act::Status { by: request.issuer.clone(), status: change.to };
                (&change.batch_issuer, change.batch, act)
            }
        };
        Event {
            place: Place { height: header.height, acts: number },
            chain: header.chain.clone(),
            time: header.time,
            issuer: issuer.clone(),
            batch,
            act,
        }
    })
    .collect()
}

/// Some of the events after a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Those that were asked for, in their order.
    pub events: Vec<Event>,
    /// How far it went: there is nothing else up to here.
    pub place: Place,
    /// Whether there may be more already.
    pub more: bool,
}

/// Reads events from the blocks of a store.
#[derive(Default)]
pub struct Scanner {
    /// The events of the last block that was the newest when it was read: those who follow the ledger all ask for it.
    newest: Option<(Height, Arc<Vec<Event>>)>,
}

impl Scanner {
    /// At most `limit` events after `from` that are `wanted`, of at most [`SCAN_HEADERS`] blocks. Blocking.
    ///
    /// # Errors
    /// The store failed.
    pub fn scan(
        &mut self,
        store: &Store,
        from: Place,
        limit: usize,
        wanted: impl Fn(&Event) -> bool,
    ) -> Result<Scan, StoreFault> {
        let nothing = Body::default().hash();
        let headers = store.headers(from.height, SCAN_HEADERS)?;
        let (mut events, mut place, mut bodies) = (Vec::new(), from, 0);
        for header in &headers {
            if header.body != nothing {
                if bodies == SCAN_BODIES {
                    return Ok(Scan { events, place, more: true });
                }
                bodies += 1;
                for event in self.of_block(store, header)?.iter().filter(|event| event.place > from && wanted(event)) {
                    if events.len() == limit {
                        return Ok(Scan { events, place, more: true });
                    }
                    place = event.place;
                    events.push(event.clone());
                }
            }
            place = place.max(Place::before(header.height.saturating_add(1)));
        }
        Ok(Scan { events, place, more: headers.len() == SCAN_HEADERS })
    }

    fn of_block(&mut self, store: &Store, header: &Header) -> Result<Arc<Vec<Event>>, StoreFault> {
        if let Some((_, events)) = self.newest.as_ref().filter(|(height, _)| *height == header.height) {
            return Ok(events.clone());
        }
        let events = Arc::new(events(header, &store.body(header.height)?));
        if header.height == store.tip().header.height {
            self.newest = Some((header.height, events.clone()));
        }
        Ok(events)
    }
}
