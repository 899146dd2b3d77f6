//! `sogoc issuer`: issuers and their keys.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sogoc_genesis::{IssuerSecretKey, issuer_keygen};
use sogoc_ledger::Hash;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::{ChainId, IssuerId, Time};
use sogoc_ledger::record::{Issuer, IssuerKey, NewKey, possession_of_issuer_key};
use sogoc_ledger::refusal::Refusal;
use sogoc_ledger::signature::Algorithm;
use sogoc_ledger::transaction::{Action, RotateKey};

use super::{binding, offer};
use crate::client::Client;
use crate::failure::Failure;
use crate::language::Language;
use crate::sealing::{self, signed};

/// What to do.
#[derive(clap::Subcommand)]
pub enum What {
    /// Make a key: the secret file stays with the issuer, the .jwk beside it is registered / tạo khóa.
    Keygen {
        /// The issuer's identifier, as thcs-mau-1.
        #[arg(long)]
        id: IssuerId,
        /// Where to write the secret key.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Kind of key: es256 is what tokens and most software sign with.
        #[arg(long, default_value = "ed25519", value_parser = algorithm)]
        algorithm: Algorithm,
    },
    /// Offer a key for the issuer's record, for a motion to admit / đề nghị một khóa.
    Offer {
        /// The key file.
        key: PathBuf,
        /// What it shall do: seal, approve, administer.
        #[arg(long, value_enum, value_delimiter = ',', required = true)]
        roles: Vec<Role>,
        /// The network's name, as hcmc-23.
        #[arg(long)]
        chain: ChainId,
        /// Where to write the offer.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Put a new key in the place of one, signed by the old / thay khóa.
    Rotate {
        /// The old key file.
        key: PathBuf,
        /// Where to write the new one. Both share the journal and the batch ids.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// How many days the old key goes on beside the new one, at most 31.
        #[arg(long, default_value_t = 0, value_name = "DAYS")]
        keep_days: u64,
        #[command(flatten)]
        node: Node,
    },
    /// Enter another key that seals / thêm khóa ghi sổ.
    AddKey {
        /// The new key file.
        new: PathBuf,
        /// The key file that administers.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        #[command(flatten)]
        node: Node,
    },
    /// End a key: one's own, or any by a key that administers / chấm dứt khóa.
    EndKey {
        /// Thumbprint of the key that ends.
        thumbprint: String,
        /// The key file that signs.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        #[command(flatten)]
        node: Node,
    },
    /// Show an issuer's record / xem đơn vị cấp.
    Show {
        /// The issuer's identifier.
        id: IssuerId,
        /// A node of the network.
        #[arg(long, env = "SOGOC_NODE", default_value = "http://127.0.0.1:27201", value_name = "URL")]
        node: String,
    },
    /// Bind a key to the organisation's X.509 certificate / gắn khóa với chứng thư số.
    Binding {
        #[command(subcommand)]
        what: binding::What,
    },
}

/// Where to ask.
#[derive(clap::Args)]
pub struct Node {
    /// A node of the network.
    #[arg(long, env = "SOGOC_NODE", default_value = "http://127.0.0.1:27201", value_name = "URL")]
    node: String,
}

/// What a key may do.
#[derive(Copy, Clone, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Seals batches and changes statuses / ghi sổ.
    Seal,
    /// Approves what another key asks / duyệt.
    Approve,
    /// Administers the issuer's keys / quản trị.
    Administer,
}

impl Role {
    fn bit(self) -> u8 {
        match self {
            Self::Seal => IssuerKey::SEAL,
            Self::Approve => IssuerKey::APPROVE,
            Self::Administer => IssuerKey::ADMINISTER,
        }
    }
}

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// A kind of key, as people write it.
pub fn algorithm(text: &str) -> Result<Algorithm, &'static str> {
    match text {
        "ed25519" => Ok(Algorithm::Ed25519),
        "es256" => Ok(Algorithm::Es256),
        _ => Err("ed25519 or es256"),
    }
}

