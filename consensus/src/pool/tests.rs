use super::*;
use proptest::prelude::*;
use sogoc_ledger::codec::List;
use sogoc_ledger::status::Status;
use sogoc_ledger::transaction::{Action, Ballot, ChangeStatus, Request};

fn transaction(issuer: u8, number: u32, valid_until: u64) -> Transaction {
    let issuer: IssuerId = format!("truong-{issuer}").parse().unwrap();
    Transaction {
        request: Request {
            chain: "thu".parse().unwrap(),
            valid_until: Time(valid_until),
            act: Act::Issuer {
                issuer: issuer.clone(),
                key: Hash::ZERO,
                approver: None,
                action: Action::ChangeStatus(ChangeStatus {
                    batch_issuer: issuer,
                    batch: sogoc_ledger::name::BatchId([0; 16]),
                    index: number,
                    seen: 0,
                    to: Status::Revoked,
                    commitment: Hash::ZERO,
                }),
            },
        },
        signatures: List::default(),
    }
}

fn vote(member: u8, motion: u8) -> Transaction {
    let mut vote = transaction(1, 1, 9);
    let ballot = Ballot::Vote { motion: Hash([motion; 32]), yes: true };
    vote.request.act = Act::Member { key: Hash([member; 32]), ballot };
    vote
}

fn indices(candidates: &[Arc<Pending>]) -> Vec<u32> {
    candidates
        .iter()
        .map(|pending| match &pending.transaction.request.act {
            Act::Issuer { action: Action::ChangeStatus(change), .. } => change.index,
            Act::Member { ballot: Ballot::Vote { motion, .. }, .. } => u32::from(motion.0[0]),
            _ => unreachable!("the tests make none"),
        })
        .collect()
}

const SMALL: Bounds = Bounds { transactions: 8, bytes: 800 };
const FEW: Bounds = Bounds { transactions: 32, bytes: 320 };

fn small() -> Pool {
    Pool::new(SMALL, FEW)
}

#[test]
fn candidates_are_oldest_first_and_none_overtakes_a_large_one() {
    let mut pool = small();
    for (number, size) in [(1, 100), (2, 150), (3, 10)] {
        assert_eq!(pool.insert(transaction(number as u8, number, 9), size), Ok(Inserted::New));
    }
    assert_eq!(indices(&pool.candidates(10, 800)), [1, 2, 3]);
    assert_eq!(indices(&pool.candidates(2, 800)), [1, 2]);
    assert_eq!(indices(&pool.candidates(10, 249)), [1]);
    assert_eq!(indices(&pool.candidates(10, 99)), [0; 0]);
}

#[test]
fn the_same_request_is_known_whatever_its_signatures() {
    let mut pool = small();
    let first = transaction(1, 1, 9);
    let mut again = first.clone();
    assert!(again.signatures.push(sogoc_ledger::signature::Signature([1; 64])));
    assert_eq!(pool.insert(first.clone(), 10), Ok(Inserted::New));
    assert_eq!(pool.insert(again, 74), Ok(Inserted::Known));
    assert_eq!(pool.get(&first.id()).map(|pending| &pending.transaction), Some(&first));
    assert_eq!((pool.len(), pool.bytes()), (1, 10));
}

#[test]
fn one_issuer_cannot_keep_the_others_out() {
    let mut pool = small();
    assert_eq!(pool.insert(transaction(1, 1, 9), 10), Ok(Inserted::New));
    assert_eq!(pool.insert(transaction(1, 2, 9), 191), Err(PoolFull::IssuerShare));
    assert_eq!(pool.insert(transaction(1, 2, 9), 190), Ok(Inserted::New));
    assert_eq!(pool.insert(transaction(1, 3, 9), 0), Err(PoolFull::IssuerShare));
    for issuer in 2..5 {
        for number in 0..2 {
            assert_eq!(pool.insert(transaction(issuer, number, 9), 100), Ok(Inserted::New));
        }
    }
    assert_eq!(pool.insert(transaction(5, 1, 9), 0), Err(PoolFull::Pool));
    assert_eq!(pool.remove(&[transaction(1, 1, 9).id()]), 1);
    assert_eq!(pool.insert(transaction(5, 1, 9), 11), Err(PoolFull::Pool));
    assert_eq!(pool.insert(transaction(5, 1, 9), 10), Ok(Inserted::New));
}

#[test]
fn no_flood_of_batches_holds_up_a_vote() {
    let mut pool = small();
    for issuer in 1..5 {
        for number in 0..2 {
            assert_eq!(pool.insert(transaction(issuer, number + 50, 9), 100), Ok(Inserted::New));
        }
    }
    assert_eq!(pool.insert(transaction(5, 1, 9), 1), Err(PoolFull::Pool));
    assert_eq!(pool.insert(vote(1, 1), 10), Ok(Inserted::New));
    assert_eq!(pool.insert(vote(1, 2), 10), Ok(Inserted::New));
    assert_eq!(pool.insert(vote(1, 3), 0), Err(PoolFull::MemberShare));
    assert_eq!(pool.insert(vote(2, 3), 21), Err(PoolFull::MemberShare));
    assert_eq!(pool.insert(vote(2, 3), 20), Ok(Inserted::New));
    assert_eq!(indices(&pool.candidates(4, 800)), [1, 2, 3, 50], "votes go first");
    for member in 3..17 {
        assert_eq!(pool.insert(vote(member, 1), 20), Ok(Inserted::New));
    }
    assert_eq!(pool.insert(vote(17, 1), 1), Err(PoolFull::Pool));
    assert_eq!(pool.remove(&[transaction(1, 50, 9).id()]), 1);
    assert_eq!(pool.insert(vote(17, 1), 1), Err(PoolFull::Pool), "nor do the others' places become theirs");
}

