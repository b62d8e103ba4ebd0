//! RFC 9111 §3 once more, as the straight list of conditions that its text is, over facts that never were
//! header text. Every combination of facts is put to both.

use super::*;

/// The facts of one exchange. Lifetimes, where there are any, are of 60 seconds.
#[derive(Clone, Copy, Debug)]
struct Facts {
    method: &'static str,
    same_location: bool,
    status: u16,
    authorization: bool,
    request_no_store: bool,
    max_age: Number,
    s_maxage: bool,
    expires: Number,
    public: bool,
    private: bool,
    private_cookie: bool,
    no_store: bool,
    no_cache: bool,
    must_revalidate: bool,
    must_understand: bool,
    targeted: bool,
    set_cookie: bool,
    content_range: bool,
    etag: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Absent,
    Sixty,
    Garbage,
}

const NUMBERS: [Number; 3] = [Number::Absent, Number::Sixty, Number::Garbage];

const PLAIN: Facts = Facts {
    method: "GET",
    same_location: false,
    status: 200,
    authorization: false,
    request_no_store: false,
    max_age: Number::Absent,
    s_maxage: false,
    expires: Number::Absent,
    public: false,
    private: false,
    private_cookie: false,
    no_store: false,
    no_cache: false,
    must_revalidate: false,
    must_understand: false,
    targeted: false,
    set_cookie: false,
    content_range: false,
    etag: false,
};

/// Copied by hand from the tables of contents of RFC 9110 §15 (without 305, 306 and 418), RFC 6585 and
/// RFC 7725.
const UNDERSTOOD: [u16; 46] = [
    200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404,
    405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426, 428, 429, 431,
    451, 500, 501, 502, 503, 504, 505, 511,
];

/// The last sentence of RFC 9110 §15.1, and RFC 7725 §3.
const HEURISTIC: [u16; 13] = [
    200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501, 451,
];

/// "A cache MUST NOT store a response to a request unless:"
fn may_store(f: &Facts) -> bool {
    let understood = UNDERSTOOD.contains(&f.status);
    let expires = !f.targeted && f.expires != Number::Absent;
    let explicit = f.s_maxage || f.max_age != Number::Absent || expires;
    let conditions = [
        // "the request method is understood by the cache"; RFC 9110 §9.3.3 for POST.
        f.method == "GET" || f.method == "POST" && f.status == 200 && explicit && f.same_location,
        // "the response status code is final"
        f.status >= 200 && f.status < 600,
        // "if the response status code is 206 or 304, or the must-understand cache directive is present:
        // the cache understands the response status code". What 304 asks for is to freshen.
        f.status != 206 || f.content_range,
        f.status != 304,
        !f.must_understand || understood,
        // "the no-store cache directive is not present in the response", and §5.2.2.3
        !f.no_store || f.must_understand && understood,
        // §5.2.1.5
        !f.request_no_store,
        // "the private response directive is either not present or allows a shared cache to store a
        // modified response"
        !f.private,
        // "the Authorization header field is not present in the request or a response directive is
        // present that explicitly allows shared caching"
        !f.authorization || f.public || f.must_revalidate || f.s_maxage,
        // "the response contains at least one of the following"
        f.public || explicit || HEURISTIC.contains(&f.status),
        // RFC 6585: "MUST NOT be stored by a cache"
        ![428, 429, 431, 511].contains(&f.status),
        // Forebay's own: answers to one request, cookies, and what could never be used.
        ![226, 401, 407, 412, 416, 417].contains(&f.status),
        !f.set_cookie || f.private_cookie,
        f.etag || is_ever_fresh(f) && !f.no_cache,
    ];
    conditions.into_iter().all(|condition| condition)
}

/// "evaluating the following rules and using the first match" (§4.2.1). There is no Last-Modified.
fn is_ever_fresh(f: &Facts) -> bool {
    if f.s_maxage {
        return true;
    }
    match (f.max_age, f.targeted) {
        (Number::Sixty, _) => true,
        (Number::Garbage, _) | (Number::Absent, true) => false,
        (Number::Absent, false) => f.expires == Number::Sixty,
    }
}

