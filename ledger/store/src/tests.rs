//! What the store promises: whole blocks or none, the same state however often it restarts, proofs that verify, and no
//! panic whatever is in a row.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sogoc_ledger::Hash;
use sogoc_ledger::block::Block;
use sogoc_ledger::codec::List;
use sogoc_ledger::continuation::ContinuationError;
use sogoc_ledger::exported::Exported;
use sogoc_ledger::receipt::{BatchProof, Finality, Receipt, ReceiptError};
use sogoc_ledger::record::{DefinitionKind, Key};
use sogoc_ledger::state::{self, StateReader};
use sogoc_ledger::status::Status;
use sogoc_ledger::transition::SET_CHANGE_DELAY_BLOCKS;

use crate::fixture::{
    batch_id, bring_fifth, change, commit, commit_by, continuation, genesis, grow, id, leaf, next, pointer, receipt,
    sample, sample_block, seal,
};
use crate::rows::Family;
use crate::{DefinitionKey, FsckError, MAX_PROPOSALS_PER_HEIGHT, OpenError, PROPOSAL_HEIGHTS_AHEAD, Store};

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_founded_store_opens_again_as_it_was() {
    let home = home();
    let (store, genesis) = sample(home.path());
    let (tip, statuses) = (store.tip(), store.statuses(&id("thcs-mau"), &batch_id(1)).unwrap());
    assert_eq!((tip.header.height, tip.header.leaves), (6, 48));
    assert!(
        matches!(Store::open(home.path(), &genesis), Err(OpenError::Unavailable(_))),
        "two nodes never share a directory"
    );
    drop(store);
    let store = Store::open(home.path(), &genesis).unwrap();
    assert_eq!(store.tip(), tip);
    assert_eq!(store.statuses(&id("thcs-mau"), &batch_id(1)).unwrap(), statuses);
    sample_block(&store, &genesis, 7);
    assert_eq!(store.tip().header.parent, tip.hash);
}

#[test]
fn another_genesis_and_another_format_are_refused() {
    let home = home();
    let (store, genesis) = sample(home.path());
    let of_other = Store::open(self::home().path(), &self::genesis("other")).map(|other| other.tip().hash);
    drop(store);
    let refused = Store::open(home.path(), &self::genesis("other")).err().unwrap();
    let OpenError::OtherChain { given, .. } = &refused else { panic!("{refused}") };
    assert_eq!(Ok(*given), of_other);
    assert_eq!(refused.code(), "store-other-chain");

    let store = Store::open(home.path(), &genesis).unwrap();
    let mut changes = crate::rows::Changes::default();
    changes.put(Family::Meta, crate::key::FORMAT, 1u32.to_be_bytes().into());
    store.rows.write(changes).unwrap();
    drop(store);
    assert_eq!(Store::open(home.path(), &genesis).err(), Some(OpenError::UnknownFormat(1)));
}

