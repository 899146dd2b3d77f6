//! A clerk's rows are sealed once, whatever happens to the program that seals them.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use sogoc_tests::{Cluster, Output, PATIENCE, Program, Random, UPPER_SCHOOL, example, verdicts};

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

/// A register number is one document's, also of another year and in another file.
#[test]
fn a_register_number_is_given_once() {
    let cluster = Cluster::start();
    let issue = |file: &Path, out: &str| {
        let mut command = cluster.command(&["issue", "--type", "bang-tn-thpt", "--good-rows-only", "--json", "--key"]);
        command.arg(cluster.key(UPPER_SCHOOL)).arg(file).arg("--out").arg(cluster.path(out));
        Program::start(&mut command).output()
    };
    let diplomas = example("bang-tot-nghiep.csv");
    issue(&diplomas, "first").ok();
    let sealed = cluster.nodes[0].leaves();

    let text = fs::read_to_string(&diplomas).unwrap();
    let later = |line: &str| line.replace(";2026;", ";2027;").replace("/07/2026;", "/07/2027;").replace("MAU0", "MAU1");
    let (taken, free) = (later(text.lines().nth(1).unwrap()), later(text.lines().nth(2).unwrap()));
    let free = free.replace("TN/2026/0002", "TN/2027/0002");
    let second = cluster.path("second.csv");
    fs::write(&second, [text.lines().next().unwrap(), &taken, &free].join("\n")).unwrap();
    let report = issue(&second, "second").expect(1);
    let report: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    let told = |row: &serde_json::Value| (row["row"].as_u64().unwrap(), row["outcome"].clone(), row["code"].clone());
    let outcomes: Vec<_> = report["outcomes"].as_array().unwrap().iter().map(told).collect();
    assert_eq!(outcomes, [(2, "refused".into(), "register-number-taken".into()), (3, "sealed".into(), "".into())]);
    assert_eq!(cluster.nodes[0].leaves(), sealed + 1);
}

/// What a file name cannot hold does not make two documents one.
#[test]
fn two_numbers_that_make_one_file_name_make_two_files() {
    let cluster = Cluster::start();
    let text = fs::read_to_string(example("bang-tot-nghiep.csv")).unwrap();
    let table = cluster.path("two.csv");
    let rows: Vec<&str> = text.lines().take(3).collect();
    fs::write(&table, rows.join("\n").replace("TN/2026/0002", "TN-2026-0001")).unwrap();
    let issue = |out: &str| {
        let mut command = cluster.command(&["issue", "--type", "bang-tn-thpt", "--json", "--key"]);
        command.arg(cluster.key(UPPER_SCHOOL)).arg(&table).arg("--out").arg(cluster.path(out));
        Program::start(&mut command).output().ok()
    };
    let named = |output: &Output| {
        let report: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        let mut names: Vec<String> = report["outcomes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["bundle"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let first = named(&issue("out"));
    let verified = cluster.verify(&cluster.bundles("out"), &["--offline"]).ok().json();
    let mut numbers: Vec<_> = verified.iter().map(|one| one["document"]["claims"]["register_number"].clone()).collect();
    numbers.sort_by_key(ToString::to_string);
    assert_eq!(numbers, ["TN-2026-0001", "TN/2026/0001"]);
    // Again, over what is there: the same names, and no third file.
    let again = named(&issue("out"));
    again.iter().for_each(|name| assert!(cluster.path("out").join(name).exists()));
    assert_eq!((first.len(), cluster.bundles("out").len(), again == first), (2, 2, true));
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
