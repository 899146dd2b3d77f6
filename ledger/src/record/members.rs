//! Validators: those who sign, those who are scheduled, and the plan that leads from one set to another.
//!
//! # Changing the set
//!
//! A motion brings a *plan*: steps, each of which replaces at most a third of the power. A step is scheduled once the one before
//! it signs and every key that it brings in has said that it is ready; its members sign from some blocks later on. So more than
//! two thirds of those who sign any block have signed the one before, and no step waits for a node that is not there.

use bincode::{Decode, Encode};

use crate::Hash;
use crate::codec::{self, List};
use crate::hash::Domain;
use crate::name::Height;
use crate::signature::{PublicKey, Signature};
use crate::validator::{OwnerName, VALIDATORS_MAX, Validator, ValidatorSet};

/// Steps of one plan: replacing the largest set takes four, one member at a time at most so many.
pub const PLAN_STEPS_MAX: usize = 64;

/// The validators that sign, and those to come.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Validators {
    /// The members that sign the next block.
    pub current: List<Member, VALIDATORS_MAX>,
    /// The next members, once their step is ready: the height from which they sign.
    pub scheduled: Option<Scheduled>,
    /// The steps that are still to be scheduled.
    pub plan: Option<Plan>,
}

/// A set that takes over at a height.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Scheduled {
    /// The first height they sign.
    pub from: Height,
    /// The members.
    pub members: List<Member, VALIDATORS_MAX>,
}

/// Steps that were passed, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Plan {
    /// The motion that passed them.
    pub motion: Hash,
    /// The steps, the next one first.
    pub steps: List<Step, PLAN_STEPS_MAX>,
    /// Thumbprints of the incoming consensus keys that said that they are ready.
    pub ready: List<Hash, VALIDATORS_MAX>,
}

/// One change of the set.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Step {
    /// Consensus keys of the members that leave.
    pub remove: List<PublicKey, VALIDATORS_MAX>,
    /// The members that come.
    pub add: List<NewMember, VALIDATORS_MAX>,
}

/// A validator and its owner.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Member {
    /// Whose it is.
    pub owner: OwnerName,
    /// Signs votes.
    pub consensus: PublicKey,
    /// Identifies its node to the others: the Ed25519 key of its libp2p peer id.
    pub network: PublicKey,
    /// Signs votes on motions; kept off the node.
    pub governance: PublicKey,
    /// Voting power, at least 1.
    pub power: u32,
}

impl Member {
    /// Its three keys.
    pub fn keys(&self) -> [&PublicKey; 3] {
        [&self.consensus, &self.network, &self.governance]
    }
}

/// A validator that is to come, and that its owner holds its keys.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct NewMember {
    /// The member.
    pub member: Member,
    /// By its three keys.
    pub possession: Possession,
}

/// That an owner holds three keys: each signs [`possession_of_member_key`] for its purpose.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Possession {
    /// By the consensus key.
    pub consensus: Signature,
    /// By the network key.
    pub network: Signature,
    /// By the governance key.
    pub governance: Signature,
}

/// What a validator's key is for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Signs votes.
    Consensus = 1,
    /// Identifies its node.
    Network = 2,
    /// Signs votes on motions.
    Governance = 3,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::Consensus, Self::Network, Self::Governance];

    /// Its name in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consensus => "consensus",
            Self::Network => "network",
            Self::Governance => "governance",
        }
    }
}

/// What the key of `purpose` signs in [`Domain::POSSESSION`]: purpose ‖ owner ‖ consensus, network and governance key. So nobody
/// enters a key of others as theirs, swaps keys between purposes, or combines keys of several owners.
pub fn possession_of_member_key(
    purpose: Purpose,
    owner: &OwnerName,
    consensus: &PublicKey,
    network: &PublicKey,
    governance: &PublicKey,
) -> Vec<u8> {
    codec::encode(&(purpose as u8, owner.clone(), *consensus, *network, *governance))
}

impl NewMember {
    /// The purposes whose key did not sign.
    pub fn unproven(&self) -> Vec<Purpose> {
        let Member { owner, consensus, network, governance, .. } = &self.member;
        let Possession { consensus: by_consensus, network: by_network, governance: by_governance } = &self.possession;
        [
            (Purpose::Consensus, consensus, by_consensus),
            (Purpose::Network, network, by_network),
            (Purpose::Governance, governance, by_governance),
        ]
        .into_iter()
        .filter(|(purpose, key, signature)| {
            let message = possession_of_member_key(*purpose, owner, consensus, network, governance);
            !key.verifies(Domain::POSSESSION, &message, signature)
        })
        .map(|(purpose, ..)| purpose)
        .collect()
    }
}

impl Validators {
    /// The set that signs `height`.
    pub fn members_at(&self, height: Height) -> &[Member] {
        match &self.scheduled {
            Some(scheduled) if height >= scheduled.from => &scheduled.members,
            _ => &self.current,
        }
    }

    /// The same, as votes see it.
    pub fn set_at(&self, height: Height) -> ValidatorSet {
        let members = self.members_at(height);
        ValidatorSet::new(members.iter().map(|m| Validator { key: m.consensus, power: m.power }).collect())
            .expect("members are checked to be a set before they enter the state")
    }

    /// Everyone who signs or is to sign: those whose nodes may connect.
    pub fn all_members(&self) -> impl Iterator<Item = &Member> {
        let scheduled = self.scheduled.iter().flat_map(|scheduled| &scheduled.members);
        let planned = self.plan.iter().flat_map(|plan| &plan.steps).flat_map(|step| &step.add);
        self.current.iter().chain(scheduled).chain(planned.map(|new| &new.member))
    }
}
