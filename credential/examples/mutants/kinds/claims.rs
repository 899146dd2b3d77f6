//! Claims of every form of every schema, near the edge of the form.

use crate::document::{Document, quoted};
use crate::random::Random;
use crate::scene::Scene;

/// What may stand at either end of a text: white space in Unicode, for some language, or for nobody.
const SPACES: &[&str] = &[
    " ",
    "\t",
    "\n",
    "\u{b}",
    "\u{c}",
    "\r",
    "\u{1c}",
    "\u{1f}",
    "\u{7f}",
    "\u{80}",
    "\u{85}",
    "\u{9f}",
    "\u{a0}",
    "\u{1680}",
    "\u{180e}",
    "\u{2000}",
    "\u{200a}",
    "\u{200b}",
    "\u{2028}",
    "\u{2029}",
    "\u{202f}",
    "\u{205f}",
    "\u{2060}",
    "\u{3000}",
    "\u{feff}",
    "\0",
    "\u{ad}",
    "\u{e000}",
    "\u{ffff}",
    "\u{10ffff}",
];

/// What normalisation to NFC changes, or does not.
const COMPOSED: &[&str] = &[
    "Nguyễn",
    "Nguyê\u{303}n",
    "Nguye\u{302}\u{303}n",
    "Nguye\u{303}\u{302}n",
    "ế",
    "e\u{301}\u{302}",
    "\u{212b}",
    "\u{2126}",
    "\u{e5}",
    "\u{fb01}",
    "가",
    "\u{1100}\u{1161}",
    "\u{ac00}\u{11a8}",
    "\u{340}",
    "\u{344}",
    "\u{958}",
    "\u{915}\u{93c}",
    "\u{1e0a}\u{323}",
    "\u{1e0c}\u{307}",
    "\u{64}\u{323}\u{307}",
    "\u{f900}",
    "\u{2f800}",
    "\u{1d15e}",
    "\u{301}",
    "a\u{5b0}\u{591}",
    "\u{323}\u{307}",
    "\u{307}\u{323}",
    "🎓",
    "\u{378}",
];

const TEXT: &[&str] = &["An", "Trần Văn Mẫu", "A  B", "-", "0", "đ", "null", "__proto__"];
const YEAR: &[&str] = &["1900", "2099", "1899", "2100", "20a0", "202", "20266", "２０２６", "-2026", " 2026"];
const SCHOOL_YEAR: &[&str] = &[
    "2025-2026",
    "1999-2000",
    "2025-2027",
    "2025-2025",
    "2099-2100",
    "1899-1900",
    "2025–2026",
    "2025-26",
    "2025 - 2026",
    "2025-2026-2027",
];
const MARK: &[&str] = &[
    "0.0",
    "9.9",
    "10.0",
    "10.1",
    "10",
    "7",
    "7.",
    ".7",
    "7.90",
    "7,9",
    "07.9",
    "-7.9",
    "１.0",
    "Đạt",
    "Chưa đạt",
    "đạt",
    "Đạt ",
    "Chưa Đạt",
    "Ð\u{1ea1}t",
];
const LEVEL: &[&str] = &[
    "Tốt",
    "Khá",
    "Đạt",
    "Chưa đạt",
    "Giỏi",
    "Trung bình",
    "Yếu",
    "Kém",
    "tốt",
    "Trung Bình",
    "Xuất sắc",
    "To\u{302}\u{301}t",
];
const COUNT: &[&str] = &["0", "9", "10", "999", "1000", "00", "01", "-1", "1.0", "", "+1", "９"];
const SEX: &[&str] = &["Nam", "Nữ", "nam", "Nu\u{31b}\u{303}", "Khác", "M"];
const YES_NO: &[&str] = &["true", "false", "True", "1", "yes"];
const PERSONAL_ID: &[&str] = &["000311000001", "00031100000", "0003110000011", "00031100000a", "０00311000001"];
const MEDIA_TYPE: &[&str] = &[
    "application/pdf",
    "a/b",
    "application/",
    "/pdf",
    "application",
    "application/pdf/x",
    "Application/pdf",
    "text/plain; charset=utf-8",
    "image/svg+xml",
    "a.b-c+d/0",
    "a/b/",
];

