//! What a configuration may hold, as a JSON Schema in the subset of our contracts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The form of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// A text.
    Text,
    /// A text, or a list of texts.
    TextOrList,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A length of time in Prometheus' form: a text with a unit, or `0`.
    Duration,
    /// A length of time in Go's form: a text with a unit, or `0`.
    GoDuration,
    /// An amount of bytes: a number, or a text with a unit.
    Bytes,
    /// Anything, and why.
    Open(&'static str),
    /// A list.
    List(Box<Self>),
    /// A map with keys of the user's choice.
    Map(Box<Self>),
    /// A closed map, with the name of its type.
    Fields(String, BTreeMap<String, Self>),
    /// A map of components by their kinds, each also under `<kind>/<a name>`.
    Kinds(BTreeMap<String, Self>),
}

impl Shape {
    /// Returns what takes both this and another.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Fields(name, mut fields), Self::Fields(_, more)) => {
                for (key, shape) in more {
                    let merged = match fields.remove(&key) {
                        Some(known) => known.or(shape),
                        None => shape,
                    };
                    fields.insert(key, merged);
                }
                Self::Fields(name, fields)
            }
            (Self::Map(one), Self::Map(other)) => Self::Map(Box::new(one.or(*other))),
            (Self::List(one), Self::List(other)) => Self::List(Box::new(one.or(*other))),
            (one, other) if one == other => one,
            _ => Self::Open("more than one form"),
        }
    }

    /// Returns the schema without definitions, its parts by reference where `named` knows them.
    fn json(&self, named: &BTreeMap<String, String>, is_definition: bool) -> String {
        let text = match self {
            Self::Text => r#"{"type": ["string","null"]}"#.to_owned(),
            Self::TextOrList => r#"{"type": ["string","array","null"], "items": {"type": ["string","null"]}}"#.to_owned(),
            Self::Integer => r#"{"type": ["integer","null"]}"#.to_owned(),
            Self::Number => r#"{"type": ["number","null"]}"#.to_owned(),
            Self::Boolean => r#"{"type": ["boolean","null"]}"#.to_owned(),
            Self::Duration => r#"{"type": ["string","integer","null"], "minimum": 0, "maximum": 0, "format": "prometheus-duration"}"#.to_owned(),
            Self::GoDuration => r#"{"type": ["string","integer","null"], "minimum": 0, "maximum": 0, "format": "go-duration"}"#.to_owned(),
            Self::Bytes => r#"{"type": ["string","integer","null"]}"#.to_owned(),
            Self::Open(why) => format!(r#"{{"x-open": "{why}"}}"#),
            Self::List(of) => format!(
                r#"{{"type": ["array","null"], "items": {}}}"#,
                of.json(named, false)
            ),
            Self::Map(of) => format!(
                r#"{{"type": ["object","null"], "additionalProperties": {}}}"#,
                of.json(named, false)
            ),
            Self::Kinds(kinds) => {
                let entries = |before: &str, after: &str| {
                    let entries: Vec<_> = kinds
                        .iter()
                        .map(|(kind, shape)| {
                            format!("\n\"{before}{kind}{after}\": {}", shape.json(named, false))
                        })
                        .collect();
                    entries.join(",")
                };
                format!(
                    "{{\"type\": [\"object\",\"null\"], \"additionalProperties\": false, \"patternProperties\": {{{}\n}}, \"properties\": {{{}\n}}}}",
                    entries("^", "/"),
                    entries("", "")
                )
            }
            Self::Fields(_, fields) => {
                let mut text = String::from(
                    "{\"type\": [\"object\",\"null\"], \"additionalProperties\": false, \"properties\": {",
                );
                for (at, (key, shape)) in fields.iter().enumerate() {
                    let comma = if at == 0 { "" } else { "," };
                    // Writing to a text cannot fail.
                    let _ = write!(text, "{comma}\n\"{key}\": {}", shape.json(named, false));
                }
                text.push_str("\n}}");
                text
            }
        };
        match named.get(&text) {
            Some(name) if !is_definition => format!("{{\"$ref\": \"#/definitions/{name}\"}}"),
            _ => text,
        }
    }

    /// Calls `visit` with every part, the innermost first.
    fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        match self {
            Self::List(of) | Self::Map(of) => of.walk(visit),
            Self::Fields(_, fields) | Self::Kinds(fields) => {
                for shape in fields.values() {
                    shape.walk(visit);
                }
            }
            _ => {}
        }
        visit(self);
    }

    /// Returns the name that it has as a definition.
    fn name(&self) -> String {
        match self {
            Self::Text => "string".to_owned(),
            Self::TextOrList => "string-or-list".to_owned(),
            Self::Integer => "integer".to_owned(),
            Self::Number => "number".to_owned(),
            Self::Boolean => "boolean".to_owned(),
            Self::Duration => "duration".to_owned(),
            Self::GoDuration => "go-duration".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::Open(_) => "open".to_owned(),
            Self::List(of) => format!("{}-list", of.name()),
            Self::Map(of) => format!("{}-map", of.name()),
            Self::Fields(name, _) => name.clone(),
            Self::Kinds(_) => "components".to_owned(),
        }
    }
}

