use super::*;
use crate::codec::Text;
use crate::receipt::{Ancestry, Finality, Receipt};
use crate::record::{Possession, Purpose, possession_of_member_key};
use crate::signature::{public_key, sign};
use crate::status::Status;
use crate::testing::{Network, batch, changing, key, leaves, pointer, school, sealing};
use crate::transition::Overlay;

/// A validator whose keys are of seed, seed + 50 and seed + 100.
fn newcomer(owner: &str, seed: u8) -> NewMember {
    let owner: crate::validator::OwnerName = Text::new(owner).unwrap();
    let keys = [key(seed), key(seed + 50), key(seed + 100)];
    let [consensus, network, governance] = keys.each_ref().map(public_key);
    let prove = |purpose, key| {
        let message = possession_of_member_key(purpose, &owner, &consensus, &network, &governance);
        sign(key, crate::hash::Domain::POSSESSION, &message)
    };
    let possession = Possession {
        consensus: prove(Purpose::Consensus, &keys[0]),
        network: prove(Purpose::Network, &keys[1]),
        governance: prove(Purpose::Governance, &keys[2]),
    };
    NewMember { member: Member { owner, consensus, network, governance, power: 1 }, possession }
}

/// Validator 1 is left of the four; three others come.
fn continuation(network: &Network) -> Continuation {
    let members = vec![newcomer("validator 1", 1), newcomer("a", 11), newcomer("b", 12), newcomer("c", 13)];
    Continuation {
        chain: "test".parse().unwrap(),
        height: network.tip.header.height + 1,
        parent: network.tip.hash,
        time: Time(network.tip.header.time.0 + 60_000),
        decision: Text::new("QĐ 99/QĐ-MẪU").unwrap(),
        members: List::new(members).unwrap(),
    }
}

fn stopped() -> Network {
    let mut network = Network::found();
    network.block(&[sealing(1, 40)]);
    network.block(&[changing(1, 3, 0, Status::Suspended)]);
    network
}

#[test]
fn everything_is_still_there_and_old_receipts_lead_to_it() {
    let mut network = stopped();
    let receipt = network.receipt(batch(1), &leaves(1, 40), 7);
    let old = network.checkpoint();
    let execution = continuation(&network).execute(&network, &network.tip).unwrap();
    let set = continuation(&network).set().unwrap();
    network.commit(execution);
    let header = network.tip.header.clone();
    assert_eq!((header.validators, header.next_validators), (set.hash(), set.hash()));
    assert_ne!(header.validators, old.header.next_validators);
    assert!(matches!(network.record(&Key::Continuation(3)).unwrap(), Some(Record::Continuation(_))));

    // The old receipt, refreshed for the new anchor.
    let anchor = crate::checkpoint::Checkpoint { header, validators: set.clone(), next_validators: set };
    anchor.check().unwrap();
    let hashes: Vec<Hash> = network.headers[..3].iter().map(|hash| merkle::leaf_hash(&hash.0)).collect();
    let path = List::new(merkle::path(&hashes, 2).unwrap()).unwrap();
    let mut refreshed: Receipt = receipt.clone();
    refreshed.proof.finality = Finality::Ancestor(Ancestry { checkpoint: 3, path });
    assert!(refreshed.verify(leaves(1, 40)[7], &pointer(1), &anchor).unwrap().in_force());

    // The old batch is revocable, and its statuses go on.
    network.block(&[changing(1, 7, 0, Status::Revoked), changing(1, 3, 2, Status::Valid)]);
    let statuses = network.statuses(&school(), &batch(1)).unwrap();
    assert_eq!((statuses.entry(7).status, statuses.entry(3).status), (Status::Revoked, Status::Valid));
}

#[test]
fn nobody_continues_what_is_not_theirs() {
    let network = stopped();
    let refused = |change: &dyn Fn(&mut Continuation)| {
        let mut continuation = continuation(&network);
        change(&mut continuation);
        continuation.execute(&network, &network.tip).map(|_| ()).unwrap_err()
    };
    let with_members = |members: Vec<NewMember>| refused(&|c| c.members = List::new(members.clone()).unwrap());
    let good = || continuation(&network).members.into_vec();
    assert_eq!(refused(&|c| c.chain = "other".parse().unwrap()), ContinuationError::OtherBlock(2));
    assert_eq!(refused(&|c| c.parent = Hash::ZERO), ContinuationError::OtherBlock(2));
    assert_eq!(refused(&|c| c.height += 1), ContinuationError::OtherBlock(2));
    assert_eq!(refused(&|c| c.time = network.tip.header.time), ContinuationError::Time);
    for none in ["", " ", "\u{a0} "] {
        assert_eq!(refused(&|c| c.decision = Text::new(none).unwrap()), ContinuationError::NoDecision);
    }
    assert_eq!(with_members(good()[..3].to_vec()), ContinuationError::TooFew(3));
    let mut strong = good();
    strong[0].member.power = 2;
    assert_eq!(with_members(strong), ContinuationError::TooPowerful("validator 1".into()));
    let mut stolen = good();
    stolen[1].possession.network = stolen[2].possession.network;
    assert_eq!(with_members(stolen), ContinuationError::BadKey("a".into()));
    let mut renamed = good();
    renamed[0] = newcomer("somebody else", 1);
    assert_eq!(with_members(renamed), ContinuationError::KeyInUse("somebody else".into()));
    let mut twice = good();
    twice[2] = newcomer("b", 11);
    assert_eq!(with_members(twice), ContinuationError::KeyInUse("b".into()));
}

#[test]
fn the_next_block_is_signed_by_the_new_set() {
    let mut network = stopped();
    let continued = continuation(&network);
    let execution = continued.execute(&network, &network.tip).unwrap();
    network.commit(execution);
    let overlay = Overlay::begin(&network, &network.tip, Time(network.tip.header.time.0 + 1)).unwrap();
    assert_eq!(validators(&overlay).unwrap().set_at(4), continued.set().unwrap());
    network.block(&[]);
    assert_eq!(network.tip.header.validators, continued.set().unwrap().hash());
}
