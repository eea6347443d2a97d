//! The subset of JSON Schema draft-07 that we write and read.

use serde_json::Value as Json;

/// A schema: what a value may be.
///
/// It holds the keywords that our contracts and the environment schema use, and
/// our own: `x-open` (why a map takes any key), `x-template` (the chart runs the
/// value through Helm's `tpl`), `x-dead` (the chart never reads the key),
/// `x-required` (needed, but a lower layer may bring it), `x-description`
/// (what editors shall not show in place of the key's own description) and
/// `x-default` (a default that language servers stumble over).
/// Other keywords are read over; `pattern` is kept for editors and Helm but not
/// checked here, where `format` says the same with a better reason.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// The types it may have; empty means any.
    pub types: Types,
    /// Whether the chart runs the value through Helm's `tpl`.
    pub template: bool,
    /// Keys with their schemas, in the order of the text.
    pub properties: Vec<(Box<str>, Schema)>,
    /// What holds for keys that `properties` does not list.
    pub additional: Additional,
    /// What every element of a list must be.
    pub items: Option<Box<Schema>>,
    /// The name of the text's form, such as `memory-quantity`.
    pub format: Option<Box<str>>,
    /// The value that holds when none is set.
    pub default: Option<Literal>,
    /// What few schemas have.
    pub rare: Option<Box<Rare>>,
}

/// Keywords that few schemas have, kept apart so that the many stay small.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rare {
    /// A schema elsewhere in the same document, as `#/definitions/<name>`; in draft-07 it stands alone.
    pub reference: Option<Box<str>>,
    /// Keys that must be there.
    pub required: Vec<Box<str>>,
    /// The values it may have.
    pub allowed: Option<Vec<Literal>>,
    /// The one value it may have.
    pub constant: Option<Literal>,
    /// The least number allowed.
    pub minimum: Option<f64>,
    /// The greatest number allowed.
    pub maximum: Option<f64>,
    /// The least number of characters.
    pub min_length: Option<u64>,
    /// A regular expression for other readers.
    pub pattern: Option<Box<str>>,
    /// At least one of these must hold.
    pub any_of: Vec<Schema>,
    /// Exactly one of these must hold.
    pub one_of: Vec<Schema>,
    /// All of these must hold.
    pub all_of: Vec<Schema>,
    /// What must not hold.
    pub not: Option<Box<Schema>>,
    /// Keys by pattern: a literal (found anywhere) or `^` and a literal (found at the start).
    pub pattern_properties: Vec<(Box<str>, Schema)>,
    /// Named schemas that `$ref` may point at.
    pub definitions: Vec<(Box<str>, Schema)>,
    /// A short name.
    pub title: Option<Box<str>>,
    /// What it means, for people.
    pub description: Option<Box<str>>,
    /// Why any key is allowed.
    pub open: Option<Box<str>>,
    /// Why setting it has no effect.
    pub dead: Option<Box<str>>,
}

/// What holds for keys that are not listed.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Additional {
    /// They may be anything.
    #[default]
    Any,
    /// There are none.
    Refused,
    /// They follow a schema.
    Schema(Box<Schema>),
}

/// A JSON value in a schema; numbers and texts without a detour.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(Box<str>),
    /// A list or a map.
    Other(Box<Json>),
}

/// A set of JSON types; the empty set stands for all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Types(u8);

impl Types {
    /// `null`.
    pub const NULL: Self = Self(1);
    /// `boolean`.
    pub const BOOLEAN: Self = Self(2);
    /// `integer`: a number without a fraction.
    pub const INTEGER: Self = Self(4);
    /// `number`, which takes integers too.
    pub const NUMBER: Self = Self(8);
    /// `string`.
    pub const STRING: Self = Self(16);
    /// `array`.
    pub const ARRAY: Self = Self(32);
    /// `object`.
    pub const OBJECT: Self = Self(64);

    /// Each type with its JSON Schema name and the words we use for it.
    const NAMES: [(Self, &'static str, &'static str); 7] = [
        (Self::STRING, "string", "text"),
        (Self::INTEGER, "integer", "a whole number"),
        (Self::NUMBER, "number", "a number"),
        (Self::BOOLEAN, "boolean", "`true` or `false`"),
        (Self::ARRAY, "array", "a list"),
        (Self::OBJECT, "object", "a map"),
        (Self::NULL, "null", "null"),
    ];

