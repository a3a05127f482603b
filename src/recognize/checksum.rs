//! Check digits.

/// Luhn's sum over decimal digits (Skatteverket, SKV 704): the last digit is the check digit.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| {
            let d = u32::from(*d) * if i % 2 == 1 { 2 } else { 1 };
            if d > 9 { d - 9 } else { d }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Modulus 11 of a CPR number. Since 2007 the CPR office issues numbers that fail it, so it only moves confidence.
pub(super) fn modulus_11(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 10] = [4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
    digits.len() == 10 && digits.iter().zip(WEIGHTS).map(|(d, w)| u32::from(*d) * w).sum::<u32>().is_multiple_of(11)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn case(digits: &str, luhn_ok: bool, mod11_ok: bool) {
        let digits: Vec<u8> = digits.bytes().map(|b| b - b'0').collect();
        assert_eq!((luhn(&digits), modulus_11(&digits)), (luhn_ok, mod11_ok));
    }

    #[test]
    fn published_samples() {
        case("1212121212", true, false);
        case("1212121213", false, false);
        case("7010632391", true, false);
        case("0707614285", true, true);
    }
}
