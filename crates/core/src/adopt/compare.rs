//! What must be overridden so that values mean what they meant, and whether they do.

use std::collections::BTreeSet;

use serde_json::{Map as JsonMap, Value as Json};

use super::defaults::Defaults;
use super::path::{Path, show};
use crate::yaml::{self, Helm, Node, Value};

/// The environment variables by which the model's references reach a pod.
const REFERENCES: [&str; 2] = ["S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"];

/// The flag without which references would be taken for the keys themselves.
const EXPANDS: &str = "config.expand-env";

/// What lies between the values of a model and those that a team has.
#[derive(Default)]
pub(super) struct Gap {
    /// What goes under `values:`.
    pub(super) overrides: JsonMap<String, Json>,
    /// What the template writes and the old values leave to the chart.
    pub(super) omit: Vec<Path>,
    /// Paths that differ on purpose, because of a secret.
    pub(super) intended: BTreeSet<Path>,
    /// How much it is: one for each override and each omitted path, more for long texts.
    pub(super) cost: usize,
}

/// A team's values, cleaned of secrets.
pub(super) struct Wanted {
    /// The values without the secrets.
    pub(super) values: Node,
    /// Where the secrets stood.
    pub(super) secrets: BTreeSet<Path>,
}

/// Computes the gap.
pub(super) fn gap(model: &Node, wanted: &Wanted, defaults: &Defaults) -> Gap {
    let keeps_references = wanted.secrets.iter().any(|path| {
        model
            .at(&path.iter().map(String::as_str).collect::<Vec<_>>())
            .is_some()
    });
    let mut walk = Walk {
        wanted,
        defaults,
        keeps_references,
        path: Vec::new(),
        gap: Gap::default(),
    };
    if let Some(Json::Object(overrides)) = walk.step(Some(model), Some(&wanted.values)) {
        walk.gap.overrides = overrides;
    }
    walk.gap
}

struct Walk<'a> {
    wanted: &'a Wanted,
    defaults: &'a Defaults,
    keeps_references: bool,
    path: Path,
    gap: Gap,
}

impl<'a> Walk<'a> {
    /// Returns the override of one path, if it takes one.
    fn step(&mut self, model: Option<&'a Node>, wanted: Option<&'a Node>) -> Option<Json> {
        match (model, wanted) {
            (None, None) => None,
            (None, Some(wanted)) => self.only_wanted(wanted),
            (Some(model), None) => self.only_model(model),
            (Some(model), Some(wanted)) => self.both(model, wanted),
        }
    }

    fn both(&mut self, model: &'a Node, wanted: &'a Node) -> Option<Json> {
        match (&model.value, &wanted.value) {
            (Value::Map(left), Value::Map(right)) => {
                let names: Vec<&String> = left
                    .keys()
                    .chain(right.keys().filter(|name| !left.contains_key(*name)))
                    .collect();
                self.children(&names, |name| (model.get(name), wanted.get(name)))
            }
            (Value::List(left), Value::List(right)) if self.keeps_references => {
                let missing: Vec<Json> = left
                    .iter()
                    .filter(|item| {
                        is_reference(item) && !right.iter().any(|other| same_name(item, other))
                    })
                    .map(Node::to_json)
                    .collect();
                if missing.is_empty() {
                    return self.replaced(model, wanted);
                }
                self.gap.intended.insert(self.path.clone());
                let mut items: Vec<Json> = right.iter().map(Node::to_json).collect();
                items.extend(missing);
                let together = Json::Array(items);
                (together != model.to_json()).then(|| self.set(together, model))
            }
            _ => self.replaced(model, wanted),
        }
    }

    /// Puts the wanted value in the model's place, if they differ.
    fn replaced(&mut self, model: &Node, wanted: &Node) -> Option<Json> {
        if same(model, wanted) {
            return None;
        }
        let cost = text_distance(model, wanted);
        self.gap.cost += cost;
        Some(self.set(wanted.to_json(), wanted))
    }

