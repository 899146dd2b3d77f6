//! What two nodes say to each other.
//!
//! # Format
//!
//! Protocol `/sogoc/gossip/2`. Each message is a substream of its own that the sender closes after the last
//! byte, at most [`MESSAGE_BYTES_MAX`]; the receiver answers one byte when it has taken the message.
//!
//! ```text
//! message = 0 ‖ chain id (length byte, text) ‖ neighbours     hello
//!         | 1 ‖ transactions                                  at least one
//!         | 2 ‖ work (108 bytes, see `work`)
//!         | 3 ‖ height (8, most significant first)             of the sender's last block
//! neighbours   = (length byte ‖ peer id)*                     ascending, none twice, at most NEIGHBOURS_MAX
//! transactions = (length (4, most significant first) ‖ encoded transaction)*
//! reply   = 0 taken | 1 busy: again later | 2 another chain | 3 hello first
//! ```
//!
//! One value has one encoding. The transactions themselves are not looked into here.

use std::io;

use async_trait::async_trait;
use bytes::{Buf, Bytes};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::{PeerId, StreamProtocol, request_response};
use sogoc_ledger::codec;
use sogoc_ledger::name::{ChainId, Height};
use sogoc_ledger::transaction::MAX_TRANSACTION_BYTES;

use super::Fault;
use super::work::Work;

/// The protocol and its version.
pub const PROTOCOL: StreamProtocol = StreamProtocol::new("/sogoc/gossip/2");

/// One message, in bytes: a batch that is flushed at 256 KiB may end in one more transaction of the largest size.
pub const MESSAGE_BYTES_MAX: usize = 640 << 10;

/// Peers a hello may name: two full validator sets, and as many observers.
pub const NEIGHBOURS_MAX: usize = 512;

/// Bytes before each transaction.
pub const LENGTH_BYTES: usize = 4;

/// What a node says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// First on every connection, and now and then to see whether the other still answers.
    Hello {
        /// The network.
        chain: ChainId,
        /// Whose messages reach the sender directly, ascending.
        neighbours: Vec<PeerId>,
    },
    /// Encoded transactions.
    Transactions(Vec<Bytes>),
    /// There is work at a height.
    Work(Work),
    /// The height of the sender's last block.
    Height(Height),
}

/// What the other answers.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The message was taken.
    Taken,
    /// Nothing was taken: again, later.
    Busy,
    /// The hello names another chain.
    OtherChain,
    /// Nothing was taken: a hello comes first.
    HelloFirst,
}

impl Reply {
    const ALL: [Self; 4] = [Self::Taken, Self::Busy, Self::OtherChain, Self::HelloFirst];
}

impl Message {
    /// The bytes of the message.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Hello { chain, neighbours } => {
                let mut bytes = vec![0];
                bytes.extend(codec::encode(chain));
                for peer in neighbours {
                    let id = peer.to_bytes();
                    bytes.push(id.len() as u8);
                    bytes.extend(id);
                }
                bytes
            }
            Self::Transactions(transactions) => {
                let length = transactions.iter().map(|transaction| LENGTH_BYTES + transaction.len()).sum::<usize>();
                let mut bytes = Vec::with_capacity(1 + length);
                bytes.push(1);
                for transaction in transactions {
                    bytes.extend((transaction.len() as u32).to_be_bytes());
                    bytes.extend_from_slice(transaction);
                }
                bytes
            }
            Self::Work(work) => [vec![2], codec::encode(work)].concat(),
            Self::Height(height) => [vec![3], codec::encode(height)].concat(),
        }
    }

    /// The message that `bytes` are.
    ///
    /// # Errors
    /// [`Fault::Oversize`] or [`Fault::Malformed`].
    pub fn decode(mut bytes: Bytes) -> Result<Self, Fault> {
        if bytes.len() > MESSAGE_BYTES_MAX {
            return Err(Fault::Oversize);
        }
        match bytes.try_get_u8().map_err(|_| Fault::Malformed)? {
            0 => decode_hello(bytes),
            1 => decode_transactions(bytes),
            2 => codec::decode(&bytes).map(Self::Work).map_err(|_| Fault::Malformed),
            3 => codec::decode(&bytes).map(Self::Height).map_err(|_| Fault::Malformed),
            _ => Err(Fault::Malformed),
        }
    }
}

fn decode_hello(mut bytes: Bytes) -> Result<Message, Fault> {
    let chain_bytes = 1 + usize::from(*bytes.first().ok_or(Fault::Malformed)?);
    let chain = codec::decode(&take(&mut bytes, chain_bytes)?).map_err(|_| Fault::Malformed)?;
    let mut neighbours = Vec::new();
    while let Ok(length) = bytes.try_get_u8() {
        let id = take(&mut bytes, usize::from(length))?;
        let peer = PeerId::from_bytes(&id).map_err(|_| Fault::Malformed)?;
        let in_order = neighbours.last().is_none_or(|last| *last < peer);
        if !in_order || peer.to_bytes() != id || neighbours.len() == NEIGHBOURS_MAX {
            return Err(Fault::Malformed);
        }
        neighbours.push(peer);
    }
    Ok(Message::Hello { chain, neighbours })
}

