//! Why an evidence binds nothing.

use crate::reason::Reason;

use super::der::Malformed;

/// See the module. The text, where there is one, is that of the certificate it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// More bytes or certificates than an evidence may have.
    TooLarge,
    /// Not DER, or not CMS SignedData of the one form.
    Malformed,
    /// Its digest is not the one that the ledger holds.
    NotAdmitted,
    /// Made with MD5, SHA-1 or SHA-224.
    WeakHash,
    /// RSA below 2048 bits or a curve below 256.
    WeakKey,
    /// A kind of key, signature or hash that this program does not know.
    UnknownAlgorithm,
    /// The certificate that signed is not in it.
    NoCertificate,
    /// It signs other bytes than the statement.
    OtherStatement,
    /// The signature is not that of the certificate's key.
    SignatureWrong,
    /// A certificate is in it by whose key the next one was not signed.
    PathBroken(String),
    /// More certificates up to the root than may be, or than one of them allows.
    PathTooLong,
    /// A certificate on the path may not sign certificates.
    NotAnAuthority(String),
    /// The path ends at an issuer that is none of the roots.
    UnknownRoot(String),
    /// The root is known, but not for that time.
    RootOutOfWindow(String),
    /// A certificate had expired.
    Expired(String),
    /// A certificate was not valid yet.
    NotYetValid(String),
    /// A certificate has a critical extension that this program does not know.
    UnknownExtension(String),
    /// The certificate is not for signing documents.
    NotForSigning,
    /// The certificate that signed is an authority's.
    SignedByAuthority,
    /// The certificate is another organisation's.
    OtherOrganisation(String),
}

impl Refusal {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "binding-too-large",
            Self::Malformed => "binding-malformed",
            Self::NotAdmitted => "binding-not-admitted",
            Self::WeakHash => "binding-weak-hash",
            Self::WeakKey => "binding-weak-key",
            Self::UnknownAlgorithm => "binding-unknown-algorithm",
            Self::NoCertificate => "binding-no-certificate",
            Self::OtherStatement => "binding-other-statement",
            Self::SignatureWrong => "binding-signature-wrong",
            Self::PathBroken(_) => "binding-path-broken",
            Self::PathTooLong => "binding-path-too-long",
            Self::NotAnAuthority(_) => "binding-not-an-authority",
            Self::UnknownRoot(_) => "binding-unknown-root",
            Self::RootOutOfWindow(_) => "binding-root-out-of-window",
            Self::Expired(_) => "binding-expired",
            Self::NotYetValid(_) => "binding-not-yet-valid",
            Self::UnknownExtension(_) => "binding-unknown-extension",
            Self::NotForSigning => "binding-not-for-signing",
            Self::SignedByAuthority => "binding-signed-by-authority",
            Self::OtherOrganisation(_) => "binding-other-organisation",
        }
    }

    /// Whether this says that something is missing here, and nothing against the binding: another configuration or a newer
    /// program may accept it.
    pub fn cannot_check(&self) -> bool {
        matches!(
            self,
            Self::UnknownAlgorithm | Self::UnknownRoot(_) | Self::RootOutOfWindow(_) | Self::UnknownExtension(_)
        )
    }

    /// The certificate, root or organisation that it is about.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::PathBroken(name)
            | Self::NotAnAuthority(name)
            | Self::UnknownRoot(name)
            | Self::RootOutOfWindow(name)
            | Self::Expired(name)
            | Self::NotYetValid(name)
            | Self::UnknownExtension(name)
            | Self::OtherOrganisation(name) => Some(name),
            _ => None,
        }
    }
}

