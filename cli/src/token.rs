//! A PKCS#11 token: finds a key and its certificate by label, and signs with it.
//!
//! The token's own module is loaded (`.so`, `.dll`); it runs in this process, so it must be the manufacturer's. Only a digest
//! ever goes to the token, by the mechanisms that every token has: CKM_RSA_PKCS, CKM_RSA_PKCS_PSS, CKM_ECDSA.
//!
//! Source: OASIS PKCS #11 2.40, §2.1 (RSA) and §2.3 (ECDSA) of the current mechanisms.

use std::path::{Path, PathBuf};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use sogoc_credential::binding::Padding;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::language::Language;

/// Longest PIN, in bytes: that of PKCS#11 tokens in use is below 64.
const PIN_BYTES_MAX: usize = 256;

/// Which token, and how it is opened.
#[derive(clap::Args)]
pub struct Options {
    /// The token's PKCS#11 module, of its manufacturer.
    #[arg(long, env = "SOGOC_PKCS11_MODULE", value_name = "FILE")]
    pkcs11_module: PathBuf,
    /// The token by its label; the only one there is if not given.
    #[arg(long, value_name = "LABEL")]
    token: Option<String>,
    /// The label of the key, and of its certificate.
    #[arg(long, value_name = "LABEL")]
    label: String,
    /// A file with the PIN, which nobody else may read; asked for if not given.
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
}

/// A key on a token that was opened.
pub struct TokenKey {
    session: Session,
    key: ObjectHandle,
    label: String,
}

impl TokenKey {
    /// Opens the token and finds the key.
    pub fn open(options: &Options, language: Language) -> Result<Self, Failure> {
        let module = Pkcs11::new(&options.pkcs11_module).map_err(|error| {
            let path = options.pkcs11_module.display();
            Failure::not_done(
                "token-module",
                format!("Không nạp được mô-đun PKCS#11 {path}: {error}"),
                format!("The PKCS#11 module {path} cannot be loaded: {error}"),
            )
        })?;
        module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).map_err(|error| failed(&error))?;
        let mut found = Vec::new();
        for slot in module.get_slots_with_token().map_err(|error| failed(&error))? {
            let Ok(token) = module.get_token_info(slot) else { continue };
            let wanted = options.token.as_ref().is_none_or(|label| token.label() == label);
            if token.token_initialized() && wanted {
                found.push((slot, token));
            }
        }
        let [(slot, token)] = found.as_slice() else {
            return Err(Failure::refused(
                "token-not-one",
                format!("Có {} thiết bị phù hợp thay vì một. Hãy cắm đúng thiết bị hoặc chỉ rõ --token.", found.len()),
                format!("{} tokens fit instead of one. Plug in the right one, or name it with --token.", found.len()),
            ));
        };
        let session = module.open_ro_session(*slot).map_err(|error| failed(&error))?;
        // A reader with keys of its own asks for the PIN itself.
        let pin = if token.protected_authentication_path() {
            None
        } else {
            Some(pin(options.pin_file.as_deref(), language)?)
        };
        session.login(UserType::User, pin.as_ref()).map_err(|error| failed(&error))?;
        let keys = session
            .find_objects(&[
                Attribute::Class(ObjectClass::PRIVATE_KEY),
                Attribute::Label(options.label.as_bytes().into()),
            ])
            .map_err(|error| failed(&error))?;
        let [key] = keys[..] else {
            return Err(Failure::refused(
                "token-no-key",
                format!("Trên thiết bị có {} khóa mang nhãn {:?} thay vì một.", keys.len(), options.label),
                format!("The token has {} keys with the label {:?} instead of one.", keys.len(), options.label),
            ));
        };
        Ok(Self { session, key, label: options.label.clone() })
    }

    /// The key's certificate in DER, if the token has it: with the key's id, or else with its label.
    pub fn certificate(&self) -> Result<Option<Vec<u8>>, Failure> {
        let attributes = self.session.get_attributes(self.key, &[AttributeType::Id]).map_err(|error| failed(&error))?;
        let same_id = attributes.into_iter().find(|attribute| matches!(attribute, Attribute::Id(id) if !id.is_empty()));
        for known in same_id.into_iter().chain([Attribute::Label(self.label.as_bytes().into())]) {
            let template = [Attribute::Class(ObjectClass::CERTIFICATE), known];
            let found = self.session.find_objects(&template).map_err(|error| failed(&error))?;
            let Some(certificate) = found.first() else { continue };
            let values =
                self.session.get_attributes(*certificate, &[AttributeType::Value]).map_err(|error| failed(&error))?;
            if let Some(Attribute::Value(value)) = values.into_iter().next() {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// The signature over what [`sogoc_credential::binding::Signing::to_be_signed`] left for the token.
    pub fn sign(&self, padding: Padding, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
        let mechanism = match padding {
            Padding::Pkcs1 => Mechanism::RsaPkcs,
            Padding::Pss => Mechanism::RsaPkcsPss(PkcsPssParams {
                hash_alg: MechanismType::SHA256,
                mgf: PkcsMgfType::MGF1_SHA256,
                s_len: bytes.len().try_into().map_err(|error| failed(&error))?,
            }),
            Padding::Ecdsa => Mechanism::Ecdsa,
        };
        self.session.sign(&mechanism, self.key, bytes).map_err(|error| failed(&error))
    }
}

fn pin(file: Option<&Path>, language: Language) -> Result<AuthPin, Failure> {
    let text = match file {
        Some(path) => {
            let bytes = sogoc_genesis::load_private(path, PIN_BYTES_MAX)?;
            let text = std::str::from_utf8(&bytes).map_err(|_| no_pin())?;
            Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned())
        }
        None => Zeroizing::new(
            rpassword::prompt_password(language.pick("Mã PIN của thiết bị: ", "PIN of the token: "))
                .map_err(|_| no_pin())?,
        ),
    };
    if text.is_empty() { Err(no_pin()) } else { Ok(AuthPin::from(text.as_str())) }
}

fn no_pin() -> Failure {
    Failure::refused("token-no-pin", "Chưa nhập mã PIN.", "There is no PIN.")
}

fn failed(error: &Error) -> Failure {
    match error {
        Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _) => Failure::refused(
            "token-pin-wrong",
            "Mã PIN không đúng. Thiết bị sẽ khóa sau vài lần sai.",
            "The PIN is wrong. The token locks itself after a few attempts.",
        ),
        Error::Pkcs11(RvError::PinLocked, _) => Failure::refused(
            "token-locked",
            "Thiết bị đã bị khóa. Hãy liên hệ nơi cấp để mở.",
            "The token has locked itself. Whoever issued it can unlock it.",
        ),
        other => Failure::not_done(
            "token-failed",
            format!("Thiết bị báo lỗi: {other}"),
            format!("The token reports: {other}"),
        ),
    }
}
