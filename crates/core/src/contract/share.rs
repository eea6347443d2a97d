//! Says once what a schema says many times, so that contracts stay small and quick to load.

use std::collections::{BTreeMap, BTreeSet};

use super::schema::{Additional, Schema, Types, find};
use super::write::to_json;

/// About how many bytes a reference takes, and a definition around its schema.
const REFERENCE: usize = 44;
const DEFINITION: usize = 28;
/// What comes before the name of a shared part.
const PREFIX: &str = "same.";
/// The bytes that stand around a schema when it is written alone, and those of a part that stands for another.
const HEADER: usize = 60;
const STAND_IN: usize = 18;
/// The bytes around what editors show of a key.
const SHOWN: usize = 27;

impl Schema {
    /// Replaces parts that stand in the document more than once by references to one definition, `same.<key>`.
    ///
    /// The schema is the root of its document. What it admits stays the same, and so do all defaults: parts count as
    /// the same only where these are. Nothing that follows may change parts in place.
    pub fn share(&mut self) {
        let mut table = Table::default();
        let definitions = match &mut self.rare {
            Some(rare) => std::mem::take(&mut rare.definitions),
            None => Vec::new(),
        };
        let names: BTreeSet<String> = definitions
            .iter()
            .map(|(name, _)| name.to_string())
            .collect();
        let named: Vec<(Box<str>, usize)> = definitions
            .into_iter()
            .map(|(name, schema)| {
                let id = table.intern(schema, &name);
                (name, id)
            })
            .collect();
        let root = table.intern(std::mem::take(self), "root");
        let shared = table.shared(root, &named, &names);
        let mut definitions: Vec<(Box<str>, Schema)> = named
            .iter()
            .map(|(name, id)| (name.clone(), table.whole(*id, &shared)))
            .collect();
        for (id, name) in &shared {
            if find(&definitions, name).is_none() {
                definitions.push((name.as_str().into(), table.whole(*id, &shared)));
            }
        }
        definitions.sort_by(|(left, _), (right, _)| left.cmp(right));
        *self = table.whole(root, &shared);
        if !definitions.is_empty() {
            self.rare_mut().definitions = definitions;
        }
    }

    /// Calls `visit` with each schema right below this one, and the key that it stands under.
    fn each_below(&mut self, hint: &str, visit: &mut impl FnMut(&mut Self, &str)) {
        for (key, property) in &mut self.properties {
            visit(property, key);
        }
        if let Some(items) = &mut self.items {
            visit(items, hint);
        }
        if let Additional::Schema(other) = &mut self.additional {
            visit(other, hint);
        }
        if let Some(rare) = &mut self.rare {
            for (key, property) in &mut rare.pattern_properties {
                visit(property, key);
            }
        }
    }
}

/// Every part of a document once; what is below a part is a number.
#[derive(Default)]
struct Table {
    numbers: BTreeMap<String, usize>,
    parts: Vec<Part>,
}

struct Part {
    /// The part with stand-ins below it.
    schema: Schema,
    /// What it is called after: its types, or the key that it stood under first.
    hint: String,
    /// About how many bytes it takes, all below it written out.
    size: usize,
}

impl Table {
    /// Takes a schema in and returns its number. What is below a part has a smaller one.
    fn intern(&mut self, mut schema: Schema, hint: &str) -> usize {
        let mut below = 0;
        schema.each_below(hint, &mut |part, key| {
            let id = self.intern(std::mem::take(part), key);
            below += self
                .parts
                .get(id)
                .map_or(0, |part| part.size.saturating_sub(STAND_IN));
            *part = stand_in(id);
        });
        let key = format!("{schema:?}");
        let next = self.parts.len();
        let id = *self.numbers.entry(key).or_insert(next);
        if id == next {
            // What editors show is written where a part is a key's, which is nearly everywhere.
            let shown = schema
                .properties
                .is_empty()
                .then(|| schema.summary(&schema))
                .flatten()
                .map_or(0, |words| words.len() + SHOWN);
            let size = (to_json(&schema).len() + below + shown).saturating_sub(HEADER);
            let types: Vec<_> = schema.types.without(Types::NULL).names().collect();
            let hint = if schema.properties.is_empty() && !types.is_empty() {
                // A plain part stands under keys that have nothing in common.
                types.join("-or-")
            } else {
                plain(hint)
            };
            self.parts.push(Part { schema, hint, size });
        }
        id
    }

