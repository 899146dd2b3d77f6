//! A network founded as its owners would, and every way in which that must fail.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use sogoc_ledger::codec::{List, Text};
use sogoc_ledger::genesis::GenesisError;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::{Day, Time};
use sogoc_ledger::record::{
    Definition, DefinitionKind, Issuer, IssuerKey, Member, Parameters, Possession, Purpose, Succession,
    possession_of_member_key,
};
use sogoc_ledger::signature::{self, Algorithm, PublicKey};

use super::*;
use crate::book::{BOOK_FILE, BOOK_FILE_BYTES_MAX};
use crate::ceremony::{Addresses, NewHome, VALIDATOR_FILE, VALIDATOR_FILE_BYTES_MAX};
use crate::config::CONFIG_FILE_BYTES_MAX;
use crate::devnet::DevnetOptions;
use crate::document::{Syntax, from_bytes};
use crate::founding::{GENESIS_FILE, GENESIS_FILE_BYTES_MAX, parse_genesis};
use crate::issuers::{ISSUERS_FILE_BYTES_MAX, load_jwk, parse_issuers};

const PARAMETERS: Parameters = Parameters { clock_drift_ms: 5_000, heartbeat_ms: 10_000, motion_days: 14 };
const FOUNDED: Time = Time(1_790_000_000_000);

fn new_home(directory: &Path, i: u16) -> NewHome {
    NewHome {
        directory: directory.join(format!("home-{i}")),
        owner: Text::new(format!("Chủ sở hữu {i}")).unwrap(),
        power: 1,
        addresses: Addresses {
            engine: Address::localhost(100 + i),
            gossip: Address::localhost(200 + i),
            http: (i == 1).then(|| Text::new("https://so-goc.example.vn").unwrap()),
        },
        governance: None,
    }
}

fn homes(directory: &Path, count: u16) -> Vec<PublicPart> {
    (1..=count).map(|i| keygen(&new_home(directory, i)).unwrap()).collect()
}

/// Four parts made of seeds, without files.
fn parts() -> Vec<PublicPart> {
    (0..4u8).map(|i| part_of(i, [10 * i + 1, 10 * i + 2, 10 * i + 3])).collect()
}

fn part_of(i: u8, seeds: [u8; 3]) -> PublicPart {
    let [consensus, network, governance] = seeds.map(|seed| SigningKey::from_bytes(&[seed; 32]));
    let member = Member {
        owner: Text::new(format!("Owner {i}")).unwrap(),
        consensus: signature::public_key(&consensus),
        network: signature::public_key(&network),
        governance: signature::public_key(&governance),
        power: 1,
    };
    let prove = |key, purpose| signature::sign(key, Domain::POSSESSION, &possession_message(&member, purpose));
    let possession = Possession {
        consensus: prove(&consensus, Purpose::Consensus),
        network: prove(&network, Purpose::Network),
        governance: prove(&governance, Purpose::Governance),
    };
    let port = u16::from(i) + 1;
    let addresses = Addresses { engine: Address::localhost(port), gossip: Address::localhost(100 + port), http: None };
    PublicPart { member, addresses, possession }
}

fn possession_message(member: &Member, purpose: Purpose) -> Vec<u8> {
    possession_of_member_key(purpose, &member.owner, &member.consensus, &member.network, &member.governance)
}

const ISSUERS: &str = r#"
[[issuer]]
id = "thcs-mau-1"
name = "Trường THCS Mẫu Một"
name_en = "Model Lower Secondary School One"
keys = [
  { jwk = { crv = "Ed25519", kty = "OKP", x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }, roles = ["seal", "administer"], from = "2026-01-01" },
]

[[issuer.grant]]
type = "hoc-ba-thcs"
from = "2026-01-01"
until = 2027-01-01
decision = "QĐ 01/QĐ-SGDĐT"

[[issuer.successor]]
issuer = "thcs-mau-2"
scopes = ["amend", "revoke"]
from = "2026-07-01"
decision = "QĐ 02/QĐ-UBND"

