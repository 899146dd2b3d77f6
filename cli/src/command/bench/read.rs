//! Fetches batch records with their proofs, each time of a batch at random, over connections that stay open.
//!
//! Without a rate each connection asks as soon as it is answered: how much the node can do. With a rate it is an open loop:
//! requests are due on schedule, and a time counts from when its request was due, so a node that falls behind cannot hide it.
//!
//! HTTP/1.1 by hand: a client that does more would measure itself. It is for a node that one trusts to answer properly; what
//! it answers is verified by sample.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::name::{BatchId, IssuerId, Period};
use sogoc_ledger::receipt::{BatchProof, MAX_RECEIPT_BYTES, Pointer};

use super::quantile;
use crate::client::Client;
use crate::failure::Failure;

/// Bytes of an answer's head and body.
const ANSWER_BYTES_MAX: usize = MAX_RECEIPT_BYTES + (16 << 10);

/// Of so many answers of a connection, one is verified.
const SAMPLE: u64 = 1_000;

/// A node that does not answer for so long has failed the measurement.
const PATIENCE: Duration = Duration::from_secs(30);

/// Options of the measurement.
#[derive(clap::Args)]
pub struct Arguments {
    /// The node.
    #[arg(long, env = "SOGOC_NODE", default_value = "http://127.0.0.1:27201", value_name = "URL")]
    node: String,
    /// Whose batches.
    #[arg(long, default_value = "thcs-mau-1")]
    issuer: IssuerId,
    /// Of which period; `sogoc bench seal` seals in this one.
    #[arg(long, default_value = "bench")]
    period: String,
    /// Connections, each with a request under way.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Requests a second; 0: as many as are answered.
    #[arg(long, default_value_t = 0)]
    rate: u64,
    /// How long, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// What the connections share.
struct Load {
    host: String,
    issuer: IssuerId,
    batches: Vec<BatchId>,
    anchor: Checkpoint,
    rate: u64,
    start: Instant,
    end: Duration,
    next: AtomicU64,
}

/// What one connection saw.
#[derive(Default)]
struct Seen {
    times: Vec<Duration>,
    bytes: u64,
    verified: u64,
}

/// Runs the measurement.
pub fn run(arguments: &Arguments) -> Result<Value, Failure> {
    let period = Period::new(arguments.period.as_str())
        .ok_or_else(|| Failure::refused("bad-period", "Kỳ không hợp lệ.", "Not a period."))?;
    let client = Client::new(&arguments.node);
    let anchor = client.checkpoint(Some(0))?;
    let mut batches = Vec::new();
    client.pack(&arguments.issuer, &period, 0, |statuses| batches.push(statuses.proof.batch_id))?;
    if batches.is_empty() {
        return Err(sogoc_ledger::refusal::Refusal::UnknownBatch.into());
    }
    let before = client.latest()?;
    let load = Load {
        host: arguments.node.trim_start_matches("http://").trim_end_matches('/').to_owned(),
        issuer: arguments.issuer.clone(),
        batches,
        anchor,
        rate: arguments.rate,
        start: Instant::now(),
        end: Duration::from_secs(arguments.seconds),
        next: AtomicU64::new(0),
    };
    let seen: Vec<Result<Seen, Failure>> = thread::scope(|scope| {
        let connections: Vec<_> = (0..arguments.connections)
            .map(|seed| {
                scope.spawn({
                    let load = &load;
                    move || load.ask(seed as u64)
                })
            })
            .collect();
        connections.into_iter().map(|connection| connection.join().expect("a connection does not panic")).collect()
    });
    let elapsed = load.start.elapsed().as_millis() as u64;
    let mut all = Seen::default();
    for seen in seen {
        let seen = seen?;
        all.times.extend(seen.times);
        (all.bytes, all.verified) = (all.bytes + seen.bytes, all.verified + seen.verified);
    }
    all.times.sort_unstable();
    let answered = all.times.len() as u64;
    Ok(json!({
        "measured": "batch records with proof, of random batches of one node",
        "batches": load.batches.len(),
        "documents": before.leaves,
        "connections": arguments.connections,
        "asked_per_second": arguments.rate,
        "answered": answered,
        "answered_per_second": answered * 1_000 / elapsed.max(1),
        "verified": all.verified,
        "mean_bytes": all.bytes / answered.max(1),
        "p50_us": quantile(&all.times, 500),
        "p99_us": quantile(&all.times, 990),
        "p999_us": quantile(&all.times, 999),
        "max_us": quantile(&all.times, 1_000),
    }))
}

impl Load {
    /// When the next request is due, or none if the time is over.
    fn due(&self) -> Option<Duration> {
        let due = match self.rate {
            0 => self.start.elapsed(),
            rate => Duration::from_micros(self.next.fetch_add(1, Ordering::Relaxed) * 1_000_000 / rate),
        };
        (due < self.end).then_some(due)
    }

