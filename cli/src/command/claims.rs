//! What a document shows, as people read it: in the order and by the labels of its type.

use serde_json::{Map, Value};
use sogoc_credential::schema::{Claim, Label, Shape};
use sogoc_credential::sdjwt::Disclosed;
use sogoc_credential::verify::Facts;

use crate::language::Language;

/// Prints what a document shows. Labels are a stranger's until the ledger vouches for the type: till then names stand for them.
pub fn print(facts: &Facts, disclosed: &Disclosed, indent: &str, language: Language) {
    let words = Words { language, are_vouched_for: facts.title().is_some() };
    words.members(&facts.schema.claims, &disclosed.processed, indent);
}

/// What people read for names and codes.
struct Words {
    language: Language,
    are_vouched_for: bool,
}

impl Words {
    fn members(&self, claims: &[Claim], shown: &Map<String, Value>, indent: &str) {
        for (claim, value) in claims.iter().filter_map(|claim| Some((claim, shown.get(&claim.name)?))) {
            let (label, below) = (self.label(claim), format!("{indent}  "));
            match (&claim.shape, value) {
                (Shape::Group(members), Value::Object(shown)) => self.members(members, shown, indent),
                (Shape::Object(members), Value::Object(shown)) => {
                    println!("{indent}{label}:");
                    self.members(members, shown, &below);
                }
                (Shape::List(list), Value::Array(elements)) => {
                    println!("{indent}{label}:");
                    for element in elements.iter().filter_map(Value::as_object) {
                        let key = element.get(&list.key.name).and_then(Value::as_str).unwrap_or_default();
                        let members = list.members.iter().filter_map(|member| {
                            Some(format!("{} {}", self.label(member), self.text(member, element.get(&member.name)?)?))
                        });
                        println!("{below}{key}: {}", members.collect::<Vec<String>>().join(", "));
                    }
                }
                _ => println!("{indent}{label}: {}", self.text(claim, value).unwrap_or_default()),
            }
        }
    }

    fn label<'a>(&self, claim: &'a Claim) -> &'a str {
        self.pick(&claim.label, &claim.name)
    }

    /// A value that is a text; of a code what it means, of a digest the digest.
    fn text<'a>(&self, claim: &'a Claim, value: &'a Value) -> Option<&'a str> {
        match &claim.shape {
            Shape::FileDigest => value.get("digest")?.as_str(),
            Shape::Code(codes) => {
                let code = value.as_str()?;
                Some(codes.label(code).map_or(code, |label| self.pick(label, code)))
            }
            _ => value.as_str(),
        }
    }

    fn pick<'a>(&self, label: &'a Label, name: &'a str) -> &'a str {
        if self.are_vouched_for { self.language.pick(&label.vi, &label.en) } else { name }
    }
}
