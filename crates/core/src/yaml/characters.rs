//! Characters that Helm refuses, or that readers take differently.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::source::{Location, Source, Span};

/// How many of them are reported; a binary file would otherwise fill the screen.
const MAX_REPORTED: usize = 20;

/// What is wrong with a character.
enum Fault {
    Control,
    Separator,
}

/// Returns whether YAML 1.1 allows a character to stand in a text as it is.
///
/// Source: YAML 1.1, 5.1 "Character set"; the same set as go-yaml's and PyYAML's readers.
pub(super) const fn is_printable(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}'
        | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// Returns whether YAML 1.1 ends a line at a character where YAML 1.2 does not.
pub(super) const fn is_old_line_break(character: char) -> bool {
    matches!(character, '\u{85}' | '\u{2028}' | '\u{2029}')
}

const fn fault(character: char) -> Option<Fault> {
    if is_old_line_break(character) {
        Some(Fault::Separator)
    } else if is_printable(character) {
        None
    } else {
        Some(Fault::Control)
    }
}

/// Reports forbidden characters and returns the text with as many harmless bytes in their place, so that it can
/// be read on.
pub(super) fn check(source: &Arc<Source>, found: &mut Vec<Diagnostic>) -> Option<String> {
    let text = source.text();
    let mark = if text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    let faults = || {
        text.char_indices()
            .filter(|(at, _)| *at >= mark)
            .filter_map(|(at, character)| fault(character).map(|fault| (at, character, fault)))
    };
    for (at, character, fault) in faults().take(MAX_REPORTED) {
        let location = Location::new(source, Span::new(at, at + character.len_utf8()));
        let code = u32::from(character);
        found.push(match fault {
            Fault::Control => {
                Diagnostic::error("yaml/control-character", format!("the character U+{code:04X} may not stand in YAML"))
                    .at(&location)
                    .why("Helm refuses the whole file")
                    .help(if character == '\u{feff}' {
                        "remove it; a byte-order mark belongs to the very start of a file only".to_owned()
                    } else {
                        format!("remove it, or write it as `\\u{code:04X}` in double quotes")
                    })
            }
            Fault::Separator => {
                Diagnostic::error("yaml/line-separator", format!("the character U+{code:04X} stands here as it is"))
                    .at(&location)
                    .why("for Helm it ends the line, for newer readers it does not, so they read different data")
                    .help(format!("write it as `\\u{code:04X}` in double quotes, or use a line break"))
            }
        });
    }
    let first = faults().next()?.0;
    let masked: String = text
        .char_indices()
        .map(|(at, character)| match fault(character) {
            Some(_) if at >= first => "_".repeat(character.len_utf8()),
            _ => character.to_string(),
        })
        .collect();
    Some(masked)
}
