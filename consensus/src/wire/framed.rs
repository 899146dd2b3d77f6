//! Messages that carry block bytes, framed by hand so that a body is not copied when read.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use malachite::app::streaming::{StreamContent, StreamId, StreamMessage};
use malachite_codec::{Codec, HasEncodedLen};
use malachite_sync::{RawDecidedValue, Response, ValueResponse};
use sogoc_ledger::codec;

use super::{MAX_MESSAGE_BYTES, MAX_RESPONSE_BYTES, MAX_SYNCED_BLOCKS, Wire, WireError, decode, encode};
use crate::context::{Context, Height};
use crate::parts::{Init, MAX_BLOCK_BYTES, PART_BYTES, Part, STREAM_ID_BYTES};

const TAG_INIT: u8 = 0;
pub(super) const TAG_DATA: u8 = 1;
const TAG_END: u8 = 2;

fn put_part(bytes: &mut BytesMut, part: &Part) -> Result<(), WireError> {
    match part {
        Part::Init(init) => {
            bytes.put_u8(TAG_INIT);
            bytes.put_slice(&codec::encode(init));
        }
        Part::Data(data) if data.is_empty() || data.len() > PART_BYTES => return Err(WireError::TooLong(data.len())),
        Part::Data(data) => {
            bytes.put_u8(TAG_DATA);
            bytes.put_slice(data);
        }
    }
    Ok(())
}

fn take_part(mut bytes: Bytes) -> Result<Part, WireError> {
    if bytes.is_empty() {
        return Err(WireError::Malformed("part"));
    }
    match bytes.get_u8() {
        TAG_INIT => Ok(Part::Init(codec::decode::<Init>(&bytes)?)),
        TAG_DATA if bytes.is_empty() || bytes.len() > PART_BYTES => Err(WireError::TooLong(bytes.len())),
        TAG_DATA => Ok(Part::Data(bytes)),
        _ => Err(WireError::Malformed("part")),
    }
}

impl Codec<Part> for Wire {
    type Error = WireError;

    fn decode(&self, bytes: Bytes) -> Result<Part, WireError> {
        take_part(bytes)
    }

    fn encode(&self, part: &Part) -> Result<Bytes, WireError> {
        let mut bytes = BytesMut::new();
        put_part(&mut bytes, part)?;
        Ok(bytes.freeze())
    }
}

impl Codec<StreamMessage<Part>> for Wire {
    type Error = WireError;

    fn decode(&self, mut bytes: Bytes) -> Result<StreamMessage<Part>, WireError> {
        if bytes.len() < STREAM_ID_BYTES + size_of::<u32>() {
            return Err(WireError::Malformed("stream"));
        }
        let stream = StreamId::new(bytes.split_to(STREAM_ID_BYTES));
        let sequence = u64::from(bytes.get_u32());
        let content = match &bytes[..] {
            [TAG_END] => StreamContent::Fin,
            _ => StreamContent::Data(take_part(bytes)?),
        };
        Ok(StreamMessage::new(stream, sequence, content))
    }

    fn encode(&self, message: &StreamMessage<Part>) -> Result<Bytes, WireError> {
        let stream = message.stream_id.to_bytes();
        if stream.len() != STREAM_ID_BYTES {
            return Err(WireError::Malformed("stream"));
        }
        let sequence = u32::try_from(message.sequence).map_err(|_| WireError::Malformed("sequence"))?;
        let mut bytes = BytesMut::with_capacity(PART_BYTES + STREAM_ID_BYTES + 8);
        bytes.put_slice(&stream);
        bytes.put_u32(sequence);
        match &message.content {
            StreamContent::Data(part) => put_part(&mut bytes, part)?,
            StreamContent::Fin => bytes.put_u8(TAG_END),
        }
        Ok(bytes.freeze())
    }
}

fn take(bytes: &mut Bytes, length_max: usize) -> Result<Bytes, WireError> {
    if bytes.len() < size_of::<u32>() {
        return Err(WireError::Malformed("response"));
    }
    let length = bytes.get_u32() as usize;
    if length > length_max {
        return Err(WireError::TooLong(length));
    }
    if length > bytes.len() {
        return Err(WireError::Malformed("response"));
    }
    Ok(bytes.split_to(length))
}

fn put(bytes: &mut BytesMut, part: &[u8]) -> Result<(), WireError> {
    bytes.put_u32(u32::try_from(part.len()).map_err(|_| WireError::TooLong(part.len()))?);
    bytes.put_slice(part);
    Ok(())
}

impl Codec<Response<Context>> for Wire {
    type Error = WireError;

    fn decode(&self, mut bytes: Bytes) -> Result<Response<Context>, WireError> {
        if bytes.len() > MAX_RESPONSE_BYTES {
            return Err(WireError::TooLong(bytes.len()));
        }
        if bytes.len() < size_of::<u64>() {
            return Err(WireError::Malformed("response"));
        }
        let start = Height(bytes.get_u64());
        let mut values = Vec::new();
        while !bytes.is_empty() {
            if values.len() == MAX_SYNCED_BLOCKS {
                return Err(WireError::TooLong(values.len() + 1));
            }
            let certificate = decode(&take(&mut bytes, MAX_MESSAGE_BYTES)?)?;
            values.push(RawDecidedValue::new(take(&mut bytes, MAX_BLOCK_BYTES)?, certificate));
        }
        Ok(Response::ValueResponse(ValueResponse::new(start, values)))
    }

    fn encode(&self, response: &Response<Context>) -> Result<Bytes, WireError> {
        let Response::ValueResponse(response) = response;
        let body: usize = response.values.iter().map(|value| value.value_bytes.len()).sum();
        let mut bytes = BytesMut::with_capacity(body + (response.values.len() + 1) * 1_024);
        bytes.put_u64(response.start_height.0);
        for value in &response.values {
            put(&mut bytes, &encode(&value.certificate)?)?;
            put(&mut bytes, &value.value_bytes)?;
        }
        Ok(bytes.freeze())
    }
}

impl HasEncodedLen<Response<Context>> for Wire {
    fn encoded_len(&self, response: &Response<Context>) -> Result<usize, WireError> {
        let Response::ValueResponse(response) = response;
        response.values.iter().try_fold(size_of::<u64>(), |length, value| {
            Ok(length + 2 * size_of::<u32>() + encode(&value.certificate)?.len() + value.value_bytes.len())
        })
    }
}