[[issuer]]
id = "thcs-mau-2"
name = "Trường THCS Mẫu Hai"
name_en = "Model Lower Secondary School Two"
closed = { from = "2026-08-01", decision = "QĐ 03/QĐ-UBND" }
"#;

fn definitions() -> Vec<Definition> {
    let definition = |kind, name: &str, text: &str| Definition {
        kind,
        name: name.parse().unwrap(),
        version: 1,
        text: sogoc_ledger::codec::List::new(text.into()).unwrap(),
    };
    vec![
        definition(DefinitionKind::CodeList, "danh-hieu", "{\n  \"gioi\": \"Giỏi\"\n}\n"),
        definition(DefinitionKind::Schema, "giay-khen", "{}"),
    ]
}

fn issuers() -> Vec<Issuer> {
    parse_issuers(ISSUERS.as_bytes(), Path::new("issuers.toml")).unwrap()
}

fn found(parts: &[PublicPart], issuers: Vec<Issuer>) -> Result<Founding, Problems> {
    assemble(parts, issuers, definitions(), PARAMETERS, "sogoc-thu".parse().unwrap(), FOUNDED)
}

fn codes(problems: Problems) -> Vec<Code> {
    problems.0.into_iter().map(|problem| problem.code).collect()
}

#[test]
fn a_network_is_founded_as_its_owners_would() {
    let directory = tempfile::tempdir().unwrap();
    homes(directory.path(), 4);
    let issuers_file = directory.path().join("issuers.toml");
    let key = issuer_keygen(&directory.path().join("thcs-mau-1.key"), "thcs-mau-1".parse().unwrap(), Algorithm::Es256)
        .unwrap();
    let (before, _) = ISSUERS.split_once("jwk =").unwrap();
    let (_, after) = ISSUERS.split_once("aPcHURo\" }").unwrap();
    fs::write(&issuers_file, format!("{before}file = \"thcs-mau-1.jwk\"{after}")).unwrap();

    // Whoever assembles has only the public parts.
    let parts: Vec<PublicPart> = (1..=4)
        .map(|i| PublicPart::load(&directory.path().join(format!("home-{i}")).join(VALIDATOR_FILE)).unwrap())
        .collect();
    let founding = found(&parts, load_issuers(&issuers_file).unwrap()).unwrap();
    assert_eq!(founding.genesis.issuers[0].keys[0].key, key);
    let [successor] = &*founding.genesis.issuers[0].successors else { panic!() };
    assert_eq!((successor.issuer.as_str(), successor.scopes), ("thcs-mau-2", Succession::AMEND | Succession::REVOKE));
    assert!(
        founding.genesis.issuers[1].is_closed_on(Day(20_666)) && !founding.genesis.issuers[1].is_closed_on(Day(20_665))
    );
    assert_eq!(founding.genesis.definitions[0].kind, DefinitionKind::Schema, "ordered");
    for i in 1..=4 {
        let home = directory.path().join(format!("home-{i}"));
        founding.write(&home).unwrap();
        assert_eq!(check(&home), []);
        let genesis = load_genesis(&home.join(GENESIS_FILE)).unwrap();
        assert_eq!(genesis, founding.genesis);
        assert_eq!(tip(&genesis).unwrap().hash, founding.hash);
        assert_eq!(load_address_book(&home.join(BOOK_FILE)).unwrap(), founding.address_book);
        let checkpoint = genesis_checkpoint(&genesis).unwrap();
        assert_eq!(checkpoint.check(), Ok(()));
        assert!(checkpoint.is_genesis() && checkpoint.hash() == founding.hash);
        assert!(founding.write(&home).unwrap_err().contains(Code::Exists));
    }
    assert_eq!(check(&issuers_file), []);

    // The order in which the parts came does not matter.
    let mut reversed = parts.clone();
    reversed.reverse();
    assert_eq!(found(&reversed, load_issuers(&issuers_file).unwrap()).unwrap().hash, founding.hash);
}

