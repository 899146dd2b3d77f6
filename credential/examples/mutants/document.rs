//! A document in parts that can be changed one by one before it is signed.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sogoc_ledger::signature::PublicKey;

use crate::random::Random;
use crate::signer::{Signer, tampered};

pub const AUDIENCE: &str = "https://tuyen-sinh.mau.edu.vn";
pub const NONCE: &str = "8b2f5d1c";

/// Whom documents are bound to.
pub const HOLDER_SEED: u8 = 220;

pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

pub fn unb64(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).unwrap_or_default()
}

pub fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Members of a JSON object as texts, names with their quotes: any order, twice, escaped, or wrong.
#[derive(Clone, Default)]
pub struct Members(pub Vec<(String, String)>);

impl Members {
    pub fn of(object: &Value) -> Self {
        let members = object.as_object().unwrap();
        Self(members.iter().map(|(name, value)| (quoted(name), value.to_string())).collect())
    }

    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let name = quoted(name);
        match self.0.iter_mut().find(|member| member.0 == name) {
            Some(member) => member.1 = value.into(),
            None => self.0.push((name, value.into())),
        }
    }

    pub fn set_texts(&mut self, texts: &[(&str, &str)]) {
        texts.iter().for_each(|(name, text)| self.set(name, quoted(text)));
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let name = quoted(name);
        self.0.iter().find(|member| member.0 == name).map(|member| member.1.as_str())
    }

    pub fn remove(&mut self, name: &str) {
        let name = quoted(name);
        self.0.retain(|member| member.0 != name);
    }

    pub fn text(&self) -> String {
        let members: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        format!("{{{}}}", members.join(","))
    }
}

/// A claim that somebody made, ready to be shown: the salt is fixed, nobody's secret.
pub fn disclosure(json: impl AsRef<[u8]>) -> (String, String) {
    let disclosure = b64(json);
    let digest = b64(Sha256::digest(&disclosure));
    (disclosure, digest)
}

/// A JWT that is not signed yet.
#[derive(Clone)]
pub struct Jwt {
    pub header: Members,
    pub payload: Members,
    /// Written instead of the members.
    pub raw_header: Option<Vec<u8>>,
    pub raw_payload: Option<Vec<u8>>,
    /// Written instead of the base64url of each.
    pub parts: [Option<String>; 3],
    pub signer: Signer,
    /// The signature is not as the signer made it.
    pub tampered: bool,
}

impl Jwt {
    fn new(header: Members, payload: Members, signer: Signer) -> Self {
        Self {
            header,
            payload,
            raw_header: None,
            raw_payload: None,
            parts: Default::default(),
            signer,
            tampered: false,
        }
    }

    pub fn text(&self, random: &mut Random) -> String {
        let part = |at: usize, raw: &Option<Vec<u8>>, members: &Members| {
            let json = raw.clone().unwrap_or_else(|| members.text().into_bytes());
            self.parts[at].clone().unwrap_or_else(|| b64(json))
        };
        let (header, payload) = (part(0, &self.raw_header, &self.header), part(1, &self.raw_payload, &self.payload));
        let signed = format!("{header}.{payload}");
        let mut signature = self.signer.sign(random, signed.as_bytes()).to_vec();
        if self.tampered {
            signature = tampered(random, &signature.try_into().unwrap());
        }
        format!("{signed}.{}", self.parts[2].clone().unwrap_or_else(|| b64(signature)))
    }
}

pub fn jwk(key: &PublicKey) -> Members {
    let mut jwk = Members::default();
    key.jwk_members().iter().for_each(|(name, value)| jwk.set_texts(&[(name, value)]));
    jwk
}

/// A document: what is signed, what is shown, and who shows it.
#[derive(Clone)]
pub struct Document {
    /// The schema that its claims are of, as the ledger names it.
    pub schema: String,
    pub jwt: Jwt,
    /// Stand in the header, in the payload and in `cnf` unless a member of these names was set otherwise.
    pub jwk: Members,
    pub ledger: Members,
    pub holder_jwk: Members,
    pub holder: Signer,
    pub digests: Vec<String>,
    pub disclosures: Vec<String>,
    /// By whom it is shown: a JWT over `sd_hash`, which is filled in.
    pub binding: Option<Jwt>,
}