fn decode_transactions(mut bytes: Bytes) -> Result<Message, Fault> {
    let mut transactions = Vec::new();
    while !bytes.is_empty() {
        let length = bytes.try_get_u32().map_err(|_| Fault::Malformed)? as usize;
        if length == 0 || length > MAX_TRANSACTION_BYTES {
            return Err(Fault::Malformed);
        }
        // A copy: a slice would keep the whole message in memory for as long as one transaction waits.
        transactions.push(Bytes::copy_from_slice(&take(&mut bytes, length)?));
    }
    if transactions.is_empty() { Err(Fault::Malformed) } else { Ok(Message::Transactions(transactions)) }
}

fn take(bytes: &mut Bytes, count: usize) -> Result<Bytes, Fault> {
    if count > bytes.len() { Err(Fault::Malformed) } else { Ok(bytes.split_to(count)) }
}

/// Reads and writes messages on substreams.
#[derive(Clone, Debug, Default)]
pub struct Wire;

/// Reads to the end of the stream or the limit, reserving only for what has arrived.
async fn read_at_most<T: AsyncRead + Unpin + Send>(io: &mut T, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io.take(bytes_max as u64).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Fault::Malformed)
}

#[async_trait]
impl request_response::Codec for Wire {
    type Protocol = StreamProtocol;
    /// What was read may be a fault: request-response keeps an error of `read_request` to itself.
    type Request = Result<Message, Fault>;
    type Response = Reply;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Self::Request>
    where
        T: AsyncRead + Unpin + Send,
    {
        // One byte over the limit is read, and refused as oversize.
        Ok(Message::decode(read_at_most(io, MESSAGE_BYTES_MAX + 1).await?.into()))
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Reply>
    where
        T: AsyncRead + Unpin + Send,
    {
        match read_at_most(io, 2).await?[..] {
            // The other went away before it answered: no fault of its.
            [] => Err(io::ErrorKind::UnexpectedEof.into()),
            [code] => Reply::ALL.get(usize::from(code)).copied().ok_or_else(malformed),
            _ => Err(malformed()),
        }
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, message: Self::Request) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&message.map_err(io::Error::other)?.encode()).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, reply: Reply) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&[reply as u8]).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hello() -> Message {
        let mut neighbours: Vec<PeerId> = (0..3).map(|_| PeerId::random()).collect();
        neighbours.sort_unstable();
        Message::Hello { chain: "thu".parse().unwrap(), neighbours }
    }

    fn messages() -> [Message; 4] {
        let work = Work::sign(&"thu".parse().unwrap(), 7, &ed25519_dalek::SigningKey::from_bytes(&[7; 32]));
        let transactions = vec![Bytes::from_static(b"a"), Bytes::from_static(b"bc")];
        [hello(), Message::Transactions(transactions), Message::Work(work), Message::Height(0x0102)]
    }

    #[test]
    fn bytes_are_as_the_format_says() {
        let [_, transactions, work, height] = messages();
        assert_eq!(transactions.encode(), b"\x01\0\0\0\x01a\0\0\0\x02bc");
        assert_eq!(work.encode().len(), 1 + 108);
        assert_eq!(height.encode(), b"\x03\0\0\0\0\0\0\x01\x02");
        let alone = Message::Hello { chain: "thu".parse().unwrap(), neighbours: Vec::new() };
        assert_eq!(alone.encode(), b"\0\x03thu");
        for (code, reply) in Reply::ALL.into_iter().enumerate() {
            assert_eq!(reply as usize, code);
        }
    }

    #[test]
    fn messages_come_back_and_their_parts_do_not() {
        for message in messages() {
            let bytes = message.encode();
            assert_eq!(Message::decode(bytes.clone().into()), Ok(message));
            for cut in 0..bytes.len() {
                if let Ok(shorter) = Message::decode(bytes[..cut].to_vec().into()) {
                    assert_eq!(shorter.encode(), bytes[..cut], "cut at {cut}");
                }
            }
            let mut trailing = bytes;
            trailing.push(0);
            assert_eq!(Message::decode(trailing.into()), Err(Fault::Malformed));
        }
    }

    #[test]
    fn lists_are_bounded_and_in_order() {
        let Message::Hello { chain, neighbours } = hello() else { unreachable!() };
        let mut twice = neighbours.clone();
        twice.insert(0, neighbours[0]);
        let mut backwards = neighbours.clone();
        backwards.reverse();
        let mut many: Vec<PeerId> = (0..=NEIGHBOURS_MAX).map(|_| PeerId::random()).collect();
        many.sort_unstable();
        for neighbours in [twice, backwards, many] {
            let bytes = Message::Hello { chain: chain.clone(), neighbours }.encode();
            assert_eq!(Message::decode(bytes.into()), Err(Fault::Malformed));
        }
        let large = |length| Message::Transactions(vec![vec![7; length].into()]);
        assert!(Message::decode(large(MAX_TRANSACTION_BYTES).encode().into()).is_ok());
        for message in [large(MAX_TRANSACTION_BYTES + 1), large(0), Message::Transactions(Vec::new())] {
            assert_eq!(Message::decode(message.encode().into()), Err(Fault::Malformed));
        }
        assert_eq!(Message::decode(vec![1; MESSAGE_BYTES_MAX + 1].into()), Err(Fault::Oversize));
        assert_eq!(Message::decode(vec![9].into()), Err(Fault::Malformed));
    }

    proptest! {
        #[test]
        fn whatever_decodes_is_canonical(kind in 0u8..5, rest in proptest::collection::vec(0u8..8, 0..64)) {
            let bytes = [vec![kind], rest].concat();
            if let Ok(message) = Message::decode(bytes.clone().into()) {
                prop_assert_eq!(message.encode(), bytes);
            }
        }
    }
}
