//! One row of a class's results to the claims of a yearly learning record (học bạ), checked against the rules.

use serde_json::{Map, Value};

use super::columns::Field;
use super::finding::Finding;
use super::header::Header;
use super::kind::DocumentKind;
use super::read::Row;
use super::reasons;
use super::row::{Common, Document, Learner, RowReader, put, sex_text};
use super::rules;
use super::subjects::{Assessed, Period, SUBJECTS, Taught};
use super::value::{self, Fault, Level, Pass, Promotion, Tenths};

/// Electives of an upper secondary learner. Their number is not settled in every text: another number is a warning.
const ELECTIVES: usize = 4;
/// A learner of grade 6 turns 11 in the year in which the school year starts, 12 in the year in which it ends.
const AGE_OVER_GRADE: i16 = 6;
/// Years younger or older than that, still usual.
const YEARS_YOUNGER: i16 = 1;
const YEARS_OLDER: i16 = 3;

pub(super) fn read(
    header: &Header,
    row: &Row,
    kind: DocumentKind,
    common: &Common,
    findings: &mut Vec<Finding>,
) -> Learner {
    let mut reader = RowReader { header, row, findings, failed: false };
    let mut claims = Map::new();
    let name = reader.name();
    let period = reader.common(Field::SchoolYear, common.period.as_deref(), value::school_year);
    let school = reader.common(Field::School, common.school.as_deref(), value::line);
    let class = reader.common(Field::Class, common.class.as_deref(), value::class);
    let grades = if kind == DocumentKind::HocBaThcs { 6..=9 } else { 10..=12 };
    let grade = class.as_ref().and_then(|(_, grade)| *grade);
    if grade.is_some_and(|grade| !grades.contains(&grade)) {
        reader.report(Field::Class, &reasons::CLASS_WRONG_LEVEL, "");
    }
    let grades = grade.map_or(grades, |grade| grade..=grade);
    let usual = i16::from(*grades.start()) + AGE_OVER_GRADE - YEARS_YOUNGER
        ..=i16::from(*grades.end()) + AGE_OVER_GRADE + YEARS_OLDER;
    let end_year = period.as_deref().and_then(|period| period[5..].parse().ok());

    let birth = reader.birth_date(end_year, usual);
    let sex = reader.sex();
    let student_code = reader.student_code(true);
    let personal_id = reader.personal_id(sex, birth);
    if let Some(ethnicity) = reader.optional(Field::Ethnicity, value::name) {
        put(&mut claims, "ethnicity", ethnicity);
    }
    if let Some(comment) = reader.optional(Field::Comment, value::comment) {
        put(&mut claims, "homeroom_comment", comment);
    }

    let results = Results::read(&mut reader, kind);
    let conduct = levels(&mut reader, Field::Conduct);
    let learning = levels(&mut reader, Field::Learning);
    for (period, level) in Period::REGULAR.into_iter().zip(learning.given) {
        if let Some(level) = level {
            results.check_level(&mut reader, period, level);
        }
    }
    let absences = reader.required(Field::Absences, value::absences);
    let promoted = reader.required(Field::Promoted, value::promotion);
    if let (Some(conduct), Some(absences), Some(promoted)) = (conduct.given[2], absences, promoted) {
        check_promotion(&mut reader, &results, [conduct, learning.given[2].unwrap_or(conduct)], absences, promoted);
    }

    put(&mut claims, "name", name.unwrap_or_default());
    put(&mut claims, "birth_date", birth.map(|date| date.to_string()).unwrap_or_default());
    put(&mut claims, "sex", sex.map(sex_text).unwrap_or_default());
    put(&mut claims, "student_code", student_code.clone().unwrap_or_default());
    if let Some(id) = &personal_id {
        put(&mut claims, "personal_id", id);
    }
    put(&mut claims, "school", school.unwrap_or_default());
    put(&mut claims, "class", class.map(|(name, _)| name).unwrap_or_default());
    put(&mut claims, "school_year", period.clone().unwrap_or_default());
    claims.insert("subjects".to_owned(), Value::Array(results.claims));
    claims.insert("conduct".to_owned(), Value::Object(conduct.claims));
    claims.insert("learning".to_owned(), Value::Object(learning.claims));
    put(&mut claims, "absences", absences.unwrap_or_default().to_string());
    let is_promoted = promoted.is_some_and(|promoted| promoted != Promotion::NotPromoted);
    put(&mut claims, "promoted", if is_promoted { "true" } else { "false" });

    // Whatever is missing above has been reported, so a row without errors has every claim.
    let document = (!reader.failed).then(|| Document {
        period: period.unwrap_or_default(),
        date: common.document_date.clone(),
        claims,
    });
    Learner { row: row.number, student_code, personal_id, document, ..Learner::default() }
}

