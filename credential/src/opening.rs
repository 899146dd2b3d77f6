//! What stands behind a status on the ledger, told only to whoever holds the document.
//!
//! # Format
//!
//! `encode(Opening)` in the ledger's codec; the ledger holds the commitment `H("status-opening", encode(opening))`.
//! The salt keeps anyone from guessing the reason from the commitment.
//!
//! # Use
//!
//! An opening is shown only with the status entry that holds its commitment and has the status that its correction leads to.
//! The replacement names the document that takes this one's place by where it was sealed and by its leaf.

use bincode::{Decode, Encode};
use sogoc_ledger::Hash;
use sogoc_ledger::codec::{self, CodecError, Text};
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::{BatchId, IssuerId};
use sogoc_ledger::status::{Status, StatusEntry};

use crate::sdjwt::{Error, SALT_BYTES, Salts};

/// Encoded opening, in bytes.
const MAX_OPENING_BYTES: usize = 1_024;

/// Why a document was revoked, superseded or suspended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Opening {
    /// Random.
    pub salt: [u8; SALT_BYTES],
    /// What was done.
    pub correction: Correction,
    /// Code of the ground.
    pub ground: Ground,
    /// Number of the decision (quyết định).
    pub decision: Text<120>,
    /// Its date, ISO 8601.
    pub decision_date: Text<10>,
    /// What takes its place, if it is superseded by another document.
    pub replacement: Option<Replacement>,
}

/// The document that takes another's place.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Replacement {
    /// The issuer that sealed it.
    pub issuer: IssuerId,
    /// Its batch.
    pub batch: BatchId,
    /// Its leaf hash, which says which document of the batch.
    pub leaf: Hash,
}

/// What is done to a document (Circular 21/2019 and its successor). The ledger tells only the status that it leads to.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Correction {
    /// Its content changed with its holder's civil status (chỉnh sửa).
    Amend,
    /// Issued again, for the issuer's error or a loss (cấp lại).
    Reissue,
    /// Taken back (thu hồi).
    Revoke,
    /// Declared void (hủy bỏ).
    Cancel,
    /// Not to be relied on for now (tạm dừng).
    Suspend,
    /// A suspension is lifted (khôi phục).
    Reinstate,
}

impl Correction {
    /// Every correction, in the order of the format.
    pub const ALL: [Self; 6] = [Self::Amend, Self::Reissue, Self::Revoke, Self::Cancel, Self::Suspend, Self::Reinstate];

    /// The status that it leads to.
    pub fn status(self) -> Status {
        match self {
            Self::Amend | Self::Reissue => Status::Superseded,
            Self::Revoke | Self::Cancel => Status::Revoked,
            Self::Suspend => Status::Suspended,
            Self::Reinstate => Status::Valid,
        }
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.texts().0
    }

    /// In Vietnamese.
    pub fn vi(self) -> &'static str {
        self.texts().1
    }

    /// In English.
    pub fn en(self) -> &'static str {
        self.texts().2
    }

    fn texts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Amend => ("amend", "chỉnh sửa", "amended"),
            Self::Reissue => ("reissue", "cấp lại", "re-issued"),
            Self::Revoke => ("revoke", "thu hồi", "revoked"),
            Self::Cancel => ("cancel", "hủy bỏ", "cancelled"),
            Self::Suspend => ("suspend", "tạm dừng", "suspended"),
            Self::Reinstate => ("reinstate", "khôi phục", "reinstated"),
        }
    }
}

/// Grounds for revoking (Circular 21/2019 and its successor).
#[derive(Copy, Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// Fraud in enrolment, study or examination.
    Fraud,
    /// The holder was not eligible.
    Ineligible,
    /// Issued without authority.
    WrongAuthority,
    /// Altered.
    Altered,
    /// Lent to another.
    Lent,
    /// The issuer's error.
    IssuerError,
    /// Civil status changed.
    CivilStatus,
}

impl Ground {
    /// Every ground, in the order of the format.
    pub const ALL: [Self; 7] = [
        Self::Fraud,
        Self::Ineligible,
        Self::WrongAuthority,
        Self::Altered,
        Self::Lent,
        Self::IssuerError,
        Self::CivilStatus,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.texts().0
    }

    /// In Vietnamese.
    pub fn vi(self) -> &'static str {
        self.texts().1
    }

    /// In English.
    pub fn en(self) -> &'static str {
        self.texts().2
    }

    fn texts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Fraud => ("fraud", "gian lận", "fraud"),
            Self::Ineligible => ("ineligible", "không đủ điều kiện", "the holder was not eligible"),
            Self::WrongAuthority => ("wrong-authority", "cấp sai thẩm quyền", "issued without authority"),
            Self::Altered => ("altered", "bị tẩy xóa, sửa chữa", "altered"),
            Self::Lent => ("lent", "cho người khác sử dụng", "lent to another"),
            Self::IssuerError => ("issuer-error", "lỗi của đơn vị cấp", "the issuer's error"),
            Self::CivilStatus => ("civil-status", "thay đổi hộ tịch", "civil status changed"),
        }
    }
}

impl Opening {
    /// The same under a fresh salt.
    ///
    /// # Errors
    /// No randomness.
    pub fn salted(mut self, salts: &mut dyn Salts) -> Result<Self, Error> {
        salts.fill(&mut self.salt)?;
        Ok(self)
    }

    /// Whether this is what stands behind `entry`.
    pub fn opens(&self, entry: &StatusEntry) -> bool {
        self.correction.status() == entry.status && self.commitment() == entry.commitment
    }

    /// The opening that `bytes` encode.
    ///
    /// # Errors
    /// Bytes that are not the canonical encoding of one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        if bytes.len() > MAX_OPENING_BYTES {
            return Err(CodecError::TooLong(bytes.len()));
        }
        codec::decode(bytes)
    }

    /// What the ledger holds of it.
    pub fn commitment(&self) -> Hash {
        Domain::STATUS_OPENING.hash(&codec::encode(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdjwt::OsSalts;

    #[test]
    fn the_same_reason_never_gives_the_same_commitment() {
        let opening = || {
            let opening = Opening {
                salt: [0; SALT_BYTES],
                correction: Correction::Revoke,
                ground: Ground::Fraud,
                decision: Text::new("QĐ 15/QĐ-MẪU").unwrap(),
                decision_date: Text::new("2026-06-01").unwrap(),
                replacement: None,
            };
            opening.salted(&mut OsSalts::new()).unwrap()
        };
        let one = opening();
        assert_ne!(one.commitment(), opening().commitment());
        assert_eq!(Opening::from_bytes(&codec::encode(&one)).unwrap(), one);
    }
}