#[test]
fn keys_are_private_and_never_made_twice() {
    let directory = tempfile::tempdir().unwrap();
    let mut home = new_home(directory.path(), 1);
    home.governance = Some(directory.path().join("token.key"));
    let part = keygen(&home).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let keys = home.directory.join("keys");
    assert_eq!(mode(&keys), 0o700);
    for path in [keys.join("consensus.key"), keys.join("network.key"), directory.path().join("token.key")] {
        assert_eq!(mode(&path), 0o600, "{path:?}");
    }
    assert!(!keys.join("governance.key").exists());
    assert_eq!(PublicPart::load(&home.directory.join(VALIDATOR_FILE)).unwrap(), part);

    let again = keygen(&home).unwrap_err();
    assert_eq!(codes(again), [Code::Exists; 4]);
    // One file in the way, and nothing else is written.
    let elsewhere = NewHome { directory: directory.path().join("elsewhere"), ..home.clone() };
    assert_eq!(codes(keygen(&elsewhere).unwrap_err()), [Code::Exists]);
    assert!(!elsewhere.directory.exists());

    let nobody = NewHome { owner: Text::default(), ..new_home(directory.path(), 2) };
    assert!(keygen(&nobody).unwrap_err().contains(Code::WrongValue));
    assert!(!nobody.directory.exists());
}

#[test]
fn the_message_of_a_proof_is_as_the_format_says() {
    let part = part_of(7, [1, 2, 3]);
    let message = Domain::POSSESSION.message(&possession_message(&part.member, Purpose::Network));
    let mut expected = b"sogoc/1/possession\0\x02\x07Owner 7".to_vec();
    for seed in [1, 2, 3] {
        expected.extend([0; 4]);
        expected.extend(SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes());
    }
    assert_eq!(message, expected);
}

#[test]
fn keys_that_are_not_the_owners_are_refused() {
    let good = parts();
    assert_eq!(found(&good, issuers()).unwrap().genesis.members.len(), 4);
    let refused = |change: &dyn Fn(&mut Vec<PublicPart>)| {
        let mut parts = good.clone();
        change(&mut parts);
        codes(found(&parts, issuers()).unwrap_err())
    };
    // Another name, another proof, a proof of another purpose, keys swapped between purposes, keys of others.
    assert_eq!(refused(&|p| p[0].member.owner = Text::new("Other").unwrap()), [Code::NoPossession; 3]);
    assert_eq!(refused(&|p| p[0].possession.network.0[5] ^= 1), [Code::NoPossession]);
    assert_eq!(refused(&|p| p[0].possession.network = p[0].possession.consensus), [Code::NoPossession]);
    assert_eq!(
        refused(&|p| {
            let PublicPart { member, possession, .. } = &mut p[0];
            std::mem::swap(&mut member.consensus, &mut member.network);
            std::mem::swap(&mut possession.consensus, &mut possession.network);
        }),
        [Code::NoPossession; 3]
    );
    assert!(refused(&|p| p[0].member.governance = p[1].member.governance).contains(&Code::NoPossession));
    // One owner's key in two homes, or for two purposes, honestly proven.
    assert_eq!(refused(&|p| p[1] = part_of(1, [11, 2, 13])), [Code::KeyUsedTwice]);
    assert_eq!(refused(&|p| p[1] = part_of(1, [11, 12, 11])), [Code::KeyUsedTwice]);
    assert_eq!(refused(&|p| p[1] = part_of(1, [1, 12, 13])), [Code::KeyUsedTwice]);
}

