//! What no sequence of transactions can bring about.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::name::Day;
use crate::record::{Change, IssuerKey, KeyUse, Origin, Succession};
use crate::signature::public_key;
use crate::transaction::RotateKey;

const ACTORS: [Office; 3] = [DISTRICT, WARD, DEPARTMENT];
const TYPES: [&str; 2] = ["bang-tn-thcs", "bang-tn-thpt"];
const DAY_MS: u64 = 86_400_000;

/// What people do. Numbers name actors, types, positions and keys; days count from today.
#[derive(Clone, Debug)]
enum Deed {
    DaysPass(u8),
    Grant { to: usize, of: usize, from: i8, days: Option<u8> },
    EndGrant { of: usize, grant: usize, on: i8 },
    Close { whom: usize, on: i8 },
    Succeed { whom: usize, by: usize, scopes: u8, from: i8, days: Option<u8> },
    EndSuccession { of: usize, succession: usize, on: i8 },
    Window { of: usize, whose: Option<usize>, from: i8, days: u8 },
    Rotate { whose: usize, key: usize, overlap_days: u8 },
    EndKey { whose: usize, key: usize },
    Suspend { whose: usize, key: usize },
    Restore { whose: usize, key: usize },
    Seal { by: usize, key: usize, act_for: Option<usize>, digitised: bool, grant: usize, of: usize, approved: bool },
    ChangeStatus { by: usize, key: usize, batch: usize, to: Status, approved: bool },
}

fn deed() -> impl Strategy<Value = Deed> {
    // Few days, so that deeds often fall on the first and the last of an interval.
    let (whom, days) = (0..ACTORS.len(), || prop::option::of(0u8..6));
    let (soon, few, of) = (-3i8..4, 0usize..3, 0..TYPES.len());
    let maybe = prop::option::of(0..ACTORS.len());
    let first = prop_oneof![2 => Just(0usize), 1 => 0usize..3];
    let mostly = prop::bool::weighted(0.75);
    let status = prop_oneof![Just(Status::Superseded), Just(Status::Revoked), Just(Status::Suspended)];
    prop_oneof![
        3 => (1u8..4).prop_map(Deed::DaysPass),
        2 => (whom.clone(), of.clone(), soon.clone(), days()).prop_map(|(to, of, from, days)| Deed::Grant { to, of, from, days }),
        1 => (whom.clone(), few.clone(), soon.clone()).prop_map(|(of, grant, on)| Deed::EndGrant { of, grant, on }),
        1 => (whom.clone(), soon.clone()).prop_map(|(whom, on)| Deed::Close { whom, on }),
        3 => (whom.clone(), whom.clone(), 0u8..9, soon.clone(), days())
            .prop_map(|(whom, by, scopes, from, days)| Deed::Succeed { whom, by, scopes, from, days }),
        1 => (whom.clone(), few.clone(), soon.clone()).prop_map(|(of, succession, on)| Deed::EndSuccession { of, succession, on }),
        1 => (of.clone(), maybe.clone(), soon, 0u8..6).prop_map(|(of, whose, from, days)| Deed::Window { of, whose, from, days }),
        1 => (whom.clone(), 0usize..4, prop_oneof![0u8..4, Just(32)]).prop_map(|(whose, key, overlap_days)| Deed::Rotate { whose, key, overlap_days }),
        1 => (whom.clone(), 0usize..4).prop_map(|(whose, key)| Deed::EndKey { whose, key }),
        1 => (whom.clone(), 0usize..4).prop_map(|(whose, key)| Deed::Suspend { whose, key }),
        1 => (whom.clone(), 0usize..4).prop_map(|(whose, key)| Deed::Restore { whose, key }),
        8 => (whom.clone(), prop_oneof![3 => Just(0usize), 1 => 0usize..5], maybe, any::<bool>(), first, of, mostly).prop_map(
            |(by, key, act_for, digitised, grant, of, approved)| Deed::Seal { by, key, act_for, digitised, grant, of, approved }
        ),
        6 => (whom, Just(0usize), 0usize..4, status, mostly)
            .prop_map(|(by, key, batch, to, approved)| Deed::ChangeStatus { by, key, batch, to, approved }),
    ]
}

struct KnownKey {
    seed: u8,
    roles: u8,
    from: u64,
    until: u64,
    suspended: bool,
}

