//! Ready-made networks: whose validators they have and which issuers they are founded with.
//!
//! | network | validators | issuers |
//! |---|---|---|
//! | of a number, `devnet-4` of four | nobody's | two schools that do not exist |
//! | `hcmc-23` | the Department and the offices of the 22 district-level units that Ho Chi Minh City had in 2024 | these, and the schools |
//! | `hcmc-17` | the Department and the 16 school clusters since 1 July 2025 | the Department, a ward that does not exist, and the schools |
//!
//! Units are public geography; every decision that entitles is called a test. What they may issue follows the law: diplomas of
//! lower secondary schools by district offices until 30 June 2025, by wards until the end of that year, by nobody since;
//! diplomas of upper secondary schools by the Department until the end of 2025, by the schools since.

/// A network to be founded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// What it is called, as `hcmc-23`.
    pub name: String,
    /// Its validators, in the order of its nodes.
    pub validators: Vec<ExampleValidator>,
    /// Its issuers.
    pub issuers: Vec<ExampleIssuer>,
}

/// A validator of a ready-made network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleValidator {
    /// What its node is called in logs.
    pub moniker: String,
    /// Whose it is.
    pub owner: String,
}

/// An issuer that a network is founded with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleIssuer {
    /// Its id, as `thcs-mau-1`.
    pub id: String,
    /// Its name in Vietnamese.
    pub name: String,
    /// Its name in English.
    pub name_en: String,
    /// What it may seal.
    pub grants: &'static [ExampleGrant],
}

/// A document type that an issuer may seal, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleGrant {
    /// The type, as `hoc-ba-thcs`.
    pub document_type: &'static str,
    /// The first day, as `2020-01-01`.
    pub from: &'static str,
    /// The first day on which it no longer holds.
    pub until: Option<&'static str>,
}

/// The day from which on examples hold that have no beginning in the law.
const ALWAYS: &str = "2020-01-01";
/// Districts were abolished.
const DISTRICTS_END: &str = "2025-07-01";
/// The amended Education Law: no lower-secondary diploma, and upper-secondary ones by the principal.
const PRINCIPALS_BEGIN: &str = "2026-01-01";

const fn since(from: &'static str, document_type: &'static str) -> ExampleGrant {
    ExampleGrant { document_type, from, until: None }
}

const fn between(from: &'static str, until: &'static str, document_type: &'static str) -> ExampleGrant {
    ExampleGrant { document_type, from, until: Some(until) }
}

const LOWER_SCHOOL: &[ExampleGrant] = &[since(ALWAYS, "hoc-ba-thcs"), since(ALWAYS, "da-ky")];
const UPPER_SCHOOL: &[ExampleGrant] =
    &[since(ALWAYS, "hoc-ba-thpt"), since(ALWAYS, "bang-tn-thpt"), since(ALWAYS, "da-ky")];
const UPPER_SCHOOL_BY_LAW: &[ExampleGrant] =
    &[since(ALWAYS, "hoc-ba-thpt"), since(PRINCIPALS_BEGIN, "bang-tn-thpt"), since(ALWAYS, "da-ky")];
const DEPARTMENT: &[ExampleGrant] = &[between(ALWAYS, PRINCIPALS_BEGIN, "bang-tn-thpt")];
const DISTRICT: &[ExampleGrant] = &[between(ALWAYS, DISTRICTS_END, "bang-tn-thcs")];
const WARD: &[ExampleGrant] = &[between(DISTRICTS_END, PRINCIPALS_BEGIN, "bang-tn-thcs")];

/// The district-level units of Ho Chi Minh City in 2024: 16 urban districts, 5 rural ones, and Thủ Đức.
const DISTRICTS: [(&str, &str, &str); 22] = [
    ("q1", "Quận 1", "District 1"),
    ("q3", "Quận 3", "District 3"),
    ("q4", "Quận 4", "District 4"),
    ("q5", "Quận 5", "District 5"),
    ("q6", "Quận 6", "District 6"),
    ("q7", "Quận 7", "District 7"),
    ("q8", "Quận 8", "District 8"),
    ("q10", "Quận 10", "District 10"),
    ("q11", "Quận 11", "District 11"),
    ("q12", "Quận 12", "District 12"),
    ("binh-tan", "quận Bình Tân", "Binh Tan District"),
    ("binh-thanh", "quận Bình Thạnh", "Binh Thanh District"),
    ("go-vap", "quận Gò Vấp", "Go Vap District"),
    ("phu-nhuan", "quận Phú Nhuận", "Phu Nhuan District"),
    ("tan-binh", "quận Tân Bình", "Tan Binh District"),
    ("tan-phu", "quận Tân Phú", "Tan Phu District"),
    ("binh-chanh", "huyện Bình Chánh", "Binh Chanh District"),
    ("can-gio", "huyện Cần Giờ", "Can Gio District"),
    ("cu-chi", "huyện Củ Chi", "Cu Chi District"),
    ("hoc-mon", "huyện Hóc Môn", "Hoc Mon District"),
    ("nha-be", "huyện Nhà Bè", "Nha Be District"),
    ("thu-duc", "thành phố Thủ Đức", "Thu Duc City"),
];