/// Levels given for HKI, HKII and the year, and their claims.
struct Levels {
    given: [Option<Level>; 3],
    claims: Map<String, Value>,
}

fn levels(reader: &mut RowReader<'_>, field: fn(Period) -> Field) -> Levels {
    let mut levels = Levels { given: [None; 3], claims: Map::new() };
    for (place, period) in Period::REGULAR.into_iter().enumerate() {
        levels.given[place] = match period {
            Period::Year => reader.required(field(period), value::level),
            _ => reader.optional(field(period), value::level),
        };
        if let Some(level) = levels.given[place] {
            put(&mut levels.claims, period.claim(), level.name());
        }
    }
    levels
}

/// The results of all subjects of a row.
#[derive(Default)]
struct Results {
    claims: Vec<Value>,
    /// Marks of the regular periods and after a re-test, of subjects that count.
    marks: Vec<[Option<Tenths>; 4]>,
    passes: Vec<[Option<bool>; 4]>,
    /// Marks in subjects on top of the programme: they may count or not.
    extra: Vec<[Option<Tenths>; 4]>,
}

const PERIODS: [Period; 4] = [Period::Semester1, Period::Semester2, Period::Year, Period::Retest];
const YEAR: usize = 2;
const RETEST: usize = 3;

impl Results {
    fn read(reader: &mut RowReader<'_>, kind: DocumentKind) -> Results {
        let mut results = Results::default();
        let mut electives = 0;
        for (index, subject) in SUBJECTS.iter().enumerate() {
            let field = |period| Field::Subject(index, period);
            if !subject.is_in(kind) || !reader.header.fields.contains_key(&field(Period::Year)) {
                continue;
            }
            let is_blank = |period| matches!(value::text(reader.cell(field(period))), Ok(text) if text.is_empty());
            if subject.taught != Taught::ToAll && PERIODS.into_iter().all(is_blank) {
                continue;
            }
            electives += usize::from(subject.taught == Taught::AsElective);
            let texts = match subject.assessed {
                Assessed::ByMarks => {
                    let marks = read_periods(reader, field, value::mark);
                    check_year_mark(reader, field(Period::Year), marks);
                    let kept = if subject.taught == Taught::AsExtra { &mut results.extra } else { &mut results.marks };
                    kept.push(marks);
                    marks.map(|mark| mark.map(value::mark_text))
                }
                Assessed::ByComment => {
                    let given = read_periods(reader, field, value::pass);
                    if given[YEAR] == Some(Pass::Exempt) {
                        reader.report(field(Period::Year), &reasons::SUBJECT_EXEMPT, "");
                        continue;
                    }
                    let given = given.map(|pass| match pass {
                        Some(Pass::Passed) => Some(true),
                        Some(Pass::NotYet) => Some(false),
                        // Exempt for a semester: nothing to say about it.
                        Some(Pass::Exempt) | None => None,
                    });
                    results.passes.push(given);
                    given.map(|passed| passed.map(|passed| if passed { "Đạt" } else { "Chưa đạt" }.to_owned()))
                }
            };
            let mut claim = Map::new();
            put(&mut claim, "subject", subject.name);
            for (period, text) in PERIODS.into_iter().zip(texts) {
                if let Some(text) = text {
                    put(&mut claim, period.claim(), text);
                }
            }
            results.claims.push(Value::Object(claim));
        }
        if kind == DocumentKind::HocBaThpt && electives != ELECTIVES {
            reader.warn(&Fault::with(&reasons::ELECTIVES_UNUSUAL, ELECTIVES));
        }
        results
    }

