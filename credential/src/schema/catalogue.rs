//! The types that every verifier knows by heart. Sources: Circular 22/2021/TT-BGDĐT (học bạ), Circular 10/2026/TT-BGDĐT
//! (diplomas).

use std::sync::{Arc, LazyLock};

use super::Schema;

macro_rules! known {
    ($($(#[$doc:meta])* $name:ident $file:literal)+) => {
        $(
            $(#[$doc])*
            pub static $name: LazyLock<Arc<Schema>> = LazyLock::new(|| {
                let text = include_str!(concat!("../../definitions/", $file));
                Arc::new(Schema::from_texts(&[text]).expect("a definition that is built in is well-formed"))
            });
        )+

        /// Every type that is known by heart.
        pub fn known() -> [&'static Arc<Schema>; [$($file),+].len()] {
            [$(&$name),+]
        }
    };
}

known! {
    /// Học bạ trung học cơ sở.
    HOC_BA_THCS "hoc-ba-thcs-1.json"
    /// Học bạ trung học phổ thông.
    HOC_BA_THPT "hoc-ba-thpt-1.json"
    /// Bằng tốt nghiệp trung học phổ thông.
    BANG_TN_THPT "bang-tn-thpt-1.json"
    /// A document that was signed elsewhere.
    DA_KY "da-ky-1.json"
}

/// The type known by heart that has this short name.
pub fn by_id(id: &str) -> Option<&'static Arc<Schema>> {
    known().into_iter().find(|schema| schema.id == id)
}