impl Document {
    /// A document of this schema with these digests and disclosures, not yet sealed anywhere.
    pub fn new(schema: &str, signer: Signer, digests: Vec<String>, disclosures: Vec<String>) -> Self {
        let (mut header, mut payload) = (Members::default(), Members::default());
        header.set_texts(&[("alg", signer.algorithm()), ("typ", "dc+sd-jwt")]);
        let vct = format!("urn:sogoc:{schema}:1");
        payload.set_texts(&[("vct", &vct), ("schema", "1"), ("date", "2026-05-31"), ("_sd_alg", "sha-256")]);
        let holder = Signer::plain(HOLDER_SEED);
        Self {
            schema: schema.to_owned(),
            jwk: jwk(&signer.public()),
            ledger: Members::default(),
            holder_jwk: jwk(&holder.public()),
            holder,
            jwt: Jwt::new(header, payload, signer),
            digests,
            disclosures,
            binding: None,
        }
    }

    /// Names a holder, who shows it to an audience.
    pub fn bind(&mut self, now: i64) {
        self.name_holder();
        let (mut header, mut payload) = (Members::default(), Members::default());
        header.set_texts(&[("alg", self.holder.algorithm()), ("typ", "kb+jwt")]);
        payload.set("iat", now.to_string());
        payload.set_texts(&[("aud", AUDIENCE), ("nonce", NONCE)]);
        self.binding = Some(Jwt::new(header, payload, self.holder.clone()));
    }

    pub fn name_holder(&mut self) {
        self.jwt.payload.set("cnf", "CNF");
    }

    pub fn sign_with(&mut self, signer: Signer) {
        self.jwk = jwk(&signer.public());
        self.jwt.header.set_texts(&[("alg", signer.algorithm())]);
        self.jwt.signer = signer;
    }

    pub fn hold_with(&mut self, holder: Signer) {
        self.holder_jwk = jwk(&holder.public());
        self.holder = holder;
    }

    /// Shows `["salt", name, value]`, or an element of a list, and returns its digest.
    pub fn show(&mut self, json: impl AsRef<[u8]>) -> String {
        let (disclosure, digest) = disclosure(json);
        self.disclosures.push(disclosure);
        digest
    }

    /// Shows a member of the payload.
    pub fn show_at_top(&mut self, json: impl AsRef<[u8]>) {
        let digest = self.show(json);
        self.digests.push(digest);
    }

    /// Puts what stands outside the members into them.
    pub fn settle(&mut self) {
        let Self { jwk, ledger, holder_jwk, .. } = &*self;
        let (jwk, ledger, cnf) = (jwk.text(), ledger.text(), format!("{{\"jwk\":{}}}", holder_jwk.text()));
        let missing = |members: &Members, name: &str| members.get(name).is_none();
        if missing(&self.jwt.header, "jwk") {
            self.jwt.header.set("jwk", jwk);
        }
        let payload = &mut self.jwt.payload;
        if missing(payload, "ledger") {
            payload.set("ledger", ledger);
        }
        if missing(payload, "_sd") {
            let digests: Vec<String> = self.digests.iter().map(|digest| quoted(digest)).collect();
            payload.set("_sd", format!("[{}]", digests.join(",")));
        }
        payload.0.iter_mut().filter(|member| member.1 == "CNF").for_each(|member| member.1.clone_from(&cnf));
    }

    /// The SD-JWT.
    pub fn text(&mut self, random: &mut Random) -> String {
        self.settle();
        let mut text = self.jwt.text(random) + "~";
        for disclosure in &self.disclosures {
            text.push_str(disclosure);
            text.push('~');
        }
        if let Some(mut binding) = self.binding.clone() {
            if binding.payload.get("sd_hash").is_none() {
                binding.payload.set("sd_hash", quoted(&b64(Sha256::digest(&text))));
            }
            text.push_str(&binding.text(random));
        }
        text
    }
}
