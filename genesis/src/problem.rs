//! What is wrong with a key, a file or a network: a stable code, and a sentence in Vietnamese and English with the remedy.
//!
//! # Invariants
//!
//! * Checks report every problem at once; nobody repairs a file one error at a time.
//! * A problem never repeats what a file says, only where it says it: the file may be a key.

use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

macro_rules! codes {
    ($($name:ident $code:literal $vi:literal $en:literal)*) => {
        /// The kind of a [`Problem`]. Codes are part of the interface and never change their meaning.
        #[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $en] $name,)*
        }

        impl Code {
            /// Every code, for tables and tests.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable code, the Vietnamese and the English sentence.
            fn texts(self) -> (&'static str, &'static str, &'static str) {
                match self {
                    $(Self::$name => ($code, $vi, $en),)*
                }
            }
        }
    };
}

codes! {
    Unreadable "unreadable"
        "Không đọc được. Kiểm tra đường dẫn và quyền truy cập."
        "It cannot be read. Check the path and its permissions."
    NotWritten "not-written"
        "Không ghi được. Kiểm tra dung lượng đĩa và quyền truy cập."
        "It could not be written. Check the disk space and the permissions."
    Exists "exists"
        "Tệp đã tồn tại và không bao giờ bị ghi đè. Chọn thư mục khác, hoặc tự chuyển tệp cũ đi."
        "It exists and is never overwritten. Choose another directory, or move the old one away yourself."
    DirectoryNotEmpty "directory-not-empty"
        "Thư mục không trống. Chọn một thư mục mới."
        "The directory is not empty. Choose a new one."
    NothingToCheck "nothing-to-check"
        "Không có tệp nào để kiểm tra: cần node.toml, genesis.json, address-book.json, validator.json, observer.json, issuers.toml hoặc tệp .key."
        "There is nothing to check: expected node.toml, genesis.json, address-book.json, validator.json, observer.json, issuers.toml or a .key file."
    TooLong "too-long"
        "Tệp dài hơn mức cho phép của loại tệp này."
        "The file is longer than a file of its kind may be."
    ModeTooOpen "mode-too-open"
        "Người dùng khác đọc được tệp khóa này. Chạy chmod 600 cho tệp; nếu máy có người dùng khác, hãy thay khóa."
        "Other users can read this key file. Run chmod 600 on it; if the machine has other users, replace the key."
    NoRandomness "no-randomness"
        "Hệ điều hành không cung cấp số ngẫu nhiên. Không có khóa nào được tạo."
        "The operating system gives no random numbers. No key was made."
    Malformed "malformed"
        "Sai cú pháp, hoặc một trường được ghi hai lần."
        "The syntax is wrong, or a field is given twice."
    OtherKind "other-kind"
        "Đây không phải loại tệp cần ở đây."
        "This is not the kind of file that belongs here."
    OtherVersion "other-version"
        "Phiên bản của tệp không được phần mềm này hỗ trợ. Dùng phiên bản phần mềm tương ứng."
        "This program does not know this version of the file. Use the program that made it."
    MissingField "missing-field"
        "Thiếu một trường bắt buộc."
        "A required field is missing."
    UnknownField "unknown-field"
        "Có trường lạ. Kiểm tra chính tả hoặc xóa trường này."
        "There is an unknown field. Check its spelling or remove it."
    WrongValue "wrong-value"
        "Giá trị sai."
        "The value is wrong."
    UnusableKey "unusable-key"
        "Khóa công khai không dùng được: không phải điểm chuẩn tắc của Ed25519 hoặc có cấp nhỏ. Tạo khóa mới."
        "The public key is unusable: not a canonical Ed25519 point, or of small order. Make a new key."
    KeyHalvesDiffer "key-halves-differ"
        "Khóa công khai và khóa bí mật trong tệp không thuộc về nhau. Khôi phục tệp từ bản sao lưu."
        "The public and the secret key in the file do not belong together. Restore the file from its backup."
    OtherPurpose "other-purpose"
        "Tệp khóa này dành cho mục đích khác."
        "This key file is for another purpose."
    NoPossession "no-possession"
        "Chữ ký chứng minh nắm giữ khóa bị sai: phần công khai đã bị sửa hoặc lấy từ người khác. Yêu cầu chủ sở hữu gửi lại tệp."
        "The proof of possession of the key is wrong: the public part was changed or taken from others. Ask its owner for the file again."
    KeyUsedTwice "key-used-twice"
        "Khóa được dùng ở hai nơi. Mỗi nơi cần một khóa riêng."
        "The key is used in two places. Each needs a key of its own."
    OwnerTwice "owner-twice"
        "Hai nút kiểm chứng cùng tên chủ sở hữu."
        "Two validators have the same owner."
    AddressTwice "address-twice"
        "Địa chỉ được dùng hai lần."
        "The address is used twice."
    TooFewValidators "too-few-validators"
        "Cần ít nhất bốn nút kiểm chứng để mạng chịu được một nút hỏng."
        "A network needs at least four validators, so that one may fail."
    TooMany "too-many"
        "Nhiều hơn số lượng cho phép."
        "There are more than are allowed."
    NoPower "no-power"
        "Nút kiểm chứng có quyền biểu quyết bằng 0."
        "A validator has a voting power of 0."
    TooPowerful "too-powerful"
        "Nút kiểm chứng giữ từ một phần ba quyền biểu quyết trở lên: một mình nó có thể làm dừng mạng."
        "The validator has a third of the voting power or more, and could stop the network alone."
    HeartbeatTooShort "heartbeat-too-short"
        "Nhịp khối quá ngắn: tối thiểu 1000 ms."
        "The heartbeat is too short: at least 1000 ms."
    IssuerTwice "issuer-twice"
        "Đơn vị cấp được liệt kê hai lần."
        "The issuer is listed twice."
    NoSealingKey "no-sealing-key"
        "Đơn vị cấp không có khóa nào được phép ghi sổ (vai trò seal)."
        "The issuer has no key that may seal (role seal)."
    NoSuchRole "no-such-role"
        "Khóa không có vai trò nào, hoặc đơn vị kế thừa không có phạm vi nào, hoặc có vai trò, phạm vi không tồn tại."
        "A key has no role or a successor no scope, or one that does not exist."
    UnknownSuccessor "unknown-successor"
        "Đơn vị kế thừa không phải là một đơn vị cấp khác trong danh sách. Hãy thêm đơn vị đó hoặc sửa mã."
        "The successor is not another issuer of the list. Add it, or correct its id."
    ParametersOutOfRange "parameters-out-of-range"
        "Tham số nằm ngoài khoảng cho phép: lệch đồng hồ từ 1 đến 60000 ms, kiến nghị được biểu quyết từ 1 đến 92 ngày."
        "A parameter is out of its range: the clock drift is 1 to 60000 ms, a motion is open for 1 to 92 days."
    BadDefinition "bad-definition"
        "Định nghĩa không có nội dung, có phiên bản 0, hoặc được liệt kê hai lần."
        "The definition has no text, has version 0, or is listed twice."
    EmptyGrant "empty-grant"
        "Quyết định cho phép hết hạn trước khi có hiệu lực."
        "The grant ends before it begins."
    OtherHash "other-hash"
        "Nội dung không khớp với mã băm của mạng: tệp đã bị sửa hoặc hỏng. Lấy lại tệp gốc và so mã băm với các chủ sở hữu khác."
        "The contents do not have the network's hash: the file was changed or is damaged. Get the original, and compare the hash with the other owners."
    StateNotComputed "state-not-computed"
        "Không tính được trạng thái ban đầu. Đây là lỗi của phần mềm: hãy báo cho đội phát triển."
        "The founding state could not be computed. This is a fault of the program: report it."
    PeerTwice "peer-twice"
        "Một khóa mạng xuất hiện hai lần trong sổ địa chỉ."
        "A network key is in the address book twice."
    NameTwice "name-twice"
        "Sổ địa chỉ đã có một nút khác mang tên này. Đặt tên khác, hoặc gỡ nút cũ trước."
        "Another node of the address book has this name. Choose another, or dismiss the old one first."
    UnknownObserver "unknown-observer"
        "Sổ địa chỉ không có nút quan sát nào mang tên này."
        "No observer of the address book has this name."
    OtherNetwork "other-network"
        "Tệp dành cho mạng khác: mã băm khởi đầu không phải của mạng này."
        "The file is for another network: its genesis hash is not this one's."
    ValidatorNotInBook "validator-not-in-book"
        "Sổ địa chỉ thiếu một nút kiểm chứng."
        "A validator is missing from the address book."
    NotAValidator "not-a-validator"
        "Khóa không thuộc nút kiểm chứng nào của mạng. Với nút quan sát: bỏ keys.consensus và ghi nút vào sổ địa chỉ bằng sogoc-node admit."
        "The key belongs to no validator of the network. For an observer: leave out keys.consensus, and enter it in the address book by sogoc-node admit."
    GuardInData "guard-in-data"
        "Thư mục guard nằm trong thư mục data: khôi phục data từ bản sao lưu sẽ làm nút ký lại. Đặt guard ở nơi khác."
        "The guard is inside the data directory: restoring data from a backup would make the node sign again. Put the guard elsewhere."
    Ports "ports"
        "Các cổng mạng vượt quá giới hạn 65535, hoặc số nút vượt quá 100."
        "The ports would exceed 65535, or there are more than 100 nodes."
}