#[test]
fn networks_that_could_not_run_are_refused() {
    let good = parts();
    let refused = |change: &dyn Fn(&mut Vec<PublicPart>)| {
        let mut parts = good.clone();
        change(&mut parts);
        codes(found(&parts, issuers()).unwrap_err())
    };
    assert!(refused(&|p| p.truncate(3)).contains(&Code::TooFewValidators));
    assert!(refused(&|p| p.clear()).contains(&Code::TooFewValidators));
    assert_eq!(refused(&|p| p[0].member.power = 2), [Code::TooPowerful]);
    assert!(refused(&|p| p[0].member.power = 0).contains(&Code::NoPower));
    assert_eq!(refused(&|p| p[0].addresses.gossip = p[1].addresses.engine.clone()), [Code::AddressTwice]);
    assert!(refused(&|p| p.push(p[0].clone())).contains(&Code::OwnerTwice));
    let many: Vec<PublicPart> = good.iter().cycle().take(129).cloned().collect();
    assert!(found(&many, issuers()).unwrap_err().contains(Code::TooMany));

    let refused = |change: &dyn Fn(&mut Issuer)| {
        let mut issuers = issuers();
        change(&mut issuers[0]);
        codes(found(&good, issuers).unwrap_err())
    };
    assert_eq!(refused(&|i| i.keys.iter_mut().for_each(|key| key.roles = IssuerKey::APPROVE)), [Code::NoSealingKey]);
    assert_eq!(refused(&|i| i.keys.iter_mut().for_each(|key| key.key = good[2].member.network)), [Code::KeyUsedTwice]);
    assert_eq!(refused(&|i| i.grants.iter_mut().for_each(|grant| grant.until = Some(grant.from))), [Code::EmptyGrant]);
    assert_eq!(refused(&|i| i.name = Text::default()), [Code::WrongValue]);
    assert_eq!(refused(&|i| i.keys.iter_mut().for_each(|key| key.roles |= 8)), [Code::NoSuchRole]);
    let successor = |i: &Issuer| i.successors[0].clone();
    let with = |successor| sogoc_ledger::codec::List::new(vec![successor]).unwrap();
    assert_eq!(refused(&|i| i.successors = with(Succession { scopes: 0, ..successor(i) })), [Code::NoSuchRole]);
    for stranger in ["thcs-mau-1", "thcs-mau-9"] {
        let issuer = stranger.parse::<sogoc_ledger::name::IssuerId>().unwrap();
        let of_stranger = |i: &mut Issuer| i.successors = with(Succession { issuer: issuer.clone(), ..successor(i) });
        assert_eq!(refused(&of_stranger), [Code::UnknownSuccessor]);
    }
    assert_eq!(
        codes(found(&good, [issuers(), issuers()].concat()).unwrap_err()),
        [Code::IssuerTwice, Code::KeyUsedTwice, Code::IssuerTwice]
    );
    let hasty = Parameters { heartbeat_ms: 999, ..PARAMETERS };
    let hasty = assemble(&good, issuers(), Vec::new(), hasty, "a".parse().unwrap(), FOUNDED).unwrap_err();
    assert_eq!(codes(hasty), [Code::HeartbeatTooShort]);
    for odd in [Parameters { motion_days: 0, ..PARAMETERS }, Parameters { clock_drift_ms: 60_001, ..PARAMETERS }] {
        let odd = assemble(&good, issuers(), Vec::new(), odd, "a".parse().unwrap(), FOUNDED).unwrap_err();
        assert_eq!(codes(odd), [Code::ParametersOutOfRange]);
    }
    let twice = [definitions(), definitions()].concat();
    let twice = assemble(&good, issuers(), twice, PARAMETERS, "a".parse().unwrap(), FOUNDED).unwrap_err();
    assert_eq!(codes(twice), [Code::BadDefinition; 2]);
    // All at once.
    let mut bad = good.clone();
    bad[0].member.power = 0;
    bad[1].possession.consensus.0[0] ^= 1;
    bad.truncate(3);
    let problems = found(&bad, Vec::new()).unwrap_err();
    for code in [Code::NoPower, Code::NoPossession, Code::TooFewValidators, Code::TooPowerful] {
        assert!(problems.contains(code), "{code:?} in {problems}");
    }
}

