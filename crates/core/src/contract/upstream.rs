//! The facts of a schema that a chart ships itself: types, closed objects' keys, allowed words; never its prose.

use crate::yaml::Map;

use super::check::types_of;
use super::schema::{Additional, Literal, Schema, Types};
use super::shape::target_of;

/// How deep a chart's own schema is followed; a ring of references ends here.
const DEEPEST: u8 = 8;
/// Why a map stays open that the chart's own schema does not close.
const OPEN: &str = "the chart's own schema leaves it open";

/// A place in a chart's own schema, or nowhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Upstream<'a> {
    place: Option<(&'a Schema, &'a Schema)>,
}

impl<'a> Upstream<'a> {
    /// Returns the place of a chart without a schema.
    pub(super) const fn nothing() -> Self {
        Self { place: None }
    }

    /// Returns the top of a chart's schema.
    pub(super) const fn new(root: &'a Schema) -> Self {
        Self {
            place: Some((root, root)),
        }
    }

    /// Returns the place of a key.
    pub(super) fn child(self, key: &str) -> Self {
        Self {
            place: self
                .place
                .and_then(|(schema, root)| Some((schema.property(key, root)?, root))),
        }
    }

    /// Returns whether the chart says nothing of it.
    pub(super) const fn is_nothing(self) -> bool {
        self.place.is_none()
    }

    /// Takes the keys away that the chart's own closed schema does not list: Helm refuses them first.
    pub(super) fn restrict(self, schema: &mut Schema, definitions: &[(Box<str>, Schema)]) {
        let Some((own, _)) = self.object().filter(|_| self.is_closed()) else {
            return;
        };
        let target = target_of(schema, definitions);
        if target.properties.is_empty() {
            return;
        }
        let known = |key: &str| own.listed(key).is_some();
        if target.properties.iter().all(|(key, _)| known(key)) {
            return;
        }
        *schema = Schema {
            default: schema.default.take(),
            template: schema.template,
            ..target
        };
        schema.properties.retain(|(key, _)| known(key));
    }

    /// Returns what the elements of a list are.
    pub(super) fn items(self) -> Option<Schema> {
        let (schema, root) = self.place?;
        let items = schema.resolve(root).items.as_deref()?;
        Some(convert(items, root, DEEPEST)).filter(|items| *items != Schema::default())
    }

    /// Returns all keys that it lists.
    pub(super) fn unlisted_all(self) -> Vec<(String, Schema)> {
        self.unlisted(&Map::new())
            .into_iter()
            .map(|(key, schema)| (key.to_owned(), schema))
            .collect()
    }

    /// Adds scalar types that the chart's own schema names beside a type that we know better.
    pub(super) fn widen_rarely(self, schema: &mut Schema) {
        if let Some((own, root)) = self.place
            && !schema.types.is_any()
        {
            let types = types_of(own, root, DEEPEST);
            if types.meets(Types::STRING) && !schema.types.meets(Types::STRING) {
                schema.types = schema.types.with(Types::STRING);
            }
        }
    }

    fn object(self) -> Option<(&'a Schema, &'a Schema)> {
        let (schema, root) = self.place?;
        let schema = schema.resolve(root);
        if !schema.properties.is_empty() || schema.additional != Additional::Any {
            return Some((schema, root));
        }
        let rare = schema.rare()?;
        rare.any_of
            .iter()
            .chain(&rare.one_of)
            .chain(&rare.all_of)
            .map(|branch| branch.resolve(root))
            .find(|branch| !branch.properties.is_empty() || branch.additional != Additional::Any)
            .map(|branch| (branch, root))
    }

    /// Returns whether it is a map that takes no other keys.
    pub(super) fn is_closed(self) -> bool {
        self.object()
            .is_some_and(|(schema, _)| schema.additional == Additional::Refused)
    }

