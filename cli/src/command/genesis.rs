//! `sogoc genesis`: founds a network.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use sogoc_genesis::address::Address;
use sogoc_genesis::ceremony::{Addresses, HttpAddress, NewHome};
use sogoc_genesis::devnet::DevnetOptions;
use sogoc_genesis::{PublicPart, assemble, check, devnet, keygen, load_issuers};
use sogoc_ledger::codec::Text;
use sogoc_ledger::name::{ChainId, Time};
use sogoc_ledger::record::Parameters;

use crate::failure::Failure;
use crate::files;
use crate::language::Language;

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
        /// Name of the chain, never used before.
        #[arg(long)]
        chain: ChainId,
        /// An idle network makes a block this often, in seconds.
        #[arg(long, default_value_t = 60)]
        heartbeat: u32,
        /// How far a proposer's clock may be ahead, in milliseconds.
        #[arg(long, default_value_t = 5_000)]
        clock_drift: u32,
        /// When it is founded, in milliseconds since 1970; now if not given. The same inputs found the same chain.
        #[arg(long)]
        time: Option<u64>,
        /// Where to write both files.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
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
        /// Validators.
        count: u16,
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
            let http = http.as_ref().map(|http| HttpAddress::new(http).ok_or_else(|| too_long("http"))).transpose()?;
            let part = keygen(&NewHome {
                directory: home.clone(),
                owner: Text::new(owner).ok_or_else(|| too_long("owner"))?,
                power: *power,
                addresses: Addresses { engine: engine.clone(), gossip: gossip.clone(), http },
                governance: governance_key.clone(),
            })?;
            println!("{}", part.keys.consensus.thumbprint());
            Ok(ExitCode::SUCCESS)
        }
        What::Assemble { parts, issuers, chain, heartbeat, clock_drift, time, out } => {
            let parts = parts.iter().map(|path| PublicPart::load(path)).collect::<Result<Vec<_>, _>>()?;
            let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as u64);
            let parameters = Parameters { clock_drift_ms: *clock_drift, heartbeat_ms: heartbeat.saturating_mul(1_000) };
            let time = Time(time.unwrap_or_else(now));
            let founding = assemble(&parts, load_issuers(issuers)?, parameters, chain.clone(), time)?;
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
        What::Devnet { count, out, base_port, heartbeat_ms } => {
            let options =
                DevnetOptions { base_port: *base_port, heartbeat_ms: *heartbeat_ms, ..DevnetOptions::default() };
            let network = devnet(out, *count, &options)?;
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
