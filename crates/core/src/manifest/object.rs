//! An object: what it is called, and what of it is kept.

use super::document::what;
use super::finding;
use super::place::{Document, Place, Text, Texts};
use super::reader::Collector;
use super::tree::Node;

/// A Kubernetes object, reduced to the fields that rules read.
#[derive(Clone, Debug)]
pub struct Object {
    /// `apps/v1`.
    pub api_version: Text,
    /// `StatefulSet`.
    pub kind: Text,
    /// Its name; of an object with `generateName` that prefix.
    pub name: Text,
    /// Whether the name is only the begin of one that the API server makes up.
    pub is_generated: bool,
    /// The namespace it names itself; without one it goes where it is applied.
    pub namespace: Option<Text>,
    /// Its labels.
    pub labels: Labels,
    /// The event that Helm runs it at, for a hook: `test`, `pre-install`.
    pub hook: Option<Text>,
    /// The chart's template it comes from, if the stream says so: `mimir/templates/ingester/ingester-statefulset.yaml`.
    pub template: Option<Text>,
    /// What controls it: the ReplicaSet of a pod in a dump of a cluster.
    pub owner: Option<Box<Owner>>,
    /// Where its name stands.
    pub place: Place,
}

/// The object that controls another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its kind.
    pub kind: Text,
    /// Its name.
    pub name: Text,
}

impl Object {
    /// Returns the API group, empty for the core one.
    pub fn group(&self) -> &str {
        self.api_version
            .split_once('/')
            .map_or("", |(group, _)| group)
    }
}

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(Box<[(Text, Text)]>);

impl Labels {
    /// Returns the value of a label.
    pub fn get(&self, name: &str) -> Option<&str> {
        let index = self.0.binary_search_by(|(key, _)| (**key).cmp(name)).ok()?;
        self.0.get(index).map(|(_, value)| &**value)
    }

    /// Returns the labels, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn read(node: Option<&Node<'_>>, texts: &mut Texts) -> Self {
        let fields = node.map_or(&[][..], Node::fields);
        let pairs = fields.iter().filter_map(|field| {
            let value = field.value.text()?;
            Some((texts.share(&field.key), texts.share(value)))
        });
        pairs.collect()
    }
}

impl FromIterator<(Text, Text)> for Labels {
    fn from_iter<I: IntoIterator<Item = (Text, Text)>>(pairs: I) -> Self {
        let mut pairs: Vec<(Text, Text)> = pairs.into_iter().collect();
        pairs.sort();
        // Of a name that is there twice the last one counts; which that was is lost, so the greater one does.
        pairs.dedup_by(|later, earlier| {
            later.0 == earlier.0 && {
                earlier.1 = later.1.clone();
                true
            }
        });
        Self(pairs.into_boxed_slice())
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Labels {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        let owned = |(name, value): (&str, &str)| (Text::from(name), Text::from(value));
        pairs.into_iter().map(owned).collect()
    }
}

/// Reads an object, or each one of a list.
pub(super) fn read(
    root: &Node<'_>,
    document: &mut Document<'_>,
    template: Option<&str>,
    collector: &mut Collector,
) {
    if root.is_null() {
        return;
    }
    if !root.is_map() {
        let items = root.items();
        if !items.is_empty() && items.iter().all(Node::is_map) {
            // What some programs print for a List.
            for item in items {
                read(item, document, template, collector);
            }
            return;
        }
        let location = collector.location(document, root.start, root.end);
        return collector.find(finding::not_an_object(&location, what(root)));
    }
    let (api_version, kind) = (root.text_of("apiVersion"), root.text_of("kind"));
    let missing = match (api_version, kind) {
        (Some(_), Some(_)) => None,
        (None, None) => Some("`apiVersion` and no `kind`"),
        (None, _) => Some("`apiVersion`"),
        (_, None) => Some("`kind`"),
    };
    let (Some(api_version), Some(kind), None) = (api_version, kind, missing) else {
        let location = collector.location(document, root.start, root.end);
        return collector.find(finding::no_kind(&location, missing.unwrap_or_default()));
    };
    if kind.ends_with("List") && root.at(&["metadata", "name"]).is_none() {
        for item in root.list("items") {
            read(item, document, template, collector);
        }
        return;
    }
    let name = root.at(&["metadata", "name"]);
    let Some(name_node) = name.or_else(|| root.at(&["metadata", "generateName"])) else {
        let location = collector.location(document, root.start, root.end);
        return collector.find(finding::no_name(&location, kind));
    };
    let Some(text) = name_node.text() else {
        let location = collector.location(document, name_node.start, name_node.end);
        return collector.find(finding::no_name(&location, kind));
    };
    let texts = &mut collector.texts;
    let metadata = root.get("metadata");
    let annotation = |key: &str| metadata?.get("annotations")?.text_of(key);
    let object = Object {
        api_version: texts.share(api_version),
        kind: texts.share(kind),
        name: texts.share(text),
        is_generated: name.is_none(),
        namespace: root
            .at(&["metadata", "namespace"])
            .and_then(Node::text)
            .map(|namespace| texts.share(namespace)),
        labels: Labels::read(root.at(&["metadata", "labels"]), texts),
        hook: annotation("helm.sh/hook").map(|hook| texts.share(hook)),
        template: template.map(|template| texts.share(template)),
        owner: owner(metadata, texts),
        place: document.place(name_node.start, name_node.end, texts),
    };
    collector.objects.push(object);
}

fn owner(metadata: Option<&Node<'_>>, texts: &mut Texts) -> Option<Box<Owner>> {
    let owner = metadata?
        .list("ownerReferences")
        .iter()
        .find(|owner| owner.is_true("controller"))?;
    Some(Box::new(Owner {
        kind: texts.share(owner.text_of("kind")?),
        name: texts.share(owner.text_of("name")?),
    }))
}
