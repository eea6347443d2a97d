//! What a command hands back to be reported.

use helmwright::diagnostic::{Diagnostic, has_errors, tidy};
use serde_json::Value;

use crate::exit::Exit;

/// The thing a command was asked for, in both shapes of `--format`.
pub(crate) trait Product {
    /// Returns it as text, with colours, ending in a newline if not empty.
    fn text(&self) -> String;

    /// Returns it as the `result` of the JSON object.
    fn json(&self) -> Value;

    /// Returns it as Markdown for the comment of a pull request, if it has that shape.
    fn markdown(&self) -> Option<String> {
        None
    }

    /// Says whether it only tells how the run went, so that `--quiet` leaves it out.
    fn is_talk(&self) -> bool {
        false
    }
}

/// What came of a command that ran.
pub(crate) struct Outcome {
    /// What was found, sorted.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What was asked for, if the run came that far.
    pub(crate) product: Option<Box<dyn Product>>,
    /// A few words after the closing count, such as "nothing was written".
    pub(crate) closing: &'static str,
    /// How it ended.
    pub(crate) exit: Exit,
}

impl Outcome {
    /// Sorts the findings and lets them decide how the run ended.
    pub(crate) fn new(mut diagnostics: Vec<Diagnostic>) -> Self {
        tidy(&mut diagnostics);
        let exit = if has_errors(&diagnostics) {
            Exit::Findings
        } else {
            Exit::Success
        };
        Self {
            diagnostics,
            product: None,
            closing: "",
            exit,
        }
    }

    /// Adds what was asked for.
    pub(crate) fn with(mut self, product: impl Product + 'static) -> Self {
        self.product = Some(Box::new(product));
        self
    }

    /// Says what became of the run.
    pub(crate) fn closing(mut self, words: &'static str) -> Self {
        self.closing = words;
        self
    }

    /// Adds findings that do not change how the run ended.
    pub(crate) fn and(mut self, warnings: Vec<Diagnostic>) -> Self {
        self.diagnostics.extend(warnings);
        tidy(&mut self.diagnostics);
        self
    }
}

/// A command could not run; the findings say why.
#[derive(Debug)]
pub(crate) struct Failure {
    diagnostics: Vec<Diagnostic>,
    closing: &'static str,
}

impl Failure {
    /// Makes a failure with some findings.
    pub(crate) fn new(diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            diagnostics,
            closing: "",
        }
    }

    /// Says what became of the run.
    pub(crate) fn closing(mut self, words: &'static str) -> Self {
        self.closing = words;
        self
    }

    /// Adds findings made before the failure.
    pub(crate) fn after(mut self, earlier: Vec<Diagnostic>) -> Self {
        self.diagnostics.extend(earlier);
        self
    }

    /// Makes a failure of ours, not of the user's: an asset that does not load.
    pub(crate) fn fault(error: &dyn std::error::Error) -> Self {
        let mut causes = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            // Some errors tell their cause themselves.
            if !causes.contains(&text) {
                causes.push_str(": ");
                causes.push_str(&text);
            }
            source = cause.source();
        }
        Diagnostic::error("internal/fault", causes)
            .why("this is a fault of helmwright, not of your files")
            .help("report it with this message and the command line")
            .into()
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::new(vec![diagnostic])
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Self {
            exit: Exit::CouldNotRun,
            ..Self::new(failure.diagnostics).closing(failure.closing)
        }
    }
}

/// Plain text with a JSON form that is made only when asked for.
pub(crate) struct Text {
    /// The text as it is printed.
    pub(crate) text: String,
    /// Whether it is a JSON document itself.
    pub(crate) is_json: bool,
}

impl Product for Text {
    fn text(&self) -> String {
        self.text.clone()
    }

    fn json(&self) -> Value {
        if self.is_json {
            serde_json::from_str(&self.text).unwrap_or_else(|_| Value::String(self.text.clone()))
        } else {
            Value::String(self.text.clone())
        }
    }
}
