//! The one signature rule, held to the vectors of C2SP CCTV and of Project Wycheproof.

#![allow(clippy::unwrap_used)]

use sogoc_ledger::signature::{PublicKey, Signature};

/// Flags of CCTV vectors that the rule refuses. What it accepts besides are low-order *components* that cancel out.
const REFUSED: [&str; 5] = ["low_order_A", "low_order_R", "non_canonical_A", "non_canonical_R", "low_order_residue"];

#[derive(serde::Deserialize)]
struct Vector {
    number: u32,
    key: String,
    sig: String,
    msg: String,
    flags: Option<Vec<String>>,
}

#[test]
fn cctv_edge_cases() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("vectors/ed25519-cctv.json")).unwrap();
    assert_eq!(vectors.len(), 914);
    let mut accepted = 0;
    for vector in vectors {
        let key = PublicKey::Ed25519(hex::decode(&vector.key).unwrap().try_into().unwrap());
        let signature = Signature(hex::decode(&vector.sig).unwrap().try_into().unwrap());
        let refuse = vector.flags.iter().flatten().any(|flag| REFUSED.contains(&flag.as_str()));
        assert_eq!(key.verifies_raw(vector.msg.as_bytes(), &signature), !refuse, "vector {}", vector.number);
        accepted += u32::from(!refuse);
    }
    assert!(accepted > 0, "the rule accepts some vectors");
}

#[test]
fn wycheproof() {
    use wycheproof::{
        TestResult,
        eddsa::{TestName, TestSet},
    };
    let mut count = 0;
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let key = PublicKey::Ed25519(group.key.pk.as_ref().try_into().unwrap());
        for test in group.tests {
            let signature: Option<[u8; 64]> = test.sig.as_ref().try_into().ok();
            let valid = signature.is_some_and(|bytes| key.verifies_raw(&test.msg, &Signature(bytes)));
            assert_eq!(valid, test.result == TestResult::Valid, "test {}: {}", test.tc_id, test.comment);
            count += 1;
        }
    }
    assert!(count > 80, "{count} tests");
}
