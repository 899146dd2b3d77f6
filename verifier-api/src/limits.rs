//! How much any client, and all of them together, may ask for.
//!
//! Each limit guards memory, file descriptors or the processor time that consensus needs. A client is an IPv4 address or
//! an IPv6 network of 64 bits, as the socket shows it; behind a proxy all are one, and the proxy has to limit them.

use std::time::Duration;

use sogoc_ledger::transaction::MAX_TRANSACTION_BYTES;

/// How much is too much. The defaults suit a node with two cores that anybody may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Body of a request, in bytes: the largest transaction.
    pub body_bytes: usize,
    /// Head of a request, in bytes; never less than 8,192. Our own have under 1,000.
    pub head_bytes: usize,
    /// Header fields of a request.
    pub header_fields: usize,
    /// A client may take this long to send a head, and to begin its next request. Bounds idle connections too.
    pub head_timeout: Duration,
    /// And this long to send a body, or a line of many: the largest transaction at 100 kbit/s.
    pub body_timeout: Duration,
    /// An answer takes at most this long: the longest wait ([`crate::WAIT_SECONDS_MAX`]) and time for the answer itself.
    pub answer_timeout: Duration,
    /// A client that takes no byte of its answer for this long is gone.
    pub stall_timeout: Duration,
    /// A connection is closed after its present request once it is this old: what drips is bounded too. Only a bulk check
    /// may then go on for [`Limits::bulk_time`].
    pub connection_age: Duration,
    /// When the node stops, requests have this long to end.
    pub farewell: Duration,
    /// Open connections. Each costs two buffers of [`Limits::head_bytes`] and a file descriptor.
    pub connections: usize,
    /// Open connections of one client: an office behind one address.
    pub connections_per_client: usize,
    /// Requests whose answer is not sent yet. The largest answers, batches in which every
    /// status changed, have 2 MB; most have under 10 kB.
    pub requests: usize,
    /// The same, of one client.
    pub requests_per_client: usize,
    /// Streams of events. Each is a request too: these leave three quarters of [`Limits::requests`] to others.
    pub streams: usize,
    /// The same, of one client: a quarter of them.
    pub streams_per_client: usize,
    /// A stream that has nothing to tell gives a sign of life this often: proxies take silence of half a minute for death.
    pub heartbeat: Duration,
    /// Documents checked at once, each on a thread of its own: half of the processor, so that consensus keeps the other.
    pub checks: usize,
    /// Bulk checks at once. Each holds some 5 MB, never more than 40.
    pub bulks: usize,
    /// The same, of one client.
    pub bulks_per_client: usize,
    /// Lines of a bulk check: more than a university has applicants.
    pub bulk_lines: u64,
    /// A bulk check takes at most this long, which is ten times what its lines take one processor: slow clients make room.
    pub bulk_time: Duration,
    /// Transactions of one client in a second. Checking one takes 50 µs: this many leave most of a core.
    pub submissions_per_second: u32,
    /// Transactions that one client may send at once after a pause: more batches than a school has in a year.
    pub submissions_burst: u32,
    /// Reads of the store at once. They run on threads of their own, so that a slow disk holds up no socket, and few, so
    /// that they leave the processor to consensus.
    pub reads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: MAX_TRANSACTION_BYTES,
            head_bytes: 16 << 10,
            header_fields: 64,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(45),
            stall_timeout: Duration::from_secs(20),
            connection_age: Duration::from_secs(600),
            farewell: Duration::from_secs(5),
            connections: 1_024,
            connections_per_client: 256,
            requests: 512,
            requests_per_client: 128,
            streams: 128,
            streams_per_client: 32,
            heartbeat: Duration::from_secs(15),
            checks: std::thread::available_parallelism().map_or(1, |processors| (processors.get() / 2).max(1)),
            bulks: 4,
            bulks_per_client: 2,
            bulk_lines: 100_000,
            bulk_time: Duration::from_secs(600),
            submissions_per_second: 1_000,
            submissions_burst: 2_000,
            reads: 8,
        }
    }
}