pub fn near_date(random: &mut Random) -> String {
    let year = random.of(&[
        0u16, 1, 4, 100, 400, 1582, 1752, 1899, 1900, 1969, 1970, 1972, 2000, 2023, 2024, 2026, 2038, 2100, 4000, 9999,
    ]);
    let (month, day) = random.of(&[
        (1, 1),
        (1, 0),
        (0, 1),
        (13, 1),
        (2, 28),
        (2, 29),
        (2, 30),
        (4, 30),
        (4, 31),
        (12, 31),
        (12, 32),
        (10, 10),
    ]);
    let sound = format!("{year:04}-{month:02}-{day:02}");
    match random.below(12) {
        0 => format!("{year}-{month}-{day}"),
        1 => format!("{sound}T00:00:00Z"),
        2 => sound.replace('-', random.pick(&["/", "", "–", "."])),
        3 => format!("{}{sound}", random.pick(&["+", "-", " ", "0", "+00", "-00"])),
        4 => sound.replacen('0', random.pick(&["０", "o", "٠", " "]), 1),
        _ => sound,
    }
}

fn near_text(random: &mut Random) -> String {
    match random.below(8) {
        0 => format!("{}An", random.pick(SPACES)),
        1 => format!("An{}", random.pick(SPACES)),
        2 => format!("A{}n", random.pick(SPACES)),
        3 => random.pick(SPACES).to_owned(),
        4 => random.pick(COMPOSED).to_owned(),
        5 => format!("{}{}", random.pick(COMPOSED), random.pick(COMPOSED)),
        6 => {
            let (unit, most) = random.of(&[("a", 2_000), ("é", 1_000), ("ế", 666), ("🎓", 500)]);
            let edge = most + random.below(3) - 1;
            unit.repeat(edge) + random.pick(&["", "a", "aa"])
        }
        _ => random.pick(TEXT).to_owned(),
    }
}

/// A value for a claim of this form, as JSON.
fn value(random: &mut Random, form: &str) -> String {
    if random.one_in(10) {
        return super::json::odd_value(random);
    }
    let form = if random.one_in(10) { random.pick(&["text", "date", "mark", "count"]) } else { form };
    let text = match form {
        "date" => near_date(random),
        "year" => random.pick(YEAR).to_owned(),
        "school_year" => random.pick(SCHOOL_YEAR).to_owned(),
        "mark" => random.pick(MARK).to_owned(),
        "level" => random.pick(LEVEL).to_owned(),
        "count" => random.pick(COUNT).to_owned(),
        "sex" => random.pick(SEX).to_owned(),
        "yes-no" => random.pick(YES_NO).to_owned(),
        "personal_id" => random.pick(PERSONAL_ID).to_owned(),
        "media_type" if random.one_in(3) => {
            let length = 97 + random.below(5);
            format!("a/{}", "b".repeat(length))
        }
        "media_type" => random.pick(MEDIA_TYPE).to_owned(),
        "file_digest" => return super::questions::near_digest(random),
        _ => near_text(random),
    };
    let text = if random.one_in(10) { format!("{text}{}", random.pick(SPACES)) } else { text };
    quoted(&text)
}

/// Paths of claims and their forms; `*` is an element of a list.
const LEARNER: &[(&str, &str)] = &[
    ("person/name", "text"),
    ("person/birth_date", "date"),
    ("person/sex", "sex"),
    ("person/ethnicity", "text"),
    ("person/student_code", "text"),
    ("person/personal_id", "personal_id"),
    ("study/school", "text"),
    ("study/class", "text"),
    ("study/school_year", "school_year"),
    ("subjects/*/semester_1", "mark"),
    ("subjects/*/year", "mark"),
    ("subjects/*/retest", "mark"),
    ("subjects/*/subject", "text"),
    ("result/conduct/year", "level"),
    ("result/learning/semester_1", "level"),
    ("result/absences", "count"),
    ("result/promoted", "yes-no"),
    ("result/homeroom_comment", "text"),
    ("result/conduct/retest", "level"),
    ("person/birth_place", "text"),
    ("name", "text"),
];
const GRADUATE: &[(&str, &str)] = &[
    ("person/name", "text"),
    ("person/birth_place", "text"),
    ("award/school", "text"),
    ("award/exam_year", "year"),
    ("award/grade", "text"),
    ("award/issue_date", "date"),
    ("award/signer", "text"),
    ("award/serial", "text"),
    ("person/student_code", "text"),
    ("award/register_number", "text"),
    ("award/signer_title", "text"),
    ("award/issue_place", "text"),
];
const FILE: &[(&str, &str)] = &[
    ("file_name", "text"),
    ("media_type", "media_type"),
    ("media_type", "media_type"),
    ("file_digest", "file_digest"),
    ("file_digest", "file_digest"),
    ("name", "text"),
    ("ref", "text"),
    ("person", "text"),
];

