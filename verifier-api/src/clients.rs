//! Who is asking for how much at the moment. Nothing is kept of a client once it is gone.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::limits::Limits;

/// Clients remembered at once; about 100 bytes each.
const CLIENTS_MAX: usize = 16_384;

/// Whom a limit is for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Client(IpAddr);

impl Client {
    /// Used where no socket is known.
    pub(crate) const UNKNOWN: Self = Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED));

    /// An IPv6 subscriber has 64 bits of addresses: those are one client.
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => Self(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64))),
            canonical => Self(canonical),
        }
    }
}

/// Why somebody has to wait.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// This client has its share.
    Client,
    /// All together ask for as much as there is.
    Everybody,
}

/// How much of each kind is in use.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
struct Uses {
    connections: usize,
    requests: usize,
    streams: usize,
    bulks: usize,
}

/// What a client has in use.
#[derive(Copy, Clone, Debug)]
struct Share {
    uses: Uses,
    /// When the last of its submissions would have come at the even pace that is allowed (GCRA).
    submitted_until: Instant,
}

#[derive(Default)]
struct Table {
    clients: BTreeMap<Client, Share>,
    all: Uses,
}

/// What all clients have in use.
pub(crate) struct Clients {
    table: Mutex<Table>,
    limits: Limits,
}

/// A share in use, given back when dropped.
pub(crate) struct Held {
    clients: Arc<Clients>,
    client: Client,
    what: What,
}

#[derive(Copy, Clone)]
enum What {
    Connection,
    Request,
    Stream,
    Bulk,
}

impl Uses {
    fn of(&mut self, what: What) -> &mut usize {
        match what {
            What::Connection => &mut self.connections,
            What::Request => &mut self.requests,
            What::Stream => &mut self.streams,
            What::Bulk => &mut self.bulks,
        }
    }
}

impl Table {
    /// What `client` has, if it may be remembered.
    fn share(&mut self, client: Client, now: Instant) -> Option<&mut Share> {
        if self.clients.len() >= CLIENTS_MAX && !self.clients.contains_key(&client) {
            self.clients.retain(|_, share| share.matters(now));
            if self.clients.len() >= CLIENTS_MAX {
                return None;
            }
        }
        let nothing = Share { uses: Uses::default(), submitted_until: now };
        Some(self.clients.entry(client).or_insert(nothing))
    }
}

impl Share {
    fn matters(&self, now: Instant) -> bool {
        self.uses != Uses::default() || self.submitted_until > now
    }
}

impl Clients {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { table: Mutex::default(), limits }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests in progress.
    pub(crate) fn requests(&self) -> usize {
        self.table().all.requests
    }

    /// Streams of events that are followed.
    pub(crate) fn streams(&self) -> usize {
        self.table().all.streams
    }

    /// Takes a connection into account; how many there are in total is the accepting loop's concern.
    pub(crate) fn connect(self: &Arc<Self>, client: Client) -> Result<Held, Wait> {
        self.take(client, What::Connection, usize::MAX, self.limits.connections_per_client)
    }

    /// Takes a request into account.
    pub(crate) fn request(self: &Arc<Self>, client: Client) -> Result<Held, Wait> {
        self.take(client, What::Request, self.limits.requests, self.limits.requests_per_client)
    }

    /// Takes a stream of events into account.
    pub(crate) fn stream(self: &Arc<Self>, client: Client) -> Result<Held, Wait> {
        self.take(client, What::Stream, self.limits.streams, self.limits.streams_per_client)
    }

    /// Takes a stream of documents to check into account.
    pub(crate) fn bulk(self: &Arc<Self>, client: Client) -> Result<Held, Wait> {
        self.take(client, What::Bulk, self.limits.bulks, self.limits.bulks_per_client)
    }

    fn take(self: &Arc<Self>, client: Client, what: What, most: usize, most_of_one: usize) -> Result<Held, Wait> {
        let mut table = self.table();
        if *table.all.of(what) >= most {
            return Err(Wait::Everybody);
        }
        let share = table.share(client, Instant::now()).ok_or(Wait::Everybody)?;
        if *share.uses.of(what) >= most_of_one {
            return Err(Wait::Client);
        }
        *share.uses.of(what) += 1;
        *table.all.of(what) += 1;
        Ok(Held { clients: self.clone(), client, what })
    }