#[test]
fn keys_of_p256_are_of_issuers_only() {
    type Members<'a> = Vec<(&'a str, String)>;
    let key = signature::SigningKey::from_secret(Algorithm::Es256, &[7; 32]).unwrap().public_key();
    let ed25519 = "crv = \"Ed25519\", kty = \"OKP\", x = \"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"";
    let members = key.jwk_members();
    let toml = |members: &[(&str, String)]| {
        let members: Vec<String> = members.iter().map(|(name, value)| format!("{name} = \"{value}\"")).collect();
        assert!(ISSUERS.contains(ed25519));
        parse_issuers(ISSUERS.replace(ed25519, &members.join(", ")).as_bytes(), Path::new("a"))
    };
    let written = toml(&members).unwrap().iter().any(|issuer| issuer.keys.iter().any(|written| written.key == key));
    assert!(written);
    let refused = |change: &dyn Fn(&mut Members<'_>)| {
        let mut changed = members.clone();
        change(&mut changed);
        codes(toml(&changed).unwrap_err())
    };
    assert_eq!(refused(&|jwk| jwk.truncate(3)), [Code::WrongValue]);
    assert_eq!(refused(&|jwk| jwk[0].1 = "P-384".into()), [Code::WrongValue]);
    assert_eq!(refused(&|jwk| jwk[3].1.truncate(40)), [Code::WrongValue]);
    assert_eq!(refused(&|jwk| jwk[3].1 = jwk[2].1.clone()), [Code::UnusableKey]);
    assert_eq!(refused(&|jwk| jwk[0].1 = "Ed25519".into()), [Code::WrongValue]);
    // The y of a key of P-256 beside one of Ed25519.
    let spare = vec![("crv", "Ed25519".into()), ("kty", "OKP".into()), members[2].clone(), members[3].clone()];
    assert_eq!(refused(&|jwk| *jwk = spare.clone()), [Code::WrongValue]);

    // Those of validators are votes' and peers'.
    for change in [
        |member: &mut Member, key| member.consensus = key,
        |member: &mut Member, key| member.network = key,
        |member: &mut Member, key| member.governance = key,
    ] {
        let mut part = parts()[0].clone();
        change(&mut part.member, key);
        let problems = from_bytes::<PublicPart>(part.to_json().as_bytes(), "a", Syntax::Json).unwrap_err();
        assert_eq!(codes(problems), [Code::WrongValue]);
        let mut genesis = found(&parts(), issuers()).unwrap().genesis;
        let mut members = genesis.members.to_vec();
        change(&mut members[3], key);
        genesis.members = List::new(members).unwrap();
        assert!(genesis.check().iter().any(|error| matches!(error, GenesisError::BadKey(..))));
    }
}

#[test]
fn unusable_keys_are_refused_wherever_they_are_read() {
    // Of small order: the identity, and a point of order 2.
    for y in ["AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "7P_______________________________________38"] {
        let text = parts()[0].to_json();
        let bytes = *parts()[0].member.network.as_ed25519().unwrap();
        let x = <base64ct::Base64UrlUnpadded as base64ct::Encoding>::encode_string(&bytes);
        let problems = from_bytes::<PublicPart>(text.replace(&x, y).as_bytes(), "a", Syntax::Json).unwrap_err();
        assert_eq!(codes(problems), [Code::UnusableKey]);
        let problems =
            parse_issuers(ISSUERS.replace("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", y).as_bytes(), Path::new("a"));
        assert_eq!(codes(problems.unwrap_err()), [Code::UnusableKey]);
    }
}

