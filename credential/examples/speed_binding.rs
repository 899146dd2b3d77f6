//! How long a check of a binding takes, the fastest and the median, for every good vector: cargo run --release --example speed_binding

use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sogoc_credential::binding::{Roots, Statement, check};

/// Checks of each.
const TIMES: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file: Value = serde_json::from_str(include_str!("../../docs/vectors/binding.json"))?;
    for vector in file["vectors"].as_array().into_iter().flatten().filter(|vector| vector.get("expect").is_some()) {
        let text = |member: &str| vector[member].as_str().unwrap_or_default();
        let evidence = URL_SAFE_NO_PAD.decode(text("evidence")).map_err(|error| error.to_string())?;
        let message: Result<Vec<u8>, _> = (0..text("statement").len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text("statement")[at..at + 2], 16))
            .collect();
        let statement = Statement::from_message(&message?).ok_or("not a statement")?;
        let roots = Roots::from_file(file["roots"][text("roots")].to_string().as_bytes())?;
        let names: Vec<&str> = vector["names"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut each = Vec::new();
        for _ in 0..TIMES {
            let begin = Instant::now();
            check(&evidence, &statement, None, &roots, &names).map_err(|refusal| refusal.code())?;
            each.push(begin.elapsed().as_micros());
        }
        each.sort_unstable();
        let (fastest, median) = (each[0], each[each.len() / 2]);
        println!("{fastest:>6} {median:>6} µs  {:>5} bytes  {}", evidence.len(), text("description"));
    }
    Ok(())
}
