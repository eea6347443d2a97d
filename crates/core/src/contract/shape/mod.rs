//! What a value may be: from who reads it, what it is by default, and where it lands.

mod dead;
mod fitting;
mod passed;
mod scalar;
mod unset;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};

use crate::chart::Chart;
use crate::templates::{Landing, Passed, PlaceId, Places, Reading, Site};
use crate::yaml::{Map, Node, Value};

use super::kubernetes::{self, Crds, Definitions, from_crds};
use super::schema::{Additional, Schema, Types};
use super::terms::{closed_map, open_map, term};
use super::upstream::Upstream;

use dead::{DEAD, dead_tree};
use fitting::fitting;
use scalar::{default_of, scalar};

pub(super) use fitting::target_of;

/// The name of the definition of a whole object of Kubernetes.
const ANY_OBJECT: &str = "any-object";
/// Why a map takes any key that templates only ask for.
const ASKED: &str = "templates ask only whether it is set";
/// Why a map takes any key that is allowed and never looked into.
const UNTOLD: &str = "templates take a map, too, and do not tell its keys";
/// Maps lie no deeper than this in a chart's values.
const DEEPEST: usize = 48;
/// Maps and lists of the user's choice lie in one another no deeper than this: each may be the one or the other.
const MAX_ANY: usize = 6;
/// The places that stand for one value: its own, and those of "any element".
type Ids = Vec<PlaceId>;
/// Makes schemas of places.
pub(super) struct Shaper<'a> {
    reading: &'a Reading,
    /// Whether a place, or one below it, is read.
    alive: Vec<bool>,
    own: &'a [(Vec<String>, Schema)],
    crds: Crds<'a>,
    /// The types of places that were asked for before.
    types: RefCell<BTreeMap<Landing, Option<Schema>>>,
    /// The types of custom resources that its schemas refer to.
    definitions: RefCell<Definitions>,
}

impl<'a> Shaper<'a> {
    pub(super) fn new(
        chart: &'a Chart,
        reading: &'a Reading,
        own: &'a [(Vec<String>, Schema)],
    ) -> Self {
        let places = &reading.places;
        let mut alive = vec![false; places.len()];
        // A place is made after the one above it.
        for id in (0..places.len()).rev() {
            let place = places.get(id);
            alive[id] |= place.is_read();
            if let (true, Some(parent)) = (alive[id], place.parent) {
                alive[parent] = true;
            }
        }
        Self {
            reading,
            alive,
            own,
            crds: from_crds(&custom_resources(chart)),
            types: RefCell::default(),
            definitions: RefCell::new(vec![(ANY_OBJECT.into(), kubernetes::any_object())]),
        }
    }

    /// Returns the definitions that its schemas may refer to beyond Kubernetes' own.
    pub(super) fn finish(self) -> Definitions {
        self.definitions.into_inner()
    }

    /// Returns the schema of all values.
    pub(super) fn top(&self, defaults: &Node) -> Schema {
        let own = self.own_at(&[]);
        let mut path = Vec::new();
        let mut schema = self.map(vec![Places::TOP], Some(defaults), own, &mut path);
        schema.additional = Additional::Refused;
        schema
    }

