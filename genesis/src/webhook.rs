//! Webhooks: where a node tells of events, and the secrets that it signs them with.
//!
//! # Format
//!
//! In `node.toml`, at most [`WEBHOOKS_MAX`] times:
//!
//! ```toml
//! [[webhook]]
//! url = "https://truong.example.vn/so-goc"
//! secret = "keys/webhook.secret"
//! issuers = ["thcs-mau-1"]              # absent: all
//! ```
//!
//! The file of a secret holds one line: `whsec_` and 24 to 64 bytes in padded base64, as the Standard Webhooks
//! specification (1.0.0) writes them. Its mode is 0600, as that of a key file.
//!
//! # Invariants
//!
//! * Who is told is written in the configuration and nowhere else: no request and no block names a target.
//! * The address has no user, password or fragment, and no encryption only on this machine: what is told is public, but a
//!   receiver acts on it.
//! * A secret is in no `Debug`, no error and no log, and is wiped when dropped.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use sogoc_ledger::name::IssuerId;
use zeroize::Zeroizing;

use crate::document::{At, FromValue, Value};
use crate::files;
use crate::issuers::FilePath;
use crate::problem::{Code, Problem};

/// Webhooks of one node: each is a task and at most one connection.
pub const WEBHOOKS_MAX: usize = 32;

/// Issuers of one webhook, each looked for in each event: more than a receiver short of everybody has.
const WEBHOOK_ISSUERS_MAX: usize = 1_000;

/// Longest address, in bytes.
const URL_BYTES_MAX: usize = 1_000;

/// Longest file of a secret, in bytes: the longest secret has 94.
const SECRET_FILE_BYTES_MAX: usize = 128;

const SECRET_PREFIX: &str = "whsec_";

/// Bytes of a secret, shortest and longest.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Bytes of a new secret: as many as the hash has.
const NEW_SECRET_BYTES: usize = 32;

/// Who is told of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Where to.
    pub url: WebhookUrl,
    /// The file of its secret.
    pub secret: PathBuf,
    /// Whose events; none: everybody's.
    pub issuers: Option<Vec<IssuerId>>,
}

impl Webhook {
    /// With the secret's path relative to `base`.
    pub(crate) fn beside(mut self, base: &Path) -> Self {
        self.secret = base.join(&self.secret);
        self
    }
}

impl FromValue for Webhook {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (url, secret, issuers) = (fields.get("url"), fields.get("secret"), fields.maybe("issuers"));
        fields.finish();
        let FilePath(secret) = secret?;
        Some(Self { url: url?, secret, issuers: issuers.map(|Issuers(issuers)| issuers) })
    }
}

struct Issuers(Vec<IssuerId>);

impl FromValue for Issuers {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let issuers = at.list(value, WEBHOOK_ISSUERS_MAX)?;
        let some = (!issuers.is_empty()).then_some(Self(issuers));
        at.expect(some, "at least one issuer, or no list at all")
    }
}

/// An address that a node may post to.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl {
    text: String,
    /// Host and port within it.
    authority: std::ops::Range<usize>,
}

impl WebhookUrl {
    /// The address, if it may be one.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.len() <= URL_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let (scheme, rest) = text.split_once("://").filter(|_| plain)?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let (host, port) = match authority.strip_prefix('[') {
            Some(v6) => v6.split_once(']').filter(|(address, _)| address.parse::<Ipv6Addr>().is_ok())?,
            None => authority.find(':').map_or((authority, ""), |colon| authority.split_at(colon)),
        };
        let port_fits = port.is_empty() || port.strip_prefix(":").is_some_and(is_port);
        let here = host == "localhost"
            || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
            || host.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback());
        let host_fits =
            !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte));
        let scheme_fits = scheme == "https" || scheme == "http" && here;
        let begin = scheme.len() + 3;
        (scheme_fits && host_fits && port_fits && !text.contains('#'))
            .then(|| Self { text: text.into(), authority: begin..begin + authority.len() })
    }

    /// All of it. Its path may be a secret of the receiver's: not for logs.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host and port.
    pub fn host(&self) -> &str {
        &self.text[self.authority.clone()]
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse().is_ok_and(|port: u16| port > 0)
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookUrl({} …)", self.host())
    }
}

impl FromValue for WebhookUrl {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let url = if let Value::Text(text) = &value { Self::parse(text) } else { None };
        at.expect(url, "an address with https:// (http:// to this machine only), without user, password or #")
    }
}

/// What a receiver checks the messages with. Wiped when dropped.
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

impl WebhookSecret {
    /// A new secret, which is only in memory yet.
    ///
    /// # Errors
    /// No randomness.
    pub fn generate() -> Result<Self, Problem> {
        let mut bytes = Zeroizing::new(vec![0; NEW_SECRET_BYTES]);
        getrandom::fill(&mut bytes).map_err(|_| Problem::new(Code::NoRandomness, "", ""))?;
        Ok(Self(bytes))
    }

