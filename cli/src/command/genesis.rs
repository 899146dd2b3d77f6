//! `sogoc genesis`: founds a network, and lets one go on that lost its validators.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use sogoc_credential::anchor;
use sogoc_genesis::address::Address;
use sogoc_genesis::book::Peer;
use sogoc_genesis::ceremony::{Addresses, HttpAddress, NewHome};
use sogoc_genesis::devnet::DevnetOptions;
use sogoc_genesis::observer::NewObserver;
use sogoc_genesis::{
    AddressBook, ContinuationFile, Network, PublicPart, assemble, check, devnet, keygen, load_issuers, observer_home,
};
use sogoc_ledger::block::Header;
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec::{List, Text};
use sogoc_ledger::continuation::{Continuation, ContinuationError};
use sogoc_ledger::exported::{ExportError, Exported};
use sogoc_ledger::merkle::leaf_hash;
use sogoc_ledger::name::{ChainId, Time};
use sogoc_ledger::record::{DEFINITION_BYTES_MAX, Decision, Parameters};
use sogoc_ledger::state::root_of;
use sogoc_ledger::transition::protocol;

use crate::failure::Failure;
use crate::files;
use crate::language::Language;
use crate::types;

/// What to do.
#[derive(clap::Subcommand)]
pub enum What {
    /// Make the keys of a validator and the part of it that is handed over / tạo khóa nút kiểm chứng.
    Keygen {
        /// The validator's directory.
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
        /// Whose it is, as "Sở GDĐT TP. Hồ Chí Minh".
        #[arg(long)]
        owner: String,
        /// Where its engine will be reached, as /dns4/node.example.vn/tcp/27001.
        #[arg(long, value_parser = address)]
        engine: Address,
        /// Where its transaction gossip will be reached.
        #[arg(long, value_parser = address)]
        gossip: Address,
        /// Where its API will be reached, if it is public.
        #[arg(long)]
        http: Option<String>,
        /// Voting power; the same for all unless the owners agreed on something else.
        #[arg(long, default_value_t = 1)]
        power: u32,
        /// Where to write the governance key, to keep it off the machine.
        #[arg(long, value_name = "FILE")]
        governance_key: Option<PathBuf>,
    },
    /// Make genesis file and address book of all owners' parts / lập tệp khởi đầu.
    Assemble {
        /// The owners' validator.json files.
        #[arg(required = true, value_name = "FILE")]
        parts: Vec<PathBuf>,
        /// The first issuers.
        #[arg(long, value_name = "FILE")]
        issuers: PathBuf,
        /// A type of document, or a code list, beside those that every program knows.
        #[arg(long = "definition", value_name = "FILE")]
        definitions: Vec<PathBuf>,
        /// Name of the chain, never used before.
        #[arg(long)]
        chain: ChainId,
        /// An idle network makes a block this often, in seconds.
        #[arg(long, default_value_t = 60)]
        heartbeat: u32,
        /// How far a proposer's clock may be ahead, in milliseconds.
        #[arg(long, default_value_t = 5_000)]
        clock_drift: u32,
        /// How long a motion may be voted on, in days.
        #[arg(long, default_value_t = 14)]
        motion_days: u16,
        /// When it is founded, in milliseconds since 1970; now if not given. The same inputs found the same chain.
        #[arg(long)]
        time: Option<u64>,
        /// Where to write both files.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Let a chain go on whose validators can no longer agree, with others / tiếp tục một chuỗi khi mất quá nhiều khóa.
    Continue {
        /// The chain's last state: `sogoc-node export-state`.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// validator.json of everyone who validates from now on.
        #[arg(long = "validator", required = true, value_name = "FILE")]
        validators: Vec<PathBuf>,
        /// Number of the decision that says so.
        #[arg(long)]
        decision: String,
        /// When it goes on, in milliseconds since 1970; now if not given.
        #[arg(long)]
        time: Option<u64>,
        /// Where to write the continuation, which every node is given.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Where to write the trust anchor of the continued chain.
        #[arg(long, value_name = "FILE")]
        anchor: Option<PathBuf>,
        /// Where to write the address book of those who validate from now on.
        #[arg(long, value_name = "FILE")]
        address_book: Option<PathBuf>,
    },
    /// Make the home of an observer, and the part of it that validators admit it by / tạo nút quan sát.
    Observer {
        /// The observer's directory.
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
        /// Whose it is, as "UBND phường Mẫu".
        #[arg(long)]
        name: String,
        /// The network's genesis file; compare its hash with the owners'.
        #[arg(long, value_name = "FILE")]
        genesis: PathBuf,
        /// A validator's address book.
        #[arg(long, value_name = "FILE")]
        address_book: PathBuf,
        /// Where its engine will be reached. Without, it only calls others.
        #[arg(long, value_parser = address, requires = "gossip")]
        engine: Option<Address>,
        /// Where its transaction gossip will be reached.
        #[arg(long, value_parser = address, requires = "engine")]
        gossip: Option<Address>,
        /// Where its API will be reached, if it is public.
        #[arg(long, requires = "engine")]
        http: Option<String>,
        /// Where it serves its API on its own machine.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:27201")]
        serve: SocketAddr,
    },
    /// Check files of a network, a home or a whole devnet, and say everything that is wrong / kiểm tra.
    Check {
        /// File or directory.
        path: PathBuf,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Found a network on this machine, ready to run; its keys are worth nothing / mạng thử nghiệm.
    Devnet {
        /// Validators, which are nobody's.
        #[arg(required_unless_present = "network", conflicts_with = "network")]
        count: Option<u16>,
        /// A ready-made network instead: devnet-4, hcmc-23 or hcmc-17.
        #[arg(long, value_parser = ready_made)]
        network: Option<Network>,
        /// Where to; empty or not there.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Ports are counted from here.
        #[arg(long, default_value_t = DevnetOptions::default().base_port)]
        base_port: u16,
        /// An idle network makes a block this often, in milliseconds.
        #[arg(long, default_value_t = DevnetOptions::default().heartbeat_ms)]
        heartbeat_ms: u32,
    },
}

fn address(text: &str) -> Result<Address, String> {
    text.parse().map_err(|_| "a TCP address, as /ip4/203.0.113.7/tcp/27001 or /dns4/node.example.vn/tcp/27001".into())
}

fn ready_made(name: &str) -> Result<Network, String> {
    Network::named(name).ok_or_else(|| "devnet-4, hcmc-23 or hcmc-17".into())
}

fn public_address(http: &Option<String>) -> Result<Option<HttpAddress>, Failure> {
    http.as_ref().map(|http| HttpAddress::new(http).ok_or_else(|| too_long("http"))).transpose()
}

fn too_long(code: &str) -> Failure {
    Failure::refused(
        code,
        "Văn bản quá dài hoặc có ký tự điều khiển.",
        "The text is too long or has control characters.",
    )
}

/// Runs the command.
pub fn run(what: &What, language: Language) -> Result<ExitCode, Failure> {
    match what {
        What::Keygen { home, owner, engine, gossip, http, power, governance_key } => {
            let http = public_address(http)?;
            let part = keygen(&NewHome {
                directory: home.clone(),
                owner: Text::new(owner).ok_or_else(|| too_long("owner"))?,
                power: *power,
                addresses: Addresses { engine: engine.clone(), gossip: gossip.clone(), http },
                governance: governance_key.clone(),
            })?;
            println!("{}", part.member.consensus.thumbprint());
            Ok(ExitCode::SUCCESS)
        }
        What::Assemble { parts, issuers, definitions, chain, heartbeat, clock_drift, motion_days, time, out } => {
            let parts = parts.iter().map(|path| PublicPart::load(path)).collect::<Result<Vec<_>, _>>()?;
            let parameters = Parameters {
                clock_drift_ms: *clock_drift,
                heartbeat_ms: heartbeat.saturating_mul(1_000),
                motion_days: *motion_days,
            };
            let time = Time(time.unwrap_or_else(now));
            let mut first = types::first_definitions();
            for path in definitions {
                first.push(types::definition(files::read(path, DEFINITION_BYTES_MAX)?)?);
            }
            let founding = assemble(&parts, load_issuers(issuers)?, first, parameters, chain.clone(), time)?;
            files::make_private_directory(out)?;
            founding.write(out)?;
            eprintln!(
                "{}",
                language.pick(
                    "Mọi chủ nút hãy so mã băm này với nhau qua kênh khác:",
                    "Every owner compares this hash with the others by another way:"
                )
            );
            println!("{}", founding.hash);
            Ok(ExitCode::SUCCESS)
        }
        What::Continue { from, validators, decision, time, out, anchor, address_book } => {
            let exported = Exported::from_bytes(&files::read(from, STATE_FILE_BYTES_MAX)?).map_err(not_a_state)?;
            let decision = Text::new(decision).ok_or_else(|| too_long("decision"))?;
            let time = Time(time.unwrap_or_else(now));
            let parts = validators.iter().map(|path| PublicPart::load(path)).collect::<Result<Vec<_>, _>>()?;
            let file = continued(&exported, &parts, decision, time)?;
            if let Some(path) = address_book {
                let book = AddressBook { peers: parts.iter().map(Peer::from).collect() };
                files::write_public(path, book.to_json().as_bytes())?;
            }
            if let Some(path) = anchor {
                let checkpoint = checkpoint(&exported, &file.continuation)?;
                files::write_public(path, anchor::to_file(&checkpoint).as_bytes())?;
            }
            file.write(out)?;
            eprintln!(
                "{}",
                language.pick(
                    "Mọi chủ nút hãy so mã băm này với nhau qua kênh khác:",
                    "Every owner compares this hash with the others by another way:"
                )
            );
            println!("{}", file.hash);
            Ok(ExitCode::SUCCESS)
        }
        What::Observer { home, name, genesis, address_book, engine, gossip, http, serve } => {
            let http = public_address(http)?;
            let reached = engine.clone().zip(gossip.clone());
            let part = observer_home(&NewObserver {
                directory: home.clone(),
                name: Text::new(name).ok_or_else(|| too_long("name"))?,
                addresses: reached.map(|(engine, gossip)| Addresses { engine, gossip, http }),
                http: *serve,
                genesis: genesis.clone(),
                address_book: address_book.clone(),
            })?;
            eprintln!(
                "{}",
                language.pick(
                    "Gửi observer.json cho các chủ nút kiểm chứng, và đọc cho họ dấu vân tay khóa này qua kênh khác:",
                    "Send observer.json to the validators' owners, and read them this thumbprint of its key by another way:"
                )
            );
            println!("{}", part.network.thumbprint());
            Ok(ExitCode::SUCCESS)
        }
        What::Check { path, json } => {
            let problems = check(path);
            if *json {
                println!("{}", serde_json::to_string_pretty(&problems).expect("problems always serialise"));
            } else {
                for problem in &problems {
                    let detail =
                        if problem.detail.is_empty() { String::new() } else { format!(" ({})", problem.detail) };
                    let text = language.pick(problem.vi(), problem.en());
                    println!("✗ {}: {}: {text}{detail}", problem.place, problem.code.as_str());
                }
                if problems.is_empty() {
                    println!("✓ {}", language.pick("Không có lỗi.", "Nothing is wrong."));
                }
            }
            Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        What::Devnet { count, network, out, base_port, heartbeat_ms } => {
            let options = DevnetOptions {
                base_port: *base_port,
                heartbeat_ms: *heartbeat_ms,
                definitions: types::first_definitions(),
                ..DevnetOptions::default()
            };
            let network = network.clone().unwrap_or_else(|| Network::of(count.unwrap_or_default()));
            let network = devnet(out, &network, &options)?;
            println!("{}", network.hash);
            for node in &network.nodes {
                eprintln!("sogoc-node run --config {}   # http://{}", node.config.display(), node.listen.http);
            }
            for (issuer, key) in &network.issuers {
                eprintln!("{issuer}: {}", key.display());
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Largest state that is read, in bytes: decades of the city's.
const STATE_FILE_BYTES_MAX: usize = 2 << 30;

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as u64)
}

fn not_a_state(error: ExportError) -> Failure {
    Failure::refused(
        "bad-state",
        format!("Tệp trạng thái không hợp lệ hoặc đã bị sửa: {error}"),
        format!("The file is not the state of a chain, or was changed: {error}"),
    )
}

fn cannot_continue(error: ContinuationError) -> Failure {
    Failure::refused(
        "cannot-continue",
        format!("Không thể tiếp tục chuỗi như vậy: {error}"),
        format!("The chain cannot go on so: {error}"),
    )
}

fn continued(
    exported: &Exported,
    parts: &[PublicPart],
    decision: Decision,
    time: Time,
) -> Result<ContinuationFile, Failure> {
    let last = &exported.checkpoint.header;
    let members =
        List::new(parts.iter().map(PublicPart::new_member).collect()).ok_or_else(|| too_long("validators"))?;
    let (chain, height, parent) = (last.chain.clone(), last.height + 1, last.hash());
    let continuation = Continuation { chain, height, parent, time, decision, members };
    let hash = header(exported, &continuation)?.hash();
    Ok(ContinuationFile { continuation, hash })
}

/// The header of the block that it makes on this state.
fn header(exported: &Exported, continuation: &Continuation) -> Result<Header, Failure> {
    let last = &exported.checkpoint.header;
    let mut records = exported.records.clone();
    records.extend(continuation.writes(exported, last).map_err(cannot_continue)?);
    let root = root_of(&records).map_err(|fault| cannot_continue(fault.into()))?;
    let mut history = exported.history.clone();
    history.append(leaf_hash(&last.hash().0));
    let version = protocol(exported).map_err(|fault| cannot_continue(fault.into()))?.version;
    continuation.header(last, &history, version, root).map_err(cannot_continue)
}

fn checkpoint(exported: &Exported, continuation: &Continuation) -> Result<Checkpoint, Failure> {
    let set = continuation.set().map_err(|error| cannot_continue(error.into()))?;
    Ok(Checkpoint { header: header(exported, continuation)?, validators: set.clone(), next_validators: set })
}
