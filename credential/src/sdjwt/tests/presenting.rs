//! Choosing paths.

use proptest::prelude::*;

use super::*;
use crate::schema::known;

#[test]
fn a_presentation_shows_the_paths_and_what_leads_to_them() {
    let compact = issued(&HOC_BA_THCS).compact();
    let document = SdJwt::parse(&compact).unwrap();
    let shown = |paths: &[&str]| check(&present(&document, paths).unwrap()).unwrap();

    let three = shown(&["name", "subjects/Toán/year", "conduct/year"]);
    assert_eq!(three.processed["person"], json!({"name": "Nguyễn Thử Nghiệm"}));
    assert_eq!(three.processed["subjects"], json!([{"subject": "Toán", "year": "8.2"}]));
    assert_eq!(three.processed["result"], json!({"conduct": {"year": "Tốt"}}));
    assert!(!three.processed.contains_key("study"));
    let withheld = HOC_BA_THCS.withheld(&three.paths);
    for path in ["person/birth_date", "study", "subjects/Toán/semester_1", "subjects/*", "result/absences"] {
        assert!(withheld.iter().any(|withheld| withheld == path), "{path} in {withheld:?}");
    }
    for path in ["person", "person/name", "subjects/Toán", "study/school"] {
        assert!(!withheld.iter().any(|withheld| withheld == path), "{path} in {withheld:?}");
    }

    assert!(shown(&[]).paths.is_empty());
    assert_eq!(shown(&["subjects"]).paths.len(), 1 + 12 * 4);
    assert_eq!(shown(&["person/name"]), shown(&["name"]));
}

#[test]
fn sensitive_claims_must_be_named() {
    let compact = issued(&HOC_BA_THCS).compact();
    let document = SdJwt::parse(&compact).unwrap();
    let shows = |paths: &[&str], path: &str| {
        check(&present(&document, paths).unwrap()).unwrap().paths.iter().any(|shown| shown == path)
    };
    for sensitive in ["person/ethnicity", "person/personal_id", "result/homeroom_comment"] {
        for paths in [&[EVERYTHING][..], &["person", "result"]] {
            assert!(!shows(paths, sensitive), "{sensitive} in {paths:?}");
            assert!(shows(paths, "person/name"));
        }
        assert!(shows(&[EVERYTHING, sensitive], sensitive));
    }
    assert!(shows(&["ethnicity"], "person/ethnicity"));
}

#[test]
fn paths_that_lead_nowhere_are_refused() {
    let compact = issued(&HOC_BA_THCS).compact();
    let document = SdJwt::parse(&compact).unwrap();
    let refused = |path| present(&document, &[path]).unwrap_err().code();
    assert_eq!(refused("nam"), "path-unknown");
    assert_eq!(refused("conduct.year"), "path-unknown");
    assert_eq!(refused(""), "path-unknown");
    assert_eq!(refused("subjects/Ngoại ngữ 2/year"), "path-not-held");
    assert_eq!(refused("subjects/Toán/retest"), "path-not-held");
    let partial = present(&document, &["name"]).unwrap();
    let partial = SdJwt::parse(&partial).unwrap();
    assert_eq!(present(&partial, &["birth_date"]).unwrap_err().code(), "path-not-held");
}

#[test]
fn a_subject_with_a_slash_has_a_path() {
    let mut claims = claims(&HOC_BA_THCS);
    claims["subjects"][0]["subject"] = json!("Nghề/Tự chọn~1");
    let compact = issue(&HOC_BA_THCS, &envelope(), &claims, &key(), &mut OsSalts::new()).unwrap().compact();
    let document = SdJwt::parse(&compact).unwrap();
    let shown = check(&present(&document, &["subjects/Nghề~1Tự chọn~01/year"]).unwrap()).unwrap();
    assert_eq!(shown.processed["subjects"][0]["subject"], "Nghề/Tự chọn~1");
}

#[test]
fn small_presentations_are_small() {
    let compact = issued(&HOC_BA_THCS).compact();
    let document = SdJwt::parse(&compact).unwrap();
    let size = |paths: &[&str]| present(&document, paths).unwrap().len();
    assert!(
        size(&["name", "birth_date", "student_code"]) <= 1_650,
        "{}",
        size(&["name", "birth_date", "student_code"])
    );
    assert!(document.jwt.len() <= 1_050, "{}", document.jwt.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_choice_of_paths_shows_exactly_that(which in 0..known().len(), coins in prop::collection::vec(any::<bool>(), 100)) {
        let compact = issued(known()[which]).compact();
        let document = SdJwt::parse(&compact).unwrap();
        let all = document.disclose().unwrap().paths;
        let leaf = |path: &String| !all.iter().any(|other| other.starts_with(&format!("{path}/")));
        let chosen: Vec<&str> =
            all.iter().zip(&coins).filter(|(path, coin)| **coin && leaf(path)).map(|(path, _)| path.as_str()).collect();
        let disclosed = check(&present(&document, &chosen).unwrap()).unwrap();
        for path in &all {
            let wanted = chosen.iter().any(|leaf| leaf == path || leaf.starts_with(&format!("{path}/")));
            prop_assert_eq!(disclosed.paths.contains(path), wanted, "{}", path);
        }
    }

    #[test]
    fn the_order_of_disclosures_does_not_matter(order in Just((0..5).collect::<Vec<usize>>()).prop_shuffle()) {
        let issued = issued(&schema::DA_KY);
        let shuffled = Issued {
            disclosures: order.iter().map(|index| issued.disclosures[*index].clone()).collect(),
            ..issued.clone()
        };
        prop_assert_eq!(check(&shuffled.compact()).unwrap(), check(&issued.compact()).unwrap());
    }

    #[test]
    fn bytes_from_outside_never_panic(text in "[A-Za-z0-9_~.-]{0,200}", json in ".{0,100}") {
        let _ = check(&text);
        let _ = check(&forge(&good_header(), &json, &[]));
        let _ = check(&forge(&json, &json, &[&text]));
        let _ = check(&forge_disclosures(&[&json]));
    }

    #[test]
    fn strings_are_written_as_serde_json_writes_them(text in any::<String>()) {
        let mut written = String::new();
        json::push_string(&mut written, &text);
        prop_assert_eq!(written, serde_json::to_string(&text).unwrap());
    }
}

#[test]
fn any_character_changed_cut_or_added_is_refused() {
    let compact = issued(&schema::DA_KY).compact();
    let at = |position: usize| (&compact[..position], &compact[position..]);
    for position in 0..=compact.len() {
        let (before, after) = at(position);
        for added in ["A", "B", "_", "~", ".", "=", " "] {
            assert!(check(&format!("{before}{added}{after}")).is_err(), "{added:?} added at {position}");
            let changed = format!("{before}{added}{}", after.get(1..).unwrap_or_default());
            assert!(changed == compact || check(&changed).is_err(), "{added:?} at {position}");
        }
        assert!(after.is_empty() || check(&format!("{before}{}", &after[1..])).is_err(), "cut at {position}");
    }
}
