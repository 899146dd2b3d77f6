//! Where a node listens, and the libp2p name of its network key.
//!
//! # Format
//!
//! An [`Address`] is a multiaddr of exactly two parts, `/ip4|ip6|dns|dns4|dns6/<host>/tcp/<port>`, in its one spelling:
//! IP addresses as RFC 5952 and RFC 6943 §3.1.1 write them, host names of lower-case labels, a port from 1 to 65535
//! without leading zeros. Who is expected there is not part of it: peers are pinned by their network key.
//!
//! The peer id of an Ed25519 key is base58btc of `00 24 08 01 12 20 ‖ key`: the identity multihash
//! of the protobuf of a public key (libp2p specification "Peer Ids").

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use sogoc_ledger::signature::PublicKey;

/// Longest DNS name, in bytes (RFC 1035 §2.3.4).
const HOST_BYTES_MAX: usize = 253;

/// Longest label of a DNS name, in bytes (RFC 1035 §2.3.4).
const LABEL_BYTES_MAX: usize = 63;

/// A TCP address as multiaddr text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address(String);

/// The text is not an [`Address`].
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct NotAnAddress;

impl Address {
    /// The address of `port` on this machine alone.
    pub fn localhost(port: u16) -> Self {
        Self(format!("/ip4/127.0.0.1/tcp/{port}"))
    }

    /// The multiaddr.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where a node listens that is reached here: on every interface, for an address may be a name or a gateway's; on this
    /// machine alone if it is this machine's alone.
    pub fn to_listen_on(&self) -> Self {
        let parts: Vec<&str> = self.0.split('/').collect();
        let (kind, host, port) = match parts[..] {
            [_, kind, host, _, port] => (kind, host, port),
            _ => return self.clone(),
        };
        match host.parse::<IpAddr>() {
            Ok(ip) if ip.is_loopback() => self.clone(),
            _ if matches!(kind, "ip6" | "dns6") => Self(format!("/ip6/::/tcp/{port}")),
            _ => Self(format!("/ip4/0.0.0.0/tcp/{port}")),
        }
    }

    /// The multiaddr of this address with the peer that must answer there.
    pub fn with_peer(&self, network: &PublicKey) -> String {
        format!("{}/p2p/{}", self.0, peer_id(network))
    }
}

fn is_host_name(host: &str) -> bool {
    host.len() <= HOST_BYTES_MAX
        && host.split('.').all(|label| {
            (1..=LABEL_BYTES_MAX).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let parts: Vec<&str> = text.splitn(6, '/').collect();
        let ["", kind, host, "tcp", port] = parts[..] else {
            return Err(NotAnAddress);
        };
        let host_is_right = match kind {
            "ip4" => host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.to_string() == host),
            "ip6" => host.parse::<Ipv6Addr>().is_ok_and(|ip| ip.to_string() == host),
            "dns" | "dns4" | "dns6" => is_host_name(host),
            _ => false,
        };
        let port_is_right = port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port);
        if host_is_right && port_is_right { Ok(Self(text.into())) } else { Err(NotAnAddress) }
    }
}

impl fmt::Display for NotAnAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an address as /ip4/192.0.2.1/tcp/27001 or /dns/node.example.vn/tcp/27001")
    }
}

impl std::error::Error for NotAnAddress {}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// The libp2p peer id of a network key; empty for a key that no node has.
pub fn peer_id(network: &PublicKey) -> String {
    let id = |key: &[u8; 32]| base58(&[&[0x00, 0x24, 0x08, 0x01, 0x12, 0x20], key.as_slice()].concat());
    network.as_ed25519().map(id).unwrap_or_default()
}

/// Base58 with the alphabet of Bitcoin: the bytes as one big-endian number, and a `1` for each leading zero byte.
fn base58(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut digits: Vec<u8> = Vec::new(); // least significant first
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).map(|_| 0);
    zeros.chain(digits.iter().rev().copied()).map(|digit| char::from(ALPHABET[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;
    use proptest::prelude::*;

    #[test]
    fn an_address_has_one_spelling() {
        for good in
            ["/ip4/127.0.0.1/tcp/27001", "/ip6/2001:db8::1/tcp/1", "/dns/so-goc.hcm.edu.vn/tcp/65535", "/dns4/a/tcp/80"]
        {
            assert_eq!(good.parse::<Address>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "/",
            "127.0.0.1:27001",
            "/ip4/127.0.0.1/udp/1",
            "/ip4/127.0.0.1/tcp/0",
            "/ip4/127.0.0.1/tcp/01",
            "/ip4/127.0.0.1/tcp/65536",
            "/ip4/127.0.0.1/tcp/1/",
            "/ip4/127.0.0.1/tcp/1/p2p/x",
            "/ip4/127.0.0.01/tcp/1",
            "/ip6/2001:DB8::1/tcp/1",
            "/dns/A.vn/tcp/1",
            "/dns/-a.vn/tcp/1",
            "/dns/a..vn/tcp/1",
            "/dns//tcp/1",
            "ip4/127.0.0.1/tcp/1",
            "/ip4/127.0.0.1/tcp/+1",
            "/dns/sở.vn/tcp/1",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn one_listens_everywhere_unless_reached_from_here_alone() {
        for (reached, listens) in [
            ("/ip4/127.0.0.7/tcp/1", "/ip4/127.0.0.7/tcp/1"),
            ("/ip6/::1/tcp/2", "/ip6/::1/tcp/2"),
            ("/ip4/203.0.113.7/tcp/3", "/ip4/0.0.0.0/tcp/3"),
            ("/ip6/2001:db8::1/tcp/4", "/ip6/::/tcp/4"),
            ("/dns/so-goc.example.vn/tcp/5", "/ip4/0.0.0.0/tcp/5"),
            ("/dns6/so-goc.example.vn/tcp/6", "/ip6/::/tcp/6"),
        ] {
            let listens: Address = listens.parse().unwrap();
            assert_eq!(reached.parse::<Address>().unwrap().to_listen_on(), listens);
        }
    }

    proptest! {
        #[test]
        fn peer_ids_are_those_of_libp2p(seed: [u8; 32]) {
            let key = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
            let theirs = libp2p_identity::ed25519::PublicKey::try_from_bytes(&key).unwrap();
            let theirs = libp2p_identity::PublicKey::from(theirs).to_peer_id().to_string();
            prop_assert_eq!(peer_id(&PublicKey::Ed25519(key)), theirs);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<Address>();
        }
    }
}
