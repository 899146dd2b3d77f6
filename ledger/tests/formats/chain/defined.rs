//! Batches whose types the ledger defines: one that no program knows by heart, one that it defines in another way than programs
//! know it, and one that it defines just as they do.

use sogoc_ledger::record::{Change, Definition, DefinitionKind};

use super::*;

/// The examples, and a type known by heart: its text, and that with a space behind it.
const TYPE: &str = include_str!("../../../../examples/giay-chung-nhan-nghe-1.json");
const CODES: &str = include_str!("../../../../examples/nghe-pho-thong-1.json");
const SIGNED_FILE: &str = include_str!("../../../../credential/definitions/da-ky-1.json");
const TRANSCRIPT: &str = include_str!("../../../../credential/definitions/hoc-ba-thcs-1.json");

fn define(kind: DefinitionKind, name: &str, text: &str) -> Change {
    let text = List::new(text.as_bytes().to_vec()).unwrap();
    Change::Define(Definition { kind, name: name.parse().unwrap(), version: 1, text })
}

/// Receipts of their documents, on a chain that decides so in its first two blocks.
pub fn receipts() -> Vec<(&'static str, Receipt, Hash)> {
    let mut network = Network::found();
    let motion = motions::propose(vec![
        define(DefinitionKind::CodeList, "nghe-pho-thong", CODES),
        define(DefinitionKind::Schema, "giay-chung-nhan-nghe", TYPE),
        define(DefinitionKind::Schema, "hoc-ba-thcs", &format!("{TRANSCRIPT} ")),
        define(DefinitionKind::Schema, "da-ky", SIGNED_FILE),
        Change::GrantAuthority {
            issuer: school(),
            document_type: "giay-chung-nhan-nghe".parse().unwrap(),
            from: Day(20_000),
            until: None,
        },
    ]);
    let votes = [2, 3].map(|seed| cast(seed, motions::vote(motion.id(), true)));
    network.block(&[motion]);
    network.block(&votes);
    let documents = committed("documents.json");
    let batches = [(0x11, "giay-chung-nhan-nghe", 2), (0x12, "hoc-ba-thcs", 0), (0x13, "da-ky", 1)];
    let sealed = batches.map(|(id, of_type, grant)| sealing(id, of_type, grant, 1, leaves(&documents, batch(id))));
    network.block(&sealed);
    let receipt = |name, id: u8, index: u32| {
        let leaves = leaves(&documents, batch(id));
        (name, network.statuses_of(batch(id)).receipt(&leaves, index).unwrap(), leaves[index as usize])
    };
    vec![
        receipt("defined@3", 0x11, 0),
        receipt("defined-undefined@3", 0x11, 1),
        receipt("defined-otherwise@3", 0x12, 0),
        receipt("defined-likewise@3", 0x13, 0),
    ]
}
