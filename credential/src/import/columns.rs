//! What a column can hold, and by which names clerks' files call it.
//!
//! Names are folded ([`fold`](super::text::fold)): no case, no diacritics, no punctuation. They stand in one text, divided
//! by `|`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::kind::DocumentKind;
use super::kind::DocumentKind::{BangTnThpt, HocBaThcs, HocBaThpt};
use super::subjects::{self, Period, SUBJECTS, Taught};

/// What a column holds. A subject is its place in [`SUBJECTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Ordinal,
    Name,
    /// The second of two name cells, under a heading of its own ("Tên").
    NameLast,
    StudentCode,
    PersonalId,
    BirthDate,
    BirthPlace,
    Sex,
    /// A column "Nữ" with a cross for girls.
    FemaleMark,
    Ethnicity,
    School,
    Class,
    SchoolYear,
    Subject(usize, Period),
    Conduct(Period),
    Learning(Period),
    Absences,
    Promoted,
    Comment,
    ExamYear,
    Grade,
    IssuePlace,
    IssueDate,
    Signer,
    SignerTitle,
    Serial,
    RegisterNumber,
}

const EVERY: &[DocumentKind] = &DocumentKind::ALL;
const RECORDS: &[DocumentKind] = &[HocBaThcs, HocBaThpt];
const DIPLOMA: &[DocumentKind] = &[BangTnThpt];

/// Field, the heading shown when it is missing, the documents that have it, and its folded names.
type FieldRow = (Field, &'static str, &'static [DocumentKind], &'static str);

const FIELDS: &[FieldRow] = &[
    (Field::Ordinal, "STT", EVERY, "stt|tt|so tt|so thu tu"),
    (
        Field::Name,
        "Họ và tên",
        EVERY,
        "ho va ten|ho ten|ho va ten hoc sinh|ho ten hoc sinh|ten hoc sinh|ho dem|\
ho va dem|ho va ten dem|ho ten dem|ho lot|ho va ten lot|ho va chu lot|ho|\
ho va ten nguoi hoc|ho va ten hoc vien",
    ),
    (Field::NameLast, "Tên", EVERY, "ten|ten goi"),
    (
        Field::StudentCode,
        "Mã học sinh",
        EVERY,
        "ma hoc sinh|ma hs|ma so hoc sinh|ma dinh danh hoc sinh|ma hoc vien|mshs|\
ma dinh danh moet",
    ),
    (
        Field::PersonalId,
        "Số định danh cá nhân",
        EVERY,
        "so dinh danh ca nhan|so dinh danh|ma dinh danh ca nhan|ma dinh danh|so ddcn|\
ddcn|sddcn|so cccd|cccd|can cuoc cong dan|so can cuoc cong dan|so can cuoc|\
cccd so dinh danh",
    ),
    (Field::BirthDate, "Ngày sinh", EVERY, "ngay sinh|ngay thang nam sinh|sinh ngay|ns|ngay thang sinh"),
    (Field::BirthPlace, "Nơi sinh", DIPLOMA, "noi sinh"),
    (Field::Sex, "Giới tính", EVERY, "gioi tinh|phai|gt|nam nu|gioi"),
    (Field::FemaleMark, "Nữ", EVERY, "nu"),
    (Field::Ethnicity, "Dân tộc", EVERY, "dan toc"),
    (
        Field::School,
        "Trường",
        EVERY,
        "truong|ten truong|hoc sinh truong|truong thcs|truong thpt|noi hoc|co so giao duc",
    ),
    (Field::Class, "Lớp", RECORDS, "lop|ten lop|ma lop|lop hoc"),
    (Field::SchoolYear, "Năm học", RECORDS, "nam hoc"),
    (
        Field::Absences,
        "Số buổi nghỉ",
        RECORDS,
        "so buoi nghi|so buoi nghi hoc|tong so buoi nghi|tong so buoi nghi hoc|nghi|vang|\
so buoi vang|tong so buoi vang|nghi hoc|so ngay nghi|so buoi nghi ca nam|\
nghi ca nam",
    ),
    (
        Field::Promoted,
        "Được lên lớp",
        RECORDS,
        "duoc len lop|len lop|ket qua len lop|ket qua|ket qua cuoi nam|ket qua ca nam|\
xet len lop",
    ),
    (
        Field::Comment,
        "Nhận xét",
        RECORDS,
        "nhan xet|nhan xet cua gvcn|nhan xet gvcn|nhan xet cua giao vien chu nhiem|loi phe",
    ),
    (
        Field::ExamYear,
        "Năm tốt nghiệp",
        DIPLOMA,
        "nam tot nghiep|khoa thi|ky thi|nam thi|khoa thi nam|nam tn|khoa ngay",
    ),
    (Field::Grade, "Xếp loại", DIPLOMA, "xep loai|xep loai tot nghiep|xep loai tn|loai tot nghiep"),
    (Field::IssuePlace, "Nơi cấp", DIPLOMA, "noi cap|noi cap bang|dia danh cap"),
    (Field::IssueDate, "Ngày cấp", DIPLOMA, "ngay cap|ngay cap bang|ngay ky|ngay ky bang|ngay thang nam cap"),
    (Field::Signer, "Người ký", DIPLOMA, "nguoi ky|nguoi ky bang|nguoi ki|ho ten nguoi ky|ho va ten nguoi ky"),
    (
        Field::SignerTitle,
        "Chức danh người ký",
        DIPLOMA,
        "chuc danh|chuc danh nguoi ky|chuc vu|chuc vu nguoi ky|chuc danh nguoi ki",
    ),
    (Field::Serial, "Số hiệu", DIPLOMA, "so hieu|so hieu bang|so hieu van bang|so hieu phoi"),
    (
        Field::RegisterNumber,
        "Số vào sổ gốc",
        DIPLOMA,
        "so vao so goc|so vao so|so vao so goc cap van bang|so vao so cap bang|\
so vao so cap van bang",
    ),
];

/// Folded names before or after a period.
const CONDUCT: &str = "rl|ren luyen|ket qua ren luyen|kqrl|xep loai ren luyen|muc ren luyen";
const LEARNING: &str = "ht|hoc tap|ket qua hoc tap|kqht|xep loai hoc tap|muc hoc tap";

/// Words that mark a column about family, contact, origin, belief or health. Such columns are never read.
const PRIVATE_WORDS: &str = "cha|me|bo|phu huynh|giam ho|do dau|gia dinh|anh chi em|dien thoai|so dt|sdt|\
dtdd|di dong|zalo|facebook|email|e mail|thu dien tu|dia chi|cho o|noi o|\
thuong tru|tam tru|ho khau|nghe nghiep|que quan|nguyen quan|ton giao|khuyet tat|\
suc khoe|chieu cao|can nang|benh|tiem chung|bao hiem|bhyt|ho ngheo|can ngheo|\
chinh sach|con liet si|con thuong binh|tai khoan|noi sinh|nhom mau|hoan canh";

fn is_one_of(name: &str, names: &str) -> bool {
    names.split('|').any(|known| known == name)
}

/// What becomes of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Read(Field),
    /// Family, contact, health: never read.
    Dropped,
    /// Not known here; left aside and reported.
    Ignored,
    /// No heading.
    Unnamed,
}

