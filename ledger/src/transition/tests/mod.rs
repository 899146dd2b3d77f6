//! The law, read as cases.

mod blocks;
mod documents;
mod emergency;
mod governance;
mod keys;
mod properties;
mod refusals;
mod validators;

use super::*;
use crate::status::Status;
use crate::testing::*;
use crate::transaction::{Action, Issue, Request};

/// Why the next block would not have this transaction; it changes nothing then.
fn refusal(network: &Network, transaction: &Transaction) -> Option<Refusal> {
    let mut overlay = Overlay::begin(network, &network.tip, network.clock).unwrap();
    let before = (overlay.records.clone(), overlay.statuses.clone());
    match overlay.apply(transaction, &CheckAlways) {
        Ok(()) => None,
        Err(ApplyError::Refused(refusal)) => {
            assert_eq!((overlay.records, overlay.statuses), before, "a refused transaction changes nothing");
            assert_eq!(overlay.sealed, 0);
            Some(refusal)
        }
        Err(ApplyError::Store(fault)) => panic!("{fault}"),
    }
}
