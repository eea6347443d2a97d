//! Walks a schema and a tree of values together and says, with places, where they differ.

use crate::diagnostic::Diagnostic;
use crate::source::Location;
use crate::yaml::{Entry, Map, Node, Value};

use super::path::{Step, show};
use super::schema::{Additional, Literal, Rare, Schema, Types, pattern_matches};
use super::wording::Wording;

impl Schema {
    /// Checks a tree of values; this schema is the root of its document.
    ///
    /// All findings are errors with the ids `unknown-key`, `wrong-type`,
    /// `bad-value`, `missing-key` and `dead-key` in the group of the wording.
    pub fn check(&self, values: &Node, wording: &Wording) -> Vec<Diagnostic> {
        let mut walk = Walk {
            root: self,
            wording,
            path: Vec::new(),
            found: Vec::new(),
            branches: 0,
            in_template: false,
        };
        walk.check(self, values, None);
        walk.found
    }
}

/// A walk under way.
pub(super) struct Walk<'a> {
    pub(super) root: &'a Schema,
    pub(super) wording: &'a Wording,
    pub(super) path: Vec<Step<'a>>,
    found: Vec<Diagnostic>,
    /// How many alternatives are being looked into, one inside the other.
    branches: u8,
    /// Whether a map above goes through Helm's `tpl` as a whole.
    in_template: bool,
}

/// Alternatives nest no deeper than this in a sane schema; a ring of references ends here.
const DEEPEST_BRANCH: u8 = 32;

impl<'a> Walk<'a> {
    /// Checks one value; `key` is where its key stands, if it has one.
    fn check(&mut self, schema: &'a Schema, node: &'a Node, key: Option<&'a Location>) {
        let resolved = schema.resolve(self.root);
        let outside = self.in_template;
        self.in_template |= schema.template || resolved.template;
        self.check_resolved(schema, resolved, node, key);
        self.in_template = outside;
    }

    fn check_resolved(
        &mut self,
        described: &'a Schema,
        schema: &'a Schema,
        node: &'a Node,
        key: Option<&'a Location>,
    ) {
        if let Some(why) = schema.dead().or_else(|| described.dead()) {
            self.check_dead(schema, node, key, why);
            return;
        }
        // What a template or a variable becomes there, a number or a map, is not known here.
        if self.in_template
            && matches!(&node.value, Value::String(text) if text.contains("{{") || text.contains("${"))
        {
            return;
        }
        if !schema.types.is_any() && !admits(schema.types, &node.value) {
            self.wrong_type(schema.types, schema, node);
            return;
        }
        if let (Some(format), Value::String(text)) = (&schema.format, &node.value) {
            self.check_text(format, text, node);
        }
        match &node.value {
            Value::Map(map) => self.check_map(schema, map, node, key),
            Value::List(items) => {
                if let Some(schema) = &schema.items {
                    for (at, item) in items.iter().enumerate() {
                        self.path.push(Step::Index(at));
                        self.check(schema, item, None);
                        self.path.pop();
                    }
                }
            }
            _ => {}
        }
        if let Some(rare) = schema.rare() {
            self.check_rare(schema, rare, node, key);
        }
    }

    fn check_map(
        &mut self,
        schema: &'a Schema,
        map: &'a Map,
        node: &'a Node,
        key: Option<&'a Location>,
    ) {
        let empty: &[Box<str>] = &[];
        let required = schema.rare().map_or(empty, |rare| &rare.required);
        for name in required {
            if !map.contains_key(&**name) {
                self.missing_key(schema, name, key.unwrap_or(&node.location));
            }
        }
        for (name, entry) in map {
            let Entry { key, value } = entry;
            let unset = self.wording.null_is_unset()
                && value.value == Value::Null
                && required.iter().all(|needed| **needed != **name);
            let mut known = false;
            self.path.push(Step::Key(name));
            if let Some(property) = schema.listed(name) {
                known = true;
                if !unset {
                    self.check(property, value, Some(key));
                }
            }
            if let Some(rare) = schema.rare() {
                for (pattern, property) in &rare.pattern_properties {
                    if pattern_matches(pattern, name) {
                        known = true;
                        self.check(property, value, Some(key));
                    }
                }
            }
            if !known {
                match &schema.additional {
                    Additional::Any => {}
                    Additional::Schema(other) => {
                        if !unset {
                            self.check(other, value, Some(key));
                        }
                    }
                    Additional::Refused => self.unknown_key(schema, map, name, entry),
                }
            }
            self.path.pop();
        }
    }

