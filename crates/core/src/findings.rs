//! The page of each finding: what its name means, why it is one, how to mend it.
//!
//! The pages are one file, `docs/findings.md`, which people read and `helmwright explain` prints.

/// The one table of pages.
const PAGES: &str = include_str!("../findings.md");

/// What one finding means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its name, as in [`Diagnostic::id`](crate::diagnostic::Diagnostic::id).
    pub id: &'static str,
    /// What, why, how to mend it, and the source, in paragraphs.
    pub text: &'static str,
}

/// Returns all pages, sorted by name.
pub fn pages() -> impl Iterator<Item = Page> {
    PAGES.split("\n## ").skip(1).filter_map(|page| {
        let (id, text) = page.split_once('\n')?;
        Some(Page {
            id: id.trim(),
            text: text.trim(),
        })
    })
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
        assert!(ids.is_sorted_by(|one, other| one < other), "{ids:?}");
        assert!(ids.len() > 80);
        assert!(pages().all(|page| page.text.len() > 20 && page.id.contains('/')));
    }
}
