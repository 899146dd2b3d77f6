use super::*;
use crate::context::{Height, Value, Vote};
use ed25519_dalek::SigningKey;
use malachite::app::wal::Log;
use malachite_consensus::ProposedValue;
use malachite_types::{NilOrVal, Round, SignedVote, Timeout, Validity, ValueOrigin, VoteType};
use sogoc_ledger::Hash;
use sogoc_ledger::signature::{Signature, public_key};
use tempfile::TempDir;

fn own() -> Address {
    Address(public_key(&SigningKey::from_bytes(&[1; 32])))
}

fn vote(height: u64, round: u32) -> Input<Context> {
    let value = NilOrVal::Val(Value(Hash([3; 32])));
    let vote =
        Vote { kind: VoteType::Prevote, height: Height(height), round: Round::new(round), value, validator: own() };
    Input::Vote(SignedVote::new(vote, Signature([4; 64])))
}

fn timeout() -> Input<Context> {
    Input::TimeoutElapsed(Timeout::propose(Round::new(0)))
}

fn proposed(height: u64) -> Input<Context> {
    let value = ProposedValue {
        height: Height(height),
        round: Round::new(0),
        valid_round: Round::Nil,
        proposer: own(),
        value: Value(Hash([3; 32])),
        validity: Validity::Valid,
    };
    Input::ProposedValue(value, ValueOrigin::Consensus)
}

struct Wal {
    _directory: TempDir,
    path: PathBuf,
}

impl Wal {
    /// Written by the engine's own code.
    fn written(height: u64, entries: &[Input<Context>]) -> Self {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("consensus.wal");
        let mut log = Log::open(&path).unwrap();
        log.reset(height).unwrap();
        for entry in entries {
            let mut bytes = Vec::new();
            encode_entry(entry.clone(), &Wire, &mut bytes).unwrap();
            log.append(&bytes).unwrap();
        }
        log.flush().unwrap();
        Self { _directory: directory, path }
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }

    fn with(&self, bytes: &[u8]) -> Result<Checked, WalError> {
        fs::write(&self.path, bytes).unwrap();
        check(&self.path)
    }

    /// What the engine then reads.
    fn engine_reads(&self) -> Vec<Input<Context>> {
        let mut log = Log::open(&self.path).unwrap();
        let entries: Vec<Vec<u8>> = log.iter().unwrap().map(|entry| entry.unwrap()).collect();
        entries.iter().map(|bytes| decode_entry(&Wire, Cursor::new(bytes)).unwrap()).collect()
    }
}

fn same(left: &[Input<Context>], right: &[Input<Context>]) -> bool {
    format!("{left:?}") == format!("{right:?}")
}

#[test]
fn crc_is_that_of_the_standard() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    assert_eq!(crc32(b""), 0);
}

#[test]
fn a_clean_log_is_left_alone() {
    let entries = [proposed(5), vote(5, 0), timeout(), vote(5, 1)];
    let wal = Wal::written(5, &entries);
    let before = wal.bytes();
    let checked = check(&wal.path).unwrap();
    assert_eq!(checked.height, 5);
    assert!(same(&checked.inputs, &entries));
    assert_eq!(wal.bytes(), before);
    assert!(same(&wal.engine_reads(), &entries));
    let logged = checked.signed_by(&own(), &"test".parse().unwrap());
    assert_eq!((logged.height, logged.messages.len()), (5, 2));
    let other = Address(public_key(&SigningKey::from_bytes(&[2; 32])));
    assert!(checked.signed_by(&other, &"test".parse().unwrap()).messages.is_empty());
}

#[test]
fn a_missing_or_unborn_log_is_empty() {
    let directory = TempDir::new().unwrap();
    assert_eq!(check(&directory.path().join("none")).unwrap().height, 0);
    let wal = Wal::written(5, &[]);
    assert_eq!(check(&wal.path).unwrap().height, 5);
    let header = wal.bytes();
    for unborn in [&header[..0], &header[..5], &[0; 12], &[0; 4_096]] {
        assert_eq!(wal.with(unborn).unwrap().height, 0);
        assert_eq!(wal.bytes(), b"");
        assert!(wal.engine_reads().is_empty());
    }
}

