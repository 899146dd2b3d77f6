//! A network ready to run on one machine, to try things out and throw away.
//!
//! # Format
//!
//! ```text
//! README.txt                     that all of this is throwaway
//! node-1/ … node-n/              homes: node.toml, genesis.json, address-book.json, validator.json, keys/
//! issuers/<id>.key, <id>.jwk     keys that seal, of the example issuers
//! issuers/<id>.approver.key, …   keys that approve
//! ```
//!
//! Node `i` listens on 127.0.0.1 only: engine at base + i, gossip at base + 100 + i, HTTP at base + 200 + i.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use sogoc_ledger::Hash;
use sogoc_ledger::codec::{List, Text};
use sogoc_ledger::genesis::VALIDATORS_MIN;
use sogoc_ledger::name::{ChainId, IssuerId, Time, TypeId};
use sogoc_ledger::record::{Grant, Issuer, IssuerKey, Parameters};
use sogoc_ledger::signature::Algorithm;

use crate::address::Address;
use crate::ceremony::{Addresses, NewHome, keygen, make_private_directory};
use crate::config::{CONFIG_FILE, Listen, usual_config};
use crate::files;
use crate::founding::assemble;
use crate::issuers::{Date, issuer_keygen, new_issuer};
use crate::problem::{Code, Problem, Problems};

/// Nodes of a devnet: their ports lie 100 apart.
pub const DEVNET_NODES_MAX: u16 = 100;

/// How far a proposer's clock may be ahead on a devnet, in milliseconds: all nodes share one clock.
const CLOCK_DRIFT_MS: u32 = 5_000;

const README: &str = "\
MẠNG THỬ NGHIỆM, DÙNG XONG BỎ. Mọi khóa của mọi nút nằm chung ở đây: chữ ký của mạng này không chứng minh điều gì.
Không cấp văn bằng hay học bạ thật trên mạng này. Xóa thư mục khi dùng xong.

THROWAWAY TEST NETWORK. All keys of all nodes lie here together: what this network signs proves nothing.
Do not issue real diplomas or transcripts on it. Delete the directory when done.
";

/// An issuer that a devnet is founded with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleIssuer {
    /// Its id, as `thcs-mau-1`.
    pub id: &'static str,
    /// Its name in Vietnamese.
    pub name: &'static str,
    /// Its name in English.
    pub name_en: &'static str,
    /// The document types it may seal.
    pub types: &'static [&'static str],
}

/// Two schools that do not exist.
pub const EXAMPLE_ISSUERS: [ExampleIssuer; 2] = [
    ExampleIssuer {
        id: "thcs-mau-1",
        name: "Trường THCS Mẫu Một",
        name_en: "Model Lower Secondary School One",
        types: &["hoc-ba-thcs", "da-ky"],
    },
    ExampleIssuer {
        id: "thpt-mau-1",
        name: "Trường THPT Mẫu Một",
        name_en: "Model Upper Secondary School One",
        types: &["hoc-ba-thpt", "bang-tn-thpt", "da-ky"],
    },
];

/// How a devnet differs from the usual one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevnetOptions {
    /// What the ports are counted from.
    pub base_port: u16,
    /// How often an idle network makes a block, in milliseconds.
    pub heartbeat_ms: u32,
    /// How long a motion may be voted on, in days.
    pub motion_days: u16,
    /// Its issuers.
    pub issuers: Vec<ExampleIssuer>,
}

impl Default for DevnetOptions {
    fn default() -> Self {
        Self { base_port: 27_000, heartbeat_ms: 10_000, motion_days: 14, issuers: EXAMPLE_ISSUERS.to_vec() }
    }
}

/// A network on disk, ready to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Devnet {
    /// Its directory.
    pub directory: PathBuf,
    /// Its name.
    pub chain: ChainId,
    /// The hash of block 0.
    pub hash: Hash,
    /// Its nodes, from 1.
    pub nodes: Vec<DevnetNode>,
    /// Its issuers and the files of the keys that seal.
    pub issuers: Vec<(IssuerId, PathBuf)>,
}

/// A node of a devnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevnetNode {
    /// Its configuration file, in its home.
    pub config: PathBuf,
    /// Where it listens.
    pub listen: Listen,
}

