//! Text of the user made safe for a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns whether a character would act on a terminal or hide text in place of showing a sign.
///
/// Besides the control characters these are the marks that turn the direction of writing, by which a line can be
/// made to read as another one, and the separators and marks without a width of their own.
pub(crate) fn is_hidden(character: char) -> bool {
    (character.is_control() && !matches!(character, '\n' | '\t'))
        || matches!(character,
            '\u{00ad}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Returns the text with hidden characters written out, as in `\u{1b}`; newlines and tabs stay.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        push(&mut safe, character);
    }
    Cow::Owned(safe)
}

/// Adds one character, written out if it is hidden.
pub(crate) fn push(text: &mut String, character: char) {
    if is_hidden(character) {
        let _ = write!(text, "\\u{{{:x}}}", u32::from(character));
    } else {
        text.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        assert_eq!(
            visible("a\u{1b}[31mb\u{9b}c\r\u{202e}d\u{7f}"),
            "a\\u{1b}[31mb\\u{9b}c\\u{d}\\u{202e}d\\u{7f}"
        );
        assert!(matches!(visible("é\n\tß 漢"), Cow::Borrowed(_)));
    }
}
