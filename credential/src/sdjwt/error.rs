//! Every reason to refuse a document, a claim or a path: stable code, sentence in English and Vietnamese, remedy.

use std::fmt;

/// What the reader of an error can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The bytes are damaged, altered or not made by a conforming issuer.
    AskForTheFileAgain,
    /// Not wrong, only unknown here: the verdict is "cannot check".
    UpdateThisProgram,
    /// The presentation lacks a fresh proof by its holder.
    AskTheHolder,
    /// The row in the issuer's own file.
    CorrectTheData,
    ChooseAnotherPath,
    /// Ours: stop and look at the machine.
    CheckThisComputer,
}

impl Remedy {
    pub fn en(self) -> &'static str {
        match self {
            Self::AskForTheFileAgain => "Ask for the original file again; if it is refused again, ask the issuer.",
            Self::UpdateThisProgram => "Update this program, then check again.",
            Self::AskTheHolder => "Ask the holder for a new presentation made for you.",
            Self::CorrectTheData => "Correct the data and run again.",
            Self::ChooseAnotherPath => "Choose among the paths that this document holds.",
            Self::CheckThisComputer => "Nothing was signed. Check this computer and the signing key, then run again.",
        }
    }

    pub fn vi(self) -> &'static str {
        match self {
            Self::AskForTheFileAgain => "Hãy xin lại tệp gốc; nếu vẫn bị từ chối, hãy hỏi đơn vị cấp.",
            Self::UpdateThisProgram => "Hãy cập nhật chương trình này rồi kiểm tra lại.",
            Self::AskTheHolder => "Hãy đề nghị người giữ văn bằng tạo bản trình mới dành cho bạn.",
            Self::CorrectTheData => "Hãy sửa dữ liệu rồi chạy lại.",
            Self::ChooseAnotherPath => "Hãy chọn trong các mục mà văn bản này có.",
            Self::CheckThisComputer => "Chưa ký gì cả. Hãy kiểm tra máy tính và khóa ký rồi chạy lại.",
        }
    }
}

macro_rules! errors {
    (
        plain { $($plain:ident $plain_code:literal $plain_remedy:ident $plain_en:literal $plain_vi:literal)* }
        located { $($located:ident $located_code:literal $located_remedy:ident $located_en:literal $located_vi:literal)* }
    ) => {
        /// A variant with a text says where: a path or a name. Values are never part of an error.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Error {
            $(#[doc = $plain_en] $plain,)*
            $(#[doc = $located_en] $located(String),)*
        }

        impl Error {
            /// Stable: scripts and translations rely on it.
            pub fn code(&self) -> &'static str {
                match self { $(Self::$plain => $plain_code,)* $(Self::$located(_) => $located_code,)* }
            }

            pub fn en(&self) -> &'static str {
                match self { $(Self::$plain => $plain_en,)* $(Self::$located(_) => $located_en,)* }
            }

            pub fn vi(&self) -> &'static str {
                match self { $(Self::$plain => $plain_vi,)* $(Self::$located(_) => $located_vi,)* }
            }

            pub fn remedy(&self) -> Remedy {
                match self { $(Self::$plain => Remedy::$plain_remedy,)* $(Self::$located(_) => Remedy::$located_remedy,)* }
            }

            /// The path or name the error is about.
            pub fn place(&self) -> Option<&str> {
                match self { $(Self::$plain => None,)* $(Self::$located(place) => Some(place),)* }
            }

            fn place_mut(&mut self) -> Option<&mut String> {
                match self { $(Self::$plain => None,)* $(Self::$located(place) => Some(place),)* }
            }

            #[cfg(test)]
            pub(crate) fn all() -> Vec<Self> {
                vec![$(Self::$plain,)* $(Self::$located("x".to_owned()),)*]
            }
        }
    };
}