impl Code {
    /// The stable code, kebab-case.
    pub fn as_str(self) -> &'static str {
        self.texts().0
    }
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub code: Code,
    /// Where: a path, and a field within the file as `issuers[0].keys[1].from`.
    pub place: String,
    /// More of it, in neither language: a line, a name, a form that was expected. Often empty.
    pub detail: String,
}

impl Problem {
    /// A problem at `place`.
    pub fn new(code: Code, place: impl fmt::Display, detail: impl fmt::Display) -> Self {
        Self { code, place: place.to_string(), detail: detail.to_string() }
    }

    /// The sentence in Vietnamese.
    pub fn vi(&self) -> &'static str {
        self.code.texts().1
    }

    /// The sentence in English.
    pub fn en(&self) -> &'static str {
        self.code.texts().2
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.place, self.code.as_str(), self.en())?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, " ({})", self.detail) }
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("problem", 5)?;
        fields.serialize_field("code", self.code.as_str())?;
        fields.serialize_field("place", &self.place)?;
        fields.serialize_field("detail", &self.detail)?;
        fields.serialize_field("vi", self.vi())?;
        fields.serialize_field("en", self.en())?;
        fields.end()
    }
}

/// Everything that is wrong. Never empty when it is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// `value` if nothing is wrong.
    pub(crate) fn or<T>(problems: Vec<Problem>, value: T) -> Result<T, Self> {
        if problems.is_empty() { Ok(value) } else { Err(Self(problems)) }
    }

    /// Whether `code` is among them.
    pub fn contains(&self, code: Code) -> bool {
        self.0.iter().any(|problem| problem.code == code)
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    /// One on each line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_and_say_something_in_both_languages() {
        let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), Code::ALL.len());
        for code in Code::ALL {
            let (code, vi, en) = code.texts();
            assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{code}");
            assert!(!vi.is_ascii() && vi.ends_with('.'), "{code}: {vi}");
            assert!(en.is_ascii() && en.ends_with('.'), "{code}: {en}");
        }
    }
}
