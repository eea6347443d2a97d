//! What a contract says of a place: closed, names of the user's choice, or open and why.

use std::collections::BTreeMap;

use helmwright::contract::{Additional, Contract, Schema, Types};

use super::place::{Step, pattern};

/// Where a contract no longer says anything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lost {
    /// The map that takes anything, as [`pattern`] writes it.
    pub(crate) place: String,
    pub(crate) reason: String,
}

/// How a contract takes a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It lists the key.
    Listed,
    /// The names there are the user's.
    Choice,
    /// The map, or one above it, takes anything.
    Lost(Lost),
    /// It refuses it.
    Refused,
}

/// Walks a contract along a path.
pub(crate) struct Shape<'a> {
    root: &'a Schema,
}

/// What one form of a map does with a key.
enum Next<'a> {
    Listed(&'a Schema),
    Choice(&'a Schema),
    Open(String),
    Refused,
}

impl<'a> Shape<'a> {
    pub(crate) fn new(contract: &'a Contract) -> Self {
        Self {
            root: &contract.schema,
        }
    }

    /// Returns the schemas that a path may lead to, and how the last key is taken.
    pub(crate) fn follow(&self, path: &[Step]) -> (Vec<&'a Schema>, Taken) {
        let mut places = vec![self.root];
        let mut taken = Taken::Listed;
        for (depth, step) in path.iter().enumerate() {
            let lost = |reason| {
                let place = pattern(&path[..depth]);
                (Vec::new(), Taken::Lost(Lost { place, reason }))
            };
            let forms: Vec<_> = places.iter().flat_map(|place| self.forms(place)).collect();
            let mut next = Vec::new();
            taken = Taken::Refused;
            for form in forms {
                match step {
                    Step::Key(key) => match self.next(form, key) {
                        // Setting it is refused already.
                        Next::Listed(schema) if schema.dead().is_some() => {}
                        Next::Listed(schema) => {
                            next.push(schema);
                            taken = Taken::Listed;
                        }
                        Next::Choice(schema) => {
                            next.push(schema);
                            if taken != Taken::Listed {
                                taken = Taken::Choice;
                            }
                        }
                        Next::Open(reason) => return lost(reason),
                        Next::Refused => {}
                    },
                    Step::Index(_) if may_be(form, Types::ARRAY) => match &form.items {
                        Some(items) if !is_any(items) => {
                            next.push(items);
                            taken = Taken::Listed;
                        }
                        _ => return lost(why_open(form, "elements not described")),
                    },
                    Step::Index(_) => {}
                }
            }
            if next.is_empty() {
                return (next, Taken::Refused);
            }
            places = next;
        }
        (places, taken)
    }

    /// Returns the types that are claimed at a place; nothing if a value of any type is taken there.
    pub(crate) fn claim(&self, places: &[&'a Schema]) -> Option<Types> {
        let mut union = Types::default();
        for form in places.iter().flat_map(|place| self.forms(place)) {
            union = union.with(types(form)?);
        }
        (!union.is_any()).then_some(union)
    }

    /// Returns the forms that a schema stands for: references followed, alternatives apart.
    fn forms(&self, schema: &'a Schema) -> Vec<&'a Schema> {
        let mut forms = Vec::new();
        self.collect_forms(schema, 8, &mut forms);
        forms
    }

    fn collect_forms(&self, schema: &'a Schema, steps: u8, forms: &mut Vec<&'a Schema>) {
        let schema = schema.resolve(self.root);
        let Some(rare) = schema.rare() else {
            forms.push(schema);
            return;
        };
        let branches = || rare.any_of.iter().chain(&rare.one_of).chain(&rare.all_of);
        let says_more = !schema.properties.is_empty() || schema.additional != Additional::Any;
        if branches().next().is_none() || says_more || steps == 0 {
            forms.push(schema);
        }
        if steps > 0 {
            for branch in branches() {
                self.collect_forms(branch, steps - 1, forms);
            }
        }
    }

    fn next(&self, form: &'a Schema, key: &str) -> Next<'a> {
        if !may_be(form, Types::OBJECT) {
            return Next::Refused;
        }
        if let Some(listed) = form.listed(key) {
            return Next::Listed(listed);
        }
        let patterns = form.rare().map_or(&[][..], |rare| &rare.pattern_properties);
        if let Some((_, schema)) = patterns.iter().find(|(pattern, _)| fits(pattern, key)) {
            return Next::Choice(schema);
        }
        match &form.additional {
            Additional::Refused => Next::Refused,
            Additional::Schema(other) if !is_any(other.resolve(self.root)) => Next::Choice(other),
            Additional::Schema(_) => Next::Open(why_open(form, "any value under any name")),
            Additional::Any if form.types.is_any() => Next::Open(why_open(form, "type not known")),
            Additional::Any => Next::Open(why_open(form, NO_REASON)),
        }
    }
}

const NO_REASON: &str = "no reason given";

fn why_open(form: &Schema, otherwise: &str) -> String {
    form.open().unwrap_or(otherwise).to_owned()
}

fn may_be(form: &Schema, types: Types) -> bool {
    form.types.is_any() || form.types.meets(types)
}

/// Returns the types that a form alone claims.
fn types(form: &Schema) -> Option<Types> {
    if !form.types.is_any() {
        return Some(form.types);
    }
    let rare = form.rare()?;
    // The values themselves are listed, so any other is refused, whatever its type.
    let listed = rare.allowed.is_some() || rare.constant.is_some();
    listed.then_some(Types::NULL)
}

/// Returns whether a schema takes any value at all.
fn is_any(schema: &Schema) -> bool {
    schema.types.is_any()
        && schema.properties.is_empty()
        && schema.items.is_none()
        && schema.additional == Additional::Any
        && schema.rare().is_none_or(|rare| {
            rare.reference.is_none()
                && rare.allowed.is_none()
                && rare.constant.is_none()
                && rare.any_of.is_empty()
                && rare.one_of.is_empty()
                && rare.all_of.is_empty()
                && rare.not.is_none()
                && rare.dead.is_none()
        })
}

/// As the library's own check reads patterns: a literal, or `^` and a literal, and anything else fits.
fn fits(pattern: &str, key: &str) -> bool {
    let literal = pattern.strip_prefix('^').unwrap_or(pattern);
    if literal.contains(|letter: char| r"\.+*?()|[]{}^$".contains(letter)) {
        return true;
    }
    if pattern.starts_with('^') {
        key.starts_with(literal)
    } else {
        key.contains(literal)
    }
}

/// The map nodes of a contract, definitions counted once, dead keys not at all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nodes {
    pub(crate) maps: usize,
    /// Maps whose names are the user's, and whose values are described.
    pub(crate) choice: usize,
    /// Where open maps stand, by reason.
    pub(crate) open: BTreeMap<String, Vec<String>>,
    /// Where nothing is said at all, not even a type.
    pub(crate) untyped: Vec<String>,
    pub(crate) dead: usize,
}

impl Nodes {
    pub(crate) fn open_count(&self) -> usize {
        self.open.values().map(Vec::len).sum()
    }

    /// Returns how many open maps do not say why.
    pub(crate) fn unexplained(&self) -> usize {
        self.open.get(NO_REASON).map_or(0, Vec::len)
    }

    /// Counts the nodes of a contract.
    pub(crate) fn of(contract: &Contract) -> Self {
        let mut nodes = Self::default();
        nodes.visit(&contract.schema, "");
        nodes
    }

    fn visit(&mut self, schema: &Schema, place: &str) {
        if schema.dead().is_some() {
            self.dead += 1;
            return;
        }
        let rare = schema.rare();
        let branches = || {
            rare.into_iter()
                .flat_map(|rare| rare.any_of.iter().chain(&rare.one_of).chain(&rare.all_of))
        };
        let patterns = rare.map_or(&[][..], |rare| &rare.pattern_properties);
        let is_map = schema.types.meets(Types::OBJECT)
            || !schema.properties.is_empty()
            || schema.additional != Additional::Any
            || !patterns.is_empty()
            || schema.open().is_some();
        if is_map {
            self.maps += 1;
            let otherwise = match &schema.additional {
                Additional::Refused => None,
                Additional::Schema(other) if !is_any(other) => {
                    self.choice += 1;
                    None
                }
                Additional::Schema(_) => Some("any value under any name"),
                Additional::Any if branches().next().is_some() => None,
                Additional::Any => Some(NO_REASON),
            };
            if let Some(otherwise) = otherwise {
                let reason = why_open(schema, otherwise);
                self.open.entry(reason).or_default().push(place.to_owned());
            }
        } else if is_any(schema) {
            self.untyped.push(place.to_owned());
        }
        let below = |name: &str| {
            if place.is_empty() {
                name.to_owned()
            } else {
                format!("{place}.{name}")
            }
        };
        for (name, property) in &schema.properties {
            self.visit(property, &below(name));
        }
        for (_, property) in patterns {
            self.visit(property, &below("*"));
        }
        if let Additional::Schema(other) = &schema.additional
            && !is_any(other)
        {
            self.visit(other, &below("*"));
        }
        if let Some(items) = &schema.items {
            self.visit(items, &format!("{place}[]"));
        }
        for branch in branches() {
            self.visit(branch, place);
        }
        for (name, definition) in rare.map_or(&[][..], |rare| &rare.definitions) {
            self.visit(definition, &format!("<{name}>"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract() -> Contract {
        Contract::from_json(
            r##"{"title": "demo 1.0.0", "type": "object", "additionalProperties": false, "properties": {
                "open": {"type": "object", "x-open": "because"},
                "ports": {"type": "object", "additionalProperties": {"$ref": "#/definitions/port"}},
                "list": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"$ref": "#/definitions/port"}]}},
                "any": {}},
              "definitions": {"port": {"type": "object", "additionalProperties": false, "properties": {"number": {"type": "integer"}}}}}"##,
        )
        .unwrap()
    }

    fn path(text: &str) -> Vec<Step> {
        text.split('.')
            .map(|part| match part.parse() {
                Ok(index) => Step::Index(index),
                Err(_) => Step::Key(part.to_owned()),
            })
            .collect()
    }

    #[test]
    fn a_place_is_listed_chosen_lost_or_refused() {
        let contract = contract();
        let shape = Shape::new(&contract);
        let taken = |text| shape.follow(&path(text)).1;
        assert_eq!(taken("open"), Taken::Listed);
        assert_eq!(taken("ports.web"), Taken::Choice);
        assert_eq!(taken("ports.web.number"), Taken::Listed);
        assert_eq!(taken("ports.web.numbr"), Taken::Refused);
        assert_eq!(taken("list.0.number"), Taken::Listed);
        assert_eq!(taken("list.0.nubmer"), Taken::Refused);
        let lost = |place: &str, reason: &str| {
            Taken::Lost(Lost {
                place: place.to_owned(),
                reason: reason.to_owned(),
            })
        };
        assert_eq!(taken("open.a.b"), lost("open", "because"));
        assert_eq!(taken("any.a"), lost("any", "type not known"));
        let claim = |text| shape.claim(&shape.follow(&path(text)).0);
        assert_eq!(claim("ports.web.number"), Some(Types::INTEGER));
        assert_eq!(claim("list.0"), Some(Types::STRING.with(Types::OBJECT)));
        assert_eq!(claim("any"), None);
    }

    #[test]
    fn map_nodes_are_counted_with_definitions_once() {
        let nodes = Nodes::of(&contract());
        assert_eq!((nodes.maps, nodes.choice, nodes.open_count()), (4, 1, 1));
        assert_eq!(nodes.untyped, ["any"]);
        assert_eq!(nodes.open.get("because").map(Vec::len), Some(1));
    }
}
