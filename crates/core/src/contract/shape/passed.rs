//! What a value may be that a template passes on whole.

use crate::templates::{Landing, Passed, PlaceId};
use crate::yaml::{Node, Value};

use super::super::kubernetes;
use super::super::schema::{Additional, Literal, Schema, Types};
use super::super::terms::term;
use super::super::upstream::Upstream;
use super::dead::revive;
use super::fitting::{fitting, reference_of, write_out};
use super::scalar::{SCALARS, default_of, is_empty, is_scalar, scalar};
use super::{Ids, Shaper, kubernetes_at};

impl Shaper<'_> {
    /// Returns what a value may be that is passed on whole.
    pub(super) fn passed(
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
        let is_walked = ids.iter().any(|id| {
            let place = self.place(*id);
            place.ranged || place.children.values().any(|child| self.alive[*child])
        });
        // What a loop runs over, or has keys that are read, is no scalar, whatever lands where.
        let is_scalar_type = |known: &Schema| {
            known.rare().is_none() && known.types.without(Types::NULL).without(SCALARS).is_any()
        };
        let typed = landed
            .or_else(fallback)
            .filter(|known| !is_walked || known.types.is_any() || !is_scalar_type(known));
        if let Some(mut schema) =
            typed.and_then(|known| fitting(known, default, &self.definitions.borrow()))
        {
            self.add_keys(&mut schema, ids, default, own, path);
            own.restrict(&mut schema, &self.definitions.borrow());
            own.widen_rarely(&mut schema);
            // Templates that print an entry of a map in one place and pass it on whole in another tell the two apart.
            let is_printed = |id: &PlaceId| self.place(*id).printed && !self.place(*id).ranged;
            if key == "*" && reference_of(&schema).is_some() && ids.iter().any(is_printed) {
                write_out(&mut schema);
                let is_text = ids.iter().any(|id| self.place(*id).template);
                schema.types = schema
                    .types
                    .with(if is_text { Types::STRING } else { SCALARS });
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
                let mut names = landing.path.iter().rev();
                let name = names.find(|name| name.chars().any(char::is_alphanumeric));
                let name = name.map_or("a text", |name| &**name);
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
    pub(super) fn type_at(&self, landing: &Landing) -> Option<Schema> {
        if landing.in_text {
            return None;
        }
        if let Some(known) = self.types.borrow().get(landing) {
            return known.clone();
        }
        let found = self.find_type(landing);
        self.types
            .borrow_mut()
            .insert(landing.clone(), found.clone());
        found
    }

    fn find_type(&self, landing: &Landing) -> Option<Schema> {
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
