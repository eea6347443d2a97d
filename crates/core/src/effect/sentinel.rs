//! Marks that are put into values and looked for in what is rendered.
//!
//! A text gets a word put into it, a number becomes another one that nothing else has. Taking the mark out again
//! must give what was rendered before: then the place shows the value, and nothing but the value.

use std::collections::{BTreeMap, BTreeSet};

/// What every word begins with.
const WORD: &str = "hwq";

/// Digits of a word's and of a number's.
const DIGITS: usize = 4;

/// Numbers begin here: five digits, so that they are ports too.
const FIRST: u32 = 20_011;

/// The last number there can be.
const LAST: u32 = 64_999;

/// Every mark that was given out.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    /// Numbers that stand in the texts already.
    taken: BTreeSet<u32>,
    /// By number: whose it is, and the digits that it took the place of.
    numbers: BTreeMap<u32, (usize, String)>,
    next: u32,
}

/// A text without its marks, and whose they were.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Restored {
    pub(super) text: String,
    pub(super) owners: BTreeSet<usize>,
}

impl Marks {
    /// Starts with the texts that a number must not be found in by chance.
    pub(super) fn apart_from(texts: &[&str]) -> Self {
        let mut taken = BTreeSet::new();
        for text in texts {
            for run in digit_runs(text) {
                taken.extend(run.2);
            }
        }
        Self {
            taken,
            numbers: BTreeMap::new(),
            next: FIRST,
        }
    }

    /// Returns a number of its owner's own, in the place of some digits; none when all are given out.
    pub(super) fn number(&mut self, owner: usize, digits: &str) -> Option<u32> {
        while self.taken.contains(&self.next) {
            self.next += 1;
        }
        if self.next > LAST {
            return None;
        }
        let number = self.next;
        self.next += 1;
        self.numbers.insert(number, (owner, digits.to_owned()));
        Some(number)
    }

    /// Returns a text with its owner's mark in it; none if the mark would not be told from others.
    ///
    /// A text that begins like an amount (`512Mi`, `90d`, `1h30m`, `0.5`) keeps its unit and gets another number.
    /// Any other keeps its shape as far as it can, and what stands in `{{ }}` as it is.
    pub(super) fn mark(&mut self, owner: usize, text: &str) -> Option<String> {
        if is_amount(text) {
            let end = text
                .find(|letter: char| !letter.is_ascii_digit())
                .unwrap_or(text.len());
            let (digits, unit) = text.split_at(end);
            let number = self.number(owner, digits)?;
            return Some(format!("{number}{unit}"));
        }
        if owner >= 10_usize.pow(4) {
            return None;
        }
        let (head, tail) = text.split_at(place(text));
        Some(format!("{head}{WORD}{owner:04}q{tail}"))
    }

    /// Takes every mark out of a text; none if there is none.
    pub(super) fn restore(&self, text: &str) -> Option<Restored> {
        let mut owners = BTreeSet::new();
        let mut rest = text;
        let mut plain = String::new();
        while let Some((at, length, owner)) = next_word(rest) {
            plain.push_str(rest.get(..at).unwrap_or_default());
            rest = rest.get(at + length..).unwrap_or_default();
            owners.insert(owner);
        }
        plain.push_str(rest);
        let mut text = String::new();
        let mut done = 0;
        for (start, end, number) in digit_runs(&plain) {
            if let Some((owner, digits)) = number.and_then(|number| self.numbers.get(&number)) {
                text.push_str(plain.get(done..start).unwrap_or_default());
                text.push_str(digits);
                done = end;
                owners.insert(*owner);
            }
        }
        text.push_str(plain.get(done..).unwrap_or_default());
        (!owners.is_empty()).then_some(Restored { text, owners })
    }
}

/// Returns where a text's next word stands, how long it is and whose; capitals do not count, since charts change them.
fn next_word(text: &str) -> Option<(usize, usize, usize)> {
    const LENGTH: usize = WORD.len() + DIGITS + 1;
    let bytes = text.as_bytes();
    (0..bytes.len()).find_map(|at| {
        let word = bytes.get(at..at + LENGTH)?;
        let (begin, rest) = word.split_at(WORD.len());
        let (digits, end) = rest.split_at(DIGITS);
        let is_word = begin.eq_ignore_ascii_case(WORD.as_bytes())
            && end.eq_ignore_ascii_case(b"q")
            && digits.iter().all(u8::is_ascii_digit);
        let owner = std::str::from_utf8(digits).ok()?.parse().ok();
        owner.filter(|_| is_word).map(|owner| (at, LENGTH, owner))
    })
}