/// Tells a column by its folded heading.
pub(super) fn recognise(heading: &str, kind: DocumentKind) -> Fate {
    if heading.is_empty() {
        return Fate::Unnamed;
    }
    if let Some(field) = field(heading, kind) {
        return Fate::Read(field);
    }
    if is_private(heading) { Fate::Dropped } else { Fate::Ignored }
}

/// The tables above, for looking up.
static FIELDS_BY_NAME: LazyLock<BTreeMap<(DocumentKind, &str), Field>> = LazyLock::new(|| {
    let rows = FIELDS.iter().flat_map(|(field, _, kinds, names)| {
        let names = names.split('|').map(|name| (name, *field));
        names.flat_map(|(name, field)| kinds.iter().map(move |kind| ((*kind, name), field)))
    });
    rows.collect()
});
static PRIVATE: LazyLock<BTreeSet<&str>> = LazyLock::new(|| PRIVATE_WORDS.split('|').collect());

/// Whether some words of a heading, next to each other, are among the private ones.
pub(super) fn is_private(heading: &str) -> bool {
    let starts = || std::iter::once(0).chain(heading.match_indices(' ').map(|(at, _)| at + 1));
    let ends = || heading.match_indices(' ').map(|(at, _)| at).chain([heading.len()]);
    starts().any(|start| ends().any(|end| start < end && PRIVATE.contains(&heading[start..end])))
}

/// Whether a folded heading is that of a name, which every header has.
pub(super) fn is_name(heading: &str) -> bool {
    FIELDS_BY_NAME.get(&(DocumentKind::ALL[0], heading)) == Some(&Field::Name)
}

fn field(heading: &str, kind: DocumentKind) -> Option<Field> {
    if let Some(field) = FIELDS_BY_NAME.get(&(kind, heading)) {
        return Some(*field);
    }
    if kind == BangTnThpt {
        return None;
    }
    let (rest, period) = subjects::split_period(heading);
    if is_one_of(rest, CONDUCT) {
        return (period != Period::Retest).then_some(Field::Conduct(period));
    }
    if is_one_of(rest, LEARNING) {
        return (period != Period::Retest).then_some(Field::Learning(period));
    }
    Some(Field::Subject(subjects::find(rest, kind)?, period))
}

/// The usual heading of a field.
pub(super) fn title(field: Field) -> String {
    match field {
        Field::Subject(subject, period) => format!("{} {}", SUBJECTS[subject].name, period.label()),
        Field::Conduct(period) => format!("RL {}", period.label()),
        Field::Learning(period) => format!("HT {}", period.label()),
        _ => {
            let row = FIELDS.iter().find(|(known, ..)| *known == field);
            row.map_or(String::new(), |(_, title, ..)| (*title).to_owned())
        }
    }
}