/// What is known to have been decided, told apart from how the ledger keeps it.
#[derive(Default)]
struct Chronicle {
    today: u32,
    /// Of whom, type, first day, first day after.
    grants: [Vec<(usize, u32, u32)>; 3],
    /// By whom, scopes, first day, first day after.
    successors: [Vec<(usize, u8, u32, u32)>; 3],
    closed: [Option<u32>; 3],
    windows: BTreeMap<(usize, Option<usize>), (u32, u32)>,
    keys: [Vec<KnownKey>; 3],
    /// Sealer, issuer named, documents changed.
    batches: Vec<(usize, usize, u32)>,
}

impl Chronicle {
    fn begin() -> Self {
        let mut chronicle = Self::default();
        chronicle.grants[0].push((0, day("2000-01-01").0, day("2025-07-01").0));
        chronicle.grants[2].push((1, day("2000-01-01").0, day("2026-01-01").0));
        for (keys, actor) in chronicle.keys.iter_mut().zip(ACTORS) {
            let roles = [IssuerKey::SEAL, IssuerKey::APPROVE, IssuerKey::ADMINISTER];
            let seeds = [actor.seal, actor.approve, actor.administer];
            let founding = |(seed, roles)| KnownKey { seed, roles, from: 0, until: u64::MAX, suspended: false };
            keys.extend(seeds.into_iter().zip(roles).map(founding));
        }
        chronicle
    }

    fn acts(&self, who: usize, key: usize, role: u8, now: Time) -> bool {
        let open = self.closed[who].is_none_or(|closed| self.today < closed);
        let Some(key) = self.keys[who].get(key) else { return false };
        open && key.roles & role == role && (key.from..key.until).contains(&now.0) && !key.suspended
    }

    fn is_successor(&self, of: usize, by: usize, scope: u8) -> bool {
        let in_force = |(who, scopes, from, until): &(usize, u8, u32, u32)| {
            *who == by && scopes & scope != 0 && (*from..*until).contains(&self.today)
        };
        self.successors[of].iter().any(in_force)
    }

    /// Whether this may be sealed today, by one alone or by two.
    #[allow(clippy::too_many_arguments, reason = "the deed")]
    fn may_seal(
        &self,
        by: usize,
        act_for: Option<usize>,
        digitised: bool,
        grant: usize,
        of: usize,
        approved: bool,
    ) -> bool {
        let named = act_for.unwrap_or(by);
        let Some((document_type, from, until)) = self.grants[named].get(grant) else { return false };
        let usual = act_for.is_none() && !digitised;
        let in_force = if usual { (*from..*until).contains(&self.today) } else { from < until && *from <= self.today };
        let window = self.windows.get(&(of, Some(named))).or_else(|| self.windows.get(&(of, None)));
        let on_time = window.is_none_or(|(from, until)| (*from..*until).contains(&self.today));
        *document_type == of
            && in_force
            && act_for.is_none_or(|named| self.is_successor(named, by, Succession::SEAL))
            && (approved || (usual && on_time))
    }

    fn may_change(&self, by: usize, batch: usize, to: Status) -> bool {
        let (sealer, named, _) = self.batches[batch];
        let scope = if to == Status::Superseded { Succession::AMEND } else { Succession::REVOKE };
        [sealer, named].into_iter().any(|owner| owner == by || self.is_successor(owner, by, scope))
    }
}

/// Lists keep what they have, in its place; records stay.
fn only_grew(before: &BTreeMap<Key, Record>, after: &BTreeMap<Key, Record>) {
    for (key, old) in before {
        match (old, after.get(key)) {
            (_, None) => panic!("{key:?} has disappeared"),
            (Record::Issuer(old), Some(Record::Issuer(new))) => {
                let same_keys =
                    old.keys.iter().zip(&new.keys).all(|(old, new)| (old.key, old.roles) == (new.key, new.roles));
                let same_grants = old
                    .grants
                    .iter()
                    .zip(&new.grants)
                    .all(|(old, new)| (&old.document_type, old.from) == (&new.document_type, new.from));
                assert!(same_keys && same_grants, "{} keeps its keys and grants", old.id);
                assert!(old.keys.len() <= new.keys.len() && old.grants.len() <= new.grants.len());
                assert!(old.successors.len() <= new.successors.len());
                assert!(old.closed.is_none() || new.closed.is_some());
            }
            (Record::KeyUse(old), Some(Record::KeyUse(new))) => assert_eq!(old, new),
            (Record::Batch(old), Some(Record::Batch(new))) => {
                let sealed = |batch: &crate::record::Batch| crate::record::Batch { status_root: None, ..batch.clone() };
                assert_eq!(sealed(old), sealed(new));
            }
            _ => {}
        }
    }
}

