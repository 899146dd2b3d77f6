use super::*;
use crate::devnet::{DevnetOptions, devnet};
use crate::networks::Network;
use crate::{check, load_config};

use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A network, and what makes an observer of it in `directory`.
fn network(directory: &Path) -> (PathBuf, NewObserver) {
    let node = devnet(&directory.join("net"), &Network::of(4), &DevnetOptions::default()).unwrap().nodes.remove(0);
    let node = node.config.parent().unwrap().to_owned();
    let new = NewObserver {
        directory: directory.join("observer"),
        name: OwnerName::new("Ủy ban nhân dân phường Mẫu").unwrap(),
        addresses: None,
        http: "127.0.0.1:9".parse().unwrap(),
        genesis: node.join(GENESIS_FILE),
        address_book: node.join(BOOK_FILE),
    };
    (node, new)
}

fn codes(problems: Problems) -> Vec<Code> {
    problems.0.iter().map(|problem| problem.code).collect()
}

#[test]
fn a_home_is_ready_to_run_and_its_part_is_admitted() {
    let directory = tempfile::tempdir().unwrap();
    let (node, new) = network(directory.path());
    let part = observer_home(&new).unwrap();
    assert_eq!(check(&new.directory), []);
    let key = new.directory.join("keys/network.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(load_config(&new.directory.join(CONFIG_FILE)).unwrap().keys.consensus, None);
    assert_eq!(codes(observer_home(&new).unwrap_err()), [Code::Exists; 5], "nothing is overwritten");
    assert_eq!(SecretKey::load(&key, Purpose::Network).unwrap().public(), part.network);

    let sent = ObserverPart::load(&new.directory.join(OBSERVER_FILE)).unwrap();
    assert_eq!(sent, part);
    assert_eq!(sent.problems_in(&load_genesis(&new.genesis).unwrap()), []);
    let path = node.join(BOOK_FILE);
    let mut book = load_address_book(&path).unwrap();
    book.admit(&sent).unwrap();
    book.replace(&path).unwrap();
    assert_eq!(load_address_book(&path).unwrap().peers.len(), 5);
    assert!(check(&node).is_empty() && !path.with_extension("new").exists());

    // It has moved; then it leaves.
    let addresses = Addresses { engine: Address::localhost(1), gossip: Address::localhost(2), http: None };
    book.admit(&ObserverPart { addresses: Some(addresses.clone()), ..sent.clone() }).unwrap();
    assert_eq!((book.peers.len(), &book.peers[4].addresses), (5, &Some(addresses)));
    assert_eq!(book.dismiss(sent.name.as_str()).unwrap().network, sent.network);
    assert_eq!(book.dismiss(sent.name.as_str()).unwrap_err().code, Code::UnknownObserver);
    let validator = book.peers[0].name.clone();
    assert_eq!(book.dismiss(validator.as_str()).unwrap_err().code, Code::UnknownObserver, "a validator stays");
}

#[test]
fn what_is_forged_taken_or_for_another_network_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let (node, new) = network(directory.path());
    let part = observer_home(&new).unwrap();
    let file = new.directory.join(OBSERVER_FILE);
    let good = fs::read_to_string(&file).unwrap();
    let loaded = |text: &str| {
        fs::write(&file, text).unwrap();
        ObserverPart::load(&file).map_err(codes)
    };
    for (from, to, code) in [
        ("phường Mẫu", "phường Khác", Code::NoPossession),
        (&part.genesis.to_string()[..8], "00000000", Code::NoPossession),
        ("\"sogoc-observer\": 1", "\"sogoc-observer\": 2", Code::OtherVersion),
        ("\"name\"", "\"owner\"", Code::MissingField),
    ] {
        assert!(good.contains(from), "{from}");
        assert_eq!(loaded(&good.replacen(from, to, 1)).unwrap_err()[0], code, "{to}");
    }
    assert_eq!(loaded("{}").unwrap_err(), [Code::OtherKind]);
    loaded(&good).unwrap();

    // Another network.
    let (other, _) = network(&directory.path().join("other"));
    let problems = part.problems_in(&load_genesis(&other.join(GENESIS_FILE)).unwrap());
    assert_eq!(codes(Problems(problems)), [Code::OtherNetwork]);
    // A validator's key, whatever it is for; a name that is taken.
    let genesis = load_genesis(&new.genesis).unwrap();
    let mut book = load_address_book(&node.join(BOOK_FILE)).unwrap();
    for network in [genesis.members[0].consensus, genesis.members[1].network] {
        let problems = ObserverPart { network, ..part.clone() }.problems_in(&genesis);
        assert_eq!(codes(Problems(problems)), [Code::KeyUsedTwice]);
    }
    let taken = ObserverPart { network: book.peers[0].network, ..part.clone() };
    assert_eq!(book.admit(&taken).unwrap_err().code, Code::KeyUsedTwice);
    book.admit(&part).unwrap();
    let another = SecretKey::generate(Purpose::Network).unwrap().public();
    let taken = ObserverPart { network: another, ..part.clone() };
    assert_eq!(book.admit(&taken).unwrap_err().code, Code::NameTwice);

    // A book that could not be read again is not written.
    let before = fs::read(node.join(BOOK_FILE)).unwrap();
    let addresses = book.peers[0].addresses.clone();
    book.admit(&ObserverPart { addresses, ..part }).unwrap();
    assert_eq!(codes(book.replace(&node.join(BOOK_FILE)).unwrap_err()), [Code::AddressTwice; 2]);
    assert_eq!(fs::read(node.join(BOOK_FILE)).unwrap(), before);
}

#[test]
fn the_message_of_a_proof_is_as_the_format_says() {
    let key = PublicKey::Ed25519([9; 32]);
    let bytes = possession_bytes(Hash([7; 32]), &OwnerName::new("Sở").unwrap(), key);
    let expected = [&[5][..], &[7; 32], &[4], "Sở".as_bytes(), &[0; 4], &[9; 32]].concat();
    assert_eq!(bytes, expected);
}
