use super::*;
use crate::state::StateReader;
use crate::testing::{Network, batch, changing, leaves, pointer, sealing};
use proptest::prelude::*;

/// A batch of 40 among others, and blocks after it.
fn network() -> Network {
    let mut network = Network::found();
    network.block(&[sealing(1, 40), sealing(2, 3)]);
    network.block(&[]);
    network
}

fn leaf(index: u32) -> Hash {
    leaves(1, 40)[index as usize]
}

#[test]
fn every_document_of_a_batch_has_a_receipt() {
    let network = network();
    for index in 0..40 {
        let receipt = network.receipt(batch(1), &leaves(1, 40), index);
        let receipt = Receipt::from_bytes(&codec::encode(&receipt)).unwrap();
        let proven = receipt.verify(leaf(index), &pointer(1), &network.genesis).unwrap();
        assert_eq!((proven.index, proven.as_of_height), (index, 2));
        assert!(proven.in_force() && proven.anchor.genesis);
        let other = leaf((index + 1) % 40);
        assert_eq!(receipt.verify(other, &pointer(1), &network.genesis), Err(ReceiptError::NotInBatch));
        assert_eq!(receipt.verify(leaf(index), &pointer(2), &network.genesis), Err(ReceiptError::OtherBatch));
    }
}

#[test]
fn a_receipt_tells_the_status_it_saw() {
    let mut network = network();
    let before = network.receipt(batch(1), &leaves(1, 40), 7);
    network.block(&[changing(1, 7, 0, Status::Revoked)]);
    let after = network.receipt(batch(1), &leaves(1, 40), 7);
    let neighbour = network.receipt(batch(1), &leaves(1, 40), 8);
    let proven = |receipt: &Receipt, index| receipt.verify(leaf(index), &pointer(1), &network.genesis).unwrap();
    assert!(proven(&before, 7).in_force(), "an old receipt still says what it knew");
    assert_eq!(proven(&before, 7).as_of_height, 2);
    assert_eq!((proven(&after, 7).status.status, proven(&after, 7).status.height), (Status::Revoked, 3));
    assert!(proven(&neighbour, 8).in_force());
    let mut hidden = after.clone();
    hidden.status = None;
    assert_eq!(hidden.verify(leaf(7), &pointer(1), &network.genesis), Err(ReceiptError::WrongStatus));
    let mut borrowed = after;
    borrowed.status = neighbour.status;
    assert_eq!(borrowed.verify(leaf(7), &pointer(1), &network.genesis), Err(ReceiptError::WrongStatus));
}

#[test]
fn the_statuses_of_a_batch_give_every_receipt() {
    let mut network = network();
    network.block(&[changing(1, 7, 0, Status::Revoked)]);
    let proof = network.receipt(batch(1), &leaves(1, 40), 0).proof;
    let statuses = network.statuses(&crate::testing::school(), &batch(1)).unwrap();
    let all = BatchStatuses { proof, statuses };
    let all = BatchStatuses::from_bytes(&codec::encode(&all)).unwrap();
    assert_eq!(all.verify(&pointer(1), &network.genesis), Ok(()));
    for index in 0..40 {
        assert_eq!(all.receipt(&leaves(1, 40), index), Some(network.receipt(batch(1), &leaves(1, 40), index)));
    }
    let mut hidden = all.clone();
    hidden.statuses = StatusArray::default();
    assert_eq!(hidden.verify(&pointer(1), &network.genesis), Err(ReceiptError::WrongStatus));
}

#[test]
fn what_was_not_sealed_is_proven_absent() {
    let network = network();
    let absence = |id| {
        let key = Key::Batch(crate::testing::school(), batch(id));
        let state = crate::state::prove(&network, network.tip.tree_version, &[key]).unwrap();
        let finality = Finality::Certified { certificate: network.certificate(), changes: List::default() };
        BatchAbsence::new(state, network.tip.header.clone(), finality)
    };
    let absent = BatchAbsence::from_bytes(&codec::encode(&absence(9))).unwrap();
    assert_eq!(absent.verify(&pointer(9), &network.genesis), Ok(()));
    assert_eq!(absent.verify(&pointer(1), &network.genesis), Err(ReceiptError::WrongState));
    assert_eq!(absence(1).verify(&pointer(1), &network.genesis), Err(ReceiptError::WrongState));
}