/// Every key stands in one place, and its use says where.
fn keys_serve_once(network: &Network) {
    let mut owners = BTreeMap::new();
    for record in network.records().values() {
        match record {
            Record::Issuer(issuer) => {
                for key in &issuer.keys {
                    assert_eq!(owners.insert(key.key, KeyUse::Issuer(issuer.id.clone())), None);
                }
            }
            Record::Validators(validators) => {
                for member in &validators.current {
                    for key in member.keys() {
                        assert_eq!(owners.insert(*key, KeyUse::Member(member.owner.clone())), None);
                    }
                }
            }
            _ => {}
        }
    }
    for (key, owner) in owners {
        let noted = network.record(&Key::KeyUse(key.thumbprint())).unwrap();
        assert_eq!(noted, Some(Record::KeyUse(owner)));
    }
}

/// The network does what was asked, if it may, and changes nothing otherwise. Whether it did.
fn done(network: &mut Network, transaction: Transaction) -> bool {
    if refusal(network, &transaction).is_none() {
        network.accept(&[transaction]);
        return true;
    }
    let root = network.tip.header.state_root;
    network.block(&[transaction]);
    assert_eq!(network.tip.header.state_root, root);
    false
}

fn decided(network: &mut Network, change: Change) -> bool {
    let possible = refusal(network, &network.propose(1, vec![change.clone()])).is_none();
    if possible {
        network.pass(vec![change]);
    }
    possible
}

