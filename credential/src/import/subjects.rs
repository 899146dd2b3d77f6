//! The subjects of Circular 22/2021 and the periods in which they are marked, with the names that files give them.
//!
//! Names are folded ([`fold`](super::text::fold)) and stand in one text, divided by `|`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::kind::DocumentKind;
use super::kind::DocumentKind::{HocBaThcs, HocBaThpt};

/// When a mark or level was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Period {
    Semester1,
    Semester2,
    Year,
    Retest,
}

impl Period {
    pub(super) const REGULAR: [Period; 3] = [Period::Semester1, Period::Semester2, Period::Year];

    /// Name of the claim.
    pub(super) fn claim(self) -> &'static str {
        match self {
            Period::Semester1 => "semester_1",
            Period::Semester2 => "semester_2",
            Period::Year => "year",
            Period::Retest => "retest",
        }
    }

    /// As it is written after the subject.
    pub(super) fn label(self) -> &'static str {
        match self {
            Period::Semester1 => "HKI",
            Period::Semester2 => "HKII",
            Period::Year => "CN",
            Period::Retest => "KTL",
        }
    }
}

/// Folded names of periods. Of two that fit, the longer one is meant.
const PERIODS: &[(Period, &str)] = &[
    (Period::Semester1, "hki|hk i|hk1|hk 1|ky i|ky 1|hoc ky i|hoc ki i|hoc ky 1|hoc ki 1|dtbmhk1"),
    (Period::Semester2, "hkii|hk ii|hk2|hk 2|ky ii|ky 2|hoc ky ii|hoc ki ii|hoc ky 2|hoc ki 2|dtbmhk2"),
    (Period::Year, "cn|ca nam|ca nam hoc|tbcn|tb cn|dtbmcn"),
    (Period::Retest, "ktl|sau ktl|kiem tra lai|sau kiem tra lai|diem kiem tra lai|thi lai"),
];

/// Splits the period off a heading, at its end or its beginning; a heading without one is about the year.
pub(super) fn split_period(heading: &str) -> (&str, Period) {
    let names = PERIODS.iter().flat_map(|(period, names)| names.split('|').map(|name| (name, *period)));
    let fitting = names.filter_map(|(name, period)| {
        let rest = heading
            .strip_suffix(name)
            .and_then(|rest| rest.strip_suffix(' '))
            .or_else(|| heading.strip_prefix(name)?.strip_prefix(' '))?;
        Some((rest, period))
    });
    fitting.min_by_key(|(rest, _)| rest.len()).unwrap_or((heading, Period::Year))
}

/// How a subject is assessed (Circular 22/2021, article 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assessed {
    ByMarks,
    ByComment,
}

/// Whether a level of school teaches a subject to everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taught {
    ToAll,
    /// One of those of which upper secondary learners choose some.
    AsElective,
    /// On top of the programme; its marks count neither way.
    AsExtra,
}

/// A subject of one level of school, or of both.
#[derive(Debug)]
pub(super) struct Subject {
    /// As it stands in the document.
    pub name: &'static str,
    kinds: &'static [DocumentKind],
    pub assessed: Assessed,
    pub taught: Taught,
    pub(super) names: &'static str,
}

impl Subject {
    pub(super) fn is_in(&self, kind: DocumentKind) -> bool {
        self.kinds.contains(&kind)
    }
}

/// Words that may stand before a subject and say nothing.
const FILLERS: &[&str] = &["mon hoc", "mon", "diem tb mon", "diem tb", "diem", "dtb mon", "dtb", "tb"];

/// The table below, for looking up.
static BY_NAME: LazyLock<BTreeMap<(DocumentKind, &str), usize>> = LazyLock::new(|| {
    let rows = SUBJECTS.iter().enumerate().flat_map(|(place, subject)| {
        let names = subject.names.split('|');
        names.flat_map(move |name| subject.kinds.iter().map(move |kind| ((*kind, name), place)))
    });
    rows.collect()
});

/// The place in [`SUBJECTS`] of the subject with this folded name.
pub(super) fn find(name: &str, kind: DocumentKind) -> Option<usize> {
    let bare = || FILLERS.iter().find_map(|filler| name.strip_prefix(filler)?.strip_prefix(' '));
    let named = |name| BY_NAME.get(&(kind, name)).copied();
    named(name).or_else(|| named(bare()?))
}