    fn check_rare(
        &mut self,
        schema: &'a Schema,
        rare: &'a Rare,
        node: &'a Node,
        key: Option<&'a Location>,
    ) {
        if let Some(allowed) = &rare.allowed
            && !allowed.iter().any(|literal| equals(literal, node))
        {
            self.not_allowed(&allowed.iter().collect::<Vec<_>>(), node);
        }
        if let Some(constant) = &rare.constant
            && !equals(constant, node)
        {
            self.not_allowed(&[constant], node);
        }
        if let Some(number) = number(&node.value) {
            let below = rare.minimum.filter(|minimum| number < *minimum);
            let above = rare.maximum.filter(|maximum| number > *maximum);
            let duration = schema
                .format
                .as_deref()
                .filter(|format| format.ends_with("-duration"));
            match duration {
                // Only zero has no unit.
                Some(format) if below.or(above).is_some() => {
                    self.check_text(format, &number.to_string(), node);
                }
                _ => {
                    if let Some(minimum) = below {
                        self.out_of_range(node, "less", "least", minimum);
                    }
                    if let Some(maximum) = above {
                        self.out_of_range(node, "more", "most", maximum);
                    }
                }
            }
        }
        if let (Some(length), Value::String(text)) = (rare.min_length, &node.value)
            && (text.chars().count() as u64) < length
        {
            let message = match length {
                1 => format!("`{}` is empty", show(&self.path)),
                _ => format!("`{}` is shorter than {length} characters", show(&self.path)),
            };
            self.push("bad-value", message, &node.location, |finding| {
                finding.help("write a value, or remove the key")
            });
        }
        if self.branches >= DEEPEST_BRANCH {
            return;
        }
        self.branches += 1;
        self.check_combined(rare, node, key);
        self.branches -= 1;
    }

    fn check_combined(&mut self, rare: &'a Rare, node: &'a Node, key: Option<&'a Location>) {
        for schema in &rare.all_of {
            self.check(schema, node, key);
        }
        if !rare.any_of.is_empty() {
            self.check_branches(&rare.any_of, node, key, false);
        }
        if !rare.one_of.is_empty() {
            self.check_branches(&rare.one_of, node, key, true);
        }
        if let Some(not) = &rare.not
            && self.try_branch(not, node, key).is_empty()
        {
            let message = format!(
                "{} takes no such value at `{}`",
                self.wording.noun(),
                show(&self.path)
            );
            self.push("bad-value", message, &node.location, |finding| {
                finding.help("remove the key")
            });
        }
    }

    /// Checks alternatives and keeps the findings of the one that fits best.
    fn check_branches(
        &mut self,
        branches: &'a [Schema],
        node: &'a Node,
        key: Option<&'a Location>,
        only_one: bool,
    ) {
        let mut outcomes: Vec<_> = branches
            .iter()
            .map(|branch| (branch, self.try_branch(branch, node, key)))
            .collect();
        let fitting = outcomes
            .iter()
            .filter(|(_, found)| found.is_empty())
            .count();
        if fitting == 1 || fitting > 1 && !only_one {
            return;
        }
        if fitting > 1 {
            let message = format!(
                "{} cannot tell which of {fitting} forms `{}` has",
                self.wording.noun(),
                show(&self.path)
            );
            self.push("bad-value", message, &node.location, |finding| {
                finding.help("write it so that only one form fits")
            });
            return;
        }
        let root = self.root;
        outcomes.retain(|(branch, _)| {
            let types = types_of(branch, root, 4);
            types.is_any() || admits(types, &node.value)
        });
        if outcomes.is_empty() {
            let union = branches.iter().fold(Types::default(), |union, branch| {
                union.with(types_of(branch, root, 4))
            });
            if let Some(first) = branches.first() {
                self.wrong_type(union, first, node);
            }
            return;
        }
        let alternatives: Option<Vec<_>> = outcomes
            .iter()
            .map(|(branch, _)| literals(branch.resolve(root)))
            .collect();
        if let Some(alternatives) = alternatives {
            self.not_allowed(&alternatives.concat(), node);
            return;
        }
        // A branch whose fixed words (`type: s3`) are those written is the one that was meant.
        let best = outcomes.into_iter().min_by_key(|(branch, found)| {
            (strange_words(branch.resolve(root), root, node), found.len())
        });
        if let Some((_, found)) = best {
            self.found.extend(found);
        }
    }

