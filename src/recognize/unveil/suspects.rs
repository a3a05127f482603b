//! Where a disguise may show itself, sixteen bytes at a time: most bytes of a text are passed over here.

use wide::u8x16;

/// Bytes before and after sixteen that are looked at, too.
const BEFORE: usize = 1;
const AFTER: usize = 3;

/// The first byte from `from` on at which a disguise may show itself.
pub(super) fn next(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    // Near the ends of a text every byte is suspect.
    if at < BEFORE {
        return (at < bytes.len()).then_some(at);
    }
    while let Some(window) = bytes.get(at - BEFORE..).and_then(<[u8]>::first_chunk::<{ BEFORE + 16 + AFTER }>) {
        let suspects = suspects(window);
        if suspects != 0 {
            return Some(at + suspects.trailing_zeros() as usize);
        }
        at += 16;
    }
    (at < bytes.len()).then_some(at)
}

/// One bit for each of the sixteen bytes in the midst.
fn suspects(window: &[u8; BEFORE + 16 + AFTER]) -> u32 {
    let at = |offset: usize| u8x16::new(*window[offset..].first_chunk().expect("sixteen bytes"));
    let (before, v, next, second, third) = (at(0), at(BEFORE), at(BEFORE + 1), at(BEFORE + 2), at(BEFORE + 3));
    let is = |v: u8x16, b: u8| v.simd_eq(u8x16::splat(b));
    let below = |v: u8x16, most: u8| v.min(u8x16::splat(most)).simd_eq(v);
    let high = |v: u8x16| v.max(u8x16::splat(0x80)).simd_eq(v);
    let letter = |v: u8x16| below((v | u8x16::splat(0x20)) - u8x16::splat(b'a'), 25) | high(v) | is(v, b'|');
    let escape = is(v, b'&') | is(v, b'<') | is(v, b'%') | is(v, b'=') | is(v, b'\\') | is(v, b'+');
    let digit = below(v - u8x16::splat(b'0'), 9);
    let odd_digit = digit & (letter(before) | letter(next) | is(next, b'.') | is(next, b','));
    // The same sign after one letter, which has one byte or two.
    let spaced = (is(v, b' ') | is(v, b'.') | is(v, b'-')) & (second.simd_eq(v) | third.simd_eq(v) & high(next));
    let broken = is(v, b'-') & (is(next, b'\n') | is(next, b'\r'));
    let soft_hyphen = is(v, 0xC2) & is(next, 0xAD);
    let other_script = below(v - u8x16::splat(0xCD), 0xD4 - 0xCD);
    let backwards = is(v, 0xE2) & is(next, 0x80) & is(second, 0xAE);
    (escape | odd_digit | spaced | broken | soft_hyphen | other_script | backwards).to_bitmask()
}

#[cfg(test)]
mod tests {
    use super::super::undone;
    use super::next;

    #[test]
    fn nothing_holds_nothing() {
        assert_eq!(next(b"", 0), None);
    }

    #[test]
    fn no_disguise_is_passed_over() {
        const PIECES: [&str; 40] = [
            "a",
            "b",
            "sj",
            "uk",
            "å",
            " ",
            ".",
            "-",
            "1",
            "9",
            "l",
            "O",
            "&",
            "&#45;",
            "&aring;",
            "<b>",
            "%2D",
            "=C3=85",
            "=\n",
            "\\u002d",
            "+AC0-",
            "\n",
            "\r\n",
            "\u{ad}",
            "\u{202e}",
            "\u{202c}",
            "к",
            "ѕ",
            "ο",
            "E+11",
            ",",
            "s j u k",
            "å.ö.ä.å",
            "121212",
            "l2l2I2-1212",
            "1.91212121212E11",
            "–",
            "|",
            "7an",
            "sentence of words",
        ];
        let mut state = 3u64;
        let mut below = |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % n
        };
        let mut undid = 0;
        for _ in 0..20_000 {
            let text: String = (0..below(30)).map(|_| PIECES[below(PIECES.len())]).collect();
            let (bytes, mut suspect) = (text.as_bytes(), next(text.as_bytes(), 0));
            for at in 0..bytes.len() {
                let found = undone(&text, bytes, at).is_some();
                undid += usize::from(found);
                assert!(!found || suspect == Some(at), "{text} at {at}");
                if suspect == Some(at) {
                    suspect = next(bytes, at + 1);
                }
            }
        }
        assert!(undid > 10_000, "{undid} disguises");
    }
}
