//! What a document shows, as people read it: in the order and by the labels of its type.

use serde_json::{Map, Value};
use sogoc_credential::schema::{Claim, Schema, Shape};

use crate::language::Language;

/// Prints the claims of a processed payload.
pub fn print(schema: &Schema, processed: &Map<String, Value>, indent: &str, language: Language) {
    print_members(&schema.claims, processed, indent, language);
}

fn print_members(claims: &[Claim], shown: &Map<String, Value>, indent: &str, language: Language) {
    for (claim, value) in claims.iter().filter_map(|claim| Some((claim, shown.get(&claim.name)?))) {
        let label = label(claim, language);
        let below = format!("{indent}  ");
        match (&claim.shape, value) {
            (Shape::Group(members), Value::Object(shown)) => print_members(members, shown, indent, language),
            (Shape::Object(members), Value::Object(shown)) => {
                println!("{indent}{label}:");
                print_members(members, shown, &below, language);
            }
            (Shape::List(list), Value::Array(elements)) => {
                println!("{indent}{label}:");
                for element in elements.iter().filter_map(Value::as_object) {
                    let of = |claim: &Claim| text(claim, element.get(&claim.name)?, language);
                    let members = list
                        .members
                        .iter()
                        .filter_map(|member| Some(format!("{} {}", self::label(member, language), of(member)?)));
                    let members: Vec<String> = members.collect();
                    println!("{below}{}: {}", of(&list.key).unwrap_or_default(), members.join(", "));
                }
            }
            _ => println!("{indent}{label}: {}", text(claim, value, language).unwrap_or_default()),
        }
    }
}

fn label(claim: &Claim, language: Language) -> &str {
    language.pick(&claim.label.vi, &claim.label.en)
}

/// A value that is a text; of a code what it means, of a digest the digest.
fn text(claim: &Claim, value: &Value, language: Language) -> Option<String> {
    let text = match &claim.shape {
        Shape::FileDigest => value.get("digest")?.as_str()?,
        _ => value.as_str()?,
    };
    match &claim.shape {
        Shape::Code(codes) => codes.label(text).map(|label| language.pick(&label.vi, &label.en).to_owned()),
        _ => Some(text.to_owned()),
    }
}