    /// Takes a submission into account, or says how long to wait.
    pub(crate) fn submission(&self, client: Client) -> Result<(), Duration> {
        let (mut table, now) = (self.table(), Instant::now());
        let pace = Duration::from_secs(1) / self.limits.submissions_per_second.max(1);
        let lead_max = pace * self.limits.submissions_burst.saturating_sub(1);
        let share = table.share(client, now).ok_or(pace)?;
        let lead = share.submitted_until.saturating_duration_since(now);
        if lead > lead_max {
            return Err(lead - lead_max);
        }
        share.submitted_until = now + lead + pace;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut table = self.clients.table();
        *table.all.of(self.what) -= 1;
        let Some(share) = table.clients.get_mut(&self.client) else {
            return;
        };
        *share.uses.of(self.what) -= 1;
        if !share.matters(Instant::now()) {
            table.clients.remove(&self.client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(limits: Limits) -> Arc<Clients> {
        Arc::new(Clients::new(limits))
    }

    fn client(last: u8) -> Client {
        Client::of(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let of = |text: &str| Client::of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1:2:3"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }

    #[test]
    fn shares_are_given_back_and_then_forgotten() {
        let clients =
            clients(Limits { requests: 3, requests_per_client: 2, connections_per_client: 1, ..Limits::default() });
        let connection = clients.connect(client(1)).unwrap();
        assert_eq!(clients.connect(client(1)).err(), Some(Wait::Client));
        let first = clients.request(client(1)).unwrap();
        let second = clients.request(client(1)).unwrap();
        assert_eq!(clients.request(client(1)).err(), Some(Wait::Client));
        let third = clients.request(client(2)).unwrap();
        assert_eq!(clients.request(client(2)).err(), Some(Wait::Everybody));
        drop(first);
        assert!(clients.request(client(2)).is_ok());
        drop((connection, second, third));
        assert_eq!(clients.requests(), 0);
        assert!(clients.table().clients.is_empty());
    }

    #[test]
    fn each_kind_has_its_own_shares() {
        let limits = Limits { bulks: 3, bulks_per_client: 2, streams: 1, ..Limits::default() };
        let clients = clients(limits);
        let held = [client(1), client(1), client(2)].map(|client| clients.bulk(client).unwrap());
        assert_eq!(clients.bulk(client(3)).err(), Some(Wait::Everybody));
        drop(held);
        let held = [client(1), client(1)].map(|client| clients.bulk(client).unwrap());
        assert_eq!(clients.bulk(client(1)).err(), Some(Wait::Client));
        assert!(clients.bulk(client(2)).is_ok() && clients.request(client(1)).is_ok());
        let stream = clients.stream(client(1)).unwrap();
        assert_eq!(clients.stream(client(2)).err(), Some(Wait::Everybody));
        drop((held, stream));
        assert!(clients.table().clients.is_empty());
    }

    #[test]
    fn submissions_keep_a_pace_after_a_burst() {
        let clients = clients(Limits { submissions_per_second: 10, submissions_burst: 5, ..Limits::default() });
        let sent = (0..8).filter(|_| clients.submission(client(1)).is_ok());
        assert_eq!(sent.count(), 5);
        let wait = clients.submission(client(1)).unwrap_err();
        assert!(wait <= Duration::from_millis(100), "{wait:?}");
        assert!(clients.submission(client(2)).is_ok());
        std::thread::sleep(wait);
        assert!(clients.submission(client(1)).is_ok());
    }

    #[test]
    fn the_table_is_bounded() {
        let clients = clients(Limits { submissions_per_second: 1, ..Limits::default() });
        let address = |i: u32| Client::of(Ipv4Addr::from_bits(i).into());
        for i in 0..CLIENTS_MAX as u32 {
            assert!(clients.submission(address(i)).is_ok());
        }
        assert_eq!(clients.submission(address(u32::MAX)), Err(Duration::from_secs(1)));
        assert!(clients.submission(address(0)).is_ok(), "who is known stays known");
        assert_eq!(clients.table().clients.len(), CLIENTS_MAX);
    }
}