#[test]
fn what_was_committed_is_read_back() {
    let home = home();
    let (store, _) = sample(home.path());
    let (school, last) = (id("thcs-mau"), store.tip().header.height);
    for height in 0..=last {
        let header = store.header(height).unwrap().unwrap();
        let checkpoint = store.checkpoint(height).unwrap().unwrap();
        assert_eq!((checkpoint.check(), &checkpoint.header), (Ok(()), &header));
        assert_eq!(store.validator_set(&header.validators).unwrap(), Some(checkpoint.validators.clone()));
        if height == 0 {
            assert!(store.block(0).unwrap().is_none() && store.certificate(0).unwrap().is_none());
            continue;
        }
        let (bytes, commit) = store.block(height).unwrap().unwrap();
        assert_eq!(Block::from_bytes(&bytes).unwrap().header, header);
        assert_eq!(commit.precommits.len(), 4, "all precommits are kept");
        let certificate = store.certificate(height).unwrap().unwrap();
        certificate.verify(&header.chain, &checkpoint.validators, height, &header.hash()).unwrap();
    }
    assert!(store.header(last + 1).unwrap().is_none() && store.block(last + 1).unwrap().is_none());
    assert!(store.checkpoint(last + 1).unwrap().is_none() && store.view_at(last + 1).unwrap().is_none());
    let heights = |from, limit| store.headers(from, limit).unwrap().iter().map(|h| h.height).collect::<Vec<_>>();
    assert_eq!(heights(2, 3), [2, 3, 4]);
    assert_eq!(heights(5, 100), [5, 6]);
    assert_eq!(heights(7, 100), Vec::<u64>::new());

    let view = store.view();
    let ids = |after: Option<&str>, limit| {
        let page = view.issuers(after.map(id).as_ref(), limit).unwrap();
        page.iter().map(|issuer| issuer.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, 10), ["thcs-cu", "thcs-mau"]);
    assert_eq!(ids(Some("thcs-cu"), 10), ["thcs-mau"]);
    assert_eq!(ids(None, 1), ["thcs-cu"]);
    let batches = |after: Option<u8>, limit| {
        let page = view.batches_of(&school, after.map(batch_id).as_ref(), limit).unwrap();
        page.iter().map(|(batch, _)| *batch).collect::<Vec<_>>()
    };
    assert_eq!(batches(None, 10), [1, 2, 3, 6].map(batch_id));
    assert_eq!(batches(Some(1), 2), [2, 3].map(batch_id));
    assert!(view.batches_of(&id("thcs-cu"), None, 10).unwrap().is_empty());
    assert_eq!(view.leaves(&school, &batch_id(1)).unwrap().unwrap(), (0..5).map(|i| leaf(1, i)).collect::<Vec<_>>());
    assert_eq!(view.leaves(&school, &batch_id(9)).unwrap(), None);
    assert_eq!(
        store.record(&Key::Issuer(school)).unwrap(),
        view.issuer(&id("thcs-mau")).unwrap().map(sogoc_ledger::record::Record::Issuer)
    );
}

#[test]
fn a_view_stays_at_its_block() {
    let home = home();
    let (store, genesis) = sample(home.path());
    let (school, view) = (id("thcs-mau"), store.view());
    let before = (view.batch(&school, &batch_id(3)).unwrap(), view.statuses(&school, &batch_id(3)).unwrap());
    grow(&store, &genesis, &[]);
    grow(&store, &genesis, &[change(&store, 3, 8, Status::Suspended), seal(&store, 9, 1)]);
    let after = (view.batch(&school, &batch_id(3)).unwrap(), view.statuses(&school, &batch_id(3)).unwrap());
    assert_eq!(before, after);
    assert_eq!(view.batches_of(&school, None, 10).unwrap().len(), 4);
    assert_eq!(view.batch(&school, &batch_id(9)).unwrap(), None);
    assert!(view.batch_proof(&school, &batch_id(3), 0).unwrap().is_some());
    assert!(view.absence_proof(&school, &batch_id(9), 0).unwrap().is_some());
    assert_ne!(store.statuses(&school, &batch_id(3)).unwrap(), before.1);

    let third = store.view_at(3).unwrap().unwrap();
    assert_eq!(third.tip().header, store.header(3).unwrap().unwrap());
    assert_eq!(third.statuses(&school, &batch_id(1)).unwrap().entry(3).status, Status::Suspended);
    assert_eq!(third.batch(&school, &batch_id(3)).unwrap(), None);
    let proof = third.batch_proof(&school, &batch_id(1), 0).unwrap().unwrap();
    proof.verify(&pointer(1), &store.checkpoint(0).unwrap().unwrap()).unwrap();
}

