//! The type of document that a name on the command line means: what the ledger defines, else what is known by heart.
//!
//! A node tells the definitions. One that lies spoils only what it lies about: the ledger records with every batch the digest of
//! the definition that it was sealed under, and a document that was made by another one does not verify.

use std::path::PathBuf;
use std::sync::Arc;

use sogoc_credential::import::{self, DocumentKind, Import, Options, Refusal};
use sogoc_credential::schema::{self, CodeList, DefinitionError, Schema, code_lists_named};
use sogoc_ledger::Hash;
use sogoc_ledger::codec::List;
use sogoc_ledger::name::TypeId;
use sogoc_ledger::record::{DEFINITION_BYTES_MAX, Definition, DefinitionKind};

use crate::client::Client;
use crate::failure::Failure;
use crate::files;

/// The type of this name: its latest version on the ledger, or the one known by heart if the ledger defines none.
///
/// # Errors
/// `unknown-type`, or that the definition cannot be read.
pub fn of_ledger(client: &Client, id: &TypeId) -> Result<Arc<Schema>, Failure> {
    let definitions = client.definitions()?;
    let versions = definitions.iter().filter(|one| one.kind == DefinitionKind::Schema && one.name == *id);
    match versions.max_by_key(|one| one.version) {
        Some(latest) => of_definition(latest, &definitions),
        None => known_by_heart(id),
    }
}

/// The type that a sealed batch records: the ledger's if it recorded one, else the one known by heart.
///
/// # Errors
/// As [`of_ledger`].
pub fn of_batch(client: &Client, id: &TypeId, version: u16, defined: bool) -> Result<Arc<Schema>, Failure> {
    if !defined {
        return known_by_heart(id);
    }
    let definitions = client.definitions()?;
    let is_it = |one: &&Definition| one.kind == DefinitionKind::Schema && one.name == *id && one.version == version;
    of_definition(definitions.iter().find(is_it).ok_or_else(|| unknown(id))?, &definitions)
}

/// One of the types that every program knows.
pub fn known_by_heart(id: &TypeId) -> Result<Arc<Schema>, Failure> {
    schema::by_id(id.as_str()).cloned().ok_or_else(|| unknown(id))
}

/// The type that files define: its own text first, then those of the code lists that it names.
///
/// # Errors
/// A file cannot be read, or they define no type.
pub fn of_files(paths: &[PathBuf]) -> Result<Arc<Schema>, Failure> {
    let texts = paths.iter().map(|path| files::read(path, DEFINITION_BYTES_MAX));
    Ok(Arc::new(Schema::from_texts(&texts.collect::<Result<Vec<_>, _>>()?)?))
}

/// The type that a definition on the ledger defines, with the code lists that it names.
///
/// # Errors
/// It is none, or names a list that is not there.
pub fn of_definition(definition: &Definition, all: &[Definition]) -> Result<Arc<Schema>, Failure> {
    let mut texts: Vec<&[u8]> = vec![&definition.text];
    for (name, version) in code_lists_named(&definition.text)? {
        let is_it =
            |one: &&Definition| one.kind == DefinitionKind::CodeList && one.name == name && one.version == version;
        texts.push(&all.iter().find(is_it).ok_or_else(|| unknown(&name))?.text);
    }
    let schema = Arc::new(Schema::from_texts(&texts)?);
    // What it says of itself must be what the validators voted on.
    if schema.id != definition.name.as_str() || schema.version != definition.version {
        return Err(DefinitionError::Malformed("id".into()).into());
    }
    Ok(schema)
}

/// What a bundle brings of a type: nothing of one that every verifier knows by heart.
pub fn brought(schema: &Arc<Schema>) -> Option<Arc<Schema>> {
    (!schema.is_known()).then(|| schema.clone())
}

/// Whether what the ledger recorded with a batch is this type.
pub fn is_recorded(schema: &Schema, recorded: Option<Hash>) -> bool {
    recorded.map_or_else(|| schema.is_known(), |digest| digest == schema.digest)
}

/// Refuses a type whose definition says how a table is read, but not in a way that anybody can follow.
pub fn check_table(schema: &Schema) -> Result<(), Failure> {
    if import::reads_table(schema) == Some(false) {
        return Err(Failure::refused(
            "table-malformed",
            "Phần table của định nghĩa không đúng. docs/OPERATIONS.md, “A new type of document”, nói phần này gồm những gì.",
            "The table of the definition is not in order: docs/OPERATIONS.md, “A new type of document”, says what it holds.",
        ));
    }
    Ok(())
}

/// Reads a clerk's file of a type: by the rules of the type if they are built in, else as its definition says.
pub fn read_table(name: &str, bytes: &[u8], schema: &Schema, options: &Options) -> Result<Import, Refusal> {
    match DocumentKind::of(schema) {
        Some(kind) => import::import(name, bytes, kind, options),
        None => import::import_defined(name, bytes, schema, options),
    }
}

/// The definition that a text is, by what it says of itself.
///
/// # Errors
/// It defines nothing.
pub fn definition(text: Vec<u8>) -> Result<Definition, Failure> {
    let (kind, name, version) = schema::defines(&text)?;
    match kind {
        DefinitionKind::CodeList => drop(CodeList::from_text(&text)?),
        // With code lists it can be read only together with them.
        DefinitionKind::Schema if code_lists_named(&text)?.is_empty() => check_table(&Schema::from_texts(&[&text])?)?,
        DefinitionKind::Schema => {}
    }
    let text = List::new(text).ok_or_else(|| DefinitionError::Malformed("text".into()))?;
    Ok(Definition { kind, name, version, text })
}

/// What a new network begins with: the types that every program knows.
pub fn first_definitions() -> Vec<Definition> {
    let texts = schema::known().into_iter().flat_map(|schema| schema.texts());
    texts.map(|text| definition(text.into()).expect("a definition that is built in is well-formed")).collect()
}

/// There is no type of this name.
pub fn unknown(id: &TypeId) -> Failure {
    Failure::refused(
        "unknown-type",
        format!("Sổ cái không có định nghĩa {id}. sogoc definition list cho biết có những loại nào."),
        format!("The ledger has no definition {id}. sogoc definition list tells which types there are."),
    )
}

impl From<DefinitionError> for Failure {
    fn from(error: DefinitionError) -> Self {
        match &error {
            DefinitionError::Malformed(at) => Self::refused(
                error.code(),
                format!("Định nghĩa không đúng dạng ở: {at}. docs/FORMATS.md, mục 23, có mọi quy tắc."),
                format!("The definition is malformed at: {at}. docs/FORMATS.md, section 23, has every rule."),
            ),
            DefinitionError::UnknownFormat(format) => Self::refused(
                error.code(),
                format!("Định nghĩa có định dạng {format}, mới hơn chương trình này. Hãy cập nhật."),
                format!("The definition has format {format}, newer than this program. Update it."),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_is_compared_with_what_the_ledger_recorded() {
        let known = schema::by_id("da-ky").unwrap();
        let text = known.texts()[0].replace("\"da-ky\"", "\"da-ky-khac\"");
        let defined = Arc::new(Schema::from_texts(&[text]).unwrap());
        assert!(is_recorded(known, None) && is_recorded(known, Some(known.digest)));
        assert!(is_recorded(&defined, Some(defined.digest)));
        assert!(!is_recorded(&defined, None), "nobody would know what it is");
        assert!(!is_recorded(known, Some(defined.digest)) && !is_recorded(&defined, Some(known.digest)));
        assert_eq!((brought(known), brought(&defined)), (None, Some(defined.clone())));
    }
}
