//! A clerk's rows are sealed once, whatever happens to the program that seals them.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use sogoc_tests::{Cluster, PATIENCE, Program, Random, verdicts};

const CLASS: u64 = 40;

#[test]
fn issue_twice_seals_once() {
    let cluster = Cluster::start();
    cluster.issue_class("class", &[]).ok();
    let sealed = cluster.nodes[0].leaves();
    let files: Vec<_> = cluster.bundles("class").iter().map(|path| fs::read(path).unwrap()).collect();

    let again = cluster.issue_class("class", &["--json"]).ok();
    let report: serde_json::Value = serde_json::from_str(&again.stdout).unwrap();
    let outcomes = report["outcomes"].as_array().unwrap();
    assert_eq!(outcomes.len(), 40);
    assert!(outcomes.iter().all(|row| row["outcome"] == "already-sealed"), "{outcomes:?}");
    assert_eq!((sealed, cluster.nodes[0].leaves()), (CLASS, CLASS));
    assert_eq!(files, cluster.bundles("class").iter().map(|path| fs::read(path).unwrap()).collect::<Vec<_>>());

    // Elsewhere they are written again, from the journal alone: the same files.
    cluster.issue_class("copy", &[]).ok();
    assert_eq!(files, cluster.bundles("copy").iter().map(|path| fs::read(path).unwrap()).collect::<Vec<_>>());
    assert_eq!(cluster.nodes[0].leaves(), CLASS);
}

/// When a run is killed.
#[derive(Copy, Clone, Debug)]
enum Moment {
    /// After this long.
    After(Duration),
    /// As soon as a file of this extension is in the directory of the journal or of the bundles.
    With(&'static str),
}

#[test]
fn issue_killed_at_any_moment_completes() {
    let mut random = Random::of_this_run();
    let cluster = Cluster::start();
    let mut moments = vec![Moment::With("prepared"), Moment::With("sealed"), Moment::With("sogoc")];
    moments.extend((0..12).map(|_| Moment::After(random.time_below(Duration::from_millis(120)))));
    for (attempt, moment) in (0..).zip(moments) {
        // Another attempt with a journal of its own: the same rows anew.
        let (out, journal) = (format!("class-{attempt}"), cluster.path(&format!("journal-{attempt}")));
        let more = ["--attempt", &attempt.to_string(), "--journal", journal.to_str().unwrap()];
        let mut run = Program::start(&mut cluster.issue_class_command(&out, &more));
        let began = Instant::now();
        let directories = [journal.clone(), cluster.path(&out)];
        loop {
            let now = match moment {
                Moment::After(delay) => began.elapsed() >= delay,
                Moment::With(extension) => directories.iter().any(|directory| holds(directory, extension)),
            };
            if now || run.has_ended() {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "{moment:?} never came");
            sleep(Duration::from_micros(200));
        }
        let killed = run.kill();

        cluster.issue_class(&out, &more).ok();
        let sealed = cluster.nodes[0].leaves();
        assert_eq!(sealed, CLASS * (attempt + 1), "{moment:?}: {killed:?}");
        let bundles = cluster.bundles(&out);
        assert_eq!(bundles.len() as u64, CLASS, "{moment:?}");
        cluster.verify(&bundles, &["--offline"]).ok();
    }
}

/// Whether a file of `extension` is in `directory` or one below it.
fn holds(directory: &std::path::Path, extension: &str) -> bool {
    let Ok(entries) = fs::read_dir(directory) else { return false };
    entries.flatten().map(|entry| entry.path()).any(|path| {
        path.extension().is_some_and(|found| found == extension) || path.is_dir() && holds(&path, extension)
    })
}

#[test]
fn lost_journal_is_refused() {
    let cluster = Cluster::start();
    cluster.issue_class("class", &[]).ok();
    fs::remove_dir_all(cluster.path("journal")).unwrap();

    cluster.issue_class("again", &[]).refused("already-sealed");
    assert_eq!(cluster.nodes[0].leaves(), CLASS);
    assert!(cluster.bundles("again").is_empty());

    cluster.issue_class("anew", &["--attempt", "1"]).ok();
    assert_eq!(cluster.nodes[0].leaves(), 2 * CLASS);
    let verified = cluster.verify(&cluster.bundles("anew"), &["--offline"]).ok();
    assert!(verdicts(&verified).iter().all(|(verdict, _)| verdict == "valid"));
}

#[test]
fn a_restored_journal_goes_on() {
    let cluster = Cluster::start();
    let (key, backup) = (cluster.key(sogoc_tests::SCHOOL), cluster.path("usb"));
    cluster.issue_class("class", &[]).ok();
    cluster.sogoc(&["journal", "backup", "--key", key.to_str().unwrap(), "--to", backup.to_str().unwrap()]).ok();
    fs::remove_dir_all(cluster.path("journal")).unwrap();

    cluster.issue_class("restored", &["--journal", backup.to_str().unwrap()]).ok();
    assert_eq!(cluster.nodes[0].leaves(), CLASS);
    assert_eq!(cluster.bundles("restored").len() as u64, CLASS);
}

#[test]
fn two_runs_at_once_seal_once() {
    let cluster = Cluster::start();
    let runs = [0, 1].map(|_| Program::start(&mut cluster.issue_class_command("class", &[])));
    let codes = runs.map(|run| run.output().code().unwrap());
    // One of them seals; the other has nothing left to do, or is told to wait.
    assert!(codes.contains(&0) && codes.iter().all(|code| matches!(code, 0 | 2)), "{codes:?}");
    assert_eq!(cluster.nodes[0].leaves(), CLASS);
}