    /// Returns the type of a JSON Schema name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|(types, ..)| *types)
    }

    /// Returns the names of its types, in a fixed order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES
            .iter()
            .filter(move |(types, ..)| self.holds(*types))
            .map(|(_, name, _)| *name)
    }

    /// Returns its types in words, null left out unless it stands alone: `text or a list`.
    pub fn words(self) -> String {
        let words: Vec<_> = Self::NAMES
            .iter()
            .filter(|(types, ..)| self.holds(*types))
            .filter(|(types, ..)| *types != Self::NULL || self == Self::NULL)
            .filter(|(types, ..)| *types != Self::INTEGER || !self.holds(Self::NUMBER))
            .map(|(.., words)| *words)
            .collect();
        match words.as_slice() {
            [] => "anything".to_owned(),
            [one] => (*one).to_owned(),
            [most @ .., last] => format!("{} or {last}", most.join(", ")),
        }
    }

    /// Returns whether it names no type, and so admits all.
    pub const fn is_any(self) -> bool {
        self.0 == 0
    }

    /// Returns whether all types of the other set are in this one, taken literally.
    pub const fn holds(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns whether the sets share a type, taken literally.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the set without the other's types.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl Schema {
    /// Makes a schema of some types.
    pub fn of(types: Types) -> Self {
        Self {
            types,
            ..Self::default()
        }
    }

    /// Makes a schema that stands for another one, `#/definitions/<name>`.
    pub fn reference_to(name: &str) -> Self {
        let mut schema = Self::default();
        schema.rare_mut().reference = Some(format!("#/definitions/{name}").into());
        schema
    }

    /// Makes the schema that nothing fits, as JSON Schema's `false`.
    pub fn never() -> Self {
        let mut schema = Self::default();
        schema.rare_mut().not = Some(Box::default());
        schema
    }

    /// Returns the schema of one of its own keys, as listed.
    pub fn listed(&self, key: &str) -> Option<&Self> {
        find(&self.properties, key)
    }

    /// Returns the schema of one of its own keys for changing it.
    pub fn listed_mut(&mut self, key: &str) -> Option<&mut Self> {
        self.properties
            .iter_mut()
            .find(|(name, _)| **name == *key)
            .map(|(_, schema)| schema)
    }

    /// Sets the schema of a key, keeping the place of one that is there.
    pub fn set(&mut self, key: &str, schema: Self) {
        match self.listed_mut(key) {
            Some(slot) => *slot = schema,
            None => self.properties.push((key.into(), schema)),
        }
    }

    /// Returns the rare keywords, if it has any.
    pub fn rare(&self) -> Option<&Rare> {
        self.rare.as_deref()
    }

    /// Returns the rare keywords for changing them.
    pub fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Returns why any key is allowed, if it says so.
    pub fn open(&self) -> Option<&str> {
        self.rare()?.open.as_deref()
    }

    /// Returns why setting it has no effect, if it says so.
    pub fn dead(&self) -> Option<&str> {
        self.rare()?.dead.as_deref()
    }

    /// Returns its description.
    pub fn description(&self) -> Option<&str> {
        self.rare()?.description.as_deref()
    }

    /// Follows `$ref`, in a document whose root is `root`; a reference that leads nowhere gives the schema itself.
    pub fn resolve<'a>(&'a self, root: &'a Self) -> &'a Self {
        let mut schema = self;
        // A reference may point at a reference; a ring of them is cut after a few steps.
        for _ in 0..8 {
            let Some(reference) = schema.rare().and_then(|rare| rare.reference.as_deref()) else {
                break;
            };
            let target = if reference == "#" {
                Some(root)
            } else {
                reference
                    .strip_prefix("#/definitions/")
                    .or_else(|| reference.strip_prefix("#/$defs/"))
                    .and_then(|name| find(&root.rare()?.definitions, name))
            };
            match target {
                Some(target) => schema = target,
                None => break,
            }
        }
        schema
    }

    /// Returns the schema that holds for a key of this map, in a document whose root is `root`.
    ///
    /// Looks through references, `allOf`, `anyOf` and `oneOf`, then at patterns and at what holds for unlisted keys.
    pub fn property<'a>(&'a self, key: &str, root: &'a Self) -> Option<&'a Self> {
        self.property_within(key, root, 8)
    }

    /// Looks no deeper than `steps` branches, so that a ring of references ends.
    fn property_within<'a>(&'a self, key: &str, root: &'a Self, steps: u8) -> Option<&'a Self> {
        let schema = self.resolve(root);
        if let Some(listed) = schema.listed(key) {
            return Some(listed);
        }
        if let (Some(rare), Some(steps)) = (schema.rare(), steps.checked_sub(1)) {
            let mut branches = rare.all_of.iter().chain(&rare.any_of).chain(&rare.one_of);
            if let Some(found) =
                branches.find_map(|branch| branch.property_within(key, root, steps))
            {
                return Some(found);
            }
            let mut patterns = rare.pattern_properties.iter();
            if let Some((_, found)) = patterns.find(|(pattern, _)| pattern_matches(pattern, key)) {
                return Some(found);
            }
        }
        match &schema.additional {
            Additional::Schema(other) => Some(other),
            Additional::Any | Additional::Refused => None,
        }
    }
}