    fn own_at(&self, path: &[String]) -> Upstream<'a> {
        self.own
            .iter()
            .find(|(known, _)| known == path)
            .map_or(Upstream::nothing(), |(_, schema)| Upstream::new(schema))
    }

    fn place(&self, id: PlaceId) -> &'a crate::templates::Place {
        self.reading.places.get(id)
    }

    fn child_ids(&self, ids: &Ids, key: &str) -> Ids {
        let mut found = Vec::new();
        for id in ids {
            let place = self.place(*id);
            found.extend(place.children.get(key).copied());
            if !self.is_one_or_list(*id) {
                found.extend(place.each);
            }
        }
        found
    }

    /// Returns whether templates take either one map or a list of such maps: then a loop runs over the list only.
    fn is_one_or_list(&self, id: PlaceId) -> bool {
        let place = self.place(id);
        let has_names = || place.children.values().any(|child| self.alive[*child]);
        place.each.is_some() && !place.keyed && (place.kinds.contains(&"slice") || has_names())
    }

    fn each_ids(&self, ids: &Ids) -> Ids {
        ids.iter().filter_map(|id| self.place(*id).each).collect()
    }

    fn is_alive(&self, ids: &Ids) -> bool {
        ids.iter().any(|id| self.alive[*id])
    }

    fn shown(&self, site: Site) -> String {
        let file = self
            .reading
            .files
            .get(site.file as usize)
            .map_or("", |name| &**name);
        format!("{file}:{}", site.line)
    }

    /// Returns what a key may hold.
    fn value(
        &self,
        key: &str,
        ids: Ids,
        default: Option<&Node>,
        own: Upstream<'_>,
        path: &mut Vec<String>,
    ) -> Schema {
        let own = match self.own_at(path) {
            nothing if nothing.is_nothing() => own,
            below => below,
        };
        let is_any = |step: &&String| *step == "*";
        if path.len() > DEEPEST || path.iter().filter(is_any).count() > MAX_ANY {
            return Schema::default();
        }
        if !self.is_alive(&ids) {
            let refused = ids.iter().find_map(|id| self.place(*id).refused);
            let why = refused.map_or_else(
                || DEAD.to_owned(),
                |site| format!("{} refuses it", self.shown(site)),
            );
            return dead_tree(&why, default);
        }
        let mut schema = self.shape(key, &ids, default, own, path);
        settle(&mut schema);
        schema.template |= ids.iter().any(|id| self.place(*id).template);
        schema
    }

    fn shape(
        &self,
        key: &str,
        ids: &Ids,
        default: Option<&Node>,
        own: Upstream<'_>,
        path: &mut Vec<String>,
    ) -> Schema {
        let passed: Vec<&Passed> = ids.iter().flat_map(|id| &self.place(*id).passed).collect();
        let has_children = ids.iter().any(|id| {
            self.place(*id)
                .children
                .values()
                .any(|child| self.alive[*child])
        });
        let each = self.each_ids(ids);
        let has_each = self.is_alive(&each) || ids.iter().any(|id| self.place(*id).ranged);
        let value = default.map(|node| &node.value);
        if !passed.is_empty() {
            return self.passed(key, ids, &passed, default, own, path);
        }
        if ids.iter().any(|id| self.place(*id).supposed) && !own.is_closed() {
            // Without templates a name is all that tells a Kubernetes type.
            let named = kubernetes::by_key(key).and_then(term);
            let known = self.definitions.borrow();
            if let Some(schema) = named.and_then(|named| fitting(named, default, &known)) {
                return Schema {
                    default: default.and_then(default_of),
                    ..schema
                };
            }
        }
        match value {
            Some(Value::Map(map)) if !map.is_empty() || has_children || has_each => {
                let mut schema = self.map(ids.clone(), default, own, path);
                if ids.iter().any(|id| self.is_one_or_list(*id)) {
                    schema.types = schema.types.with(Types::ARRAY);
                    schema.items = self.items(key, ids, &[], own, path).map(Box::new);
                }
                self.widen(&mut schema, ids, false);
                own.widen(&mut schema);
                schema
            }
            Some(Value::List(items)) => {
                let mut schema = self.list(key, ids, items, default, own, path);
                if has_children {
                    // One element may stand for a list of one.
                    let map = self.map(ids.clone(), None, own, path);
                    schema.types = schema.types.with(Types::OBJECT);
                    schema.properties = map.properties;
                    schema.additional = map.additional;
                }
                self.widen(&mut schema, ids, false);
                own.widen(&mut schema);
                schema
            }
            Some(Value::Map(_)) => {
                // Empty by default, and nothing of it is read but that it is there.
                match own.convert().filter(|schema| !schema.types.is_any()) {
                    Some(schema) => schema,
                    None => open_map(ASKED),
                }
            }
            Some(Value::Null) | None => {
                self.unset(key, ids, default, own, has_children, has_each, path)
            }
            Some(_) => {
                let mut schema = scalar(key, default, own);
                if has_children || has_each {
                    let map = self.map(ids.clone(), None, own, path);
                    schema.types = schema.types.with(Types::OBJECT);
                    schema.properties = map.properties;
                    schema.additional = map.additional;
                    if has_each {
                        schema.types = schema.types.with(Types::ARRAY);
                    }
                }
                self.widen(&mut schema, ids, true);
                schema
            }
        }
    }

    /// Returns a closed map of the keys that are read or listed.
    fn map(
        &self,
        ids: Ids,
        default: Option<&Node>,
        own: Upstream<'_>,
        path: &mut Vec<String>,
    ) -> Schema {
        let empty = Map::new();
        let map: &Map = default.and_then(Node::as_map).unwrap_or(&empty);
        let mut schema = closed_map();
        let mut keys: Vec<&str> = map.keys().map(String::as_str).collect();
        let mut known: HashSet<&str> = keys.iter().copied().collect();
        for id in &ids {
            for (key, child) in &self.place(*id).children {
                let is_known = self.alive[*child] || self.place(*child).refused.is_some();
                if is_known && known.insert(key) {
                    keys.push(key);
                }
            }
        }
        for key in keys {
            path.push(key.to_owned());
            let below = self.value(
                key,
                self.child_ids(&ids, key),
                map.get(key).map(|entry| &entry.value),
                own.child(key),
                path,
            );
            path.pop();
            schema.properties.push((key.into(), below));
        }
        let mut each = self.each_ids(&ids);
        if ids.iter().any(|id| self.is_one_or_list(*id)) {
            each.clear();
        }
        let computed = ids.iter().find_map(|id| self.place(*id).computed);
        if self.is_alive(&each) || ids.iter().any(|id| self.place(*id).keyed) {
            path.push("*".to_owned());
            let others = own.others();
            let mut any = self.value("*", each, None, Upstream::nothing(), path);
            path.pop();
            if let Some(others) = others.filter(|others| !others.types.is_any()) {
                any = others;
            } else if any.dead().is_some() {
                any = Schema::default();
            }
            self.describe_others(&mut schema, any, computed);
        } else if let Some(site) = computed {
            let why = format!("{} computes its key", self.shown(site));
            schema.additional = Additional::Any;
            schema.rare_mut().open = Some(why.into());
        }
        schema
    }

    /// Says what keys of the user's choice may hold.
    fn describe_others(&self, schema: &mut Schema, any: Schema, computed: Option<Site>) {
        if any == Schema::default() {
            let why = computed.map_or_else(
                || "a loop runs over its keys, whatever they hold".to_owned(),
                |site| format!("{} computes its key", self.shown(site)),
            );
            schema.additional = Additional::Any;
            schema.rare_mut().open = Some(why.into());
        } else {
            schema.additional = Additional::Schema(Box::new(any));
        }
    }
}

/// Returns the texts of a chart, and of those below it, that define custom resources.
fn custom_resources(chart: &Chart) -> Vec<(&str, &str)> {
    let mut found: Vec<(&str, &str)> = chart
        .files
        .iter()
        .filter(|(path, _)| path.starts_with("crds/"))
        .map(|(path, text)| (&**path, &**text))
        .collect();
    for subchart in &chart.subcharts {
        found.extend(custom_resources(subchart));
    }
    found
}

/// Says why a map is open that nothing describes.
fn settle(schema: &mut Schema) {
    let is_described = !schema.properties.is_empty()
        || schema.additional != Additional::Any
        || schema.rare().is_some();
    if schema.types.meets(Types::OBJECT) && !is_described {
        schema.rare_mut().open = Some(UNTOLD.into());
    }
}

fn kubernetes_at(landing: &Landing) -> Option<Schema> {
    if landing.in_text {
        return None;
    }
    if landing.path.is_empty() {
        return Some(Schema::reference_to(ANY_OBJECT));
    }
    kubernetes::at(
        landing.kind.as_deref(),
        landing.api_version.as_deref(),
        &landing.path,
    )
}
