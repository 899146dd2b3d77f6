//! What of a clerk's rows is sealed, what is new, and what may not be.
//!
//! A row is known by (type, period, learner). Its digests in the journal are keyed with the key file's row secret: whoever reads a
//! journal's header cannot try out what a row says.
//!
//! # Invariants
//!
//! * A register number (số vào sổ gốc) is one document's in all that was ever prepared of a type with a line of keys, whatever its
//!   period. The ledger cannot see to that: it holds no such number.

use std::collections::BTreeMap;

use hmac::Mac;

use super::{Row, Sealer};
use crate::failure::Failure;
use crate::journal::RowEntry;

/// The claim that holds a document's register number.
const REGISTER_NUMBER: &str = "register_number";

/// What the journal says of the rows.
#[derive(Default)]
pub struct Plan {
    /// Sealed before, unchanged: (row, batch, index).
    pub done: Vec<(Row, String, u32)>,
    /// Sealed before with other content.
    pub changed: Vec<Row>,
    /// Sealed before under another version of the type, which may be why they read otherwise: (row, version).
    pub otherwise: Vec<(Row, u16)>,
    /// New, but another document has their register number.
    pub taken: Vec<Row>,
    /// To be sealed now, by period.
    pub new: BTreeMap<String, Vec<Row>>,
}

impl Sealer<'_> {
    /// Compares rows with the journal.
    pub fn plan(&self, rows: Vec<Row>) -> Result<Plan, Failure> {
        let mut known: BTreeMap<(String, String), (String, u16, String, u32)> = BTreeMap::new();
        let mut registered: BTreeMap<String, (String, String)> = BTreeMap::new();
        for (header, _) in self.journal.batches()? {
            if self.is_ours(&header) {
                for (index, row) in (0..).zip(&header.rows) {
                    let place = (row.content.clone(), header.schema, header.batch.clone(), index);
                    let whose = (header.period.clone(), row.learner.clone());
                    registered.extend(row.register.clone().map(|number| (number, whose.clone())));
                    known.insert(whose, place);
                }
            }
        }
        let mut plan = Plan::default();
        for row in rows {
            let whose = (row.period.clone(), row.learner.clone());
            let entry = self.entry(&row);
            match known.get(&whose) {
                Some((content, _, batch, index)) if *content == entry.content => {
                    plan.done.push((row, batch.clone(), *index));
                }
                Some((_, version, ..)) if *version != self.schema.version => plan.otherwise.push((row, *version)),
                Some(_) => plan.changed.push(row),
                None => {
                    let holder = entry.register.map(|number| registered.entry(number).or_insert_with(|| whose.clone()));
                    if holder.is_some_and(|holder| *holder != whose) {
                        plan.taken.push(row);
                    } else {
                        plan.new.entry(row.period.clone()).or_default().push(row);
                    }
                }
            }
        }
        Ok(plan)
    }

    /// What the journal keeps of a row.
    pub(super) fn entry(&self, row: &Row) -> RowEntry {
        let digest = |purpose: &str, of: &str| {
            hex::encode(self.mac().chain_update(purpose).chain_update("\0").chain_update(of).finalize().into_bytes())
        };
        let json = serde_json::to_string(&(&row.date, &row.claims)).expect("strings always serialise");
        RowEntry {
            learner: row.learner.clone(),
            content: digest("content", &json),
            register: row
                .claims
                .get(REGISTER_NUMBER)
                .and_then(|number| number.as_str())
                .map(|of| digest("register", of)),
        }
    }
}