    /// Asks over one connection until the time is over.
    fn ask(&self, seed: u64) -> Result<Seen, Failure> {
        let broken = |error: io::Error| {
            let (vi, en) = ("Nút không trả lời", "The node does not answer");
            Failure::not_done("no-answer", format!("{vi}: {error}"), format!("{en}: {error}"))
        };
        let mut connection = Connection::open(&self.host).map_err(broken)?;
        // SplitMix64: a different walk for each connection, the same in each run.
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut seen = Seen::default();
        while let Some(due) = self.due() {
            thread::sleep(due.saturating_sub(self.start.elapsed()));
            random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (random ^ random >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            let batch = self.batches[((mixed ^ mixed >> 31) % self.batches.len() as u64) as usize];
            let body = connection.get(&format!("/v1/batches/{}/{batch}", self.issuer)).map_err(broken)?;
            let answered = self.start.elapsed();
            seen.bytes += body.len() as u64;
            if (seen.times.len() as u64).is_multiple_of(SAMPLE) {
                self.verify(batch, body)?;
                seen.verified += 1;
            }
            seen.times.push(answered.saturating_sub(due));
        }
        Ok(seen)
    }

    fn verify(&self, batch: BatchId, proof: &[u8]) -> Result<(), Failure> {
        let pointer = Pointer { chain: self.anchor.header.chain.clone(), issuer: self.issuer.clone(), batch };
        let proof = BatchProof::from_bytes(proof)
            .map_err(|error| Failure::refused("bad-answer", error.to_string(), error.to_string()))?;
        proof.verify(&pointer, &self.anchor).map(drop).map_err(|error| Failure::from(&error))
    }
}

/// A connection that stays open.
struct Connection {
    stream: TcpStream,
    host: String,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    fn open(host: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, host: host.into(), request: Vec::new(), answer: Vec::new() })
    }

    /// The body of the answer, which must be 200.
    fn get(&mut self, path: &str) -> io::Result<&[u8]> {
        self.request.clear();
        let host = &self.host;
        write!(self.request, "GET {path} HTTP/1.1\r\nhost: {host}\r\naccept: application/vnd.sogoc\r\n\r\n")?;
        self.stream.write_all(&self.request)?;
        self.answer.clear();
        let mut buffer = [0; 16 << 10];
        let (start, length) = loop {
            let count = self.stream.read(&mut buffer)?;
            self.answer.extend_from_slice(&buffer[..count]);
            if let Some(end) = self.answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break (end + 4, body_length(&self.answer[..end])?);
            }
            if count == 0 || self.answer.len() > ANSWER_BYTES_MAX {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        while self.answer.len() < start + length {
            let count = self.stream.read(&mut buffer)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.answer.extend_from_slice(&buffer[..count]);
        }
        Ok(&self.answer[start..start + length])
    }
}

/// The length that the head of a 200 announces.
fn body_length(head: &[u8]) -> io::Result<usize> {
    let strange = |what: &str| io::Error::other(format!("{what}: {}", String::from_utf8_lossy(head)));
    let text = str::from_utf8(head).map_err(|_| strange("not a head"))?;
    if !text.starts_with("HTTP/1.1 200 ") {
        return Err(strange("not 200"));
    }
    let mut fields = text.lines().skip(1).filter_map(|line| line.split_once(':'));
    let length = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|(_, value)| value.trim().parse().ok());
    length.filter(|length| *length <= ANSWER_BYTES_MAX).ok_or_else(|| strange("no length"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_200_with_a_length_is_an_answer() {
        let length = |head: &str| body_length(head.as_bytes()).ok();
        assert_eq!(length("HTTP/1.1 200 OK\r\nVary: accept\r\nContent-Length: 12"), Some(12));
        assert_eq!(length("HTTP/1.1 404 Not Found\r\ncontent-length: 12"), None);
        assert_eq!(length("HTTP/1.1 200 OK\r\nvary: accept"), None);
        assert_eq!(length("HTTP/1.1 200 OK\r\ncontent-length: 99999999999"), None);
    }
}
