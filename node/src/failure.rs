//! Why a command ends without doing what it was asked.

use std::process::ExitCode;

use sogoc_consensus::{Fatal, StartError};
use sogoc_genesis::Problems;
use sogoc_ledger::continuation::ContinuationError;
use sogoc_store::{FsckError, OpenError};
use sogoc_verifier_api::TrustError;

/// sysexits.h: a person has to look first.
pub const EXIT_IN_DOUBT: u8 = 70;
/// sysexits.h: trying again may help.
pub const EXIT_RESTART: u8 = 75;
/// sysexits.h: the configuration is wrong.
pub const EXIT_CONFIGURATION: u8 = 78;

/// See the variants; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Configuration, genesis, address book or keys.
    #[error("{0}")]
    Configuration(Problems),
    /// The store does not open.
    #[error("{}: {}\n  {}", .0.code(), .0.english(), .0.vietnamese())]
    Store(#[from] OpenError),
    /// The trust anchor or the roots that the configuration names.
    #[error("{0}")]
    Trust(#[from] TrustError),
    /// The node does not start.
    #[error("{}: {}", .0.code(), .0)]
    Start(#[from] StartError),
    /// The node stopped itself.
    #[error("{0}")]
    Fatal(#[from] Fatal),
    /// The store is not sound.
    #[error("{}: {}", .0.code(), .0)]
    Fsck(#[from] FsckError),
    /// The chain cannot go on so.
    #[error("cannot-continue: {0}. / Không thể tiếp tục chuỗi như vậy.")]
    Continuation(#[from] ContinuationError),
    /// An address is in use, or the system refused something else.
    #[error("{0}: {1}")]
    System(String, std::io::Error),
    /// The node does not answer.
    #[error("no-answer: the node at {0} does not answer ({1}). Is it running?")]
    NoAnswer(String, String),
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Configuration(problems)
    }
}

impl Failure {
    /// See the table in `main`.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Configuration(_) | Self::Trust(_) | Self::System(..) => EXIT_CONFIGURATION,
            Self::Continuation(ContinuationError::Store(_)) => EXIT_IN_DOUBT,
            Self::Continuation(_) => 1,
            Self::Store(OpenError::Damaged(_)) | Self::Start(_) => EXIT_IN_DOUBT,
            Self::Store(_) => EXIT_CONFIGURATION,
            Self::Fatal(fatal) if fatal.may_restart() => EXIT_RESTART,
            Self::Fatal(_) => EXIT_IN_DOUBT,
            Self::Fsck(_) | Self::NoAnswer(..) => 1,
        })
    }
}