/// Returns every run of digits with its number, if that has five digits.
fn digit_runs(text: &str) -> Vec<(usize, usize, Option<u32>)> {
    let bytes = text.as_bytes();
    let mut runs = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if length == 0 {
            at += 1;
            continue;
        }
        if length == DIGITS + 1 {
            let number = text.get(at..at + length).and_then(|run| run.parse().ok());
            runs.push((at, at + length, number));
        }
        at += length;
    }
    runs
}

/// Returns whether a text is a number with a unit, or several of them: a quantity, a duration, a share.
pub(super) fn is_amount(text: &str) -> bool {
    let mut rest = text;
    let mut parts = 0;
    while !rest.is_empty() {
        let number = rest
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .unwrap_or(rest.len());
        let (digits, tail) = rest.split_at(number);
        let unit = tail
            .find(|letter: char| !letter.is_ascii_alphabetic() && letter != '%')
            .unwrap_or(tail.len());
        if !digits.starts_with(|letter: char| letter.is_ascii_digit())
            || digits.matches('.').count() > 1
            || unit > 3
        {
            return false;
        }
        rest = tail.get(unit..).unwrap_or_default();
        parts += 1;
    }
    parts > 0 && parts < 5
}

/// Returns where a word goes: behind the first letters that stand in no template action, or at the end.
fn place(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"{{") {
            match text.get(at..).and_then(|rest| rest.find("}}")) {
                Some(end) => at += end + 2,
                None => break,
            }
        } else if bytes[at].is_ascii_alphabetic() {
            return at
                + bytes[at..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphabetic())
                    .count();
        } else {
            at += 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_marked_is_restored() {
        let mut marks = Marks::apart_from(&["port: 20011, 20012x"]);
        for (owner, text) in [
            "a",
            "",
            "512Mi",
            "1h30m",
            "0.5",
            "100%",
            "seaweedfs.ns.svc:8333",
            "{{ .Values.a }}",
            "${KEY}",
            "{{ x }}/y",
            "2024-04-01",
            "-config.expand-env=true",
            "0.0.0.0:4317",
            "日本",
            "{{ open",
        ]
        .into_iter()
        .enumerate()
        {
            let marked = marks.mark(owner, text).unwrap();
            assert_ne!(marked, text);
            let restored = marks.restore(&format!("x {marked} y")).unwrap();
            assert_eq!(restored.text, format!("x {text} y"));
            assert_eq!(restored.owners, BTreeSet::from([owner]));
        }
        assert_eq!(marks.restore("port: 20011 hwq hwq12q"), None);
        assert_eq!(marks.restore("x HWQ0003Q").unwrap().text, "x ");
    }

    #[test]
    fn marks_keep_the_shape() {
        let mut marks = Marks::apart_from(&[]);
        assert_eq!(marks.mark(0, "512Mi").unwrap(), "20011Mi");
        assert_eq!(
            marks.mark(7, "{{ .a }}-svc").unwrap(),
            "{{ .a }}-svchwq0007q"
        );
        assert_eq!(marks.mark(1, "0.0.0.0:80").unwrap(), "0.0.0.0:80hwq0001q");
        assert_eq!(marks.number(3, "8"), Some(20_012));
        let restored = marks.restore("n: 20012").unwrap();
        assert_eq!(restored.text, "n: 8");
    }

    #[test]
    fn amounts_are_known() {
        for text in ["1", "512Mi", "0.5", "90d", "1h30m", "5e3", "50%", "100m"] {
            assert!(is_amount(text), "{text}");
        }
        for text in [
            "",
            "a1",
            "1.2.3",
            "2024-04-01",
            "10.0.0.0",
            "1 Mi",
            "8080:80",
            "1abcd",
        ] {
            assert!(!is_amount(text), "{text}");
        }
    }
}
