//! The rule of P-256, held to the vectors of Project Wycheproof: valid there and of low s is valid here, nothing else.

#![allow(clippy::unwrap_used)]

use sogoc_ledger::signature::{PublicKey, Signature};
use wycheproof::{
    TestResult,
    ecdsa::{TestName, TestSet},
};

/// The order of the base point.
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
/// The largest s that is accepted: half of it.
const LARGEST_S: &str = "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8";

fn number(hex: &str) -> [u8; 32] {
    hex::decode(hex).unwrap().try_into().unwrap()
}

/// `r ‖ n − s`, the other signature that verifies.
fn twin(signature: &[u8; 64]) -> [u8; 64] {
    let (order, mut twin, mut borrow) = (number(ORDER), *signature, 0);
    for at in (0..32).rev() {
        let difference = i16::from(order[at]) - i16::from(signature[32 + at]) - borrow;
        borrow = i16::from(difference < 0);
        twin[32 + at] = difference.rem_euclid(256) as u8;
    }
    twin
}

#[test]
fn wycheproof() {
    let (mut low, mut high, mut invalid) = (0, 0, 0);
    for group in TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).unwrap().test_groups {
        // 04, x, y.
        let point: [u8; 65] = group.key.key.as_ref().try_into().unwrap();
        let (x, y) = (point[1..33].try_into().unwrap(), point[33..].try_into().unwrap());
        let key = PublicKey::from_p256_coordinates(x, y).unwrap();
        assert!(key.is_acceptable() && !key.is_acceptable_for_validators());
        for test in group.tests {
            let signature: Option<[u8; 64]> = test.sig.as_ref().try_into().ok();
            let verifies = |bytes: [u8; 64]| key.verifies_raw(&test.msg, &Signature(bytes));
            let about = format!("test {}: {}", test.tc_id, test.comment);
            match signature {
                Some(bytes) if test.result == TestResult::Valid && bytes[32..] <= number(LARGEST_S)[..] => {
                    assert!(verifies(bytes) && !verifies(twin(&bytes)), "{about}");
                    low += 1;
                }
                Some(bytes) if test.result == TestResult::Valid => {
                    assert!(!verifies(bytes) && verifies(twin(&bytes)), "{about}");
                    high += 1;
                }
                _ => {
                    assert!(!signature.is_some_and(verifies), "{about}");
                    invalid += 1;
                }
            }
        }
    }
    assert!(low > 50 && high > 50 && invalid > 50, "{low} of low s, {high} of high s, {invalid} invalid");
}
