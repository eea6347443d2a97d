//! Splits Go source into tokens.

/// A token of Go source.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword.
    Word(String),
    /// A text in quotes or back quotes, without them.
    Text(String),
    /// Any other sign; numbers and runes come as `0`.
    Sign(char),
    /// The end of a line.
    Line,
}

/// Returns the tokens of a text; comments are left out.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            let end = rest.find("*/").map_or(rest.len(), |end| end + 2);
            if rest[..end].contains('\n') {
                tokens.push(Token::Line);
            }
            rest = &rest[end..];
        } else if first == '`' {
            let body = &rest[1..];
            let end = body.find('`').unwrap_or(body.len());
            tokens.push(Token::Text(body[..end].to_owned()));
            rest = body.get(end + 1..).unwrap_or("");
        } else if first == '"' || first == '\'' {
            let (body, after) = quoted(&rest[1..], first);
            tokens.push(if first == '"' {
                Token::Text(body)
            } else {
                Token::Sign('0')
            });
            rest = after;
        } else if first.is_alphabetic() || first == '_' {
            let end = rest
                .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
                .unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if first.is_ascii_digit() {
            let end = rest
                .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
                .unwrap_or(rest.len());
            tokens.push(Token::Sign('0'));
            rest = &rest[end..];
        } else {
            if first == '\n' {
                tokens.push(Token::Line);
            } else if !first.is_whitespace() {
                tokens.push(Token::Sign(first));
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    tokens
}

/// Splits at the closing quote. Escapes are kept but for those of quotes.
fn quoted(text: &str, quote: char) -> (String, &str) {
    let mut body = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                if let Some((_, escaped)) = letters.next() {
                    if escaped != quote {
                        body.push('\\');
                    }
                    body.push(escaped);
                }
            }
            _ if letter == quote => return (body, &text[at + 1..]),
            _ => body.push(letter),
        }
    }
    (body, "")
}
