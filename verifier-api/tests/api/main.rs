//! The API as its clients meet it: a real server on a real socket over a real store.

#![allow(clippy::unwrap_used, clippy::panic)]

mod anchor;
mod bulk;
mod description;
mod documents;
mod events;
mod fixture;
mod hostile;
mod limits;
mod lists;
mod page;
mod proofs;
mod roots;
mod submit;
mod verify;
