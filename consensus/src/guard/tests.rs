use super::*;
use tempfile::TempDir;

struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { directory: TempDir::new().unwrap() };
        fs::create_dir(place.home()).unwrap();
        place
    }

    fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    fn guard(&self) -> PathBuf {
        self.directory.path().join("guard").join("validator")
    }

    fn open_with(&self, seed: u8, tip: u64, logged: &Logged) -> Result<Guard, GuardError> {
        let key = SigningKey::from_bytes(&[seed; 32]);
        Guard::open(&self.guard(), key, "test".parse().unwrap(), &self.home(), tip, logged)
    }

    fn open(&self, tip: u64, logged: &Logged) -> Result<Guard, GuardError> {
        self.open_with(1, tip, logged)
    }

    fn set_home_back_to(&self, number: u64) {
        fs::write(self.home().join("incarnation"), format!("{number}\n")).unwrap();
    }
}

fn slot(height: u64, round: u32, step: Step) -> Slot {
    Slot { height, round, step }
}

/// The log of a node that is at `height` and has `messages`.
fn log(height: u64, messages: &[(Slot, &[u8])]) -> Logged {
    Logged { height, messages: messages.iter().map(|(slot, message)| (*slot, digest(message))).collect() }
}

#[test]
fn one_message_for_one_place() {
    let place = Place::new();
    let mut guard = place.open(4, &log(5, &[])).unwrap();
    let vote = slot(5, 0, Step::Prevote);
    let signature = guard.sign(vote, b"for a").unwrap();
    assert!(public_key(&guard.key).verifies_raw(b"for a", &signature));
    assert_eq!(guard.sign(vote, b"for a").unwrap(), signature);
    assert!(matches!(guard.sign(vote, b"for b"), Err(GuardError::Conflict(at)) if at == vote));
    for other in
        [slot(5, 0, Step::Precommit), slot(5, 0, Step::Proposal), slot(5, 1, Step::Prevote), slot(6, 0, Step::Prevote)]
    {
        guard.sign(other, b"for b").unwrap();
    }
    assert!(matches!(guard.sign(vote, b"for a"), Err(GuardError::Past(..))));
}

#[test]
fn what_the_log_has_is_remembered_and_what_never_left_is_not() {
    let place = Place::new();
    let (prevote, precommit) = (slot(5, 0, Step::Prevote), slot(5, 0, Step::Precommit));
    let mut guard = place.open(4, &log(5, &[])).unwrap();
    let signature = guard.sign(prevote, b"for a").unwrap();
    // The process is killed after the guard has synced and before the engine has written its log.
    guard.sign(precommit, b"for a").unwrap();
    drop(guard);
    let mut guard = place.open(4, &log(5, &[(prevote, b"for a")])).unwrap();
    assert_eq!(guard.sign(prevote, b"for a").unwrap(), signature);
    assert_eq!(guard.sign(prevote, b"for b").unwrap_err().code(), "guard-conflict");
    guard.sign(precommit, b"nil").unwrap();
}

#[test]
fn a_restored_home_waits_until_its_signatures_are_history() {
    let place = Place::new();
    for height in 5..8 {
        let mut guard = place.open(height - 1, &log(height, &[])).unwrap();
        guard.sign(slot(height, 0, Step::Precommit), b"for a").unwrap();
    }
    place.set_home_back_to(1);
    let refused = place.open(5, &log(6, &[])).unwrap_err();
    assert!(matches!(refused, GuardError::HomeRestored { home: 1, guard: 3, signed: 7, tip: 5 }), "{refused}");
    assert_eq!(refused.code(), "home-restored");
    assert!(place.open(6, &log(7, &[])).is_err(), "still not decided");
    let mut guard = place.open(7, &log(8, &[])).unwrap();
    assert!(guard.sign(slot(7, 0, Step::Precommit), b"for b").is_err());
    guard.sign(slot(8, 0, Step::Precommit), b"for b").unwrap();
}