    /// Returns whether it is a list whose elements have keys.
    pub(super) fn describes_items(self) -> bool {
        let items = self.place.and_then(|(schema, root)| {
            let items = schema.resolve(root).items.as_deref()?;
            Some(Self {
                place: Some((items, root)),
            })
        });
        items.is_some_and(|items| items.object().is_some())
    }

    /// Returns the keys that it lists and the values do not.
    pub(super) fn unlisted(self, values: &Map) -> Vec<(&'a str, Schema)> {
        let Some((schema, root)) = self.object() else {
            return Vec::new();
        };
        schema
            .properties
            .iter()
            .filter(|(key, _)| !values.contains_key(&**key))
            .map(|(key, property)| (&**key, convert(property, root, DEEPEST)))
            .collect()
    }

    /// Returns what holds for keys with names of the user's, such as entry points.
    pub(super) fn others(self) -> Option<Schema> {
        let (schema, root) = self.object()?;
        match &schema.additional {
            Additional::Schema(other) => Some(convert(other, root, DEEPEST)),
            Additional::Any | Additional::Refused => None,
        }
    }

    /// Returns it as a schema of ours.
    pub(super) fn convert(self) -> Option<Schema> {
        self.place
            .map(|(schema, root)| convert(schema, root, DEEPEST))
    }

    /// Adds its types and allowed words to a schema made from a default.
    pub(super) fn refine(self, schema: &mut Schema) {
        let Some(own) = self.convert() else { return };
        self.widen(schema);
        if let Some(rare) = own.rare() {
            let mine = schema.rare_mut();
            mine.allowed.clone_from(&rare.allowed);
            mine.minimum = rare.minimum;
            mine.maximum = rare.maximum;
            if *mine == super::Rare::default() {
                schema.rare = None;
            }
        }
        if schema.items.is_none() {
            schema.items = own.items;
        }
    }

    /// Adds its types to a schema made from a default.
    pub(super) fn widen(self, schema: &mut Schema) {
        if let Some((own, root)) = self.place {
            schema.types = schema.types.with(types_of(own, root, DEEPEST));
        }
    }
}

fn convert(schema: &Schema, root: &Schema, steps: u8) -> Schema {
    let types = types_of(schema, root, DEEPEST);
    let mut converted = Schema::default();
    // `null` alone says only that the default is null.
    if types.is_any() || types == Types::NULL || steps == 0 {
        return converted;
    }
    converted.types = types.with(Types::NULL);
    let schema = schema.resolve(root);
    if let Some(rare) = schema.rare() {
        if let Some(allowed) = rare.allowed.clone().filter(|allowed| !allowed.is_empty()) {
            let mut allowed = allowed;
            if !allowed.contains(&Literal::Null) {
                allowed.push(Literal::Null);
            }
            converted.rare_mut().allowed = Some(allowed);
        }
        if rare.minimum.is_some() || rare.maximum.is_some() {
            let mine = converted.rare_mut();
            mine.minimum = rare.minimum;
            mine.maximum = rare.maximum;
        }
    }
    if let Some(items) = &schema.items {
        let items = convert(items, root, steps - 1);
        if items != Schema::default() {
            converted.items = Some(Box::new(items));
        }
    }
    if types.holds(Types::OBJECT) {
        let place = Upstream {
            place: Some((schema, root)),
        };
        convert_object(&mut converted, place.object(), steps);
    }
    converted
}

fn convert_object(converted: &mut Schema, object: Option<(&Schema, &Schema)>, steps: u8) {
    let mut additional = Additional::Any;
    if let Some((object, root)) = object {
        for (key, property) in &object.properties {
            converted.set(key, convert(property, root, steps - 1));
        }
        additional = match &object.additional {
            Additional::Any => Additional::Any,
            Additional::Refused => Additional::Refused,
            Additional::Schema(other) => {
                Additional::Schema(Box::new(convert(other, root, steps - 1)))
            }
        };
    }
    if additional == Additional::Any {
        converted.rare_mut().open = Some(OPEN.into());
    }
    converted.additional = additional;
}
