//! What a chart renders, as facts: at which place of which object stands what.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::sentinel::Marks;
use crate::source::Source;
use crate::yaml::{self, Map, Node, Value};

/// What is rendered without any change: everything else is compared with it.
#[derive(Debug)]
pub(super) struct Base {
    /// Each document's text and name; the same text may come twice.
    documents: Vec<Document>,
    by_text: HashMap<String, Vec<usize>>,
    facts: BTreeMap<String, String>,
    /// Places that differ from run to run.
    noise: BTreeSet<String>,
}

#[derive(Debug)]
struct Document {
    name: String,
    places: Vec<String>,
}

/// How another rendering differs.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// By place: what stands there now; none if nothing does.
    pub(super) changed: BTreeMap<String, Option<String>>,
    /// Whose marks stand where, without them, what was rendered before stands.
    pub(super) shown: BTreeSet<usize>,
}

/// One thing at one place.
struct Fact {
    place: String,
    /// As it is, type included.
    raw: String,
    /// Without marks.
    plain: String,
    owners: BTreeSet<usize>,
}

impl Base {
    /// Reads what was rendered twice from the same values; what differs by itself is left out of all comparisons.
    pub(super) fn new(text: &str, again: &str) -> Self {
        let mut base = Self {
            documents: Vec::new(),
            by_text: HashMap::new(),
            facts: BTreeMap::new(),
            noise: BTreeSet::new(),
        };
        let marks = Marks::default();
        let mut names = BTreeMap::new();
        for text in documents(text) {
            let Some((name, facts)) = read(text, &marks, &mut names) else {
                continue;
            };
            let places = facts.iter().map(|fact| fact.place.clone()).collect();
            base.facts
                .extend(facts.into_iter().map(|fact| (fact.place, fact.raw)));
            base.by_text
                .entry(text.to_owned())
                .or_default()
                .push(base.documents.len());
            base.documents.push(Document { name, places });
        }
        base.noise = base.compare(again, &marks).changed.into_keys().collect();
        base
    }

    /// Returns how many objects there are.
    pub(super) fn objects(&self) -> usize {
        self.documents.len()
    }

    /// Compares another rendering, which may have marks in it.
    pub(super) fn compare(&self, text: &str, marks: &Marks) -> Difference {
        let mut difference = Difference::default();
        let mut unmatched: BTreeSet<usize> = (0..self.documents.len()).collect();
        let mut names = BTreeMap::new();
        let mut facts = Vec::new();
        for text in documents(text) {
            let same = self
                .by_text
                .get(text)
                .and_then(|twins| twins.iter().find(|twin| unmatched.contains(twin)));
            if let Some(twin) = same {
                unmatched.remove(twin);
                if let Some(document) = self.documents.get(*twin) {
                    let (bare, _) = document.name.rsplit_once('#').unwrap_or_default();
                    *names.entry(bare.to_owned()).or_insert(0) += 1;
                }
            } else if let Some((_, more)) = read(text, marks, &mut names) {
                facts.extend(more);
            }
        }
        let mut there = BTreeSet::new();
        for fact in facts {
            let before = self.facts.get(&fact.place);
            if before == Some(&fact.plain) {
                difference.shown.extend(&fact.owners);
            }
            if before != Some(&fact.raw) || !fact.owners.is_empty() {
                difference
                    .changed
                    .insert(fact.place.clone(), Some(fact.raw));
            }
            there.insert(fact.place);
        }
        for document in unmatched.iter().filter_map(|at| self.documents.get(*at)) {
            for place in document
                .places
                .iter()
                .filter(|place| !there.contains(*place))
            {
                difference.changed.insert(place.clone(), None);
            }
        }
        for place in &self.noise {
            difference.changed.remove(place);
        }
        difference
    }
}

/// Splits a stream of documents at its `---` lines.
fn documents(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            documents.push(text.get(start..at).unwrap_or_default());
            start = at + line.len();
        }
        at += line.len();
    }
    documents.push(text.get(start..).unwrap_or_default());
    documents.retain(|document| !document.trim().is_empty());
    documents
}

