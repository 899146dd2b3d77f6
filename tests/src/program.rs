//! Runs a program to its end, or until a test kills it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;

use crate::{PATIENCE, wait_until_within};

/// The path of `sogoc` or `sogoc-node`.
pub fn program(name: &str) -> PathBuf {
    let directory = std::env::var_os("SOGOC_BIN").map(PathBuf::from).unwrap_or_else(|| {
        let test = std::env::current_exe().unwrap();
        test.parent().and_then(Path::parent).unwrap().to_owned()
    });
    let path = directory.join(name);
    assert!(path.is_file(), "{} is missing: cargo build --release --workspace --bins", path.display());
    path
}

/// A program that runs. It is killed when this is dropped.
pub struct Program {
    child: Child,
    stdout: File,
    stderr: File,
    line: String,
}

impl Program {
    /// Starts `command`; what it prints goes to files, so that it never waits for a reader.
    pub fn start(command: &mut Command) -> Self {
        let (stdout, stderr) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        let line = format!("{command:?}");
        let child = command
            .stdin(Stdio::null())
            .stdout(stdout.try_clone().unwrap())
            .stderr(stderr.try_clone().unwrap())
            .spawn()
            .unwrap_or_else(|error| panic!("{line}: {error}"));
        Self { child, stdout, stderr, line }
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Kills it: as `kill -9`, or as a power failure does.
    pub fn kill(mut self) -> Output {
        self.child.kill().unwrap();
        self.output()
    }

    /// Waits for its end. A program that hangs is killed and fails the test.
    pub fn output(mut self) -> Output {
        // A client waits for a node as long as one that answers at all may take.
        let status = wait_until_within(PATIENCE * 3, &self.line, || self.child.try_wait().unwrap());
        let output =
            Output { status, stdout: read(&mut self.stdout), stderr: read(&mut self.stderr), line: self.line.clone() };
        assert!(!output.stderr.contains("panicked"), "it panicked: {output:?}");
        output
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(file: &mut File) -> String {
    use std::io::Seek;
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// What a program left.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
    line: String,
}

impl Output {
    /// Runs `program` with `arguments` to its end.
    pub fn of<A: AsRef<OsStr>>(program: &Path, arguments: impl IntoIterator<Item = A>) -> Self {
        Program::start(Command::new(program).args(arguments)).output()
    }

    /// Its exit code; none if it was killed.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// It must have ended with `code`.
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code(), Some(code), "{}\n{}\n{}", self.line, self.stdout, self.stderr);
        self
    }

    /// It must have ended well.
    pub fn ok(self) -> Self {
        self.expect(0)
    }

    /// It must have refused with exit code 1 and this stable code.
    pub fn refused(self, code: &str) -> Self {
        let output = self.expect(1);
        assert!(output.stderr.contains(&format!("{code}: ")), "not {code}: {output:?}");
        output
    }

    /// What it printed, line by line, each a JSON document.
    pub fn json(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