#[test]
fn an_old_log_in_the_right_home_is_a_restored_home() {
    let place = Place::new();
    place.open(6, &log(7, &[])).unwrap().sign(slot(7, 0, Step::Prevote), b"for a").unwrap();
    assert_eq!(place.open(6, &log(6, &[])).unwrap_err().code(), "home-restored");
    place.open(6, &log(7, &[])).unwrap();
}

#[test]
fn a_crash_between_the_two_counters_is_no_restored_home() {
    let place = Place::new();
    place.open(0, &log(1, &[])).unwrap().sign(slot(1, 0, Step::Prevote), b"for a").unwrap();
    for _ in 0..3 {
        // The home counted and the guard did not, as often as it may happen.
        place.set_home_back_to(2);
        let guard = fs::read(place.guard()).unwrap();
        drop(place.open(0, &log(1, &[])).unwrap());
        fs::write(place.guard(), guard).unwrap();
    }
    place.set_home_back_to(3);
    assert_eq!(place.open(0, &log(1, &[])).unwrap_err().code(), "home-restored");
}

#[test]
fn a_used_home_without_its_guard_does_not_sign() {
    let place = Place::new();
    drop(place.open(0, &log(1, &[])).unwrap());
    drop(place.open(0, &log(1, &[])).unwrap());
    fs::remove_file(place.guard()).unwrap();
    assert_eq!(place.open(0, &log(1, &[])).unwrap_err().code(), "guard-missing");
    fs::write(place.guard(), b"").unwrap();
    assert_eq!(place.open(0, &log(1, &[])).unwrap_err().code(), "guard-missing");
}

#[test]
fn a_guard_serves_one_key_and_one_process() {
    let place = Place::new();
    let guard = place.open(0, &log(1, &[])).unwrap();
    assert_eq!(place.open(0, &log(1, &[])).unwrap_err().code(), "guard-in-use");
    drop(guard);
    assert_eq!(place.open_with(2, 0, &log(1, &[])).unwrap_err().code(), "guard-other-owner");
}

#[test]
fn a_torn_last_entry_is_cut_and_other_damage_is_refused() {
    let place = Place::new();
    let (first, second) = (slot(5, 0, Step::Prevote), slot(5, 0, Step::Precommit));
    let mut guard = place.open(4, &log(5, &[])).unwrap();
    guard.sign(first, b"for a").unwrap();
    let whole = fs::read(place.guard()).unwrap();
    guard.sign(second, b"for a").unwrap();
    drop(guard);
    let longer = fs::read(place.guard()).unwrap();
    let logged = log(5, &[(first, b"for a"), (second, b"for a")]);
    for length in whole.len()..longer.len() {
        for fill in [&b""[..], &[0; 20]] {
            place.set_home_back_to(1);
            let torn = [&longer[..length], &fill[..fill.len().min(longer.len() - length)]].concat();
            fs::write(place.guard(), torn).unwrap();
            let mut guard = place.open(4, &logged).unwrap();
            assert!(guard.sign(first, b"for b").is_err());
            guard.sign(second, b"for b").unwrap();
        }
    }
    for place_of_damage in 0..whole.len() {
        place.set_home_back_to(1);
        let mut damaged = longer.clone();
        damaged[place_of_damage] ^= 1;
        fs::write(place.guard(), damaged).unwrap();
        assert_eq!(place.open(4, &logged).unwrap_err().code(), "guard-damaged", "byte {place_of_damage}");
    }
}

#[test]
fn the_file_stays_small_and_private() {
    let place = Place::new();
    let mut guard = place.open(0, &log(1, &[])).unwrap();
    for height in 1..1_000 {
        guard.sign(slot(height, 0, Step::Prevote), b"for a").unwrap();
    }
    let metadata = fs::metadata(place.guard()).unwrap();
    assert!(metadata.len() < REWRITE_BYTES + 1_000);
    assert!(guard.sign(slot(999, 0, Step::Prevote), b"for b").is_err(), "a rewrite forgets nothing that matters");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777, 0o600);
}
