//! Against docs/vectors/binding.json, made with OpenSSL by tests/conformance/binding, and against what was made of them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::reason::Reason;
use crate::sdjwt::base64url;

struct Vector {
    description: String,
    evidence: Vec<u8>,
    statement: Statement,
    roots: String,
    names: Vec<String>,
    admitted: Option<Hash>,
    expect: Result<Value, String>,
}

fn vectors() -> (BTreeMap<String, Roots>, Vec<Vector>) {
    let file: Value = serde_json::from_str(include_str!("../../../docs/vectors/binding.json")).unwrap();
    let roots = file["roots"].as_object().unwrap().iter();
    let roots = roots.map(|(name, file)| (name.clone(), Roots::from_file(file.to_string().as_bytes()).unwrap()));
    let vector = |vector: &Value| {
        let text = |member: &str| vector[member].as_str().unwrap().to_owned();
        Vector {
            description: text("description"),
            evidence: base64url::decode(&text("evidence")).unwrap(),
            statement: Statement::from_message(&bytes(&text("statement"))).unwrap(),
            roots: text("roots"),
            names: serde_json::from_value(vector["names"].clone()).unwrap(),
            admitted: vector["admitted"].as_str().map(|digest| Hash::from_hex(digest).unwrap()),
            expect: vector["error"].as_str().map_or_else(|| Ok(vector["expect"].clone()), |code| Err(code.into())),
        }
    };
    (roots.collect(), file["vectors"].as_array().unwrap().iter().map(vector).collect())
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

impl Vector {
    fn check(&self, evidence: &[u8], roots: &BTreeMap<String, Roots>) -> Result<Bound, Refusal> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        check(evidence, &self.statement, self.admitted, &roots[&self.roots], &names)
    }
}

#[test]
fn every_vector_is_answered_as_it_says() {
    let (roots, vectors) = vectors();
    assert!(vectors.len() > 70);
    for vector in &vectors {
        let found = vector.check(&vector.evidence, &roots);
        let found =
            found.map(|bound| serde_json::to_value(bound).unwrap()).map_err(|refusal| refusal.code().to_owned());
        assert_eq!(found, vector.expect, "{}", vector.description);
        assert_eq!(Statement::from_message(&vector.statement.message()), Some(vector.statement.clone()));
    }
}

#[test]
fn no_changed_byte_binds() {
    let (roots, vectors) = vectors();
    let good = ["RSA PKCS#1 v1.5", "RSA-PSS", "no signed attributes, ECDSA", "CAdES, which names its certificate"];
    for vector in vectors.iter().filter(|vector| good.contains(&vector.description.as_str())) {
        let mut evidence = vector.evidence.clone();
        assert!(vector.check(&evidence, &roots).is_ok());
        for at in 0..evidence.len() {
            let mask = 1 << (at % 8);
            evidence[at] ^= mask;
            assert!(vector.check(&evidence, &roots).is_err(), "{}: byte {at}", vector.description);
            evidence[at] ^= mask;
            assert!(vector.check(&evidence[..at], &roots).is_err(), "{}: cut at {at}", vector.description);
        }
    }
}

/// The elements one after the other, as they were received.
fn elements(contents: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = der::Reader::new(contents);
    let mut elements = Vec::new();
    while !reader.is_empty() {
        elements.push(reader.element().unwrap().whole.to_vec());
    }
    elements
}

