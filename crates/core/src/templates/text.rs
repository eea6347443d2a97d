//! Functions of constant texts, computed as Sprig computes them.

use std::rc::Rc;

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
        "title" => capitalised(text, true),
        "untitle" => capitalised(text, false),
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
        "replace" => text.replace(&**first, second?),
        "kebabcase" => words(text).join("-"),
        "snakecase" => words(text).join("_"),
        "camelcase" => words(text)
            .iter()
            .map(|word| capitalised(word, true))
            .collect(),
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

fn capitalised(text: &str, upper: bool) -> String {
    let mut start = true;
    text.chars()
        .map(|letter| {
            let changed = if !start {
                letter
            } else if upper {
                letter.to_ascii_uppercase()
            } else {
                letter.to_ascii_lowercase()
            };
            start = letter.is_whitespace();
            changed
        })
        .collect()
}

/// Splits a name into lower-case words, at capitals and at what is neither letter nor digit.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut fresh = true;
    let mut before_lower = false;
    for letter in text.chars() {
        if !letter.is_alphanumeric() {
            fresh = true;
            before_lower = false;
            continue;
        }
        if fresh || letter.is_uppercase() && before_lower {
            words.push(String::new());
        }
        fresh = false;
        before_lower = !letter.is_uppercase();
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words
}