#[test]
fn an_altered_genesis_is_refused() {
    let founding = found(&parts(), issuers()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    founding.write(directory.path()).unwrap();
    let path = directory.path().join(GENESIS_FILE);
    let text = fs::read_to_string(&path).unwrap();
    let codes_of = |text: String| codes(parse_genesis(text.as_bytes(), "genesis.json").unwrap_err());
    assert_eq!(codes_of(text.replace("Owner 1", "Owner 7")), [Code::OtherHash]);
    assert_eq!(codes_of(text.replace("sogoc-thu", "sogoc-thy")), [Code::OtherHash]);
    assert_eq!(codes_of(text.replace("\"clock_drift_ms\": 5000", "\"clock_drift_ms\": 5001")), [Code::OtherHash]);
    assert_eq!(codes_of(text.replace("1790000000000", "1790000000001")), [Code::OtherHash]);
    assert_eq!(
        codes_of(text.replace("\"owner\": \"Owner 0\"", "\"name\": \"Owner 0\"")),
        [Code::MissingField, Code::UnknownField]
    );
    assert_eq!(codes_of(text.replacen("{", "{\"sogoc-genesis\": 2,", 1)), [Code::Malformed]);
    assert_eq!(codes_of(text.replace("\"sogoc-genesis\": 2", "\"sogoc-genesis\": 1")), [Code::OtherVersion]);
    assert_eq!(codes_of(text.replace("\"sogoc-genesis\": 2,", "")), [Code::OtherKind]);
    assert_eq!(codes_of(text.replace("\"successors\": []", "\"successors\": [1]")), [Code::WrongValue]);
    assert_eq!(codes_of(text.clone() + "{}"), [Code::Malformed]);

    // Every byte: either the same network or an error.
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        if let Ok(genesis) = parse_genesis(&bytes, "genesis.json") {
            assert_eq!(genesis, founding.genesis, "byte {at}");
            assert!(text.as_bytes()[at].is_ascii_whitespace(), "byte {at}");
        }
    }

    // The address book of another network.
    let mut others = parts();
    others[0] = part_of(0, [91, 92, 93]);
    fs::write(directory.path().join(BOOK_FILE), found(&others, issuers()).unwrap().address_book.to_json()).unwrap();
    assert_eq!(codes(Problems(check(directory.path()))), [Code::ValidatorNotInBook, Code::NotAValidator]);
}

#[test]
fn address_books_may_have_observers_and_no_doubles() {
    let mut book = found(&parts(), issuers()).unwrap().address_book;
    let genesis = found(&parts(), issuers()).unwrap().genesis;
    let read = |book: &AddressBook| from_bytes::<AddressBook>(book.to_json().as_bytes(), "a", Syntax::Json);
    let observer = part_of(9, [91, 92, 93]);
    book.peers.push(book::Peer { observer: true, addresses: None, ..book::Peer::from(&observer) });
    assert_eq!(read(&book).unwrap(), book);
    assert_eq!(book.check_against(&genesis, "a"), []);
    assert_eq!(book.peer(&observer.member.network).map(|peer| peer.observer), Some(true));
    book.peers.push(book.peers[0].clone());
    assert_eq!(codes(read(&book).unwrap_err()), [Code::PeerTwice, Code::AddressTwice, Code::AddressTwice]);
    book.peers.truncate(5);
    book.peers[0].addresses = None;
    assert_eq!(codes(read(&book).unwrap_err()), [Code::WrongValue]);
}

#[test]
fn issuers_are_read_as_written() {
    let issuers = issuers();
    let issuer = &issuers[0];
    assert_eq!(issuer.keys[0].roles, IssuerKey::SEAL | IssuerKey::ADMINISTER);
    // 2026-01-01 is day 20,454, and begins in Vietnam seven hours before it does in UTC.
    assert_eq!(issuer.keys[0].from, Time(20_454 * 86_400_000 - 7 * 3_600_000));
    assert_eq!(issuer.keys[0].from.day(), Day(20_454));
    assert_eq!((issuer.grants[0].from, issuer.grants[0].until), (Day(20_454), Some(Day(20_819))));

    let refused = |from: &str, to: &str| {
        assert!(ISSUERS.contains(from), "{from}");
        codes(parse_issuers(ISSUERS.replace(from, to).as_bytes(), Path::new("issuers.toml")).unwrap_err())
    };
    for bad in
        ["2026-02-30", "2026-1-1", "20260101", "1969-12-31", "01/01/2026", "2026-01-01T00:00:00", "-026-01-01", ""]
    {
        assert_eq!(
            refused("from = \"2026-01-01\"\nuntil", &format!("from = \"{bad}\"\nuntil")),
            [Code::WrongValue],
            "{bad}"
        );
    }
    assert_eq!(refused("\"administer\"", "\"rule\""), [Code::WrongValue]);
    assert_eq!(refused("jwk = {", "file = \"a\", jwk = {").first(), Some(&Code::WrongValue));
    assert_eq!(refused("thcs-mau-1", "Trường"), [Code::WrongValue]);
    assert_eq!(
        refused("name_en = \"Model Lower Secondary School One\"", "english = \"\""),
        [Code::MissingField, Code::UnknownField]
    );
    let missing = ISSUERS.replace(
        "jwk = { crv = \"Ed25519\", kty = \"OKP\", x = \"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\" }",
        "file = \"none.jwk\"",
    );
    let problems = parse_issuers(missing.as_bytes(), Path::new("/nowhere/issuers.toml")).unwrap_err();
    assert_eq!(problems.0[0].code, Code::Unreadable);
    assert!(problems.0[0].place.contains("issuer[0].keys[0].file"), "{problems}");
}

