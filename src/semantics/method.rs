//! The request methods that a cache tells apart (RFC 9110 §9.3, RFC 9111 §4).

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Head,
    Post,
    /// Every other one, known or not: none of them is answered from a store or kept in it.
    Other,
}

impl Method {
    /// Methods are case-sensitive (RFC 9110 §9.1).
    pub fn parse(text: &str) -> Self {
        match text {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_case_sensitive() {
        for (text, expected) in [
            ("GET", Method::Get),
            ("HEAD", Method::Head),
            ("POST", Method::Post),
            ("get", Method::Other),
            ("PUT", Method::Other),
            ("PURGE", Method::Other),
            ("", Method::Other),
        ] {
            assert_eq!(Method::parse(text), expected, "{text:?}");
        }
    }
}
