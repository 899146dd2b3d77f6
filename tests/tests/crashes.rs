//! Nodes are killed; what was acknowledged stays, and there is one history.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use sogoc_tests::{Cluster, Random, SCHOOL, UPPER_SCHOOL, wait_until};

#[test]
fn kill_one_and_go_on_restart_and_catch_up() {
    let mut cluster = Cluster::start();
    cluster.issue_class("class", &[]).ok();

    cluster.nodes[2].kill();
    let missed: Vec<_> = (0..6).map(|i| cluster.seal_one(SCHOOL, &format!("missed-{i}"), i % 2).ok()).collect();
    let height = cluster.wait_agreement(0);

    cluster.nodes[2].start();
    cluster.nodes[2].wait_ready();
    let caught_up = wait_until("the restarted node has caught up", || cluster.nodes[2].block(height));
    assert_eq!(Some(caught_up), cluster.nodes[0].block(height));
    assert_eq!(cluster.nodes[2].leaves(), 40 + missed.len() as u64);

    // Three are needed: without another one, the restarted one must vote.
    cluster.nodes[0].kill();
    for i in 0..3 {
        cluster.seal_one(SCHOOL, &format!("after-{i}"), 2).ok();
    }
    cluster.wait_agreement(2);
    assert_eq!(cluster.nodes[2].leaves(), 49);
}

/// One clerk seals documents one by one, and tries each again until it is acknowledged.
fn clerk(cluster: &Mutex<Cluster>, school: &str, by: usize, stop: &AtomicBool, acknowledged: &Mutex<Vec<PathBuf>>) {
    for i in 0.. {
        let name = format!("{school}-{i}");
        let (file, out) = {
            let cluster = cluster.lock().unwrap();
            (cluster.path(&format!("{name}.pdf")), cluster.path(&format!("out-{name}")))
        };
        std::fs::write(&file, format!("%PDF-1.7\n{name}\n%%EOF\n")).unwrap();
        let sealed = || {
            let mut command = {
                let cluster = cluster.lock().unwrap();
                let mut command =
                    cluster.command(&["seal-file", "--date", "2026-05-31", "--node", &cluster.nodes[by].url()]);
                command.arg("--key").arg(cluster.key(school)).arg("--out").arg(&out).arg(&file);
                command
            };
            let output = sogoc_tests::Program::start(&mut command).output();
            // Nobody answers while all nodes are down: that is no refusal.
            assert!(matches!(output.code(), Some(0 | 2)), "{output:?}");
            (output.code() == Some(0)).then_some(())
        };
        wait_until(&format!("{name} is sealed"), sealed);
        let bundle = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path());
        acknowledged.lock().unwrap().extend(bundle.filter(|path| path.extension().is_some_and(|ext| ext == "sogoc")));
        if stop.load(Ordering::Relaxed) {
            return;
        }
    }
}

#[test]
fn kill_all_lose_nothing() {
    const CYCLES: usize = 10;
    let mut random = Random::of_this_run();
    let cluster = Mutex::new(Cluster::start());
    let (stop, acknowledged) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let count = || acknowledged.lock().unwrap().len();
    scope(|scope| {
        scope.spawn(|| clerk(&cluster, SCHOOL, 0, &stop, &acknowledged));
        scope.spawn(|| clerk(&cluster, UPPER_SCHOOL, 1, &stop, &acknowledged));
        for _ in 0..CYCLES {
            let before = count();
            wait_until("some more are acknowledged", || (count() >= before + 6).then_some(()));
            // The moment is what is random here; nothing is waited for.
            sleep(random.time_below(Duration::from_millis(150)));
            let mut cluster = cluster.lock().unwrap();
            cluster.kill_all();
            let promised = count() as u64;
            cluster.start_all();
            cluster.wait_agreement(0);
            // Another node may have acknowledged a block that the first one commits only now: it comes, or it was lost.
            for node in &cluster.nodes {
                let kept = format!("{} has what was acknowledged", node.home().display());
                wait_until(&kept, || (node.leaves() >= promised).then_some(()));
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    let (mut cluster, acknowledged) = (cluster.into_inner().unwrap(), acknowledged.into_inner().unwrap());
    cluster.wait_agreement(1);
    for node in &cluster.nodes {
        // As many as were acknowledged: nothing was lost, and nothing was sealed twice.
        assert_eq!(node.leaves(), acknowledged.len() as u64);
        cluster.verify(&acknowledged, &["--node", &node.url()]).ok();
    }
    println!("{} documents through {CYCLES} power failures", acknowledged.len());
}
