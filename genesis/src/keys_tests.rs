use std::fs;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use super::*;

fn write_raw(path: &Path, bytes: &[u8], mode: u32) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Both secrets in the forms in which they could leak: base64url, hex, and Rust's list of numbers.
fn traces(key: &IssuerSecretKey) -> Vec<String> {
    [key.signing.to_secret(), *key.row_secret]
        .iter()
        .flat_map(|secret| {
            let numbers = format!("{secret:?}");
            [Base64UrlUnpadded::encode_string(secret), hex::encode(secret), numbers.trim_matches(['[', ']']).into()]
        })
        .collect()
}

fn issuer_key(algorithm: Algorithm) -> IssuerSecretKey {
    IssuerSecretKey::generate("thcs-mau-1".parse().unwrap(), algorithm).unwrap()
}

#[test]
fn a_key_comes_back_and_is_its_owners_alone() {
    let directory = tempfile::tempdir().unwrap();
    for purpose in Purpose::ALL {
        let path = directory.path().join(format!("{}.key", purpose.as_str()));
        let key = SecretKey::generate(purpose).unwrap();
        key.write(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(SecretKey::load(&path, purpose).unwrap().signing, key.signing);
        for other in Purpose::ALL.into_iter().filter(|other| *other != purpose) {
            assert_eq!(SecretKey::load(&path, other).unwrap_err().code, Code::OtherPurpose);
        }
        assert_eq!(IssuerSecretKey::load(&path).unwrap_err().code, Code::OtherPurpose);
    }
    for algorithm in Algorithm::ALL {
        let path = directory.path().join(format!("{}.key", algorithm.name()));
        let key = issuer_key(algorithm);
        assert_eq!(key.public().algorithm(), algorithm);
        key.write(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let loaded = IssuerSecretKey::load(&path).unwrap();
        let parts = |key: &IssuerSecretKey| (key.issuer().clone(), *key.row_secret(), key.public());
        assert_eq!(parts(&loaded), parts(&key));
        assert!(key.public().verifies_raw(b"m", &loaded.signing().sign_raw(b"m")));
        let next = key.rotated().unwrap();
        assert_eq!((next.public().algorithm(), next.line()), (algorithm, key.line()));
        assert_ne!(next.public(), key.public());
        assert_eq!(SecretKey::load(&path, Purpose::Consensus).unwrap_err().code, Code::OtherPurpose);
    }
}

#[test]
fn a_key_is_never_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("network.key");
    let first = SecretKey::generate(Purpose::Network).unwrap();
    first.write(&path).unwrap();
    let second = SecretKey::generate(Purpose::Network).unwrap();
    assert_ne!(first.public(), second.public());
    assert_eq!(second.write(&path).unwrap_err().code, Code::Exists);
    assert_eq!(SecretKey::load(&path, Purpose::Network).unwrap().public(), first.public());
    // Nor is what a dangling link points to created.
    let link = directory.path().join("link.key");
    std::os::unix::fs::symlink(directory.path().join("elsewhere"), &link).unwrap();
    assert_eq!(second.write(&link).unwrap_err().code, Code::Exists);
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("network.key");
    SecretKey::generate(Purpose::Network).unwrap().write(&path).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666, 0o777] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let problem = SecretKey::load(&path, Purpose::Network).unwrap_err();
        assert_eq!(problem.code, Code::ModeTooOpen, "{mode:o}");
        assert!(problem.en().contains("chmod 600") && problem.vi().contains("chmod 600"));
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert!(SecretKey::load(&path, Purpose::Network).is_ok(), "{mode:o}");
    }
}

