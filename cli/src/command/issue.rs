//! `sogoc issue`: a clerk's file in, a file for each learner and a report out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use sogoc_credential::import::{self, Finding, Import, Severity};
use sogoc_credential::schema::Schema;
use sogoc_ledger::name::TypeId;

use crate::client::Client;
use crate::failure::{Failure, NOT_DONE};
use crate::files;
use crate::language::Language;
use crate::sealing::Row;
use crate::types;

use super::work::{Destination, Outcome, Report, Work};

/// Options of `sogoc issue`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The clerk's files: .xlsx, .xls or .csv.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the rows are: hoc-ba-thcs, hoc-ba-thpt, bang-tn-thpt, or a type of the ledger (sogoc definition list).
    #[arg(long = "type", value_name = "TYPE")]
    kind: TypeId,
    /// What the type is, in files: its text and those of its code lists; for a dry run without a node.
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "dry_run")]
    definition: Vec<PathBuf>,
    #[command(flatten)]
    destination: Destination,
    /// Check only; sign and seal nothing.
    #[arg(long)]
    dry_run: bool,
    /// Seal the good rows although others are refused.
    #[arg(long)]
    good_rows_only: bool,
    /// The sheet of a workbook, if not the first that fits.
    #[arg(long)]
    sheet: Option<String>,
    /// School, if the file does not say.
    #[arg(long)]
    school: Option<String>,
    /// Class, if the file does not say.
    #[arg(long)]
    class: Option<String>,
    /// School year (2025-2026) or exam year, if the file does not say.
    #[arg(long)]
    period: Option<String>,
    /// Date of the documents, as 2026-05-31, if the file does not say.
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, language: Language) -> Result<ExitCode, Failure> {
    let schema = schema(arguments)?;
    let mut report = Report::default();
    let mut rows = Vec::new();
    let mut seen: BTreeMap<(String, String), (PathBuf, u32)> = BTreeMap::new();
    for path in &arguments.files {
        let import = read(path, &schema, arguments)?;
        print_import(path, &import, language);
        let file = path.display().to_string();
        report.findings.extend(import.findings.iter().map(|finding| (file.clone(), finding.clone())));
        for row in import.rows {
            let place = (path.clone(), row.row);
            match seen.insert((row.period.clone(), row.learner.clone()), place) {
                Some((other, _)) if other != *path => report.findings.push((file.clone(), twice(row.row, &other))),
                _ => rows.push(Row {
                    number: row.row,
                    learner: row.learner,
                    period: row.period,
                    date: row.document_date,
                    claims: row.claims,
                }),
            }
        }
    }
    for (file, finding) in report.findings.iter().filter(|(_, finding)| finding.severity == Severity::Error) {
        report.outcomes.push(Outcome {
            file: file.clone(),
            row: finding.row,
            learner: String::new(),
            outcome: "refused",
            code: finding.code.into(),
            message: language.pick(&finding.vi, &finding.en).to_owned(),
            bundle: String::new(),
        });
    }
    let refused = report.outcomes.len();
    report.refused_rows = refused;
    let stop = refused > 0 && !arguments.good_rows_only;
    if arguments.dry_run || stop {
        report.write(&arguments.destination)?;
        let summary = match (arguments.dry_run, stop) {
            (true, _) => language.pick("Chạy thử: chưa ký, chưa ghi sổ gì.", "Dry run: nothing was signed or sealed."),
            (false, _) => language.pick(
                "Chưa ghi sổ gì vì có dòng bị từ chối. Sửa rồi chạy lại, hoặc dùng --good-rows-only.",
                "Nothing was sealed because rows were refused. Mend them, or use --good-rows-only.",
            ),
        };
        eprintln!("{summary}");
        return Ok(if refused > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS });
    }
    let file = arguments.files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    Work { destination: &arguments.destination, schema, language, file }.run(rows, report)
}

/// What the rows are: what the ledger says. A dry run of a type that is known by heart needs no node.
fn schema(arguments: &Arguments) -> Result<Arc<Schema>, Failure> {
    if !arguments.definition.is_empty() {
        let schema = types::of_files(&arguments.definition)?;
        let is_meant = schema.id == arguments.kind.as_str();
        return if is_meant { Ok(schema) } else { Err(types::unknown(&arguments.kind)) };
    }
    match types::of_ledger(&Client::new(&arguments.destination.node), &arguments.kind) {
        Err(failure) if arguments.dry_run && failure.exit == NOT_DONE => {
            types::known_by_heart(&arguments.kind).map_err(|_| failure)
        }
        schema => schema,
    }
}

fn read(path: &Path, schema: &Schema, arguments: &Arguments) -> Result<Import, Failure> {
    let bytes = files::read(path, import::limits::FILE_BYTES_MAX)?;
    let options = import::Options {
        sheet: arguments.sheet.clone(),
        school: arguments.school.clone(),
        class: arguments.class.clone(),
        period: arguments.period.clone(),
        document_date: arguments.date.clone(),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    types::read_table(&name, &bytes, schema, &options).map_err(|refusal| {
        let path = path.display();
        Failure::refused(
            refusal.code,
            format!("{path}: {} {}", refusal.vi, refusal.remedy_vi),
            format!("{path}: {} {}", refusal.en, refusal.remedy_en),
        )
    })
}

fn twice(row: u32, other: &Path) -> Finding {
    let other = other.display();
    Finding {
        row,
        column: String::new(),
        severity: Severity::Error,
        code: "learner-in-two-files",
        vi: format!("Học sinh này cũng có trong tệp {other}."),
        en: format!("This learner is also in {other}."),
        remedy_vi: "Giữ lại một dòng.".into(),
        remedy_en: "Keep one of the rows.".into(),
        cell: String::new(),
        expected: String::new(),
    }
}

fn print_import(path: &Path, import: &Import, language: Language) {
    let (good, dropped) = (import.rows.len(), import.dropped_columns.len());
    let path = path.display();
    eprintln!(
        "{path}: {}",
        language.pick(
            &format!("{good} dòng hợp lệ; {dropped} cột gia đình, liên lạc không được đọc."),
            &format!("{good} good rows; {dropped} family and contact columns were not read."),
        )
    );
    let skipped = import.skipped.repeated_headers + import.skipped.totals + import.skipped.signatures;
    if skipped > 0 {
        let vi = format!("  {skipped} dòng là tiêu đề lặp lại, dòng tổng hoặc chữ ký.");
        eprintln!(
            "{}",
            language.pick(&vi, &format!("  {skipped} rows repeat the header, or hold totals or signatures."))
        );
    }
    if !import.ignored_columns.is_empty() {
        let names = import.ignored_columns.join(", ");
        let vi = format!("  Cột không dùng: {names}.");
        eprintln!("{}", language.pick(&vi, &format!("  Columns that are not used: {names}.")));
    }
    for finding in &import.findings {
        let mark = if finding.severity == Severity::Error { "✗" } else { "!" };
        let row =
            if finding.row == 0 { String::new() } else { format!("{} {}", language.pick("dòng", "row"), finding.row) };
        let column = if finding.column.is_empty() { String::new() } else { format!(" [{}]", finding.column) };
        let text = language.pick(&finding.vi, &finding.en);
        let remedy = language.pick(&finding.remedy_vi, &finding.remedy_en);
        eprintln!("  {mark} {row}{column} {}: {text} {remedy}", finding.code);
    }
}