    /// Returns the findings of one alternative without keeping them.
    pub(super) fn try_branch(
        &mut self,
        branch: &'a Schema,
        node: &'a Node,
        key: Option<&'a Location>,
    ) -> Vec<Diagnostic> {
        let before = self.found.len();
        self.check(branch, node, key);
        self.found.split_off(before)
    }

    fn check_dead(&mut self, schema: &Schema, node: &Node, key: Option<&Location>, why: &str) {
        // The chart's own default may stand there, and null says nothing.
        let literal = literals(schema).unwrap_or_default();
        if node.value == Value::Null || literal.iter().any(|literal| equals(literal, node)) {
            return;
        }
        let message = format!("{} never reads `{}`", self.wording.noun(), show(&self.path));
        self.push(
            "dead-key",
            message,
            key.unwrap_or(&node.location),
            |finding| finding.why(why).help("remove it: setting it has no effect"),
        );
    }

    pub(super) fn push(
        &mut self,
        problem: &str,
        message: String,
        location: &Location,
        finish: impl FnOnce(Diagnostic) -> Diagnostic,
    ) {
        let finding = Diagnostic::error(self.wording.id(problem), message).at(location);
        let mut finding = finish(finding);
        finding
            .why
            .get_or_insert_with(|| self.wording.why(problem).to_owned());
        self.found.push(finding);
    }
}

/// Returns whether a value has one of the types; JSON Schema counts `1.0` as an integer.
fn admits(types: Types, value: &Value) -> bool {
    match value {
        Value::Null => types.meets(Types::NULL),
        Value::Bool(_) => types.meets(Types::BOOLEAN),
        Value::Integer(_) => types.meets(Types::INTEGER.with(Types::NUMBER)),
        Value::Float(number) => {
            types.meets(Types::NUMBER) || types.meets(Types::INTEGER) && number.fract() == 0.0
        }
        Value::String(_) => types.meets(Types::STRING),
        Value::List(_) => types.meets(Types::ARRAY),
        Value::Map(_) => types.meets(Types::OBJECT),
    }
}

/// Returns the types that a schema admits, seen through references and alternatives.
pub(super) fn types_of(schema: &Schema, root: &Schema, steps: u8) -> Types {
    let schema = schema.resolve(root);
    if !schema.types.is_any() || steps == 0 {
        return schema.types;
    }
    let Some(rare) = schema.rare() else {
        return schema.types;
    };
    if let Some(literals) = literals(schema) {
        return literals.iter().fold(Types::default(), |types, literal| {
            types.with(literal.types())
        });
    }
    if let [one] = rare.all_of.as_slice() {
        return types_of(one, root, steps - 1);
    }
    let mut union = Types::default();
    for branch in rare.any_of.iter().chain(&rare.one_of) {
        let types = types_of(branch, root, steps - 1);
        if types.is_any() {
            return types;
        }
        union = union.with(types);
    }
    union
}

/// Returns the only values a schema has, if it lists them.
fn literals(schema: &Schema) -> Option<Vec<&Literal>> {
    let rare = schema.rare()?;
    match (&rare.allowed, &rare.constant) {
        (Some(allowed), _) => Some(allowed.iter().collect()),
        (None, Some(constant)) => Some(vec![constant]),
        (None, None) => None,
    }
}

/// Counts the keys whose fixed word differs from the written one.
fn strange_words(schema: &Schema, root: &Schema, node: &Node) -> usize {
    schema
        .properties
        .iter()
        .filter(
            |(name, property)| match (node.get(name), literals(property.resolve(root))) {
                (Some(value), Some(literals)) => {
                    !literals.iter().any(|literal| equals(literal, value))
                }
                _ => false,
            },
        )
        .count()
}

#[expect(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "JSON Schema compares numbers by value"
)]
fn equals(literal: &Literal, node: &Node) -> bool {
    match (literal, &node.value) {
        (Literal::Null, Value::Null) => true,
        (Literal::Bool(left), Value::Bool(right)) => left == right,
        (Literal::Integer(left), Value::Integer(right)) => i128::from(*left) == *right,
        (Literal::Integer(left), Value::Float(right)) => *left as f64 == *right,
        (Literal::Float(left), Value::Integer(right)) => *left == *right as f64,
        (Literal::Float(left), Value::Float(right)) => left == right,
        (Literal::Text(left), Value::String(right)) => **left == **right,
        (Literal::Other(left), Value::List(_) | Value::Map(_)) => **left == node.to_json(),
        _ => false,
    }
}

#[expect(clippy::cast_precision_loss, reason = "bounds are small")]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}
