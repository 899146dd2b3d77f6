//! How a running node is doing, asked over its own HTTP.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;
use sogoc_genesis::load_config;

use crate::failure::Failure;

/// A node that is well answers in milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Prints the status; exit code 1 if the node is not ready.
pub fn status(config: &Path, url: Option<String>, json: bool) -> Result<ExitCode, Failure> {
    let url = match url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{}", load_config(config)?.listen.http),
    };
    let no_answer = |error: ureq::Error| Failure::NoAnswer(url.clone(), error.to_string());
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
    let chain: Value = agent
        .get(format!("{url}/v1/chain"))
        .header("accept", "application/json")
        .call()
        .and_then(|mut answer| answer.body_mut().read_json())
        .map_err(no_answer)?;
    let ready = chain["ready"] == Value::Bool(true);
    if json {
        println!("{chain:#}");
    } else {
        let text = |name: &str| match &chain[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        for (label, name) in [
            ("chain / sổ cái", "chain"),
            ("height / chiều cao", "height"),
            ("block / khối", "hash"),
            ("sealed / đã ghi sổ", "leaves"),
            ("role / vai trò", "role"),
            ("validators / nút kiểm chứng", "validators"),
            ("peers / kết nối", "peers"),
            ("ready / sẵn sàng", "ready"),
        ] {
            println!("{label:<28} {}", text(name));
        }
        if let Value::String(reason) = &chain["reason"] {
            println!("{:<28} {reason}", "reason / lý do");
        }
    }
    Ok(if ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