#[test]
fn receipts_verify_against_every_checkpoint() {
    let home = home();
    let genesis = genesis("test");
    let store = Store::open(home.path(), &genesis).unwrap();
    sample_block(&store, &genesis, 1);
    let founding = store.checkpoint(0).unwrap().unwrap();
    let early = receipt(&store, 1, 3, 0);
    assert_eq!(early.verify(leaf(1, 3), &pointer(1), &founding).unwrap().status.status, Status::Valid);
    for height in 2..=6 {
        sample_block(&store, &genesis, height);
    }
    // The old receipt still says what it knew; a new one says what happened since.
    assert!(early.verify(leaf(1, 3), &pointer(1), &founding).unwrap().in_force());
    let late = receipt(&store, 1, 3, 0).verify(leaf(1, 3), &pointer(1), &founding).unwrap();
    assert_eq!((late.status.status, late.status.height, late.as_of_height), (Status::Revoked, 4, 6));
    assert_eq!(late.named_issuer, None);
    let for_other = receipt(&store, 2, 0, 0).verify(leaf(2, 0), &pointer(2), &founding).unwrap();
    assert_eq!(for_other.named_issuer.unwrap().id, id("thcs-cu"));
    for (batch, size) in [(1, 5), (2, 1), (3, 40)] {
        for index in 0..size {
            let receipt = receipt(&store, batch, index, 0);
            receipt.verify(leaf(batch, index), &pointer(batch), &founding).unwrap();
        }
    }
    // Against a newer checkpoint it needs the path there.
    for newer in 2..=6 {
        let checkpoint = store.checkpoint(newer).unwrap().unwrap();
        let stale = early.verify(leaf(1, 3), &pointer(1), &checkpoint);
        assert!(matches!(stale, Err(ReceiptError::NeedsRefresh { .. })), "{stale:?}");
        let mut refreshed = early.clone();
        refreshed.proof.finality = Finality::Ancestor(store.ancestry(1, newer).unwrap().unwrap());
        refreshed.verify(leaf(1, 3), &pointer(1), &checkpoint).unwrap();
    }
    assert_eq!(store.ancestry(3, 3), Ok(None));
    assert_eq!(store.ancestry(3, 7), Ok(None));
}

#[test]
fn absence_is_proven_until_the_batch_is_sealed() {
    let home = home();
    let genesis = genesis("test");
    let store = Store::open(home.path(), &genesis).unwrap();
    let (school, batch) = (id("thcs-mau"), batch_id(1));
    assert_eq!(store.view().absence_proof(&school, &batch, 0), Ok(None), "genesis has no certificate");
    grow(&store, &genesis, &[]);
    let absence = store.view().absence_proof(&school, &batch, 0).unwrap().unwrap();
    let key = || Key::Batch(school.clone(), batch);
    absence.state.verify(&absence.header.state_root, &[(key(), None)]).unwrap();
    sample_block(&store, &genesis, 1);
    assert_eq!(store.view().absence_proof(&school, &batch, 0), Ok(None));
    assert!(absence.state.verify(&store.tip().header.state_root, &[(key(), None)]).is_err());
}

#[test]
fn receipts_carry_the_changes_of_the_validator_set() {
    let home = home();
    let genesis = genesis("test");
    let store = Store::open(home.path(), &genesis).unwrap();
    sample_block(&store, &genesis, 1);
    grow(&store, &genesis, &bring_fifth(&store));
    let first = 2 + SET_CHANGE_DELAY_BLOCKS;
    let last = first + 2;
    while store.tip().header.height < last {
        grow(&store, &genesis, &[]);
    }
    let signers = |height| store.block(height).unwrap().unwrap().1.precommits.len();
    assert_eq!((signers(first - 1), signers(first)), (4, 5));
    let heights = |after, before| -> Vec<u64> {
        store.set_changes(after, before).unwrap().iter().map(|change| change.header.height).collect()
    };
    let changed = first - 1;
    assert_eq!(heights(0, last), [changed]);
    assert_eq!((heights(changed, last), heights(0, changed)), (vec![], vec![]));
    for anchor in 0..=last {
        let checkpoint = store.checkpoint(anchor).unwrap().unwrap();
        for older in 0..=anchor {
            receipt(&store, 1, 0, older).verify(leaf(1, 0), &pointer(1), &checkpoint).unwrap();
        }
    }
    assert_eq!(store.fsck(&genesis, self::home().path(), |_| {}).map(|report| report.height), Ok(last));
    drop(store);
    Store::open(home.path(), &genesis).unwrap();
}

