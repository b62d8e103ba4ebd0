//! `multipart/byteranges` (RFC 9110 §14.6): several ranges of one representation in one body, laid out as
//! pieces, so that whoever has the bytes copies none of them.

use super::ByteRange;
use super::content_range::ContentRange;

/// What separates the parts. Whoever makes it takes it from randomness, so that it stands in no body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary(String);

impl Boundary {
    /// 1 to 70 letters and digits, which RFC 2046 §5.1.1 takes without quotes.
    pub fn new(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let fits = (1..=70).contains(&text.len());
        (is_plain && fits).then(|| Self(text.to_owned()))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// Bytes of the representation.
    Bytes(ByteRange),
}

impl Piece {
    pub fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Bytes(range) => range.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A 206 with several parts. It has no `Content-Range` of its own (§15.3.7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multipart {
    pub content_type: String,
    pub pieces: Vec<Piece>,
}

impl Multipart {
    /// `content_type`: that of the representation, which each part repeats when there is one.
    pub fn new(
        ranges: &[ByteRange],
        complete: u64,
        content_type: Option<&str>,
        boundary: &Boundary,
    ) -> Self {
        let mut pieces = Vec::with_capacity(ranges.len() * 2 + 1);
        for (at, range) in ranges.iter().enumerate() {
            let before = if at == 0 { "" } else { "\r\n" };
            let described = ContentRange::Part {
                range: *range,
                complete: Some(complete),
            };
            let typed = content_type.map_or_else(String::new, |t| format!("Content-Type: {t}\r\n"));
            pieces.push(Piece::Text(format!(
                "{before}--{}\r\n{typed}Content-Range: {described}\r\n\r\n",
                boundary.0
            )));
            pieces.push(Piece::Bytes(*range));
        }
        pieces.push(Piece::Text(format!("\r\n--{}--\r\n", boundary.0)));
        Self {
            content_type: format!("multipart/byteranges; boundary={}", boundary.0),
            pieces,
        }
    }

    /// `Content-Length`; `None` when it does not fit a number.
    pub fn content_length(&self) -> Option<u64> {
        self.pieces
            .iter()
            .try_fold(0_u64, |sum, piece| sum.checked_add(piece.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_9110_14_6_each_part_says_its_type_and_its_range() {
        let ranges = [ByteRange::new(0, 1).unwrap(), ByteRange::new(6, 8).unwrap()];
        let boundary = Boundary::new("SEP").unwrap();
        let body = Multipart::new(&ranges, 10, Some("text/plain"), &boundary);
        assert_eq!(body.content_type, "multipart/byteranges; boundary=SEP");
        let text: String = body
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Bytes(range) => {
                    "0123456789"[range.first() as usize..range.end() as usize].to_owned()
                }
            })
            .collect();
        assert_eq!(
            text,
            "--SEP\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01\
             \r\n--SEP\r\nContent-Type: text/plain\r\nContent-Range: bytes 6-8/10\r\n\r\n678\
             \r\n--SEP--\r\n"
        );
        assert_eq!(body.content_length(), Some(text.len() as u64));
    }

    #[test]
    fn a_representation_without_a_type_gives_parts_without_one() {
        let ranges = [ByteRange::new(0, 0).unwrap(), ByteRange::new(2, 2).unwrap()];
        let body = Multipart::new(&ranges, 3, None, &Boundary::new("b").unwrap());
        assert_eq!(
            body.pieces[0],
            Piece::Text("--b\r\nContent-Range: bytes 0-0/3\r\n\r\n".to_owned())
        );
    }

    #[test]
    fn a_boundary_needs_no_quotes() {
        assert!(Boundary::new("a1B2").is_some());
        assert!(Boundary::new(&"a".repeat(70)).is_some());
        for text in ["", "a b", "a\"", "a:b", &"a".repeat(71)] {
            assert_eq!(Boundary::new(text), None, "{text:?}");
        }
    }
}