impl Deed {
    /// Does it, and writes it down; what the chronicle does not allow must not happen, and the other way round.
    fn happen(&self, network: &mut Network, known: &mut Chronicle, number: u8) {
        let id = |who: usize| ACTORS[who].id();
        let today = known.today;
        let at = |offset: i8| today.saturating_add_signed(i32::from(offset));
        let until = |from: u32, days: Option<u8>| days.map(|days| from + u32::from(days));
        let document_type = |of: usize| TYPES[of].parse().unwrap();
        match *self {
            Self::DaysPass(days) => {
                network.at_time(Time(network.clock.0 + u64::from(days) * DAY_MS));
            }
            Self::Grant { to, of, from, days } => {
                let (from, until) = (at(from), until(at(from), days));
                let change = Change::GrantAuthority {
                    issuer: id(to),
                    document_type: document_type(of),
                    from: Day(from),
                    until: until.map(Day),
                };
                let possible = decided(network, change);
                assert_eq!(possible, until.is_none_or(|until| from < until));
                if possible {
                    known.grants[to].push((of, from, until.unwrap_or(u32::MAX)));
                }
            }
            Self::EndGrant { of, grant, on } => {
                let change = Change::EndGrant { issuer: id(of), grant: grant as u16, until: Day(at(on)) };
                let known = known.grants[of].get_mut(grant).map(|(.., until)| until);
                ends(network, change, known, today, at(on));
            }
            Self::Close { whom, on } => {
                let possible = decided(network, Change::CloseIssuer { issuer: id(whom), from: Day(at(on)) });
                assert_eq!(possible, known.closed[whom].is_none_or(|closed| today < closed));
                if possible {
                    known.closed[whom] = Some(at(on));
                }
            }
            Self::Succeed { whom, by, scopes, from, days } => {
                let (from, until) = (at(from), until(at(from), days));
                let change = Change::AddSuccessor {
                    issuer: id(whom),
                    successor: id(by),
                    scopes,
                    from: Day(from),
                    until: until.map(Day),
                };
                let possible = decided(network, change);
                assert_eq!(possible, whom != by && (1..8).contains(&scopes) && until.is_none_or(|until| from < until));
                if possible {
                    known.successors[whom].push((by, scopes, from, until.unwrap_or(u32::MAX)));
                }
            }
            Self::EndSuccession { of, succession, on } => {
                let change =
                    Change::EndSuccession { issuer: id(of), succession: succession as u16, until: Day(at(on)) };
                let known = known.successors[of].get_mut(succession).map(|(.., until)| until);
                ends(network, change, known, today, at(on));
            }
            Self::Window { of, whose, from, days } => {
                let (from, until) = (at(from), at(from) + u32::from(days));
                let change = Change::SetWindow {
                    document_type: document_type(of),
                    period: batch_of(TYPES[of], 0).period,
                    issuer: whose.map(id),
                    from: Day(from),
                    until: Day(until),
                };
                if decided(network, change) {
                    known.windows.insert((of, whose), (from, until));
                }
            }
            Self::Rotate { whose, key, overlap_days } => {
                let Some(&KnownKey { seed, roles, until, .. }) = known.keys[whose].get(key) else { return };
                let (now, new) = (network.clock, new_key(&ACTORS[whose], 220 + number, roles));
                let keep_until = Time(now.0 + u64::from(overlap_days) * DAY_MS);
                let rotation = RotateKey { key: new.key, possession: new.possession, keep_until };
                let allowed = known.acts(whose, key, 0, now) && overlap_days <= 31;
                let asked = network.asked(ACTORS[whose].id, &[seed], Action::RotateKey(rotation));
                assert_eq!(done(network, asked), allowed);
                if allowed {
                    known.keys[whose][key].until = until.min(keep_until.0);
                    let new = KnownKey { seed: 220 + number, roles, from: now.0, until, suspended: false };
                    known.keys[whose].push(new);
                }
            }
            Self::EndKey { whose, key } => {
                let Some(&KnownKey { seed, until, .. }) = known.keys[whose].get(key) else { return };
                let now = network.clock;
                let allowed = known.acts(whose, 2, IssuerKey::ADMINISTER, now) && now.0 < until;
                let end = Action::EndKey { key: thumbprint(seed) };
                let asked = network.asked(ACTORS[whose].id, &[ACTORS[whose].administer], end);
                assert_eq!(done(network, asked), allowed);
                if allowed {
                    known.keys[whose][key].until = now.0;
                }
            }
            Self::Suspend { whose, key } | Self::Restore { whose, key } => {
                let Some(key) = known.keys[whose].get_mut(key) else { return };
                let (issuer, named) = (id(whose), thumbprint(key.seed));
                let suspends = matches!(self, Self::Suspend { .. });
                let change = match suspends {
                    true => Change::SuspendKey { issuer, key: named, since: network.clock },
                    false => Change::RestoreKey { issuer, key: named },
                };
                assert_eq!(decided(network, change), suspends || key.suspended);
                key.suspended = suspends;
            }
            Self::Seal { by, key, act_for, digitised, grant, of, approved } => {
                let Some(&KnownKey { seed, .. }) = known.keys[by].get(key) else { return };
                let issue = Issue {
                    act_for: act_for.map(id),
                    origin: if digitised { Origin::Digitised } else { Origin::Issued },
                    grant: grant as u16,
                    ..batch_of(TYPES[of], known.batches.len() as u8)
                };
                let mut seeds = vec![seed];
                seeds.extend(approved.then_some(ACTORS[by].approve));
                let now = network.clock;
                let allowed = known.acts(by, key, IssuerKey::SEAL, now)
                    && (!approved || known.acts(by, 1, IssuerKey::APPROVE, now))
                    && known.may_seal(by, act_for, digitised, grant, of, approved);
                let asked = network.asked(ACTORS[by].id, &seeds, Action::Issue(issue));
                assert_eq!(done(network, asked), allowed, "sealed, or may");
                if allowed {
                    known.batches.push((by, act_for.unwrap_or(by), 0));
                }
            }
            Self::ChangeStatus { by, key, batch: number, to, approved } => {
                let Some(&(sealer, _, index)) = known.batches.get(number).filter(|(.., changed)| *changed < 3) else {
                    return;
                };
                let Some(&KnownKey { seed, .. }) = known.keys[by].get(key) else { return };
                let Action::ChangeStatus(change) = status_of(&ACTORS[sealer], number as u8, 0, to) else {
                    unreachable!()
                };
                let mut seeds = vec![seed];
                seeds.extend(approved.then_some(ACTORS[by].approve));
                let now = network.clock;
                let allowed = approved
                    && known.acts(by, key, IssuerKey::SEAL, now)
                    && known.acts(by, 1, IssuerKey::APPROVE, now)
                    && known.may_change(by, number, to);
                let change = crate::transaction::ChangeStatus { index, ..change };
                let asked = network.asked(ACTORS[by].id, &seeds, Action::ChangeStatus(change));
                assert_eq!(done(network, asked), allowed, "changed, or may");
                if allowed {
                    known.batches[number].2 += 1;
                }
            }
        }
    }
}

