//! The commands, one a file.

pub mod approve;
pub mod bench;
pub mod binding;
pub mod checkpoint;
mod claims;
pub mod definition;
pub mod genesis;
pub mod gov;
pub mod issue;
pub mod issuer;
pub mod journal;
mod offer;
pub mod present;
mod reader;
pub mod receipt;
pub mod seal_file;
pub mod status;
pub mod verify;
mod work;
