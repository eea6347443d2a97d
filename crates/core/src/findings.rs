//! The page of each finding: what its name means, why it is one, how to mend it.
//!
//! The pages are one file, `docs/findings.md`, which people read and `helmwright explain` prints; a rule's page is made
//! of the rule, and stands in `docs/rules.md`.

use std::borrow::Cow;

use crate::policy::rules;

/// The pages of what is no rule; a rule brings its own.
const PAGES: &str = include_str!("../findings.md");

/// What one finding means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its name, as in [`Diagnostic::id`](crate::diagnostic::Diagnostic::id).
    pub id: &'static str,
    /// What, why, how to mend it, and the source, in paragraphs.
    pub text: Cow<'static, str>,
}

/// Returns all pages: those of `docs/findings.md`, sorted by name, then those of the rules in their order.
pub fn pages() -> impl Iterator<Item = Page> {
    let told = PAGES.split("\n## ").skip(1).filter_map(|page| {
        let (id, text) = page.split_once('\n')?;
        Some(Page {
            id: id.trim(),
            text: text.trim().into(),
        })
    });
    told.chain(rules::all().map(|rule| Page {
        id: rule.id,
        text: rule.page().into(),
    }))
}

/// Returns the page of a finding.
///
/// # Examples
///
/// ```
/// let page = helmwright::findings::page("storage/bucket-shared").expect("there is one");
/// assert!(page.text.contains("compacts and deletes"));
/// ```
pub fn page(id: &str) -> Option<Page> {
    pages().find(|page| page.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_sorted_and_say_something() {
        let ids: Vec<&str> = pages().map(|page| page.id).collect();
        let told = ids.len() - rules::all().count();
        assert!(
            ids[..told].is_sorted_by(|one, other| one < other),
            "{ids:?}"
        );
        let unique: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(
            unique.len(),
            ids.len(),
            "a rule has a page in docs/findings.md too"
        );
        assert!(ids.len() > 80);
        assert!(pages().all(|page| page.text.len() > 20 && page.id.contains('/')));
    }
}
