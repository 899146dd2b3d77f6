//! Why a command ends without doing what it was asked: a stable code, and what to do, in both languages.

use sogoc_genesis::{Problem, Problems};
use sogoc_ledger::refusal::Refusal;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Stable, for programs.
    pub code: String,
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
    /// Of the process.
    pub exit: u8,
}

/// The request or its input is not in order.
pub const REFUSED: u8 = 1;
/// It could not be done now.
pub const NOT_DONE: u8 = 2;

impl Failure {
    /// The input is not in order: trying again does not help.
    pub fn refused(code: &str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code: code.into(), vi: vi.into(), en: en.into(), exit: REFUSED }
    }

    /// Something outside failed: trying again may help.
    pub fn not_done(code: &str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code: code.into(), vi: vi.into(), en: en.into(), exit: NOT_DONE }
    }

    /// A file cannot be read.
    pub fn unreadable(path: &std::path::Path, error: &std::io::Error) -> Self {
        let path = path.display();
        Self::not_done(
            "unreadable",
            format!("Không đọc được {path}: {error}"),
            format!("{path} cannot be read: {error}"),
        )
    }

    /// A file cannot be written.
    pub fn unwritable(path: &std::path::Path, error: &std::io::Error) -> Self {
        let path = path.display();
        Self::not_done(
            "unwritable",
            format!("Không ghi được {path}: {error}. Kiểm tra quyền và dung lượng đĩa."),
            format!("{path} cannot be written: {error}. Check permissions and the room on the disk."),
        )
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Problems(vec![problem]).into()
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        let lines = |text: fn(&Problem) -> &'static str| {
            let lines = problems.0.iter().map(|problem| match problem.detail.as_str() {
                "" => format!("{}: {}", problem.place, text(problem)),
                detail => format!("{}: {} ({detail})", problem.place, text(problem)),
            });
            lines.collect::<Vec<_>>().join("\n  ")
        };
        let code = problems.0.first().map_or("problem", |problem| problem.code.as_str());
        Self::refused(code, lines(Problem::vi), lines(Problem::en))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal.vietnamese(), refusal.english())
    }
}

impl From<sogoc_credential::sdjwt::Error> for Failure {
    fn from(error: sogoc_credential::sdjwt::Error) -> Self {
        let place = error.place().map(|place| format!(" ({place})")).unwrap_or_default();
        let remedy = error.remedy();
        Self::refused(
            error.code(),
            format!("{}{place} {}", error.vi(), remedy.vi()),
            format!("{}{place} {}", error.en(), remedy.en()),
        )
    }
}

impl From<&sogoc_credential::bundle::BundleError> for Failure {
    fn from(error: &sogoc_credential::bundle::BundleError) -> Self {
        let reason = sogoc_credential::reason::Reason::from(error);
        Self::refused(reason.code, reason.vi, reason.en)
    }
}

impl From<&sogoc_ledger::receipt::ReceiptError> for Failure {
    fn from(error: &sogoc_ledger::receipt::ReceiptError) -> Self {
        let reason = sogoc_credential::reason::Reason::from(error);
        Self::refused(reason.code, reason.vi, reason.en)
    }
}
