//! Functions of constant texts, computed as Sprig computes them.

use std::rc::Rc;

use super::limits::LONGEST_TEXT;
use super::value::Value;

/// A part of a format of `printf`.
pub(super) enum Part {
    Text(String),
    Verb(char),
}

/// Splits a format of `printf` at its verbs.
pub(super) fn verbs(format: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        if letters.peek() == Some(&'%') {
            letters.next();
            text.push('%');
            continue;
        }
        // Flags, width and precision stand before the verb's letter.
        while letters
            .peek()
            .is_some_and(|next| next.is_ascii_digit() || "+-# .".contains(*next))
        {
            letters.next();
        }
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut text)));
        }
        if let Some(verb) = letters.next() {
            parts.push(Part::Verb(verb));
        }
    }
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    parts
}

/// Computes a function of texts; nothing for a function that is not computed here.
pub(super) fn fold(name: &str, args: &[Rc<str>]) -> Option<Value> {
    let text = args.last()?;
    let first = args.first()?;
    let second = args.get(1);
    Some(Value::text(&match name {
        "lower" => text.to_lowercase(),
        "upper" => text.to_uppercase(),
        "title" => capitalised(text),
        "untitle" => uncapitalised(text),
        "trim" => text.trim().to_owned(),
        "trimAll" => text
            .trim_matches(|letter| first.contains(letter))
            .to_owned(),
        "trimSuffix" => text.strip_suffix(&**first).unwrap_or(text).to_owned(),
        "trimPrefix" => text.strip_prefix(&**first).unwrap_or(text).to_owned(),
        "nospace" => text
            .chars()
            .filter(|letter| !letter.is_whitespace())
            .collect(),
        "toString" => text.to_string(),
        "trunc" => {
            let length: i64 = first.parse().ok()?;
            let letters: Vec<char> = text.chars().collect();
            let count = usize::try_from(length.unsigned_abs())
                .ok()?
                .min(letters.len());
            let kept = if length < 0 {
                &letters[letters.len() - count..]
            } else {
                &letters[..count]
            };
            kept.iter().collect()
        }
        "replace" => {
            let second = second?;
            let grown = text.matches(&**first).count().saturating_mul(second.len());
            if grown > LONGEST_TEXT {
                return None;
            }
            text.replace(&**first, second)
        }
        "kebabcase" => lower_case(text, '-'),
        "snakecase" => lower_case(text, '_'),
        "camelcase" => camel_case(text),
        "contains" => return Some(Value::Bool(text.contains(&**first))),
        "hasPrefix" => return Some(Value::Bool(text.starts_with(&**first))),
        "hasSuffix" => return Some(Value::Bool(text.ends_with(&**first))),
        _ => return None,
    }))
}

/// Returns the text that a regular expression stands for, if it stands for one text only.
pub(super) fn literal(pattern: &str) -> Option<String> {
    let mut text = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.push(letters.next().filter(char::is_ascii_punctuation)?),
            '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => {
                return None;
            }
            letter => text.push(letter),
        }
    }
    (!text.is_empty()).then_some(text)
}

/// Applies a function that only changes how a text looks to each of the texts a value may be.
pub(super) fn map(name: &str, args: &[Value]) -> Option<Value> {
    let (value, others) = args.split_last()?;
    let others: Vec<Rc<str>> = others.iter().map(Value::constant).collect::<Option<_>>()?;
    let texts = value.constants()?;
    let folded: Option<Vec<Value>> = texts
        .into_iter()
        .map(|text| {
            let mut args = others.clone();
            args.push(text);
            fold(name, &args)
        })
        .collect();
    Some(Value::one_of(folded?))
}

/// Returns a number as a count of columns.
pub(super) fn to_index(number: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what a line can hold"
    )]
    let index = number.clamp(0.0, 1000.0) as usize;
    index
}

/// Writes words large as Go does: after anything but a letter, a digit and an underscore.
fn capitalised(text: &str) -> String {
    let mut start = true;
    text.chars()
        .map(|letter| {
            let changed = if start {
                letter.to_uppercase().next().unwrap_or(letter)
            } else {
                letter
            };
            start = !letter.is_alphanumeric() && letter != '_';
            changed
        })
        .collect()
}

/// Writes words small, after white space only.
fn uncapitalised(text: &str) -> String {
    let mut start = true;
    text.chars()
        .map(|letter| {
            let changed = if start {
                letter.to_lowercase().next().unwrap_or(letter)
            } else {
                letter
            };
            start = letter.is_whitespace();
            changed
        })
        .collect()
}

/// Returns whether a letter joins words of a name.
fn joins(letter: char) -> bool {
    matches!(letter, '-' | '_') || letter.is_whitespace()
}

/// Writes a name small, with one sign between its words.
fn lower_case(text: &str, sign: char) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut name = String::new();
    for (at, letter) in letters.iter().copied().enumerate() {
        if joins(letter) {
            name.push(sign);
            continue;
        }
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters[at..]
            .iter()
            .copied()
            .find(|after| !after.is_ascii_digit() || !letter.is_ascii_digit());
        let follows_lower = before.is_some_and(|before| before.is_lowercase());
        let follows_digit = before.is_some_and(|before| before.is_ascii_digit());
        let follows_upper = before.is_some_and(|before| before.is_uppercase());
        let next_is_lower = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = if letter.is_uppercase() {
            follows_lower || follows_digit || follows_upper && next_is_lower
        } else {
            // Digits belong to the word before, unless small letters follow them.
            letter.is_ascii_digit()
                && (follows_lower || follows_upper)
                && after.is_some_and(char::is_lowercase)
        };
        if begins {
            name.push(sign);
        }
        name.extend(letter.to_lowercase());
    }
    name
}

/// Writes a name without signs between its words, each with a large letter first.
fn camel_case(text: &str) -> String {
    let inner = text.trim_start_matches(joins);
    let (before, inner) = text.split_at(text.len() - inner.len());
    let core = inner.trim_end_matches(joins);
    let after = &inner[core.len()..];
    let mut name = before.to_owned();
    let mut start = true;
    let mut in_capitals = false;
    for letter in core.chars() {
        if joins(letter) {
            // Of several signs between two words one is left out.
            if start {
                name.push(letter);
            }
            start = true;
        } else if start {
            name.extend(letter.to_uppercase());
            in_capitals = letter.is_uppercase();
            start = false;
        } else if in_capitals && letter.is_uppercase() {
            name.extend(letter.to_lowercase());
        } else {
            in_capitals = false;
            name.push(letter);
        }
    }
    name.push_str(after);
    name
}
