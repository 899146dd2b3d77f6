//! The ready-made networks are sound, and more than four validators work together. All 23: `scripts/network.sh --once`.

#![allow(clippy::unwrap_used, clippy::panic)]

use sogoc_tests::{Cluster, Output, SCHOOL, program, verdicts};

fn sogoc(arguments: &[&str]) -> Output {
    Output::of(&program("sogoc"), arguments)
}

#[test]
fn the_citys_networks_are_founded_and_checked() {
    let directory = tempfile::tempdir().unwrap();
    for (name, nodes, last) in
        [("hcmc-23", 23, "Phòng Giáo dục và Đào tạo thành phố Thủ Đức"), ("hcmc-17", 17, "Cụm trường 16")]
    {
        let network = directory.path().join(name);
        let path = network.to_str().unwrap();
        sogoc(&["genesis", "devnet", "--network", name, "--out", path]).ok();
        sogoc(&["genesis", "check", path]).ok();
        let count = std::fs::read_dir(&network)
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().path().join("node.toml").exists());
        assert_eq!(count.count(), nodes);
        let part = std::fs::read_to_string(network.join(format!("node-{nodes}/validator.json"))).unwrap();
        assert!(part.contains(last), "{part}");
        assert!(std::fs::read_to_string(network.join("README.txt")).unwrap().contains("THROWAWAY"));
    }
    let out = directory.path().join("none");
    sogoc(&["genesis", "devnet", "--network", "hcmc-24", "--out", out.to_str().unwrap()]).expect(2);
    sogoc(&["genesis", "devnet", "--out", out.to_str().unwrap()]).expect(2);
    assert!(!out.exists());
}

#[test]
fn seven_validators_seal_and_go_on_without_two() {
    let mut cluster = Cluster::of_validators(7, 2_000);
    cluster.issue_class("class", &[]).ok();
    cluster.wait_agreement(0);
    let verified = cluster.verify(&cluster.bundles("class"), &["--offline"]).ok();
    assert_eq!(verdicts(&verified), vec![("valid".to_owned(), String::new()); 40]);
    cluster.nodes[5].kill();
    cluster.nodes[6].kill();
    cluster.seal_one(SCHOOL, "without-two", 0).ok();
    cluster.start_all();
    cluster.wait_agreement(0);
}
