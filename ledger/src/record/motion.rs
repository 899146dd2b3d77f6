//! Motions: what validators decide together, each citing a decision.
//!
//! # Life
//!
//! A member proposes, which is its vote for it. Each vote is counted by the power that its member has *then*; at more than two thirds
//! for, every change is made in that block, all or none. At a third or more against, or once its time is over, it has no effect.
//! A motion that only suspends issuers' keys suspends them for its own time as soon as more than a third is for it.

use bincode::{Decode, Encode};

use super::{Decision, Definition, Member, NewKey, Parameters, Step, Upgrade};
use crate::Hash;
use crate::codec::{List, Text};
use crate::name::{Day, Height, IssuerId, Period, Time, TypeId};
use crate::record::members::PLAN_STEPS_MAX;
use crate::validator::VALIDATORS_MAX;

/// Changes of one motion: what one decision brings, and little enough to be read before voting.
pub const MOTION_CHANGES_MAX: usize = 16;

/// What a proposer tells the voters. Public.
pub type Note = Text<255>;

/// What is put to the vote.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Proposal {
    /// The decision (quyết định) that it carries out. Grants, successions and endings that it brings cite it.
    pub decision: Decision,
    /// For the voters.
    pub note: Note,
    /// All are made, or none; in this order.
    pub changes: List<Change, MOTION_CHANGES_MAX>,
}

/// What a motion changes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Admits an issuer. Authority comes by [`Change::GrantAuthority`].
    AdmitIssuer {
        /// New.
        issuer: IssuerId,
        /// Name in Vietnamese.
        name: Text<160>,
        /// Name in English.
        name_en: Text<160>,
        /// Its first keys; one that may seal at least, unless it only stands in the register (an office that is gone).
        keys: List<NewKey, 8>,
    },
    /// Gives an issuer another name.
    RenameIssuer {
        /// Which.
        issuer: IssuerId,
        /// Name in Vietnamese.
        name: Text<160>,
        /// Name in English.
        name_en: Text<160>,
    },
    /// Closes an issuer.
    CloseIssuer {
        /// Which.
        issuer: IssuerId,
        /// The first day after its last.
        from: Day,
    },
    /// Entitles an issuer to a type.
    GrantAuthority {
        /// Which.
        issuer: IssuerId,
        /// The type.
        document_type: TypeId,
        /// From this day on.
        from: Day,
        /// Until before this day.
        until: Option<Day>,
    },
    /// Ends a grant.
    EndGrant {
        /// Whose.
        issuer: IssuerId,
        /// Its position.
        grant: u16,
        /// The first day after its last; tomorrow at the earliest.
        until: Day,
    },
    /// Lets another issuer act for one.
    AddSuccessor {
        /// For whom.
        issuer: IssuerId,
        /// Who.
        successor: IssuerId,
        /// In what: see [`super::Succession::scopes`].
        scopes: u8,
        /// From this day on.
        from: Day,
        /// Until before this day.
        until: Option<Day>,
    },
    /// Ends a succession.
    EndSuccession {
        /// For whom.
        issuer: IssuerId,
        /// Its position.
        succession: u16,
        /// The first day after its last; tomorrow at the earliest.
        until: Day,
    },
    /// Enters a key of an issuer.
    AdmitKey {
        /// Whose.
        issuer: IssuerId,
        /// The key.
        key: NewKey,
    },
    /// Ends a key of an issuer with the block that makes the change.
    EndKey {
        /// Whose.
        issuer: IssuerId,
        /// Its thumbprint.
        key: Hash,
    },
    /// Suspends a key of an issuer and what it sealed since a time.
    SuspendKey {
        /// Whose.
        issuer: IssuerId,
        /// Its thumbprint.
        key: Hash,
        /// From when what it sealed is in doubt.
        since: Time,
    },
    /// Lifts the suspension of a key.
    RestoreKey {
        /// Whose.
        issuer: IssuerId,
        /// Its thumbprint.
        key: Hash,
    },
    /// Enters the digest of the evidence that binds a key to an X.509 certificate.
    BindKey {
        /// Whose.
        issuer: IssuerId,
        /// Its thumbprint.
        key: Hash,
        /// The digest.
        binding: Hash,
    },
    /// Sets the parameters.
    SetParameters(Parameters),
    /// Schedules the next version of the rules.
    ScheduleUpgrade(Upgrade),
    /// Publishes a schema or a code list.
    Define(Definition),
    /// Sets when documents of a type and period are entered.
    SetWindow {
        /// The type.
        document_type: TypeId,
        /// The period; empty for all that have no window of their own.
        period: Period,
        /// Of one issuer, or of all that have none of their own.
        issuer: Option<IssuerId>,
        /// From this day on.
        from: Day,
        /// Until before this day.
        until: Day,
    },
    /// Changes the validators, step by step. Without steps it ends the plan that is under way.
    ChangeValidators {
        /// The steps, in their order.
        steps: List<Step, PLAN_STEPS_MAX>,
    },
}

/// A motion and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Motion {
    /// What was proposed.
    pub proposal: Proposal,
    /// Thumbprint of the governance key that proposed it.
    pub proposer: Hash,
    /// Time of the block in which it was.
    pub proposed: Time,
    /// Not voted on from this time on.
    pub expires: Time,
    /// The votes, in their order.
    pub votes: List<Cast, VALIDATORS_MAX>,
    /// Whether more than a third suspended the keys that it names, until the vote is done.
    pub held: bool,
    /// How it ended, if it did. An open one whose time is over has expired.
    pub outcome: Outcome,
}

/// Power behind a motion, of those who sign a block.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// For.
    pub yes: u64,
    /// Against.
    pub no: u64,
    /// Of all.
    pub total: u64,
}

impl Motion {
    /// The votes of these members. Others' do not count.
    pub fn tally(&self, members: &[Member]) -> Tally {
        let mut tally = Tally { yes: 0, no: 0, total: 0 };
        for member in members {
            let (power, voter) = (u64::from(member.power), member.governance.thumbprint());
            tally.total += power;
            match self.votes.iter().find(|cast| cast.member == voter) {
                Some(Cast { yes: true, .. }) => tally.yes += power,
                Some(Cast { yes: false, .. }) => tally.no += power,
                None => {}
            }
        }
        tally
    }
}

impl Tally {
    /// The least power that more than two thirds are.
    pub fn needed(&self) -> u64 {
        self.total * 2 / 3 + 1
    }

    /// More than two thirds are for it.
    pub fn passes(&self) -> bool {
        self.yes >= self.needed()
    }

    /// A third against leaves no two thirds for.
    pub fn is_lost(&self) -> bool {
        self.no * 3 >= self.total
    }

    /// Among more than a third is one who is honest.
    pub fn holds(&self) -> bool {
        self.yes * 3 > self.total
    }
}

/// One vote.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Cast {
    /// Thumbprint of the member's governance key.
    pub member: Hash,
    /// For or against.
    pub yes: bool,
}

/// How a motion ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Not yet.
    Open,
    /// Its changes were made in the block of this height.
    Passed(Height),
    /// A third or more was against it at this height.
    Rejected(Height),
    /// It had the votes at this height, but one of its changes was no longer possible: none was made.
    Failed(Height, u16),
}
