//! Checks presentations that wallets we did not write made of our documents: `tests/conformance/sdjwt`.
//! Reads `{"audience", "nonce", "presentations": [{"name", "token", "paths"}]}`; each must show exactly these paths, or be
//! refused with the code in `"error"`.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use sogoc_credential::sdjwt::{Error, Expected, SdJwt};

#[derive(Deserialize)]
struct Input {
    audience: String,
    nonce: String,
    presentations: Vec<Presentation>,
}

#[derive(Deserialize)]
struct Presentation {
    name: String,
    token: String,
    #[serde(default)]
    paths: Vec<String>,
    error: Option<String>,
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut failed = 0;
    let mut passed = 0;
    for file in std::env::args().skip(1) {
        let input: Input = serde_json::from_slice(&std::fs::read(file)?)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs().try_into()?;
        let expected =
            Expected { audience: Some(&input.audience), nonce: Some(&input.nonce), now, max_age_seconds: Some(600) };
        for Presentation { name, token, mut paths, error } in input.presentations {
            paths.sort();
            match shown(&token, &expected) {
                Ok(shown) if shown == paths && error.is_none() => passed += 1,
                Err(refused) if error.as_deref() == Some(refused.code()) => passed += 1,
                Ok(shown) => {
                    failed += 1;
                    eprintln!("FAILED sogoc: {name}: shows {shown:?}");
                }
                Err(error) => {
                    failed += 1;
                    eprintln!("FAILED sogoc: {name}: {error}");
                }
            }
        }
    }
    println!("sogoc, presentations of foreign wallets: {passed} passed, {failed} failed");
    Ok(if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn shown(token: &str, expected: &Expected<'_>) -> Result<Vec<String>, Error> {
    let document = SdJwt::parse(token)?;
    let mut shown = document.disclose()?.paths;
    document.verify_issuer()?;
    document.verify_holder(expected)?;
    shown.sort();
    Ok(shown)
}
