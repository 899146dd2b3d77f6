//! `sogoc-simulate`: runs of the consensus of Sổ Gốc in a world that can be had again.
//!
//! ```text
//! sogoc-simulate                            as many seeds as a minute and a half have room for
//! sogoc-simulate --seeds 0..100000 --hours 8
//! sogoc-simulate --seed 4711 --trace        one run, with a line for each event; RUST_LOG=debug adds what nodes log
//! ```
//!
//! # Architecture
//!
//! | module | one idea |
//! |---|---|
//! | `world` | one run: events in the order of a virtual clock, network, clients, trace |
//! | `plan` | what goes wrong |
//! | `node` | the engine's core over this project's judge, guard, log check and pool; says what is shared and what is not |
//! | `disk` | only what was synced survives |
//! | `chain` | a ledger in memory, by the rules of the store |
//! | `oracle` | what must never happen |
//! | `fixture` | whatever depends on the shape of records and transactions |
//! | `liar` | a member that says two things |
//! | `sabotage` | something broken on purpose, to see that it is found |
//! | `verifier`, `random` | each signature once; the same numbers each time |
//! | `trace`, `figures` | what happened, for replays and for people |
//!
//! # Errors
//!
//! A broken promise names the seed and the command that has it again, and the exit code is 1. Each seed is run once; every
//! [`TWICE_EVERY`]th twice, and both traces must be the same.

#![forbid(unsafe_code)]

mod chain;
mod disk;
mod figures;
mod fixture;
mod liar;
mod node;
mod oracle;
mod plan;
mod random;
mod sabotage;
mod trace;
mod verifier;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use figures::{Figures, Sums};
use sabotage::Sabotage;
use world::World;

/// Of so many seeds one is run twice.
const TWICE_EVERY: u64 = 16;

/// Seeds in which a sabotage must have been found.
const SABOTAGED_SEEDS: u64 = 200;

/// Failures that are told; after so many the rest is the same.
const TOLD_MAX: usize = 10;

/// Runs the consensus of Sổ Gốc in simulated worlds, one for each seed.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Seeds, as FIRST..LAST without the last.
    #[arg(long, default_value = "0..1000000", value_parser = range)]
    seeds: (u64, u64),
    /// Begin no further seed after so many seconds.
    #[arg(long, default_value_t = 90)]
    seconds: u64,
    /// Begin no further seed after so many hours.
    #[arg(long, conflicts_with = "seconds")]
    hours: Option<u64>,
    /// Runs at a time.
    #[arg(long, default_value_t = 2)]
    threads: u64,
    /// This seed only.
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// Print a line for each event.
    #[arg(long, requires = "seed")]
    trace: bool,
    /// With something broken on purpose.
    #[arg(long)]
    sabotage: Option<Sabotage>,
    /// Break each thing that can be broken on purpose, and see that it is found.
    #[arg(long, conflicts_with_all = ["seeds", "seed", "sabotage"])]
    sabotages: bool,
}

fn range(text: &str) -> Result<(u64, u64), String> {
    let (first, last) = text.split_once("..").ok_or("seeds are given as FIRST..LAST")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| format!("{text}: {error}"));
    Ok((number(first)?, number(last)?))
}

/// One run; a panic of the engine is a broken promise like any other.
fn run(seed: u64, sabotage: Option<Sabotage>, lines: bool) -> (Result<(), String>, String, Figures) {
    let mut told = String::new();
    let mut figures = Figures::default();
    let result = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::new(seed, sabotage)?;
        world.trace.lines = lines.then(String::new);
        told = world.describe();
        let result = world.run();
        told.extend(world.trace.lines.take().into_iter().flat_map(|lines| ["\n".into(), lines]));
        figures = world.figures.clone();
        result
    }));
    (result.unwrap_or_else(|_| Err("it panicked".into())), told, figures)
}

fn one(seed: u64, sabotage: Option<Sabotage>, trace: bool) -> ExitCode {
    let (result, told, figures) = run(seed, sabotage, trace);
    println!("{told}\n{figures:#?}");
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(broken) => {
            println!("seed {seed}: {broken}");
            ExitCode::FAILURE
        }
    }
}

fn seed(seed: u64, sabotage: Option<Sabotage>) -> Result<(Figures, bool), String> {
    let (result, told, figures) = run(seed, sabotage, false);
    result.map_err(|broken| format!("{broken}\n  {told}"))?;
    let twice = seed.is_multiple_of(TWICE_EVERY);
    if twice {
        let (_, _, again) = run(seed, sabotage, false);
        if again.trace != figures.trace {
            return Err(format!("the trace is {} and then {}", figures.trace, again.trace));
        }
    }
    Ok((figures, twice))
}

fn many(arguments: &Arguments) -> ExitCode {
    let begun = Instant::now();
    let limit = Duration::from_secs(arguments.hours.map_or(arguments.seconds, |hours| hours * 3_600));
    let (next, sums) = (AtomicU64::new(arguments.seeds.0), Mutex::new(Sums::default()));
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads {
            scope.spawn(|| {
                while begun.elapsed() < limit {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= arguments.seeds.1 {
                        return;
                    }
                    let result = seed(number, arguments.sabotage);
                    let Ok(mut sums) = sums.lock() else { return };
                    match result {
                        Ok((figures, twice)) => {
                            sums.passed += 1;
                            sums.twice += u64::from(twice);
                            sums.add(&figures);
                        }
                        Err(broken) => sums.failures.push((number, broken)),
                    }
                    if sums.failures.len() >= TOLD_MAX {
                        return;
                    }
                }
            });
        }
    });
    let Ok(sums) = sums.into_inner() else { return ExitCode::FAILURE };
    sums.print(begun.elapsed());
    for (seed, broken) in &sums.failures {
        let sabotage = arguments.sabotage.map_or(String::new(), |what| format!(" --sabotage {what:?}").to_lowercase());
        println!("FAILED seed {seed}: {broken}\n  again: sogoc-simulate --seed {seed} --trace{sabotage}");
    }
    println!("{} passed, {} failed", sums.passed, sums.failures.len());
    if sums.failures.is_empty() && sums.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether each sabotage is found, and how soon.
fn sabotages() -> ExitCode {
    let mut found = 0;
    for sabotage in Sabotage::value_variants() {
        let begun = Instant::now();
        let failure = (0..SABOTAGED_SEEDS).find_map(|seed| Some((seed, run(seed, Some(*sabotage), false).0.err()?)));
        match failure {
            Some((seed, broken)) => {
                found += 1;
                println!("{sabotage:?}: found at seed {seed}, after {:.1} s: {broken}", begun.elapsed().as_secs_f32());
            }
            None => println!("FAILED {sabotage:?}: not found in {SABOTAGED_SEEDS} seeds"),
        }
    }
    let missed = Sabotage::value_variants().len() - found;
    println!("{found} passed, {missed} failed");
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.trace {
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).without_time().init();
    }
    match arguments.seed {
        None if arguments.sabotages => sabotages(),
        Some(seed) => one(seed, arguments.sabotage, arguments.trace),
        None => many(&arguments),
    }
}
