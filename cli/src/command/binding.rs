//! `sogoc issuer binding`: binds a ledger key to the organisation's X.509 certificate, see [`sogoc_credential::binding`].
//!
//! `statement` writes what is to be signed, so that any tool can sign it; `sign` does it with a PKCS#11 token; `check` is what
//! voters run before they admit the evidence's digest.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sogoc_credential::binding::{
    self, Bound, EVIDENCE_BYTES_MAX, ROOTS_FILE_BYTES_MAX, Refusal, Roots, STATEMENT_BYTES_MAX, Signing, Statement,
};
use sogoc_credential::reason::Reason;
use sogoc_genesis::issuers::load_jwk;
use sogoc_ledger::Hash;
use sogoc_ledger::name::{ChainId, IssuerId, Time};
use sogoc_ledger::record::IssuerKey;

use crate::failure::Failure;
use crate::files;
use crate::language::Language;
use crate::token::{self, TokenKey};

use super::verify::clock;

/// What to do.
#[derive(clap::Subcommand)]
pub enum What {
    /// Write the bytes that the organisation's certificate is to sign / lập nội dung cần ký số.
    Statement {
        /// The network.
        #[arg(long)]
        chain: ChainId,
        /// The issuer.
        #[arg(long)]
        issuer: IssuerId,
        /// The public half of the key: the .jwk file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// What the key may do: seal, approve, administer, with commas.
        #[arg(long, value_delimiter = ',', required = true, value_parser = role)]
        roles: Vec<u8>,
        /// From when: a day in Vietnam as 2026-12-01, or a moment as 2026-12-01T08:00:00+07:00.
        #[arg(long, value_parser = moment)]
        from: Time,
        /// Until before when; without end if not given.
        #[arg(long, value_parser = moment)]
        until: Option<Time>,
        /// Where to write it.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Sign a statement with a PKCS#11 token / ký số bằng thiết bị PKCS#11.
    Sign {
        /// What `statement` wrote.
        statement: PathBuf,
        #[command(flatten)]
        token: token::Options,
        /// Certificates in PEM or DER: those of the authorities, and the organisation's own first if the token does not have it.
        #[arg(long = "certificates", value_name = "FILE")]
        certificates: Vec<PathBuf>,
        /// Sign as RSA-PSS instead of PKCS#1 v1.5.
        #[arg(long)]
        pss: bool,
        /// Where to write the evidence.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Check an evidence as verifiers will / kiểm tra bằng chứng gắn khóa.
    Check {
        /// The evidence: CMS in DER.
        evidence: PathBuf,
        /// What it should be over.
        #[arg(long, value_name = "FILE")]
        statement: PathBuf,
        /// The roots of trust.
        #[arg(long, env = "SOGOC_ROOTS", value_name = "FILE")]
        roots: PathBuf,
        /// The issuer's name on the ledger or in the motion; the certificate must have it, unless the roots say another.
        #[arg(long)]
        name: Option<String>,
        /// The digest that the ledger or the motion has.
        #[arg(long, value_parser = digest, value_name = "HEX")]
        digest: Option<Hash>,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
}

fn role(text: &str) -> Result<u8, &'static str> {
    match text {
        "seal" => Ok(IssuerKey::SEAL),
        "approve" => Ok(IssuerKey::APPROVE),
        "administer" => Ok(IssuerKey::ADMINISTER),
        _ => Err("seal, approve or administer"),
    }
}

/// A moment, or the beginning of a day in Vietnam.
fn moment(text: &str) -> Result<Time, &'static str> {
    let form = "a day as 2026-12-01, or a moment as 2026-12-01T08:00:00+07:00";
    let moment = match text.parse::<jiff::civil::Date>() {
        Ok(day) if text.len() == 10 => {
            let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(7));
            day.to_zoned(zone).map_err(|_| form)?.timestamp()
        }
        _ => text.parse::<jiff::Timestamp>().map_err(|_| form)?,
    };
    moment.as_millisecond().try_into().map(Time).map_err(|_| form)
}