/// An end that is brought forward, to tomorrow at the earliest.
fn ends(network: &mut Network, change: Change, known: Option<&mut u32>, today: u32, on: u32) {
    let possible = known.as_ref().is_some_and(|until| on < **until) && today < on;
    assert_eq!(decided(network, change), possible);
    if let Some(until) = known.filter(|_| possible) {
        *until = on;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever was decided and whatever is tried: sealed and changed is what the chronicle of the decisions allows, nothing else.
    #[test]
    fn nobody_acts_outside_their_authority(deeds in proptest::collection::vec(deed(), 1..24)) {
        let mut network = Network::found_by(&city(4));
        // Three days before the districts end, with a batch of theirs and one of the Department's.
        network.at("2025-06-28");
        let mut known = Chronicle::begin();
        for (by, of) in [(0, 0), (2, 1)] {
            known.today = network.clock.day().0;
            let deed = Deed::Seal { by, key: 0, act_for: None, digitised: false, grant: 0, of, approved: false };
            deed.happen(&mut network, &mut known, 0);
        }
        prop_assert_eq!(known.batches.len(), 2);
        for (number, deed) in (0u8..).zip(&deeds) {
            known.today = network.clock.day().0;
            let before = network.records().clone();
            deed.happen(&mut network, &mut known, number);
            only_grew(&before, network.records());
        }
        keys_serve_once(&network);
    }
}

/// Transactions of a block that have nothing to do with each other.
fn independent(network: &Network, motions: &[Hash]) -> Vec<Transaction> {
    let end = Action::EndKey { key: thumbprint(DISTRICT.administer) };
    let new = new_key(&WARD, 220, IssuerKey::SEAL);
    let until = Time(network.clock.0 + DAY_MS);
    let rotation = RotateKey { key: new.key, possession: new.possession, keep_until: until };
    let rename =
        Change::RenameIssuer { issuer: OTHER_WARD.id(), name: Default::default(), name_en: Default::default() };
    vec![
        network.asked(SECONDARY.id, &[SECONDARY.seal], Action::Issue(batch_of("hoc-ba-thcs", 2))),
        network.asked(SECONDARY.id, &[SECONDARY.seal], Action::Issue(batch_of("hoc-ba-thcs", 3))),
        network.asked(DEPARTMENT.id, &[DEPARTMENT.seal], Action::Issue(batch_of("bang-tn-thpt", 2))),
        network.asked(SECONDARY.id, &[SECONDARY.seal, SECONDARY.approve], status_of(&SECONDARY, 1, 0, Status::Revoked)),
        network.asked(DISTRICT.id, &[DISTRICT.administer], end),
        network.asked(WARD.id, &[WARD.seal], Action::RotateKey(rotation)),
        network.vote(3, motions[0], true),
        network.vote(3, motions[1], false),
        network.vote(2, motions[2], true),
        network.propose(4, vec![rename]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_interleaving_of_independent_transactions_gives_one_root(order in Just((0..10usize).collect::<Vec<_>>()).prop_shuffle()) {
        let mut network = Network::found_by(&city(4));
        let change = |period: &str| Change::SetWindow {
            document_type: "hoc-ba-thpt".parse().unwrap(),
            period: crate::codec::Text::new(period).unwrap(),
            issuer: None,
            from: day("2024-05-02"),
            until: day("2024-06-02"),
        };
        let motions: Vec<_> = ["a", "b", "c"].map(|period| network.propose(1, vec![change(period)])).into();
        let ids: Vec<_> = motions.iter().map(Transaction::id).collect();
        network.accept(&motions);
        network.accept(&[
            network.asked(SECONDARY.id, &[SECONDARY.seal], Action::Issue(batch_of("hoc-ba-thcs", 1))),
            network.vote(2, ids[0], true),
            network.vote(2, ids[1], false),
        ]);
        let transactions = independent(&network, &ids);
        let shuffled: Vec<_> = order.iter().map(|i| transactions[*i].clone()).collect();
        let root = |transactions: &[Transaction]| {
            let (execution, fates) = propose(&network, &network.tip, network.clock, transactions, &CheckAlways).unwrap();
            assert!(fates.iter().all(|fate| *fate == Candidate::Taken), "{fates:?}");
            execution.block.header.state_root
        };
        prop_assert_eq!(root(&shuffled), root(&transactions));
    }
}

#[test]
fn members_keys_are_unique_across_a_change_of_the_set() {
    let mut network = Network::found_by(&city(4));
    let steps = crate::codec::List::new(vec![step(&[4], &[30]), step(&[3], &[31])]).unwrap();
    let motion = network.pass(vec![Change::ChangeValidators { steps }]);
    network.accept(&[network.ready(30, motion), network.ready(31, motion)]);
    while network.changes.len() < 2 {
        let before = network.records().clone();
        network.accept(&[]);
        only_grew(&before, network.records());
        keys_serve_once(&network);
    }
    let of_the_past = network.record(&Key::KeyUse(public_key(&key(4)).thumbprint())).unwrap();
    assert_eq!(of_the_past, Some(Record::KeyUse(KeyUse::Member(member(4).owner))));
}
