//! Printing what a command hands back. Nothing here decides what is said, only its shape.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use helmwright::diagnostic::Severity;

use crate::args::{Color, Format, Global, MessageFormat};
use crate::outcome::Outcome;
use crate::paths::Names;

mod escape;
mod github;
mod json;
mod sarif;
mod text;
mod window;

pub(crate) use escape::visible;

/// How the user wants to see it.
#[derive(Debug)]
pub(crate) struct View {
    format: Format,
    messages: MessageFormat,
    color: Color,
    quiet: bool,
    /// Whether the findings are what the command was asked for.
    pub(crate) findings_are_product: bool,
    /// Whether `--quiet` makes one line of each finding.
    pub(crate) short: bool,
    /// How names are shown.
    pub(crate) names: Names,
}

impl View {
    /// Takes the options of the command line.
    pub(crate) fn new(global: &Global, findings_are_product: bool) -> Self {
        Self {
            format: global.format,
            messages: global.message_format,
            color: global.color,
            quiet: global.quiet,
            findings_are_product,
            short: false,
            names: Names::default(),
        }
    }
}

/// Prints findings, product and closing line, each to its stream.
///
/// The product goes to standard output and talk to standard error. A JSON object holds both and stands alone on
/// standard output; SARIF stands alone on the stream of the findings.
pub(crate) fn print(outcome: &Outcome, view: &View) -> io::Result<()> {
    let choice = match view.color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    let mut out = AutoStream::new(io::stdout().lock(), choice);
    // What is said may go unheard; what was asked for may not.
    let mut err = AutoStream::new(io::stderr().lock(), choice);
    let mut say = |text: &str| {
        let _ = err.write_all(text.as_bytes());
        let _ = err.flush();
    };

    let as_object = view.format == Format::Json || view.messages == MessageFormat::Json;
    let findings_to_out = view.findings_are_product && !as_object;
    if as_object {
        writeln!(out, "{}", json::object(outcome, &view.names))?;
    }
    let findings = match view.messages {
        MessageFormat::Text if view.short && view.quiet => {
            text::lines(&outcome.diagnostics, &view.names)
        }
        MessageFormat::Text => text::render(&outcome.diagnostics, &view.names),
        MessageFormat::Github => github::render(&outcome.diagnostics, &view.names),
        MessageFormat::Sarif => sarif::render(&outcome.diagnostics, &view.names),
        MessageFormat::Json => String::new(),
    };
    if findings_to_out {
        out.write_all(findings.as_bytes())?;
    } else {
        say(&findings);
    }
    let alone = as_object || (findings_to_out && view.messages == MessageFormat::Sarif);
    if let Some(product) = outcome
        .product
        .as_ref()
        .filter(|product| !(alone || view.quiet && product.is_talk()))
    {
        let markdown = (view.format == Format::Markdown).then(|| product.markdown());
        match markdown.flatten() {
            // What it quotes has escape sequences written out already.
            Some(text) => out.write_all(text.as_bytes())?,
            None => out.write_all(product.text().as_bytes())?,
        }
    }
    out.flush()?;
    if matches!(view.messages, MessageFormat::Text | MessageFormat::Github)
        && let Some(line) = closing(outcome, view.quiet)
    {
        say(&format!("{line}\n"));
    }
    Ok(())
}

/// Says that the product could not be handed over.
pub(crate) fn print_failed(error: &io::Error) {
    let (style, word) = (text::ERROR.1, text::ERROR.0);
    let _ = writeln!(
        AutoStream::auto(io::stderr().lock()),
        "{style}{word}{style:#}: cannot write to standard output: {error}"
    );
}

/// Returns the line that counts what was found: `error: 3 errors, 1 warning; nothing was written`.
fn closing(outcome: &Outcome, quiet: bool) -> Option<String> {
    let count = |severity| {
        outcome
            .diagnostics
            .iter()
            .filter(|found| found.severity == severity)
            .count()
    };
    let counts: Vec<String> = [(Severity::Error, "error"), (Severity::Warning, "warning")]
        .into_iter()
        .filter_map(|(severity, noun)| match count(severity) {
            0 => None,
            1 => Some(format!("1 {noun}")),
            many => Some(format!("{many} {noun}s")),
        })
        .collect();
    let words = if outcome.closing.is_empty() {
        String::new()
    } else {
        format!("; {}", outcome.closing)
    };
    if counts.is_empty() {
        return (!quiet && !outcome.closing.is_empty()).then(|| outcome.closing.to_owned());
    }
    if quiet {
        return None;
    }
    let worst = if count(Severity::Error) > 0 {
        text::ERROR
    } else {
        text::WARNING
    };
    let style = worst.1;
    Some(format!(
        "{style}{}{style:#}: {}{words}",
        worst.0,
        counts.join(", ")
    ))
}
