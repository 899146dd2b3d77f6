//! What happened in a run: a line for each event, and a digest over all of them.

use std::fmt::Write as _;

use malachite::app::streaming::{StreamContent, StreamMessage};
use malachite_consensus::{LivenessMsg, SignedConsensusMsg};
use sha2::{Digest, Sha256};
use sogoc_consensus::simulation::Part;
use sogoc_ledger::Hash;

use crate::node::{Message, Wake};
use crate::world::Event;

/// See the module.
#[derive(Default)]
pub struct Trace {
    digest: Sha256,
    /// The lines, if they are wanted.
    pub lines: Option<String>,
}

impl Trace {
    /// Adds an event.
    pub fn line(&mut self, now: u64, number: u64, event: &Event) {
        let mut line = format!("{now} {number} ");
        let _ = match event {
            Event::Deliver { from, to, message } => write!(line, "{from}→{to} {}", describe(message)),
            Event::Wake { node, life, wake } => match wake {
                Wake::Propose(value) => write!(line, "{node}/{life} proposes {}", value.value),
                Wake::Timeout(timeout, _) => write!(line, "{node}/{life} {timeout}"),
                wake => write!(line, "{node}/{life} {wake:?}"),
            },
            Event::Fault(fault) => write!(line, "{fault:?}"),
            Event::Start(node) => write!(line, "{node} starts"),
            Event::Quiet => write!(line, "quiet"),
            Event::NewWish => write!(line, "a wish"),
            Event::Clients => write!(line, "clients"),
        };
        line.push('\n');
        self.digest.update(&line);
        if let Some(lines) = &mut self.lines {
            lines.push_str(&line);
        }
    }

    /// Adds what came of it.
    pub fn add(&mut self, hash: &Hash) {
        self.digest.update(hash.0);
    }

    /// The digest so far.
    pub fn digest(&self) -> String {
        hex(&self.digest.clone().finalize()[..8])
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// A message in one line that differs where the message does.
fn describe(message: &Message) -> String {
    match message {
        Message::Consensus(SignedConsensusMsg::Vote(vote)) | Message::Liveness(LivenessMsg::Vote(vote)) => {
            let (v, signature) = (&vote.message, hex(&vote.signature.0[..8]));
            format!("{:?} {}/{} {:?} {signature}", v.kind, v.height, v.round, v.value)
        }
        Message::Consensus(SignedConsensusMsg::Proposal(proposal)) => {
            let (p, signature) = (&proposal.message, hex(&proposal.signature.0[..8]));
            format!("proposal {}/{} {} {signature}", p.height, p.round, p.value)
        }
        Message::Liveness(LivenessMsg::PolkaCertificate(c)) => {
            format!("polka {}/{} {} of {}", c.height, c.round, c.value_id, c.polka_signatures.len())
        }
        Message::Liveness(LivenessMsg::SkipRoundCertificate(c)) => {
            format!("round {}/{} of {}", c.height, c.round, c.round_signatures.len())
        }
        Message::Part(StreamMessage { sequence, content, .. }) => match content {
            StreamContent::Data(Part::Init(init)) => format!("part {sequence} of {}/{}", init.height, init.round),
            StreamContent::Data(Part::Data(data)) => format!("part {sequence} {}", hex(&Sha256::digest(data)[..8])),
            StreamContent::Fin => format!("part {sequence}, the last"),
        },
        Message::Transaction(transaction) => format!("transaction {}", transaction.id()),
        Message::Status(tip) => format!("status {tip}"),
        Message::Ask(first, last) => format!("ask {first} to {last}"),
        Message::Answer(values) => {
            let digest = values.iter().fold(Sha256::new(), |digest, value| digest.chain_update(&value.value_bytes));
            format!("answer of {} {}", values.len(), hex(&digest.finalize()[..8]))
        }
    }
}
