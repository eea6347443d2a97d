//! Which pods of a stream a selector means.

use std::collections::HashMap;

use super::object::Object;
use super::reader::Manifests;
use super::selector::Selector;

/// The objects of a stream that make pods, by the labels that some selectors ask for.
///
/// A stream may hold ten thousand budgets and ten times as many pods, so no selector looks at all of them.
///
/// # Examples
///
/// ```
/// use helmwright::manifest::{PodIndex, Reader};
///
/// let mut reader = Reader::new("stream");
/// reader.feed("{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {app: x}}, spec: {containers: [{name: a}]}}\n---\n");
/// reader.feed("{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b}, spec: {selector: {matchLabels: {app: x}}}}");
/// let manifests = reader.finish();
/// let budget = &manifests.objects[1];
/// let selector = budget.disruption_budget().unwrap().selector.as_ref().unwrap();
/// let index = PodIndex::new(&manifests, [selector]);
/// assert_eq!(index.selected(budget, selector).collect::<Vec<_>>(), [0]);
/// ```
#[derive(Debug)]
pub struct PodIndex<'a> {
    objects: &'a [Object],
    all: Vec<u32>,
    by_label: HashMap<(&'a str, &'a str), Vec<u32>>,
}

impl<'a> PodIndex<'a> {
    /// Looks through a stream for the pods that some selectors may mean.
    pub fn new(
        manifests: &'a Manifests,
        selectors: impl IntoIterator<Item = &'a Selector>,
    ) -> Self {
        let objects = &manifests.objects;
        let mut by_label: HashMap<(&str, &str), Vec<u32>> = HashMap::new();
        let mut wants_all = false;
        for selector in selectors {
            wants_all |= selector.labels.is_empty();
            for label in selector.labels.iter() {
                by_label.entry(label).or_default();
            }
        }
        // By namespace, so that those of one lie together; those that name none come first.
        let mut all: Vec<u32> = (0..u32::try_from(objects.len()).unwrap_or(u32::MAX))
            .filter(|index| pods(objects, *index).is_some())
            .collect();
        all.sort_by_key(|index| namespace(objects, *index));
        for index in &all {
            let Some(pods) = pods(objects, *index) else {
                continue;
            };
            for label in pods.pod.labels.iter() {
                if let Some(list) = by_label.get_mut(&label) {
                    list.push(*index);
                }
            }
        }
        if !wants_all {
            all = Vec::new();
        }
        Self {
            objects,
            all,
            by_label,
        }
    }

    /// Returns the numbers of the objects whose pods a selector means, in the namespace of the object that it belongs to;
    /// one that names no namespace goes where the other is.
    pub fn selected<'s>(
        &'s self,
        from: &'s Object,
        selector: &'s Selector,
    ) -> impl Iterator<Item = usize> + use<'s, 'a> {
        let objects = self.objects;
        let lists = selector.labels.iter().map(|label| {
            let list = self.by_label.get(&label);
            self.near(list.map_or(&[], Vec::as_slice), from)
        });
        let fewest = lists.min_by_key(|[one, other]| one.len() + other.len());
        let candidates = fewest.unwrap_or_else(|| self.near(&self.all, from));
        candidates
            .into_iter()
            .flatten()
            .copied()
            .filter(|index| {
                pods(objects, *index).is_some_and(|pods| selector.matches(&pods.pod.labels))
            })
            .map(|index| index as usize)
    }

    /// Returns those of a list that may be in an object's namespace: those that name none, and those that name it.
    fn near<'s>(&self, list: &'s [u32], from: &Object) -> [&'s [u32]; 2] {
        let Some(own) = from.namespace.as_deref() else {
            return [list, &[]];
        };
        let of = |index: &u32| namespace(self.objects, *index);
        let nowhere = list.partition_point(|index| of(index).is_none());
        let start = list.partition_point(|index| of(index) < Some(own));
        let end = list.partition_point(|index| of(index) <= Some(own));
        [&list[..nowhere], &list[start..end]]
    }
}

fn pods(objects: &[Object], index: u32) -> Option<&super::Pods> {
    objects.get(index as usize)?.pods()
}

fn namespace(objects: &[Object], index: u32) -> Option<&str> {
    objects.get(index as usize)?.namespace.as_deref()
}
