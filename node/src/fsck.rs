//! Checks a stopped node's store.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use sogoc_genesis::{load_config, load_genesis};
use sogoc_store::Store;

use crate::failure::Failure;

/// Executes every block again and compares all that follows from them.
pub fn fsck(config: &Path, scratch: Option<PathBuf>) -> Result<ExitCode, Failure> {
    let config = load_config(config)?;
    let genesis = load_genesis(&config.genesis)?;
    let parent = scratch.unwrap_or_else(std::env::temp_dir);
    let scratch = tempfile::Builder::new()
        .prefix("sogoc-fsck-")
        .tempdir_in(&parent)
        .map_err(|error| Failure::System(parent.display().to_string(), error))?;
    let store = Store::open(&config.data.join("store"), &genesis)?;
    let bar = ProgressBar::new(store.tip().header.height).with_style(
        ProgressStyle::with_template("block {pos}/{len} {wide_bar} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let report = store.fsck(&genesis, &scratch.path().join("store"), |height| bar.set_position(height))?;
    bar.finish_and_clear();
    println!("sound / nguyên vẹn: {} blocks, {} rows", report.height, report.rows);
    Ok(ExitCode::SUCCESS)
}
