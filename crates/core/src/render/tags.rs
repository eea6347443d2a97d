//! What a template from outside may not say: its expressions place values, and build none.
//!
//! Steps are counted and output is bounded while it is written, but one `~` in a chain of them doubles a text, and
//! a list of two equal lists takes twice as long to compare, without a step more. So neither can be written.

use crate::source::Span;

/// Something in a template that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Where it stands.
    pub(crate) span: Span,
    /// What it is.
    pub(crate) what: What,
}

/// What is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A sign that joins or repeats values.
    Operator(char),
    /// A list or a map of other values.
    Collection,
}

/// Words that stand before a value and not before a subscript or a call.
const KEYWORDS: [&str; 12] = [
    "in",
    "not",
    "and",
    "or",
    "if",
    "elif",
    "else",
    "is",
    "for",
    "set",
    "with",
    "recursive",
];

/// Words that are values by themselves.
const CONSTANTS: [&str; 6] = ["true", "false", "none", "True", "False", "None"];

/// Returns everything in a template that is refused, in the order of the text.
pub(crate) fn refused(text: &str) -> Vec<Refused> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('{').map(|offset| at + offset) {
        let (end, body) = match text.as_bytes().get(open + 1) {
            Some(b'#') => {
                at = text[open..]
                    .find("#}")
                    .map_or(text.len(), |end| open + end + 2);
                continue;
            }
            Some(b'{') => ("}}", open + 2),
            Some(b'%') => ("%}", open + 2),
            _ => {
                at = open + 1;
                continue;
            }
        };
        let mut tag = Tag::new(text, body, end);
        let close = tag.walk(&mut found);
        at = close;
        if end == "%}" && tag.first == "raw" {
            // What stands between is no template, whatever it looks like.
            at = text[close..]
                .match_indices("{%")
                .map(|(offset, _)| close + offset)
                .find(|start| {
                    let rest = text[start + 2..].trim_start_matches(['-', '+']);
                    rest.trim_start().starts_with("endraw")
                })
                .unwrap_or(text.len());
        }
    }
    found
}

/// A bracket that is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// Of a call or a subscript.
    Follows,
    /// Of a list or a map.
    Collection,
    /// Around an expression.
    Group,
}

/// A walk through one tag.
struct Tag<'a> {
    text: &'a str,
    at: usize,
    end: &'static str,
    /// Its first word: the statement.
    first: &'a str,
    /// Whether what stands last is a value, so that a bracket behind it belongs to it.
    after_value: bool,
    /// Whether the word `in` of a loop was passed.
    in_list: bool,
    brackets: Vec<Bracket>,
}

impl<'a> Tag<'a> {
    fn new(text: &'a str, at: usize, end: &'static str) -> Self {
        Self {
            text,
            at,
            end,
            first: "",
            after_value: false,
            in_list: false,
            brackets: Vec::new(),
        }
    }

    /// Goes to the end of the tag and returns where that is.
    fn walk(&mut self, found: &mut Vec<Refused>) -> usize {
        let start = self.at;
        while let Some(char) = self.text[self.at..].chars().next() {
            let rest = &self.text[self.at..];
            if rest.starts_with(self.end) && !self.brackets.contains(&Bracket::Collection)
                || rest.starts_with(self.end) && self.end == "%}"
            {
                return self.at + 2;
            }
            let mut refuse = |at: usize, what| {
                let span = Span::new(at, at + char.len_utf8());
                found.push(Refused { span, what });
            };
            match char {
                '"' | '\'' => {
                    self.at += string_end(rest);
                    self.after_value = true;
                    continue;
                }
                '~' | '*' => refuse(self.at, What::Operator(char)),
                '+' => {
                    let is_sign = self.at == start || rest[1..].starts_with(self.end);
                    if !is_sign {
                        refuse(self.at, What::Operator(char));
                    }
                }
                '[' | '{' | '(' => {
                    self.brackets.push(match char {
                        _ if self.after_value => Bracket::Follows,
                        '(' => Bracket::Group,
                        _ => Bracket::Collection,
                    });
                }
                ']' | '}' | ')' => {
                    self.brackets.pop();
                    self.after_value = true;
                    self.at += 1;
                    continue;
                }
                ',' => {
                    let bare = self.first == "set" || self.first == "for" && self.in_list;
                    if self.brackets.last() == Some(&Bracket::Group)
                        || self.brackets.is_empty() && bare
                    {
                        refuse(self.at, What::Collection);
                    }
                }
                '_' | 'a'..='z' | 'A'..='Z' => {
                    self.word(found);
                    continue;
                }
                char if char.is_ascii_digit() => {
                    self.after_value = true;
                    self.at += 1;
                    continue;
                }
                char if char.is_whitespace() => {
                    self.at += char.len_utf8();
                    continue;
                }
                _ => {}
            }
            self.after_value = false;
            self.at += char.len_utf8();
        }
        self.at
    }

