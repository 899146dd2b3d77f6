//! `sogoc definition`: the types of document, as the ledger defines them.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};
use sogoc_credential::schema::{self, Claim, Label, Schema, Shape};
use sogoc_ledger::name::TypeId;
use sogoc_ledger::record::DefinitionKind;

use super::reader::Reader;
use crate::client::Client;
use crate::failure::Failure;
use crate::language::Language;
use crate::types;

/// What to do.
#[derive(clap::Subcommand)]
pub enum What {
    /// Check the text of a type before it is proposed, and show it / kiểm tra định nghĩa.
    Check {
        /// The type's text, then those of the code lists that it names.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// The types and code lists on the ledger / các loại văn bản.
    List {
        #[command(flatten)]
        reader: Reader,
    },
    /// Show a type / xem một loại.
    Show {
        /// Its name, as bang-tn-thpt.
        #[arg(value_name = "TYPE")]
        name: TypeId,
        /// Print the text, as a motion or a verifier needs it.
        #[arg(long)]
        text: bool,
        #[command(flatten)]
        reader: Reader,
    },
}

/// Runs the command.
pub fn run(what: &What, language: Language) -> Result<ExitCode, Failure> {
    match what {
        What::Check { files, json } => {
            let schema = types::of_files(files)?;
            types::check_table(&schema)?;
            print(&schema, *json, language);
        }
        What::List { reader } => list(reader, language)?,
        What::Show { name, text, reader } => {
            let schema = types::of_ledger(&Client::new(&reader.node), name)?;
            if *text {
                schema.texts().iter().for_each(|text| print!("{text}"));
            } else {
                print(&schema, reader.json, language);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(reader: &Reader, language: Language) -> Result<(), Failure> {
    let definitions = Client::new(&reader.node).definitions()?;
    let known = schema::known().into_iter().filter(|schema| {
        !definitions.iter().any(|one| one.kind == DefinitionKind::Schema && one.name.as_str() == schema.id)
    });
    let on_ledger = definitions.iter().map(|one| (one.kind, one.name.to_string(), one.version, one.digest(), true));
    let by_heart = known.map(|one| (DefinitionKind::Schema, one.id.clone(), one.version, one.digest, false));
    let all: Vec<_> = on_ledger.chain(by_heart).collect();
    if reader.json {
        let rows = all.iter().map(|(kind, name, version, digest, on_ledger)| {
            json!({ "kind": kind, "name": name, "version": version, "digest": digest, "on_ledger": on_ledger })
        });
        println!("{}", Value::from_iter(rows));
        return Ok(());
    }
    for (kind, name, version, digest, on_ledger) in all {
        let kind = match kind {
            DefinitionKind::Schema => language.pick("loại", "type"),
            DefinitionKind::CodeList => language.pick("danh mục", "code list"),
        };
        let from = if on_ledger { "" } else { language.pick("  (có sẵn)", "  (built in)") };
        println!("{kind} {name}/{version}  {digest}{from}");
    }
    Ok(())
}

fn print(schema: &Schema, as_json: bool, language: Language) {
    if as_json {
        let texts: Vec<Value> = schema.texts().iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
        println!(
            "{}",
            json!({ "type": schema.id, "version": schema.version, "digest": schema.digest, "definition": texts })
        );
        return;
    }
    println!("{} ({}/{})", pick(&schema.title, language), schema.id, schema.version);
    println!("SHA-256 {}", schema.digest);
    for claim in &schema.claims {
        print_claim(claim, 1, language);
    }
}

fn print_claim(claim: &Claim, depth: usize, language: Language) {
    let mut marks = String::new();
    if !claim.required {
        marks.push_str(language.pick(", có thể trống", ", optional"));
    }
    if claim.sensitive {
        marks.push_str(language.pick(", nhạy cảm", ", sensitive"));
    }
    let indent = "  ".repeat(depth);
    let form = match &claim.shape {
        Shape::Text(format) => format.name().to_owned(),
        Shape::Code(codes) => {
            let codes: Vec<&str> = codes.codes().map(|(code, _)| code).collect();
            codes.join(" | ")
        }
        Shape::Group(_) | Shape::Object(_) => "{}".to_owned(),
        Shape::List(list) => format!("[] ≤ {}", list.slots),
        Shape::FileDigest => "file-digest".to_owned(),
    };
    println!("{indent}{}  {} ({form}{marks})", claim.name, pick(&claim.label, language));
    if let Shape::List(list) = &claim.shape {
        print_claim(&list.key, depth + 1, language);
    }
    for member in claim.members() {
        print_claim(member, depth + 1, language);
    }
}

fn pick(label: &Label, language: Language) -> &str {
    language.pick(&label.vi, &label.en)
}