    fn only_wanted(&mut self, wanted: &'a Node) -> Option<Json> {
        let defaults = self.defaults;
        let known = defaults.tree().at(&self.keys());
        match (&wanted.value, known.map(|node| &node.value)) {
            (Value::Map(map), Some(Value::Map(_)) | None) if !map.is_empty() => {
                let names: Vec<&String> = map.keys().collect();
                self.children(&names, |name| (None, wanted.get(name)))
            }
            // An empty map over a map changes nothing.
            (Value::Map(map), Some(Value::Map(_))) if map.is_empty() => None,
            _ => match known {
                Some(known) if wanted.value != Value::Null && same(known, wanted) => None,
                _ => Some(self.set(wanted.to_json(), wanted)),
            },
        }
    }

    fn only_model(&mut self, model: &'a Node) -> Option<Json> {
        if self.wanted.secrets.contains(&self.path)
            || self.keeps_references
                && (self.path.last().is_some_and(|key| key == EXPANDS) || holds_references(model))
        {
            self.gap.intended.insert(self.path.clone());
            return None;
        }
        match (self.defaults.at(&self.path), &model.value) {
            (Some(default), _) if same(default, model) => None,
            (_, Value::Map(map)) if self.holds_something(model) => {
                let names: Vec<&String> = map.keys().collect();
                self.children(&names, |name| (model.get(name), None))
            }
            _ => {
                self.gap.cost += 1;
                self.gap.omit.push(self.path.clone());
                None
            }
        }
    }

    /// Returns whether a map of the model must stay in part, because a secret was replaced there.
    fn holds_something(&self, model: &Node) -> bool {
        self.touches_secret() || self.keeps_references && needs_references(model)
    }

    fn touches_secret(&self) -> bool {
        self.wanted
            .secrets
            .iter()
            .any(|secret| secret.starts_with(&self.path))
    }

    fn children(
        &mut self,
        names: &[&String],
        pair: impl Fn(&str) -> (Option<&'a Node>, Option<&'a Node>),
    ) -> Option<Json> {
        let mut map = JsonMap::new();
        for name in names {
            self.path.push((*name).clone());
            let (model, wanted) = pair(name);
            if let Some(value) = self.step(model, wanted) {
                map.insert((*name).clone(), value);
            }
            self.path.pop();
        }
        (!map.is_empty()).then_some(Json::Object(map))
    }

    fn set(&mut self, value: Json, from: &Node) -> Json {
        self.gap.cost += leaves(from);
        value
    }

    fn keys(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }
}

fn leaves(node: &Node) -> usize {
    match &node.value {
        Value::Map(map) => map
            .values()
            .map(|entry| leaves(&entry.value))
            .sum::<usize>()
            .max(1),
        Value::List(items) => items.iter().map(leaves).sum::<usize>().max(1),
        _ => 1,
    }
}

/// Counts the lines that two texts do not share, so that one setting of many in a text counts.
fn text_distance(model: &Node, wanted: &Node) -> usize {
    match (&model.value, &wanted.value) {
        (Value::String(left), Value::String(right))
            if left.contains('\n') || right.contains('\n') =>
        {
            let left: BTreeSet<&str> = left.lines().collect();
            let right: BTreeSet<&str> = right.lines().collect();
            left.symmetric_difference(&right).count()
        }
        (Value::List(left), Value::List(right)) => {
            let strange = |some: &[Node], others: &[Node]| {
                some.iter()
                    .filter(|item| !others.iter().any(|other| same(item, other)))
                    .count()
            };
            strange(left, right) + strange(right, left)
        }
        _ => 0,
    }
}

fn is_reference(item: &Node) -> bool {
    item.get("name")
        .and_then(Node::as_str)
        .is_some_and(|name| REFERENCES.contains(&name))
        && item.get("valueFrom").is_some()
}

fn holds_references(node: &Node) -> bool {
    matches!(&node.value, Value::List(items) if items.iter().any(is_reference))
}

