//! A [network](crate::networks) on one machine, ready to run, to try things out and throw away.
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
use sogoc_ledger::record::{Definition, Grant, Issuer, IssuerKey, Parameters};
use sogoc_ledger::signature::Algorithm;

use crate::address::Address;
use crate::ceremony::{Addresses, NewHome, keygen, make_private_directory};
use crate::config::{CONFIG_FILE, Listen, usual_config};
use crate::files;
use crate::founding::assemble;
use crate::issuers::{Date, issuer_keygen, new_issuer};
use crate::networks::{ExampleGrant, ExampleIssuer, Network};
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

/// How a devnet differs from the usual one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevnetOptions {
    /// What the ports are counted from.
    pub base_port: u16,
    /// How often an idle network makes a block, in milliseconds.
    pub heartbeat_ms: u32,
    /// How long a motion may be voted on, in days.
    pub motion_days: u16,
    /// The types of document that it begins with.
    pub definitions: Vec<Definition>,
}

impl Default for DevnetOptions {
    fn default() -> Self {
        Self { base_port: 27_000, heartbeat_ms: 10_000, motion_days: 14, definitions: Vec::new() }
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

/// Founds `network` in `directory`, which must be empty or not exist.
///
/// # Errors
/// See [`Code`]; what was written before an error stays, and is worth nothing.
pub fn devnet(directory: &Path, network: &Network, options: &DevnetOptions) -> Result<Devnet, Problems> {
    let count = u16::try_from(network.validators.len()).unwrap_or(u16::MAX);
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
    for example in &network.issuers {
        let (issuer, key) = found_issuer(directory, example)?;
        issuer_keys.push((issuer.id.clone(), key));
        issuers.push(issuer);
    }

    let (mut parts, mut nodes) = (Vec::new(), Vec::new());
    for (i, validator) in (1..=count).zip(&network.validators) {
        let home = directory.join(format!("node-{i}"));
        let listen = listen(options.base_port, i);
        let owner = Text::new(&validator.owner).ok_or_else(|| misfit(directory, "owner"))?;
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
        options.definitions.clone(),
        Parameters {
            clock_drift_ms: CLOCK_DRIFT_MS,
            heartbeat_ms: options.heartbeat_ms,
            motion_days: options.motion_days,
        },
        chain_id(directory, &network.name)?,
        now(),
    )?;
    for (validator, node) in network.validators.iter().zip(&nodes) {
        let home = node.config.parent().unwrap_or(directory);
        founding.write(home)?;
        let moniker = Text::new(&validator.moniker).ok_or_else(|| misfit(directory, "moniker"))?;
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

/// `devnet-<network>-<8 hex digits>`: two devnets never accept each other's signatures.
fn chain_id(directory: &Path, network: &str) -> Result<ChainId, Problem> {
    let mut suffix = [0; 4];
    getrandom::fill(&mut suffix).map_err(|_| Problem::new(Code::NoRandomness, directory.display(), ""))?;
    format!("devnet-{network}-{}", hex::encode(suffix)).parse().map_err(|_| misfit(directory, "chain"))
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(since.as_millis().try_into().unwrap_or(u64::MAX))
}

/// An example issuer, which has a key that seals and one that approves since 2020, and the path of the first's file.
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
        .grants
        .iter()
        .enumerate()
        .map(|(i, ExampleGrant { document_type, from, until })| {
            let document_type: TypeId = document_type.parse().ok()?;
            let until = match until {
                Some(day) => Some(Date::parse(day)?.0),
                None => None,
            };
            let decision = Text::new(format!("QĐ thử nghiệm {:02}/QĐ-MẪU", i + 1))?;
            Some(Grant { document_type, from: Date::parse(from)?.0, until, decision })
        })
        .collect::<Option<Vec<_>>>()
        .and_then(List::new)
        .ok_or_else(|| misfit("grants"))?;
    let names = Text::new(&example.name).zip(Text::new(&example.name_en)).ok_or_else(|| misfit("name"))?;
    let keys = List::new(keys).ok_or_else(|| misfit("keys"))?;
    Ok((new_issuer(id, names, keys, grants), path))
}