#[test]
fn whatever_a_power_loss_leaves_at_the_end_is_cut() {
    let entries = [proposed(5), vote(5, 0), vote(5, 1)];
    let wal = Wal::written(5, &entries);
    let whole = wal.bytes();
    let kept = Wal::written(5, &entries[..2]).bytes().len();
    let zeros = vec![0; 5_000];
    for length in kept..whole.len() {
        for tail in [&[][..], &zeros[..whole.len() - length], &zeros] {
            let torn = [&whole[..length], tail].concat();
            let checked = wal.with(&torn).unwrap();
            assert!(same(&checked.inputs, &entries[..2]), "torn at {length}");
            assert_eq!(wal.bytes(), &whole[..kept]);
            assert!(same(&wal.engine_reads(), &entries[..2]));
        }
        let mut flipped = whole.clone();
        flipped[length] ^= 1;
        assert!(same(&wal.with(&flipped).unwrap().inputs, &entries[..2]), "flipped at {length}");
    }
    for tail in [1, 13, 14, 4_096] {
        let padded = [&whole[..], &zeros[..tail]].concat();
        assert!(same(&wal.with(&padded).unwrap().inputs, &entries));
        assert_eq!(wal.bytes(), whole);
    }
}

#[test]
fn damage_before_a_valid_entry_is_refused_and_nothing_is_changed() {
    let wal = Wal::written(5, &[proposed(5), vote(5, 0)]);
    let whole = wal.bytes();
    let first_ends = Wal::written(5, &[proposed(5)]).bytes().len();
    for place in HEADER_BYTES..first_ends {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        assert_eq!(wal.with(&damaged).unwrap_err().code(), "wal-damaged", "byte {place}");
        assert_eq!(wal.bytes(), damaged);
    }
}

#[test]
fn a_reset_that_was_cut_short_is_completed() {
    let mut bytes = Wal::written(5, &[proposed(5), vote(5, 0), timeout()]).bytes();
    bytes[4..12].copy_from_slice(&6u64.to_be_bytes());
    let wal = Wal::written(5, &[]);
    let checked = wal.with(&bytes).unwrap();
    assert_eq!((checked.height, checked.inputs.len()), (6, 0));
    assert!(wal.engine_reads().is_empty());
}

#[test]
fn entries_of_several_heights_and_other_versions_are_refused() {
    for heights in [[5, 6], [6, 5], [4, 5], [6, 6]] {
        let wal = Wal::written(5, &[vote(heights[0], 0), vote(heights[1], 0)]);
        assert_eq!(check(&wal.path).unwrap_err().code(), "wal-damaged", "{heights:?}");
    }
    let wal = Wal::written(5, &[]);
    let mut bytes = wal.bytes();
    bytes[3] = 2;
    assert_eq!(wal.with(&bytes).unwrap_err().code(), "wal-version");
}

#[test]
fn lengths_that_lie_take_no_memory() {
    let wal = Wal::written(5, &[vote(5, 0)]);
    let whole = wal.bytes();
    for lie in [u64::MAX, 1 << 40, u64::MAX - 12] {
        let mut lying = whole.clone();
        lying[13..21].copy_from_slice(&lie.to_be_bytes());
        assert!(wal.with(&lying).unwrap().inputs.is_empty(), "the only entry is the invalid suffix");
    }
    // A message that claims to be longer than its entry, with a checksum that is right.
    let mut data = vec![1];
    data.extend_from_slice(&(1u64 << 62).to_be_bytes());
    let mut log = Log::open(&wal.path).unwrap();
    log.reset(5).unwrap();
    log.append(&data).unwrap();
    log.flush().unwrap();
    assert!(check(&wal.path).unwrap().inputs.is_empty());
}
