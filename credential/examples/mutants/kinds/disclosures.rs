//! What is disclosed, and where: disclosures, digests, containers. Signed and sealed as it is.

use super::json::{odd_value, respell, respell_base64};
use crate::document::{Document, b64, disclosure, quoted};
use crate::random::Random;
use crate::scene::Scene;

/// Fewer disclosures, the same ones twice, in another order, or another document's.
pub fn choice(random: &mut Random, scene: &mut Scene) {
    let list = &mut scene.document.disclosures;
    let count = list.len();
    match random.below(6) {
        0 => list.retain(|_| !random.one_in(3)),
        1 if count > 0 => drop(list.remove(random.below(count))),
        2 if count > 0 => {
            let twin = random.of(list);
            list.insert(random.cut(count), twin);
        }
        3 => random.shuffle(list),
        4 => {
            let foreign = disclosure(format!("[\"s{}\",\"name\",\"An\"]", random.below(1_000))).0;
            list.insert(random.cut(count), foreign);
        }
        _ if count > 0 => {
            let at = random.below(count);
            list[at] = respell_base64(random, &list[at]);
        }
        _ => list.push(String::new()),
    }
}

/// The spelling of a disclosure that has its digest.
pub fn spelling(random: &mut Random, scene: &mut Scene) {
    let document = &mut scene.document;
    document.disclosures.clear();
    document.digests.clear();
    let name = if document.schema == "da-ky" { "name" } else { "person" };
    let value = if document.schema == "da-ky" { quoted("An") } else { "{\"name\":\"An\"}".to_owned() };
    let text = format!("[\"c2FsdA\",\"{name}\",{value}]");
    let text = respell(random, &text);
    document.show_at_top(text);
}

