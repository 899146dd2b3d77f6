//! The engine's types, filled with the ledger's: what consensus is about here.
//!
//! | engine | here |
//! |---|---|
//! | height | number of the block, genesis is 0, the first decided one 1 |
//! | address | the validator's consensus key: one name, nothing to map |
//! | value | hash of the header; the body travels in parts ([`crate::parts`]) |
//! | validator set | the ledger's set for that height, in the ledger's order |
//! | vote extension | none: what is decided never depends on which votes were seen |
//!
//! # Proposer
//!
//! Of height `h` and round `r`: member `(h + r) mod n` of the set. Power does not matter, so that a
//! member that is down costs the same few turns whatever its weight.

use std::fmt;
use std::sync::Arc;

use malachite_types as engine;
use malachite_types::{LinearTimeouts, NilOrVal, Round, SignedExtension, VoteType};
use sogoc_ledger::Hash;
use sogoc_ledger::signature::PublicKey;

use crate::parts::Part;
use crate::signing::Ed25519Strict;

/// Number of a block.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Height(pub u64);

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl engine::Height for Height {
    const ZERO: Self = Self(0);
    const INITIAL: Self = Self(1);

    fn increment_by(&self, n: u64) -> Self {
        Self(self.0.saturating_add(n))
    }

    fn decrement_by(&self, n: u64) -> Option<Self> {
        self.0.checked_sub(n).map(Self)
    }

    fn as_u64(&self) -> u64 {
        self.0
    }
}

/// A validator's consensus key.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub PublicKey);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: &[u8] = match &self.0 {
            PublicKey::Ed25519(bytes) => bytes,
            PublicKey::P256(bytes) => bytes,
        };
        bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl engine::Address for Address {}

/// What is decided: the hash of a header.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(pub Hash);

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl engine::Value for Value {
    type Id = Self;

    fn id(&self) -> Self {
        *self
    }
}

/// A member of the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    address: Address,
    power: u64,
}

impl engine::Validator<Context> for Validator {
    fn address(&self) -> &Address {
        &self.address
    }

    fn public_key(&self) -> &PublicKey {
        &self.address.0
    }

    fn voting_power(&self) -> u64 {
        self.power
    }
}

/// The ledger's validator set in the engine's clothes; cheap to clone, as the engine does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorSet(Arc<[Validator]>);

impl From<&sogoc_ledger::validator::ValidatorSet> for ValidatorSet {
    fn from(set: &sogoc_ledger::validator::ValidatorSet) -> Self {
        let member =
            |v: &sogoc_ledger::validator::Validator| Validator { address: Address(v.key), power: u64::from(v.power) };
        Self(set.members().iter().map(member).collect())
    }
}

impl ValidatorSet {
    /// The member whose turn it is to propose at `height` in `round`.
    fn proposer(&self, height: Height, round: u32) -> &Validator {
        let turn = height.0.wrapping_add(u64::from(round)) % self.0.len() as u64;
        &self.0[turn as usize]
    }

    /// Whether `address` proposes first at `height`.
    pub fn opens(&self, height: Height, address: &Address) -> bool {
        self.proposer(height, 0).address == *address
    }
}

impl engine::ValidatorSet<Context> for ValidatorSet {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn total_voting_power(&self) -> u64 {
        self.0.iter().map(|validator| validator.power).sum()
    }

    fn get_by_address(&self, address: &Address) -> Option<&Validator> {
        let place = self.0.binary_search_by_key(address, |validator| validator.address).ok()?;
        self.0.get(place)
    }

    fn get_by_index(&self, index: usize) -> Option<&Validator> {
        self.0.get(index)
    }
}

/// "I propose this block."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The height it is for.
    pub height: Height,
    /// The round it is made in.
    pub round: Round,
    /// The block.
    pub value: Value,
    /// The round in which two thirds prevoted for it, if it is proposed again.
    pub pol_round: Round,
    /// Who proposes.
    pub proposer: Address,
}

impl engine::Proposal<Context> for Proposal {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &Value {
        &self.value
    }

    fn take_value(self) -> Value {
        self.value
    }

    fn pol_round(&self) -> Round {
        self.pol_round
    }

    fn validator_address(&self) -> &Address {
        &self.proposer
    }
}

/// A prevote or a precommit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Which of the two.
    pub kind: VoteType,
    /// The height it is for.
    pub height: Height,
    /// The round it is for.
    pub round: Round,
    /// The block, or none.
    pub value: NilOrVal<Value>,
    /// Who votes.
    pub validator: Address,
}

impl engine::Vote<Context> for Vote {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<Value> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<Value> {
        self.value
    }

    fn vote_type(&self) -> VoteType {
        self.kind
    }

    fn validator_address(&self) -> &Address {
        &self.validator
    }

    fn extension(&self) -> Option<&SignedExtension<Context>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<Context>> {
        None
    }

    fn extend(self, _: SignedExtension<Context>) -> Self {
        self
    }
}

/// The engine's types, together.
#[derive(Copy, Clone, Debug, Default)]
pub struct Context;

impl engine::Context for Context {
    type Address = Address;
    type Height = Height;
    type ProposalPart = Part;
    type Proposal = Proposal;
    type Validator = Validator;
    type ValidatorSet = ValidatorSet;
    type Timeouts = LinearTimeouts;
    type Value = Value;
    type Vote = Vote;
    type Extension = ();
    type SigningScheme = Ed25519Strict;

    fn select_proposer<'a>(&self, set: &'a ValidatorSet, height: Height, round: Round) -> &'a Validator {
        set.proposer(height, round.as_u32().unwrap_or(0))
    }

    fn new_proposal(
        &self,
        height: Height,
        round: Round,
        value: Value,
        pol_round: Round,
        proposer: Address,
    ) -> Proposal {
        Proposal { height, round, value, pol_round, proposer }
    }

    fn new_prevote(&self, height: Height, round: Round, value: NilOrVal<Value>, validator: Address) -> Vote {
        Vote { kind: VoteType::Prevote, height, round, value, validator }
    }

    fn new_precommit(&self, height: Height, round: Round, value: NilOrVal<Value>, validator: Address) -> Vote {
        Vote { kind: VoteType::Precommit, height, round, value, validator }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;
    use malachite_types::{Context as _, ValidatorSet as _};
    use sogoc_ledger::signature::public_key;

    fn set(count: u8) -> ValidatorSet {
        let member = |seed| sogoc_ledger::validator::Validator {
            key: public_key(&SigningKey::from_bytes(&[seed; 32])),
            power: u32::from(seed),
        };
        (&sogoc_ledger::validator::ValidatorSet::new((1..=count).map(member).collect()).unwrap()).into()
    }

    #[test]
    fn everyone_has_a_turn_and_the_next_round_is_the_next_members() {
        let set = set(4);
        let proposer = |height, round| Context.select_proposer(&set, Height(height), Round::new(round)).address;
        let first: std::collections::BTreeSet<Address> = (8..12).map(|height| proposer(height, 0)).collect();
        assert_eq!(first.len(), 4);
        assert_eq!(proposer(8, 1), proposer(9, 0));
        assert!(set.opens(Height(9), &proposer(9, 0)));
    }

    #[test]
    fn members_are_found_by_address_and_keep_the_ledgers_order() {
        let set = set(5);
        for index in 0..5 {
            let member = set.get_by_index(index).unwrap();
            assert_eq!(set.get_by_address(&member.address), Some(member));
        }
        assert_eq!(set.get_by_index(5), None);
        assert_eq!(set.total_voting_power(), 15);
    }
}
