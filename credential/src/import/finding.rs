//! What the import tells the clerk: a [`Refusal`] of the whole file, or a [`Finding`] about one row.
//!
//! Neither text nor remedy ever repeats what is in a cell, so that they may be printed, logged and counted. The cell and the
//! value it should have had travel in fields of their own, for the clerk's report only.

use serde::Serialize;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The row cannot be sealed.
    Error,
    /// The row can be sealed; a person should look at it.
    Warning,
}

/// Something about one row of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The row, counted from 1 as Excel shows it.
    pub row: u32,
    /// The heading of the column, or empty where the finding is about the whole row.
    pub column: String,
    pub severity: Severity,
    /// Stable, for programs.
    pub code: &'static str,
    pub vi: String,
    pub en: String,
    pub remedy_vi: String,
    pub remedy_en: String,
    /// The offending cell. Personal: for the clerk's report only.
    pub cell: String,
    /// What the other cells of the row lead to, if that is known. Personal: for the clerk's report only.
    pub expected: String,
}

/// Why the whole file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {en}")]
pub struct Refusal {
    /// Stable, for programs.
    pub code: &'static str,
    pub vi: String,
    pub en: String,
    pub remedy_vi: String,
    pub remedy_en: String,
}

/// A code with its texts. `{}` stands for one detail that names nobody: a heading, a row number, a limit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reason {
    pub code: &'static str,
    pub severity: Severity,
    pub vi: &'static str,
    pub en: &'static str,
    pub remedy_vi: &'static str,
    pub remedy_en: &'static str,
}

impl Reason {
    pub(super) fn refusal(&self, detail: &str) -> Refusal {
        let fill = |text: &str| text.replace("{}", detail);
        Refusal {
            code: self.code,
            vi: fill(self.vi),
            en: fill(self.en),
            remedy_vi: fill(self.remedy_vi),
            remedy_en: fill(self.remedy_en),
        }
    }

    pub(super) fn finding(&self, row: u32, column: &str, cell: &str, detail: &str) -> Finding {
        let fill = |text: &str| text.replace("{}", detail);
        Finding {
            row,
            column: column.to_owned(),
            severity: self.severity,
            code: self.code,
            vi: fill(self.vi),
            en: fill(self.en),
            remedy_vi: fill(self.remedy_vi),
            remedy_en: fill(self.remedy_en),
            cell: cell.to_owned(),
            expected: String::new(),
        }
    }
}