const fn subject(
    name: &'static str,
    kinds: &'static [DocumentKind],
    assessed: Assessed,
    taught: Taught,
    names: &'static str,
) -> Subject {
    Subject { name, kinds, assessed, taught, names }
}

const BOTH: &[DocumentKind] = &[HocBaThcs, HocBaThpt];
const THCS: &[DocumentKind] = &[HocBaThcs];
const THPT: &[DocumentKind] = &[HocBaThpt];

use Assessed::{ByComment, ByMarks};
use Taught::{AsElective, AsExtra, ToAll};

/// Every subject of lower and upper secondary school, in the order of the printed document.
pub(super) const SUBJECTS: &[Subject] = &[
    subject("Ngữ văn", BOTH, ByMarks, ToAll, "ngu van|van|nv"),
    subject("Toán", BOTH, ByMarks, ToAll, "toan|toan hoc"),
    subject(
        "Ngoại ngữ 1",
        BOTH,
        ByMarks,
        ToAll,
        "ngoai ngu 1|ngoai ngu|nn1|nn 1|nn|tieng anh|anh|anh van|ngoai ngu 1 tieng anh",
    ),
    subject("Giáo dục công dân", THCS, ByMarks, ToAll, "giao duc cong dan|gdcd"),
    subject(
        "Lịch sử và Địa lí",
        THCS,
        ByMarks,
        ToAll,
        "lich su va dia li|lich su va dia ly|lich su dia li|lich su dia ly|ls va dl|\
ls dl|lsdl|ls va dia li|su dia",
    ),
    subject("Khoa học tự nhiên", THCS, ByMarks, ToAll, "khoa hoc tu nhien|khtn"),
    subject("Công nghệ", THCS, ByMarks, ToAll, "cong nghe|c nghe"),
    subject("Tin học", THCS, ByMarks, ToAll, "tin hoc|tin"),
    subject("Lịch sử", THPT, ByMarks, ToAll, "lich su|su"),
    subject(
        "Giáo dục quốc phòng và an ninh",
        THPT,
        ByMarks,
        ToAll,
        "giao duc quoc phong va an ninh|gdqp an|gdqpan|gdqp|gdqp va an|gdqp va an ninh|\
gdqp an ninh",
    ),
    subject("Địa lí", THPT, ByMarks, AsElective, "dia li|dia ly|dia"),
    subject(
        "Giáo dục kinh tế và pháp luật",
        THPT,
        ByMarks,
        AsElective,
        "giao duc kinh te va phap luat|gdkt pl|gdktpl|ktpl|gdkt va pl|kt pl",
    ),
    subject("Vật lí", THPT, ByMarks, AsElective, "vat li|vat ly|li|ly"),
    subject("Hóa học", THPT, ByMarks, AsElective, "hoa hoc|hoa"),
    subject("Sinh học", THPT, ByMarks, AsElective, "sinh hoc|sinh"),
    subject("Công nghệ", THPT, ByMarks, AsElective, "cong nghe|c nghe"),
    subject("Tin học", THPT, ByMarks, AsElective, "tin hoc|tin"),
    subject("Âm nhạc", THPT, ByMarks, AsElective, "am nhac"),
    subject("Mĩ thuật", THPT, ByMarks, AsElective, "mi thuat|my thuat"),
    subject("Ngoại ngữ 2", BOTH, ByMarks, AsExtra, "ngoai ngu 2|nn2|nn 2"),
    subject("Giáo dục thể chất", BOTH, ByComment, ToAll, "giao duc the chat|gdtc|the duc|gd the chat"),
    subject("Nghệ thuật", THCS, ByComment, ToAll, "nghe thuat|ng thuat|nt"),
    subject(
        "Hoạt động trải nghiệm, hướng nghiệp",
        BOTH,
        ByComment,
        ToAll,
        "hoat dong trai nghiem huong nghiep|hdtn hn|hdtnhn|hdtn|hoat dong trai nghiem|\
hd trai nghiem huong nghiep",
    ),
    subject(
        "Nội dung giáo dục của địa phương",
        BOTH,
        ByComment,
        ToAll,
        "noi dung giao duc cua dia phuong|noi dung giao duc dia phuong|\
giao duc dia phuong|giao duc cua dia phuong|gddp|ndgddp|nd gddp|gd dia phuong",
    ),
];
