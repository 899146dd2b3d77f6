//! Whether what is asked can still be done, as a node sees the ledger now.
//!
//! Nothing here is proven: it decides what to tell people before anything is signed. The ledger decides.

use sogoc_ledger::receipt::Pointer;
use sogoc_ledger::refusal::Refusal;

use super::{Asked, Matter};
use crate::client::Client;
use crate::failure::Failure;

/// Why the ledger would refuse this matter now, if it is for what has happened meanwhile.
pub fn refusal(client: &Client, asked: &Asked, matter: &Matter) -> Result<Option<Refusal>, Failure> {
    let chain = asked.chain.clone();
    match matter {
        Matter::Seal(issue) => {
            let pointer = Pointer { chain, issuer: asked.issuer.clone(), batch: issue.batch };
            Ok(client.batch(&pointer, 0, 0)?.map(|_| Refusal::AlreadySealed))
        }
        Matter::Change(change) => {
            let (record, change) = (&change.document.receipt.proof.batch, &change.change);
            let pointer = Pointer { chain, issuer: change.batch_issuer.clone(), batch: change.batch };
            let entry = client.statuses(&pointer, record.size, &record.period, 0)?.statuses.entry(change.index);
            Ok(if entry.height != change.seen {
                Some(Refusal::StatusChangedMeanwhile)
            } else if !entry.status.may_become(change.to) {
                Some(Refusal::StatusMayNotBecome)
            } else {
                None
            })
        }
    }
}
