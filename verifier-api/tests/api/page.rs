//! The page as a browser fetches it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::fixture::{Answer, Server};

/// The files that the page was built of, by their address.
fn built() -> BTreeMap<String, Vec<u8>> {
    fn collect(directory: &Path, address: &str, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let address = format!("{address}{}", path.file_name().unwrap().to_str().unwrap());
            match path.is_dir() {
                true => collect(&path, &format!("{address}/"), files),
                false => drop(files.insert(address, fs::read(&path).unwrap())),
            }
        }
    }
    let mut files = BTreeMap::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("web/page/dist"), "/", &mut files);
    files
}

/// The answer's bytes as a browser shows them, if what it says of them is right.
fn matches(answer: &Answer, files: &BTreeMap<String, Vec<u8>>, name: &str) -> bool {
    let form = match answer.header("content-encoding") {
        None => "",
        Some("gzip") => ".gz",
        Some("br") => ".br",
        Some(other) => panic!("{other}"),
    };
    files[&format!("{name}{form}")] == answer.body
}

#[test]
fn every_file_is_served_in_the_smallest_form_that_the_browser_takes() {
    let (server, files) = (Server::start(), built());
    let plain = files.keys().filter(|name| {
        let form = name.strip_suffix(".gz").or(name.strip_suffix(".br"));
        form.is_none_or(|plain| !files.contains_key(plain))
    });
    for name in plain {
        let address = name.strip_suffix("index.html").unwrap_or(name);
        for accepted in
            ["", "gzip, deflate, br, zstd", "gzip", "gzip;q=0.5, br;q=0.4", "br;q=0, identity;q=0", "*", "x"]
        {
            let answer = server.ask(address, &[("accept-encoding", accepted)]);
            assert_eq!(answer.status, 200, "{address}");
            assert!(matches(&answer, &files, name), "{address}, {accepted}");
            let form = answer.header("content-encoding");
            match accepted {
                "gzip, deflate, br, zstd" | "*" if files.contains_key(&format!("{name}.br")) => {
                    assert_eq!(form, Some("br"));
                }
                "gzip" | "gzip;q=0.5, br;q=0.4" if files.contains_key(&format!("{name}.gz")) => {
                    assert_eq!(form, Some("gzip"));
                }
                _ => assert_eq!(form, None, "{address}, {accepted}"),
            }
            assert_eq!(answer.header("vary"), Some("accept-encoding"));
            let tag = answer.header("etag").unwrap();
            let again = server.ask(address, &[("accept-encoding", accepted), ("if-none-match", tag)]);
            assert_eq!((again.status, again.body.len()), (304, 0), "{address}, {accepted}");
            assert_eq!(again.header("etag"), Some(tag));
            let kept = answer.header("cache-control");
            assert_eq!(again.header("cache-control"), kept);
            match address.starts_with("/assets/") {
                true => assert_eq!(kept, Some("public, max-age=31536000, immutable")),
                false => assert_eq!(kept, Some("no-cache")),
            }
        }
        let media_type = server.get(address).header("content-type").unwrap().to_owned();
        let extension = name.rsplit_once('.').unwrap().1;
        match extension {
            "html" => assert_eq!(media_type, "text/html; charset=utf-8"),
            "js" => assert_eq!(media_type, "text/javascript; charset=utf-8"),
            "css" => assert_eq!(media_type, "text/css; charset=utf-8"),
            _ => assert!(media_type.contains('/')),
        }
    }
    for other in ["/index.html", "/index.html.gz", "/assets", "/assets/", "/..%2findex.html", "/assets/../index.html"] {
        assert_eq!(server.get(other).code(), "unknown-route", "{other}");
    }
}

#[test]
fn the_page_may_do_no_more_than_it_needs() {
    let server = Server::start();
    let page = server.get("/");
    let policy = page.header("content-security-policy").unwrap();
    for rule in ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.split("; ").any(|given| given == rule), "{policy}");
    }
    assert!(policy.ends_with("; require-trusted-types-for 'script'"), "{policy}");
    for lax in ["unsafe", "http", "*", "blob"] {
        assert!(!policy.contains(lax), "{policy}");
    }
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("cross-origin-opener-policy"), Some("same-origin"));
    assert!(page.header("permissions-policy").unwrap().contains("camera=()"));
    assert_eq!(page.header("set-cookie"), None);
    let unchanged = server.ask("/", &[("if-none-match", page.header("etag").unwrap())]);
    assert_eq!(unchanged.header("content-security-policy"), Some(policy), "a kept page keeps its policy");
    let head = server.raw(b"HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let length = format!("content-length: {}\r\n", page.body.len());
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains(&length) && head.ends_with("\r\n\r\n"), "{head}");
}