#[test]
fn giant_files_are_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("giant");
    let giant = |limit: usize| {
        fs::File::create(&path).unwrap().set_len(limit as u64 + 1).unwrap();
        &path
    };
    assert!(load_genesis(giant(GENESIS_FILE_BYTES_MAX)).unwrap_err().contains(Code::TooLong));
    assert!(load_address_book(giant(BOOK_FILE_BYTES_MAX)).unwrap_err().contains(Code::TooLong));
    assert!(load_config(giant(CONFIG_FILE_BYTES_MAX)).unwrap_err().contains(Code::TooLong));
    assert!(load_issuers(giant(ISSUERS_FILE_BYTES_MAX)).unwrap_err().contains(Code::TooLong));
    assert!(PublicPart::load(giant(VALIDATOR_FILE_BYTES_MAX)).unwrap_err().contains(Code::TooLong));
    assert!(load_genesis(Path::new("/dev/zero")).unwrap_err().contains(Code::Unreadable));
    assert!(load_genesis(directory.path()).unwrap_err().contains(Code::Unreadable));
    // Deep nesting is bounded too.
    assert!(parse_genesis("[".repeat(100_000).as_bytes(), "a").unwrap_err().contains(Code::Malformed));
}

#[test]
fn a_devnet_is_ready_to_run() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("devnet");
    let net = devnet(&target, &Network::of(4), &DevnetOptions::default()).unwrap();
    assert_eq!(check(&target), []);
    assert!(net.chain.as_str().starts_with("devnet-4-") && net.chain.as_str().len() == 17);
    assert!(fs::read_to_string(target.join("README.txt")).unwrap().contains("THROWAWAY"));
    for (i, node) in net.nodes.iter().enumerate() {
        let config = load_config(&node.config).unwrap();
        assert_eq!(config.listen, node.listen);
        assert_eq!(config.listen.http.port(), 27_201 + i as u16);
        let genesis = load_genesis(&config.genesis).unwrap();
        assert_eq!((&genesis.chain, tip(&genesis).unwrap().hash), (&net.chain, net.hash));
        let consensus = SecretKey::load(config.keys.consensus.as_deref().unwrap(), Purpose::Consensus).unwrap();
        let network = SecretKey::load(&config.keys.network, Purpose::Network).unwrap();
        let member = genesis.members.iter().find(|member| member.consensus == consensus.public()).unwrap();
        assert_eq!(member.network, network.public());
        let book = load_address_book(&config.address_book).unwrap();
        assert_eq!(book.peer(&network.public()).unwrap().addresses.as_ref().unwrap().engine, config.listen.engine);
    }
    let genesis = load_genesis(&target.join("node-1").join(GENESIS_FILE)).unwrap();
    for (id, path) in &net.issuers {
        let key = IssuerSecretKey::load(path).unwrap();
        let issuer = genesis.issuers.iter().find(|issuer| issuer.id == *id).unwrap();
        assert_eq!((key.issuer(), key.public()), (id, issuer.keys[0].key));
        assert_eq!(load_jwk(&path.with_extension("jwk")).unwrap(), key.public());
        assert!(issuer.keys[0].may(IssuerKey::SEAL, FOUNDED) && issuer.grants[0].covers(Day(18_262)));
        let approver = IssuerSecretKey::load(&path.with_extension("approver.key")).unwrap();
        assert_eq!((approver.issuer(), approver.public()), (id, issuer.keys[1].key));
        assert!(issuer.keys[1].may(IssuerKey::APPROVE, FOUNDED) && !issuer.keys[1].may(IssuerKey::SEAL, FOUNDED));
    }
    // Every file of a key is its owner's alone.
    let keys: Vec<PathBuf> =
        files_below(&target).into_iter().filter(|path| path.extension().is_some_and(|e| e == "key")).collect();
    assert_eq!(keys.len(), 4 * 3 + 2 * 2);
    for path in keys {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
    }

    assert!(devnet(&target, &Network::of(4), &DevnetOptions::default()).unwrap_err().contains(Code::DirectoryNotEmpty));
    let other = directory.path().join("other");
    assert!(devnet(&other, &Network::of(3), &DevnetOptions::default()).unwrap_err().contains(Code::TooFewValidators));
    assert!(devnet(&other, &Network::of(101), &DevnetOptions::default()).unwrap_err().contains(Code::Ports));
    let high = DevnetOptions { base_port: 65_400, ..DevnetOptions::default() };
    assert!(devnet(&other, &Network::of(4), &high).unwrap_err().contains(Code::Ports));
    assert_ne!(devnet(&other, &Network::of(4), &DevnetOptions::default()).unwrap().chain, net.chain);
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] })
        .collect()
}