#[test]
fn a_transaction_expires_after_its_last_moment() {
    let mut pool = small();
    for (number, valid_until) in [(1, 30), (2, 10), (3, 20)] {
        assert_eq!(pool.insert(transaction(number as u8, number, valid_until), 1), Ok(Inserted::New));
    }
    assert_eq!(pool.expire(Time(10)), []);
    assert_eq!(pool.expire(Time(21)), [transaction(2, 2, 10).id(), transaction(3, 3, 20).id()]);
    assert_eq!(indices(&pool.candidates(9, 9)), [1]);
    assert_eq!(pool.expire(Time(u64::MAX)).len(), 1);
    assert!(pool.is_empty() && pool.shares.is_empty() && pool.by_expiry.is_empty() && pool.turns.is_empty());
}

#[test]
fn a_claimed_size_cannot_overflow_the_account() {
    let unbounded = Bounds { transactions: usize::MAX, bytes: usize::MAX };
    let mut pool = Pool::new(unbounded, unbounded);
    assert_eq!(pool.insert(transaction(1, 1, 9), usize::MAX / 4), Ok(Inserted::New));
    assert_eq!(pool.insert(transaction(2, 1, 9), usize::MAX), Err(PoolFull::Pool));
}

#[derive(Clone, Debug)]
enum Call {
    Insert { issuer: u8, number: u32, valid_until: u64, size: usize },
    Remove { issuer: u8, number: u32, valid_until: u64 },
    Expire(u64),
}

fn call() -> impl Strategy<Value = Call> {
    let name = || (0u8..5, 0u32..6, 0u64..4);
    prop_oneof![
        6 => (name(), 0usize..150).prop_map(|((issuer, number, valid_until), size)| {
            Call::Insert { issuer, number, valid_until, size }
        }),
        2 => name().prop_map(|(issuer, number, valid_until)| Call::Remove { issuer, number, valid_until }),
        1 => (0u64..4).prop_map(Call::Expire),
    ]
}

fn assert_accounts_agree(pool: &Pool) {
    let everything = pool.candidates(usize::MAX, usize::MAX);
    let mut shares: BTreeMap<Party, Load> = BTreeMap::new();
    for pending in &everything {
        shares.entry(Party::of(&pending.transaction)).or_default().add(pending.size);
    }
    assert_eq!(pool.shares, shares);
    assert_eq!(pool.len(), everything.len());
    assert_eq!(pool.bytes(), everything.iter().map(|pending| pending.size).sum::<usize>());
    assert_eq!((pool.turns.len(), pool.by_expiry.len()), (pool.len(), pool.len()));
    assert!(pool.len() <= SMALL.transactions && pool.bytes() <= SMALL.bytes);
    let share = SMALL.share(Lane::Issuers);
    assert!(shares.values().all(|load| load.transactions <= share.transactions && load.bytes <= share.bytes));
}

proptest! {
    /// Against the plainest model there is: a vector in order of arrival.
    #[test]
    fn any_calls_keep_bounds_order_and_accounts(calls in proptest::collection::vec(call(), 0..80)) {
        let mut pool = small();
        let mut model: Vec<(Hash, u64)> = Vec::new();
        for call in calls {
            match call {
                Call::Insert { issuer, number, valid_until, size } => {
                    let transaction = transaction(issuer, number, valid_until);
                    let id = transaction.id();
                    let known = model.iter().any(|(known, _)| *known == id);
                    match pool.insert(transaction, size) {
                        Ok(Inserted::New) => {
                            prop_assert!(!known);
                            model.push((id, valid_until));
                        }
                        Ok(Inserted::Known) => prop_assert!(known),
                        Err(_) => prop_assert!(!known),
                    }
                }
                Call::Remove { issuer, number, valid_until } => {
                    let id = transaction(issuer, number, valid_until).id();
                    let before = model.len();
                    model.retain(|(known, _)| *known != id);
                    prop_assert_eq!(pool.remove(&[id]), before - model.len());
                }
                Call::Expire(time) => {
                    let before = model.len();
                    model.retain(|(_, valid_until)| *valid_until >= time);
                    prop_assert_eq!(pool.expire(Time(time)).len(), before - model.len());
                }
            }
            assert_accounts_agree(&pool);
            let ids: Vec<Hash> = pool.candidates(usize::MAX, usize::MAX).iter().map(|pending| pending.id).collect();
            prop_assert_eq!(ids, model.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        }
    }
}