#[test]
fn a_newer_checkpoint_needs_a_path() {
    let mut network = network();
    let receipt = network.receipt(batch(1), &leaves(1, 40), 0);
    let same = network.checkpoint();
    network.block(&[]);
    network.block(&[]);
    let newer = network.checkpoint();
    assert!(receipt.verify(leaf(0), &pointer(1), &same).is_ok());
    let needs = receipt.verify(leaf(0), &pointer(1), &newer).unwrap_err();
    assert_eq!(needs, ReceiptError::NeedsRefresh { receipt: 2, anchor: 4 });
    assert!(needs.cannot_check());

    let hashes: Vec<Hash> = network.headers[..4].iter().map(|hash| merkle::leaf_hash(&hash.0)).collect();
    let path = List::new(merkle::path(&hashes, 2).unwrap()).unwrap();
    let mut refreshed = receipt.clone();
    refreshed.proof.finality = Finality::Ancestor(Ancestry { checkpoint: 4, path });
    let refreshed = Receipt::from_bytes(&codec::encode(&refreshed)).unwrap();
    assert!(!refreshed.verify(leaf(0), &pointer(1), &newer).unwrap().anchor.genesis);
    assert!(matches!(refreshed.verify(leaf(0), &pointer(1), &network.genesis), Err(ReceiptError::NeedsRefresh { .. })));
}

#[test]
fn another_chain_cannot_be_checked() {
    let network = network();
    let receipt = network.receipt(batch(1), &leaves(1, 40), 0);
    let mut other = pointer(1);
    other.chain = "other".parse().unwrap();
    assert!(receipt.verify(leaf(0), &other, &network.genesis).unwrap_err().cannot_check());
    let mut bytes = codec::encode(&receipt);
    bytes[0] = 3;
    assert_eq!(Receipt::from_bytes(&bytes), Err(ReceiptError::UnknownFormat(3)));
}

#[test]
fn a_certificate_of_another_set_or_height_proves_nothing() {
    let mut network = network();
    let receipt = network.receipt(batch(1), &leaves(1, 40), 0);
    network.block(&[]);
    let mut moved = receipt.clone();
    moved.proof.header = network.tip.header.clone();
    assert!(matches!(moved.verify(leaf(0), &pointer(1), &network.genesis), Err(ReceiptError::NotFinal(_))));
    let mut anchor = network.genesis.clone();
    anchor.header.next_validators = Hash::ZERO;
    anchor.next_validators = ValidatorSet::new(anchor.next_validators.members()[1..].to_vec()).unwrap();
    assert_eq!(receipt.verify(leaf(0), &pointer(1), &anchor), Err(ReceiptError::WrongValidators));
}

#[test]
fn what_is_too_large_is_not_looked_at() {
    let mut bytes = vec![3; MAX_RECEIPT_BYTES];
    assert_eq!(Receipt::from_bytes(&bytes), Err(ReceiptError::UnknownFormat(3)));
    bytes.push(3);
    let too_long: Result<Receipt, ReceiptError> = Err(CodecError::TooLong(bytes.len()).into());
    assert_eq!(Receipt::from_bytes(&bytes), too_long);
    assert_eq!(BatchProof::from_bytes(&bytes).map(drop), too_long.map(drop));
    assert_eq!(BatchStatuses::from_bytes(&bytes), Err(ReceiptError::UnknownFormat(3)));
    bytes.resize(MAX_DECODED_BYTES + 1, 3);
    assert_eq!(BatchStatuses::from_bytes(&bytes).map(drop), Err(CodecError::TooLong(bytes.len()).into()));
}

/// Two receipts that have everything: a status, an ancestor path.
fn samples() -> Vec<(Receipt, Checkpoint)> {
    let mut network = network();
    network.block(&[changing(1, 7, 0, Status::Suspended)]);
    let receipt = network.receipt(batch(1), &leaves(1, 40), 7);
    let genesis = network.genesis.clone();
    network.block(&[]);
    let hashes: Vec<Hash> = network.headers[..4].iter().map(|hash| merkle::leaf_hash(&hash.0)).collect();
    let mut refreshed = receipt.clone();
    let path = List::new(merkle::path(&hashes, 3).unwrap()).unwrap();
    refreshed.proof.finality = Finality::Ancestor(Ancestry { checkpoint: 4, path });
    vec![(receipt, genesis), (refreshed, network.checkpoint())]
}

