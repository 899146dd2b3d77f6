//! One message to a receiver.
//!
//! # Format
//!
//! The Standard Webhooks specification (1.0.0), symmetric: `POST` of the event's JSON with
//!
//! ```text
//! webhook-id:         <chain>_<height>_<n>
//! webhook-timestamp:  seconds since 1970 at this attempt
//! webhook-signature:  v1,<base64 of HMAC-SHA256(secret, id ‖ "." ‖ timestamp ‖ "." ‖ body)>
//! ```
//!
//! The id is the event's, whichever node sends it and however often: a receiver that remembers ids takes each event once.
//!
//! # Limits
//!
//! Redirects are not followed and proxies of the environment not used: what is not in the configuration is not asked. An
//! answer's head is bounded and its body is not read. [`PATIENCE`] bounds all of it.

use std::time::Duration;

use base64ct::{Base64, Encoding};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use sogoc_genesis::{WebhookSecret, WebhookUrl};
use sogoc_verifier_api::events::Event;

/// A receiver has this long for all of one message: the specification's 15 to 30 seconds.
const PATIENCE: Duration = Duration::from_secs(15);

/// And of that this long to be connected to.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// Longest head of an answer, in bytes.
const ANSWER_HEAD_BYTES_MAX: usize = 16 << 10;

/// Why a message was not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Another status than 2xx.
    #[error("it answered {0}")]
    Answered(u16),
    /// No answer. The library's words may repeat the address, so they are not passed on.
    #[error("no answer: {0}")]
    Unreachable(&'static str),
}

/// Sends messages to one target.
#[derive(Clone)]
pub struct Sender {
    agent: ureq::Agent,
    url: WebhookUrl,
}

/// What is sent.
pub struct Message {
    id: String,
    body: String,
}

impl Message {
    /// Of an event.
    pub fn of(event: &Event) -> Self {
        let place = event.place.to_string().replace('.', "_");
        Self { id: format!("{}_{place}", event.chain), body: event.rendered().to_string() }
    }

    fn signature(&self, secret: &WebhookSecret, timestamp: u64) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.bytes()).expect("a key of HMAC has any length");
        mac.update(format!("{}.{timestamp}.", self.id).as_bytes());
        mac.update(self.body.as_bytes());
        format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()))
    }
}

impl Sender {
    /// To this address.
    pub fn new(url: WebhookUrl) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .timeout_connect(Some(CONNECT_PATIENCE))
            .max_response_header_size(ANSWER_HEAD_BYTES_MAX)
            .max_idle_connections(1)
            .user_agent(concat!("sogoc-node/", env!("CARGO_PKG_VERSION")));
        Self { agent: config.build().into(), url }
    }

    /// Sends it, and waits until it is taken or not. Blocking.
    pub fn send(&self, message: &Message, secret: &WebhookSecret, timestamp: u64) -> Result<(), NotTaken> {
        let answer = self
            .agent
            .post(self.url.as_str())
            .content_type("application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", message.signature(secret, timestamp))
            .send(message.body.as_bytes());
        match answer {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(NotTaken::Answered(answer.status().as_u16())),
            Err(error) => Err(NotTaken::Unreachable(in_short(&error))),
        }
    }
}

fn in_short(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Timeout(_) => "it took too long",
        ureq::Error::HostNotFound => "the name is not known",
        ureq::Error::ConnectionFailed => "no connection",
        ureq::Error::Io(_) => "the connection failed",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
            "TLS failed: is its certificate of a public authority, and valid?"
        }
        ureq::Error::LargeResponseHeader(..) => "the head of its answer is too long",
        _ => "not an HTTP answer",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The example of the specification and of its libraries.
    #[test]
    fn signatures_are_those_of_the_specification() {
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let message = Message { id: "msg_p5jXN8AQM9LWM0D4loKWxJek".into(), body: "{\"test\": 2432232314}".into() };
        let signature = message.signature(&secret, 1_614_265_330);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_ne!(message.signature(&secret, 1_614_265_331), signature);
    }
}
