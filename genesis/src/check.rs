//! Checks a file, a home or a whole ready-made network, and reports everything at once.
//!
//! A file is what its name's extension and its first field say; of a directory, all the files are checked
//! that are in their usual places, and whether they fit together: the keys to the genesis, the address book to both.

use std::fs;
use std::path::{Path, PathBuf};

use sogoc_ledger::genesis::Genesis;
use sogoc_ledger::record::Purpose;

use crate::book::{AddressBook, BOOK_FILE, load_address_book};
use crate::ceremony::{PublicPart, VALIDATOR_FILE};
use crate::config::{CONFIG_FILE, NodeConfig, load_config};
use crate::document::{self, Syntax, Value};
use crate::files;
use crate::founding::{GENESIS_FILE, GENESIS_FILE_BYTES_MAX, load_genesis};
use crate::issuers::{load_issuers, load_jwk};
use crate::keys::{KeyFile, SecretKey};
use crate::observer::{OBSERVER_FILE, ObserverPart};
use crate::problem::{Code, Problem, Problems};
use crate::webhook::WebhookSecret;

/// Name of the issuers file.
pub const ISSUERS_FILE: &str = "issuers.toml";

/// Everything that is wrong with the file or directory at `path`.
pub fn check(path: &Path) -> Vec<Problem> {
    let mut findings = Findings::default();
    if path.is_dir() {
        if !findings.check_directory(path) {
            findings.0.push(Problem::new(Code::NothingToCheck, path.display(), ""));
        }
    } else {
        findings.check_file(path);
    }
    findings.0
}

#[derive(Default)]
struct Findings(Vec<Problem>);

impl Findings {
    /// What was loaded, or `None` and a note of what is wrong.
    fn note<T, E: Into<Problems>>(&mut self, loaded: Result<T, E>) -> Option<T> {
        loaded.map_err(|problems| self.0.extend(problems.into().0)).ok()
    }

    fn check_file(&mut self, path: &Path) {
        let nothing = || Problem::new(Code::NothingToCheck, path.display(), "");
        let syntax = match path.extension().and_then(|extension| extension.to_str()) {
            Some("key") => {
                let loaded = KeyFile::load(path);
                self.note(loaded);
                return;
            }
            Some("json" | "jwk") => Syntax::Json,
            Some("toml") => Syntax::Toml,
            _ => return self.0.push(nothing()),
        };
        let value = files::load(path, GENESIS_FILE_BYTES_MAX)
            .and_then(|bytes| document::parse(&bytes, &path.display().to_string(), syntax));
        let Some(value) = self.note(value) else {
            return;
        };
        let has = |name: &str| matches!(&value, Value::Table(table) if table.contains_key(name));
        let checked: Result<(), Problems> = match syntax {
            Syntax::Json if has("sogoc-genesis") => load_genesis(path).map(drop),
            Syntax::Json if has("sogoc-address-book") => load_address_book(path).map(drop),
            Syntax::Json if has("sogoc-validator") => PublicPart::load(path).map(drop),
            Syntax::Json if has("sogoc-observer") => ObserverPart::load(path).map(drop),
            Syntax::Json if has("kty") => load_jwk(path).map(drop),
            Syntax::Json => Err(nothing().into()),
            Syntax::Toml if has("issuer") => load_issuers(path).map(drop),
            Syntax::Toml => {
                self.check_home(path);
                Ok(())
            }
        };
        self.note(checked);
    }

    /// Whether anything was found to check.
    fn check_directory(&mut self, directory: &Path) -> bool {
        let mut found = false;
        let config = directory.join(CONFIG_FILE);
        if config.exists() {
            self.check_home(&config);
            found = true;
        } else {
            let (genesis, book) = (directory.join(GENESIS_FILE), directory.join(BOOK_FILE));
            let genesis_loaded = genesis.exists().then(|| self.note(load_genesis(&genesis)));
            let book_loaded = book.exists().then(|| self.note(load_address_book(&book)));
            found |= genesis_loaded.is_some() || book_loaded.is_some();
            if let (Some(Some(genesis)), Some(Some(loaded))) = (&genesis_loaded, &book_loaded) {
                self.0.extend(loaded.check_against(genesis, &book.display().to_string()));
            }
        }
        for name in [VALIDATOR_FILE, OBSERVER_FILE, ISSUERS_FILE] {
            let file = directory.join(name);
            if file.exists() {
                self.check_file(&file);
                found = true;
            }
        }
        for keys in ["keys", "issuers"] {
            for file in self.entries(&directory.join(keys)) {
                if file.extension().is_some_and(|extension| extension == "key") {
                    self.check_file(&file);
                    found = true;
                }
            }
        }
        for node in self.entries(directory) {
            let is_node = node.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("node-"));
            if is_node && node.is_dir() {
                found |= self.check_directory(&node);
            }
        }
        found
    }

    /// What is in `directory`, in the order of names; nothing if there is none.
    fn entries(&mut self, directory: &Path) -> Vec<PathBuf> {
        if !directory.is_dir() {
            return Vec::new();
        }
        let listed = fs::read_dir(directory)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>())
            .map_err(|error| Problem::new(Code::Unreadable, directory.display(), error.kind()));
        let mut entries = self.note(listed).unwrap_or_default();
        entries.sort();
        entries
    }

    /// A configuration, and all that it refers to.
    fn check_home(&mut self, path: &Path) {
        let Some(config) = self.note(load_config(path)) else {
            return;
        };
        let genesis = self.note(load_genesis(&config.genesis));
        let book = self.note(load_address_book(&config.address_book));
        let network = self.note(SecretKey::load(&config.keys.network, Purpose::Network));
        let consensus = config.keys.consensus.as_ref().map(|path| self.note(SecretKey::load(path, Purpose::Consensus)));
        for webhook in &config.webhooks {
            self.note(WebhookSecret::load(&webhook.secret));
        }
        let (Some(genesis), Some(book), Some(network)) = (genesis, book, network) else {
            return;
        };
        self.0.extend(book.check_against(&genesis, &config.address_book.display().to_string()));
        self.check_keys(&config, &genesis, &book, &network, consensus);
    }

    /// Whether the keys are those of one validator, or of an observer.
    fn check_keys(
        &mut self,
        config: &NodeConfig,
        genesis: &Genesis,
        book: &AddressBook,
        network: &SecretKey,
        consensus: Option<Option<SecretKey>>,
    ) {
        let network_place = config.keys.network.display();
        let member = genesis.members.iter().find(|member| member.network == network.public());
        match (consensus, member) {
            (Some(Some(consensus)), Some(member)) if member.consensus != consensus.public() => {
                let place = config.keys.consensus.as_deref().unwrap_or(Path::new("")).display();
                self.0.push(Problem::new(Code::NotAValidator, place, &member.owner));
            }
            (Some(_), None) => self.0.push(Problem::new(Code::NotAValidator, network_place, "")),
            (None, _) if book.peer(&network.public()).is_none_or(|peer| !peer.observer) => {
                self.0.push(Problem::new(Code::NotAValidator, network_place, "keys.consensus is absent"));
            }
            _ => {}
        }
    }
}
