//! Findings as workflow commands, which GitHub shows beside the changed lines.

use std::fmt::Write as _;

use helmwright::diagnostic::{Diagnostic, Severity};

use super::json::lines;
use crate::paths::Names;

/// Returns one line a finding.
pub(crate) fn render(diagnostics: &[Diagnostic], names: &Names) -> String {
    let mut text = String::new();
    for found in diagnostics {
        let command = match found.severity {
            Severity::Info => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let _ = write!(text, "::{command} ");
        if let Some(location) = found.location() {
            let _ = write!(
                text,
                "file={},",
                property(&names.path(location.source.name()))
            );
            if let Some(range) = lines(location) {
                let _ = write!(
                    text,
                    "line={},col={},",
                    range.start.line, range.start.column
                );
                let _ = write!(
                    text,
                    "endLine={},endColumn={},",
                    range.end.line, range.end.column
                );
            }
        }
        let mut message = found.message.clone();
        for (name, words) in [("why", &found.why), ("help", &found.help)] {
            if let Some(words) = words {
                let _ = write!(message, "\n{name}: {words}");
            }
        }
        let _ = writeln!(text, "title={}::{}", property(&found.id), data(&message));
    }
    text
}

/// Escapes what follows the `::`, as the runner reads it back. Other hidden characters are written out.
fn data(text: &str) -> String {
    super::visible(
        &text
            .replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A"),
    )
    .into_owned()
}

/// Escapes a property, which must not hold the signs between properties either.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use helmwright::source::{Location, Source, Span};

    use super::*;

    #[test]
    fn escapes_what_the_runner_would_read() {
        let source = Source::new("envs/a,b:c.yaml", "x: 1\ny: 2\n");
        let found = [
            Diagnostic::error("a/b", "100%\n::error::forged")
                .at(&Location::new(&source, Span::new(8, 9)))
                .why("w\r")
                .help("h\u{1b}"),
            Diagnostic::new(Severity::Info, "a/c", "m")
                .at(&Location::of_file(&Source::new("x", ""))),
            Diagnostic::warning("a/d", "m"),
        ];
        assert_eq!(
            render(&found, &Names::default()),
            "::error file=envs/a%2Cb%3Ac.yaml,line=2,col=4,endLine=2,endColumn=5,title=a/b::100%25%0A%3A%3Aerror::forged%0Awhy: w%0D%0Ahelp: h\\u{1b}\n"
                .replace("%3A%3Aerror", "::error")
                + "::notice file=x,title=a/c::m\n::warning title=a/d::m\n"
        );
    }
}
