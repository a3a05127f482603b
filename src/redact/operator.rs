//! What initials and whole-field wordings look like.

/// The initials of a name as a registrar writes them: `Elvira Lindqvist` is `E.L.`, `Ann-Cathrin af Ek` is `A-C.E.`,
/// `Lindqvist, Elvira` is `E.L.`. Particles and titles have no initial.
pub fn initials(name: &str) -> String {
    let turned;
    let name = match name.split_once(", ") {
        Some((surname, given)) => {
            turned = format!("{given} {surname}");
            turned.as_str()
        }
        None => name,
    };
    let words: Vec<&str> = name.split([' ', '\t', '\n', '\r', '.']).filter(|w| !w.is_empty()).collect();
    let lower = words.iter().all(|w| w.chars().next().is_some_and(char::is_lowercase));
    let mut out = String::new();
    for word in words {
        let parts: Vec<char> = word
            .split(['-', '\u{2010}', '\u{2011}'])
            .filter_map(|p| p.chars().next().filter(|c| c.is_uppercase() || (lower && c.is_alphabetic())))
            .flat_map(char::to_uppercase)
            .collect();
        for (i, c) in parts.iter().enumerate() {
            if i > 0 {
                out.push('-');
            }
            out.push(*c);
        }
        if !parts.is_empty() {
            out.push('.');
        }
    }
    out
}

/// A whole-field wording with what is kept of the field: whether the absence is valid, and times.
pub fn kept_wording(wording: &str, validity: Option<&str>, times: &[String]) -> String {
    let mut out = wording.to_owned();
    if let Some(validity) = validity {
        out.push_str(", ");
        out.push_str(validity);
    }
    for time in times {
        out.push(' ');
        out.push_str(time);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_as_a_registrar_writes_them() {
        for (name, expected) in [
            ("Elvira Lindqvist", "E.L."),
            ("Tuva", "T."),
            ("Lindqvist, Elvira", "E.L."),
            ("Ann-Cathrin af Ek", "A-C.E."),
            ("samira el-haddad", "S.E-H."),
            ("ÖSTEN ÅKERMAN", "Ö.Å."),
            ("Karl E. Nyman", "K.E.N."),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn a_wording_keeps_validity_and_times() {
        assert_eq!(
            kept_wording("Frånvarande", Some("giltig"), &["från kl. 10".to_owned()]),
            "Frånvarande, giltig från kl. 10"
        );
    }
}
