//! From rows to bundles: what `sogoc issue` and `sogoc seal-file` share.

mod asking;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use sha2::{Digest, Sha256};
use sogoc_credential::binding::{EVIDENCE_BYTES_MAX, Evidence, STATEMENT_BYTES_MAX};
use sogoc_credential::bundle::{Bundle, BundleError};
use sogoc_credential::import::Finding;
use sogoc_credential::schema::Schema;
use sogoc_genesis::IssuerSecretKey;
use sogoc_ledger::name::IssuerId;
use sogoc_ledger::record::{Batch, Origin};
use sogoc_ledger::refusal::Refusal;

use crate::approval::second::{self, Second};
use crate::client::Client;
use crate::failure::Failure;
use crate::files;
use crate::journal::{Journal, Prepared};
use crate::language::Language;
use crate::sealing::{self, Plan, Row, Sealer};
use crate::types;

/// Where documents come from and go to.
#[derive(clap::Args)]
pub struct Destination {
    /// The issuer's key file.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Where the learners' files and the report are written.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// A node of the network.
    #[arg(long, env = "SOGOC_NODE", default_value = "http://127.0.0.1:27201", value_name = "URL")]
    pub node: String,
    /// Trust anchor to check the node's proofs against; without one the node is trusted.
    #[arg(long, env = "SOGOC_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
    /// Where journals are kept; by default with the user's data.
    #[arg(long, value_name = "DIR")]
    pub journal: Option<PathBuf>,
    /// Begin the same rows anew, after their journal was lost and the old batch cancelled.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub attempt: u32,
    /// For late entries and back-files.
    #[command(flatten)]
    pub second: second::Options,
    /// Seal in the name of an issuer that this one is the successor of, as phong-gddt-mau.
    #[arg(long = "for", value_name = "ISSUER")]
    pub act_for: Option<IssuerId>,
    /// The documents are taken over from paper or an older system.
    #[arg(long)]
    pub digitised: bool,
    /// What the organisation's certificate signed of the key, `sogoc issuer binding statement`; goes into every learner's file.
    #[arg(long, value_name = "FILE", requires = "evidence")]
    pub statement: Option<PathBuf>,
    /// Its signature, `sogoc issuer binding sign`.
    #[arg(long, value_name = "FILE", requires = "statement")]
    pub evidence: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    pub json: bool,
}

impl Destination {
    /// The evidence that goes into every file.
    fn evidence(&self) -> Result<Vec<Evidence>, Failure> {
        let (Some(statement), Some(evidence)) = (&self.statement, &self.evidence) else { return Ok(Vec::new()) };
        let read =
            Evidence::new(files::read(statement, STATEMENT_BYTES_MAX)?, files::read(evidence, EVIDENCE_BYTES_MAX)?);
        Ok(vec![read.ok_or_else(|| Failure::from(&BundleError::Evidence))?])
    }
}

/// What became of one row.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The clerk's file.
    pub file: String,
    /// The row in it.
    pub row: u32,
    /// Whose it is; empty if that is not known.
    pub learner: String,
    /// sealed, already-sealed, awaiting-approval, changed or refused.
    pub outcome: &'static str,
    /// Why not, as a stable code.
    pub code: String,
    /// Why not, and what to do.
    pub message: String,
    /// The learner's file.
    pub bundle: String,
}

/// What became of the file.
#[derive(Default, Serialize)]
pub struct Report {
    /// Row by row.
    pub outcomes: Vec<Outcome>,
    /// What the import found, with the file it is about.
    pub findings: Vec<(String, Finding)>,
    /// Findings that refuse a row.
    #[serde(skip)]
    pub refused_rows: usize,
}

impl Report {
    /// Writes `report.json` and `report.csv`, for the clerk alone.
    pub fn write(&self, destination: &Destination) -> Result<(), Failure> {
        files::make_private_directory(&destination.out)?;
        let json = serde_json::to_string_pretty(self).expect("strings and numbers always serialise");
        files::write_private(&destination.out.join("report.json"), json.as_bytes())?;
        if destination.json {
            println!("{json}");
        }
        // With a mark of its encoding, for Excel.
        let mut table = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
        for outcome in &self.outcomes {
            table.serialize(outcome).expect("a table in memory takes rows");
        }
        let table = table.into_inner().expect("a table in memory can be flushed");
        files::write_private(&destination.out.join("report.csv"), &table)
    }

    fn count(&self, outcome: &str) -> usize {
        self.outcomes.iter().filter(|row| row.outcome == outcome).count()
    }
}

