//! The configuration of a node.
//!
//! # Format
//!
//! `node.toml`, of at most 64 KiB. Paths are relative to the file.
//!
//! ```toml
//! moniker = "so-gddt-1"
//! genesis = "genesis.json"
//! address_book = "address-book.json"
//! data = "data"
//! guard = "guard"                       # what was signed last; never inside data
//! trust = "anchor.json"                 # optional: the trust anchor that the page is offered; genesis if absent
//! roots = "roots.json"                  # optional: the roots of certificates that the page is offered
//!
//! [keys]
//! consensus = "keys/consensus.key"      # absent: an observer
//! network = "keys/network.key"
//!
//! [listen]
//! engine = "/ip4/0.0.0.0/tcp/27001"
//! gossip = "/ip4/0.0.0.0/tcp/27101"
//! http = "127.0.0.1:27201"
//!
//! [log]                                 # optional
//! format = "text"                       # or "json"
//! filter = "info,arc_malachitebft_core_consensus=warn"   # the engine tells of every vote
//!
//! [timeouts]                            # optional, each in milliseconds from 1 to 600000
//! propose = 1000
//! prevote = 500
//! precommit = 500
//! rebroadcast = 1000
//!
//! [[webhook]]                           # optional: see the module webhook
//! url = "https://truong.example.vn/so-goc"
//! secret = "keys/webhook.secret"
//! ```
//!
//! # Invariants
//!
//! The configuration says where this node is and what it keeps; nothing in it changes what blocks mean.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};

use sogoc_ledger::codec::Text;

use crate::address::Address;
use crate::document::{self, At, Fields, FromValue, Syntax, Value};
use crate::files;
use crate::issuers::FilePath;
use crate::problem::{Code, Problems};
use crate::webhook::{WEBHOOKS_MAX, Webhook};

/// Name of the configuration file.
pub const CONFIG_FILE: &str = "node.toml";

/// Longest configuration, in bytes: fifty times what one has.
pub const CONFIG_FILE_BYTES_MAX: usize = 64 << 10;

/// Longest timeout of consensus, in milliseconds: beyond ten minutes a node looks dead.
pub const TIMEOUT_MS_MAX: u32 = 600_000;

/// What a node is called in logs and metrics.
pub type Moniker = Text<64>;

/// A filter of log lines, as `info,sogoc_consensus=debug`.
pub type LogFilter = Text<200>;

/// What is logged unless told otherwise: the engine would tell of every vote.
const USUAL_FILTER: &str = "info,arc_malachitebft_core_consensus=warn";

/// The configuration of a node, its paths resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeConfig {
    /// What it is called.
    pub moniker: Moniker,
    /// The genesis file.
    pub genesis: PathBuf,
    /// The address book.
    pub address_book: PathBuf,
    /// The directory of blocks and state.
    pub data: PathBuf,
    /// The directory of what was signed last; not inside `data`, or both would be restored together.
    pub guard: PathBuf,
    /// The trust anchor that pages are offered, if not genesis.
    pub trust: Option<PathBuf>,
    /// The roots of certificates that pages are offered, if any.
    pub roots: Option<PathBuf>,
    /// Its keys.
    pub keys: KeyPaths,
    /// Where it listens.
    pub listen: Listen,
    /// What it logs.
    pub log: Log,
    /// Timeouts of consensus that differ from the defaults.
    pub timeouts: Timeouts,
    /// Whom it tells of events.
    pub webhooks: Vec<Webhook>,
}

/// The key files of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPaths {
    /// None: the node is an observer.
    pub consensus: Option<PathBuf>,
    /// Its identity.
    pub network: PathBuf,
}

/// Where a node listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The consensus engine's swarm.
    pub engine: Address,
    /// The transaction gossip's swarm.
    pub gossip: Address,
    /// The HTTP API.
    pub http: SocketAddr,
}

/// What a node logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// In which form.
    pub format: LogFormat,
    /// Which lines.
    pub filter: LogFilter,
}

/// The form of log lines.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For collectors.
    Json,
}

/// Timeouts of consensus, in milliseconds.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// For a proposal.
    pub propose: Option<u32>,
    /// For prevotes.
    pub prevote: Option<u32>,
    /// For precommits.
    pub precommit: Option<u32>,
    /// Until votes are sent again.
    pub rebroadcast: Option<u32>,
}

impl NodeConfig {
    /// What is in the file of the trust anchor, if one is named; of at most `limit` bytes.
    ///
    /// # Errors
    /// The file cannot be read, or is longer.
    pub fn load_trust(&self, limit: usize) -> Result<Option<Vec<u8>>, Problems> {
        load(self.trust.as_deref(), limit)
    }

    /// The same of the roots of certificates.
    ///
    /// # Errors
    /// The file cannot be read, or is longer.
    pub fn load_roots(&self, limit: usize) -> Result<Option<Vec<u8>>, Problems> {
        load(self.roots.as_deref(), limit)
    }
}

fn load(path: Option<&Path>, limit: usize) -> Result<Option<Vec<u8>>, Problems> {
    Ok(path.map(|path| files::load(path, limit).map(|bytes| bytes.to_vec())).transpose()?)
}

/// The configuration in the file at `path`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load_config(path: &Path) -> Result<NodeConfig, Problems> {
    let bytes = files::load(path, CONFIG_FILE_BYTES_MAX)?;
    parse_config(&bytes, path)
}

pub(crate) fn parse_config(bytes: &[u8], path: &Path) -> Result<NodeConfig, Problems> {
    let file = path.display().to_string();
    let base = path.parent().unwrap_or(Path::new(""));
    document::interpret(document::parse(bytes, &file, Syntax::Toml)?, &file, |value, at| read(value, at, base))
}

