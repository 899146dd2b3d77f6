//! Why a store does not open.
//!
//! These are our own failures, not a visitor's: the node says which and stops.

use sogoc_ledger::Hash;
use sogoc_ledger::state::StoreFault;
use sogoc_ledger::validator::NotASet;

/// Why a store does not open. The codes never change their meaning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", self.code(), self.english())]
pub enum OpenError {
    /// The database could not be opened: in use, not permitted, no room, not a directory.
    Unavailable(String),
    /// Written in a format that this software does not know.
    UnknownFormat(u32),
    /// It holds another chain.
    OtherChain {
        /// Hash of block 0 in the store.
        stored: Hash,
        /// Hash of block 0 of the given genesis.
        given: Hash,
    },
    /// The genesis founds nothing.
    BadGenesis(NotASet),
    /// It contradicts itself.
    Damaged(StoreFault),
}

impl From<StoreFault> for OpenError {
    fn from(fault: StoreFault) -> Self {
        Self::Damaged(fault)
    }
}

impl OpenError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "store-unavailable",
            Self::UnknownFormat(_) => "store-unknown-format",
            Self::OtherChain { .. } => "store-other-chain",
            Self::BadGenesis(_) => "store-bad-genesis",
            Self::Damaged(_) => "store-damaged",
        }
    }

    /// What happened and what to do, in Vietnamese.
    pub fn vietnamese(&self) -> String {
        match self {
            Self::Unavailable(why) => format!(
                "Không mở được kho dữ liệu ({why}). Hãy kiểm tra không có nút nào khác đang dùng thư mục này, quyền truy cập và dung lượng đĩa."
            ),
            Self::UnknownFormat(format) => {
                format!("Kho dữ liệu có định dạng {format} mà phần mềm này không đọc được. Hãy dùng phiên bản mới hơn.")
            }
            Self::OtherChain { stored, given } => format!(
                "Kho dữ liệu thuộc một sổ cái khác (khối đầu {stored}, tệp genesis cho {given}). Hãy kiểm tra tệp genesis và thư mục dữ liệu."
            ),
            Self::BadGenesis(why) => {
                format!("Tệp genesis không hợp lệ ({why}). Hãy chạy lệnh kiểm tra genesis.")
            }
            Self::Damaged(fault) => format!(
                "Kho dữ liệu bị hỏng ({fault}). Hãy giữ lại thư mục để xem xét, rồi khôi phục bản sao lưu hoặc đồng bộ lại từ đầu vào một thư mục trống."
            ),
        }
    }

    /// What happened and what to do, in English.
    pub fn english(&self) -> String {
        match self {
            Self::Unavailable(why) => format!(
                "the store cannot be opened ({why}). Check that no other node uses the directory, its permissions and the room on the disk."
            ),
            Self::UnknownFormat(format) => {
                format!("the store has format {format}, which this software does not know. Use a newer version.")
            }
            Self::OtherChain { stored, given } => format!(
                "the store holds another chain (block 0 is {stored}, that of the genesis file {given}). Check the genesis file and the data directory."
            ),
            Self::BadGenesis(why) => {
                format!("the genesis file is not valid ({why}). Run the genesis check.")
            }
            Self::Damaged(fault) => format!(
                "the store is damaged ({fault}). Keep the directory to look into it, then restore a backup or sync anew into an empty one."
            ),
        }
    }
}
