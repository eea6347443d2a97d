//! Names as words, so that `accessLog` and `logs.access` are seen to be alike.

use crate::diagnostic::is_slip;

/// Returns a name without capitals, hyphens and underscores.
pub(super) fn fold(name: &str) -> String {
    name.chars()
        .filter(|letter| !matches!(letter, '-' | '_' | '.'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Returns the words of a path's keys: split at capitals and signs, in lower case, without the plural's `s`.
pub(super) fn words<'k>(keys: impl IntoIterator<Item = &'k str>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for key in keys {
        let mut word = String::new();
        let mut before = None;
        for letter in key.chars() {
            let is_start = letter.is_uppercase() && before.is_some_and(char::is_lowercase);
            if (is_start || !letter.is_alphanumeric()) && !word.is_empty() {
                words.push(singular(std::mem::take(&mut word)));
            }
            if letter.is_alphanumeric() {
                word.extend(letter.to_lowercase());
            }
            before = Some(letter);
        }
        if !word.is_empty() {
            words.push(singular(word));
        }
    }
    words.sort();
    words.dedup();
    words
}

/// Returns the last word of a name.
pub(super) fn last_word(name: &str) -> String {
    let start = name
        .char_indices()
        .rev()
        .find(|(at, letter)| *at > 0 && (letter.is_uppercase() || !letter.is_alphanumeric()))
        .map_or(0, |(at, _)| at);
    words([name.get(start..).unwrap_or(name)])
        .pop()
        .unwrap_or_default()
}

fn singular(word: String) -> String {
    let stem = word.strip_suffix('s').filter(|stem| stem.len() > 2);
    match stem {
        Some(stem) if !stem.ends_with('s') => stem.to_owned(),
        _ => word,
    }
}

/// Returns whether two words are one, or one the beginning of the other: `cert` and `certificate`.
pub(super) fn alike(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() {
        (one, other)
    } else {
        (other, one)
    };
    one == other || short.len() >= 4 && long.starts_with(short)
}

/// How two sets of words agree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreement {
    /// The part of all words that both have.
    pub(super) share: f64,
    /// Whether one side has all words of the other.
    pub(super) nested: bool,
}

/// Compares the words of two paths.
pub(super) fn agreement(one: &[String], other: &[String]) -> Agreement {
    let common = one
        .iter()
        .filter(|word| other.iter().any(|twin| alike(word, twin)))
        .count()
        .min(other.len());
    let all = one.len() + other.len() - common;
    #[expect(clippy::cast_precision_loss, reason = "a path has a few words")]
    let share = if all == 0 {
        1.0
    } else {
        common as f64 / all as f64
    };
    Agreement {
        share,
        nested: common == one.len().min(other.len()),
    }
}

/// Returns whether a name is like another one: a slip of the finger, or made of the same words.
pub(super) fn names_alike(one: &str, other: &str) -> bool {
    if fold(one) == fold(other) || is_slip(one, other) {
        return true;
    }
    let (one, other) = (words([one]), words([other]));
    let found = agreement(&one, &other);
    found.nested && found.share >= 0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        assert_eq!(
            words(["logs", "access", "enabled"]),
            ["access", "enabled", "log"]
        );
        assert_eq!(
            words(["accessLog", "enabled"]),
            ["access", "enabled", "log"]
        );
        assert_eq!(
            words(["OTLP", "kube-state_metrics"]),
            ["kube", "metric", "otlp", "state"]
        );
        assert_eq!(last_word("redirectTo"), "to");
        assert_eq!(last_word("level"), "level");
        assert_eq!(last_word("block_retention"), "retention");
    }

    #[test]
    fn words_may_be_cut_short() {
        assert!(names_alike("certResolvers", "certificatesResolvers"));
        assert!(names_alike("dnsConfigOverides", "dnsConfig"));
        assert!(!names_alike("livenessProbe", "readinessProbe"));
        assert!(!names_alike("nginx", "gateway"));
    }
}
