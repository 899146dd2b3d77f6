//! What a chain leaves behind: its state written out, and the block that lets it go on without its former validators.
//!
//! The node must be stopped for both: its store belongs to one process.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use sogoc_genesis::{ContinuationFile, load_config, load_genesis};
use sogoc_ledger::continuation::ContinuationError;
use sogoc_store::Store;

use crate::failure::Failure;

fn open(config: &Path) -> Result<Store, Failure> {
    let config = load_config(config)?;
    Ok(Store::open(&config.data.join("store"), &load_genesis(&config.genesis)?)?)
}

/// Writes the state of the last block to a new file, checked against that block's root.
pub fn export(config: &Path, out: &Path) -> Result<ExitCode, Failure> {
    let exported = open(config)?.export().map_err(sogoc_store::OpenError::Damaged)?;
    let unwritable = |error| Failure::System(out.display().to_string(), error);
    let file = OpenOptions::new().write(true).create_new(true).open(out).map_err(unwritable)?;
    write(file, exported.to_elements()).map_err(unwritable)?;
    let header = &exported.checkpoint.header;
    println!(
        "block / khối {}: {} records, {} documents, state root {}",
        header.height,
        exported.records.len(),
        header.leaves,
        header.state_root
    );
    Ok(ExitCode::SUCCESS)
}

fn write(file: File, elements: impl Iterator<Item = Vec<u8>>) -> std::io::Result<()> {
    let mut file = BufWriter::new(file);
    for element in elements {
        file.write_all(&element)?;
    }
    file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
}

/// Makes the block of a continuation the last one. The same file makes the same block on every copy of the store; done twice,
/// it is done once.
pub fn continue_chain(config: &Path, continuation: &Path) -> Result<ExitCode, Failure> {
    let file = ContinuationFile::load(continuation)?;
    let store = open(config)?;
    let height = file.continuation.height;
    let done = store.continuation(height).map_err(sogoc_store::OpenError::Damaged)?;
    if done.as_ref() != Some(&file.continuation) {
        let view = store.view();
        let hash = file.continuation.execute(&view, view.tip())?.tip.hash;
        if hash != file.hash {
            return Err(ContinuationError::OtherBlock(view.tip().header.height).into());
        }
        store.continue_chain(&file.continuation)?;
    }
    println!("block / khối {height}: {}", file.hash);
    Ok(ExitCode::SUCCESS)
}