fn read(value: Value, at: At<'_>, base: &Path) -> Option<NodeConfig> {
    let mut fields = at.table(value)?;
    let moniker = fields.get("moniker");
    let (genesis, address_book) = (path(&mut fields, "genesis", base), path(&mut fields, "address_book", base));
    let (data, guard) = (path(&mut fields, "data", base), path(&mut fields, "guard", base));
    if let (Some(data), Some(guard)) = (&data, &guard)
        && plain(guard).starts_with(plain(data))
    {
        fields.at.problem(Code::GuardInData, "");
    }
    let trust = fields.maybe("trust").map(|FilePath(path)| base.join(path));
    let roots = fields.maybe("roots").map(|FilePath(path)| base.join(path));
    let keys = fields.get::<Table>("keys").and_then(|table| {
        let mut fields = fields.at.field("keys").table(table.0)?;
        let consensus = fields.maybe("consensus").map(|FilePath(path)| base.join(path));
        let network = path(&mut fields, "network", base);
        fields.finish();
        Some(KeyPaths { consensus, network: network? })
    });
    let (listen, log, timeouts) = (fields.get("listen"), fields.maybe("log"), fields.maybe("timeouts"));
    let webhooks = fields.maybe("webhook").map(|Webhooks(webhooks)| webhooks).unwrap_or_default();
    fields.finish();
    Some(NodeConfig {
        moniker: moniker?,
        genesis: genesis?,
        address_book: address_book?,
        data: data?,
        guard: guard?,
        trust,
        roots,
        keys: keys?,
        listen: listen?,
        log: log.unwrap_or_default(),
        timeouts: timeouts.unwrap_or_default(),
        webhooks: webhooks.into_iter().map(|webhook| webhook.beside(base)).collect(),
    })
}

fn path(fields: &mut Fields<'_>, name: &str, base: &Path) -> Option<PathBuf> {
    fields.get(name).map(|FilePath(path)| base.join(path))
}

/// `path` without `.` and `..`, as far as its text tells.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => {
                plain.pop();
            }
            component => plain.push(component),
        }
    }
    plain
}

/// A table that is read later.
struct Table(Value);

impl FromValue for Table {
    fn read(value: Value, _: At<'_>) -> Option<Self> {
        Some(Self(value))
    }
}

impl FromValue for Listen {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (engine, gossip, http): (Option<Address>, Option<Address>, _) =
            (fields.get("engine"), fields.get("gossip"), fields.get("http"));
        if engine.is_some() && engine == gossip {
            fields.at.problem(Code::AddressTwice, "engine and gossip");
        }
        fields.finish();
        Some(Self { engine: engine?, gossip: gossip?, http: http? })
    }
}

impl FromValue for LogFormat {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let format = match value {
            Value::Text(text) if text == "text" => Some(Self::Text),
            Value::Text(text) if text == "json" => Some(Self::Json),
            _ => None,
        };
        at.expect(format, "text or json")
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: Text::new(USUAL_FILTER).expect("it is short") }
    }
}

impl FromValue for Log {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (format, filter) = (fields.maybe("format"), fields.maybe("filter"));
        fields.finish();
        let default = Self::default();
        Some(Self { format: format.unwrap_or(default.format), filter: filter.unwrap_or(default.filter) })
    }
}

/// A timeout within its bounds.
struct Milliseconds(u32);

impl FromValue for Milliseconds {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let ms = if let Value::Integer(ms) = value { ms.try_into().ok() } else { None };
        at.expect(ms.filter(|ms| (1..=TIMEOUT_MS_MAX).contains(ms)), "milliseconds from 1 to 600000").map(Self)
    }
}

impl FromValue for Timeouts {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let mut ms = |name| fields.maybe(name).map(|Milliseconds(ms)| ms);
        let timeouts = Self {
            propose: ms("propose"),
            prevote: ms("prevote"),
            precommit: ms("precommit"),
            rebroadcast: ms("rebroadcast"),
        };
        fields.finish();
        Some(timeouts)
    }
}

/// All webhooks. An address twice would have one place in the events for two.
struct Webhooks(Vec<Webhook>);

impl FromValue for Webhooks {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let webhooks: Vec<Webhook> = at.list(value, WEBHOOKS_MAX)?;
        let different: BTreeSet<_> = webhooks.iter().map(|webhook| webhook.url.as_str()).collect();
        if different.len() < webhooks.len() {
            at.problem(Code::AddressTwice, "");
        }
        Some(Self(webhooks))
    }
}

/// The text of a configuration with everything in its usual place beside the file.
pub fn usual_config(moniker: &Moniker, validator: bool, listen: &Listen) -> String {
    let consensus = if validator { "consensus = \"keys/consensus.key\"\n" } else { "" };
    let moniker = toml::Value::from(moniker.as_str());
    let Listen { engine, gossip, http } = listen;
    format!(
        "moniker = {moniker}\n\
         genesis = \"genesis.json\"\n\
         address_book = \"address-book.json\"\n\
         data = \"data\"\n\
         guard = \"guard\"\n\
         \n\
         [keys]\n\
         {consensus}\
         network = \"keys/network.key\"\n\
         \n\
         [listen]\n\
         engine = \"{engine}\"\n\
         gossip = \"{gossip}\"\n\
         http = \"{http}\"\n\
         \n\
         [log]\n\
         format = \"text\"\n\
         filter = \"{USUAL_FILTER}\"\n"
    )
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