/// School clusters since the districts' end.
const CLUSTERS: u16 = 16;

const DEPARTMENT_NAME: &str = "Sở Giáo dục và Đào tạo Thành phố Hồ Chí Minh";

impl Network {
    /// The network of this name: `devnet-4`, `hcmc-23` or `hcmc-17`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "devnet-4" => Some(Self::of(4)),
            "hcmc-23" => Some(hcmc_23()),
            "hcmc-17" => Some(hcmc_17()),
            _ => None,
        }
    }

    /// A network of so many validators, which are nobody's.
    pub fn of(count: u16) -> Self {
        let validators = (1..=count).map(|i| validator(format!("node-{i}"), format!("Nút thử nghiệm {i}"))).collect();
        Self { name: count.to_string(), validators, issuers: schools(UPPER_SCHOOL).into() }
    }
}

fn hcmc_23() -> Network {
    let office = |slug: &str| format!("phong-gddt-{slug}");
    let owner = |unit: &str| format!("Phòng Giáo dục và Đào tạo {unit}");
    let offices = DISTRICTS.iter();
    let validators = [department_node()]
        .into_iter()
        .chain(offices.clone().map(|(slug, unit, _)| validator(office(slug), owner(unit))))
        .collect();
    let name_en = |unit: &str| format!("Office of Education and Training of {unit}");
    let issuers = [department()]
        .into_iter()
        .chain(offices.map(|(slug, unit, en)| issuer(&office(slug), &owner(unit), &name_en(en), DISTRICT)))
        .chain(schools(UPPER_SCHOOL_BY_LAW))
        .collect();
    Network { name: "hcmc-23".into(), validators, issuers }
}

fn hcmc_17() -> Network {
    let clusters = (1..=CLUSTERS).map(|i| validator(format!("cum-truong-{i}"), format!("Cụm trường {i}")));
    let ward = issuer("ubnd-phuong-mau", "Ủy ban nhân dân phường Mẫu", "People's Committee of Model Ward", WARD);
    Network {
        name: "hcmc-17".into(),
        validators: [department_node()].into_iter().chain(clusters).collect(),
        issuers: [department(), ward].into_iter().chain(schools(UPPER_SCHOOL_BY_LAW)).collect(),
    }
}

fn validator(moniker: String, owner: String) -> ExampleValidator {
    ExampleValidator { moniker, owner }
}

fn issuer(id: &str, name: &str, name_en: &str, grants: &'static [ExampleGrant]) -> ExampleIssuer {
    ExampleIssuer { id: id.into(), name: name.into(), name_en: name_en.into(), grants }
}

fn department_node() -> ExampleValidator {
    validator("so-gddt".into(), DEPARTMENT_NAME.into())
}

fn department() -> ExampleIssuer {
    issuer("so-gddt", DEPARTMENT_NAME, "Ho Chi Minh City Department of Education and Training", DEPARTMENT)
}

fn schools(upper: &'static [ExampleGrant]) -> [ExampleIssuer; 2] {
    [
        issuer("thcs-mau-1", "Trường THCS Mẫu Một", "Model Lower Secondary School One", LOWER_SCHOOL),
        issuer("thpt-mau-1", "Trường THPT Mẫu Một", "Model Upper Secondary School One", upper),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devnet::{DevnetOptions, devnet};
    use crate::{check, load_genesis};
    use std::collections::BTreeSet;

    fn founded(name: &str, validators: usize, issuers: usize) -> sogoc_ledger::genesis::Genesis {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join(name);
        let net = devnet(&target, &Network::named(name).unwrap(), &DevnetOptions::default()).unwrap();
        assert_eq!(check(&target), []);
        assert!(
            net.chain.as_str().starts_with("devnet-")
                && net.chain.as_str().contains(name.trim_start_matches("devnet-"))
        );
        let genesis = load_genesis(&target.join("node-1/genesis.json")).unwrap();
        assert_eq!((genesis.members.len(), genesis.issuers.len()), (validators, issuers));
        genesis
    }

    #[test]
    fn every_network_is_ready_to_run() {
        founded("devnet-4", 4, 2);
        founded("hcmc-17", 17, 4);
        let genesis = founded("hcmc-23", 23, 25);
        let owners: BTreeSet<&str> = genesis.members.iter().map(|member| member.owner.as_str()).collect();
        for unit in ["Quận 12", "quận Gò Vấp", "huyện Cần Giờ", "thành phố Thủ Đức"] {
            assert!(owners.contains(format!("Phòng Giáo dục và Đào tạo {unit}").as_str()), "{unit}");
        }
        assert_eq!(Network::named("hcmc-24"), None);
    }

    #[test]
    fn district_offices_issue_until_their_last_day() {
        let genesis = founded("hcmc-23", 23, 25);
        let offices = genesis.issuers.iter().filter(|issuer| issuer.id.as_str().starts_with("phong-gddt-"));
        for office in offices {
            let grant = &office.grants[0];
            assert_eq!(grant.document_type.as_str(), "bang-tn-thcs");
            // 2025-06-30 is day 20,269.
            assert!(grant.covers(sogoc_ledger::name::Day(20_269)) && !grant.covers(sogoc_ledger::name::Day(20_270)));
        }
    }
}