/// Reads one document: its name, and what stands in it. None if it holds nothing.
fn read(
    text: &str,
    marks: &Marks,
    names: &mut BTreeMap<String, usize>,
) -> Option<(String, Vec<Fact>)> {
    let mut reading = Reading {
        marks,
        facts: Vec::new(),
    };
    let node = yaml::read(&Source::new("manifest.yaml", text));
    if matches!(&node, Ok(node) if node.value == Value::Null) {
        return None;
    }
    let mut owners = BTreeSet::new();
    let bare = match &node {
        Ok(node) => {
            let part = |keys: &[&str]| node.at(keys).and_then(Node::as_str).unwrap_or_default();
            let name = [
                part(&["kind"]),
                part(&["metadata", "namespace"]),
                part(&["metadata", "name"]),
            ]
            .join("/");
            reading.plain(&name, &mut owners)
        }
        // What our reader refuses and Helm does not, such as a key that is there twice, is compared by lines.
        Err(_) => {
            let first = text.lines().next().unwrap_or_default();
            reading.plain(first, &mut owners)
        }
    };
    let count = names.entry(bare.clone()).or_insert(0);
    let name = format!("{bare}#{count}");
    *count += 1;
    match &node {
        Ok(node) => reading.node(&name, node, &owners),
        Err(_) => reading.lines(&name, text, &owners),
    }
    Some((name, reading.facts))
}

struct Reading<'m> {
    marks: &'m Marks,
    facts: Vec<Fact>,
}