/// Returns whether something in a map is needed for references.
fn needs_references(node: &Node) -> bool {
    holds_references(node)
        || node.as_map().is_some_and(|map| {
            map.iter()
                .any(|(name, entry)| name == EXPANDS || needs_references(&entry.value))
        })
}

fn same_name(left: &Node, right: &Node) -> bool {
    left.get("name").and_then(Node::as_str) == right.get("name").and_then(Node::as_str)
}

/// Returns whether two nodes are the same to a template: numbers by value, maps in any order.
#[expect(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "Helm reads numbers as 64-bit floats"
)]
pub(super) fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::Integer(left), Value::Float(right))
        | (Value::Float(right), Value::Integer(left)) => *left as f64 == *right,
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, entry)| {
                    right
                        .get(name)
                        .is_some_and(|other| same(&entry.value, &other.value))
                })
        }
        (left, right) => left == right,
    }
}

/// One path whose meaning changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The path, as people write it.
    pub path: String,
    /// What templates saw before, in short; nothing if there was nothing.
    pub before: Option<String>,
    /// What templates would see now.
    pub after: Option<String>,
}

/// What the proof says.
#[derive(Default)]
pub(super) struct Proof {
    pub(super) different: Vec<(Path, Difference)>,
    pub(super) intended: Vec<(Path, Difference)>,
}

/// Compares what the chart's templates see before and after, in Helm 3 and in Helm 4.
pub(super) fn prove(
    before: &Node,
    after: &Node,
    defaults: &Defaults,
    intended: &BTreeSet<Path>,
) -> Proof {
    let mut proof = Proof::default();
    for helm in [Helm::V3, Helm::V4] {
        let seen = |values| yaml::coalesce_for(helm, defaults.tree(), values);
        let (before, after) = (seen(before), seen(after));
        let mut path = Vec::new();
        walk(
            Some(&before),
            Some(&after),
            &mut path,
            &mut |path, before, after| {
                let difference = Difference {
                    path: show(path),
                    before: before.map(short),
                    after: after.map(short),
                };
                if intended.iter().any(|known| path.starts_with(known)) {
                    push_once(&mut proof.intended, path, difference);
                } else {
                    push_once(&mut proof.different, path, difference);
                }
            },
        );
    }
    proof
}

fn push_once(list: &mut Vec<(Path, Difference)>, path: &[String], difference: Difference) {
    if !list.iter().any(|(known, _)| known == path) {
        list.push((path.to_vec(), difference));
    }
}

fn walk(
    before: Option<&Node>,
    after: Option<&Node>,
    path: &mut Path,
    report: &mut impl FnMut(&[String], Option<&Node>, Option<&Node>),
) {
    if let (Some(left), Some(right)) = (before, after)
        && same(left, right)
    {
        return;
    }
    let map = |node: Option<&Node>| node.is_some_and(|node| node.as_map().is_some());
    // A map that is there on one side only is compared key by key too, so that each leaf is named.
    let full = |node: Option<&Node>| {
        node.and_then(Node::as_map)
            .is_some_and(|map| !map.is_empty())
    };
    if map(before) && map(after)
        || full(before) && after.is_none()
        || before.is_none() && full(after)
    {
        let empty = yaml::Map::default();
        let left = before.and_then(Node::as_map).unwrap_or(&empty);
        let right = after.and_then(Node::as_map).unwrap_or(&empty);
        let names = left
            .keys()
            .chain(right.keys().filter(|name| !left.contains_key(*name)));
        for name in names {
            path.push(name.clone());
            let child = |map: &'_ yaml::Map| map.get(name).map(|entry| entry.value.clone());
            walk(child(left).as_ref(), child(right).as_ref(), path, report);
            path.pop();
        }
        return;
    }
    report(path, before, after);
}

/// Returns a value on one short line.
pub(super) fn short(node: &Node) -> String {
    const LONGEST: usize = 60;
    let text = yaml::flow(&node.to_json());
    if text.chars().count() > LONGEST {
        format!("{}...", text.chars().take(LONGEST).collect::<String>())
    } else {
        text
    }
}