/// Runs the command.
pub fn run(what: &What, language: Language) -> Result<ExitCode, Failure> {
    match what {
        What::Keygen { id, out, algorithm } => {
            let public = issuer_keygen(out, id.clone(), *algorithm)?;
            println!("{}", public.thumbprint());
        }
        What::Offer { key, roles, chain, out } => {
            let key = IssuerSecretKey::load(key)?;
            let roles = roles.iter().fold(0, |all, role| all | role.bit());
            offer::write(out, key.issuer(), &offered(&key, chain, roles))?;
            println!("{}", key.public().thumbprint());
        }
        What::Rotate { key, out, keep_days, node } => rotate(key, out, *keep_days, &node.node, language)?,
        What::AddKey { new, key, node } => {
            let (new, key) = (IssuerSecretKey::load(new)?, IssuerSecretKey::load(key)?);
            let client = Client::new(&node.node);
            let chain = client.latest()?.chain;
            let action = Action::AddKey(offered(&new, &chain, IssuerKey::SEAL));
            let entered = new.public().thumbprint();
            carry_out(&client, &chain, &key, &action, |issuer| issuer.key(&entered).is_some())?;
            println!("{entered}");
        }
        What::EndKey { thumbprint, key, node } => {
            let ended = Hash::from_hex(thumbprint).ok_or(Refusal::UnknownKey)?;
            let key = IssuerSecretKey::load(key)?;
            let client = Client::new(&node.node);
            let chain = client.latest()?.chain;
            let has_ended = |issuer: &Issuer| issuer.key(&ended).is_some_and(|key| key.until.is_some());
            carry_out(&client, &chain, &key, &Action::EndKey { key: ended }, has_ended)?;
        }
        What::Show { id, node } => {
            let issuer = Client::new(node).issuer(id)?;
            println!("{}", serde_json::to_string_pretty(&issuer).expect("records always serialise"));
        }
        What::Binding { what } => return binding::run(what, language),
    }
    Ok(ExitCode::SUCCESS)
}

/// The new key is on the disk before the ledger hears of it: a run that is cut off is repeated with it.
fn rotate(old: &Path, out: &Path, keep_days: u64, node: &str, language: Language) -> Result<(), Failure> {
    let old = IssuerSecretKey::load(old)?;
    let new = if out.exists() { IssuerSecretKey::load(out)? } else { old.rotated()? };
    if new.line() != old.line() {
        return Err(Failure::refused(
            "other-key",
            "Tệp ở --out là một khóa khác, không phải khóa kế tiếp của khóa này.",
            "The file at --out is another key, not one that this was rotated into.",
        ));
    }
    if !out.exists() {
        new.write(out)?;
    }
    let client = Client::new(node);
    let chain = client.latest()?.chain;
    let issuer = client.issuer(old.issuer())?;
    let roles = issuer.key(&old.public().thumbprint()).ok_or(Refusal::UnknownKey)?.roles;
    let entered = new.public().thumbprint();
    if issuer.key(&entered).is_none() {
        let keep_until =
            Time(client.latest()?.time.0.saturating_add(keep_days.saturating_mul(DAY_MS)) + ROTATION_GRACE_MS);
        let possession = offered(&new, &chain, roles).possession;
        let action = Action::RotateKey(RotateKey { key: new.public(), possession, keep_until });
        carry_out(&client, &chain, &old, &action, |issuer| issuer.key(&entered).is_some())?;
    }
    println!("{entered}");
    let out = out.display();
    eprintln!(
        "{}",
        language.pick(
            &format!("Khóa mới có hiệu lực: {out}. Hãy cất khóa cũ đến khi hết hạn rồi hủy."),
            &format!("The new key is in force: {out}. Keep the old one until it ends, then destroy it."),
        )
    );
    Ok(())
}

/// The old key lives at least until the block that enters the new one, whatever that block's time is.
const ROTATION_GRACE_MS: u64 = 10 * 60_000;

/// A key as it is offered for its issuer's record, in force from the start.
fn offered(key: &IssuerSecretKey, chain: &ChainId, roles: u8) -> NewKey {
    let message = possession_of_issuer_key(chain, key.issuer(), &key.public(), roles);
    NewKey {
        key: key.public(),
        roles,
        from: Time(0),
        until: None,
        binding: None,
        possession: key.signing().sign(Domain::POSSESSION, &message),
    }
}

/// Hands in what an issuer asks, and waits until its record shows it.
fn carry_out(
    client: &Client,
    chain: &ChainId,
    key: &IssuerSecretKey,
    action: &Action,
    done: impl Fn(&Issuer) -> bool,
) -> Result<(), Failure> {
    let valid_until = sealing::submit(client, |valid_until| Ok(signed(chain, valid_until, key, None, action.clone())))?;
    loop {
        let tip = client.latest()?;
        if done(&client.issuer(key.issuer())?) {
            return Ok(());
        }
        if tip.time > valid_until {
            return Err(Refusal::Expired.into());
        }
        client.wait_above(tip.height)?;
    }
}