    /// The secret in the file at `path`.
    ///
    /// # Errors
    /// The file is not that of a secret, or others may access it.
    pub fn load(path: &Path) -> Result<Self, Problem> {
        let text = files::load_private(path, SECRET_FILE_BYTES_MAX)?;
        let wrong = || Problem::new(Code::WrongValue, path.display(), "expected whsec_ and 24 to 64 bytes in base64");
        std::str::from_utf8(&text).ok().and_then(Self::parse).ok_or_else(wrong)
    }

    /// The secret that `text` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_suffix('\n').unwrap_or(text).strip_prefix(SECRET_PREFIX)?;
        let mut bytes = Zeroizing::new(vec![0; SECRET_FILE_BYTES_MAX]);
        let length = Base64::decode(encoded, bytes.as_mut_slice()).ok()?.len();
        bytes.truncate(length);
        SECRET_BYTES.contains(&length).then_some(Self(bytes))
    }

    /// Writes the secret to a new file.
    ///
    /// # Errors
    /// The file exists or cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Problem> {
        let mut encoded = Zeroizing::new([0; SECRET_FILE_BYTES_MAX]);
        let mut text = Zeroizing::new(String::with_capacity(SECRET_FILE_BYTES_MAX));
        text.push_str(SECRET_PREFIX);
        text.push_str(
            Base64::encode(&self.0, encoded.as_mut_slice()).expect("the buffer is longer than the longest secret"),
        );
        text.push('\n');
        files::write_new(path, &text, true)
    }

    /// The key of the signatures.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_encrypted_or_on_this_machine_and_holds_no_password() {
        for good in [
            "https://truong.example.vn",
            "https://truong.example.vn/so-goc?x=1@2",
            "https://192.0.2.1:8443/a",
            "https://[2001:db8::1]:8443/",
            "http://localhost:8080/a",
            "http://127.9.9.9/",
            "http://[::1]:1",
        ] {
            assert_eq!(WebhookUrl::parse(good).as_ref().map(WebhookUrl::as_str), Some(good));
        }
        for bad in [
            "",
            "truong.example.vn",
            "ftp://truong.example.vn",
            "file:///etc/passwd",
            "HTTPS://truong.example.vn",
            "https://",
            "https:///a",
            "https://:443/",
            "https://a:0/",
            "https://a:65536/",
            "https://a:",
            "https://a:x/",
            "https://a:+1/",
            "https://user@truong.example.vn/",
            "https://user:password@truong.example.vn/",
            "https://truong.example.vn\\@127.0.0.1/",
            "https://truong.example.vn/#a",
            "https://truong.example.vn/ a",
            "https://truong.example.vn/\r\nx: y",
            "https://trường.example.vn/",
            "https://[::1/",
            "https://[127.0.0.1]/",
            "http://truong.example.vn/",
            "http://10.0.0.1/",
            "http://127.0.0.1.example.vn/",
            "http://localhost.example.vn/",
            "http://0.0.0.0/",
            "http://[::ffff:127.0.0.1]/",
        ] {
            assert_eq!(WebhookUrl::parse(bad), None, "{bad}");
        }
        assert_eq!(WebhookUrl::parse(&format!("https://a/{}", "a".repeat(URL_BYTES_MAX))), None);
        let url = WebhookUrl::parse("https://[2001:db8::1]:8443/token-in-the-path").unwrap();
        assert_eq!((url.host(), format!("{url:?}").contains("token")), ("[2001:db8::1]:8443", false));
    }

    #[test]
    fn a_secret_is_kept_as_a_key_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("webhook.secret");
        let secret = WebhookSecret::generate().unwrap();
        secret.write(&path).unwrap();
        assert_eq!(WebhookSecret::load(&path).unwrap().bytes(), secret.bytes());
        assert_eq!(secret.write(&path).unwrap_err().code, Code::Exists);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("whsec_") && text.len() == 6 + 44 + 1);
        assert_eq!(format!("{secret:?}"), "WebhookSecret");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
            assert_eq!(WebhookSecret::load(&path).unwrap_err().code, Code::ModeTooOpen);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        std::fs::write(&path, "whsec_not-base64").unwrap();
        let problem = WebhookSecret::load(&path).unwrap_err();
        assert_eq!((problem.code, problem.to_string().contains("not-base64")), (Code::WrongValue, false));
    }

    #[test]
    fn a_secret_has_one_form() {
        let of = |text: &str| WebhookSecret::parse(text).map(|secret| secret.bytes().len());
        assert_eq!(of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Some(24));
        assert_eq!(of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), Some(24));
        assert_eq!(of(&format!("whsec_{}==", "A".repeat(86))), Some(64));
        for bad in [
            String::new(),
            "whsec_".into(),
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into(),
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw ".into(),
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS=".into(),
            format!("whsec_{}", "A".repeat(28)),
            format!("whsec_{}=", "A".repeat(87)),
            format!("whsec_{}", "A".repeat(400)),
        ] {
            assert_eq!(of(&bad), None, "{bad:?}");
        }
    }
}