/// The columns without which a file of this kind is not read; [`Field::Sex`] may be a [`Field::FemaleMark`] instead.
pub(super) fn required(kind: DocumentKind) -> Vec<Field> {
    let mut fields = vec![Field::Name, Field::BirthDate, Field::Sex];
    if kind == BangTnThpt {
        fields.extend([
            Field::BirthPlace,
            Field::IssuePlace,
            Field::IssueDate,
            Field::Signer,
            Field::SignerTitle,
            Field::Serial,
            Field::RegisterNumber,
        ]);
        return fields;
    }
    fields.push(Field::StudentCode);
    let subjects = SUBJECTS.iter().enumerate();
    fields.extend(
        subjects
            .filter(|(_, subject)| subject.is_in(kind) && subject.taught == Taught::ToAll)
            .map(|(index, _)| Field::Subject(index, Period::Year)),
    );
    fields.extend([Field::Conduct(Period::Year), Field::Learning(Period::Year)]);
    fields.extend([Field::Absences, Field::Promoted]);
    fields
}

#[cfg(test)]
mod tests {
    use super::super::text::fold;
    use super::*;

    fn read(title: &str, kind: DocumentKind) -> Fate {
        recognise(&fold(title), kind)
    }

    fn subject_named(name: &str, kind: DocumentKind) -> usize {
        SUBJECTS.iter().position(|subject| subject.name == name && subject.is_in(kind)).unwrap()
    }

    #[test]
    fn a_subject_and_its_period_are_told_in_many_spellings() {
        let toan = subject_named("Toán", HocBaThcs);
        for (title, period) in [
            ("Toán HKI", Period::Semester1),
            ("TOÁN - HK1", Period::Semester1),
            ("Toán\r\nhọc kỳ II", Period::Semester2),
            ("HK2 Toán", Period::Semester2),
            ("Điểm TB môn Toán cả năm", Period::Year),
            ("Toán (CN)", Period::Year),
            ("Toa\u{301}n", Period::Year),
            ("Toán KTL", Period::Retest),
        ] {
            assert_eq!(read(title, HocBaThcs), Fate::Read(Field::Subject(toan, period)), "{title}");
        }
        assert_eq!(read("RL HK I", HocBaThcs), Fate::Read(Field::Conduct(Period::Semester1)));
        assert_eq!(read("Kết quả học tập CN", HocBaThpt), Fate::Read(Field::Learning(Period::Year)));
    }

    #[test]
    fn the_same_name_may_be_another_subject_at_another_level() {
        let thcs = read("Công nghệ CN", HocBaThcs);
        let thpt = read("Công nghệ CN", HocBaThpt);
        assert_eq!(thcs, Fate::Read(Field::Subject(subject_named("Công nghệ", HocBaThcs), Period::Year)));
        assert_eq!(thpt, Fate::Read(Field::Subject(subject_named("Công nghệ", HocBaThpt), Period::Year)));
        assert_ne!(thcs, thpt);
        assert_eq!(read("Vật lí", HocBaThcs), Fate::Ignored);
    }

    #[test]
    fn family_contact_and_health_are_dropped() {
        for title in
            ["Họ tên cha", "Họ tên mẹ", "SĐT phụ huynh", "Địa chỉ thường trú", "Email", "Loại khuyết tật", "Nơi sinh"]
        {
            assert_eq!(read(title, HocBaThcs), Fate::Dropped, "{title}");
        }
        assert_eq!(read("Nơi sinh", BangTnThpt), Fate::Read(Field::BirthPlace));
        assert_eq!(read("Trạng thái HS", HocBaThcs), Fate::Ignored);
        assert_eq!(read(" \n", HocBaThcs), Fate::Unnamed);
    }

    #[test]
    fn every_name_is_folded_and_means_one_thing() {
        for kind in DocumentKind::ALL {
            let fields = FIELDS.iter().filter(|row| row.2.contains(&kind)).map(|row| row.3);
            let subjects = SUBJECTS.iter().filter(|subject| subject.is_in(kind));
            let all = fields.chain(subjects.map(|subject| subject.names)).chain([CONDUCT, LEARNING]);
            let mut seen = std::collections::BTreeSet::new();
            for name in all.flat_map(|names| names.split('|')) {
                assert_eq!(fold(name), name);
                assert!(seen.insert(name), "{name} twice for {kind}");
            }
        }
        assert!(PRIVATE_WORDS.split('|').all(|word| fold(word) == word));
    }

    #[test]
    fn every_required_field_has_a_heading_that_is_recognised() {
        for kind in DocumentKind::ALL {
            for field in required(kind) {
                assert_eq!(read(&title(field), kind), Fate::Read(field));
            }
        }
    }
}