impl Reading<'_> {
    /// Returns a text without marks, and adds whose they were.
    fn plain(&self, text: &str, owners: &mut BTreeSet<usize>) -> String {
        match self.marks.restore(text) {
            Some(restored) => {
                owners.extend(restored.owners);
                restored.text
            }
            None => text.to_owned(),
        }
    }

    fn fact(&mut self, place: String, kind: char, text: &str, owners: &BTreeSet<usize>) {
        let mut owners = owners.clone();
        let plain = self.plain(text, &mut owners);
        self.facts.push(Fact {
            place,
            raw: format!("{kind}{text}"),
            plain: format!("{kind}{plain}"),
            owners,
        });
    }

    fn node(&mut self, place: &str, node: &Node, owners: &BTreeSet<usize>) {
        match &node.value {
            Value::Map(map) if !map.is_empty() => self.map(place, map, owners),
            Value::List(items) if !items.is_empty() => self.list(place, items, owners),
            Value::Map(_) => self.fact(place.to_owned(), 'm', "", owners),
            Value::List(_) => self.fact(place.to_owned(), 'l', "", owners),
            Value::String(text) if text.contains('\n') => self.text(place, text, owners),
            Value::String(text) => self.fact(place.to_owned(), 's', text, owners),
            Value::Null => self.fact(place.to_owned(), 'z', "", owners),
            Value::Bool(bool) => self.fact(place.to_owned(), 'b', &bool.to_string(), owners),
            Value::Integer(number) => {
                self.fact(place.to_owned(), 'i', &number.to_string(), owners);
            }
            Value::Float(number) => self.fact(place.to_owned(), 'f', &number.to_string(), owners),
        }
    }

    fn map(&mut self, place: &str, map: &Map, owners: &BTreeSet<usize>) {
        let are_annotations = place.ends_with("/annotations");
        for (key, entry) in map {
            // A sum over another object says nothing that the object does not say.
            if are_annotations && key.to_lowercase().contains("checksum") {
                continue;
            }
            let mut owners = owners.clone();
            let key = self.plain(key, &mut owners);
            self.node(&format!("{place}/{key}"), &entry.value, &owners);
        }
    }

    /// Goes by name where every item has one, so that an item more does not move the others.
    fn list(&mut self, place: &str, items: &[Node], owners: &BTreeSet<usize>) {
        let names: BTreeSet<&str> = items
            .iter()
            .filter_map(|item| item.get("name").and_then(Node::as_str))
            .collect();
        let by_name = names.len() == items.len();
        for (index, item) in items.iter().enumerate() {
            let mut owners = owners.clone();
            let step = match item.get("name").and_then(Node::as_str) {
                Some(name) if by_name => self.plain(name, &mut owners),
                _ => index.to_string(),
            };
            self.node(&format!("{place}[{step}]"), item, &owners);
        }
        if by_name {
            // Their order counts too.
            let order: Vec<&str> = items
                .iter()
                .filter_map(|item| item.get("name").and_then(Node::as_str))
                .collect();
            let order = order.join(",");
            self.fact(format!("{place}[]"), 'o', &order, owners);
        }
    }

    /// A text of several lines is a file: read as YAML if it is that, else by lines; and compared as a whole.
    fn text(&mut self, place: &str, text: &str, owners: &BTreeSet<usize>) {
        let inner = yaml::read(&Source::new("text.yaml", text));
        match inner {
            Ok(node) if node.as_map().is_some_and(|map| !map.is_empty()) => {
                self.node(&format!("{place}:"), &node, owners);
            }
            _ => self.lines(place, text, owners),
        }
        self.fact(format!("{place}|"), 's', text, owners);
    }

    fn lines(&mut self, place: &str, text: &str, owners: &BTreeSet<usize>) {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for line in text.lines() {
            let mut owners = owners.clone();
            let plain = self.plain(line, &mut owners);
            let count = count.entry(plain.clone()).or_insert(0);
            let place = format!("{place}|{count}|{plain}");
            *count += 1;
            self.fact(place, 's', line, &owners);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "---\n# Source: a\nkind: ConfigMap\nmetadata: {name: a, annotations: {checksum/x: q}}\ndata:\n  f: |\n    a: 1\n    b: 2\n---\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: one, port: 80}]}\n---\n# nothing\n";

    fn changes(text: &str) -> Vec<String> {
        Base::new(BASE, BASE)
            .compare(text, &Marks::default())
            .changed
            .into_iter()
            .map(|(place, now)| format!("{place} {}", now.unwrap_or("-".to_owned())))
            .collect()
    }

    #[test]
    fn order_of_keys_and_sums_do_not_count() {
        assert_eq!(Base::new(BASE, BASE).objects(), 2);
        assert_eq!(changes(BASE), [""; 0]);
        let other = BASE.replace(
            "name: a, annotations: {checksum/x: q}",
            "annotations: {checksum/x: r}, name: a",
        );
        assert_eq!(changes(&other), [""; 0]);
    }

    #[test]
    fn places_are_named() {
        let other = BASE.replace("port: 80", "port: 81").replace("b: 2", "b: 3");
        assert_eq!(
            changes(&other),
            [
                "ConfigMap//a#0/data/f:/b i3",
                "ConfigMap//a#0/data/f| sa: 1\nb: 3\n",
                "Pod//p#0/spec/containers[one]/port i81"
            ]
        );
        let gone = BASE.replace("kind: Pod", "kind: Job");
        assert!(
            changes(&gone)
                .iter()
                .any(|change| change == "Pod//p#0/kind -")
        );
    }

    #[test]
    fn what_differs_by_itself_is_left_out() {
        let again = BASE.replace("port: 80", "port: 99");
        let base = Base::new(BASE, &again);
        let third = BASE.replace("port: 80", "port: 7");
        assert!(base.compare(&third, &Marks::default()).changed.is_empty());
    }

    #[test]
    fn a_mark_is_shown_where_it_hides_what_was_there() {
        let mut marks = Marks::apart_from(&[BASE]);
        let name = marks.mark(4, "one").unwrap();
        let port = marks.number(5, "80").unwrap();
        let other = BASE
            .replace("one", &name)
            .replace("port: 80", &format!("port: {port}"))
            .replace("b: 2", "b: hwq0006q");
        let found = Base::new(BASE, BASE).compare(&other, &marks);
        assert_eq!(found.shown, BTreeSet::from([4, 5]));
        assert!(found.changed.contains_key("ConfigMap//a#0/data/f:/b"));
    }

    #[test]
    fn what_is_no_yaml_is_compared_by_lines() {
        let twice = "# Source: x\nkind: A\nkind: B\n";
        let base = Base::new(twice, twice);
        assert_eq!(base.objects(), 1);
        let other = base.compare(&twice.replace("kind: B", "kind: C"), &Marks::default());
        assert_eq!(other.changed.len(), 2);
    }
}
