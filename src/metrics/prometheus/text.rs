//! The lines of the exposition format.

/// Names and values. Names are our own; values may be anything.
pub(super) type Labels<'a> = &'a [(&'a str, &'a str)];

/// What a family is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of {
    Counter,
    Gauge,
    Summary,
}

impl Of {
    fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Summary => "summary",
        }
    }
}

/// All names begin with this.
const PREFIX: &str = "forebay_";

#[derive(Debug, Default)]
pub(super) struct Text(String);

impl Text {
    pub(super) fn into_string(self) -> String {
        self.0
    }

    /// Begins a family: its samples follow.
    pub(super) fn family(&mut self, of: Of, name: &str, help: &str) {
        let (help, of) = (escaped(help, Quotes::AsTheyAre), of.as_str());
        let lines = format!("# HELP {PREFIX}{name} {help}\n# TYPE {PREFIX}{name} {of}\n");
        self.0.push_str(&lines);
    }

    pub(super) fn count(&mut self, name: &str, labels: Labels<'_>, count: u64) {
        self.sample(name, labels, &count.to_string());
    }

    pub(super) fn number(&mut self, name: &str, labels: Labels<'_>, number: f64) {
        self.sample(name, labels, &number.to_string());
    }

    fn sample(&mut self, name: &str, labels: Labels<'_>, value: &str) {
        self.0.push_str(PREFIX);
        self.0.push_str(name);
        let pair = |(name, value): &(&str, &str)| {
            format!("{name}=\"{}\"", escaped(value, Quotes::Escaped))
        };
        if !labels.is_empty() {
            let pairs: Vec<String> = labels.iter().map(pair).collect();
            self.0.push_str(&format!("{{{}}}", pairs.join(",")));
        }
        self.0.push_str(&format!(" {value}\n"));
    }
}

/// A label's value stands in quotes, a help text does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    Escaped,
    AsTheyAre,
}

fn escaped(text: &str, quotes: Quotes) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '"' if quotes == Quotes::Escaped => escaped.push_str("\\\""),
            other => escaped.push(other),
        }
    }
    escaped
}
