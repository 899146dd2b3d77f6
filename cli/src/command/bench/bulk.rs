//! Has a node verify learners' files in bulk: how many a second, from the first byte sent to the last verdict.
//!
//! The stream is HTTP/1.0, so that the answer is what follows the head, and it is read while it is sent.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sogoc_credential::bundle::MAX_BUNDLE_BYTES;

use crate::failure::Failure;
use crate::files;

/// A node that says nothing for so long has failed the measurement.
const PATIENCE: Duration = Duration::from_secs(60);

/// Options of the measurement.
#[derive(clap::Args)]
pub struct Arguments {
    /// Learners' files, sent in turn.
    #[arg(required = true)]
    bundles: Vec<PathBuf>,
    /// The node.
    #[arg(long, env = "SOGOC_NODE", default_value = "http://127.0.0.1:27201", value_name = "URL")]
    node: String,
    /// Documents in the stream.
    #[arg(long, default_value_t = 20_000)]
    count: usize,
}

/// Runs the measurement.
pub fn run(arguments: &Arguments) -> Result<Value, Failure> {
    let lines = arguments.bundles.iter().map(|path| {
        let bundle = files::read(path, MAX_BUNDLE_BYTES)?;
        let bundle: Value =
            serde_json::from_slice(&bundle).map_err(|error| Failure::unreadable(path, &io::Error::from(error)))?;
        Ok(format!("{bundle}\n"))
    });
    let lines = lines.collect::<Result<Vec<String>, Failure>>()?;
    let host = arguments.node.trim_start_matches("http://").trim_end_matches('/');
    let broken = |error: io::Error| {
        let (vi, en) = ("Nút không trả lời", "The node does not answer");
        Failure::not_done("no-answer", format!("{vi}: {error}"), format!("{en}: {error}"))
    };
    let start = Instant::now();
    let answer = exchange(host, &lines, arguments.count).map_err(broken)?;
    let elapsed = start.elapsed().as_millis() as u64;
    let last = answer.trim_end().lines().next_back().unwrap_or_default();
    let last: Value = serde_json::from_str(last).unwrap_or_default();
    let summary = &last["summary"];
    if summary["lines"] != json!(arguments.count) || summary["valid"] != summary["lines"] {
        let first = answer.lines().next().unwrap_or_default();
        return Err(Failure::refused("not-valid", format!("{first}\n{last}"), format!("{first}\n{last}")));
    }
    Ok(json!({
        "measured": "documents verified by a node, one stream",
        "files": lines.len(),
        "documents": arguments.count,
        "mean_document_bytes": lines.iter().map(String::len).sum::<usize>() / lines.len(),
        "ms": elapsed,
        "documents_per_second": arguments.count as u64 * 1_000 / elapsed.max(1),
    }))
}

/// Sends `count` of the lines in turn; the answer's body.
fn exchange(host: &str, lines: &[String], count: usize) -> io::Result<String> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut sending = stream.try_clone()?;
    let turn = || lines.iter().cycle().take(count);
    let length: usize = turn().map(String::len).sum();
    thread::scope(|scope| {
        let sent = scope.spawn(move || {
            let head = format!("POST /v1/verify/bulk HTTP/1.0\r\nhost: {host}\r\ncontent-type: application/x-ndjson");
            let mut sending = io::BufWriter::with_capacity(64 << 10, &mut sending);
            write!(sending, "{head}\r\ncontent-length: {length}\r\n\r\n")?;
            turn().try_for_each(|line| sending.write_all(line.as_bytes()))?;
            sending.flush()
        });
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        sent.join().expect("the sender does not panic")?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        if head.split(' ').nth(1) != Some("200") {
            return Err(io::Error::other(answer));
        }
        Ok(body.to_owned())
    })
}
