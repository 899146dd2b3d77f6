//! Writes the table of the page's files, each embedded whole: every file of `web/page/dist`, in the order of the paths.
//!
//! `FILE.gz` and `FILE.br` beside a file are the same in fewer bytes. The page is built before by `scripts/build-page.sh`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

/// What the page's files are.
const MEDIA_TYPES: [(&str, &str); 10] = [
    ("css", "text/css; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("webmanifest", "application/manifest+json"),
    ("woff2", "font/woff2"),
];

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=web/page/dist");
    let (Some(own), Some(out)) = (env::var_os("CARGO_MANIFEST_DIR"), env::var_os("OUT_DIR")) else {
        return failed("this is run by cargo");
    };
    let dist = Path::new(&own).join("web/page/dist");
    if !dist.join("index.html").is_file() {
        return failed("the page is not built: run scripts/build-page.sh first");
    }
    let out = Path::new(&out);
    let mut files = BTreeMap::new();
    let written = collect(&dist, &out.join("page"), "/", &mut files)
        .map_err(|error| format!("the page cannot be read: {error}"))
        .and_then(|()| table(&files))
        .and_then(|table| {
            fs::write(out.join("page.rs"), table).map_err(|error| format!("no table of the page: {error}"))
        });
    written.map_or_else(|why| failed(&why), |()| ExitCode::SUCCESS)
}

fn failed(why: &str) -> ExitCode {
    println!("cargo::error={why}");
    ExitCode::FAILURE
}

/// The files below `directory`, by their address. They are copied: the page may be built again while this is compiled.
fn collect(directory: &Path, copies: &Path, address: &str, files: &mut BTreeMap<String, PathBuf>) -> io::Result<()> {
    fs::create_dir_all(copies)?;
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let copy = copies.join(&name);
        if path.is_dir() {
            collect(&path, &copy, &format!("{address}{name}/"), files)?;
        } else {
            fs::copy(&path, &copy)?;
            files.insert(format!("{address}{name}"), copy);
        }
    }
    Ok(())
}

fn table(files: &BTreeMap<String, PathBuf>) -> Result<String, String> {
    let mut table = String::from("pub(crate) static FILES: &[File] = &[\n");
    for (address, path) in files {
        let (plain, extension) = address.rsplit_once('.').unwrap_or((address, ""));
        if matches!(extension, "gz" | "br") && files.contains_key(plain) {
            continue;
        }
        let media_type = MEDIA_TYPES.iter().find(|(known, _)| *known == extension);
        let media_type = media_type.ok_or_else(|| format!("build.rs knows no media type for {address}"))?.1;
        let usual = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
        if !address.chars().all(usual) {
            return Err(format!("{address} is not an address that needs no escapes"));
        }
        let variant = |extension| files.get(&format!("{address}.{extension}"));
        let embedded =
            |path: Option<&PathBuf>| path.map_or("None".into(), |path| format!("Some(include_bytes!({path:?}))"));
        let address = address.strip_suffix("index.html").unwrap_or(address);
        let written = writeln!(
            table,
            "    File {{ address: {address:?}, media_type: {media_type:?}, plain: include_bytes!({path:?}), gzip: {}, brotli: {} }},",
            embedded(variant("gz")),
            embedded(variant("br")),
        );
        written.map_err(|error| error.to_string())?;
    }
    table.push_str("];\n");
    Ok(table)
}
