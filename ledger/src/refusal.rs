//! Why a transaction is refused: a stable code, and a sentence in Vietnamese and English that says what to do.

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident $code:literal $vietnamese:literal $english:literal)*) => {
        /// A transaction is not valid. The codes are part of the API and never change their meaning.
        #[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
        #[error("{}: {}", self.code(), self.english())]
        pub enum Refusal {
            $($(#[$doc])* $name,)*
        }

        impl Refusal {
            /// Every refusal, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code, the Vietnamese and the English sentence.
            fn texts(self) -> (&'static str, &'static str, &'static str) {
                match self {
                    $(Self::$name => ($code, $vietnamese, $english),)*
                }
            }
        }
    };
}

refusals! {
    /// Signed for another network.
    OtherChain "other-chain"
        "Yêu cầu được ký cho một mạng khác. Hãy kiểm tra địa chỉ nút và tệp khóa."
        "The request is signed for another network. Check the node's address and the key file."
    /// `valid_until` has passed.
    Expired "expired"
        "Yêu cầu đã hết hạn trước khi được ghi. Hãy gửi lại; công cụ sẽ ký lại cùng nội dung."
        "The request expired before it was recorded. Submit again; the tool signs the same content anew."
    /// `valid_until` lies too far ahead.
    ValidTooLong "valid-too-long"
        "Hạn của yêu cầu quá xa. Hãy kiểm tra đồng hồ máy tính."
        "The request is valid for too long. Check this computer's clock."
    /// No such issuer.
    UnknownIssuer "unknown-issuer"
        "Đơn vị cấp chưa được đăng ký trên sổ cái. Hãy liên hệ Sở GDĐT."
        "The issuer is not registered on the ledger. Ask the Department."
    /// The issuer is closed.
    IssuerClosed "issuer-closed"
        "Đơn vị cấp đã ngừng hoạt động. Đơn vị kế thừa phải thực hiện."
        "The issuer is closed. Its successor has to act."
    /// The issuer has no such key.
    UnknownKey "unknown-key"
        "Khóa ký không thuộc đơn vị cấp này. Hãy chọn đúng tệp khóa."
        "The key is not one of this issuer's. Choose the right key file."
    /// The key is not in force, or has not the role.
    KeyMayNot "key-may-not"
        "Khóa ký không còn hiệu lực hoặc không có quyền này. Hãy dùng khóa hiện hành."
        "The key is not in force or may not do this. Use the current key."
    /// Not as many signatures as signers.
    SignatureCount "signature-count"
        "Số chữ ký không khớp với người ký. Hãy ký lại bằng công cụ hiện hành."
        "There are not as many signatures as signers. Sign again with a current tool."
    /// The approver is the key that acts.
    SameApprover "same-approver"
        "Người duyệt phải dùng một khóa khác với người ký."
        "The approver must use another key than the signer."
    /// A signature is wrong.
    WrongSignature "wrong-signature"
        "Chữ ký số không đúng. Nội dung có thể đã bị thay đổi; hãy ký lại."
        "A signature is wrong. The content may have been altered; sign again."
    /// The issuer has no such grant.
    UnknownGrant "unknown-grant"
        "Không có quyết định cho phép được nêu. Hãy cập nhật thông tin đơn vị cấp rồi thử lại."
        "The issuer has no such grant. Refresh the issuer's data and try again."
    /// The grant is for another document type.
    TypeNotGranted "type-not-granted"
        "Đơn vị cấp không được phép cấp loại văn bằng, hồ sơ này."
        "The issuer may not issue documents of this type."
    /// The grant does not cover today.
    GrantNotInForce "grant-not-in-force"
        "Quyền cấp loại hồ sơ này hiện không có hiệu lực."
        "The authority to issue this type is not in force today."
    /// A batch without leaves.
    EmptyBatch "empty-batch"
        "Lô không có hồ sơ nào."
        "The batch has no documents."
    /// The same leaf twice.
    EqualLeaves "equal-leaves"
        "Một hồ sơ xuất hiện hai lần trong lô."
        "A document is in the batch twice."
    /// The batch id is used.
    AlreadySealed "already-sealed"
        "Lô này đã được ghi sổ. Nếu mất nhật ký, hãy khôi phục bản sao lưu, hoặc hủy bỏ lô cũ và chạy lại với --attempt."
        "This batch is sealed already. If the journal is lost, restore its backup, or cancel the old batch and run again with --attempt."
    /// The batch is another issuer's.
    NotYourBatch "not-your-batch"
        "Lô này do đơn vị khác cấp."
        "The batch is another issuer's."
    /// No such batch.
    UnknownBatch "unknown-batch"
        "Không có lô này trên sổ cái."
        "There is no such batch on the ledger."
    /// The batch has no document of this index.
    NoSuchDocument "no-such-document"
        "Lô không có hồ sơ mang số thứ tự này."
        "The batch has no document of this index."
    /// The status is no longer the one that the request saw.
    StatusChangedMeanwhile "status-changed-meanwhile"
        "Trạng thái đã thay đổi trong lúc chờ. Hãy xem trạng thái mới rồi quyết định lại."
        "The status has changed meanwhile. Look at the new one and decide again."
    /// The status does not allow the change.
    StatusMayNotBecome "status-may-not-become"
        "Không thể chuyển sang trạng thái này từ trạng thái hiện tại."
        "The present status does not allow this change."
    /// An approver must sign too.
    ApproverNeeded "approver-needed"
        "Việc này cần thêm chữ ký của người duyệt (khóa thứ hai của đơn vị). Hãy thêm --approver, hoặc --request nếu khóa đó ở máy khác."
        "This needs the signature of an approver too, a second key of the issuer. Add --approver, or --request if that key is elsewhere."
    /// The issuer is no successor of the one it acts for.
    NotASuccessor "not-a-successor"
        "Sổ cái không ghi nhận đơn vị này là đơn vị kế thừa. Hãy liên hệ Sở GDĐT."
        "The ledger does not know this issuer as a successor of the other. Ask the Department."
    /// The succession does not cover today, or not this.
    SuccessionNotInForce "succession-not-in-force"
        "Quyền kế thừa hiện không có hiệu lực đối với việc này."
        "The succession is not in force today, or does not cover this."
    /// The key serves elsewhere already.
    KeyInUse "key-in-use"
        "Khóa này đã được dùng ở nơi khác. Hãy tạo một khóa mới."
        "The key is in use elsewhere already. Make a new one."
    /// No signature is accepted under the key, or not for this use.
    BadKey "bad-key"
        "Khóa công khai không hợp lệ cho mục đích này. Hãy tạo một khóa mới."
        "The public key is not acceptable for this use. Make a new one."
    /// The proof of possession is wrong.
    NoPossession "no-possession"
        "Chữ ký chứng minh đang giữ khóa mới không đúng."
        "The signature that shows that the new key is held is wrong."
    /// The role of a new key is not the issuer's to give, or not this key's.
    RoleNotYours "role-not-yours"
        "Đơn vị chỉ được tự thêm khóa ghi sổ, và không phải bằng khóa duyệt; khóa có quyền khác phải do các nút kiểm chứng biểu quyết."
        "An issuer may add sealing keys only, and not by a key that approves; other roles come by a motion."
    /// A rotated key may not go on so long.
    OverlapTooLong "overlap-too-long"
        "Thời gian giữ khóa cũ song song quá dài, hoặc đã qua."
        "The old key may not go on for so long, or that time is over."
    /// A list in the record is full.
    RecordFull "record-full"
        "Danh sách trong bản ghi đã đầy."
        "A list in the record is full."
    /// The key is not a governance key of a present validator.
    UnknownMember "unknown-member"
        "Khóa này không phải khóa biểu quyết của một nút kiểm chứng hiện hành."
        "The key is not the governance key of a present validator."
    /// No such motion.
    UnknownMotion "unknown-motion"
        "Không có đề nghị biểu quyết này."
        "There is no such motion."
    /// The motion is there already.
    AlreadyProposed "already-proposed"
        "Đề nghị này đã được ghi nhận."
        "The motion is on the ledger already."
    /// The motion is decided.
    MotionClosed "motion-closed"
        "Đề nghị này đã được quyết định."
        "The motion is decided already."
    /// The motion's time is over.
    MotionExpired "motion-expired"
        "Đề nghị này đã hết hạn biểu quyết. Hãy đề nghị lại."
        "The motion's time is over. Propose it again."
    /// The member has voted.
    AlreadyVoted "already-voted"
        "Nút kiểm chứng này đã biểu quyết về đề nghị này."
        "This validator has voted on this motion already."
    /// Too many motions are open.
    TooManyMotions "too-many-motions"
        "Có quá nhiều đề nghị đang chờ biểu quyết."
        "Too many motions are open."
    /// A motion without a change, or a step without one.
    EmptyMotion "empty-motion"
        "Đề nghị, hoặc một bước của nó, không thay đổi gì."
        "The motion, or a step of it, changes nothing."
    /// A motion that cites no decision.
    NoDecision "no-decision"
        "Đề nghị phải nêu số quyết định."
        "A motion must cite the number of a decision."
    /// The issuer is there already.
    IssuerExists "issuer-exists"
        "Mã đơn vị cấp này đã có."
        "There is an issuer of this id already."
    /// An interval that ends before it begins, or has its end before tomorrow.
    EmptyInterval "empty-interval"
        "Khoảng thời gian kết thúc trước khi bắt đầu, hoặc trước ngày mai."
        "The interval ends before it begins, or before tomorrow."
    /// What is to end has ended.
    AlreadyEnded "already-ended"
        "Nội dung này đã chấm dứt từ trước."
        "This has ended already."
    /// No such succession.
    UnknownSuccession "unknown-succession"
        "Không có quan hệ kế thừa này."
        "There is no such succession."
    /// Scopes or roles that are none.
    WrongScope "wrong-scope"
        "Phạm vi hoặc quyền không hợp lệ."
        "The scopes or roles are none that exist."
    /// The key is not suspended.
    NotSuspended "not-suspended"
        "Khóa này không bị đình chỉ."
        "The key is not suspended."
    /// A parameter out of its range.
    OutOfRange "out-of-range"
        "Tham số nằm ngoài giới hạn cho phép."
        "A parameter is out of its range."
    /// Not the version after the present one.
    VersionNotNext "version-not-next"
        "Phiên bản quy tắc phải là phiên bản kế tiếp."
        "The version must be the one after the present."
    /// An activation that leaves no time to prepare.
    TooSoon "too-soon"
        "Chiều cao kích hoạt quá gần."
        "The activation height is too near."
    /// The definition is there already.
    DefinitionExists "definition-exists"
        "Phiên bản này đã được công bố và không thể thay đổi."
        "This version is published already and never changes."
    /// A definition without text, or of version 0.
    BadDefinition "bad-definition"
        "Nội dung định nghĩa trống, không phải UTF-8, hoặc phiên bản là 0."
        "The definition has no text, is not UTF-8, or has version 0."
    /// A change of validators is under way.
    PlanUnderWay "plan-under-way"
        "Đang có một kế hoạch thay đổi các nút kiểm chứng."
        "A change of the validators is under way."
    /// No change of validators is under way.
    NoPlan "no-plan"
        "Không có kế hoạch thay đổi các nút kiểm chứng."
        "No change of the validators is under way."
    /// A validator that is to leave is not there.
    UnknownValidator "unknown-validator"
        "Nút kiểm chứng cần rút không có trong tập hiện hành."
        "A validator that is to leave is not in the set."
    /// Fewer than four validators would be left.
    TooFewValidators "too-few-validators"
        "Phải còn ít nhất bốn nút kiểm chứng."
        "At least four validators must be left."
    /// More validators than a set may have.
    TooManyValidators "too-many-validators"
        "Quá nhiều nút kiểm chứng."
        "There would be too many validators."
    /// A step replaces more than a third of the power.
    StepTooLarge "step-too-large"
        "Một bước chỉ được thay tối đa một phần ba quyền biểu quyết. Hãy chia thành nhiều bước."
        "A step may replace at most a third of the power. Split it."
    /// A validator would have a third of the power or more.
    TooPowerful "too-powerful"
        "Một nút kiểm chứng sẽ có từ một phần ba quyền biểu quyết trở lên."
        "A validator would have a third of the power or more."
    /// No validator to come has this key.
    NotAwaited "not-awaited"
        "Không có nút kiểm chứng nào đang chờ với khóa này trong đề nghị này."
        "This motion awaits no validator with this key."
    /// The validator to come has said so.
    AlreadyReady "already-ready"
        "Nút kiểm chứng này đã báo sẵn sàng."
        "The validator has said that it is ready already."
}

impl Refusal {
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
        Self::ALL.iter().copied().find(|refusal| refusal.code() == code)
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
