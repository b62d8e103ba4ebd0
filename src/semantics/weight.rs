//! Weights: how much a client wants one of several things (RFC 9110 §12.4.2).

/// `0`, `1`, or either with up to three decimals, none above 1; in thousandths.
pub fn qvalue(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_in_thousandths_or_not_at_all() {
        let good = [
            ("0", 0),
            ("1", 1000),
            ("0.5", 500),
            ("0.001", 1),
            ("1.000", 1000),
            ("0.", 0),
        ];
        for (text, expected) in good {
            assert_eq!(qvalue(text), Some(expected), "{text}");
        }
        for text in [
            "", "1.001", "2", "0.0001", "-1", "+1", ".5", "0.5 ", "q", "0.+5",
        ] {
            assert_eq!(qvalue(text), None, "{text}");
        }
    }
}
