//! What a client asks for: parameters of the path and the query, each with one spelling.

use std::collections::BTreeMap;
use std::str::FromStr;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use sogoc_ledger::Hash;
use sogoc_ledger::name::{BatchId, Height, IssuerId, Period};
use sogoc_ledger::record::DefinitionKind;
use sogoc_store::DefinitionKey;

use crate::events::Place;
use crate::problem::Problem;

/// The largest `limit` of a listing.
pub(crate) const LIMIT_MAX: u64 = 500;

/// The `limit` of a listing that is not given one.
const LIMIT: u64 = 100;

/// Seconds that a client may wait for a batch to be sealed, or for a block.
pub const WAIT_SECONDS_MAX: u64 = 30;

/// The largest `max_age`, in seconds: ten years, as long as anybody might say.
const MAX_AGE_SECONDS_MAX: u64 = 315_360_000;

/// A parameter, and what it has to be.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    Height,
    HeightOrLatest,
    Since,
    Checkpoint,
    From,
    /// Of a block to wait for.
    Above,
    /// Where events begin.
    Begin,
    LastEventId,
    Limit,
    Wait,
    MaxAge,
    Issuer,
    AfterIssuer,
    Batch,
    AfterBatch,
    Motion,
    AfterMotion,
    Definition,
    AfterDefinition,
    Period,
    /// Not text.
    Path,
}

const HEIGHT: (&str, &str) = (
    "A height is written in decimal digits without leading zeros, as 42.",
    "Độ cao viết bằng chữ số thập phân, không có số 0 ở đầu, ví dụ 42.",
);
const ISSUER: (&str, &str) = (
    "An issuer is named by its id on the ledger: 1 to 40 lower-case letters, digits and hyphens, a letter first.",
    "Đơn vị cấp được gọi bằng mã trên sổ cái: 1 đến 40 chữ thường, chữ số, gạch nối, bắt đầu bằng chữ cái.",
);
const BATCH: (&str, &str) =
    ("A batch is named by 32 lower-case hexadecimal digits.", "Lô được gọi bằng 32 chữ số thập lục phân viết thường.");

impl Parameter {
    /// Its name in the address.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Height | Self::HeightOrLatest => "height",
            Self::Since => "since",
            Self::Checkpoint => "checkpoint",
            Self::From | Self::Begin => "from",
            Self::Above => "above",
            Self::LastEventId => "last-event-id",
            Self::Limit => "limit",
            Self::Wait => "wait",
            Self::MaxAge => "max_age",
            Self::Issuer => "issuer",
            Self::AfterIssuer | Self::AfterBatch | Self::AfterMotion | Self::AfterDefinition => "after",
            Self::Motion => "motion",
            Self::Definition => "definition",
            Self::Batch => "batch",
            Self::Period => "period",
            Self::Path => "path",
        }
    }

    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Height | Self::Since | Self::Checkpoint | Self::From | Self::Above => HEIGHT,
            Self::HeightOrLatest => (
                "A height is written in decimal digits without leading zeros, as 42, or is the word latest.",
                "Độ cao viết bằng chữ số thập phân, không có số 0 ở đầu, ví dụ 42, hoặc là từ latest.",
            ),
            Self::Begin | Self::LastEventId => (
                "Events begin at a height, as 42, or after an event, named by its id, as 42.1.",
                "Sự kiện bắt đầu từ một độ cao, ví dụ 42, hoặc sau một sự kiện được gọi bằng mã của nó, ví dụ 42.1.",
            ),
            Self::Limit => (
                const {
                    assert!(LIMIT_MAX == 500, "the sentences name the number");
                    "The limit of a list is a number from 1 to 500."
                },
                "Giới hạn của danh sách là một số từ 1 đến 500.",
            ),
            Self::Wait => (
                const {
                    assert!(WAIT_SECONDS_MAX == 30, "the sentences name the number");
                    "The wait is a number of seconds from 0 to 30."
                },
                "Thời gian chờ là một số giây từ 0 đến 30.",
            ),
            Self::MaxAge => (
                const {
                    assert!(MAX_AGE_SECONDS_MAX == 315_360_000, "the sentences name the number");
                    "The age is a number of seconds from 0 to 315360000."
                },
                "Tuổi tối đa của trạng thái là một số giây từ 0 đến 315360000.",
            ),
            Self::Issuer | Self::AfterIssuer => ISSUER,
            Self::Batch | Self::AfterBatch => BATCH,
            Self::Motion | Self::AfterMotion => (
                "A motion is named by 64 lower-case hexadecimal digits.",
                "Kiến nghị được gọi bằng 64 chữ số thập lục phân viết thường.",
            ),
            Self::Definition | Self::AfterDefinition => (
                "A definition is named by its kind, name and version, as schema/hoc-ba-thcs/1 or code-list/danh-hieu/1.",
                "Định nghĩa được gọi bằng loại, tên và phiên bản, ví dụ schema/hoc-ba-thcs/1 hoặc code-list/danh-hieu/1.",
            ),
            Self::Period => (
                "A period has at most 16 bytes and no control characters, as 2025-2026.",
                "Kỳ có tối đa 16 byte và không có ký tự điều khiển, ví dụ 2025-2026.",
            ),
            Self::Path => ("The address is not text in UTF-8.", "Địa chỉ không phải là văn bản UTF-8."),
        }
    }

    pub(crate) fn english(self) -> &'static str {
        self.texts().0
    }

    pub(crate) fn vietnamese(self) -> &'static str {
        self.texts().1
    }

    fn parse<T: FromStr>(self, text: &str) -> Result<T, Problem> {
        text.parse().map_err(|_| Problem::BadParameter(self))
    }

    fn number(self, text: &str, least: u64, most: u64) -> Result<u64, Problem> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let one_spelling = digits && (text == "0" || !text.starts_with('0'));
        text.parse()
            .ok()
            .filter(|number| one_spelling && (least..=most).contains(number))
            .ok_or(Problem::BadParameter(self))
    }
}

