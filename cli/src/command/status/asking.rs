//! A change of status that somebody else approves.

use sogoc_genesis::IssuerSecretKey;
use sogoc_ledger::name::{ChainId, Time};
use sogoc_ledger::refusal::Refusal;

use crate::approval::second::{REQUEST_VALID_MS, Second, expired};
use crate::approval::{Asked, Change, Matter};
use crate::client::Client;
use crate::failure::Failure;

/// What is asked for a change, from now on.
pub(super) fn request(
    chain: &ChainId,
    client: &Client,
    key: &IssuerSecretKey,
    change: Change,
) -> Result<Asked, Failure> {
    Ok(Asked {
        chain: chain.clone(),
        issuer: key.issuer().clone(),
        key: key.public().thumbprint(),
        valid_until: Time(client.latest()?.time.0.saturating_add(REQUEST_VALID_MS)),
        matters: vec![Matter::Change(Box::new(change))],
    })
}

/// Why a change that was handed in is not on the ledger at `deadline`.
pub(super) fn not_recorded(second: &Second, deadline: Time) -> Failure {
    match second {
        Second::Approved(approved) if deadline < approved.valid_until() => Failure::not_done(
            "not-recorded",
            "Yêu cầu đã gửi nhưng chưa được ghi. Hãy chạy lại đúng lệnh này.",
            "The request was handed in and is not recorded yet. Run the same command again.",
        ),
        Second::Approved(approved) => expired(approved.valid_until()),
        _ => Refusal::Expired.into(),
    }
}
