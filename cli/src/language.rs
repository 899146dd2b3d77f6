//! Which of the two languages a person reads.

use std::str::FromStr;

/// Vietnamese or English.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Language {
    /// Tiếng Việt.
    Vi,
    /// English.
    En,
}

impl Language {
    /// The system's, from the usual variables; English if that is neither.
    pub fn of_system() -> Self {
        let named = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        match named {
            Some(value) if value.starts_with("vi") => Self::Vi,
            _ => Self::En,
        }
    }

    /// The one of two texts in this language.
    pub fn pick<'a, T: ?Sized>(self, vi: &'a T, en: &'a T) -> &'a T {
        match self {
            Self::Vi => vi,
            Self::En => en,
        }
    }
}

impl FromStr for Language {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "vi" => Ok(Self::Vi),
            "en" => Ok(Self::En),
            _ => Err("vi or en"),
        }
    }
}
