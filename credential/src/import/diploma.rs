//! One row of a school's register to the claims of an upper secondary diploma (bằng tốt nghiệp THPT).

use serde_json::Map;

use super::columns::Field;
use super::finding::Finding;
use super::header::Header;
use super::read::Row;
use super::reasons;
use super::row::{Common, Document, Learner, RowReader, put, sex_text};
use super::value;

/// Age of a graduate at the end of the exam year that needs no second look.
const USUAL_AGES: std::ops::RangeInclusive<i16> = 17..=25;
/// A diploma issued later than this after the exam is a re-issue, which is another act.
const YEARS_TO_ISSUE_MAX: i16 = 1;

pub(super) fn read(header: &Header, row: &Row, common: &Common, findings: &mut Vec<Finding>) -> Learner {
    let mut reader = RowReader { header, row, findings, failed: false };
    let mut claims = Map::new();
    let name = reader.name();
    let period = reader.common(Field::ExamYear, common.period.as_deref(), value::exam_year);
    let exam_year = period.as_deref().and_then(|year| year.parse::<i16>().ok());
    let school = reader.common(Field::School, common.school.as_deref(), value::line);
    let birth = reader.birth_date(exam_year, USUAL_AGES);
    let sex = reader.sex();
    let student_code = reader.student_code(false);
    let personal_id = reader.personal_id(sex, birth);

    let issued = reader.required(Field::IssueDate, value::date);
    if let (Some(issued), Some(exam_year)) = (issued, exam_year)
        && !(exam_year..=exam_year + YEARS_TO_ISSUE_MAX).contains(&issued.year())
    {
        reader.report(Field::IssueDate, &reasons::DATE_IMPLAUSIBLE, "");
    }
    let issued = issued.map(|date| date.to_string()).unwrap_or_default();
    let serial = reader.required(Field::Serial, value::number);
    let register_number = reader.required(Field::RegisterNumber, value::number);

    for (claim, field) in
        [("birth_place", Field::BirthPlace), ("issue_place", Field::IssuePlace), ("signer_title", Field::SignerTitle)]
    {
        put(&mut claims, claim, reader.required(field, value::line).unwrap_or_default());
    }
    put(&mut claims, "signer", reader.required(Field::Signer, value::name).unwrap_or_default());
    if let Some(ethnicity) = reader.optional(Field::Ethnicity, value::name) {
        put(&mut claims, "ethnicity", ethnicity);
    }
    if let Some(grade) = reader.optional(Field::Grade, value::line) {
        put(&mut claims, "grade", grade);
    }
    put(&mut claims, "name", name.unwrap_or_default());
    put(&mut claims, "birth_date", birth.map(|date| date.to_string()).unwrap_or_default());
    put(&mut claims, "sex", sex.map(sex_text).unwrap_or_default());
    put(&mut claims, "school", school.unwrap_or_default());
    put(&mut claims, "exam_year", period.clone().unwrap_or_default());
    put(&mut claims, "issue_date", issued.clone());
    put(&mut claims, "serial", serial.clone().unwrap_or_default());
    put(&mut claims, "register_number", register_number.clone().unwrap_or_default());

    // Whatever is missing above has been reported, so a row without errors has every claim.
    let document = (!reader.failed).then(|| Document { period: period.unwrap_or_default(), date: issued, claims });
    Learner { row: row.number, student_code, personal_id, register_number, serial, document }
}