#[test]
fn files_that_are_no_key_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.key");
    let code = |bytes: &[u8]| {
        write_raw(&path, bytes, 0o600);
        SecretKey::load(&path, Purpose::Consensus).unwrap_err().code
    };
    let key = SecretKey::generate(Purpose::Consensus).unwrap();
    let seed = Zeroizing::new(key.signing.to_bytes());
    let good = render("consensus", &key.public(), &seed, None).to_string();
    let other = SecretKey::generate(Purpose::Consensus).unwrap();
    let row = (&"a".parse().unwrap(), &random().unwrap());
    let issuer = render(ISSUER, &key.public(), &seed, Some(row)).to_string();
    assert_eq!(code(b""), Code::Malformed);
    assert_eq!(code(&vec![b' '; KEY_FILE_BYTES_MAX + 1]), Code::TooLong);
    assert_eq!(code(good.replace("{\n", "{\n  \"more\": 1,\n").as_bytes()), Code::Malformed);
    assert_eq!(code(good.replace("{\n", "{\n  \"sogoc-key\": 1,\n").as_bytes()), Code::Malformed);
    assert_eq!(code(good.replace("\"sogoc-key\": 1", "\"sogoc-key\": 2").as_bytes()), Code::OtherVersion);
    assert_eq!(code(good.replace("\"consensus\"", "\"other\"").as_bytes()), Code::WrongValue);
    assert_eq!(
        code(good.replace("\"algorithm\": \"Ed25519\"", "\"algorithm\": \"P-256\"").as_bytes()),
        Code::WrongValue
    );
    assert_eq!(code(good.replace(&key.public().jwk(), &other.public().jwk()).as_bytes()), Code::KeyHalvesDiffer);
    assert_eq!(code(issuer.replace("\"issuer\",", "\"consensus\",").as_bytes()), Code::UnknownField);
    assert_eq!(code(good.replace("\"consensus\"", "\"issuer\"").as_bytes()), Code::MissingField);
    let es256 = issuer_key(Algorithm::Es256);
    let good = es256.render().to_string();
    let secret = Base64UrlUnpadded::encode_string(&es256.signing.to_secret());
    let issuers = |text: String| {
        write_raw(&path, text.as_bytes(), 0o600);
        IssuerSecretKey::load(&path).err().map(|problem| problem.code)
    };
    assert_eq!(issuers(good.clone()), None);
    assert_eq!(issuers(good.replace("ES256", "Ed25519")), Some(Code::KeyHalvesDiffer));
    assert_eq!(issuers(good.replace("ES256", "ES384")), Some(Code::WrongValue));
    assert_eq!(issuers(good.replace(",\"y\":", ",\"z\":")), Some(Code::Malformed));
    let y = es256.public().jwk_members()[3].1.clone();
    assert_eq!(issuers(good.replace(&format!(",\"y\":\"{y}\""), "")), Some(Code::KeyHalvesDiffer));
    // A scalar of P-256 is neither 0 nor the order.
    let order = "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE";
    for scalar in ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", order] {
        assert_eq!(issuers(good.replace(&secret, scalar)), Some(Code::WrongValue));
    }
    // Validators and nodes have none.
    let nodes = good.replace("\"issuer\",", "\"consensus\",");
    assert_eq!(code(nodes.as_bytes()), Code::WrongValue);
    assert_eq!(SecretKey::load(directory.path(), Purpose::Consensus).unwrap_err().code, Code::Unreadable);
    assert_eq!(SecretKey::load(&directory.path().join("none"), Purpose::Consensus).unwrap_err().code, Code::Unreadable);
}

#[test]
fn a_secret_is_in_no_debug_text() {
    for algorithm in Algorithm::ALL {
        let key = issuer_key(algorithm);
        let node = SecretKey { purpose: Purpose::Consensus, signing: SigningKey::from_bytes(&key.signing.to_secret()) };
        let said = format!("{key:?} {key:#?} {node:?} {node:#?}");
        assert!(said.contains("thcs-mau-1"));
        for trace in traces(&key) {
            assert!(!said.contains(&trace));
        }
    }
}

proptest! {
    #[test]
    fn a_secret_is_in_no_error(seed: [u8; 32], cut in 0usize..600, flips in prop::collection::vec((0usize..600, any::<u8>()), 0..3), swap in 0usize..5) {
        let mut key = issuer_key(Algorithm::Ed25519);
        let algorithm = Algorithm::ALL[usize::from(seed[31] & 1)];
        key.signing = signature::SigningKey::from_secret(algorithm, &seed).unwrap_or(key.signing);
        let seed = key.signing.to_secret();
        let text = key.render().to_string();
        // The secret stands where something else should, bare or in quotes, or the text is damaged.
        let secret = Base64UrlUnpadded::encode_string(&seed);
        let text = match swap {
            0 => text.replace("\"sogoc-key\": 1", &format!("\"sogoc-key\": \"{secret}\"")),
            1 => text.replace("\"issuer\",", &format!("\"{secret}\",")),
            2 => text.replace("\"algorithm\"", &format!("\"{secret}\"")),
            3 => text.replace("\"thcs-mau-1\"", &format!("\"{secret}\"")),
            _ => text,
        };
        let mut bytes = text.into_bytes();
        for (at, flip) in flips {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= flip;
            }
        }
        bytes.truncate(cut);
        if let Err(problem) = KeyFile::parse(&bytes, "a.key") {
            let said = format!("{problem} {problem:?} {}", serde_json::to_string(&problem).unwrap());
            for trace in traces(&key) {
                prop_assert!(!said.contains(&trace), "{said}");
            }
        }
    }

    #[test]
    fn any_bytes_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(KeyFile::parse(&bytes, "a.key").is_err());
    }
}