/// Returns the JSON text of a program's configuration: `parts` by name, the first of which is the whole.
///
/// What stands more than once becomes a definition, and so does each block of the whole: charts hand on single blocks
/// too. The parts after the first are definitions under `part-<name>`.
pub(super) fn document(title: &str, parts: &[(&str, Shape)]) -> String {
    let Some(((_, whole), others)) = parts.split_first() else {
        return String::new();
    };
    // Equal parts have equal text. References in a text are those of its own parts, which are named before it.
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    let mut definitions: BTreeMap<String, String> = BTreeMap::new();
    let mut counts: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for (_, part) in parts {
        part.walk(&mut |shape| {
            let plain = shape.json(&BTreeMap::new(), false);
            let entry = counts.entry(plain).or_insert_with(|| (0, shape.name()));
            entry.0 += 1;
        });
    }
    if let Shape::Fields(_, blocks) = whole {
        for block in blocks.values() {
            if let Some((count, _)) = counts.get_mut(&block.json(&BTreeMap::new(), false)) {
                *count += 1;
            }
        }
    }
    for (_, part) in parts {
        part.walk(&mut |shape| {
            let plain = shape.json(&BTreeMap::new(), false);
            let Some((count, name)) = counts.get_mut(&plain) else {
                return;
            };
            if *count < 2 {
                return;
            }
            *count = 0;
            let text = shape.json(&named, true);
            let mut unique = name.clone();
            let mut number = 2;
            while definitions.contains_key(&unique) {
                unique = format!("{name}-{number}");
                number += 1;
            }
            definitions.insert(unique.clone(), text.clone());
            named.insert(text, unique);
        });
    }
    for (name, part) in others {
        definitions.insert(format!("part-{name}"), part.json(&named, false));
    }
    let text = whole.json(&named, true);
    let mut out = format!(
        "{{\n\"$schema\": \"http://json-schema.org/draft-07/schema#\",\n\"title\": \"{title}\",\n\"definitions\": {{"
    );
    for (at, (name, text)) in definitions.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(out, "{comma}\n\"{name}\": {text}");
    }
    let _ = writeln!(out, "\n}},\n{}", &text[1..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(name: &str, fields: &[(&str, Shape)]) -> Shape {
        let fields = fields
            .iter()
            .map(|(key, shape)| ((*key).to_owned(), shape.clone()))
            .collect();
        Shape::Fields(name.to_owned(), fields)
    }

    #[test]
    fn says_once_what_stands_twice() {
        let client = fields(
            "grpc.Client",
            &[("wait", Shape::GoDuration), ("port", Shape::Integer)],
        );
        let whole = fields(
            "demo.Config",
            &[
                ("one", client.clone()),
                ("two", Shape::List(Box::new(client.clone()))),
                ("single", fields("demo.Single", &[("text", Shape::Text)])),
            ],
        );
        let tenants = fields(
            "demo.Tenants",
            &[("overrides", Shape::Map(Box::new(client)))],
        );
        let text = document("demo 1.0.0", &[("config", whole), ("runtime", tenants)]);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let definitions = json["definitions"].as_object().unwrap();
        let names: Vec<_> = definitions.keys().map(String::as_str).collect();
        // Blocks of the whole have names too.
        assert_eq!(
            names,
            [
                "demo.Single",
                "go-duration",
                "grpc.Client",
                "grpc.Client-list",
                "integer",
                "part-runtime"
            ]
        );
        assert_eq!(
            json["properties"]["one"]["$ref"],
            "#/definitions/grpc.Client"
        );
    }

    #[test]
    fn forms_are_joined() {
        let left = fields("a.A", &[("x", Shape::Text), ("y", Shape::Integer)]);
        let right = fields("a.B", &[("y", Shape::Integer), ("x", Shape::Boolean)]);
        let Shape::Fields(_, joined) = left.or(right) else {
            unreachable!("two maps make a map")
        };
        assert_eq!(joined["y"], Shape::Integer);
        assert!(matches!(joined["x"], Shape::Open(_)));
    }
}
