//! Text as clerks' files have it, made comparable.
//!
//! * [`clean`] is what goes into a document: NFC, ordinary single spaces, nothing invisible, Đ for the look-alike Ð.
//!   It keeps the person's spelling (`Hòa` and `Hoà` stay different).
//! * [`fold`] is what is compared: no case, no diacritics, no punctuation. It is never shown or stored.
//! * [`is_legacy`] recognises text typed with a font-based encoding (TCVN3, VNI), which looks right only in that font.

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Normalises a text for a document.
pub(super) fn clean(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    let mut push = |c: char| {
        if c.is_whitespace() {
            gap = true;
        } else if !is_invisible(c) {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.push(match c {
                'Ð' => 'Đ',
                'ð' => 'đ',
                other => other,
            });
        }
    };
    if is_nfc(text) {
        text.chars().for_each(&mut push)
    } else {
        text.nfc().for_each(&mut push)
    }
    // Taking an invisible character out can bring a letter and its mark together.
    if is_nfc(&out) { out } else { out.nfc().collect() }
}

/// Zero-width and direction-changing characters, soft hyphens and control characters: two texts that
/// differ only in these look the same on paper.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{FEFF}'
            | '\u{180B}'..='\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}')
}

/// The key under which two spellings of a heading or a code word are equal: `Được lên\nlớp` is `duoc len lop`.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.nfd().filter(|c| !is_combining_mark(*c) && (c.is_whitespace() || !is_invisible(*c))) {
        if c.is_alphanumeric() {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            match c {
                'Đ' | 'đ' | 'Ð' | 'ð' => out.push('d'),
                other => out.extend(other.to_lowercase()),
            }
        } else {
            gap = true;
        }
    }
    out
}

/// Signs that only a TCVN3 font shows as Vietnamese letters: Latin-1 symbols, and letters that neither Vietnamese
/// nor the languages of the Central Highlands write (so `Êñuôl`, a real name, is not among them).
const TCVN3_SIGNS: &str = "¡¢£¤¥¦§¨©ª«¬\u{AD}®¯°±²³´µ¶·¸¹º»¼½¾ÆÇÞß×÷þæçøØåÅäÄ";

/// VNI writes a mark as a second letter. No Vietnamese syllable has one of these after a plain `a` or `e` …
const VNI_AFTER_A_E: &str = "âêùøûõïáàåãäéèúüëöæ";
/// … or one of these after a plain `o` or `u`.
const VNI_AFTER_O_U: &str = "ùøûõï";

/// Whether the text was typed with a font-based encoding, or was damaged by a wrong one.
pub(super) fn is_legacy(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let mut previous = ' ';
    text.nfc().any(|c| {
        let first = std::mem::replace(&mut previous, c);
        c == char::REPLACEMENT_CHARACTER || is_legacy_pair(first, c)
    })
}

/// Whether no Vietnamese text has these two characters next to each other, but one in an old font does.
fn is_legacy_pair(first: char, second: char) -> bool {
    let tcvn3 = |sign: char, letter: char| !sign.is_ascii() && TCVN3_SIGNS.contains(sign) && letter.is_alphabetic();
    let vni_marks = match first {
        'a' | 'e' | 'A' | 'E' => VNI_AFTER_A_E,
        'o' | 'u' | 'O' | 'U' => VNI_AFTER_O_U,
        _ => "",
    };
    let mark = second.to_lowercase().next().unwrap_or(second);
    tcvn3(first, second) || tcvn3(second, first) || vni_marks.contains(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_repairs_what_cannot_be_seen() {
        assert_eq!(clean("  Nguye\u{302}\u{303}n\u{A0}\u{A0}Thử\u{200B}  Nghiệm\r\n"), "Nguyễn Thử Nghiệm");
        assert_eq!(clean("Ðỗ Văn Mẫu"), "Đỗ Văn Mẫu");
        assert_eq!(clean("e\u{200B}\u{301}"), "é");
    }

    #[test]
    fn clean_keeps_the_spelling_of_a_name() {
        assert_eq!(clean("Hòa"), "Hòa");
        assert_eq!(clean("Hoà"), "Hoà");
        assert_eq!(fold("Hòa"), fold("Hoà"));
    }

    #[test]
    fn fold_compares_headings() {
        for heading in ["Họ và\r\ntên", "HỌ  VÀ TÊN", "Ho\u{323} va\u{300} te\u{302}n", "ho va ten:"] {
            assert_eq!(fold(heading), "ho va ten", "{heading:?}");
        }
        assert_eq!(fold("Ðịa lí"), fold("Địa lí"));
        assert_eq!(fold("TOÁN - HK1"), "toan hk1");
    }

    #[test]
    fn legacy_encodings_are_recognised() {
        for tcvn3 in ["NguyÔn V¨n MÉu", "TrÇn ThÞ Thö", "Lª Ph¹m", "§ç Hoµng", "L\u{AD}u"] {
            assert!(is_legacy(tcvn3), "{tcvn3}");
        }
        for vni in ["Nguyeãn Vaên Maãu", "Traàn Thò Thöû", "Leâ Phaïm"] {
            assert!(is_legacy(vni), "{vni}");
        }
        assert!(is_legacy("Nguy\u{FFFD}n"));
    }

    #[test]
    fn real_spellings_are_not_legacy() {
        for name in [
            "Nguyễn Thử Nghiệm",
            "Hoà",
            "Hòa",
            "Thuý",
            "Thúy",
            "Quách Xuân Khuê",
            "Huỳnh Uyển Nhã",
            "H'Blăm Êñuôl",
            "Y Niê",
            "Đoàn Khoái",
            "Nguye\u{302}\u{303}n",
            "Oánh Khoèo",
            "Ngoẵng",
            "Rơ Châm Hiếu",
            "Trần Ái Ô",
        ] {
            assert!(!is_legacy(name), "{name}");
        }
    }
}