/// Segments of the path.
pub(crate) struct Segments<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segments<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let segments: Result<_, PathRejection> = Path::from_request_parts(parts, state).await;
        segments.map(|Path(segments)| Self(segments)).map_err(|_| Problem::BadParameter(Parameter::Path))
    }
}

pub(crate) fn issuer(text: &str) -> Result<IssuerId, Problem> {
    Parameter::Issuer.parse(text)
}

pub(crate) fn batch(text: &str) -> Result<BatchId, Problem> {
    Parameter::Batch.parse(text)
}

pub(crate) fn motion(text: &str) -> Result<Hash, Problem> {
    Hash::from_hex(text).ok_or(Problem::BadParameter(Parameter::Motion))
}

/// What [`spelled`] spells.
pub(crate) fn definition(text: &str, parameter: Parameter) -> Result<DefinitionKey, Problem> {
    let mut parts = text.split('/');
    let (Some(kind), Some(name), Some(version), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(Problem::BadParameter(parameter));
    };
    let kind = match kind {
        "schema" => DefinitionKind::Schema,
        "code-list" => DefinitionKind::CodeList,
        _ => return Err(Problem::BadParameter(parameter)),
    };
    Ok((kind, parameter.parse(name)?, parameter.number(version, 1, u16::MAX.into())? as u16))
}

/// Kind, name and version in one text.
pub(crate) fn spelled((kind, name, version): &DefinitionKey) -> String {
    let kind = match kind {
        DefinitionKind::Schema => "schema",
        DefinitionKind::CodeList => "code-list",
    };
    format!("{kind}/{name}/{version}")
}

pub(crate) fn period(text: &str) -> Result<Period, Problem> {
    Period::new(text).ok_or(Problem::BadParameter(Parameter::Period))
}

pub(crate) fn height(text: &str) -> Result<Height, Problem> {
    Parameter::Height.number(text, 0, Height::MAX)
}

/// A height, or `None` for `latest`.
pub(crate) fn height_or_latest(text: &str) -> Result<Option<Height>, Problem> {
    if text == "latest" {
        return Ok(None);
    }
    Parameter::HeightOrLatest.number(text, 0, Height::MAX).map(Some)
}

/// Parameters of the query: those that the route knows, each at most once.
pub(crate) struct Asked(BTreeMap<String, String>);