    /// The level that the marks of a period give, lowest and highest reading; `None` where marks are missing.
    /// `place` is the period's place in [`PERIODS`]; a re-test stands for the year's mark it replaces.
    fn allowed(&self, place: usize) -> Option<[Level; 2]> {
        fn at<T: Copy>(all: &[[Option<T>; 4]], place: usize) -> Option<Vec<T>> {
            let pick = |given: &[Option<T>; 4]| match place {
                RETEST => given[RETEST].or(given[YEAR]),
                _ => given[place],
            };
            all.iter().map(pick).collect()
        }
        let mut marks = at(&self.marks, place)?;
        let passes = at(&self.passes, place)?;
        let without = rules::learning_level(&marks, &passes);
        marks.extend(at(&self.extra, place).unwrap_or_default());
        let with = rules::learning_level(&marks, &passes);
        Some([without.min(with), without.max(with)])
    }

    fn check_level(&self, reader: &mut RowReader<'_>, period: Period, given: Level) {
        let (place, best_place) = match period {
            Period::Semester1 => (0, 0),
            Period::Semester2 => (1, 1),
            Period::Year | Period::Retest => (YEAR, RETEST),
        };
        let (Some([least, _]), Some([_, most])) = (self.allowed(place), self.allowed(best_place)) else {
            return;
        };
        if given > most {
            reader.report(Field::Learning(period), &reasons::LEVEL_TOO_HIGH, most.name());
        } else if given < least {
            reader.report(Field::Learning(period), &reasons::LEVEL_TOO_LOW, least.name());
        }
    }
}

fn read_periods<T: Copy>(
    reader: &mut RowReader<'_>,
    field: impl Fn(Period) -> Field,
    parse: fn(&str) -> Result<T, Fault>,
) -> [Option<T>; 4] {
    PERIODS.map(|period| match period {
        Period::Year => reader.required(field(period), parse),
        _ => reader.optional(field(period), parse),
    })
}

fn check_year_mark(reader: &mut RowReader<'_>, field: Field, marks: [Option<Tenths>; 4]) {
    if let [Some(first), Some(second), Some(year), _] = marks {
        let expected = rules::year_mark(first, second);
        if year != expected {
            reader.report(field, &reasons::YEAR_MARK_WRONG, &value::mark_text(expected));
        }
    }
}

fn check_promotion(
    reader: &mut RowReader<'_>,
    results: &Results,
    [conduct, learning]: [Level; 2],
    absences: u16,
    promoted: Promotion,
) {
    let is_due = match promoted {
        // After a re-test, or training in summer, the level given may be the one before it.
        Promotion::PromotedAfterRetest => {
            let best = results.allowed(RETEST).map_or(Level::Dat, |[_, most]| most);
            rules::is_promoted(Level::Dat, best, absences)
        }
        Promotion::Promoted | Promotion::NotPromoted => rules::is_promoted(conduct, learning, absences),
    };
    match (promoted, is_due) {
        (Promotion::NotPromoted, true) => reader.report(Field::Promoted, &reasons::PROMOTION_DENIED, ""),
        (Promotion::Promoted | Promotion::PromotedAfterRetest, false) => {
            reader.report(Field::Promoted, &reasons::PROMOTION_NOT_ALLOWED, "");
        }
        _ => {}
    }
}