    /// Passes a word.
    fn word(&mut self, found: &mut Vec<Refused>) {
        let rest = &self.text[self.at..];
        let length = rest
            .find(|char: char| !(char.is_alphanumeric() || char == '_'))
            .unwrap_or(rest.len());
        let word = &rest[..length];
        if self.first.is_empty() && self.end == "%}" {
            self.first = word;
        }
        self.in_list |= word == "in";
        let is_value = !KEYWORDS.contains(&word);
        if is_value && !CONSTANTS.contains(&word) && self.brackets.contains(&Bracket::Collection) {
            found.push(Refused {
                span: Span::new(self.at, self.at + length),
                what: What::Collection,
            });
        }
        self.after_value = is_value;
        self.at += length;
    }
}

/// Returns the length of a text in quotes, the quotes counted.
fn string_end(rest: &str) -> usize {
    let mut chars = rest.char_indices();
    let Some((_, quote)) = chars.next() else {
        return 0;
    };
    while let Some((at, char)) = chars.next() {
        if char == '\\' {
            chars.next();
        } else if char == quote {
            return at + 1;
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn what(text: &str) -> Vec<&str> {
        refused(text)
            .iter()
            .map(|found| &text[found.span.start..found.span.end])
            .collect()
    }

    #[test]
    fn values_are_placed_and_not_built() {
        for (text, expected) in [
            ("a: {{ b ~ c }}", vec!["~"]),
            ("{% set x = b + b %}", vec!["+"]),
            ("{{ \"x\" * 9 }}", vec!["*"]),
            ("{% set x = [b, b] %}", vec!["b", "b"]),
            ("{% set x = {\"a\": b} %}", vec!["b"]),
            ("{% set x = b, b %}", vec![","]),
            ("{{ m((b, b)) }}", vec![","]),
            ("{% for x in b, b %}{% endfor %}", vec![","]),
            ("{% if x in [y] %}", vec!["y"]),
            ("{{ a[[b]] }}", vec!["b"]),
        ] {
            assert_eq!(what(text), expected, "{text}");
        }
        for text in [
            "~ + * {# ~ #}",
            "{{ a.b | block(2) }}",
            "{{ a[0] }}{{ a[\"~\"] }}",
            "{% if tier in [\"dev\", \"test\"] and (a or b) %}",
            "{% for k, v in a.b %}",
            "{%+ if a -%}{%- endif +%}",
            "{% macro m(a, b=none) %}{% endmacro %}{{ m(a, b=c) }}",
            "{% raw %}{{ a ~ b }}{% endraw %}",
            "{{ a - 1 }}",
            "{{ {\"a\": {}} }}",
            "plain { text } {",
        ] {
            assert_eq!(what(text), Vec::<&str>::new(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_walked(text in "(\\{\\{|\\{%|%\\}|\\}\\}|raw|endraw|set|[-+~*\\[\\](){}\"'\\\\,a é#])*") {
            for found in refused(&text) {
                prop_assert!(text.get(found.span.start..found.span.end).is_some());
            }
        }
    }
}