impl Asked {
    pub(crate) fn of(uri: &Uri, known: &[Parameter]) -> Result<Self, Problem> {
        let Query(pairs) =
            Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|_| Problem::UnexpectedParameter)?;
        let mut asked = BTreeMap::new();
        for (name, value) in pairs {
            let expected = known.iter().any(|parameter| parameter.name() == name);
            if !expected || asked.insert(name, value).is_some() {
                return Err(Problem::UnexpectedParameter);
            }
        }
        Ok(Self(asked))
    }

    fn text(&self, parameter: Parameter) -> Option<&str> {
        self.0.get(parameter.name()).map(String::as_str)
    }

    fn number(&self, parameter: Parameter, least: u64, most: u64, default: u64) -> Result<u64, Problem> {
        self.text(parameter).map_or(Ok(default), |text| parameter.number(text, least, most))
    }

    fn parsed<T: FromStr>(&self, parameter: Parameter) -> Result<Option<T>, Problem> {
        self.text(parameter).map(|text| parameter.parse(text)).transpose()
    }

    /// Height of the checkpoint that proofs start from: genesis unless given.
    pub(crate) fn since(&self) -> Result<Height, Problem> {
        self.number(Parameter::Since, 0, Height::MAX, 0)
    }

    pub(crate) fn from(&self) -> Result<Height, Problem> {
        self.number(Parameter::From, 0, Height::MAX, 0)
    }

    /// The height above which a block is waited for, if any.
    pub(crate) fn above(&self) -> Result<Option<Height>, Problem> {
        self.text(Parameter::Above).map(|text| Parameter::Above.number(text, 0, Height::MAX)).transpose()
    }

    /// Where events begin, if it is said.
    pub(crate) fn begin(&self) -> Result<Option<Place>, Problem> {
        self.parsed(Parameter::Begin)
    }

    pub(crate) fn issuer(&self) -> Result<Option<IssuerId>, Problem> {
        self.parsed(Parameter::Issuer)
    }

    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        self.number(Parameter::Limit, 1, LIMIT_MAX, LIMIT).map(|limit| limit as usize)
    }

    pub(crate) fn wait_seconds(&self) -> Result<u64, Problem> {
        self.number(Parameter::Wait, 0, WAIT_SECONDS_MAX, 0)
    }

    /// The oldest status that will do, in milliseconds.
    pub(crate) fn max_age_ms(&self) -> Result<Option<u64>, Problem> {
        let age = self.text(Parameter::MaxAge);
        age.map(|text| Parameter::MaxAge.number(text, 0, MAX_AGE_SECONDS_MAX)).transpose().map(|age| Some(age? * 1_000))
    }

    pub(crate) fn after_issuer(&self) -> Result<Option<IssuerId>, Problem> {
        self.parsed(Parameter::AfterIssuer)
    }

    pub(crate) fn after_batch(&self) -> Result<Option<BatchId>, Problem> {
        self.parsed(Parameter::AfterBatch)
    }

    pub(crate) fn after_motion(&self) -> Result<Option<Hash>, Problem> {
        self.text(Parameter::AfterMotion)
            .map(|text| Hash::from_hex(text).ok_or(Problem::BadParameter(Parameter::AfterMotion)))
            .transpose()
    }

    pub(crate) fn after_definition(&self) -> Result<Option<DefinitionKey>, Problem> {
        self.text(Parameter::AfterDefinition).map(|text| definition(text, Parameter::AfterDefinition)).transpose()
    }

    /// Height of the checkpoint, which must be given.
    pub(crate) fn checkpoint(&self) -> Result<Height, Problem> {
        let missing = Problem::BadParameter(Parameter::Checkpoint);
        let text = self.text(Parameter::Checkpoint).ok_or(missing)?;
        Parameter::Checkpoint.number(text, 0, Height::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<Asked, Problem> {
        let uri = format!("/v1/batches?{query}").parse().unwrap();
        Asked::of(&uri, &[Parameter::Since, Parameter::Issuer, Parameter::Wait])
    }

    #[test]
    fn a_number_has_one_spelling() {
        for bad in ["", "-1", "+1", "01", "1.0", "1e3", "0x1", " 1", "١", "18446744073709551616"] {
            assert_eq!(height(bad), Err(Problem::BadParameter(Parameter::Height)), "{bad:?}");
        }
        assert_eq!(height("0"), Ok(0));
        assert_eq!(height("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(height_or_latest("latest"), Ok(None));
        assert!(height_or_latest("Latest").is_err());
    }

    #[test]
    fn only_what_the_route_knows_and_once() {
        let good = asked("since=7&issuer=thcs-mau-1").ok();
        assert_eq!(good.as_ref().map(Asked::since), Some(Ok(7)));
        assert_eq!(good.map(|asked| asked.wait_seconds()), Some(Ok(0)));
        for bad in ["leaf=00", "since=1&since=1", "since=1&Since=1"] {
            assert_eq!(asked(bad).err(), Some(Problem::UnexpectedParameter), "{bad}");
        }
        let since = |query| asked(query).and_then(|asked| asked.since());
        assert!(since("since=").is_err() && since("since=%00").is_err());
        let wait = |query| asked(query).and_then(|asked| asked.wait_seconds());
        assert_eq!((wait("wait=30"), wait("wait=31").is_err()), (Ok(30), true));
    }
}