/// The form of a disclosure that has its digest.
pub fn form(random: &mut Random, scene: &mut Scene) {
    let document = &mut scene.document;
    let forms = [
        "[]",
        "[\"s\"]",
        "[\"s\",\"name\"]",
        "[\"s\",\"name\",\"An\",1]",
        "[1,\"name\",\"An\"]",
        "[null,\"name\",\"An\"]",
        "[\"\",\"name\",\"An\"]",
        "[\"s\",1,\"An\"]",
        "[\"s\",null,\"An\"]",
        "[\"s\",[],\"An\"]",
        "{\"a\":1}",
        "\"s\"",
        "1",
        "null",
        "[\"s\",\"_sd\",[]]",
        "[\"s\",\"_sd_alg\",\"sha-256\"]",
        "[\"s\",\"...\",\"x\"]",
        "[\"s\",\"iss\",\"thcs-mau-1\"]",
        "[\"s\",\"exp\",1]",
        "[\"s\",\"cnf\",{}]",
        "[\"s\",\"ledger\",{}]",
        "[\"s\",\"vct\",\"x\"]",
        "[\"s\",\"_SD\",[]]",
        "[\"s\",\"__proto__\",{\"name\":\"An\"}]",
        "[\"s\",\"constructor\",\"x\"]",
        "[\"s\",\"\",\"x\"]",
        "[\"s\",\"person\",{}]",
        "[\"s\",\"person\",null]",
        "[\"s\",\"subjects\",[]]",
        "[\"s\",\"person\",{\"_sd\":[]}]",
        "[\"s\",\"person\",{\"_sd\":{}}]",
        "[\"s\",\"person\",{\"_sd\":null}]",
        "[\"s\",\"person\",{\"_sd\":[1]}]",
        "[\"s\",\"person\",{\"_sd\":[\"x\"]}]",
        "[\"s\",\"person\",{\"...\":\"x\"}]",
        "[\"s\",\"person\",{\"_sd_alg\":\"sha-256\"}]",
        "[\"s\",\"subjects\",[{\"...\":\"x\"}]]",
        "[\"s\",\"subjects\",[{\"...\":1}]]",
        "[\"s\",\"subjects\",[{\"...\":\"x\",\"a\":1}]]",
        "[\"s\",\"subjects\",[{\"_sd\":[],\"...\":\"x\"}]]",
        "[\"s\",\"subjects\",[[{\"...\":\"x\"}]]]",
        "[\"s\",\"subjects\",[null]]",
        "[\"s\",\"subjects\",[1,\"x\"]]",
        "[\"s\",\"date\",\"2026-05-31\"]",
        "[\"s\",\"schema\",\"1\"]",
    ];
    let form = random.pick(&forms);
    document.show_at_top(form);
    if random.one_in(3) {
        document.show_at_top(random.pick(&forms).replacen("\"s\"", "\"t\"", 1));
    }
    if random.one_in(4) {
        // An object and what is disclosed in it under one name, or a disclosure of one of its own siblings.
        let inner = document.show(r#"["t","name","An"]"#);
        let outer =
            random.of(&["\"name\":\"An\",", "", "\"sex\":\"Nam\",", "\"_sd_alg\":\"sha-256\",", "\"...\":\"x\","]);
        document.show_at_top(format!("[\"u\",\"person\",{{{outer}\"_sd\":[\"{inner}\"]}}]"));
    }
}

/// Digests: twice, of another form, in other places, of things in other places.
pub fn digests(random: &mut Random, scene: &mut Scene) {
    let document = &mut scene.document;
    let random_digest = b64(random.hash().0);
    match random.below(9) {
        0 => {
            let twin = document.digests.first().cloned().unwrap_or(random_digest);
            document.digests.push(twin);
        }
        1 => document.digests.push(respell_base64(random, &random_digest)),
        2 => {
            let length = random.of(&[0, 1, 31, 33, 64]);
            document.digests.push(b64(random.bytes(length)));
        }
        3 => document.digests.push(random_digest),
        4 => drop(document.digests.pop()),
        5 => {
            let list = odd_value(random);
            document.jwt.payload.set("_sd", list);
        }
        6 => {
            // The same withheld digest in two places.
            document.digests.push(random_digest.clone());
            document.show_at_top(format!("[\"s\",\"person\",{{\"_sd\":[\"{random_digest}\"]}}]"));
        }
        7 => {
            // An element in the place of a member, and a member in the place of an element.
            let element = document.show(r#"["s",{"subject":"Toán"}]"#);
            let member = document.show(r#"["s","subject","Toán"]"#);
            if random.one_in(2) {
                document
                    .show_at_top(format!("[\"s\",\"subjects\",[{{\"...\":\"{member}\"}},{{\"...\":\"{element}\"}}]]"));
            } else {
                document.digests.push(element);
            }
        }
        _ => {
            // A list of withheld and shown elements, in places that may be lists or not.
            let (a, b) = (
                document.show(r#"["s",{"subject":"Toán"}]"#),
                document.show(r#"["t",{"subject":"Văn","year":"9.0"}]"#),
            );
            let name = random.pick(&["subjects", "subjects", "person", "result"]);
            document.show_at_top(format!(
                "[\"s\",\"{name}\",[{{\"...\":\"{random_digest}\"}},{{\"...\":\"{a}\"}},{{\"...\":\"{b}\"}}]]"
            ));
        }
    }
}

/// Containers in one another, behind digests or in plain sight.
pub fn nesting(random: &mut Random, scene: &mut Scene) {
    let document = &mut scene.document;
    document.disclosures.clear();
    document.digests.clear();
    let (depth, plain) = (4 + random.below(7), random.below(9));
    let mut value = odd_container(random);
    for level in 0..depth {
        let list = random.one_in(3);
        value = if level < plain {
            if list { format!("[{value}]") } else { format!("{{\"person\":{value}}}") }
        } else if list {
            let digest = document.show(format!("[\"s{level}\",{value}]"));
            format!("[{{\"...\":\"{digest}\"}}]")
        } else {
            let digest = document.show(format!("[\"s{level}\",\"person\",{value}]"));
            format!("{{\"_sd\":[\"{digest}\"]}}")
        };
    }
    document.show_at_top(format!("[\"s\",\"person\",{value}]"));
}

/// Containers in which several things may be wrong at once: which of them counts is told.
pub fn thicket(random: &mut Random, scene: &mut Scene) {
    let document = &mut scene.document;
    document.disclosures.clear();
    document.digests.clear();
    for at in 0..1 + random.below(3) {
        let value = branch(random, document, 3);
        document
            .show_at_top(format!("[\"{at}\",\"{}\",{value}]", random.pick(&["person", "study", "result", "subjects"])));
    }
    random.shuffle(&mut document.digests);
}

fn branch(random: &mut Random, document: &mut Document, left: usize) -> String {
    if left == 0 || random.one_in(4) {
        return odd_container(random);
    }
    let count = random.below(4);
    if random.one_in(3) {
        let elements = (0..count).map(|at| {
            let element = branch(random, document, left - 1);
            match random.below(4) {
                0 => format!("{{\"...\":\"{}\"}}", document.show(format!("[\"{at}\",{element}]"))),
                1 => format!("{{\"...\":{}}}", random.pick(&["1", "\"x\"", "null", "[]"])),
                _ => element,
            }
        });
        return format!("[{}]", elements.collect::<Vec<_>>().join(","));
    }
    let names = ["a", "b", "B", "name", "_", "~", "\u{e9}", "\u{ffff}", "\u{1f393}", "", "A", "10", "9", "sex"];
    let mut members: Vec<String> = Vec::new();
    for at in 0..count {
        let name = names[(random.below(4) + at * 4) % names.len()];
        let value = branch(random, document, left - 1);
        members.push(format!("{}:{value}", quoted(name)));
    }
    if random.one_in(2) {
        let digests: Vec<String> = (0..random.below(4))
            .map(|at| match random.below(6) {
                0 => random.pick(&["1", "\"x\"", "null"]).to_owned(),
                1 => quoted(&b64([7; 32])),
                2 => quoted(&b64(random.hash().0)),
                _ => {
                    let value = branch(random, document, left - 1);
                    let name = quoted(random.pick(&names));
                    let name = if random.one_in(6) { String::new() } else { format!("{name},") };
                    quoted(&document.show(format!("[\"{at}{left}\",{name}{value}]")))
                }
            })
            .collect();
        members.push(format!("\"_sd\":[{}]", digests.join(",")));
    }
    if random.one_in(8) {
        members.push(random.pick(&["\"_sd_alg\":1", "\"...\":\"x\"", "\"_sd\":1", "\"_sd\":null"]).to_owned());
    }
    random.shuffle(&mut members);
    format!("{{{}}}", members.join(","))
}

fn odd_container(random: &mut Random) -> String {
    random.of(&["{}", "[]", "1", "\"x\"", "{\"_sd\":[]}", "[{\"...\":1}]"]).to_owned()
}
