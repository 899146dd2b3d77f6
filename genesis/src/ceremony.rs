//! The key ceremony: each owner makes three keys at home and hands over only their public part.
//!
//! # Format
//!
//! A home has `keys/consensus.key`, `keys/network.key` and `keys/governance.key` (which may be kept elsewhere),
//! and `validator.json`, the public part, of at most 16 KiB:
//!
//! ```json
//! {"sogoc-validator": 1, "owner": "Sở Giáo dục và Đào tạo", "power": 1,
//!  "consensus": {"crv": "Ed25519", "kty": "OKP", "x": "…"}, "network": {…}, "governance": {…},
//!  "addresses": {"engine": "/ip4/192.0.2.1/tcp/27001", "gossip": "/ip4/192.0.2.1/tcp/27101", "http": "https://…" or null},
//!  "possession": {"consensus": "base64url", "network": "…", "governance": "…"}}
//! ```
//!
//! # Proof of possession
//!
//! Each of the three keys signs, with the prefix `"sogoc/1/possession" ‖ 0x00` before it,
//!
//! ```text
//! purpose (1: 1 consensus, 2 network, 3 governance) ‖ owner (length byte, UTF-8) ‖ consensus key ‖ network key ‖ governance key
//! ```
//!
//! where a key is `00 00 00 00` (Ed25519) and its 32 bytes. So nobody can enter a key of others as
//! theirs, swap keys between purposes, or combine keys of several owners. The power and
//! the addresses are not part of it: owners agree on those when they compare the genesis hash and the address book.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sogoc_ledger::codec::Text;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::record::{Member, NewMember, Possession, Purpose, possession_of_member_key};
use sogoc_ledger::signature;
use sogoc_ledger::validator::OwnerName;

use crate::address::Address;
use crate::document::{self, At, FromValue, Syntax, Value};
use crate::files;
use crate::founding::take_member;
use crate::keys::SecretKey;
use crate::problem::{Code, Problem, Problems};

/// Name of the public part in a home.
pub const VALIDATOR_FILE: &str = "validator.json";

/// Longest public part, in bytes: eight times what one has.
pub const VALIDATOR_FILE_BYTES_MAX: usize = 16 << 10;

/// An address of the HTTP API, as `https://so-goc.example.vn`.
pub type HttpAddress = Text<200>;

/// Where a node is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Addresses {
    /// The consensus engine's swarm.
    pub engine: Address,
    /// The transaction gossip's swarm.
    pub gossip: Address,
    /// The HTTP API, if it is public.
    pub http: Option<HttpAddress>,
}

/// What a validator hands over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicPart {
    /// Whose it is, its keys and its voting power.
    #[serde(flatten)]
    pub member: Member,
    /// Where it is reached.
    pub addresses: Addresses,
    /// That its owner holds the keys.
    pub possession: Possession,
}

impl PublicPart {
    /// As it enters the ledger: without its addresses.
    pub fn new_member(&self) -> NewMember {
        NewMember { member: self.member.clone(), possession: self.possession.clone() }
    }

    /// The text of the file.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct PartFile<'a> {
            #[serde(rename = "sogoc-validator")]
            version: u8,
            #[serde(flatten)]
            part: &'a PublicPart,
        }
        document::to_json(&PartFile { version: 1, part: self })
    }

    /// The public part in the file at `path`, its proofs of possession checked.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(path: &Path) -> Result<Self, Problems> {
        let part: Self = document::load(path, VALIDATOR_FILE_BYTES_MAX, Syntax::Json)?;
        let problems = part.possession_problems(&path.display().to_string());
        Problems::or(problems, part)
    }

    pub(crate) fn possession_problems(&self, place: &str) -> Vec<Problem> {
        self.new_member()
            .unproven()
            .into_iter()
            .map(|purpose| Problem::new(Code::NoPossession, place, purpose.as_str()))
            .collect()
    }
}

/// What to make a home of.
#[derive(Clone, Debug)]
pub struct NewHome {
    /// The directory; made if it does not exist.
    pub directory: PathBuf,
    /// Whose validator it is.
    pub owner: OwnerName,
    /// Its voting power; the same for all unless the owners agreed on something else.
    pub power: u32,
    /// Where it will be reached.
    pub addresses: Addresses,
    /// Where to write the governance key, to keep it off the machine; otherwise to the other keys.
    pub governance: Option<PathBuf>,
}

/// Makes the keys of a validator and its public part. Nothing is written if anything is in the way.
///
/// # Errors
/// A file exists or cannot be written, or there is no randomness.
pub fn keygen(home: &NewHome) -> Result<PublicPart, Problems> {
    let key_path = |purpose: Purpose| home.directory.join("keys").join(format!("{}.key", purpose.as_str()));
    let governance_path = home.governance.clone().unwrap_or_else(|| key_path(Purpose::Governance));
    let part_path = home.directory.join(VALIDATOR_FILE);
    let (consensus_path, network_path) = (key_path(Purpose::Consensus), key_path(Purpose::Network));
    files::none_in_the_way([&consensus_path, &network_path, &governance_path, &part_path])?;

    let consensus = SecretKey::generate(Purpose::Consensus)?;
    let network = SecretKey::generate(Purpose::Network)?;
    let governance = SecretKey::generate(Purpose::Governance)?;
    let member = Member {
        owner: home.owner.clone(),
        consensus: consensus.public(),
        network: network.public(),
        governance: governance.public(),
        power: home.power,
    };
    let prove = |key: &SecretKey| {
        let Member { owner, consensus, network, governance, .. } = &member;
        let message = possession_of_member_key(key.purpose(), owner, consensus, network, governance);
        signature::sign(key.signing(), Domain::POSSESSION, &message)
    };
    let possession =
        Possession { consensus: prove(&consensus), network: prove(&network), governance: prove(&governance) };
    let part = PublicPart { member, addresses: home.addresses.clone(), possession };
    // What cannot be read again (an owner without a name) must not be written either.
    document::from_bytes::<PublicPart>(part.to_json().as_bytes(), &part_path.display().to_string(), Syntax::Json)?;

    make_private_directory(&home.directory.join("keys"))?;
    consensus.write(&consensus_path)?;
    network.write(&network_path)?;
    governance.write(&governance_path)?;
    files::write_new(&part_path, &part.to_json(), false)?;
    Ok(part)
}

/// A directory, and those above it, that only its owner may enter.
pub(crate) fn make_private_directory(path: &Path) -> Result<(), Problem> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|error| Problem::new(Code::NotWritten, path.display(), error.kind()))
}

impl FromValue for PublicPart {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        fields.version("sogoc-validator", 1)?;
        let member = take_member(&mut fields);
        let (addresses, possession) = (fields.get("addresses"), fields.get("possession"));
        fields.finish();
        Some(Self { member: member?, addresses: addresses?, possession: possession? })
    }
}

impl FromValue for Addresses {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (engine, gossip) = (fields.get("engine"), fields.get("gossip"));
        let http: Option<HttpAddress> = fields.maybe("http");
        let is_url = |url: &str| {
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()))
        };
        if http.as_ref().is_some_and(|url| !is_url(url)) {
            fields.at.field("http").expect(None::<()>, "an address as https://so-goc.example.vn");
        }
        fields.finish();
        Some(Self { engine: engine?, gossip: gossip?, http })
    }
}

impl FromValue for Possession {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (consensus, network, governance) =
            (fields.get("consensus"), fields.get("network"), fields.get("governance"));
        fields.finish();
        Some(Self { consensus: consensus?, network: network?, governance: governance? })
    }
}