#[test]
fn motions_are_listed_newest_first_and_definitions_by_name() {
    let home = home();
    let genesis = genesis("test");
    let store = Store::open(home.path(), &genesis).unwrap();
    let transactions = bring_fifth(&store);
    let (first, before) = (transactions[0].id(), store.view());
    grow(&store, &genesis, &transactions[..1]);
    let second = bring_fifth(&store).swap_remove(0);
    grow(&store, &genesis, &[second.clone(), transactions[1].clone()]);
    let view = store.view();
    let ids = |before: Option<&Hash>, limit| {
        view.motions(before, limit).unwrap().into_iter().map(|(id, _)| id).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, 10), [second.id(), first]);
    assert_eq!((ids(None, 1), ids(Some(&second.id()), 10)), (vec![second.id()], vec![first]));
    assert_eq!(ids(Some(&Hash::ZERO), 10), []);
    assert_eq!(view.motion(&first).unwrap().unwrap().votes.len(), 2);
    assert_eq!((before.motions(None, 10), before.motion(&first)), (Ok(vec![]), Ok(None)), "a view stays at its block");

    let names = |after: Option<&DefinitionKey>| {
        let page = view.definitions(after, 10).unwrap();
        page.iter().map(|definition| definition.name.to_string()).collect::<Vec<_>>()
    };
    let key = (DefinitionKind::CodeList, "danh-hieu".parse().unwrap(), 1);
    assert_eq!((names(None), names(Some(&key))), (vec!["danh-hieu".to_owned()], vec![]));
    assert_eq!(view.definition(&key).unwrap().unwrap().digest(), genesis.definitions[0].digest());
    assert_eq!(view.definition(&(DefinitionKind::Schema, key.1.clone(), 1)), Ok(None));
}

#[test]
fn what_a_document_was_before_follows_from_its_last_entry() {
    let home = home();
    let (store, genesis) = sample(home.path());
    let (school, early) = (id("thcs-mau"), store.view_at(3).unwrap().unwrap());
    let view = store.view();
    let history = view.status_history(&school, &batch_id(1)).unwrap();
    let statuses: Vec<_> = history.iter().map(|entry| (entry.index, entry.height, entry.status)).collect();
    assert_eq!(statuses, [(3, 2, Status::Suspended)]);
    assert!(view.statuses(&school, &batch_id(1)).unwrap().entry(3).follows(&history));
    assert_eq!(early.status_history(&school, &batch_id(1)), Ok(vec![]), "nothing was replaced yet");
    assert_eq!(view.status_history(&school, &batch_id(2)), Ok(vec![]));

    for to in [Status::Suspended, Status::Valid, Status::Superseded] {
        grow(&store, &genesis, &[change(&store, 1, 0, to), change(&store, 1, 4, to)]);
    }
    let (view, history) = (store.view(), store.view().status_history(&school, &batch_id(1)).unwrap());
    let of = |index| history.iter().filter(|entry| entry.index == index).cloned().collect::<Vec<_>>();
    for (index, formerly) in [(0, 2), (3, 1), (4, 2)] {
        assert_eq!(of(index).len(), formerly);
        assert!(view.statuses(&school, &batch_id(1)).unwrap().entry(index).follows(&of(index)), "{index}");
    }
}

#[test]
fn only_the_next_final_block_is_committed() {
    let home = home();
    let (store, genesis) = sample(home.path());
    let (tip, execution) = (store.tip(), next(&store, &[]));
    let good = commit(&store, &genesis, &execution);
    let mut few = good.clone();
    few.precommits = List::new(good.precommits[..2].to_vec()).unwrap();
    let mut wrong_round = good.clone();
    wrong_round.round = 1;
    for bad in [few, wrong_round] {
        assert!(store.commit(&execution, &bad).is_err());
    }
    assert_eq!((store.tip(), store.header(7)), (tip, Ok(None)), "a refused block leaves nothing behind");
    store.commit(&execution, &good).unwrap();
    assert!(store.commit(&execution, &good).is_err(), "a block is committed once");
    let mut three = commit(&store, &genesis, &next(&store, &[]));
    three.precommits = List::new(three.precommits[1..].to_vec()).unwrap();
    store.commit(&next(&store, &[]), &three).unwrap();
}