fn digest(text: &str) -> Result<Hash, &'static str> {
    Hash::from_hex(text).ok_or("64 lower-case hex digits")
}

/// Runs the command.
pub fn run(what: &What, language: Language) -> Result<ExitCode, Failure> {
    match what {
        What::Statement { chain, issuer, key, roles, from, until, out } => {
            let key = load_jwk(key)?;
            let roles = roles.iter().fold(0, |all, role| all | role);
            let statement =
                Statement { chain: chain.clone(), issuer: issuer.clone(), key, roles, from: *from, until: *until };
            files::write_public(out, &statement.message())?;
            print_statement(&statement, language);
        }
        What::Sign { statement, token, certificates, pss, out } => {
            let (bytes, statement) = read_statement(statement)?;
            print_statement(&statement, language);
            let key = TokenKey::open(token, language)?;
            let mut chain: Vec<Vec<u8>> = key.certificate()?.into_iter().collect();
            for path in certificates {
                let more = read_certificates(path)?;
                chain.extend(more.into_iter().filter(|certificate| !chain.contains(certificate)).collect::<Vec<_>>());
            }
            let signing = Signing::new(&bytes, chain, *pss, now()).map_err(|refusal| refused(&refusal))?;
            let digest = signing.to_be_signed();
            let signature = key.sign(signing.padding(), &digest)?;
            let evidence = signing.finish(&bytes, &signature).map_err(|refusal| refused(&refusal))?;
            files::write_public(out, &evidence)?;
            println!("{}", binding::digest(&evidence));
        }
        What::Check { evidence, statement, roots, name, digest, json } => {
            let (_, statement) = read_statement(statement)?;
            // One byte more than may be, for the check itself to refuse.
            let evidence = files::read(evidence, EVIDENCE_BYTES_MAX + 1)?;
            let roots = read_roots(roots)?;
            let names: Vec<&str> = name.iter().map(String::as_str).collect();
            match binding::check(&evidence, &statement, *digest, &roots, &names) {
                Ok(bound) if *json => println!("{:#}", json!({ "statement": statement, "bound": bound })),
                Ok(bound) => {
                    print_statement(&statement, language);
                    print_bound(&bound, &roots, language);
                }
                Err(refusal) if *json => {
                    let (reason, failure) = (Reason::from(&refusal), refused(&refusal));
                    println!("{:#}", json!({ "statement": statement, "reason": reason, "detail": refusal.detail() }));
                    return Ok(ExitCode::from(failure.exit));
                }
                Err(refusal) => return Err(refused(&refusal)),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn refused(refusal: &Refusal) -> Failure {
    let reason = Reason::from(refusal);
    let detail = refusal.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
    let (vi, en) = (format!("{}{detail}", reason.vi), format!("{}{detail}", reason.en));
    if refusal.cannot_check() { Failure::not_done(reason.code, vi, en) } else { Failure::refused(reason.code, vi, en) }
}

fn now() -> Time {
    Time(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as u64))
}

fn read_statement(path: &Path) -> Result<(Vec<u8>, Statement), Failure> {
    let bytes = files::read(path, STATEMENT_BYTES_MAX)?;
    let statement = Statement::from_message(&bytes).ok_or_else(|| {
        let path = path.display();
        Failure::refused(
            "bad-statement",
            format!("{path} không phải là nội dung gắn khóa."),
            format!("{path} is not a statement that binds a key."),
        )
    })?;
    Ok((bytes, statement))
}

pub(super) fn read_roots(path: &Path) -> Result<Roots, Failure> {
    Roots::from_file(&files::read(path, ROOTS_FILE_BYTES_MAX)?).map_err(|error| {
        let path = path.display();
        Failure::refused(
            "bad-roots",
            format!("{path} không phải là tệp gốc tin cậy hợp lệ: {error}"),
            format!("{path} is not a file of roots: {error}"),
        )
    })
}

/// The certificates in a file: PEM, any number, or one in DER.
fn read_certificates(path: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let bytes = files::read(path, EVIDENCE_BYTES_MAX)?;
    if bytes.first() == Some(&0x30) {
        return Ok(vec![bytes]);
    }
    let certificates = std::str::from_utf8(&bytes).ok().and_then(|text| {
        let bodies = text.split("-----BEGIN CERTIFICATE-----").skip(1);
        let decode = |body: &str| {
            let body: String = body.split("-----END CERTIFICATE-----").next()?.split_whitespace().collect();
            STANDARD.decode(body).ok()
        };
        bodies.map(decode).collect::<Option<Vec<_>>>()
    });
    certificates.filter(|certificates| !certificates.is_empty()).ok_or_else(|| {
        let path = path.display();
        Failure::refused(
            "bad-certificate",
            format!("{path} không chứa chứng thư dạng PEM hoặc DER."),
            format!("{path} has no certificate in PEM or DER."),
        )
    })
}

fn line(language: Language, label: (&str, &str), value: &str) {
    println!("  {:<24} {value}", language.pick(label.0, label.1));
}

fn print_statement(statement: &Statement, language: Language) {
    let roles = [
        (IssuerKey::SEAL, ("ghi sổ", "seal")),
        (IssuerKey::APPROVE, ("phê duyệt", "approve")),
        (IssuerKey::ADMINISTER, ("quản lý khóa", "administer")),
    ];
    let roles: Vec<&str> = roles
        .iter()
        .filter(|(role, _)| statement.roles & role != 0)
        .map(|(_, name)| language.pick(name.0, name.1))
        .collect();
    let until = statement.until.map_or_else(|| "…".into(), clock);
    println!("{}", language.pick("Nội dung gắn khóa:", "The statement:"));
    line(language, ("Mạng", "Network"), statement.chain.as_str());
    line(language, ("Đơn vị cấp", "Issuer"), statement.issuer.as_str());
    line(language, ("Khóa", "Key"), &statement.key.thumbprint().to_string());
    line(language, ("Quyền", "Roles"), &roles.join(", "));
    line(language, ("Hiệu lực", "Valid"), &format!("{} – {until}", clock(statement.from)));
}

fn print_bound(bound: &Bound, roots: &Roots, language: Language) {
    println!("✓ {}", language.pick("Khóa đã được gắn với chứng thư:", "The key is bound to the certificate:"));
    line(language, ("Tổ chức", "Organisation"), &bound.organisation);
    line(language, ("Chủ thể", "Subject"), &bound.subject);
    line(language, ("Nơi cấp chứng thư", "Issued by"), &bound.issuer);
    line(language, ("Số sê-ri", "Serial number"), &bound.serial);
    let now = now();
    let holds = if now < bound.valid_from {
        language.pick("hiện chưa có hiệu lực", "not valid yet")
    } else if now > bound.valid_until {
        language.pick("hiện đã hết hạn", "has expired by now")
    } else {
        language.pick("hiện còn hiệu lực", "valid now")
    };
    let validity = format!("{} – {} ({holds})", clock(bound.valid_from), clock(bound.valid_until));
    line(language, ("Hiệu lực chứng thư", "Certificate valid"), &validity);
    for authority in &bound.path {
        line(language, ("Cấp trên", "Above it"), authority);
    }
    let throwaway = if roots.throwaway { language.pick(" (gốc thử nghiệm)", " (throwaway)") } else { "" };
    line(language, ("Gốc tin cậy", "Root"), &format!("{}{throwaway}", bound.root));
    line(language, ("Chữ ký số", "Signature"), &bound.algorithm);
    if let Some(signed_at) = &bound.signed_at {
        let claimed = language.pick("theo người ký", "as the signer says");
        line(language, ("Ký lúc", "Signed at"), &format!("{} ({claimed})", clock(*signed_at)));
    }
    line(language, ("Giá trị băm", "Digest"), &bound.digest.to_string());
}
