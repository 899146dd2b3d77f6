//! Every answer that the tests of this crate get is one that the description has: route, status, media type, code of the
//! problem, headers.

use std::sync::LazyLock;

use serde_json::Value;

use crate::fixture::{Answer, Server};

static DESCRIPTION: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../openapi.json")).unwrap());

/// What a reference leads to.
fn resolved(value: &Value) -> &Value {
    match value["$ref"].as_str() {
        Some(address) => DESCRIPTION.pointer(address.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// The description of the route at `address`.
fn route(address: &str) -> Option<&'static Value> {
    let path = address.split('?').next().unwrap();
    let matches = |template: &str| {
        let (mut wanted, mut given) = (template.split('/'), path.split('/'));
        wanted
            .by_ref()
            .zip(given.by_ref())
            .all(|(wanted, given)| wanted == given || (wanted.starts_with('{') && !given.is_empty()))
            && template.split('/').count() == path.split('/').count()
    };
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    paths.iter().find(|(template, _)| matches(template)).map(|(_, route)| route)
}

/// The codes of a schema of problems.
fn codes(schema: &Value) -> Vec<&str> {
    match schema["oneOf"].as_array() {
        Some(either) => either.iter().flat_map(codes).collect(),
        None => {
            let code = &resolved(schema)["properties"]["code"];
            let several = code["enum"].as_array().into_iter().flatten();
            several.chain(std::iter::once(&code["const"])).filter_map(Value::as_str).collect()
        }
    }
}

/// Fails if the description does not have this answer.
pub fn must_have(method: &str, address: &str, answer: &Answer) {
    let asked = format!("{method} {address}: {}", answer.status);
    // The page is for browsers.
    if route(address).is_none() && !address.starts_with("/v1/") && matches!(answer.status, 200 | 304) {
        return;
    }
    let parts = &DESCRIPTION["components"]["responses"];
    let described = match route(address).map(|route| &route[method.to_lowercase()]) {
        None => &parts["UnknownRoute"],
        Some(Value::Null) => &parts["MethodNotAllowed"],
        Some(operation) => resolved(&operation["responses"][answer.status.to_string()]),
    };
    // What any request may be answered before its address counts.
    let described = match answer.status {
        429 | 503 if route(address).is_none() => {
            &parts[if answer.status == 429 { "TooManyRequests" } else { "Unavailable" }]
        }
        _ => described,
    };
    assert!(described.is_object(), "{asked} is not described");
    for (name, header) in described["headers"].as_object().unwrap() {
        let header = resolved(header);
        let value = answer.header(name);
        assert!(value.is_some() || header["required"] != true, "{asked} has no {name}");
        let (one, several) = (&header["schema"]["const"], &header["schema"]["enum"]);
        if let (Some(value), Some(one)) = (value, one.as_str()) {
            assert_eq!(value, one, "{asked}: {name}");
        }
        if let (Some(value), Some(several)) = (value, several.as_array()) {
            assert!(several.iter().any(|one| one == value), "{asked}: {name} is {value}");
        }
    }
    if answer.body.is_empty() && described["content"].is_null() {
        return;
    }
    let media_type = answer.header("content-type").unwrap();
    let content = &described["content"][media_type];
    assert!(content.is_object(), "{asked} is not described as {media_type}");
    if media_type == "application/problem+json" {
        let code = answer.code();
        assert!(codes(&content["schema"]).contains(&code.as_str()), "{asked} is not described with {code}");
    }
}

#[test]
fn methods_are_those_described() {
    let server = Server::start();
    for (template, route) in DESCRIPTION["paths"].as_object().unwrap() {
        let mut described: Vec<_> = route.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        if described.contains(&"GET".to_owned()) {
            described.push("HEAD".into());
        }
        described.sort();
        let address = template.replace(['{', '}'], "");
        let answer = server.raw(format!("BREW {address} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes());
        let allow = answer.lines().find_map(|line| line.strip_prefix("allow: ")).unwrap();
        let mut allowed: Vec<_> = allow.split(',').map(|method| method.trim().to_owned()).collect();
        allowed.sort();
        assert_eq!(allowed, described, "{template}");
    }
}

#[test]
fn it_is_served() {
    let server = Server::start();
    let answer = server.get("/v1/openapi.json");
    assert_eq!((answer.status, answer.json()), (200, DESCRIPTION.clone()));
}
