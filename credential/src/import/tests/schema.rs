//! What is imported is what the published types of document ask for.

use super::*;
use crate::schema::{self, Shape};

fn fits(import: &Import, kind: DocumentKind) {
    let schema = schema::by_id(kind.id()).unwrap();
    let members = |claim: &'static schema::Claim| match &claim.shape {
        Shape::Group(members) => members,
        _ => std::slice::from_ref(claim),
    };
    let known: Vec<&schema::Claim> = schema.claims.iter().flat_map(members).collect();
    for row in &import.rows {
        for name in row.claims.keys() {
            assert!(known.iter().any(|claim| claim.name == *name), "{name}");
        }
        for claim in &known {
            match row.claims.get(&claim.name) {
                Some(value) => claim.check(value).unwrap_or_else(|error| panic!("{}: {error}", claim.name)),
                None => assert!(!claim.required, "{}", claim.name),
            }
        }
    }
}

#[test]
fn every_imported_row_fits_its_schema() {
    for (bytes, kind) in [
        (CLASS_OF_40, HocBaThcs),
        (CLASS_OF_8, HocBaThpt),
        (DIPLOMAS, BangTnThpt),
        (MISTAKES, HocBaThpt),
        (MISTAKES, BangTnThpt),
    ] {
        fits(&read(bytes, kind).unwrap(), kind);
    }
}