/// Rows on their way to bundles.
pub struct Work<'a> {
    /// Where they go.
    pub destination: &'a Destination,
    /// What they are.
    pub schema: Arc<Schema>,
    /// What the clerk reads.
    pub language: Language,
    /// The clerk's files, for the report.
    pub file: String,
}

impl Work<'_> {
    /// Seals what is new, writes every bundle and the report.
    pub fn run(&self, rows: Vec<Row>, mut report: Report) -> Result<ExitCode, Failure> {
        let destination = self.destination;
        let key = IssuerSecretKey::load(&destination.key)?;
        let evidence = destination.evidence()?;
        let client = Client::new(&destination.node);
        let anchor = sealing::anchor(&client, destination.trust.as_deref())?;
        let second = destination.second.open()?;
        let issuer = client.issuer(key.issuer())?;
        let act_for = destination.act_for.as_ref().map(|id| client.issuer(id)).transpose()?;
        let root = destination.journal.clone().map_or_else(Journal::default_root, Ok)?;
        let journal = Journal::open(&root, &key.line())?;
        let sealer = Sealer {
            client: &client,
            key: &key,
            journal: &journal,
            issuer: &issuer,
            schema: &self.schema,
            anchor: &anchor,
            attempt: destination.attempt,
            second: &second,
            act_for: act_for.as_ref(),
            origin: if destination.digitised { Origin::Digitised } else { Origin::Issued },
        };
        if let Second::Ask(file) = &second {
            return self.ask(&sealer, rows, report, file);
        }
        let spinner = self.spinner();
        let resumed = sealer.resume(&|batch| {
            spinner.set_message(match self.language {
                Language::Vi => format!("hoàn tất lô {batch} của lần chạy trước"),
                Language::En => format!("completing batch {batch} of an earlier run"),
            });
        })?;
        let mut plan = sealer.plan(rows)?;
        if let Second::Approved(_) = second {
            self.leave_out(&sealer, &mut plan, &mut report)?;
        }
        files::make_private_directory(&destination.out)?;
        for (period, rows) in &plan.new {
            let total = rows.len();
            let prepared = sealer.prepare(period, rows, &|count| {
                spinner.set_message(format!("{} {count}/{total}", self.language.pick("ký", "signing")));
            })?;
            spinner.set_message(format!("{} {total}", self.language.pick("ghi sổ", "sealing")));
            let proof = sealer.seal(&prepared)?;
            for (index, bundle) in
                sealing::bundles(&prepared, &proof, &evidence, types::brought(&self.schema).as_ref()).iter().enumerate()
            {
                let learner = &prepared.header.rows[index].learner;
                let row = rows.iter().find(|row| row.learner == *learner).map_or(0, |row| row.number);
                let name = self.write_bundle(&prepared, index, bundle)?;
                report.outcomes.push(self.outcome(row, learner, "sealed", name));
            }
        }
        self.write_known(&sealer, &plan.done, &resumed, &mut report)?;
        spinner.finish_and_clear();
        self.finish(&plan, report)
    }

    /// Writes the report and says how many came to what.
    fn finish(&self, plan: &Plan, mut report: Report) -> Result<ExitCode, Failure> {
        let destination = self.destination;
        report.refused_rows += plan.taken.len();
        let taken = (
            ("refused", "register-number-taken"),
            "Số vào sổ gốc này đã cấp cho văn bản khác. Đối chiếu sổ gốc và sửa số.",
            "Another document has this register number. Compare the register, and correct the number.",
        );
        let changed = (
            ("changed", "changed-since-sealed"),
            "Dòng này đã ghi sổ với nội dung khác. Dùng sogoc status amend, reissue hoặc revoke.",
            "This row was sealed with other content. Use sogoc status amend, reissue or revoke.",
        );
        for (rows, (told, vi, en)) in [(&plan.taken, taken), (&plan.changed, changed)] {
            report.outcomes.extend(rows.iter().map(|row| self.left_alone(row, told, vi, en)));
        }
        for (row, version) in &plan.otherwise {
            report.outcomes.push(self.left_alone(
                row,
                ("changed", "sealed-under-another-version"),
                &format!("Dòng này đã ghi sổ theo phiên bản {version} của loại; văn bản ấy vẫn giữ nguyên giá trị."),
                &format!(
                    "This row was sealed under version {version} of the type; that document stays as good as it was."
                ),
            ));
        }
        report.outcomes.sort_by(|a, b| (&a.file, a.row).cmp(&(&b.file, b.row)));
        report.write(destination)?;
        let (sealed, known) = (report.count("sealed"), report.count("already-sealed"));
        let (changed, refused) = (plan.changed.len() + plan.otherwise.len(), report.refused_rows);
        let out = destination.out.display();
        eprintln!(
            "{}",
            self.language.pick(
                &format!(
                    "Đã ghi sổ {sealed}; đã có từ trước {known}; đã đổi {changed}; bị từ chối {refused}. Tệp: {out}"
                ),
                &format!("Sealed {sealed}; sealed before {known}; changed {changed}; refused {refused}. Files: {out}"),
            )
        );
        Ok(if changed + refused > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// Rows of batches that were prepared before get their files from the journal; these `resumed` were sealed by this run.
    fn write_known(
        &self,
        sealer: &Sealer<'_>,
        done: &[(Row, String, u32)],
        resumed: &[String],
        report: &mut Report,
    ) -> Result<(), Failure> {
        let (journal, evidence) = (sealer.journal, self.destination.evidence()?);
        let mut batches: Vec<&String> = done.iter().map(|(_, batch, _)| batch).collect();
        batches.sort();
        batches.dedup();
        for batch in batches {
            let prepared = journal.prepared(batch)?;
            // Left by the run that resumed.
            let proof = journal.proof(batch)?.ok_or(Refusal::ApproverNeeded)?;
            let Batch { document_type, schema, definition, .. } = &proof.batch;
            let schema = match definition {
                Some(digest) if *digest == self.schema.digest => self.schema.clone(),
                _ => types::of_batch(sealer.client, document_type, *schema, definition.is_some())?,
            };
            let bundles = sealing::bundles(&prepared, &proof, &evidence, types::brought(&schema).as_ref());
            let outcome = if resumed.contains(batch) { "sealed" } else { "already-sealed" };
            for (row, _, index) in done.iter().filter(|(_, of, _)| of == batch) {
                let index = *index as usize;
                let name = self.write_bundle(&prepared, index, &bundles[index])?;
                report.outcomes.push(self.outcome(row.number, &row.learner, outcome, name));
            }
        }
        Ok(())
    }

    fn write_bundle(&self, prepared: &Prepared, index: usize, bundle: &Bundle) -> Result<String, Failure> {
        let header = &prepared.header;
        let name = format!("{}_{}_{}", safe(&header.rows[index].learner), header.document_type, safe(&header.period));
        // Two numbers may differ in what a file name cannot hold: then the second document's name ends with its own mark.
        let mark = &hex::encode(Sha256::digest(jwt(bundle)))[..8];
        for name in [format!("{name}.sogoc"), format!("{name}_{mark}.sogoc")] {
            let path = self.destination.out.join(&name);
            // A file that is there may be newer: with a status, or refreshed.
            if !path.exists() {
                files::write_private(&path, bundle.to_json().as_bytes())?;
                return Ok(name);
            }
            if files::read_bundle(&path).is_ok_and(|other| jwt(&other) == jwt(bundle)) {
                return Ok(name);
            }
        }
        Err(Failure::refused(
            "files-in-the-way",
            "Thư mục --out đã có tệp khác trùng tên. Chọn thư mục khác rồi chạy lại.",
            "The directory of --out holds other files of these names. Choose another and run again.",
        ))
    }

    /// What is said of a row that nothing was done with: (outcome, code), and why.
    fn left_alone(&self, row: &Row, (outcome, code): (&'static str, &str), vi: &str, en: &str) -> Outcome {
        let message = self.language.pick(vi, en).to_owned();
        Outcome { code: code.into(), message, ..self.outcome(row.number, &row.learner, outcome, String::new()) }
    }

    fn outcome(&self, row: u32, learner: &str, outcome: &'static str, bundle: String) -> Outcome {
        Outcome {
            file: self.file.clone(),
            row,
            learner: learner.into(),
            outcome,
            code: String::new(),
            message: String::new(),
            bundle,
        }
    }

    fn spinner(&self) -> ProgressBar {
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let spinner = ProgressBar::new_spinner().with_style(style);
        spinner.enable_steady_tick(std::time::Duration::from_millis(100));
        spinner
    }
}

/// The part of a document that is the same whatever is shown of it.
fn jwt(bundle: &Bundle) -> &str {
    bundle.credential.split('~').next().unwrap_or_default()
}

/// Characters of a learner's number in the name of their file: names have at most 255 bytes.
const NAME_CHARS_MAX: usize = 48;

/// A register number may hold what a file name may not.
fn safe(text: &str) -> String {
    text.chars()
        .take(NAME_CHARS_MAX)
        .map(|c| if c.is_alphanumeric() || matches!(c, '-' | '.') { c } else { '-' })
        .collect()
}
