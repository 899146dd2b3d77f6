//! Why a check did not hold: a stable code, and what a person should read, in Vietnamese and English.

use sogoc_ledger::receipt::ReceiptError;
use sogoc_ledger::status::Status;

use crate::bundle::BundleError;
use crate::schema::DefinitionError;
use crate::sdjwt;

/// A code with its sentences. Says nothing personal.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Reason {
    /// Stable, for programs.
    pub code: &'static str,
    /// In Vietnamese.
    pub vi: &'static str,
    /// In English.
    pub en: &'static str,
}

impl Reason {
    /// The pointer to the ledger is not one.
    pub const POINTER: Self = Self::new(
        "pointer-malformed",
        "Phần chỉ dẫn tới sổ cái không hợp lệ.",
        "The document's pointer to the ledger is malformed.",
    );
    /// Key, issuer, type or schema version differ from the batch's record.
    pub const RECORD_DIFFERS: Self = Self::new(
        "record-differs",
        "Khóa ký, đơn vị cấp, loại hoặc phiên bản không khớp với bản ghi trên sổ cái.",
        "The signing key, issuer, type or version is not the one recorded on the ledger.",
    );
    /// The bundle defines the type in another way than the ledger.
    pub const DEFINITION_DIFFERS: Self = Self::new(
        "definition-differs",
        "Tệp mô tả loại văn bản khác với định nghĩa trên sổ cái.",
        "The file defines its type in another way than the ledger does.",
    );
    /// The ledger defines the type in a way that is neither known by heart nor in the bundle.
    pub const DEFINITION_MISSING: Self = Self::new(
        "definition-missing",
        "Thiếu định nghĩa của loại văn bản. Hãy xin lại tệp từ nơi cấp, hoặc cập nhật chương trình này.",
        "The definition of its type is missing. Ask the issuer for the file again, or update this program.",
    );
    /// The sealer is no successor of the issuer that the document names.
    pub const NOT_A_SUCCESSOR: Self = Self::new(
        "not-a-successor",
        "Đơn vị ghi sổ không phải là đơn vị kế thừa của đơn vị cấp nêu trong văn bản.",
        "Whoever sealed it was no successor of the issuer that the document names.",
    );
    /// The key that sealed it is suspended, and all that it sealed since a time.
    pub const KEY_SUSPENDED: Self = Self::new(
        "key-suspended",
        "Khóa đã ghi sổ văn bản này đang bị đình chỉ: tạm thời không dựa vào văn bản.",
        "The key that sealed it is suspended: not to be relied on for now.",
    );
    /// The document's date is none.
    pub const DATE: Self =
        Self::new("date-malformed", "Ngày của văn bản không hợp lệ.", "The document's date is malformed.");
    /// The issuer named was not entitled on the document's date.
    pub const NOT_ENTITLED: Self = Self::new(
        "not-entitled",
        "Vào ngày của văn bản, đơn vị cấp không có thẩm quyền cấp loại này.",
        "The issuer was not entitled to this type on the document's date.",
    );
    /// The status is older than asked.
    pub const STATUS_TOO_OLD: Self = Self::new(
        "status-too-old",
        "Trạng thái đã biết cũ hơn yêu cầu. Hãy kiểm tra trực tuyến để có trạng thái mới.",
        "The known status is older than asked. Check online for a fresh one.",
    );
    /// Expired.
    pub const EXPIRED: Self = Self::new("expired", "Văn bản đã hết hạn.", "The document has expired.");
    /// The digest of the original is not disclosed.
    pub const NO_FILE_DIGEST: Self = Self::new(
        "no-file-digest",
        "Bản trình không kèm giá trị băm của tệp gốc.",
        "The presentation does not show the digest of the original file.",
    );
    /// The original is another file.
    pub const OTHER_FILE: Self = Self::new(
        "other-file",
        "Tệp kèm theo không phải là tệp đã được ghi sổ.",
        "The file is not the one that was sealed.",
    );

    const fn new(code: &'static str, vi: &'static str, en: &'static str) -> Self {
        Self { code, vi, en }
    }