impl From<Malformed> for Refusal {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<&Refusal> for Reason {
    fn from(refusal: &Refusal) -> Self {
        use Refusal as R;
        let (vi, en) = match refusal {
            R::TooLarge => (
                "Bằng chứng gắn khóa quá lớn: phải dưới 64 KiB và tối đa 8 chứng thư.",
                "The evidence of the binding is too large: below 64 KiB and at most 8 certificates.",
            ),
            R::Malformed => (
                "Bằng chứng gắn khóa không phải là CMS SignedData dạng DER, hoặc đã bị hỏng.",
                "The evidence of the binding is not CMS SignedData in DER, or it is damaged.",
            ),
            R::NotAdmitted => (
                "Bằng chứng gắn khóa không phải là bằng chứng đã được chấp nhận trên sổ cái.",
                "The evidence of the binding is not the one that the ledger admitted.",
            ),
            R::WeakHash => (
                "Chữ ký số dùng hàm băm yếu. Hãy ký lại với SHA-256, SHA-384 hoặc SHA-512.",
                "A signature uses a weak hash. Sign again with SHA-256, SHA-384 or SHA-512.",
            ),
            R::WeakKey => (
                "Khóa của chứng thư quá yếu: RSA phải từ 2048 bit, đường cong từ 256 bit.",
                "The key of a certificate is too weak: RSA needs 2048 bits, a curve 256.",
            ),
            R::UnknownAlgorithm => (
                "Thuật toán ký không được hỗ trợ. Hãy ký bằng RSA (PKCS#1 v1.5, hoặc PSS với salt dài bằng giá trị băm), ECDSA P-256 hoặc P-384.",
                "The kind of signature is not supported. Sign with RSA (PKCS#1 v1.5, or PSS with a salt as long as the hash), ECDSA P-256 or P-384.",
            ),
            R::NoCertificate => (
                "Bằng chứng không kèm chứng thư đã ký. Hãy ký lại, kèm cả chuỗi chứng thư.",
                "The certificate that signed is not in the evidence. Sign again, with the chain of certificates inside.",
            ),
            R::OtherStatement => (
                "Chữ ký số là của một nội dung khác với bản gắn khóa này.",
                "The signature is over something other than this statement.",
            ),
            R::SignatureWrong => (
                "Chữ ký số không đúng: nội dung hoặc chữ ký đã bị sửa.",
                "The signature is wrong: what was signed, or the signature, was altered.",
            ),
            R::PathBroken(_) => (
                "Một chứng thư trong chuỗi không do chứng thư cấp trên đã nêu ký.",
                "A certificate of the chain was not signed by the one above it.",
            ),
            R::PathTooLong => {
                ("Chuỗi chứng thư dài hơn mức cho phép.", "The chain of certificates is longer than it may be.")
            }
            R::NotAnAuthority(_) => (
                "Một chứng thư trong chuỗi không có quyền cấp chứng thư.",
                "A certificate of the chain may not issue certificates.",
            ),
            R::UnknownRoot(_) => (
                "Chuỗi chứng thư không dẫn tới gốc tin cậy nào đã cấu hình. Hãy kiểm tra tệp gốc tin cậy.",
                "The chain of certificates leads to none of the roots configured. Check the file of roots.",
            ),
            R::RootOutOfWindow(_) => {
                ("Gốc tin cậy không được dùng cho thời điểm đó.", "The root is not trusted for that time.")
            }
            R::Expired(_) => (
                "Vào lúc khóa bắt đầu có hiệu lực, hoặc lúc ký, chứng thư đã hết hạn.",
                "When the key was to begin, or when this was signed, a certificate had expired.",
            ),
            R::NotYetValid(_) => (
                "Vào lúc khóa bắt đầu có hiệu lực, hoặc lúc ký, chứng thư chưa có hiệu lực.",
                "When the key was to begin, or when this was signed, a certificate was not valid yet.",
            ),
            R::UnknownExtension(_) => (
                "Chứng thư có phần mở rộng bắt buộc mà chương trình này không biết.",
                "A certificate has a critical extension that this program does not know.",
            ),
            R::NotForSigning => {
                ("Chứng thư không được cấp để ký số tài liệu.", "The certificate is not for signing documents.")
            }
            R::SignedByAuthority => (
                "Chứng thư đã ký là của tổ chức cấp chứng thư, không phải của đơn vị.",
                "The certificate that signed is an authority's, not an organisation's.",
            ),
            R::OtherOrganisation(_) => (
                "Chứng thư là của tổ chức khác, không phải của đơn vị cấp này.",
                "The certificate is another organisation's, not this issuer's.",
            ),
        };
        Self { code: refusal.code(), vi, en }
    }
}
