//! Labels of objects and pods.

use std::sync::Arc;

use super::place::Text;

/// Labels by name.
///
/// # Examples
///
/// ```
/// use helmwright::manifest::Labels;
///
/// let labels: Labels = [("app", "mimir"), ("zone", "a")].into_iter().collect();
/// assert_eq!(labels.get("zone"), Some("a"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Labels(Option<Arc<Vec<Pair>>>);

/// A label with its value. Sets of labels differ from release to release, and share most of their pairs.
pub(super) type Pair = Arc<(Text, Text)>;

impl Labels {
    /// Makes labels of sorted pairs, each name once.
    pub(super) fn of_sorted(pairs: Arc<Vec<Pair>>) -> Self {
        Self((!pairs.is_empty()).then_some(pairs))
    }

    /// Sorts pairs by name; of a name that is there twice the last one counts, as for Helm.
    pub(super) fn sort(mut pairs: Vec<(Text, Text)>) -> Vec<(Text, Text)> {
        pairs.sort_by(|one, other| one.0.cmp(&other.0));
        pairs.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = Arc::clone(&later.1);
            }
            same
        });
        pairs
    }

    fn pairs(&self) -> &[Pair] {
        self.0.as_ref().map_or(&[], |pairs| pairs)
    }

    /// Returns the value of a label.
    pub fn get(&self, name: &str) -> Option<&str> {
        let pairs = self.pairs();
        let index = pairs.binary_search_by(|pair| (*pair.0).cmp(name)).ok()?;
        pairs.get(index).map(|pair| &*pair.1)
    }

    /// Returns the labels, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs().iter().map(|pair| (&*pair.0, &*pair.1))
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pairs().is_empty()
    }
}

impl FromIterator<(Text, Text)> for Labels {
    fn from_iter<I: IntoIterator<Item = (Text, Text)>>(pairs: I) -> Self {
        let pairs = Self::sort(pairs.into_iter().collect());
        Self::of_sorted(Arc::new(pairs.into_iter().map(Arc::new).collect()))
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Labels {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        let owned = |(name, value): (&str, &str)| (Text::from(name), Text::from(value));
        pairs.into_iter().map(owned).collect()
    }
}
