//! Receipts that prove nothing: one thing wrong in each.

use super::*;

pub fn other_bytes(vectors: &mut Vectors<'_>) {
    let (_, receipt, leaf) = vectors.chains.receipt("first@2").clone();
    let good = codec::encode(&receipt);
    let pointer = to(receipt.proof.batch_id, "hcmc-mau", "thcs-mau-1");
    let mut bytes = |description: &str, encoding: &[u8]| {
        vectors.add(description, "Receipt", encoding, Some(leaf), pointer.clone(), "genesis");
    };
    bytes("nothing", &[]);
    bytes("a byte after the end", &[good.as_slice(), &[0]].concat());
    bytes("cut short", &good[..good.len() - 1]);
    bytes("format 0", &[&[0], &good[1..]].concat());
    bytes("format 1", &[&[1], &good[1..]].concat());
    bytes("format 3", &[&[3], &good[1..]].concat());
    let (good, leaf) = (good.as_slice(), Some(leaf));
    let id = receipt.proof.batch_id;
    vectors.add("of another chain than the anchor", "Receipt", good, leaf, to(id, "khac", "thcs-mau-1"), "genesis");
    vectors.add("of another issuer", "Receipt", good, leaf, to(id, "hcmc-mau", "thcs-mau-2"), "genesis");
    vectors.add("of another batch", "Receipt", good, leaf, to(batch(1), "hcmc-mau", "thcs-mau-1"), "genesis");
    vectors.receipt("of another document", &receipt, Hash::ZERO, "genesis");
}

pub fn wrong_places(vectors: &mut Vectors<'_>) {
    vectors.named("another index", "first@2", "genesis", &|receipt| receipt.index = 1);
    vectors.named("an index beyond the batch", "first@2", "genesis", &|receipt| receipt.index = 3);
    vectors.named("an index beyond a batch of one", "other-version@2", "genesis", &|receipt| receipt.index = 7);
    vectors.named("an index beyond a batch of two", "other-key@2", "genesis", &|receipt| receipt.index = 3);
    vectors.named("a path too short", "first@2", "genesis", &|r| {
        r.path = changed(&r.path, |p| {
            p.pop();
        })
    });
    vectors.named("a path too long", "first@2", "genesis", &|r| r.path = changed(&r.path, |p| p.push(Hash::ZERO)));
    vectors.named("another root", "first@2", "genesis", &|r| r.proof.batch.root = Hash::ZERO);
    vectors.named("another issuer's record", "first@2", "genesis", &|r| {
        r.proof.issuer.name = r.proof.issuer.name_en.clone()
    });
    vectors.named("a successor of one's own making", "third@2", "genesis", &|receipt| {
        let named = receipt.proof.named_issuer.as_mut().unwrap();
        named.successors = changed(&named.successors, |successors| successors[0].until = Some(Day(30_000)));
    });
    vectors.named("a suspension left out", "late-key@5", "genesis", &|receipt| {
        receipt.proof.issuer.keys.iter_mut().for_each(|key| key.suspended = None);
    });
    vectors.named("issued instead of digitised", "third@2", "genesis", &|r| r.proof.batch.origin = Origin::Issued);
    vectors.named("an approver of one's own making", "first@2", "genesis", &|receipt| {
        receipt.proof.batch.approver = Some(receipt.proof.batch.key);
    });
    vectors.named("a slot set that is clear", "first@2", "genesis", &|receipt| {
        let StateProof { slots, .. } = &mut receipt.proof.state;
        *slots = changed(slots, |slots| slots[0] ^= 1 << slots[0].trailing_ones());
    });
    vectors.named("a sibling too many", "first@2", "genesis", &|receipt| {
        let StateProof { siblings, .. } = &mut receipt.proof.state;
        *siblings = changed(siblings, |siblings| siblings.push(Hash::ZERO));
    });
    vectors.named("the status hidden", "second@2", "genesis", &|receipt| receipt.status = None);
    let neighbour = vectors.chains.receipt("first@2").1.status.clone();
    vectors.named("the status of a neighbour", "second@2", "genesis", &move |r| r.status.clone_from(&neighbour));
    let revoked = vectors.chains.receipt("second@2").1.status.clone();
    vectors.named("a status where there are none", "second@1", "genesis", &move |r| r.status.clone_from(&revoked));
    vectors.named("a status changed to valid", "second@2", "genesis", &|receipt| {
        if let Some(proof) = &mut receipt.status {
            proof.entry.status = Status::Valid;
        }
    });
    vectors.named("a status whose past is cut off", "corrected@3", "genesis", &|receipt| {
        if let Some(proof) = &mut receipt.status {
            proof.entry.previous = Hash::ZERO;
        }
    });
    let earlier = vectors.chains.receipt("corrected@2").1.status.clone();
    vectors.named("the status before the latest", "corrected@3", "genesis", &move |r| r.status.clone_from(&earlier));
    vectors.statuses("statuses hidden", "a@4", &|statuses| statuses.statuses = StatusArray::default());
    vectors.statuses("a status of no document", "a@1", &|statuses| {
        let mut entry = StatusEntry::unchanged(3);
        entry.status = Status::Revoked;
        statuses.statuses = StatusArray::default().with(entry);
    });
    vectors.statuses("an unchanged entry written out", "a@4", &|s| {
        s.statuses = s.statuses.clone().with(StatusEntry::unchanged(0));
    });
    vectors.statuses("entries in another order", "a@4", &|s| {
        s.statuses = s.statuses.clone().with(StatusEntry::unchanged(0));
        s.statuses.changed = changed(&s.statuses.changed, |entries| entries.reverse());
    });
}