#[test]
fn no_flipped_bit_is_accepted() {
    for (receipt, anchor) in samples() {
        let good = codec::encode(&receipt);
        assert!(Receipt::from_bytes(&good).unwrap().verify(leaf(7), &pointer(1), &anchor).is_ok());
        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let accepted = Receipt::from_bytes(&bytes).and_then(|r| r.verify(leaf(7), &pointer(1), &anchor));
            assert!(accepted.is_err(), "bit {bit} of {}", good.len() * 8);
        }
        for cut in 0..good.len() {
            assert!(Receipt::from_bytes(&good[..cut]).is_err());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn no_mangled_receipt_is_accepted(
        which in 0usize..2,
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        length in 1usize..80,
        kind in 0u8..4,
    ) {
        thread_local!(static SAMPLES: Vec<(Receipt, Checkpoint)> = samples());
        SAMPLES.with(|samples| {
            let (receipt, anchor) = &samples[which];
            let good = codec::encode(receipt);
            let mut bytes = good.clone();
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            let length = length.min(bytes.len() - from.max(to));
            match kind {
                0 => bytes.copy_within(from..from + length, to),
                1 => drop(bytes.drain(from..from + length)),
                2 => bytes.splice(to..to, good[from..from + length].to_vec()).for_each(drop),
                _ => bytes[from..from + length].reverse(),
            }
            if bytes != good {
                let accepted = Receipt::from_bytes(&bytes).and_then(|r| r.verify(leaf(7), &pointer(1), anchor));
                prop_assert!(accepted.is_err());
            }
            Ok(())
        })?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    /// One memo for all cases: what it remembers of one receipt must not help another, nor against another checkpoint.
    #[test]
    fn a_memo_changes_no_answer(
        which in 0usize..2,
        against in 0usize..2,
        pointed in 1u8..3,
        index in 6u32..9,
        place in any::<prop::sample::Index>(),
        flip in 0u8..=255,
        after in any::<bool>(),
    ) {
        thread_local! {
            static SAMPLES: Vec<(Receipt, Checkpoint)> = samples();
            static MEMO: ProofMemo = ProofMemo::default();
        }
        SAMPLES.with(|samples| MEMO.with(|memo| {
            let good = &samples[which].0;
            let anchor = &samples[against].1;
            let mut bytes = codec::encode(good);
            let place = place.index(bytes.len());
            bytes[place] ^= flip;
            let check = |receipt: &Receipt| {
                let (leaf, pointer) = (leaf(index), pointer(pointed));
                let alone = receipt.verify(leaf, &pointer, anchor);
                prop_assert_eq!(receipt.verify_once(leaf, &pointer, anchor, memo), alone);
                let statuses = BatchStatuses { proof: receipt.proof.clone(), statuses: StatusArray::default() };
                let alone = statuses.verify(&pointer, anchor);
                prop_assert_eq!(statuses.verify_once(&pointer, anchor, memo), alone);
                Ok::<_, TestCaseError>(())
            };
            if let Ok(mutated) = Receipt::from_bytes(&bytes) {
                check(&mutated)?;
            }
            if after {
                check(good)?;
            }
            Ok::<(), TestCaseError>(())
        }))?;
    }
}

#[test]
fn a_memo_spares_the_work_and_is_bounded() {
    let (receipt, anchor) = samples().remove(0);
    let memo = ProofMemo::default();
    let verify = |memo| receipt.verify_once(leaf(7), &pointer(1), &anchor, memo).unwrap();
    assert_eq!(verify(&memo), verify(&memo));
    assert_eq!(memo.0.borrow().len(), 1);
    memo.0.borrow_mut().extend((0..MEMO_PROOFS_MAX as u64).map(|i| merkle::leaf_hash(&i.to_be_bytes()).0));
    let mut other = anchor.clone();
    other.header.time.0 += 1;
    assert!(
        receipt.verify_once(leaf(7), &pointer(1), &other, &memo).is_ok(),
        "the certificate is of the same validators"
    );
    assert_eq!(memo.0.borrow().len(), 1);
}