    /// Returns the parts worth a name, with their names.
    fn shared(
        &self,
        root: usize,
        named: &[(Box<str>, usize)],
        taken: &BTreeSet<String>,
    ) -> BTreeMap<usize, String> {
        let mut uses = vec![0_usize; self.parts.len()];
        let mut shared = BTreeMap::new();
        let mut by_hint: BTreeMap<String, usize> = BTreeMap::new();
        for id in named.iter().map(|(_, id)| *id).chain([root]) {
            if let Some(count) = uses.get_mut(id) {
                *count += 1;
            }
        }
        for (id, part) in self.parts.iter().enumerate().rev() {
            let count = uses.get(id).copied().unwrap_or_default();
            let own = named.iter().find(|(_, other)| *other == id);
            let is_reference = part
                .schema
                .rare()
                .is_some_and(|rare| rare.reference.is_some());
            let apart = count.saturating_sub(1) * part.size;
            let is_shared = apart > count * REFERENCE + DEFINITION && id != root && !is_reference;
            if is_shared {
                let name = match own {
                    Some((name, _)) => name.to_string(),
                    None => loop {
                        let hint = &part.hint;
                        let number = by_hint.entry(hint.clone()).or_default();
                        *number += 1;
                        let name = match *number {
                            1 => format!("{PREFIX}{hint}"),
                            number => format!("{PREFIX}{hint}-{number}"),
                        };
                        if !taken.contains(&name) {
                            break name;
                        }
                    },
                };
                shared.insert(id, name);
            }
            // What is below a shared part is written once.
            let times = if is_shared { 1 } else { count };
            let mut schema = part.schema.clone();
            schema.each_below("", &mut |below, _| {
                if let Some(count) = number_of(below).and_then(|id| uses.get_mut(id)) {
                    *count += times;
                }
            });
        }
        shared
    }

    /// Returns a part written out, down to what has a name.
    fn whole(&self, id: usize, shared: &BTreeMap<usize, String>) -> Schema {
        let Some(part) = self.parts.get(id) else {
            return Schema::default();
        };
        let mut schema = part.schema.clone();
        schema.each_below("", &mut |below, _| {
            if let Some(id) = number_of(below) {
                *below = match shared.get(&id) {
                    Some(name) => Schema::reference_to(name),
                    None => self.whole(id, shared),
                };
            }
        });
        schema
    }
}

/// Returns what stands for a part until the document is put together again: a reference that no document holds.
fn stand_in(id: usize) -> Schema {
    let mut schema = Schema::default();
    schema.rare_mut().reference = Some(id.to_string().into());
    schema
}

fn number_of(schema: &Schema) -> Option<usize> {
    schema.rare()?.reference.as_deref()?.parse().ok()
}

/// Returns a key as part of a definition's name, which stands in a URI.
fn plain(key: &str) -> String {
    key.chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || letter == '_' || letter == '-' {
                letter
            } else {
                '-'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(text: &str) -> Schema {
        serde_json::from_str(text).unwrap()
    }

    const PORT: &str = r#"{"type": ["object", "null"], "additionalProperties": false, "properties": {
        "number": {"type": ["integer", "null"], "default": 80, "minimum": 1, "maximum": 65535}, "name": {"type": ["string", "null"]}}}"#;

    #[test]
    fn says_once_what_stands_twice() {
        let mut root = schema(&format!(
            r#"{{"title": "demo 1.0.0", "properties": {{"a": {{"properties": {{"port": {PORT}}}}}, "b": {{"items": {PORT}}},
                "c": {{"type": "string"}}, "d": {{"type": "string"}}}}}}"#
        ));
        let before = root.clone();
        root.share();
        let text = to_json(&root);
        assert_eq!(text.matches("65535").count(), 1, "{text}");
        assert_eq!(text.matches("#/definitions/same.port").count(), 2, "{text}");
        // Small parts stay.
        assert_eq!(text.matches("definitions/").count(), 2, "{text}");
        let number = |root: &Schema| {
            let port = root.property("a", root)?.property("port", root)?;
            Some(port.property("number", root)?.resolve(root).clone())
        };
        assert_eq!(number(&root), number(&before));
        let again = root.clone();
        root.share();
        assert_eq!(root, again);
    }

    #[test]
    fn keeps_names_that_are_there() {
        let mut root = schema(&format!(
            r##"{{"properties": {{"a": {PORT}, "b": {PORT}, "c": {{"$ref": "#/definitions/port"}}}},
                "definitions": {{"port": {PORT}, "same.a": {{"type": "string"}}}}}}"##
        ));
        root.share();
        let text = to_json(&root);
        assert_eq!(text.matches("65535").count(), 1, "{text}");
        assert_eq!(text.matches("#/definitions/port").count(), 3, "{text}");
    }

    #[test]
    fn other_defaults_are_other_parts() {
        let mut root = schema(&format!(
            r#"{{"properties": {{"a": {PORT}, "b": {}}}}}"#,
            PORT.replace("80", "81")
        ));
        let before = root.clone();
        root.share();
        assert_eq!(root, before);
    }
}