#[test]
fn proposals_are_kept_until_their_height_is_decided() {
    let home = home();
    let (store, genesis) = sample(home.path());
    let hash = |number: usize| {
        let mut hash = Hash::ZERO;
        hash.0[..8].copy_from_slice(&(number as u64).to_be_bytes());
        hash
    };
    assert_eq!(store.put_proposal(6, &hash(1), b"decided"), Ok(false));
    assert_eq!(store.put_proposal(7 + PROPOSAL_HEIGHTS_AHEAD, &hash(1), b"far"), Ok(false));
    for number in 0..MAX_PROPOSALS_PER_HEIGHT {
        assert_eq!(store.put_proposal(7, &hash(number), &[number as u8]), Ok(true));
    }
    assert_eq!(store.put_proposal(7, &hash(9_200), b"one more"), Ok(false));
    assert_eq!(store.put_proposal(7, &hash(3), b"again"), Ok(true));
    store.put_own_proposal(7, 2, &hash(9_201), b"own").unwrap();
    store.put_own_proposal(7, 2, &hash(9_201), b"own").unwrap();
    assert!(store.put_own_proposal(7, 2, &hash(9_202), b"other").is_err(), "two values for one round");
    assert_eq!(store.put_proposal(8, &hash(1), b"next"), Ok(true));
    drop(store);

    let store = Store::open(home.path(), &genesis).unwrap();
    assert_eq!(store.proposal(7, &hash(3)), Ok(Some(vec![3])));
    assert_eq!(store.proposals(7).unwrap().len(), MAX_PROPOSALS_PER_HEIGHT + 1);
    assert_eq!(store.own_proposal(7, 2), Ok(Some((hash(9_201), b"own".to_vec()))));
    assert_eq!(store.own_proposal(7, 1), Ok(None));
    assert_eq!(store.put_proposal(7, &hash(9_200), b"one more"), Ok(false), "the count survives a restart");
    assert!(store.put_own_proposal(7, 2, &hash(9_202), b"other").is_err());
    grow(&store, &genesis, &[]);
    assert_eq!((store.proposals(7), store.own_proposal(7, 2)), (Ok(vec![]), Ok(None)));
    assert_eq!(store.proposals(8), Ok(vec![(hash(1), b"next".to_vec())]));
    assert_eq!(store.rows.stored(Family::Own).len() + store.rows.stored(Family::Proposals).len(), 1);
}

#[test]
fn what_is_in_a_row_never_makes_a_panic() {
    let home = home();
    let (store, genesis) = sample(home.path());
    store.put_own_proposal(7, 0, &Hash([7; 32]), b"own").unwrap();
    // After each damage: reading everything either works or fails with a fault, and so does the next start.
    let read_everything = |store: &Store| -> Result<(), crate::StoreFault> {
        let (view, school) = (store.view(), id("thcs-mau"));
        for height in 0..=store.tip().header.height {
            store.block(height)?;
            store.body(height)?;
            store.certificate(height)?;
            store.checkpoint(height)?;
            store.ancestry(height, store.tip().header.height)?;
            let Some(then) = store.view_at(height)? else {
                continue;
            };
            then.record(&Key::Parameters)?;
            sogoc_ledger::transition::validators(&then)?;
            then.issuers(None, 100)?;
            then.batches_of(&school, None, 100)?;
            then.motions(None, 100)?;
            then.definitions(None, 100)?;
        }
        store.headers(0, 100)?;
        store.proposals(7)?;
        store.own_proposal(7, 0)?;
        store.set_changes(0, 100)?;
        view.issuers(None, 100)?;
        for (batch, _) in view.batches_of(&school, None, 100)? {
            view.leaves(&school, &batch)?;
            view.statuses(&school, &batch)?;
            view.status_history(&school, &batch)?;
            view.batch_proof(&school, &batch, 0)?;
        }
        for absent in 20..40 {
            view.absence_proof(&school, &batch_id(absent), 0)?;
        }
        sogoc_ledger::transition::propose(
            &view,
            view.tip(),
            sogoc_ledger::name::Time(view.tip().header.time.0 + 1),
            &[],
            &sogoc_ledger::transition::CheckAlways,
        )?;
        store.export()?;
        Ok(())
    };
    read_everything(&store).unwrap();
    drop(store);
    let mut refused = 0;
    for family in Family::ALL {
        let store = Store::open(home.path(), &genesis).unwrap();
        let rows = store.rows.stored(family);
        drop(store);
        let picked = [0, rows.len() / 2];
        for (key, stored) in picked.iter().filter_map(|i| rows.get(*i)) {
            let mut flipped = stored.clone();
            flipped[0] ^= 0x40;
            for garbage in [flipped, Vec::new(), vec![0xff; stored.len()], stored[..stored.len() - 1].to_vec()] {
                let store = Store::open(home.path(), &genesis).unwrap();
                store.rows.damage(family, key, &garbage);
                let found = read_everything(&store).is_err();
                drop(store);
                let opened = Store::open(home.path(), &genesis);
                refused += usize::from(opened.is_err());
                let seen = found || opened.as_ref().map_or(true, |store| read_everything(store).is_err());
                // A node of the tree may be one that no present record needs.
                assert!(
                    seen || family == Family::Nodes || family == Family::Meta,
                    "{} {}",
                    family.name(),
                    hex::encode(key)
                );
                drop(opened);
                let rows = crate::rows::Rows::open(home.path(), true).unwrap();
                rows.damage(family, key, stored);
            }
        }
    }
    assert!(refused > 20, "{refused}");
    read_everything(&Store::open(home.path(), &genesis).unwrap()).unwrap();
}