/// Discloses `value` at a path: every container on the way has its own disclosure, or is written out in the one above.
fn disclose(random: &mut Random, document: &mut Document, path: &str, value: String) {
    let names: Vec<&str> = path.split('/').collect();
    let mut json = value;
    for (level, name) in names.iter().enumerate().rev() {
        let salt = random.below(1_000_000);
        let open = random.one_in(3);
        if level == 0 {
            document.show_at_top(format!("[\"{salt}\",\"{name}\",{json}]"));
        } else if names[level - 1] == "*" {
            // The key of an element is shown wherever the element is.
            let key = if *name == "subject" { String::new() } else { "\"subject\":\"Toán\",".to_owned() };
            json = if open {
                format!("{{{key}\"{name}\":{json}}}")
            } else {
                let digest = document.show(format!("[\"{salt}\",\"{name}\",{json}]"));
                format!("{{{key}\"_sd\":[\"{digest}\"]}}")
            };
        } else if *name == "*" {
            json = if open {
                format!("[{json}]")
            } else {
                let digest = document.show(format!("[\"{salt}\",{json}]"));
                format!("[{{\"...\":\"{digest}\"}}]")
            };
        } else {
            json = if open {
                format!("{{\"{name}\":{json}}}")
            } else {
                let digest = document.show(format!("[\"{salt}\",\"{name}\",{json}]"));
                format!("{{\"_sd\":[\"{digest}\"]}}")
            };
        }
    }
}

/// One claim, of the right schema as a rule.
pub fn claim(random: &mut Random, scene: &mut Scene) {
    let document = &mut scene.document;
    document.disclosures.clear();
    document.digests.clear();
    let claims = match document.schema.as_str() {
        "bang-tn-thpt" | super::definitions::ID => GRADUATE,
        "da-ky" => FILE,
        _ => LEARNER,
    };
    let claims = if random.one_in(20) { random.of(&[LEARNER, GRADUATE, FILE]) } else { claims };
    let (path, form) = random.of(claims);
    let value = value(random, form);
    disclose(random, document, path, value);
}

/// A text that only its own bytes tell from another.
pub fn text(random: &mut Random, scene: &mut Scene) {
    let document = &mut scene.document;
    document.disclosures.clear();
    document.digests.clear();
    let path = match document.schema.as_str() {
        "da-ky" => "ref",
        "bang-tn-thpt" | super::definitions::ID => "award/signer",
        _ => random.pick(&["person/name", "study/class", "subjects/*/subject"]),
    };
    let text = quoted(&near_text(random));
    disclose(random, document, path, text);
}

/// Lists: elements of one name, without a name, too many, or no objects.
pub fn list(random: &mut Random, scene: &mut Scene) {
    let document = &mut scene.document;
    if !document.schema.starts_with("hoc-ba") {
        return claim(random, scene);
    }
    document.disclosures.clear();
    document.digests.clear();
    let count = random.of(&[0, 1, 2, 15, 16, 17]);
    let odd = random.below(count.max(1) * 2);
    let elements: Vec<String> = (0..count)
        .map(|at| {
            let subject = if at == odd {
                random
                    .of(&[
                        "\"subject\":\"Môn 0\",",
                        "",
                        "\"subject\":1,",
                        "\"subject\":null,",
                        "\"Subject\":\"x\",",
                        "\"subject\":\"\",",
                    ])
                    .to_owned()
            } else {
                format!("\"subject\":\"Môn {at}\",")
            };
            let mark = random.of(&["\"year\":\"9.0\"", "\"year\":\"Đạt\"", "\"_sd\":[]"]);
            let element = if at == odd && random.one_in(3) {
                super::json::odd_value(random)
            } else {
                format!("{{{subject}{mark}}}")
            };
            if random.one_in(2) {
                return element;
            }
            let digest = document.show(format!("[\"s{at}\",{element}]"));
            format!("{{\"...\":\"{digest}\"}}")
        })
        .collect();
    document.show_at_top(format!("[\"s\",\"subjects\",[{}]]", elements.join(",")));
}
