//! Applying the edits that findings offer.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::source::Source;

/// What became of one text.
#[derive(Clone, Debug)]
pub struct Mended {
    /// The text as it was read.
    pub before: Arc<Source>,
    /// The text with the edits.
    pub after: String,
    /// What was done, in the order of the text.
    pub titles: Vec<String>,
}

/// Applies the safe fixes of some findings to the texts that they were found in, by byte range.
///
/// A fix is applied whole or not at all. Of two that touch the same bytes the first in the order of the findings
/// is applied; the other may be offered again when the result is checked. Two that are the same are one.
/// The texts come sorted by name; those that nothing changes are left out.
///
/// # Examples
///
/// ```
/// use helmwright::diagnostic::Diagnostic;
/// use helmwright::fix::apply;
/// use helmwright::source::{Location, Source, Span};
///
/// let source = Source::new("envs/dev.yaml", "version: 1.10 # exact\n");
/// let place = Location::new(&source, Span::new(9, 13));
/// let found = Diagnostic::error("environment/wrong-type", "not text").fix("quote it", &place, "\"1.10\"", true);
/// assert_eq!(apply([&found])[0].after, "version: \"1.10\" # exact\n");
/// ```
pub fn apply<'a>(found: impl IntoIterator<Item = &'a Diagnostic>) -> Vec<Mended> {
    apply_fixes(
        found
            .into_iter()
            .filter_map(|finding| finding.fix.as_ref())
            .filter(|fix| fix.safe),
    )
}

/// Applies fixes, safe or not, as [`apply`] does.
pub fn apply_fixes<'a>(fixes: impl IntoIterator<Item = &'a Fix>) -> Vec<Mended> {
    let mut texts: BTreeMap<&str, Vec<(&Edit, &str)>> = BTreeMap::new();
    for fix in fixes {
        let known = |edit: &Edit| texts.get(edit.location.source.name());
        let fits = fix.edits.iter().enumerate().all(|(index, edit)| {
            is_whole(edit)
                && fix
                    .edits
                    .iter()
                    .take(index)
                    .all(|other| !overlap(edit, other))
                && known(edit)
                    .is_none_or(|taken| taken.iter().all(|(other, _)| !overlap(edit, other)))
        });
        if !fits || fix.edits.is_empty() {
            continue;
        }
        for edit in &fix.edits {
            texts
                .entry(edit.location.source.name())
                .or_default()
                .push((edit, &fix.title));
        }
    }
    texts
        .into_values()
        .filter_map(|edits| mend(edits))
        .collect()
}

/// Returns whether an edit lies in its text, on whole characters.
fn is_whole(edit: &Edit) -> bool {
    let span = edit.location.span;
    edit.location
        .source
        .text()
        .get(span.start..span.end)
        .is_some()
}

/// Returns whether two edits touch; an insertion touches what it stands beside, for their order would be a guess.
fn overlap(one: &Edit, other: &Edit) -> bool {
    let (left, right) = (one.location.span, other.location.span);
    one.location.source.name() == other.location.source.name()
        && left.start <= right.end
        && right.start <= left.end
}

fn mend(mut edits: Vec<(&Edit, &str)>) -> Option<Mended> {
    edits.sort_by_key(|(edit, _)| edit.location.span);
    let before = Arc::clone(&edits.first()?.0.location.source);
    let mut after = String::with_capacity(before.text().len());
    let mut at = 0;
    let mut titles = Vec::new();
    for (edit, title) in edits {
        let span = edit.location.span;
        after.push_str(before.text().get(at..span.start)?);
        after.push_str(&edit.replacement);
        at = span.end;
        titles.push(title.to_owned());
    }
    after.push_str(before.text().get(at..)?);
    Some(Mended {
        before,
        after,
        titles,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Location, Span};

    const TEXT: &str = "a: 1 # é\nb: 2\n";

    fn finding(spans: &[(usize, usize, &str)], safe: bool) -> Diagnostic {
        let source = Source::new("a.yaml", TEXT);
        let edits = spans.iter().map(|(start, end, replacement)| Edit {
            location: Location::new(&source, Span::new(*start, *end)),
            replacement: (*replacement).to_owned(),
        });
        let mut found = Diagnostic::error("x/y", "m");
        found.fix = Some(Fix {
            title: "t".to_owned(),
            edits: edits.collect(),
            safe,
        });
        found
    }

    fn after(found: &[Diagnostic]) -> Option<String> {
        let mended = apply(found);
        assert!(mended.len() < 2);
        mended.into_iter().next().map(|text| text.after)
    }

    #[test]
    fn edits_are_applied_by_range_and_the_rest_stays() {
        let found = [
            finding(&[(13, 14, "\"2\"")], true),
            finding(&[(3, 4, "10")], true),
        ];
        assert_eq!(after(&found).unwrap(), "a: 10 # é\nb: \"2\"\n");
    }

    #[test]
    fn unsafe_broken_and_empty_edits_are_left_alone() {
        for found in [
            finding(&[(3, 4, "x")], false),
            finding(&[(8, 9, "x")], true),
            finding(&[(3, 99, "x")], true),
            finding(&[(4, 3, "x")], true),
            finding(&[], true),
        ] {
            assert_eq!(after(&[found]), None);
        }
    }

    #[test]
    fn of_two_that_touch_the_first_is_applied_and_none_by_half() {
        let found = [
            finding(&[(3, 4, "x")], true),
            finding(&[(0, 4, "y"), (13, 14, "z")], true),
            finding(&[(3, 4, "x")], true),
            finding(&[(4, 4, "w")], true),
        ];
        assert_eq!(after(&found).unwrap(), "a: x # é\nb: 2\n");
        assert_eq!(after(&[finding(&[(0, 2, ""), (1, 3, "")], true)]), None);
    }
}
