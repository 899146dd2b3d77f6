//! Why a transaction is refused: a stable code, and a sentence in Vietnamese and English that says what to do.

/// A transaction is not valid. The codes are part of the API and never change their meaning.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", self.code(), self.english())]
pub enum Refusal {
    /// Signed for another network.
    OtherChain,
    /// `valid_until` has passed.
    Expired,
    /// `valid_until` lies too far ahead.
    ValidTooLong,
    /// No such issuer.
    UnknownIssuer,
    /// The issuer is closed.
    IssuerClosed,
    /// The issuer has no such key.
    UnknownKey,
    /// The key is not in force, or has not the role.
    KeyMayNot,
    /// Not as many signatures as signers.
    SignatureCount,
    /// The approver is the key that acts.
    SameApprover,
    /// A signature is wrong.
    WrongSignature,
    /// The issuer has no such grant.
    UnknownGrant,
    /// The grant is for another document type.
    TypeNotGranted,
    /// The grant does not cover today.
    GrantNotInForce,
    /// A batch without leaves.
    EmptyBatch,
    /// The same leaf twice.
    EqualLeaves,
    /// The batch id is used.
    AlreadySealed,
    /// The batch is another issuer's.
    NotYourBatch,
    /// No such batch.
    UnknownBatch,
    /// The batch has no document of this index.
    NoSuchDocument,
    /// The status is no longer the one that the request saw.
    StatusChangedMeanwhile,
    /// The status does not allow the change.
    StatusMayNotBecome,
}

impl Refusal {
    /// Every refusal, for tables and tests.
    pub const ALL: [Self; 21] = [
        Self::OtherChain,
        Self::Expired,
        Self::ValidTooLong,
        Self::UnknownIssuer,
        Self::IssuerClosed,
        Self::UnknownKey,
        Self::KeyMayNot,
        Self::SignatureCount,
        Self::SameApprover,
        Self::WrongSignature,
        Self::UnknownGrant,
        Self::TypeNotGranted,
        Self::GrantNotInForce,
        Self::EmptyBatch,
        Self::EqualLeaves,
        Self::AlreadySealed,
        Self::NotYourBatch,
        Self::UnknownBatch,
        Self::NoSuchDocument,
        Self::StatusChangedMeanwhile,
        Self::StatusMayNotBecome,
    ];

    /// The stable code, the Vietnamese and the English sentence.
    fn texts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::OtherChain => (
                "other-chain",
                "Yêu cầu được ký cho một mạng khác. Hãy kiểm tra địa chỉ nút và tệp khóa.",
                "The request is signed for another network. Check the node's address and the key file.",
            ),
            Self::Expired => (
                "expired",
                "Yêu cầu đã hết hạn trước khi được ghi. Hãy gửi lại; công cụ sẽ ký lại cùng nội dung.",
                "The request expired before it was recorded. Submit again; the tool signs the same content anew.",
            ),
            Self::ValidTooLong => (
                "valid-too-long",
                "Hạn của yêu cầu quá xa. Hãy kiểm tra đồng hồ máy tính.",
                "The request is valid for too long. Check this computer's clock.",
            ),
            Self::UnknownIssuer => (
                "unknown-issuer",
                "Đơn vị cấp chưa được đăng ký trên sổ cái. Hãy liên hệ Sở GDĐT.",
                "The issuer is not registered on the ledger. Ask the Department.",
            ),
            Self::IssuerClosed => (
                "issuer-closed",
                "Đơn vị cấp đã ngừng hoạt động. Đơn vị kế thừa phải thực hiện.",
                "The issuer is closed. Its successor has to act.",
            ),
            Self::UnknownKey => (
                "unknown-key",
                "Khóa ký không thuộc đơn vị cấp này. Hãy chọn đúng tệp khóa.",
                "The key is not one of this issuer's. Choose the right key file.",
            ),
            Self::KeyMayNot => (
                "key-may-not",
                "Khóa ký không còn hiệu lực hoặc không có quyền này. Hãy dùng khóa hiện hành.",
                "The key is not in force or may not do this. Use the current key.",
            ),
            Self::SignatureCount => (
                "signature-count",
                "Số chữ ký không khớp với người ký. Hãy ký lại bằng công cụ hiện hành.",
                "There are not as many signatures as signers. Sign again with a current tool.",
            ),
            Self::SameApprover => (
                "same-approver",
                "Người duyệt phải dùng một khóa khác với người ký.",
                "The approver must use another key than the signer.",
            ),
            Self::WrongSignature => (
                "wrong-signature",
                "Chữ ký số không đúng. Nội dung có thể đã bị thay đổi; hãy ký lại.",
                "A signature is wrong. The content may have been altered; sign again.",
            ),
            Self::UnknownGrant => (
                "unknown-grant",
                "Không có quyết định cho phép được nêu. Hãy cập nhật thông tin đơn vị cấp rồi thử lại.",
                "The issuer has no such grant. Refresh the issuer's data and try again.",
            ),
            Self::TypeNotGranted => (
                "type-not-granted",
                "Đơn vị cấp không được phép cấp loại văn bằng, hồ sơ này.",
                "The issuer may not issue documents of this type.",
            ),
            Self::GrantNotInForce => (
                "grant-not-in-force",
                "Quyền cấp loại hồ sơ này hiện không có hiệu lực.",
                "The authority to issue this type is not in force today.",
            ),
            Self::EmptyBatch => ("empty-batch", "Lô không có hồ sơ nào.", "The batch has no documents."),
            Self::EqualLeaves => {
                ("equal-leaves", "Một hồ sơ xuất hiện hai lần trong lô.", "A document is in the batch twice.")
            }
            Self::AlreadySealed => (
                "already-sealed",
                "Lô này đã được ghi sổ. Nếu mất nhật ký, hãy khôi phục bản sao lưu, hoặc hủy bỏ lô cũ và chạy lại với --attempt.",
                "This batch is sealed already. If the journal is lost, restore its backup, or cancel the old batch and run again with --attempt.",
            ),
            Self::NotYourBatch => ("not-your-batch", "Lô này do đơn vị khác cấp.", "The batch is another issuer's."),
            Self::UnknownBatch => {
                ("unknown-batch", "Không có lô này trên sổ cái.", "There is no such batch on the ledger.")
            }
            Self::NoSuchDocument => (
                "no-such-document",
                "Lô không có hồ sơ mang số thứ tự này.",
                "The batch has no document of this index.",
            ),
            Self::StatusChangedMeanwhile => (
                "status-changed-meanwhile",
                "Trạng thái đã thay đổi trong lúc chờ. Hãy xem trạng thái mới rồi quyết định lại.",
                "The status has changed meanwhile. Look at the new one and decide again.",
            ),
            Self::StatusMayNotBecome => (
                "status-may-not-become",
                "Không thể chuyển sang trạng thái này từ trạng thái hiện tại.",
                "The present status does not allow this change.",
            ),
        }
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.texts().0
    }

    /// The sentence in Vietnamese.
    pub fn vietnamese(self) -> &'static str {
        self.texts().1
    }

    /// The sentence in English.
    pub fn english(self) -> &'static str {
        self.texts().2
    }

    /// The refusal that has this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_and_found_again() {
        let codes: BTreeSet<_> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();
        assert_eq!(codes.len(), Refusal::ALL.len());
        assert!(Refusal::ALL.iter().all(|refusal| Refusal::from_code(refusal.code()) == Some(*refusal)));
    }
}
