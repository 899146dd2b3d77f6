use sogoc_ledger::Hash;
use sogoc_ledger::codec::Text;
use sogoc_ledger::signature::Signature;

use super::*;
use crate::approval::tests::{key, sealing};

const NOW: Time = Time(1_000);

fn issuer(keys: &[(&IssuerSecretKey, u8)]) -> Issuer {
    let entered = |(key, roles): &(&IssuerSecretKey, u8)| IssuerKey {
        key: key.public(),
        roles: *roles,
        from: Time(0),
        until: None,
        suspended: None,
        binding: None,
    };
    Issuer {
        id: "thcs-mau-1".parse().unwrap(),
        name: Text::default(),
        name_en: Text::default(),
        closed: None,
        keys: List::new(keys.iter().map(entered).collect()).unwrap(),
        grants: List::default(),
        successors: List::default(),
    }
}

/// A school with a clerk and a head, and what the clerk asks.
struct School {
    clerk: IssuerSecretKey,
    head: IssuerSecretKey,
    issuer: Issuer,
    asked: Asked,
}

fn school() -> School {
    let (clerk, head) = (key("thcs-mau-1"), key("thcs-mau-1"));
    let issuer = issuer(&[(&clerk, IssuerKey::SEAL), (&head, IssuerKey::APPROVE)]);
    School { asked: sealing(&clerk), clerk, head, issuer }
}

fn approval(asked: &Asked, by: &IssuerSecretKey) -> Approval {
    let approver = by.public().thumbprint();
    let sign = |matter| {
        let message = codec::encode(&asked.request(matter, Some(approver)));
        by.signing().sign(Domain::TRANSACTION, &message)
    };
    Approval { approver, signatures: asked.matters.iter().map(sign).collect() }
}

impl School {
    /// The code with which the second matter is refused under this approval.
    fn refused(&self, approval: Approval) -> String {
        let approved = Approved { asked: self.asked.clone(), approval };
        approved.transaction(1, &self.clerk, &self.issuer, NOW).unwrap_err().code
    }
}

#[test]
fn what_was_approved_is_signed_by_both() {
    let School { clerk, head, issuer, asked } = school();
    let approved = Approved { approval: approval(&asked, &head), asked: asked.clone() };
    for (place, matter) in asked.matters.iter().enumerate() {
        let transaction = approved.transaction(place, &clerk, &issuer, NOW).unwrap();
        assert_eq!(transaction.request, asked.request(matter, Some(head.public().thumbprint())));
        let message = codec::encode(&transaction.request);
        let signers = [clerk.public(), head.public()];
        let mut signed = signers.iter().zip(&transaction.signatures);
        assert!(signed.all(|(key, signature)| key.verifies(Domain::TRANSACTION, &message, signature)));
        assert_eq!(transaction.signatures.len(), 2);
    }
}

#[test]
fn the_clerk_does_not_approve() {
    let school = school();
    assert_eq!(school.refused(approval(&school.asked, &school.clerk)), "same-approver");
}

#[test]
fn who_approves_is_the_issuers_and_may() {
    let mut school = school();
    assert_eq!(school.refused(approval(&school.asked, &key("thcs-mau-1"))), "unknown-key");
    let head = || approval(&school.asked, &school.head);
    let (sealer, ended) = (head(), head());
    school.issuer = issuer(&[(&school.clerk, IssuerKey::SEAL), (&school.head, IssuerKey::SEAL)]);
    assert_eq!(school.refused(sealer), "key-may-not");
    school.issuer = issuer(&[(&school.head, IssuerKey::APPROVE)]);
    school.issuer.keys.iter_mut().for_each(|key| key.until = Some(NOW));
    assert_eq!(school.refused(ended), "key-may-not");
}

#[test]
fn an_approval_is_of_one_request() {
    let school = school();
    let of = |alter: &dyn Fn(&mut Asked)| {
        let mut asked = school.asked.clone();
        alter(&mut asked);
        school.refused(approval(&asked, &school.head))
    };
    assert_eq!(of(&|asked| asked.valid_until.0 += 1), "wrong-signature");
    assert_eq!(of(&|asked| asked.matters.swap(0, 1)), "wrong-signature");
    assert_eq!(of(&|asked| asked.key = Hash::ZERO), "wrong-signature");
    assert_eq!(of(&|asked| asked.chain = "another".parse().unwrap()), "wrong-signature");
    assert_eq!(of(&|asked| asked.matters.truncate(1)), "signature-count");

    let forged = approval(&school.asked, &key("thcs-mau-1")).signatures;
    assert_eq!(
        school.refused(Approval { signatures: forged, ..approval(&school.asked, &school.head) }),
        "wrong-signature"
    );
    let zero = vec![Signature([0; 64]); 2];
    assert_eq!(
        school.refused(Approval { signatures: zero, ..approval(&school.asked, &school.head) }),
        "wrong-signature"
    );
}

#[test]
fn a_request_ends_and_is_its_clerks() {
    let School { clerk, head, issuer, asked } = school();
    let approved = Approved { approval: approval(&asked, &head), asked };
    let code = |key, now| approved.transaction(0, key, &issuer, now).err().map(|failure| failure.code);
    assert_eq!((code(&clerk, Time(0)), code(&clerk, Time(86_400_000))), (None, None));
    assert_eq!(code(&clerk, Time(86_400_001)).as_deref(), Some("expired"));
    assert_eq!(code(&key("thcs-mau-1"), NOW).as_deref(), Some("other-request"));
}

#[test]
fn nobody_approves_for_a_later_day() {
    let mut school = school();
    assert!(check_time(&school.asked, Time(0)).is_ok(), "the longest that the ledger takes");
    school.asked.valid_until.0 += 1;
    assert_eq!(check_time(&school.asked, Time(0)).unwrap_err().code, "valid-too-long");
    school.asked.valid_until.0 += NOW.0;
    assert_eq!(school.refused(approval(&school.asked, &school.head)), "valid-too-long");
}