#[test]
fn check_finds_what_does_not_fit_together() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("devnet");
    devnet(&target, &Network::of(4), &DevnetOptions::default()).unwrap();
    let node = |i: u8| target.join(format!("node-{i}"));
    let codes_of = |path: &Path| codes(Problems(check(path)));
    // Another node's keys; a wide mode; both reported, and by the file as by the home.
    fs::rename(node(2).join("keys/consensus.key"), directory.path().join("a.key")).unwrap();
    fs::copy(node(3).join("keys/consensus.key"), node(2).join("keys/consensus.key")).unwrap();
    assert_eq!(codes_of(&node(2)), [Code::NotAValidator]);
    assert_eq!(codes_of(&node(2).join("node.toml")), [Code::NotAValidator]);
    fs::set_permissions(node(1).join("keys/governance.key"), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(codes_of(&target), [Code::ModeTooOpen, Code::NotAValidator]);
    // A validator without its consensus key is no observer.
    let config = fs::read_to_string(node(4).join("node.toml")).unwrap();
    fs::write(node(4).join("node.toml"), config.replace("consensus = \"keys/consensus.key\"\n", "")).unwrap();
    assert_eq!(codes_of(&node(4)), [Code::NotAValidator]);
    assert_eq!(codes_of(&directory.path().join("a.txt")), [Code::NothingToCheck]);
    assert_eq!(codes_of(tempfile::tempdir().unwrap().path()), [Code::NothingToCheck]);
    for file in ["genesis.json", "address-book.json", "validator.json", "keys/network.key"] {
        assert_eq!(codes_of(&node(1).join(file)), [], "{file}");
    }
}

/// Every reader, on bytes.
fn read_as_anything(bytes: &[u8]) -> bool {
    parse_genesis(bytes, "a").is_ok()
        | from_bytes::<AddressBook>(bytes, "a", Syntax::Json).is_ok()
        | from_bytes::<PublicPart>(bytes, "a", Syntax::Json).is_ok()
        | from_bytes::<PublicKey>(bytes, "a", Syntax::Json).is_ok()
        | config::parse_config(bytes, Path::new("a")).is_ok()
        | parse_issuers(bytes, Path::new("a")).is_ok_and(|issuers| !issuers.is_empty())
}

proptest! {
    #[test]
    fn random_bytes_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(!read_as_anything(&bytes));
    }

    #[test]
    fn random_text_is_an_error(text in "[\\[\\]{}\",:=0-9a-z.\\\\ \n-]{0,200}") {
        prop_assert!(!read_as_anything(text.as_bytes()));
    }

    #[test]
    fn damaged_files_do_not_panic(at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>(), which in 0usize..3) {
        let text = [parts()[0].to_json(), ISSUERS.to_string(), found(&parts(), issuers()).unwrap().address_book.to_json()][which].clone();
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        read_as_anything(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        read_as_anything(&bytes);
    }
}
