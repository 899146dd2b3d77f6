use super::*;

fn listen() -> Listen {
    Listen {
        engine: Address::localhost(27_001),
        gossip: Address::localhost(27_101),
        http: "127.0.0.1:27201".parse().unwrap(),
    }
}

fn parse(text: &str) -> Result<NodeConfig, Problems> {
    parse_config(text.as_bytes(), Path::new("/srv/so-goc/node.toml"))
}

fn codes(text: &str) -> Vec<Code> {
    parse(text).unwrap_err().0.iter().map(|problem| problem.code).collect()
}

#[test]
fn the_usual_configuration_is_read_and_its_paths_are_beside_it() {
    let moniker = Moniker::new("nút \"1\"").unwrap();
    let config = parse(&usual_config(&moniker, true, &listen())).unwrap();
    assert_eq!((config.moniker, config.listen), (moniker.clone(), listen()));
    assert_eq!(config.genesis, Path::new("/srv/so-goc/genesis.json"));
    assert_eq!(config.guard, Path::new("/srv/so-goc/guard"));
    assert_eq!(config.keys.consensus.as_deref(), Some(Path::new("/srv/so-goc/keys/consensus.key")));
    assert_eq!((config.trust, config.roots), (None, None));
    assert_eq!((config.log, config.timeouts), (Log::default(), Timeouts::default()));
    assert_eq!(parse(&usual_config(&moniker, false, &listen())).unwrap().keys.consensus, None);
}

#[test]
fn optional_tables_and_absolute_paths() {
    let text = usual_config(&Moniker::new("a").unwrap(), true, &listen())
        .replace("\"data\"", "\"/var/lib/so-goc\"")
        .replace("\"text\"", "\"json\"")
        .replace("[keys]", "trust = \"anchor.json\"\nroots = \"roots.json\"\n[keys]")
        + "[timeouts]\npropose = 500\nrebroadcast = 600000\n";
    let config = parse(&text).unwrap();
    assert_eq!(config.data, Path::new("/var/lib/so-goc"));
    assert_eq!(config.trust.as_deref(), Some(Path::new("/srv/so-goc/anchor.json")));
    assert_eq!(config.roots.as_deref(), Some(Path::new("/srv/so-goc/roots.json")));
    assert_eq!(config.log.format, LogFormat::Json);
    let timeouts = Timeouts { propose: Some(500), rebroadcast: Some(600_000), ..Timeouts::default() };
    assert_eq!(config.timeouts, timeouts);
    let (without_log, _) = text.split_once("[log]").unwrap();
    assert_eq!(parse(without_log).unwrap().log, Log::default());
}

#[test]
fn every_error_is_reported_at_once() {
    let text = "moniker = 1\ngenesis = \"\"\nextra = true\ndata = \"data\"\nguard = \"data/x/../guard\"\n\
                [keys]\nconsensus = 1.5\n[listen]\n";
    assert_eq!(codes(text), [Code::Malformed]);
    let text = text.replace("1.5", "15")
        + "engine = \"127.0.0.1:1\"\nhttp = \"nowhere\"\n\
                [log]\nformat = \"xml\"\n[timeouts]\npropose = 0\nprevote = 600001\nprecomit = 1\n";
    let problems = parse(&text).unwrap_err().0;
    let found: Vec<(&str, &str)> = problems
        .iter()
        .map(|p| (p.code.as_str(), p.place.trim_start_matches("/srv/so-goc/node.toml").trim_start_matches(": ")))
        .collect();
    assert_eq!(
        found,
        [
            ("wrong-value", "moniker"),
            ("wrong-value", "genesis"),
            ("missing-field", "address_book"),
            ("guard-in-data", ""),
            ("wrong-value", "keys.consensus"),
            ("missing-field", "keys.network"),
            ("wrong-value", "listen.engine"),
            ("missing-field", "listen.gossip"),
            ("wrong-value", "listen.http"),
            ("wrong-value", "log.format"),
            ("wrong-value", "timeouts.propose"),
            ("wrong-value", "timeouts.prevote"),
            ("unknown-field", "timeouts"),
            ("unknown-field", ""),
        ]
    );
}

#[test]
fn the_guard_is_never_inside_the_data() {
    let good = usual_config(&Moniker::new("a").unwrap(), true, &listen());
    for guard in ["data", "data/guard", "./data/guard", "x/../data/guard", "/srv/so-goc/data/guard"] {
        assert_eq!(codes(&good.replace("\"guard\"", &format!("\"{guard}\""))), [Code::GuardInData], "{guard}");
    }
    assert!(parse(&good.replace("\"guard\"", "\"data-guard\"")).is_ok());
    assert!(parse(&good.replace("\"guard\"", "\"data/../guard\"")).is_ok());
}

#[test]
fn webhooks_are_read_and_none_is_there_twice() {
    let good = usual_config(&Moniker::new("a").unwrap(), true, &listen());
    assert_eq!(parse(&good).unwrap().webhooks, []);
    let first = "[[webhook]]\nurl = \"https://truong.example.vn/so-goc\"\nsecret = \"keys/a.secret\"\n";
    let second = "[[webhook]]\nurl = \"http://127.0.0.1:9\"\nsecret = \"/etc/b\"\nissuers = [\"thcs-mau-1\"]\n";
    let webhooks = parse(&format!("{good}{first}{second}")).unwrap().webhooks;
    assert_eq!(webhooks[0].url.as_str(), "https://truong.example.vn/so-goc");
    assert_eq!((webhooks[0].secret.as_path(), &webhooks[0].issuers), (Path::new("/srv/so-goc/keys/a.secret"), &None));
    assert_eq!(webhooks[1].secret, Path::new("/etc/b"));
    assert_eq!(webhooks[1].issuers, Some(vec!["thcs-mau-1".parse().unwrap()]));

    assert_eq!(codes(&format!("{good}{first}{first}")), [Code::AddressTwice]);
    assert_eq!(codes(&format!("{good}{}", first.repeat(33))), [Code::TooMany]);
    assert_eq!(codes(&format!("{good}[webhook]\nurl = 1\n")), [Code::WrongValue]);
    for (from, to, code) in [
        ("https", "http", Code::WrongValue),
        ("https://", "https://user:password@", Code::WrongValue),
        ("secret =", "issuers = []\nsecret =", Code::WrongValue),
        ("secret =", "issuers = [\"A\"]\nsecret =", Code::WrongValue),
        ("secret =", "retries = 3\nsecret =", Code::UnknownField),
    ] {
        let problems = parse(&format!("{good}{}", first.replace(from, to))).unwrap_err();
        assert!(problems.contains(code), "{to}: {problems}");
        assert!(!problems.to_string().contains("user:password"), "{problems}");
    }
    assert!(parse(&format!("{good}{}", first.replace("secret", "secrets"))).unwrap_err().contains(Code::MissingField));
}

#[test]
fn a_field_twice_is_malformed() {
    let good = usual_config(&Moniker::new("a").unwrap(), true, &listen());
    assert_eq!(codes(&format!("moniker = \"b\"\n{good}")), [Code::Malformed]);
}