/// The same facts as a message.
fn decided(f: &Facts) -> Storability {
    let mut directives = Vec::new();
    match f.max_age {
        Number::Absent => {}
        Number::Sixty => directives.push("max-age=60"),
        Number::Garbage => directives.push("max-age=sixty"),
    }
    let flags = [
        (f.s_maxage, "s-maxage=60"),
        (f.public, "public"),
        (f.private, "private"),
        (f.private_cookie, "private=\"Set-Cookie\""),
        (f.no_store, "no-store"),
        (f.no_cache, "no-cache"),
        (f.must_revalidate, "must-revalidate"),
        (f.must_understand, "must-understand"),
    ];
    directives.extend(flags.iter().filter(|(on, _)| *on).map(|(_, name)| *name));
    let directives = directives.join(", ");
    let mut lines = Vec::new();
    if f.targeted {
        // The field is never empty, so what is beside it is ignored.
        lines.push(("Cache-Control", "no-store, private"));
        lines.push(("CDN-Cache-Control", "extension"));
        if !directives.is_empty() {
            lines.push(("CDN-Cache-Control", directives.as_str()));
        }
    } else {
        lines.push(("Cache-Control", directives.as_str()));
    }
    match f.expires {
        Number::Absent => {}
        Number::Sixty => lines.push(("Expires", FUTURE)),
        Number::Garbage => lines.push(("Expires", "0")),
    }
    let fields = [
        (f.set_cookie, ("Set-Cookie", "a=b")),
        (f.content_range, ("Content-Range", "bytes 0-0/2")),
        (f.etag, ("ETag", "\"a\"")),
    ];
    lines.extend(fields.iter().filter(|(on, _)| *on).map(|(_, line)| *line));
    storability(asked(f), f.status, &lines)
}

fn asked(f: &Facts) -> Asked<'static> {
    Asked {
        method: Method::parse(f.method),
        cache_control: if f.request_no_store { "no-store" } else { "" },
        authorization: if f.authorization {
            Authorization::Present
        } else {
            Authorization::Absent
        },
        content_location: if f.same_location {
            ContentLocation::SameAsTarget
        } else {
            ContentLocation::Elsewhere
        },
    }
}

/// Puts one set of facts to both, and gives whether it was stored.
fn agree(f: &Facts) -> bool {
    match (decided(f), may_store(f)) {
        (Storability::Store { form, omitted }, true) => {
            assert_eq!(form == Form::Partial, f.status == 206, "{f:?}");
            let cookie: &[&str] = if f.private_cookie {
                &["set-cookie"]
            } else {
                &[]
            };
            // An unqualified `private` was refused, so what is left are the named fields.
            assert_eq!(omitted, cookie, "{f:?}");
            true
        }
        (Storability::Refuse(_), false) => false,
        (found, expected) => panic!("{found:?}, but may_store = {expected}: {f:?}"),
    }
}

fn bit(bits: u32, at: u32) -> bool {
    (bits >> at) & 1 == 1
}

#[test]
fn every_set_of_directives_and_fields_is_decided_as_the_text_says() {
    let mut stored = 0_u32;
    let mut refused = 0_u32;
    for status in [200, 206, 302, 599] {
        for (max_age, expires) in NUMBERS.iter().flat_map(|m| NUMBERS.map(|e| (*m, e))) {
            for bits in 0..1 << 12 {
                let facts = Facts {
                    status,
                    max_age,
                    expires,
                    s_maxage: bit(bits, 0),
                    public: bit(bits, 1),
                    private: bit(bits, 2),
                    private_cookie: bit(bits, 3) && !bit(bits, 2),
                    no_store: bit(bits, 4),
                    no_cache: bit(bits, 5),
                    must_revalidate: bit(bits, 6),
                    must_understand: bit(bits, 7),
                    targeted: bit(bits, 8),
                    set_cookie: bit(bits, 9),
                    authorization: bit(bits, 10),
                    etag: bit(bits, 11),
                    content_range: status == 206,
                    ..PLAIN
                };
                *(if agree(&facts) {
                    &mut stored
                } else {
                    &mut refused
                }) += 1;
            }
        }
    }
    assert!(stored > 10_000 && refused > 10_000, "{stored} {refused}");
}

#[test]
fn every_method_and_status_is_decided_as_the_text_says() {
    let mut stored = 0_u32;
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "get"] {
        for status in 0..=620 {
            for bits in 0..1 << 6 {
                let facts = Facts {
                    method,
                    status,
                    same_location: bit(bits, 0),
                    request_no_store: bit(bits, 1),
                    content_range: bit(bits, 2),
                    max_age: if bit(bits, 3) {
                        Number::Sixty
                    } else {
                        Number::Absent
                    },
                    public: bit(bits, 4),
                    must_understand: bit(bits, 5),
                    etag: true,
                    ..PLAIN
                };
                stored += u32::from(agree(&facts));
            }
        }
    }
    assert!(stored > 1_000, "{stored}");
}
