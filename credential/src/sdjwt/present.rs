//! Choosing what to show. The issuer-signed JWT is never touched.

use super::{Error, SdJwt};

/// The path that stands for every claim which is not sensitive.
pub const EVERYTHING: &str = "*";

/// A presentation that shows the claims at `paths` (see [`crate::schema`]) and what lies on the way to them. A container
/// brings its members along, except sensitive ones, which must be named themselves. No path shows nothing but the
/// envelope.
pub fn present(document: &SdJwt<'_>, paths: &[&str]) -> Result<String, Error> {
    let schema = &document.schema;
    let (_, opened) = document.reveal()?;
    let sensitive: Vec<bool> =
        opened.iter().map(|opened| schema.claim_at(&opened.path).is_some_and(|claim| claim.sensitive)).collect();
    let mut shown = vec![false; opened.len()];
    for &path in paths {
        let target = match path {
            EVERYTHING => None,
            _ => {
                let full = schema.full_path(path).ok_or_else(|| Error::PathUnknown(path.to_owned()))?;
                let held = opened.iter().position(|opened| opened.path == full);
                Some(held.ok_or_else(|| Error::PathNotHeld(path.to_owned()))?)
            }
        };
        let mut inside = vec![false; opened.len()];
        for (index, opened) in opened.iter().enumerate() {
            let below = opened.parent.map_or(target.is_none(), |parent| inside[parent]);
            inside[index] = target == Some(index) || (below && !sensitive[index]);
            shown[index] |= inside[index];
        }
    }
    for (index, opened) in opened.iter().enumerate().rev() {
        if let (true, Some(parent)) = (shown[index], opened.parent) {
            shown[parent] = true;
        }
    }
    let mut disclosures: Vec<usize> =
        opened.iter().zip(shown).filter(|(_, shown)| *shown).map(|(opened, _)| opened.disclosure).collect();
    disclosures.sort_unstable();

    let mut presentation = format!("{}~", document.jwt);
    for index in disclosures {
        presentation.push_str(document.disclosures[index]);
        presentation.push('~');
    }
    Ok(presentation)
}