/// Founds a network of `count` nodes in `directory`, which must be empty or not exist.
///
/// # Errors
/// See [`Code`]; what was written before an error stays, and is worth nothing.
pub fn devnet(directory: &Path, count: u16, options: &DevnetOptions) -> Result<Devnet, Problems> {
    if usize::from(count) < VALIDATORS_MIN {
        return Err(Problem::new(Code::TooFewValidators, directory.display(), count).into());
    }
    if count > DEVNET_NODES_MAX || options.base_port.checked_add(200 + count).is_none() {
        return Err(Problem::new(
            Code::Ports,
            directory.display(),
            format_args!("from {}, {count} nodes", options.base_port),
        )
        .into());
    }
    make_private_directory(directory)?;
    let mut entries =
        fs::read_dir(directory).map_err(|error| Problem::new(Code::Unreadable, directory.display(), error.kind()))?;
    if entries.next().is_some() {
        return Err(Problem::new(Code::DirectoryNotEmpty, directory.display(), "").into());
    }
    files::write_new(&directory.join("README.txt"), README, false)?;

    let (mut issuers, mut issuer_keys) = (Vec::new(), Vec::new());
    make_private_directory(&directory.join("issuers"))?;
    for example in &options.issuers {
        let (issuer, key) = found_issuer(directory, example)?;
        issuer_keys.push((issuer.id.clone(), key));
        issuers.push(issuer);
    }

    let (mut parts, mut nodes) = (Vec::new(), Vec::new());
    for i in 1..=count {
        let home = directory.join(format!("node-{i}"));
        let listen = listen(options.base_port, i);
        let owner = Text::new(format!("Nút thử nghiệm {i}")).ok_or_else(|| misfit(directory, "owner"))?;
        let addresses = Addresses {
            engine: listen.engine.clone(),
            gossip: listen.gossip.clone(),
            http: Text::new(format!("http://{}", listen.http)),
        };
        parts.push(keygen(&NewHome { directory: home.clone(), owner, power: 1, addresses, governance: None })?);
        nodes.push(DevnetNode { config: home.join(CONFIG_FILE), listen });
    }

    let founding = assemble(
        &parts,
        issuers,
        Vec::new(),
        Parameters {
            clock_drift_ms: CLOCK_DRIFT_MS,
            heartbeat_ms: options.heartbeat_ms,
            motion_days: options.motion_days,
        },
        chain_id(directory, count)?,
        now(),
    )?;
    for (i, node) in nodes.iter().enumerate() {
        let home = node.config.parent().unwrap_or(directory);
        founding.write(home)?;
        let moniker = Text::new(format!("node-{}", i + 1)).ok_or_else(|| misfit(directory, "moniker"))?;
        files::write_new(&node.config, &usual_config(&moniker, true, &node.listen), false)?;
    }
    let (chain, hash) = (founding.genesis.chain, founding.hash);
    Ok(Devnet { directory: directory.into(), chain, hash, nodes, issuers: issuer_keys })
}

fn misfit(directory: &Path, what: &str) -> Problem {
    Problem::new(Code::WrongValue, directory.display(), what)
}

/// The ports were checked to exist.
fn listen(base: u16, i: u16) -> Listen {
    Listen {
        engine: Address::localhost(base + i),
        gossip: Address::localhost(base + 100 + i),
        http: SocketAddr::from((Ipv4Addr::LOCALHOST, base + 200 + i)),
    }
}

/// `devnet-<n>-<8 hex digits>`: two devnets never accept each other's signatures.
fn chain_id(directory: &Path, count: u16) -> Result<ChainId, Problem> {
    let mut suffix = [0; 4];
    getrandom::fill(&mut suffix).map_err(|_| Problem::new(Code::NoRandomness, directory.display(), ""))?;
    format!("devnet-{count}-{}", hex::encode(suffix)).parse().map_err(|_| misfit(directory, "chain"))
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(since.as_millis().try_into().unwrap_or(u64::MAX))
}

/// An example issuer, which has a key that seals and one that approves from 2020 on, and the path of the first's file.
fn found_issuer(directory: &Path, example: &ExampleIssuer) -> Result<(Issuer, PathBuf), Problems> {
    let misfit = |what: &str| misfit(directory, &format!("{}: {what}", example.id));
    let id: IssuerId = example.id.parse().map_err(|_| misfit("id"))?;
    let first_day = Date::parse("2020-01-01").ok_or_else(|| misfit("from"))?;
    let path = directory.join("issuers").join(format!("{id}.key"));
    let key = |path: &Path, roles| {
        let key = issuer_keygen(path, id.clone(), Algorithm::Ed25519)?;
        Ok::<_, Problems>(IssuerKey {
            key,
            roles,
            from: first_day.begins(),
            until: None,
            suspended: None,
            binding: None,
        })
    };
    let keys = vec![key(&path, IssuerKey::SEAL)?, key(&path.with_extension("approver.key"), IssuerKey::APPROVE)?];
    let grants = example
        .types
        .iter()
        .enumerate()
        .map(|(i, document_type)| {
            let document_type: TypeId = document_type.parse().ok()?;
            let decision = Text::new(format!("QĐ thử nghiệm {:02}/QĐ-MẪU", i + 1))?;
            Some(Grant { document_type, from: first_day.0, until: None, decision })
        })
        .collect::<Option<Vec<_>>>()
        .and_then(List::new)
        .ok_or_else(|| misfit("types"))?;
    let names = Text::new(example.name).zip(Text::new(example.name_en)).ok_or_else(|| misfit("name"))?;
    let keys = List::new(keys).ok_or_else(|| misfit("keys"))?;
    Ok((new_issuer(id, names, keys, grants), path))
}
