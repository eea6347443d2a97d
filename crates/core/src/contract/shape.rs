//! What a value may be: from who reads it, what it is by default, and where it lands.

use std::cell::RefCell;

use crate::chart::Chart;
use crate::templates::{Landing, Passed, PlaceId, Places, Reading, Site};
use crate::units::check_format;
use crate::yaml::{Map, Node, Value};

use super::Wording;
use super::build::schema_definitions;
use super::check::types_of;
use super::kubernetes::{self, Crds, Definitions, from_crds};
use super::schema::{Additional, Literal, Schema, Types};
use super::terms::{closed_map, open_map, term};
use super::upstream::Upstream;

/// The name of the definition of a whole object of Kubernetes.
const ANY_OBJECT: &str = "any-object";
/// Why a map takes any key that templates only ask for.
const ASKED: &str = "templates ask only whether it is set";
/// Why a key that no template reads is there at all.
const DEAD: &str = "no template of the chart reads it";
/// Why a map below one that is passed on whole takes any key.
const ALONG: &str = "part of what is passed on whole";
/// A default longer than this is told key by key.
const LONGEST_DEFAULT: usize = 2000;
/// Maps lie no deeper than this in a chart's values.
const DEEPEST: usize = 48;

/// The places that stand for one value: its own, and those of "any element".
type Ids = Vec<PlaceId>;