#[test]
fn fsck_finds_what_a_start_does_not() {
    let home = home();
    let (store, genesis) = sample(home.path());
    let mut seen = Vec::new();
    let report = store.fsck(&genesis, self::home().path(), |height| seen.push(height)).unwrap();
    assert_eq!((seen, report.height), ((1..=6).collect(), 6));
    assert!(report.rows > 40, "{report:?}");

    // A row that is whole but not what the blocks give.
    let key = crate::key::batch(&id("thcs-mau"), &batch_id(77));
    let mut changes = crate::rows::Changes::default();
    changes.put(Family::Batches, key.clone(), Vec::new());
    store.rows.write(changes).unwrap();
    let found = store.fsck(&genesis, self::home().path(), |_| {});
    assert_eq!(found, Err(FsckError::OtherRow { family: "batches", key: hex::encode(key) }));

    let (commits, other) = (Family::Commits, 3u64.to_be_bytes());
    let stranger: crate::Commit = store.rows.expect(commits, &2u64.to_be_bytes()).unwrap();
    let mut changes = crate::rows::Changes::default();
    changes.put(commits, other, sogoc_ledger::codec::encode(&stranger));
    store.rows.write(changes).unwrap();
    let found = store.fsck(&genesis, self::home().path(), |_| {});
    assert!(matches!(found, Err(FsckError::Block(3, _))), "{found:?}");
}

/// Copies a database as a crash would leave it: the log as far as `keep` says, everything else whole.
fn copy_with_cut_log(from: &Path, to: &Path, keep: impl Fn(u64) -> u64) -> PathBuf {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copy = to.join(path.file_name().unwrap());
        fs::copy(&path, &copy).unwrap();
        if path.extension().is_some_and(|extension| extension == "log") {
            let length = fs::metadata(&copy).unwrap().len();
            fs::OpenOptions::new().write(true).open(&copy).unwrap().set_len(keep(length)).unwrap();
        }
    }
    to.into()
}

