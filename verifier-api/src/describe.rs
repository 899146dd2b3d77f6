//! The description of the routes: OpenAPI 3.1, for programs and people.
//!
//! # Format
//!
//! `openapi.json`, written by hand and served as it is. The sentences about bytes are in `docs/FORMATS.md`.
//!
//! # Invariants
//!
//! It describes every route and problem of this crate and nothing else: shown below. What the server answers in the tests
//! of `tests/api` is each looked up in it, and `tests/conformance/http` asks a real network for everything it describes.

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use sogoc_ledger::merkle;

use crate::ask::Asked;
use crate::keep::Keep;
use crate::problem::Problem;

/// Where it is.
pub(crate) const ADDRESS: &str = "/v1/openapi.json";

const DESCRIPTION: &str = include_str!("../openapi.json");

static TAG: LazyLock<String> = LazyLock::new(|| merkle::leaf_hash(DESCRIPTION.as_bytes()).to_string());

pub(crate) async fn description(uri: Uri, wants: HeaderMap) -> Result<Response, Problem> {
    Asked::of(&uri, &[])?;
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Keep::WhileAsking.answer(&wants, &TAG, "accept", || Ok((json, DESCRIPTION).into_response()))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::Value;
    use sogoc_ledger::refusal::Refusal;

    use super::*;

    fn document() -> Value {
        serde_json::from_str(DESCRIPTION).unwrap()
    }

    #[test]
    fn it_is_of_this_version() {
        assert_eq!(document()["info"]["version"], env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn routes_are_those_of_the_router() {
        let served: BTreeSet<_> = crate::routes().into_iter().map(|(path, _)| path.to_owned()).collect();
        let described: BTreeSet<_> = document()["paths"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(described, served);
    }

    #[test]
    fn problems_are_those_of_the_program() {
        let refusals: Vec<_> = Refusal::ALL.iter().copied().map(Problem::Refused).collect();
        let others = std::iter::successors(refusals[0].next(), |problem| problem.next());
        let known: BTreeSet<_> = refusals.into_iter().chain(others).map(Problem::named).collect();
        let mut described = BTreeSet::new();
        let document = document();
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            let Some(status) = schema["properties"]["status"]["const"].as_u64() else { continue };
            let code = &schema["properties"]["code"];
            let codes = code["enum"].as_array().cloned().unwrap_or_else(|| vec![code["const"].clone()]);
            for code in codes {
                assert!(described.insert((status as u16, code.as_str().unwrap().to_owned())), "{name}: {code} twice");
            }
        }
        let known: BTreeSet<_> = known.into_iter().map(|(status, code)| (status, code.to_owned())).collect();
        assert_eq!(described, known);
    }

    #[test]
    fn references_lead_somewhere_and_parts_are_used() {
        fn references(value: &Value, found: &mut BTreeMap<String, usize>) {
            match value {
                Value::Object(members) => {
                    for (name, value) in members {
                        match value.as_str() {
                            Some(address) if name == "$ref" => *found.entry(address.to_owned()).or_default() += 1,
                            _ => references(value, found),
                        }
                    }
                }
                Value::Array(elements) => elements.iter().for_each(|element| references(element, found)),
                _ => {}
            }
        }
        let document = document();
        let mut found = BTreeMap::new();
        references(&document, &mut found);
        for address in found.keys() {
            let place = address.strip_prefix('#').unwrap();
            assert!(document.pointer(place).is_some(), "{address}");
        }
        // Those that every route may answer, and which belong to no method of it.
        let unused = ["UnknownRoute", "MethodNotAllowed"].map(|name| format!("#/components/responses/{name}"));
        for (kind, parts) in document["components"].as_object().unwrap() {
            for name in parts.as_object().unwrap().keys() {
                let address = format!("#/components/{kind}/{name}");
                assert!(found.contains_key(&address) || unused.contains(&address), "{address} is not used");
            }
        }
    }
}