/// Makes schemas of places.
pub(super) struct Shaper<'a> {
    reading: &'a Reading,
    /// Whether a place, or one below it, is read.
    alive: Vec<bool>,
    own: &'a [(Vec<String>, Schema)],
    crds: Crds<'a>,
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
        if path.len() > DEEPEST {
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

    /// Returns what a value may be that the chart does not set.
    #[expect(clippy::too_many_arguments, reason = "all that is known of one value")]
    fn unset(
        &self,
        key: &str,
        ids: &Ids,
        default: Option<&Node>,
        own: Upstream<'_>,
        has_children: bool,
        has_each: bool,
        path: &mut Vec<String>,
    ) -> Schema {
        let mut schema = if has_children || has_each {
            let mut schema = self.map(ids.clone(), None, own, path);
            if has_each {
                let items = self.items(key, ids, &[], own, path);
                schema.types = schema.types.with(Types::ARRAY);
                schema.items = items.map(Box::new);
            }
            if ids.iter().any(|id| self.place(*id).printed) {
                schema.types = schema
                    .types
                    .with(Types::STRING)
                    .with(Types::NUMBER)
                    .with(Types::BOOLEAN);
            }
            own.widen(&mut schema);
            schema
        } else {
            own.convert()
                .filter(|schema| !schema.types.is_any())
                .or_else(|| self.landed(ids))
                .or_else(|| {
                    kubernetes::by_key(key).and_then(term).filter(|known| {
                        // A scalar that is printed is no map, whatever its name.
                        known.rare().is_none() && known.types.meets(SCALARS)
                    })
                })
                .unwrap_or_else(|| {
                    if ids.iter().any(|id| self.place(*id).printed) {
                        Schema::of(SCALARS.with(Types::NULL))
                    } else {
                        Schema::default()
                    }
                })
        };
        if default.is_some() {
            schema.default = Some(Literal::Null);
        }
        schema
    }

    /// Returns the type of the place where a scalar lands, if all landing places agree on it.
    fn landed(&self, ids: &Ids) -> Option<Schema> {
        let mut types: Option<Types> = None;
        for id in ids {
            let place = self.place(*id);
            if !place.printed {
                continue;
            }
            if place.landings.is_empty() {
                return None;
            }
            for landing in &place.landings {
                let schema = kubernetes_at(landing)?;
                if schema.rare().is_some() || !schema.types.meets(SCALARS) {
                    return None;
                }
                types = Some(types.map_or(schema.types, |known| known.with(schema.types)));
            }
        }
        let mut types = types?;
        // Templates turn one into the other: `"{{ . }}"`, `| int`.
        if types.meets(Types::STRING) {
            types = types.with(Types::NUMBER).with(Types::INTEGER);
        }
        if types.meets(Types::INTEGER.with(Types::NUMBER)) {
            types = types.with(Types::STRING);
        }
        Some(Schema::of(types.with(Types::NULL)))
    }

    /// Adds the types of the places where a scalar lands to those of its default.
    fn widen(&self, schema: &mut Schema, ids: &Ids, is_scalar: bool) {
        if schema.types.is_any() {
            return;
        }
        for id in ids {
            let place = self.place(*id);
            if place.quoted_in_text && schema.types.meets(Types::STRING) {
                schema.types = schema.types.with(Types::INTEGER);
            }
            for kind in &place.kinds {
                schema.types = schema.types.with(match *kind {
                    "map" => Types::OBJECT,
                    "slice" => Types::ARRAY,
                    "string" => Types::STRING,
                    "bool" => Types::BOOLEAN,
                    _ => Types::NUMBER.with(Types::INTEGER),
                });
            }
            for landing in &place.landings {
                if let Some(known) = kubernetes_at(landing)
                    && known.rare().is_none()
                    && known.types.meets(SCALARS)
                {
                    let takes_both =
                        known.types.meets(Types::STRING) && known.types.meets(Types::INTEGER);
                    if takes_both {
                        schema.types = schema.types.with(Types::STRING).with(Types::INTEGER);
                    }
                }
            }
            // A default of one word that is printed may be a number in another environment, and the reverse.
            if is_scalar && place.template && schema.types.meets(SCALARS) {
                schema.types = schema.types.with(Types::STRING);
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
        for id in &ids {
            for (key, child) in &self.place(*id).children {
                let is_known = self.alive[*child] || self.place(*child).refused.is_some();
                if is_known && !keys.contains(&&**key) {
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
            schema.set(key, below);
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

    fn list(
        &self,
        key: &str,
        ids: &Ids,
        items: &[Node],
        default: Option<&Node>,
        own: Upstream<'_>,
        path: &mut Vec<String>,
    ) -> Schema {
        let mut schema = Schema::of(Types::ARRAY.with(Types::NULL));
        schema.items = self.items(key, ids, items, own, path).map(Box::new);
        if ids
            .iter()
            .any(|id| self.place(*id).printed && self.place(*id).template)
        {
            schema.types = schema.types.with(Types::STRING);
        }
        if ids.iter().any(|id| self.place(*id).keyed) {
            schema.types = schema.types.with(Types::OBJECT);
        }
        own.refine(&mut schema);
        schema.types = schema.types.with(Types::NULL);
        if !items.is_empty() && items.iter().all(is_scalar) {
            schema.default = default.and_then(default_of);
        }
        schema
    }

    /// Returns what the elements of a list may be, if a loop tells.
    fn items(
        &self,
        key: &str,
        ids: &Ids,
        items: &[Node],
        own: Upstream<'_>,
        path: &mut Vec<String>,
    ) -> Option<Schema> {
        let mut each = self.each_ids(ids);
        let all_text = !items.is_empty()
            && items
                .iter()
                .all(|item| matches!(item.value, Value::String(_)));
        if !self.is_alive(&each) {
            if own.describes_items() {
                return own.items();
            }
            if all_text && ids.iter().any(|id| self.place(*id).printed) {
                return Some(Schema::of(SCALARS.with(Types::NULL)));
            }
            return None;
        }
        each.retain(|id| self.alive[*id]);
        // The keys that the elements have by default are read or dead like all others.
        let merged = merged(items);
        path.push("*".to_owned());
        let mut schema = self.value(
            key,
            each.clone(),
            merged.as_ref(),
            Upstream::nothing(),
            path,
        );
        path.pop();
        forget_defaults(&mut schema);
        if items.iter().any(is_scalar) {
            schema.types = if schema.types.is_any() {
                schema.types
            } else {
                schema.types.with(SCALARS)
            };
        }
        let plain = schema == Schema::default();
        (!plain).then_some(schema)
    }

    /// Returns what a value may be that is passed on whole.
    fn passed(
        &self,
        key: &str,
        ids: &Ids,
        passed: &[&Passed],
        default: Option<&Node>,
        own: Upstream<'_>,
        path: &mut Vec<String>,
    ) -> Schema {
        let landed = passed
            .iter()
            .find_map(|passed| self.type_at(passed.landing.as_ref()?));
        let fallback = || {
            let is_text = passed.iter().any(|passed| {
                passed
                    .landing
                    .as_ref()
                    .is_some_and(|landing| landing.in_text)
            });
            (!is_text)
                .then(|| kubernetes::by_key(key).and_then(term))
                .flatten()
        };
        let typed = landed.or_else(fallback);
        if let Some(mut schema) =
            typed.and_then(|known| fitting(known, default, &self.definitions.borrow()))
        {
            self.add_keys(&mut schema, ids, default, own, path);
            own.widen_rarely(&mut schema);
            if own.is_closed() {
                narrow(&mut schema, own);
            }
            self.widen(&mut schema, ids, false);
            let is_keyed = ids.iter().any(|id| self.place(*id).keyed);
            if is_keyed
                && schema.types.meets(Types::OBJECT)
                && schema.properties.is_empty()
                && reference_of(&schema).is_none()
            {
                // The same value may also come as a map with keys of the user's choice.
                path.push("*".to_owned());
                let any = self.value("*", self.each_ids(ids), None, Upstream::nothing(), path);
                path.pop();
                schema.additional = if any.dead().is_some() || any == Schema::default() {
                    Additional::Schema(Box::new(Schema::of(SCALARS.with(Types::NULL))))
                } else {
                    Additional::Schema(Box::new(any))
                };
            }
            schema.default = default.filter(|node| !is_empty(node)).and_then(default_of);
            return schema;
        }
        let value = default.map(|node| &node.value);
        match value {
            Some(Value::List(items)) => {
                let mut schema = self.list(key, ids, items, default, own, path);
                if schema.items.is_none() && items.iter().all(is_scalar) && !items.is_empty() {
                    schema.items = Some(Box::new(Schema::of(SCALARS.with(Types::NULL))));
                }
                schema
            }
            Some(Value::Map(_)) => self.open(ids, passed, default, own, path),
            Some(Value::Null) | None => {
                let known = own.convert().filter(|schema| !schema.types.is_any());
                let mut schema = known.unwrap_or_else(|| {
                    let has_children = ids.iter().any(|id| {
                        self.place(*id)
                            .children
                            .values()
                            .any(|child| self.alive[*child])
                    });
                    if has_children {
                        self.open(ids, passed, None, own, path)
                    } else {
                        Schema::default()
                    }
                });
                if default.is_some() {
                    schema.default = Some(Literal::Null);
                }
                schema
            }
            Some(_) => {
                let mut schema = scalar(key, default, own);
                self.widen(&mut schema, ids, true);
                schema
            }
        }
    }

    /// Returns a map that goes whole to where nothing tells its keys.
    fn open(
        &self,
        ids: &Ids,
        passed: &[&Passed],
        default: Option<&Node>,
        own: Upstream<'_>,
        path: &mut Vec<String>,
    ) -> Schema {
        let mut schema = self.map(ids.clone(), default, own, path);
        revive(&mut schema, default);
        if own.is_closed() {
            for (key, unlisted) in own.unlisted_all() {
                if schema.listed(&key).is_none() {
                    schema.set(&key, unlisted);
                }
            }
            schema.additional = own.others().map_or(Additional::Refused, |others| {
                Additional::Schema(Box::new(others))
            });
            return schema;
        }
        if let Some(others) = own.others().filter(|others| !others.types.is_any()) {
            schema.additional = Additional::Schema(Box::new(others));
            return schema;
        }
        for (key, unlisted) in own.unlisted_all() {
            if schema.listed(&key).is_none() {
                schema.set(&key, unlisted);
            }
        }
        schema.additional = Additional::Any;
        let why = passed
            .first()
            .map_or_else(String::new, |passed| self.why_open(passed));
        schema.rare_mut().open = Some(why.into());
        own.widen(&mut schema);
        schema
    }

    fn why_open(&self, passed: &Passed) -> String {
        let site = self.shown(passed.site);
        match &passed.landing {
            Some(landing) if landing.in_text => {
                let name = landing.path.last().map_or("a text", |name| &**name);
                format!("{site} writes it whole into {name}")
            }
            Some(landing) if !landing.path.is_empty() => {
                let kind = landing.kind.as_deref().unwrap_or("an object");
                format!(
                    "{site} passes it whole to {kind} {}",
                    landing.path.join(".")
                )
            }
            _ => format!("{site} passes it on whole"),
        }
    }

    /// Adds the keys that templates read of a value beside passing it on, and those that stay behind.
    fn add_keys(
        &self,
        schema: &mut Schema,
        ids: &Ids,
        default: Option<&Node>,
        own: Upstream<'_>,
        path: &mut Vec<String>,
    ) {
        let target = reference_of(schema).unwrap_or_else(|| schema.clone());
        if !target.types.meets(Types::OBJECT) || !matches!(target.additional, Additional::Refused) {
            return;
        }
        let map = default.and_then(Node::as_map);
        let mut written = false;
        for id in ids {
            for (key, child) in &self.place(*id).children {
                if !self.alive[*child]
                    || target.listed(key).is_some()
                    || schema.listed(key).is_some()
                {
                    continue;
                }
                if !written {
                    write_out(schema);
                    written = true;
                }
                path.push(key.to_string());
                let value = self.value(
                    key,
                    self.child_ids(ids, key),
                    map.and_then(|map| map.get(&**key))
                        .map(|entry| &entry.value),
                    own.child(key),
                    path,
                );
                path.pop();
                schema.set(key, value);
            }
        }
    }

    /// Returns the type of the place where a value lands: a custom resource's of the chart, or Kubernetes' own.
    fn type_at(&self, landing: &Landing) -> Option<Schema> {
        if landing.in_text {
            return None;
        }
        let custom = landing
            .kind
            .as_deref()
            .filter(|_| landing.path.len() > 1)
            .and_then(|kind| {
                self.crds
                    .at(kind, landing.api_version.as_deref(), &landing.path)
            });
        let Some((schema, definitions)) = custom else {
            return kubernetes_at(landing);
        };
        let mut known = self.definitions.borrow_mut();
        for (name, definition) in definitions {
            if known.iter().all(|(other, _)| *other != name) {
                known.push((name, definition));
            }
        }
        Some(schema)
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

/// The types of scalars.
const SCALARS: Types = Types::STRING
    .with(Types::BOOLEAN)
    .with(Types::INTEGER)
    .with(Types::NUMBER);

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

/// Returns what a scalar may be, from its default and the chart's own schema.
fn scalar(key: &str, default: Option<&Node>, own: Upstream<'_>) -> Schema {
    let Some(node) = default else {
        return Schema::of(SCALARS.with(Types::NULL));
    };
    let mut schema = match &node.value {
        Value::Bool(_) => Schema::of(Types::BOOLEAN),
        Value::Integer(_) if kubernetes::is_integer_or_string(key) => {
            Schema::of(Types::INTEGER.with(Types::STRING))
        }
        Value::Integer(_) => Schema::of(Types::INTEGER),
        Value::Float(_) => Schema::of(Types::NUMBER),
        Value::String(text) => text_schema(key, text),
        _ => Schema::default(),
    };
    own.refine(&mut schema);
    schema.types = schema.types.with(Types::NULL);
    // A default password is a fact nobody should find in two places.
    if !key.to_lowercase().ends_with("password") {
        schema.default = default_of(node);
    }
    schema
}

fn text_schema(key: &str, text: &str) -> Schema {
    let mut schema = Schema::of(Types::STRING);
    if kubernetes::is_integer_or_string(key) {
        schema.types = schema.types.with(Types::INTEGER);
    }
    // `size: 10Gi` is a volume's size; a bare number or a word under that name is not.
    let is_size = key == "size" && text.ends_with(|last: char| last.is_ascii_alphabetic());
    if is_size && check_format("storage-quantity", text).is_ok() {
        schema.format = Some("storage-quantity".into());
    }
    schema
}

fn is_scalar(node: &Node) -> bool {
    !matches!(node.value, Value::List(_) | Value::Map(_))
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}

/// Returns the default as a fact; texts of several lines are configuration or prose, and stay in the chart.
fn default_of(node: &Node) -> Option<Literal> {
    (!has_lines(node)).then(|| Literal::from_json(&node.to_json()))
}

fn has_lines(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => text.contains('\n'),
        Value::List(items) => items.iter().any(has_lines),
        Value::Map(map) => map.values().any(|entry| has_lines(&entry.value)),
        _ => false,
    }
}

/// Makes the schema of a key that is never read: it takes the chart's own default, which Helm puts there, and null.
fn dead(why: &str, default: Option<Literal>) -> Schema {
    let mut dead = Schema::default();
    let rare = dead.rare_mut();
    rare.dead = Some(why.into());
    let default = default.filter(|default| *default != Literal::Null);
    rare.allowed = Some(default.into_iter().chain([Literal::Null]).collect());
    dead
}

/// Makes the schema of a value that is never read, nor anything below it.
fn dead_tree(why: &str, default: Option<&Node>) -> Schema {
    let Some(node) = default else {
        return dead(why, None);
    };
    let is_short = || node.to_json().to_string().len() <= LONGEST_DEFAULT;
    if !has_lines(node) && is_short() {
        return dead(why, default_of(node));
    }
    match &node.value {
        Value::Map(map) => {
            let mut schema = closed_map();
            for (key, entry) in map {
                schema.set(key, dead_tree(why, Some(&entry.value)));
            }
            schema
        }
        // A long text is not copied here, so it cannot be told from another one.
        Value::String(_) => Schema::of(Types::STRING.with(Types::NULL)),
        _ => Schema::default(),
    }
}

/// Takes back that keys are dead or unknown in what goes on whole: they go along.
fn revive(schema: &mut Schema, default: Option<&Node>) {
    let map = default.and_then(Node::as_map);
    for (key, property) in &mut schema.properties {
        let node = map
            .and_then(|map| map.get(&**key))
            .map(|entry| &entry.value);
        if property.dead() == Some(DEAD) {
            *property = alive_tree(key, node);
        } else {
            loosen(property, node);
        }
    }
}

fn loosen(schema: &mut Schema, default: Option<&Node>) {
    if schema.rare().is_some() {
        return;
    }
    revive(schema, default);
    if let Some(items) = &mut schema.items {
        loosen(items, None);
    }
    match &mut schema.additional {
        Additional::Refused => {
            schema.additional = Additional::Any;
            schema.rare_mut().open = Some(ALONG.into());
        }
        Additional::Schema(other) => loosen(other, None),
        Additional::Any => {}
    }
}

fn alive_tree(key: &str, default: Option<&Node>) -> Schema {
    match default.map(|node| &node.value) {
        Some(Value::Map(map)) => {
            let mut schema = open_map(ALONG);
            for (key, entry) in map {
                schema.set(key, alive_tree(key, Some(&entry.value)));
            }
            schema
        }
        Some(Value::List(items)) => {
            let mut schema = Schema::of(Types::ARRAY.with(Types::NULL));
            if !items.is_empty() && items.iter().all(is_scalar) {
                schema.items = Some(Box::new(Schema::of(SCALARS.with(Types::NULL))));
            }
            schema
        }
        Some(Value::Null) | None => {
            let mut schema = Schema::default();
            schema.default = default.map(|_| Literal::Null);
            schema
        }
        Some(_) => scalar(key, default, Upstream::nothing()),
    }
}

/// Returns one map with the keys of all elements that are maps.
fn merged(items: &[Node]) -> Option<Node> {
    let mut maps = items.iter().filter(|item| item.as_map().is_some());
    let mut first = maps.next()?.clone();
    for other in maps {
        if let (Value::Map(known), Some(map)) = (&mut first.value, other.as_map()) {
            for (key, entry) in map {
                known.entry(key.clone()).or_insert_with(|| entry.clone());
            }
        }
    }
    Some(first)
}

/// Elements of a list have no defaults: a list replaces another one whole.
fn forget_defaults(schema: &mut Schema) {
    schema.default = None;
    if schema.dead().is_some()
        && let Some(rare) = schema.rare.as_mut()
    {
        // Another element holds another value.
        rare.allowed = None;
        rare.dead = None;
        if *rare.as_ref() == super::Rare::default() {
            schema.rare = None;
        }
    }
    for (_, property) in &mut schema.properties {
        forget_defaults(property);
    }
    if let Some(items) = &mut schema.items {
        forget_defaults(items);
    }
}

/// Returns a Kubernetes type if the chart's default fits it, with what the chart adds to it.
fn fitting(known: Schema, default: Option<&Node>, own: &[(Box<str>, Schema)]) -> Option<Schema> {
    let Some(node) = default else {
        return Some(known);
    };
    if node.value == Value::Null || fits(&known, node, own) {
        return Some(known);
    }
    let named = target_of(&known, own);
    // A text that holds YAML, for `tpl`.
    if let Value::String(_) = node.value {
        if named.types.meets(SCALARS) {
            return Some(widened(named, Types::STRING));
        }
        return None;
    }
    if is_empty(node) {
        // An empty map where a list goes, or the reverse: both say nothing.
        let also = if named.types.meets(Types::ARRAY) {
            Types::OBJECT
        } else {
            Types::ARRAY
        };
        let mut schema = widened(named, also);
        if also == Types::OBJECT && schema.properties.is_empty() {
            schema.additional = Additional::Refused;
        }
        return Some(schema);
    }
    let map = node.as_map().filter(|_| !named.properties.is_empty())?;
    let mut schema = named;
    let mut fitting = 0;
    for (key, entry) in map {
        match schema.listed(key).cloned() {
            Some(property) if fits(&property, &entry.value, own) => fitting += 1,
            Some(property) => match self::fitting(property, Some(&entry.value), own) {
                Some(other) => {
                    fitting += 1;
                    schema.set(key, other);
                }
                None => schema.set(key, alive_tree(key, Some(&entry.value))),
            },
            None => schema.set(key, alive_tree(key, Some(&entry.value))),
        }
    }
    (fitting > 0 && fits(&schema, node, own)).then_some(schema)
}

fn widened(mut schema: Schema, types: Types) -> Schema {
    schema.types = schema.types.with(types);
    schema
}

/// Returns whether a default fits a schema made of Kubernetes types.
fn fits(schema: &Schema, node: &Node, own: &[(Box<str>, Schema)]) -> bool {
    let mut root = schema.clone();
    let definitions = schema_definitions(schema, own);
    root.rare_mut().definitions = definitions;
    let own = match &node.value {
        Value::List(_) => Types::ARRAY,
        Value::Map(_) => Types::OBJECT,
        _ => Types::default(),
    };
    let takes = types_of(&root, &root, 4);
    (own.is_any() || takes.is_any() || takes.meets(own))
        && root.check(node, &Wording::chart("default", "")).is_empty()
}

/// Returns the type that a schema refers to, or the schema itself.
fn target_of(schema: &Schema, own: &[(Box<str>, Schema)]) -> Schema {
    let name = schema
        .rare()
        .and_then(|rare| rare.reference.as_deref()?.strip_prefix("#/definitions/"));
    let own = name.and_then(|name| own.iter().find(|(known, _)| **known == *name));
    own.map(|(_, schema)| schema.clone())
        .or_else(|| reference_of(schema))
        .unwrap_or_else(|| schema.clone())
}

/// Returns the Kubernetes type that a schema refers to, if it does.
fn reference_of(schema: &Schema) -> Option<Schema> {
    let reference = schema.rare()?.reference.as_deref()?;
    kubernetes::named(reference.strip_prefix("#/definitions/")?)
}

/// Leaves out the keys of a Kubernetes type that the chart's own closed schema refuses.
fn narrow(schema: &mut Schema, own: Upstream<'_>) {
    write_out(schema);
    schema
        .properties
        .retain(|(key, _)| !own.child(key).is_nothing());
}

/// Replaces a reference by what it stands for.
fn write_out(schema: &mut Schema) {
    if let Some(named) = reference_of(schema) {
        *schema = Schema {
            default: schema.default.take(),
            template: schema.template,
            ..named
        };
    }
}