#[test]
fn a_log_cut_anywhere_opens_at_a_whole_block() {
    let home = home();
    let genesis = genesis("test");
    let store = Store::open(&home.path().join("store"), &genesis).unwrap();
    let mut tips = vec![store.tip()];
    for height in 1..=6 {
        sample_block(&store, &genesis, height);
        tips.push(store.tip());
    }
    let mut heights = std::collections::BTreeSet::new();
    for part in 0..=60 {
        let copy = home.path().join(format!("copy-{part}"));
        let copy = copy_with_cut_log(&home.path().join("store"), &copy, |length| length * part / 60);
        let cut = Store::open(&copy, &genesis).unwrap();
        let height = cut.tip().header.height;
        assert_eq!(cut.tip(), tips[height as usize]);
        assert!(cut.header(height + 1).unwrap().is_none());
        sample_block(&cut, &genesis, height + 1);
        heights.insert(height);
    }
    assert!(heights.len() > 5 && heights.contains(&6), "{heights:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Same blocks, same root, however often and wherever the store was closed in between.
    #[test]
    fn restarts_change_nothing(restarts in prop::collection::vec(any::<bool>(), 8)) {
        let (home, steady) = (home(), home());
        let genesis = genesis("test");
        let mut store = Store::open(home.path(), &genesis).unwrap();
        let other = Store::open(steady.path(), &genesis).unwrap();
        for (height, restart) in (1..).zip(&restarts) {
            sample_block(&store, &genesis, height);
            sample_block(&other, &genesis, height);
            prop_assert_eq!(store.tip(), other.tip());
            if *restart {
                drop(store);
                store = Store::open(home.path(), &genesis).unwrap();
                prop_assert_eq!(store.tip(), other.tip());
            }
        }
        for family in Family::ALL {
            prop_assert_eq!(store.rows.stored(family), other.rows.stored(family));
        }
    }
}

/// Four new validators take over what the four of genesis can no longer decide.
#[test]
fn a_chain_goes_on_without_its_validators() {
    let (home, scratch) = (home(), home());
    let (store, genesis) = sample(home.path());
    let (school, old) = (id("thcs-mau"), store.tip());
    let receipt = receipt(&store, 1, 4, 0);

    let exported = store.export().unwrap();
    let bytes: Vec<u8> = exported.to_elements().flatten().collect();
    assert_eq!(Exported::from_bytes(&bytes).unwrap(), exported);
    let continuation = continuation(&store);
    let records = continuation.writes(&exported, &old.header).unwrap();
    let root = state::root_of(&exported.records.clone().into_iter().chain(records).collect()).unwrap();
    let header = continuation.header(&old.header, &old.history, old.header.version, root).unwrap();

    store.continue_chain(&continuation).unwrap();
    assert_eq!(store.tip().header, header, "the file leads to the block that the store makes");
    assert!(matches!(store.continue_chain(&continuation), Err(ContinuationError::OtherBlock(7))));
    drop(store);
    let store = Store::open(home.path(), &genesis).unwrap();
    assert_eq!(store.continuation(7).unwrap(), Some(continuation));
    assert!(store.block(7).unwrap().is_none() && store.certificate(7).unwrap().is_none());

    // Every old receipt leads to it, and every old batch is revocable.
    let anchor = store.checkpoint(7).unwrap().unwrap();
    let ancestry = store.ancestry(6, 7).unwrap().unwrap();
    let proof = BatchProof { finality: Finality::Ancestor(ancestry), ..receipt.proof.clone() };
    let refreshed = Receipt { proof, ..receipt };
    assert_eq!(refreshed.verify(leaf(1, 4), &pointer(1), &anchor).unwrap().status.status, Status::Valid);
    let execution = next(&store, &[change(&store, 1, 4, Status::Revoked), seal(&store, 9, 3)]);
    store.commit(&execution, &commit_by(&[41, 42, 43, 44], &execution)).unwrap();
    assert_eq!(store.statuses(&school, &batch_id(1)).unwrap().entry(4).status, Status::Revoked);
    let fresh = crate::fixture::receipt(&store, 1, 4, 7);
    assert_eq!(fresh.verify(leaf(1, 4), &pointer(1), &anchor).unwrap().status.status, Status::Revoked);
    // An anchor from before is not led there: nobody whom it trusts signed.
    let founding = store.checkpoint(0).unwrap().unwrap();
    let led = crate::fixture::receipt(&store, 1, 4, 0).verify(leaf(1, 4), &pointer(1), &founding);
    assert_eq!(led.unwrap_err(), ReceiptError::WrongValidators);
    assert_eq!(store.fsck(&genesis, scratch.path(), |_| {}).unwrap().height, 8);
}
