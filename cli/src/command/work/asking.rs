//! Sealing that somebody else approves: what is asked, and what the approval leaves out.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use sogoc_ledger::name::Time;

use crate::approval::second::{self, REQUEST_VALID_MS, not_in_request};
use crate::approval::{Asked, Matter};
use crate::failure::Failure;
use crate::journal::Prepared;
use crate::sealing::{Plan, Row, Sealer};

use super::{Report, Work};

impl Work<'_> {
    /// Prepares what is new, so that the journal has it before anything leaves, and asks for the approval of what these rows
    /// have prepared and not sealed. Submits nothing.
    pub(super) fn ask(
        &self,
        sealer: &Sealer<'_>,
        rows: Vec<Row>,
        mut report: Report,
        file: &Path,
    ) -> Result<ExitCode, Failure> {
        for (period, rows) in &sealer.plan(rows.clone())?.new {
            sealer.prepare(period, rows, &|_| {})?;
        }
        let mut plan = sealer.plan(rows)?;
        let waiting = waiting(sealer, &plan)?;
        let asked =
            if waiting.is_empty() { None } else { Some(second::ask(sealer.client, file, request(sealer, &waiting)?)?) };
        let is_waiting = |batch: &str| waiting.iter().any(|prepared| prepared.header.batch == batch);
        for (row, ..) in plan.done.extract_if(.., |(_, batch, _)| is_waiting(batch)) {
            report.outcomes.push(self.outcome(row.number, &row.learner, "awaiting-approval", String::new()));
        }
        self.write_known(sealer, &plan.done, &[], &mut report)?;
        let awaiting = report.count("awaiting-approval");
        let exit = self.finish(&plan, report)?;
        if let Some(asked) = asked {
            eprintln!("{}: {awaiting}", self.language.pick("Chờ duyệt", "Awaiting approval"));
            second::say_next(file, &asked, self.language);
        }
        Ok(exit)
    }

    /// Rows that came after the request, or belong to another: the approval is not for them.
    pub(super) fn leave_out(&self, sealer: &Sealer<'_>, plan: &mut Plan, report: &mut Report) -> Result<(), Failure> {
        let mut left: Vec<Row> = std::mem::take(&mut plan.new).into_values().flatten().collect();
        let mut unsealed = BTreeSet::new();
        for (_, batch, _) in &plan.done {
            if !unsealed.contains(batch) && sealer.journal.proof(batch)?.is_none() {
                unsealed.insert(batch.clone());
            }
        }
        left.extend(plan.done.extract_if(.., |(_, batch, _)| unsealed.contains(batch)).map(|(row, ..)| row));
        let failure = not_in_request();
        report.refused_rows += left.len();
        report.outcomes.extend(left.iter().map(|row| {
            let mut outcome = self.outcome(row.number, &row.learner, "refused", String::new());
            outcome.code.clone_from(&failure.code);
            self.language.pick(&failure.vi, &failure.en).clone_into(&mut outcome.message);
            outcome
        }));
        Ok(())
    }
}

/// The batches of these rows that are in the journal and not on the ledger.
fn waiting(sealer: &Sealer<'_>, plan: &Plan) -> Result<Vec<Prepared>, Failure> {
    let batches: BTreeSet<&String> = plan.done.iter().map(|(_, batch, _)| batch).collect();
    let mut waiting = Vec::new();
    for batch in batches {
        if sealer.journal.proof(batch)?.is_some() {
            continue;
        }
        let prepared = sealer.journal.prepared(batch)?;
        let pointer = sealer.pointer(prepared.header.batch_id()?);
        if sealer.client.batch(&pointer, sealer.anchor.header.height, 0)?.is_some() {
            // A run that was cut off had it sealed: what is left is to keep the proof.
            sealer.seal(&prepared)?;
        } else {
            sealer.check_key(&prepared.header)?;
            waiting.push(prepared);
        }
    }
    Ok(waiting)
}

/// What is asked for these batches, from now on.
fn request(sealer: &Sealer<'_>, waiting: &[Prepared]) -> Result<Asked, Failure> {
    let now = sealer.client.latest()?.time;
    let matters = waiting.iter().map(|prepared| {
        let grant = sealer.grant_of(&prepared.header, now.day())?;
        Ok(Matter::Seal(sealer.issue(prepared, &prepared.leaves(), grant)?))
    });
    Ok(Asked {
        chain: sealer.anchor.header.chain.clone(),
        issuer: sealer.issuer.id.clone(),
        key: sealer.key.public().thumbprint(),
        valid_until: Time(now.0.saturating_add(REQUEST_VALID_MS)),
        matters: matters.collect::<Result<_, Failure>>()?,
    })
}