/// The issuer that is named is the one that was acted for, or there is none.
pub fn misnamed(vectors: &mut Vectors<'_>) {
    let chains = vectors.chains;
    for (description, receipt, leaf) in &chains.misnamed {
        vectors.receipt(description, receipt, *leaf, "genesis");
    }
    vectors.named("the issuer that was acted for taken away", "third@2", "genesis", &|r| r.proof.named_issuer = None);
    vectors.named("the issuer that was acted for taken away with its mention", "third@2", "genesis", &|receipt| {
        (receipt.proof.named_issuer, receipt.proof.batch.act_for) = (None, None);
    });
    vectors.named("an issuer named without proof", "first@2", "genesis", &|receipt| {
        receipt.proof.named_issuer =
            genesis().issuers.iter().find(|issuer| issuer.id.as_str() == "thcs-mau-2").cloned();
        receipt.proof.batch.act_for = receipt.proof.named_issuer.as_ref().map(|issuer| issuer.id.clone());
    });
    vectors.named("the sealing issuer as the named one", "first@2", "genesis", &|receipt| {
        receipt.proof.named_issuer = Some(receipt.proof.issuer.clone());
    });
}

pub fn not_final(vectors: &mut Vectors<'_>) {
    let chains = vectors.chains;
    let as_it_is = |_: &mut Receipt| {};
    let finality = |receipt: &mut Receipt, finality: &Finality| receipt.proof.finality = finality.clone();
    vectors.named("older than the anchor", "first@1", "height 4", &as_it_is);
    vectors.named("older than the anchor by one", "first@1", "height 2", &as_it_is);
    vectors.named("a path to another anchor", "first@1, for checkpoint 4", "height 2", &as_it_is);
    vectors.named("a path, and genesis for an anchor", "first@1, for checkpoint 4", "genesis", &as_it_is);
    vectors.named("a path that leads elsewhere", "first@1, for checkpoint 4", "height 4", &|receipt| {
        if let Finality::Ancestor(ancestry) = &mut receipt.proof.finality {
            ancestry.path = changed(&ancestry.path, |path| path[0].0[0] ^= 1);
        }
    });
    vectors.named("a path too short", "first@1, for checkpoint 4", "height 4", &|receipt| {
        if let Finality::Ancestor(ancestry) = &mut receipt.proof.finality {
            ancestry.path = changed(&ancestry.path, |path| {
                path.pop();
            });
        }
    });
    let to_itself = chains.main.ancestry_to(1, 4);
    vectors.named("a path of the anchor itself", "first@4", "height 4", &move |r| finality(r, &to_itself));
    vectors.named("another block of the anchor's height", "first@2", "changing, height 2", &as_it_is);
    vectors.named("a header changed", "first@2", "genesis", &|receipt| receipt.proof.header.leaves += 1);
    vectors.named("the founders sign what their successors should", "first@8", "changing, height 7", &as_it_is);
    vectors.named("the first change of two left out", "changing@12", "changing, genesis", &|receipt| {
        if let Finality::Certified { changes, .. } = &mut receipt.proof.finality {
            *changes = changed(changes, |changes| drop(changes.remove(0)));
        }
    });
    vectors.named("the second change of two left out", "changing@12", "changing, genesis", &|receipt| {
        if let Finality::Certified { changes, .. } = &mut receipt.proof.finality {
            *changes = changed(changes, |changes| drop(changes.pop()));
        }
    });
    vectors.named("two changes in another order", "changing@12", "changing, genesis", &|receipt| {
        if let Finality::Certified { changes, .. } = &mut receipt.proof.finality {
            *changes = changed(changes, |changes| changes.reverse());
        }
    });
    vectors.named(
        "a receipt of an era that the anchor has left behind",
        "changing@9",
        "changing, height 12",
        &as_it_is,
    );
    vectors.named(
        "a path to a later anchor, against another",
        "changing@9, for checkpoint 12",
        "changing, height 11",
        &as_it_is,
    );
    vectors.named("the change of validators left out", "changing@7", "changing, genesis", &|receipt| {
        if let Finality::Certified { changes, .. } = &mut receipt.proof.finality {
            *changes = List::default();
        }
    });
    let change_in = |receipt: &mut Receipt, edit: &dyn Fn(&mut SetChange)| {
        if let Finality::Certified { changes, .. } = &mut receipt.proof.finality {
            *changes = changed(changes, |changes| edit(&mut changes[0]));
        }
    };
    vectors.named("a change that changes nothing", "first@4", "genesis", &|receipt| {
        let Checkpoint { header, next_validators, .. } = chains.main.checkpoints[2].clone();
        let certificate = chains.main.certificates[2].clone().unwrap();
        if let Finality::Certified { changes, .. } = &mut receipt.proof.finality {
            *changes = List::new(vec![SetChange { header, certificate, next_validators }]).unwrap();
        }
    });
    vectors.named("another next set", "changing@7", "changing, genesis", &|receipt| {
        change_in(receipt, &|change| change.next_validators = genesis().validators().unwrap());
    });
    vectors.named("a next set that is none", "changing@7", "changing, genesis", &|receipt| {
        change_in(receipt, &|change| change.next_validators = small_order_set());
    });
    vectors.named("a change without a quorum", "changing@7", "changing, genesis", &|receipt| {
        change_in(receipt, &|change| change.certificate.signers = List::new(vec![3]).unwrap());
    });
    vectors.named("one change twice", "changing@7", "changing, genesis", &|receipt| {
        if let Finality::Certified { changes, .. } = &mut receipt.proof.finality {
            *changes = changed(changes, |changes| changes.push(changes[0].clone()));
        }
    });
    let spare = chains.main.certificate(&chains.main.checkpoints[4].validators, 4);
    vectors.named("a spare signature", "first@4", "genesis", &move |receipt| {
        receipt.proof.finality = Finality::Certified { certificate: spare.clone(), changes: List::default() };
    });
    vectors.named("a certificate of another block", "first@2", "genesis", &|receipt| {
        receipt.proof.finality = certified(&chains.main, 1);
    });
}

fn certified(network: &Network, height: usize) -> Finality {
    Finality::Certified { certificate: network.certificates[height].clone().unwrap(), changes: List::default() }
}

/// A set that decodes and is none: its member's key is of small order.
pub fn small_order_set() -> ValidatorSet {
    let mut identity = [0; 32];
    identity[0] = 1;
    let member = Validator { key: PublicKey::Ed25519(identity), power: 1 };
    let list: List<Validator, 128> = List::new(vec![member]).unwrap();
    codec::decode(&codec::encode(&list)).unwrap()
}
