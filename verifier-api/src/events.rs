//! What happened on the ledger, as events: for those who want to know when something is sealed or changed in a school's name.
//!
//! # Format
//!
//! Each transaction of a block is an act, and each act an event. As JSON, in one line:
//!
//! ```json
//! {"type":"sealed","id":"57.1","chain":"…","height":57,"time":…,"issuer":"…","batch_id":"…","document_type":"…","period":"…","size":40}
//! {"type":"status","id":"58.1","chain":"…","height":58,"time":…,"issuer":"…","batch_id":"…","by":"…","status":"revoked"}
//! {"type":"keys","id":"59.1","chain":"…","height":59,"time":…,"issuer":"…","act":"rotated","key":"…"}
//! {"type":"motion","id":"60.1","chain":"…","height":60,"time":…,"motion":"…","act":"proposed","by":"…"}
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
use sogoc_ledger::Hash;
use sogoc_ledger::block::{Body, Header};
use sogoc_ledger::name::{BatchId, ChainId, Height, IssuerId, Period, Time, TypeId};
use sogoc_ledger::status::Status;
use sogoc_ledger::transaction::{self, Action, Ballot};
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
    /// What.
    pub act: Act,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A batch was sealed.
    Sealed {
        /// By this issuer.
        issuer: IssuerId,
        /// The batch.
        batch: BatchId,
        /// The issuer that its documents name, if that is another.
        act_for: Option<IssuerId>,
        /// Type of its documents.
        document_type: TypeId,
        /// What it is about.
        period: Period,
        /// How many documents.
        size: usize,
    },
    /// One document of a batch has another status.
    Status {
        /// The issuer of the batch.
        issuer: IssuerId,
        /// The batch.
        batch: BatchId,
        /// The issuer who changed it.
        by: IssuerId,
        /// The new status.
        status: Status,
    },
    /// An issuer changed its own keys.
    Keys {
        /// Which.
        issuer: IssuerId,
        /// `rotated`, `added` or `ended`.
        act: &'static str,
        /// Thumbprint of the key that came, or that ended.
        key: Hash,
    },
    /// A validator acted on a motion. What came of it is in the motion.
    Motion {
        /// Its id.
        motion: Hash,
        /// `proposed`, `voted-for`, `voted-against` or `ready`.
        act: &'static str,
        /// Thumbprint of the key that signed.
        by: Hash,
    },
}

impl Event {
    /// Its type, as clients see it.
    pub fn kind(&self) -> &'static str {
        match self.act {
            Act::Sealed { .. } => "sealed",
            Act::Status { .. } => "status",
            Act::Keys { .. } => "keys",
            Act::Motion { .. } => "motion",
        }
    }

    /// Whether it happened in this issuer's name, or by it. Motions are everybody's, and concern no one issuer.
    pub fn concerns(&self, of: &IssuerId) -> bool {
        match &self.act {
            Act::Sealed { issuer, act_for, .. } => issuer == of || act_for.as_ref() == Some(of),
            Act::Status { issuer, by, .. } => issuer == of || by == of,
            Act::Keys { issuer, .. } => issuer == of,
            Act::Motion { .. } => false,
        }
    }

    /// As JSON.
    pub fn rendered(&self) -> Value {
        let mut event = json!({
            "type": self.kind(),
            "id": self.place.to_string(),
            "chain": self.chain,
            "height": self.place.height,
            "time": self.time,
        });
        let told = match &self.act {
            Act::Sealed { issuer, batch, act_for, document_type, period, size } => json!({
                "issuer": issuer,
                "batch_id": batch,
                "act_for": act_for,
                "document_type": document_type,
                "period": period,
                "size": size,
            }),
            Act::Status { issuer, batch, by, status } => {
                json!({ "issuer": issuer, "batch_id": batch, "by": by, "status": status })
            }
            Act::Keys { issuer, act, key } => json!({ "issuer": issuer, "act": act, "key": key }),
            Act::Motion { motion, act, by } => json!({ "motion": motion, "act": act, "by": by }),
        };
        if let (Some(event), Value::Object(told)) = (event.as_object_mut(), told) {
            event.extend(told);
        }
        event
    }
}

/// The events of a block, in its order.
pub fn events(header: &Header, body: &Body) -> Vec<Event> {
    let acts = (1..).zip(&body.transactions);
    acts.map(|(number, transaction)| Event {
        place: Place { height: header.height, acts: number },
        chain: header.chain.clone(),
        time: header.time,
        act: match &transaction.request.act {
            transaction::Act::Issuer { issuer, action, .. } => by_issuer(issuer, action),
            transaction::Act::Member { key, ballot } => by_member(*key, ballot, || transaction.id()),
        },
    })
    .collect()
}

fn by_issuer(issuer: &IssuerId, action: &Action) -> Act {
    let (by, keys) = (issuer.clone(), |act, key| Act::Keys { issuer: issuer.clone(), act, key });
    match action {
        Action::Issue(issue) => Act::Sealed {
            issuer: by,
            batch: issue.batch,
            act_for: issue.act_for.clone(),
            document_type: issue.document_type.clone(),
            period: issue.period.clone(),
            size: issue.leaves.len(),
        },
        Action::ChangeStatus(change) => {
            Act::Status { issuer: change.batch_issuer.clone(), batch: change.batch, by, status: change.to }
        }
        Action::RotateKey(rotation) => keys("rotated", rotation.key.thumbprint()),
        Action::AddKey(new) => keys("added", new.key.thumbprint()),
        Action::EndKey { key } => keys("ended", *key),
    }
}

fn by_member(by: Hash, ballot: &Ballot, id: impl FnOnce() -> Hash) -> Act {
    let (motion, act) = match ballot {
        Ballot::Propose(_) => (id(), "proposed"),
        Ballot::Vote { motion, yes: true } => (*motion, "voted-for"),
        Ballot::Vote { motion, yes: false } => (*motion, "voted-against"),
        Ballot::Ready { motion } => (*motion, "ready"),
    };
    Act::Motion { motion, act, by }
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
