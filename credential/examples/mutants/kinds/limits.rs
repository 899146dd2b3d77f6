//! Files at the edge of what there may be of anything. Large, and so rare.

use crate::document::{b64, quoted};
use crate::random::Random;
use crate::scene::Scene;

/// In the document, before it is signed.
pub fn document(random: &mut Random, scene: &mut Scene) {
    let document = &mut scene.document;
    let edge = random.below(3);
    match random.below(6) {
        // Disclosures.
        0 => {
            let wanted = 511 + edge;
            while document.disclosures.len() < wanted {
                let at = document.disclosures.len();
                let digest = document.show(format!("[\"{at}\",\"x{at}\",\"x\"]"));
                if random.one_in(2) {
                    document.digests.push(digest);
                }
            }
        }
        // Bytes of a disclosure: 8192 characters are 6144 bytes.
        1 => {
            let length = 6_144 - r#"["s","ref",""]"#.len() + edge - 1;
            document.show_at_top(format!("[\"s\",\"ref\",\"{}\"]", "x".repeat(length)));
        }
        // Bytes of the JWT.
        2 | 3 => {
            document.settle();
            document.jwt.payload.set("iss", quoted(&"x".repeat(48_300)));
            let signed = document.jwt.header.text().len() + document.jwt.payload.text().len();
            // 4 characters for 3 bytes of both, two dots, 86 characters of the signature.
            let spare = (65_536usize - 88) * 3 / 4;
            let length = (48_300 + spare).saturating_sub(signed) + edge - 1;
            document.jwt.payload.set("iss", quoted(&"x".repeat(length.min(60_000))));
        }
        // Bytes of the binding.
        4 => {
            scene.ask_holder(random);
            if let Some(binding) = &mut scene.document.binding {
                let length = 48_740 + random.below(120);
                binding.payload.set("x", quoted(&"x".repeat(length)));
            }
        }
        // Elements of a list, containers.
        _ => {
            let count = 100 + random.below(3_000);
            document.show_at_top(format!("[\"s\",\"subjects\",[{}]]", vec!["[]"; count].join(",")));
        }
    }
}

/// In the text of the document.
pub fn credential(random: &mut Random, scene: &mut Scene) {
    let text = &mut scene.credential;
    let (wanted, filler) = match random.below(3) {
        0 => ((1 << 20) - 1 + random.below(3), "A"),
        1 => ((1 << 20) - 1 + random.below(3), "~"),
        _ => ((1 << 20) - 1 + random.below(3), "é"),
    };
    let missing = wanted.saturating_sub(text.len());
    text.push_str(&filler.repeat(missing / filler.len()));
    while text.len() < wanted {
        text.push('A');
    }
}

/// In the receipt.
pub fn receipt(random: &mut Random, scene: &mut Scene) {
    let wanted = (256 << 10) - 1 + random.below(3);
    scene.receipt_bytes.resize(wanted, 0);
    if random.one_in(3) {
        scene.receipt_bytes[0] = 3;
    }
}

/// In the checkpoint.
pub fn checkpoint(random: &mut Random, scene: &mut Scene) {
    let wanted = (16 << 10) - 1 + random.below(3);
    scene.checkpoint_bytes.resize(wanted, 0);
}

/// In the file.
pub fn file(random: &mut Random, scene: &mut Scene) {
    const MOST: usize = 1_572_864;
    let wanted = MOST - 1 + random.below(3);
    let missing = wanted.saturating_sub(scene.file.len());
    match random.below(4) {
        0 => scene.file.splice(0..0, vec![b' '; missing]).for_each(drop),
        1 => scene.file = vec![b'{'; wanted],
        2 => {
            scene.file =
                format!("{{\"sogoc-bundle\":3,\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes();
        }
        _ => scene.file.resize(wanted, b'\n'),
    }
}

/// As many changes of validators as there may be are too many bytes; so are many openings, and a long history.
pub fn openings(random: &mut Random, scene: &mut Scene) {
    let text = quoted(&b64(random.bytes(1_000)));
    let count = 1_000 + random.below(100);
    scene.bundle.set(random.pick(&["openings", "history", "evidence"]), format!("[{}]", vec![text; count].join(",")));
    scene.file = scene.bundle.text().into_bytes();
}