    /// What a status other than valid says.
    pub fn of_status(status: Status) -> Self {
        match status {
            Status::Valid => Self::new("valid", "Còn hiệu lực.", "In force."),
            Status::Superseded => {
                Self::new("superseded", "Đã được thay thế bằng bản khác.", "Replaced by another document.")
            }
            Status::Revoked => Self::new("revoked", "Đã bị thu hồi hoặc hủy bỏ.", "Revoked or cancelled."),
            Status::Suspended => {
                Self::new("suspended", "Đang tạm dừng hiệu lực.", "Suspended: not to be relied on for now.")
            }
        }
    }
}

impl From<&sdjwt::Error> for Reason {
    fn from(error: &sdjwt::Error) -> Self {
        Self::new(error.code(), error.vi(), error.en())
    }
}

impl From<&ReceiptError> for Reason {
    fn from(error: &ReceiptError) -> Self {
        use ReceiptError as E;
        let (vi, en) = match error {
            E::Malformed(_) => ("Biên nhận bị hỏng hoặc bị sửa.", "The receipt is damaged or altered."),
            E::UnknownFormat(_) => (
                "Biên nhận có định dạng mới hơn. Hãy cập nhật chương trình này.",
                "The receipt has a newer format. Update this program.",
            ),
            E::OtherChain { .. } => (
                "Văn bản thuộc một mạng khác với điểm tin cậy đang dùng.",
                "The document belongs to another network than the trust anchor in use.",
            ),
            E::NeedsRefresh { .. } => (
                "Biên nhận cũ hơn điểm tin cậy. Hãy làm mới: sogoc receipt refresh.",
                "The receipt is older than the trust anchor. Refresh it: sogoc receipt refresh.",
            ),
            E::NotAnAncestor => (
                "Khối nêu trong biên nhận không thuộc lịch sử của sổ cái.",
                "The receipt's block is not in the ledger's history.",
            ),
            E::WrongValidators => (
                "Các nút kiểm chứng đã ký không phải là các nút được tin cậy.",
                "The validators that signed are not those that follow from the trust anchor.",
            ),
            E::NotFinal(_) => (
                "Khối chưa được hơn hai phần ba số nút kiểm chứng xác nhận.",
                "The block is not confirmed by more than two thirds of the validators.",
            ),
            E::WrongState => {
                ("Bản ghi không có trong trạng thái của sổ cái.", "The records are not in the ledger's state.")
            }
            E::OtherBatch => (
                "Biên nhận thuộc một lô khác với lô mà văn bản chỉ tới.",
                "The receipt is of another batch than the document points to.",
            ),
            E::NotInBatch => ("Văn bản không có trong lô đã ghi sổ.", "The document is not in the sealed batch."),
            E::WrongStatus => (
                "Trạng thái không đúng với trạng thái trên sổ cái.",
                "The status is not the one that the ledger holds.",
            ),
        };
        Self::new(error.code(), vi, en)
    }
}

impl From<&BundleError> for Reason {
    fn from(error: &BundleError) -> Self {
        let (vi, en) = match error {
            BundleError::TooLarge(_) => ("Tệp quá lớn, không phải tệp hồ sơ.", "The file is too large to be a bundle."),
            BundleError::NotABundle => (
                "Tệp này không phải tệp hồ sơ Sổ Gốc (.sogoc), hoặc đã bị hỏng.",
                "The file is not a Sổ Gốc bundle (.sogoc), or it is damaged.",
            ),
            BundleError::UnknownFormat(_) => (
                "Tệp có định dạng mới hơn. Hãy cập nhật chương trình này.",
                "The file has a newer format. Update this program.",
            ),
            BundleError::Receipt(error) => return error.into(),
            BundleError::Opening => ("Phần lý do của trạng thái bị hỏng.", "The reason behind the status is damaged."),
            BundleError::Evidence => ("Bằng chứng gắn khóa bị hỏng.", "The evidence that binds the key is damaged."),
            BundleError::Definition(DefinitionError::Malformed(_)) => {
                ("Phần định nghĩa loại văn bản bị hỏng.", "The definition of the document's type is damaged.")
            }
            BundleError::Definition(DefinitionError::UnknownFormat(_)) => (
                "Loại văn bản được định nghĩa theo định dạng mới hơn. Hãy cập nhật chương trình này.",
                "The document's type is defined in a newer format. Update this program.",
            ),
            BundleError::History => ("Phần lịch sử trạng thái bị hỏng.", "The history of the status is damaged."),
        };
        Self::new(error.code(), vi, en)
    }
}