errors! {
    plain {
        DocumentTooLarge "document-too-large" AskForTheFileAgain
            "The document, or one of its parts, is larger than allowed."
            "Văn bản, hoặc một phần của nó, lớn hơn mức cho phép."
        DocumentMalformed "document-malformed" AskForTheFileAgain
            "This is not an SD-JWT: parts are missing or out of place."
            "Đây không phải là SD-JWT: thiếu phần hoặc các phần sai chỗ."
        Base64NotCanonical "base64-not-canonical" AskForTheFileAgain
            "A part is not canonical base64url."
            "Một phần không phải là base64url dạng chuẩn."
        JsonMalformed "json-malformed" AskForTheFileAgain
            "A part is not the JSON it should be."
            "Một phần không phải là JSON đúng dạng."
        JsonDuplicateMember "json-duplicate-member" AskForTheFileAgain
            "A JSON object names a member twice."
            "Một đối tượng JSON có hai mục trùng tên."
        JsonTooDeep "json-too-deep" AskForTheFileAgain
            "JSON is nested deeper than allowed."
            "JSON lồng nhau sâu hơn mức cho phép."
        HeaderMalformed "header-malformed" AskForTheFileAgain
            "The header is not that of a sealed document."
            "Phần đầu không phải của một văn bản thuộc Sổ Gốc."
        KeyMalformed "key-malformed" AskForTheFileAgain
            "A public key is not in its one valid form."
            "Khóa công khai không đúng dạng."
        AlgorithmUnsupported "algorithm-unsupported" UpdateThisProgram
            "The signature algorithm is not supported by this version."
            "Phiên bản này chưa hỗ trợ thuật toán chữ ký của văn bản."
        HashUnsupported "hash-unsupported" UpdateThisProgram
            "The hash algorithm of the disclosures is not supported by this version."
            "Phiên bản này chưa hỗ trợ thuật toán băm của văn bản."
        DisclosureMalformed "disclosure-malformed" AskForTheFileAgain
            "A disclosure does not have the form of one."
            "Một mục trình ra không đúng dạng."
        DisclosureUnreferenced "disclosure-unreferenced" AskForTheFileAgain
            "A disclosure does not belong to this document."
            "Một mục trình ra không thuộc văn bản này."
        DigestMalformed "digest-malformed" AskForTheFileAgain
            "A digest does not have the form of one."
            "Một giá trị băm không đúng dạng."
        DigestDuplicate "digest-duplicate" AskForTheFileAgain
            "The same digest or disclosure occurs twice."
            "Một giá trị băm hoặc mục trình ra xuất hiện hai lần."
        ClaimReserved "claim-reserved" AskForTheFileAgain
            "A disclosure uses a name that is reserved."
            "Một mục trình ra dùng tên dành riêng."
        ClaimClash "claim-clash" AskForTheFileAgain
            "A disclosure uses a name that is already taken in its place."
            "Một mục trình ra dùng tên đã có ở cùng chỗ."
        IssuerSignatureInvalid "issuer-signature-invalid" AskForTheFileAgain
            "The issuer's signature does not match the document."
            "Chữ ký của đơn vị cấp không khớp với văn bản."
        HolderBindingMissing "holder-binding-missing" AskTheHolder
            "The presentation carries no proof by its holder."
            "Bản trình không có chữ ký của người giữ."
        HolderKeyMissing "holder-key-missing" AskTheHolder
            "The document was issued without a holder's key: nobody can prove to be its holder."
            "Văn bản được cấp không kèm khóa của người giữ nên không ai chứng minh được mình là người giữ."
        HolderKeyDiffers "holder-key-differs" AskTheHolder
            "The key is not the holder's key in the document."
            "Khóa này không phải khóa của người giữ ghi trong văn bản."
        HolderBindingMalformed "holder-binding-malformed" AskTheHolder
            "The holder's proof does not have the form of one."
            "Chữ ký của người giữ không đúng dạng."
        HolderHashDiffers "holder-hash-differs" AskTheHolder
            "The holder's proof was made for another set of disclosures."
            "Chữ ký của người giữ được tạo cho một bản trình khác."
        HolderSignatureInvalid "holder-signature-invalid" AskTheHolder
            "The holder's signature does not match."
            "Chữ ký của người giữ không khớp."
        HolderAudienceDiffers "holder-audience-differs" AskTheHolder
            "The presentation was made for somebody else."
            "Bản trình được tạo cho người nhận khác."
        HolderNonceDiffers "holder-nonce-differs" AskTheHolder
            "The presentation does not answer this request."
            "Bản trình không trả lời yêu cầu này."
        HolderBindingExpired "holder-binding-expired" AskTheHolder
            "The presentation has expired, or is older than asked."
            "Bản trình đã hết hạn hoặc cũ hơn mức yêu cầu."
        HolderBindingInFuture "holder-binding-in-future" AskTheHolder
            "The presentation is dated in the future."
            "Bản trình ghi thời điểm ở tương lai."
        RandomnessUnavailable "randomness-unavailable" CheckThisComputer
            "The operating system gave no random numbers."
            "Hệ điều hành không cấp được số ngẫu nhiên."
        SigningFailed "signing-failed" CheckThisComputer
            "The key did not sign, or its signature does not verify."
            "Khóa không ký được hoặc chữ ký tạo ra không khớp."
    }
    located {
        EnvelopeMalformed "envelope-malformed" AskForTheFileAgain
            "A visible member is missing, unknown or malformed."
            "Một mục luôn hiển thị bị thiếu, lạ hoặc sai dạng."
        TypeUnknown "type-unknown" UpdateThisProgram
            "This type of document is not known to this version."
            "Phiên bản này chưa biết loại văn bản này."
        SchemaVersionUnknown "schema-version-unknown" UpdateThisProgram
            "This version of the schema is not known to this version."
            "Phiên bản này chưa biết phiên bản lược đồ của văn bản."
        ClaimNotOfSchema "claim-not-of-schema" AskForTheFileAgain
            "A disclosed claim is not one that the schema of the document allows."
            "Một mục trình ra không theo lược đồ của văn bản."
        ClaimUnknown "claim-unknown" CorrectTheData
            "The schema does not know this claim."
            "Lược đồ không có mục này."
        ClaimMissing "claim-missing" CorrectTheData
            "A required claim is missing."
            "Thiếu một mục bắt buộc."
        ClaimMalformed "claim-malformed" CorrectTheData
            "The value does not have the form that the schema asks for."
            "Giá trị không đúng dạng mà lược đồ yêu cầu."
        ClaimDuplicate "claim-duplicate" CorrectTheData
            "Two elements of a list have the same name."
            "Danh sách có hai phần tử trùng tên."
        ListTooLong "list-too-long" CorrectTheData
            "The list has more elements than the schema has room for."
            "Danh sách dài hơn mức lược đồ cho phép."
        TextNotNfc "text-not-nfc" CorrectTheData
            "The text is not in the Unicode form NFC."
            "Văn bản không ở dạng Unicode dựng sẵn (NFC)."
        PathUnknown "path-unknown" ChooseAnotherPath
            "The schema knows no such path."
            "Lược đồ không có mục này."
        PathNotHeld "path-not-held" ChooseAnotherPath
            "The document holds nothing at this path, or it was withheld from you."
            "Văn bản không có mục này hoặc mục này không được trao cho bạn."
    }
}

/// Longest part of a foreign name in an error, characters: errors end in logs and on screens.
const MAX_PLACE_CHARS: usize = 80;

/// A name from a document, fit to be shown.
pub(crate) fn shown(name: &str) -> String {
    name.chars().filter(|char| !char.is_control()).take(MAX_PLACE_CHARS).collect()
}

impl Error {
    /// The same error, one level further up.
    pub(crate) fn within(mut self, segment: &str) -> Self {
        let segment = shown(segment);
        if let Some(place) = self.place_mut() {
            let inner = std::mem::take(place);
            *place = if inner.is_empty() { segment } else { format!("{segment}/{inner}") };
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            Some(place) => write!(formatter, "{} [{}: {place}]", self.en(), self.code()),
            None => write!(formatter, "{} [{}]", self.en(), self.code()),
        }
    }
}

impl std::error::Error for Error {}
