//! What a value may be that a chart does not set, and the elements of lists.

use crate::yaml::{Node, Value};

use super::super::kubernetes;
use super::super::schema::{Literal, Schema, Types};
use super::super::terms::term;
use super::super::upstream::Upstream;
use super::dead::forget_defaults;
use super::scalar::{SCALARS, default_of, is_scalar};
use super::{Ids, Shaper};

impl Shaper<'_> {
    /// Returns what a value may be that the chart does not set.
    #[expect(clippy::too_many_arguments, reason = "all that is known of one value")]
    pub(super) fn unset(
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
        self.widen(&mut schema, ids, false);
        if default.is_some() {
            schema.default = Some(Literal::Null);
        }
        schema
    }

    /// Returns the type of the place where a scalar lands, if all landing places agree on it.
    pub(super) fn landed(&self, ids: &Ids) -> Option<Schema> {
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
                let schema = self.type_at(landing)?;
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
    pub(super) fn widen(&self, schema: &mut Schema, ids: &Ids, is_scalar: bool) {
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
            // Whatever the default is, the place where it lands takes these.
            for landing in &place.landings {
                if let Some(known) = self.type_at(landing)
                    && known.rare().is_none()
                    && known.types.meets(SCALARS)
                {
                    schema.types = schema.types.with(known.types);
                }
            }
            // A default of one word that is printed may be a number in another environment, and the reverse.
            if is_scalar && place.template && schema.types.meets(SCALARS) {
                schema.types = schema.types.with(Types::STRING);
            }
        }
    }

    pub(super) fn list(
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
        own.refine(&mut schema);
        schema.types = schema.types.with(Types::NULL);
        if !items.is_empty() && items.iter().all(is_scalar) {
            schema.default = default.and_then(default_of);
        }
        schema
    }

    /// Returns what the elements of a list may be, if a loop tells.
    pub(super) fn items(
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