/// The elements inside the one that `bytes` are.
fn inside(bytes: &[u8]) -> Vec<Vec<u8>> {
    elements(der::check(bytes).unwrap().contents)
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    der::write(der::SEQUENCE, &parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[test]
fn what_no_signature_covers_has_one_form_too() {
    let (roots, vectors) = vectors();
    let vector = &vectors[0];
    assert!(vector.check(&vector.evidence, &roots).is_ok());
    let changed = |old: &[u8], new: &[u8]| {
        let at = vector.evidence.windows(old.len()).position(|window| window == old).unwrap();
        let mut evidence = vector.evidence.clone();
        evidence.splice(at..at + old.len(), new.iter().copied());
        vector.check(&evidence, &roots)
    };
    // The digest algorithm that is announced, which is not that of the signer.
    let sha256 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    let sha384 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
    assert_eq!(changed(&sha256, &sha384), Err(Refusal::Malformed));
    // The certificates in the other order.
    let data = &inside(&inside(&vector.evidence)[1])[0];
    let certificates = inside(&inside(data)[3]);
    let (first, second) = (&certificates[0], &certificates[1]);
    assert_eq!(changed(&[&first[..], second].concat(), &[&second[..], first].concat()), Err(Refusal::Malformed));
}

#[test]
fn what_is_named_once_is_there_once() {
    let (_, vectors) = vectors();
    let signed = cms::Signed::read(&vectors[0].evidence).unwrap();
    let der = signed.certificates[signed.signer().unwrap()].der;
    // The last extension once more. Nobody looks at a signature before the form.
    let mut certificate = inside(der);
    let mut fields = inside(&certificate[0]);
    let mut extensions = inside(&inside(fields.last().unwrap())[0]);
    extensions.push(extensions.last().unwrap().clone());
    *fields.last_mut().unwrap() = der::write(der::context(3), &[&sequence(&extensions)]);
    certificate[0] = sequence(&fields);
    let twice = sequence(&certificate);
    assert!(x509::Certificate::read(der::check(der).unwrap()).is_ok());
    assert!(x509::Certificate::read(der::check(&twice).unwrap()).is_err());

    let read = |attributes: Vec<Vec<u8>>| {
        let signer = der::write(der::SEQUENCE, &[&sequence(&[]), &[der::INTEGER, 1, 1]]);
        let attributes = der::write_set(der::SET, attributes);
        cms::Signed::read(&cms::write(&[], &signer, signed.algorithm, &attributes, &[0])).map(drop)
    };
    let hash = signed.algorithm.hash;
    let [one, other] = [b"one", b"two"].map(|statement| inside(&cms::write_attributes(statement, der, hash, Time(0))));
    assert_eq!(read(one.clone()), Ok(()));
    assert_eq!(read([one.clone(), other].concat()), Err(Refusal::Malformed));
    assert_eq!(read(one[1..].to_vec()), Err(Refusal::Malformed), "without the content type");
}

#[test]
fn an_admitted_digest_admits_that_evidence_alone() {
    let (roots, vectors) = vectors();
    let vector = &vectors[0];
    let names: Vec<&str> = vector.names.iter().map(String::as_str).collect();
    let ask = |evidence: &[u8]| {
        check(evidence, &vector.statement, Some(digest(&vector.evidence)), &roots[&vector.roots], &names)
    };
    assert_eq!(ask(&vector.evidence).map(|bound| bound.digest), Ok(digest(&vector.evidence)));
    // Of the same certificate over the same statement, but not what was admitted.
    let other = vectors.iter().find(|vector| vector.description == "RSA PKCS#1 v1.5 with SHA-512").unwrap();
    assert_eq!(ask(&other.evidence), Err(Refusal::NotAdmitted));
    assert_eq!(ask(&vec![0; EVIDENCE_BYTES_MAX + 1]), Err(Refusal::TooLarge));
}

#[test]
fn every_refusal_speaks_both_languages() {
    let (_, vectors) = vectors();
    let name = String::new();
    let refusals = [
        Refusal::TooLarge,
        Refusal::Malformed,
        Refusal::NotAdmitted,
        Refusal::WeakHash,
        Refusal::WeakKey,
        Refusal::UnknownAlgorithm,
        Refusal::NoCertificate,
        Refusal::OtherStatement,
        Refusal::SignatureWrong,
        Refusal::PathBroken(name.clone()),
        Refusal::PathTooLong,
        Refusal::NotAnAuthority(name.clone()),
        Refusal::UnknownRoot(name.clone()),
        Refusal::RootOutOfWindow(name.clone()),
        Refusal::Expired(name.clone()),
        Refusal::NotYetValid(name.clone()),
        Refusal::UnknownExtension(name.clone()),
        Refusal::NotForSigning,
        Refusal::SignedByAuthority,
        Refusal::OtherOrganisation(name),
    ];
    for refusal in refusals {
        let reason = Reason::from(&refusal);
        assert!(reason.vi.ends_with('.') && reason.en.ends_with('.') && reason.code.starts_with("binding-"));
        let shown = vectors.iter().any(|vector| vector.expect.as_ref().err().is_some_and(|code| code == reason.code));
        assert!(shown, "no vector shows {}", reason.code);
    }
}

#[test]
fn names_are_compared_as_people_read_them() {
    let (roots, _) = vectors();
    let issuer = "thcs-mau-1".parse().unwrap();
    let is_of = |holder: &str, name: &str| roots["both"].is_of(holder, &issuer, &[name]);
    assert!(is_of("TRƯỜNG  THCS MẪU MỘT", "Trường THCS Mẫu Một"));
    // The same letters, taken apart.
    assert!(is_of(
        "Tru\u{031b}o\u{031b}\u{0300}ng THCS Ma\u{0302}\u{0303}u Mo\u{0302}\u{0323}t",
        "Trường THCS Mẫu Một"
    ));
    assert!(!is_of("Trường THCS Mẫu Môt", "Trường THCS Mẫu Một"));
    assert!(!is_of("", "Trường THCS Mẫu Một"));
    // An issuer without an English name.
    assert!(!is_of(" ", ""));
}

#[test]
fn roots_have_one_form() {
    let file: Value = serde_json::from_str(include_str!("../../../docs/vectors/binding.json")).unwrap();
    let good = file["roots"]["both"].to_string();
    assert!(Roots::from_file(good.as_bytes()).is_ok_and(|roots| !roots.throwaway));
    let year = file["roots"]["both"]["roots"][0]["until"].as_str().unwrap();
    for (old, new) in [
        ("\"sogoc-roots\":1", "\"sogoc-roots\":2"),
        ("\"until\"", "\"untill\""),
        ("\"name\":\"VGCA", "\"name\":\"NEAC"),
        (year, "1999-01-01"),
        (year, "2030-1-1"),
        ("\"certificate\":\"MII", "\"certificate\":\"MIJ"),
    ] {
        let bad = good.replace(old, new);
        assert_ne!(bad, good, "{old}");
        assert!(Roots::from_file(bad.as_bytes()).is_err(), "{new}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_was_mixed_of_evidence_says_nothing_new(
        first in 0_usize..40,
        second in 0_usize..70,
        from in any::<proptest::sample::Index>(),
        to in any::<proptest::sample::Index>(),
        length in 0_usize..600,
        noise in proptest::collection::vec(any::<u8>(), 0..4),
    ) {
        thread_local! {
            static VECTORS: (BTreeMap<String, Roots>, Vec<Vector>) = vectors();
        }
        VECTORS.with(|(roots, vectors)| {
            let (base, donor) = (&vectors[first % vectors.len()], &vectors[second % vectors.len()].evidence);
            let mut evidence = base.evidence.clone();
            if evidence.is_empty() || donor.is_empty() {
                return;
            }
            let (from, to) = (from.index(donor.len()), to.index(evidence.len()));
            let piece: Vec<u8> = donor[from..].iter().take(length).copied().chain(noise).collect();
            let end = (to + piece.len()).min(evidence.len());
            evidence.splice(to..end, piece);
            if vectors.iter().any(|vector| vector.evidence == evidence) {
                return;
            }
            // What may change is a certificate that was not needed; what is said stays, but for the digest.
            if let Ok(mut bound) = base.check(&evidence, roots) {
                assert_ne!(bound.digest, digest(&base.evidence));
                bound.digest = digest(&base.evidence);
                assert_eq!(base.expect, Ok(serde_json::to_value(bound).unwrap()));
            }
        });
    }

    #[test]
    fn noise_does_not_panic(noise in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = cms::Signed::read(&noise);
        let _ = der::check(&noise).and_then(x509::Certificate::read);
        let _ = Roots::from_file(&noise);
        let _ = Statement::from_message(&noise);
    }
}
