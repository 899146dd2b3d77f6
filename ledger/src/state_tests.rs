use super::*;
use crate::name::BatchId;
use crate::testing::{Network, batch, leaves, school, sealing};
use proptest::prelude::*;

fn network(batches: u8) -> Network {
    let mut network = Network::found();
    for id in 0..batches {
        network.block(&[sealing(id, 2)]);
    }
    network
}

fn held<'a>(network: &Network, keys: &'a [Key]) -> Vec<(&'a Key, Option<Record>)> {
    keys.iter().map(|key| (key, network.record(key).unwrap())).collect()
}

fn verify(proof: &StateProof, root: &Hash, held: &[(&Key, Option<Record>)]) -> bool {
    let claims: Vec<_> = held.iter().map(|(key, record)| ((*key).clone(), record.as_ref())).collect();
    proof.verify(root, &claims).is_ok()
}

#[test]
fn proofs_show_presence_and_absence() {
    let network = network(40);
    let root = network.tip.header.state_root;
    let issuer = Key::Issuer(school());
    for id in 0..60 {
        let keys = [Key::Batch(school(), batch(id)), issuer.clone()];
        let proof = prove(&network, network.tip.tree_version, &keys).unwrap();
        let claims = held(&network, &keys);
        assert_eq!(claims[0].1.is_some(), id < 40);
        assert!(verify(&proof, &root, &claims), "batch {id}");
        assert!(!verify(&proof, &Hash::ZERO, &claims));
        let mut lie = claims.clone();
        lie[0].1 = if id < 40 { None } else { network.record(&Key::Batch(school(), batch(0))).unwrap() };
        assert!(!verify(&proof, &root, &lie), "batch {id}");
    }
}

#[test]
fn a_proof_of_many_keys_shares_siblings() {
    let network = network(40);
    let (batch, issuer) = (Key::Batch(school(), batch(7)), Key::Issuer(school()));
    let alone =
        |key: &Key| prove(&network, network.tip.tree_version, std::slice::from_ref(key)).unwrap().siblings.len();
    let together = prove(&network, network.tip.tree_version, &[batch.clone(), issuer.clone()]).unwrap().siblings.len();
    assert!(together + 2 <= alone(&batch) + alone(&issuer));
}

#[test]
fn proofs_are_those_of_jmt() {
    let network = network(20);
    let key = Key::Batch(school(), batch(3));
    let tree = Sha256Jmt::new(&network);
    let (value, proof) = tree.get_with_proof(KeyHash(key.place().0), network.tip.tree_version).unwrap();
    proof
        .verify_existence(jmt::RootHash(network.tip.header.state_root.0), KeyHash(key.place().0), value.unwrap())
        .unwrap();
}

/// Every sibling on the way, as `jmt` gives it.
#[test]
fn siblings_are_those_of_jmt() {
    #[derive(borsh::BorshDeserialize)]
    struct SinglePath {
        leaf: Option<([u8; 32], [u8; 32])>,
        /// From the leaf upwards.
        siblings: Vec<Sibling>,
    }
    #[derive(borsh::BorshDeserialize)]
    enum Sibling {
        Null,
        Internal([u8; 32], [u8; 32]),
        Leaf([u8; 32], [u8; 32]),
    }
    let network = network(120);
    let tree = Sha256Jmt::new(&network);
    for id in 0..=255 {
        let key = Key::Batch(school(), batch(id));
        let (_, theirs) = tree.get_with_proof(KeyHash(key.place().0), network.tip.tree_version).unwrap();
        let theirs: SinglePath = borsh::from_slice(&borsh::to_vec(&theirs).unwrap()).unwrap();
        let siblings = theirs.siblings.iter().rev().map(|sibling| match sibling {
            Sibling::Null => EMPTY,
            Sibling::Internal(left, right) => inner(&Hash(*left), &Hash(*right)),
            Sibling::Leaf(place, value) => leaf(&Hash(*place), &Hash(*value)),
        });
        // A proof names them as a walk meets them: those on the left on its way down, those on the right on its way up.
        let place = key.place().0;
        let on_the_left = |depth: usize| place[depth / 8] >> (7 - depth % 8) & 1 == 1;
        let (left, mut right): (Vec<_>, Vec<_>) = siblings.enumerate().partition(|(depth, _)| on_the_left(*depth));
        right.reverse();
        let met = left.into_iter().chain(right).map(|(_, hash)| hash);
        let siblings: Vec<Hash> = met.filter(|hash| *hash != EMPTY).collect();
        let ours = prove(&network, network.tip.tree_version, std::slice::from_ref(&key)).unwrap();
        assert_eq!(*ours.siblings, siblings, "batch {id}");
        let depth = theirs.siblings.len() as u8;
        let evidence = match theirs.leaf {
            Some((place, _)) if place == key.place().0 => Evidence::Present { depth },
            Some((place, value)) => Evidence::AbsentOther { depth, place: Hash(place), value: Hash(value) },
            None => Evidence::AbsentEmpty { depth },
        };
        assert_eq!(*ours.evidence, [evidence], "batch {id}");
        let held = super::value(&network, network.tip.tree_version, &key.place()).unwrap();
        let record = network.record(&key).unwrap();
        assert_eq!(held, record.map(|record| Hash(Sha256::digest(codec::encode(&record)).into())));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_changed_proof_is_accepted(at in any::<prop::sample::Index>(), bit in 0u8..8, id in 0u8..25) {
        thread_local!(static NETWORK: Network = network(20));
        NETWORK.with(|network| {
            let root = network.tip.header.state_root;
            let keys = [Key::Batch(school(), batch(id)), Key::Issuer(school())];
            let proof = prove(network, network.tip.tree_version, &keys).unwrap();
            let mut bytes = codec::encode(&proof);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(changed) = codec::decode::<StateProof>(&bytes) {
                prop_assert!(!verify(&changed, &root, &held(network, &keys)));
            }
            Ok(())
        })?;
    }
}

#[test]
fn the_place_begins_with_the_kind() {
    assert_eq!(Key::Batch(school(), BatchId([0; 16])).place().0[0], 0x80);
    assert_eq!(Key::Issuer(school()).place().0[0], 0x40);
    assert_eq!(Key::Parameters.place().0[0], 0x20);
    assert_eq!(leaves(0, 1).len(), 1);
}
