//! A network founded as its owners would: each makes their keys at home, and only public parts travel.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use sogoc_tests::{Cluster, Node, Output, Ports, SCHOOL, program, verdicts};

const ISSUERS: &str = r#"
[[issuer]]
id = "thcs-mau-1"
name = "Trường THCS Mẫu Một"
name_en = "Model Lower Secondary School One"
keys = [{ file = "thcs-mau-1.jwk", roles = ["seal"], from = "2026-01-01" }]

[[issuer.grant]]
type = "hoc-ba-thcs"
from = "2026-01-01"
decision = "QĐ 01/QĐ-MẪU"
"#;

/// An owner of a validator: a home of their own, an address of their own.
struct Owner {
    home: PathBuf,
    address: Ipv4Addr,
}

fn sogoc(arguments: &[&str]) -> Output {
    Output::of(&program("sogoc"), arguments)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn founded_by_its_owners() {
    let (ports, directory) = (Ports::take(), tempfile::tempdir().unwrap());
    let [engine, gossip, http] = [1, 101, 201].map(|offset| ports.base() + offset);
    let owners = (1..=4).map(|i| Owner {
        home: directory.path().join(format!("owner-{i}/validator")),
        address: Ipv4Addr::new(127, 0, 0, i),
    });
    let owners: Vec<Owner> = owners.collect();

    // Each owner, on their own machine.
    for (i, owner) in owners.iter().enumerate() {
        fs::create_dir(owner.home.parent().unwrap()).unwrap();
        let address = owner.address;
        sogoc(&[
            "genesis",
            "keygen",
            "--home",
            text(&owner.home),
            "--owner",
            &format!("Đơn vị Mẫu {i}"),
            "--engine",
            &format!("/ip4/{address}/tcp/{engine}"),
            "--gossip",
            &format!("/ip4/{address}/tcp/{gossip}"),
        ])
        .ok();
        for key in ["consensus", "network", "governance"] {
            let mode = fs::metadata(owner.home.join(format!("keys/{key}.key"))).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{key}.key");
        }
    }

    // The school.
    let school = directory.path().join("net/issuers");
    fs::create_dir_all(&school).unwrap();
    sogoc(&["issuer", "keygen", "--id", SCHOOL, "--out", text(&school.join(format!("{SCHOOL}.key")))]).ok();

    // The one who puts the public parts together.
    let (issuers, out) = (school.join("issuers.toml"), directory.path().join("founding"));
    fs::write(&issuers, ISSUERS).unwrap();
    let parts: Vec<PathBuf> = owners.iter().map(|owner| owner.home.join("validator.json")).collect();
    let assemble = |parts: &[PathBuf], out: &Path| {
        let mut arguments = vec!["genesis", "assemble", "--issuers", text(&issuers), "--chain", "mau-2026"];
        arguments.extend(["--heartbeat", "2", "--time", "1767225600000", "--out", text(out)]);
        arguments.extend(parts.iter().map(|part| text(part)));
        sogoc(&arguments)
    };
    assemble(&parts[..3], &directory.path().join("too-few")).refused("too-few-validators");
    let forged = directory.path().join("forged.json");
    fs::write(&forged, fs::read_to_string(&parts[3]).unwrap().replace("Đơn vị Mẫu 3", "Kẻ Mạo Danh")).unwrap();
    assemble(&[parts[0].clone(), parts[1].clone(), parts[2].clone(), forged], &out).refused("no-possession");
    let hash = assemble(&parts, &out).ok().stdout;
    let mut other_order = parts.clone();
    other_order.reverse();
    let again = directory.path().join("again");
    assert_eq!(assemble(&other_order, &again).ok().stdout, hash, "the same inputs found the same chain");
    assert_eq!(fs::read(out.join("genesis.json")).unwrap(), fs::read(again.join("genesis.json")).unwrap());

    // Each owner again: both files beside the keys, a configuration, and a check.
    let mut nodes = Vec::new();
    for (i, owner) in owners.iter().enumerate() {
        for file in ["genesis.json", "address-book.json"] {
            fs::copy(out.join(file), owner.home.join(file)).unwrap();
        }
        let address = owner.address;
        let config = format!(
            "moniker = \"mau-{i}\"\ngenesis = \"genesis.json\"\naddress_book = \"address-book.json\"\n\
             data = \"data\"\nguard = \"guard\"\n\
             [keys]\nconsensus = \"keys/consensus.key\"\nnetwork = \"keys/network.key\"\n\
             [listen]\nengine = \"/ip4/{address}/tcp/{engine}\"\ngossip = \"/ip4/{address}/tcp/{gossip}\"\n\
             http = \"{address}:{http}\"\n"
        );
        fs::write(owner.home.join("node.toml"), config).unwrap();
        sogoc(&["genesis", "check", text(&owner.home)]).ok();
        nodes.push(Node::new(&owner.home, SocketAddr::from((address, http))));
    }

    let mut cluster = Cluster::of(nodes, directory, ports);
    assert_eq!(cluster.nodes[3].chain().unwrap()["genesis"], hash.trim());
    cluster.export_anchor("anchor.json");
    cluster.issue_class("class", &[]).ok();
    cluster.wait_agreement(0);
    let verified = cluster.verify(&cluster.bundles("class"), &["--offline"]).ok();
    assert_eq!(verdicts(&verified), vec![("valid".to_owned(), String::new()); 40]);
}