/// Returns the schema of a name in a list of pairs.
pub(super) fn find<'a>(pairs: &'a [(Box<str>, Schema)], name: &str) -> Option<&'a Schema> {
    pairs
        .iter()
        .find(|(known, _)| **known == *name)
        .map(|(_, schema)| schema)
}

/// Returns whether a key fits a pattern of the two kinds we write: a literal, or `^` and a literal.
///
/// A pattern with any other regular expression in it is taken to fit: the
/// user is not told off for what is not checked.
pub(super) fn pattern_matches(pattern: &str, key: &str) -> bool {
    let (anchored, literal) = match pattern.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    if literal.contains(|letter: char| r"\.+*?()|[]{}^$".contains(letter)) {
        return true;
    }
    if anchored {
        key.starts_with(literal)
    } else {
        key.contains(literal)
    }
}

impl Literal {
    /// Makes a literal from a JSON value.
    pub fn from_json(value: &Json) -> Self {
        match value {
            Json::Null => Self::Null,
            Json::Bool(bool) => Self::Bool(*bool),
            Json::Number(number) => number.as_i64().map_or_else(
                || Self::Float(number.as_f64().unwrap_or_default()),
                Self::Integer,
            ),
            Json::String(text) => Self::Text(text.as_str().into()),
            Json::Array(_) | Json::Object(_) => Self::Other(Box::new(value.clone())),
        }
    }

    /// Returns the same as a JSON value.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(bool) => Json::from(*bool),
            Self::Integer(number) => Json::from(*number),
            Self::Float(number) => Json::from(*number),
            Self::Text(text) => Json::from(&**text),
            Self::Other(value) => (**value).clone(),
        }
    }

    /// Returns its type.
    pub(super) fn types(&self) -> Types {
        match self {
            Self::Null => Types::NULL,
            Self::Bool(_) => Types::BOOLEAN,
            Self::Integer(_) => Types::INTEGER,
            Self::Float(_) => Types::NUMBER,
            Self::Text(_) => Types::STRING,
            Self::Other(value) if value.is_array() => Types::ARRAY,
            Self::Other(_) => Types::OBJECT,
        }
    }

    /// Returns it as a user would write it.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) if !text.is_empty() => text.to_string(),
            other => other.to_json().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_speak() {
        assert_eq!(Types::STRING.with(Types::NULL).words(), "text");
        assert_eq!(
            Types::INTEGER
                .with(Types::NUMBER)
                .with(Types::STRING)
                .words(),
            "text or a number"
        );
        assert_eq!(Types::NULL.words(), "null");
    }

    #[test]
    fn patterns_are_literals() {
        assert!(pattern_matches("^hugepages-", "hugepages-2Mi"));
        assert!(!pattern_matches("^hugepages-", "memroy"));
        assert!(pattern_matches("/", "nvidia.com/gpu"));
        assert!(!pattern_matches("/", "memroy"));
        assert!(pattern_matches("^a.*$", "zzz"));
    }

    #[test]
    fn a_ring_of_references_ends() {
        let mut root = Schema::default();
        root.rare_mut().definitions = vec![("a".into(), Schema::reference_to("a"))];
        let schema = Schema::reference_to("a");
        assert!(schema.resolve(&root).rare().is_some());
        assert!(schema.property("x", &root).is_none());
    }
}
