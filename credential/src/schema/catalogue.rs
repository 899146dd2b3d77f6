//! The tables. Sources: Circular 22/2021/TT-BGDĐT (học bạ), Circular 10/2026/TT-BGDĐT (diplomas).

use super::{Claim, Format, Label, List, Schema, Shape};

/// Subjects in a yearly record. Lower secondary teaches 12, upper secondary 12 and some add two: 16 leaves room, and
/// costs 52 bytes a slot when the list is opened.
const SUBJECT_SLOTS: usize = 16;

const fn semesters(format: Format) -> [Claim; 3] {
    [
        Claim::text("semester_1", "Học kỳ I", "Semester 1", format).optional(),
        Claim::text("semester_2", "Học kỳ II", "Semester 2", format).optional(),
        Claim::text("year", "Cả năm", "Year", format),
    ]
}

static LEVELS: [Claim; 3] = semesters(Format::Level);

static SUBJECT: List = List {
    key: Claim::text("subject", "Môn học", "Subject", Format::Text),
    members: &{
        let [semester_1, semester_2, year] = semesters(Format::Mark);
        [
            semester_1,
            semester_2,
            year,
            Claim::text("retest", "Sau kiểm tra lại", "After re-test", Format::Mark).optional(),
        ]
    },
    slots: SUBJECT_SLOTS,
};

static LEARNER: [Claim; 6] = [
    Claim::text("name", "Họ và tên", "Full name", Format::Text),
    Claim::text("birth_date", "Ngày sinh", "Date of birth", Format::Date),
    Claim::text("sex", "Giới tính", "Sex", Format::Sex),
    Claim::text("ethnicity", "Dân tộc", "Ethnicity", Format::Text).optional().sensitive(),
    Claim::text("student_code", "Mã học sinh", "Student code", Format::Text),
    Claim::text("personal_id", "Số định danh cá nhân", "Personal id", Format::PersonalId).optional().sensitive(),
];

static STUDY: [Claim; 3] = [
    Claim::text("school", "Trường", "School", Format::Text),
    Claim::text("class", "Lớp", "Class", Format::Text),
    Claim::text("school_year", "Năm học", "School year", Format::SchoolYear),
];

static RESULT: [Claim; 5] = [
    Claim::new("conduct", "Rèn luyện", "Conduct", Shape::Object(&LEVELS)),
    Claim::new("learning", "Học tập", "Learning", Shape::Object(&LEVELS)),
    Claim::text("absences", "Số buổi nghỉ học", "Half-days absent", Format::Count),
    Claim::text("promoted", "Được lên lớp", "Promoted", Format::YesNo),
    Claim::text("homeroom_comment", "Nhận xét của giáo viên chủ nhiệm", "Homeroom teacher's comment", Format::Text)
        .optional()
        .sensitive(),
];

static HOC_BA: [Claim; 4] = [
    Claim::new("person", "Học sinh", "Student", Shape::Group(&LEARNER)),
    Claim::new("study", "Nơi học", "Enrolment", Shape::Group(&STUDY)),
    Claim::new("subjects", "Kết quả các môn học", "Subjects", Shape::List(&SUBJECT)),
    Claim::new("result", "Kết quả cả năm", "Results of the year", Shape::Group(&RESULT)),
];

pub static HOC_BA_THCS: Schema = Schema {
    id: "hoc-ba-thcs",
    vct: "urn:sogoc:hoc-ba-thcs:1",
    version: 1,
    title: Label { vi: "Học bạ trung học cơ sở", en: "Lower-secondary transcript" },
    claims: &HOC_BA,
    json_schema: include_str!("../../schemas/hoc-ba-thcs-1.json"),
};

pub static HOC_BA_THPT: Schema = Schema {
    id: "hoc-ba-thpt",
    vct: "urn:sogoc:hoc-ba-thpt:1",
    version: 1,
    title: Label { vi: "Học bạ trung học phổ thông", en: "Upper-secondary transcript" },
    claims: &HOC_BA,
    json_schema: include_str!("../../schemas/hoc-ba-thpt-1.json"),
};

static GRADUATE: [Claim; 5] = [
    Claim::text("name", "Họ và tên", "Full name", Format::Text),
    Claim::text("birth_date", "Ngày sinh", "Date of birth", Format::Date),
    Claim::text("birth_place", "Nơi sinh", "Place of birth", Format::Text),
    Claim::text("sex", "Giới tính", "Sex", Format::Sex),
    Claim::text("ethnicity", "Dân tộc", "Ethnicity", Format::Text).optional().sensitive(),
];

static AWARD: [Claim; 9] = [
    Claim::text("school", "Trường", "School", Format::Text),
    Claim::text("exam_year", "Khóa thi", "Examination year", Format::Year),
    Claim::text("grade", "Xếp loại tốt nghiệp", "Graduation grade", Format::Text).optional(),
    Claim::text("issue_place", "Nơi cấp", "Place of issue", Format::Text),
    Claim::text("issue_date", "Ngày cấp", "Date of issue", Format::Date),
    Claim::text("signer", "Người ký", "Signed by", Format::Text),
    Claim::text("signer_title", "Chức danh người ký", "Title of the signer", Format::Text),
    Claim::text("serial", "Số hiệu", "Serial number", Format::Text),
    Claim::text("register_number", "Số vào sổ gốc", "Register number", Format::Text),
];

pub static BANG_TN_THPT: Schema = Schema {
    id: "bang-tn-thpt",
    vct: "urn:sogoc:bang-tn-thpt:1",
    version: 1,
    title: Label { vi: "Bằng tốt nghiệp trung học phổ thông", en: "Upper-secondary diploma" },
    claims: &[
        Claim::new("person", "Người được cấp", "Graduate", Shape::Group(&GRADUATE)),
        Claim::new("award", "Văn bằng", "Diploma", Shape::Group(&AWARD)),
    ],
    json_schema: include_str!("../../schemas/bang-tn-thpt-1.json"),
};

pub static DA_KY: Schema = Schema {
    id: "da-ky",
    vct: "urn:sogoc:da-ky:1",
    version: 1,
    title: Label { vi: "Văn bản đã ký số", en: "Document already signed" },
    claims: &[
        Claim::text("file_name", "Tên tệp", "File name", Format::Text).optional(),
        Claim::text("media_type", "Loại tệp", "Media type", Format::MediaType),
        Claim::new("file_digest", "Giá trị băm của tệp", "Digest of the file", Shape::FileDigest),
        Claim::text("name", "Họ và tên", "Full name", Format::Text).optional(),
        Claim::text("ref", "Số, ký hiệu văn bản", "Reference", Format::Text).optional(),
    ],
    json_schema: include_str!("../../schemas/da-ky-1.json"),
};
