//! Writes schemas as JSON text: one line a leaf, one indented block a map, always the same bytes.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::schema::{Additional, Literal, Schema};

/// Returns a schema as indented JSON with a final newline.
pub(super) fn to_json(schema: &Schema) -> String {
    let mut out = String::new();
    let first = [("$schema", "http://json-schema.org/draft-07/schema#")];
    write_schema(&mut out, schema, schema, 0, &first, false);
    out.push('\n');
    out
}

/// Returns a schema on one line, as it stands in a contract.
pub(super) fn compact(schema: &Schema) -> String {
    let mut out = String::new();
    let mut object = Object::new(&mut out, schema, 0, true);
    object.described("", schema);
    object.end();
    out
}

/// Returns a contract's schema with who reads its values, as one more keyword at its top.
pub(super) fn to_json_with(schema: &Schema, reads: &super::Reads) -> String {
    let mut out = to_json(schema);
    if !reads.is_empty()
        && let Some(body) = out.strip_suffix("\n}\n")
    {
        out = format!(
            "{body},\n \"x-reads\": {}\n}}\n",
            reads.to_json().trim_end()
        );
    }
    out
}

/// Writes one schema; `first` are keywords with texts that come before all others.
fn write_schema(
    out: &mut String,
    schema: &Schema,
    root: &Schema,
    depth: usize,
    first: &[(&str, &str)],
    flat: bool,
) {
    let mut object = Object::new(
        out,
        root,
        depth,
        flat || is_leaf(schema) || is_short(schema),
    );
    for (keyword, value) in first {
        object.text(keyword, Some(value));
    }
    let empty = super::schema::Rare::default();
    let rare = schema.rare().unwrap_or(&empty);
    object.text("title", rare.title.as_deref());
    object.text("description", rare.description.as_deref());
    // The shorter of the two names that JSON Schema has had for it: there are thousands of references.
    let reference = rare
        .reference
        .as_deref()
        .map(|reference| reference.replacen("#/definitions/", "#/$defs/", 1));
    object.text("$ref", reference.as_deref());
    let types: Vec<_> = schema.types.names().collect();
    match types.as_slice() {
        [] => {}
        [one] => object.text("type", Some(one)),
        many => object.json("type", &Json::from(many.to_vec())),
    }
    if let Some(allowed) = &rare.allowed {
        object.json("enum", &allowed.iter().map(Literal::to_json).collect());
    }
    if let Some(constant) = &rare.constant {
        object.json("const", &constant.to_json());
    }
    if let Some(minimum) = rare.minimum {
        object.json("minimum", &number(minimum));
    }
    if let Some(maximum) = rare.maximum {
        object.json("maximum", &number(maximum));
    }
    if let Some(length) = rare.min_length {
        object.json("minLength", &Json::from(length));
    }
    object.text("format", schema.format.as_deref());
    object.text("pattern", rare.pattern.as_deref());
    if let Some(default) = &schema.default {
        object.json(default_keyword(schema, default), &default.to_json());
    }
    if schema.template {
        object.json("x-template", &Json::Bool(true));
    }
    object.text("x-open", rare.open.as_deref());
    object.text("x-dead", rare.dead.as_deref());
    object.list("anyOf", &rare.any_of);
    object.list("oneOf", &rare.one_of);
    object.list("allOf", &rare.all_of);
    if let Some(not) = &rare.not {
        object.schema("not", not);
    }
    if let Some(items) = &schema.items {
        object.schema("items", items);
    }
    if !rare.required.is_empty() {
        let required: Vec<&str> = rare.required.iter().map(|name| &**name).collect();
        object.json("required", &Json::from(required));
    }
    match &schema.additional {
        Additional::Any => {}
        Additional::Refused => object.json("additionalProperties", &Json::Bool(false)),
        Additional::Schema(other) => object.schema("additionalProperties", other),
    }
    object.pairs("patternProperties", &rare.pattern_properties);
    object.pairs("properties", &schema.properties);
    object.pairs("$defs", &rare.definitions);
    object.end();
}

/// Returns the keyword of a default: our own where it is not of the first type, which breaks language servers
/// (yaml-language-server 1.25 then offers no key at all beside it).
fn default_keyword(schema: &Schema, default: &Literal) -> &'static str {
    let first = schema.types.names().next();
    let own = match default {
        Literal::Null => "null",
        Literal::Bool(_) => "boolean",
        Literal::Integer(_) if first == Some("number") => "number",
        Literal::Integer(_) => "integer",
        Literal::Float(_) => "number",
        Literal::Text(_) => "string",
        Literal::Other(value) if value.is_array() => "array",
        Literal::Other(_) => "object",
    };
    if own != "null" && first.is_none_or(|first| first == own) {
        "default"
    } else {
        "x-default"
    }
}

/// Whole numbers are written without a fraction.
fn number(value: f64) -> Json {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be whole and small"
    )]
    if value.fract() == 0.0 && value.abs() < 9e15 {
        Json::from(value as i64)
    } else {
        Json::from(value)
    }
}

/// Returns whether it is written on one line: no named schemas anywhere in it.
fn is_leaf(schema: &Schema) -> bool {
    let rare_is_leaf = schema.rare().is_none_or(|rare| {
        rare.definitions.is_empty()
            && rare.pattern_properties.is_empty()
            && rare
                .any_of
                .iter()
                .chain(&rare.one_of)
                .chain(&rare.all_of)
                .all(is_leaf)
    });
    let additional_is_leaf = match &schema.additional {
        Additional::Schema(other) => is_leaf(other),
        Additional::Any | Additional::Refused => true,
    };
    schema.properties.is_empty()
        && rare_is_leaf
        && additional_is_leaf
        && schema.items.as_deref().is_none_or(is_leaf)
}

/// Returns whether words tell an editor's user more than the type that the keyword beside them tells.
fn says_more(schema: &Schema, root: &Schema) -> bool {
    let target = schema.resolve(root);
    let has_default = [&schema.default, &target.default]
        .into_iter()
        .flatten()
        .any(|default| *default != Literal::Null);
    has_default
        || schema.format.is_some()
        || schema.dead().is_some()
        || target.format.is_some()
        || target.dead().is_some()
}

/// A map is written on one line when it has no more keys than this, those below counted,
const SHORT_KEYS: usize = 6;
/// and the line no more letters than this.
const SHORT_LINE: usize = 160;

/// Returns whether a map fits on one line.
fn is_short(schema: &Schema) -> bool {
    fn keys(schema: &Schema) -> usize {
        let mut count = schema.properties.len();
        for (_, below) in &schema.properties {
            if count > SHORT_KEYS {
                return count;
            }
            count += keys(below);
        }
        let others = match &schema.additional {
            Additional::Schema(other) => keys(other),
            Additional::Any | Additional::Refused => 0,
        };
        count + others + schema.items.as_deref().map_or(0, keys)
    }
    let is_plain = schema
        .rare()
        .is_none_or(|rare| rare.definitions.is_empty() && rare.pattern_properties.is_empty());
    is_plain && keys(schema) <= SHORT_KEYS && compact(schema).len() <= SHORT_LINE
}

/// A JSON object under construction.
struct Object<'a> {
    out: &'a mut String,
    root: &'a Schema,
    depth: usize,
    flat: bool,
    empty: bool,
}

impl<'a> Object<'a> {
    fn new(out: &'a mut String, root: &'a Schema, depth: usize, flat: bool) -> Self {
        out.push('{');
        Self {
            out,
            root,
            depth,
            flat,
            empty: true,
        }
    }

    fn key(&mut self, key: &str) {
        if !self.empty {
            self.out.push(',');
        }
        if !self.flat {
            self.out.push('\n');
            indent(self.out, self.depth + 1);
        } else if !self.empty {
            self.out.push(' ');
        }
        self.empty = false;
        // Writing to a text cannot fail.
        let _ = write!(self.out, "{}: ", Json::from(key));
    }

    fn json(&mut self, key: &str, value: &Json) {
        self.key(key);
        let _ = write!(self.out, "{value}");
    }

    fn text(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.json(key, &Json::from(value));
        }
    }

    fn schema(&mut self, key: &str, schema: &Schema) {
        self.key(key);
        write_schema(self.out, schema, self.root, self.depth + 1, &[], self.flat);
    }

    /// Writes a key's schema, with what editors show of it. A reference stands alone, and of a map its keys tell more.
    fn described(&mut self, key: &str, schema: &Schema) {
        let is_reference = schema.rare().is_some_and(|rare| rare.reference.is_some());
        let words = if is_reference || !schema.properties.is_empty() {
            None
        } else {
            // Every byte of a contract is loaded with it: plain words, and none where brackets tell all.
            schema
                .summary(self.root)
                .map(|words| words.replace('`', ""))
                .filter(|_| says_more(schema, self.root))
        };
        self.key(key);
        match &words {
            Some(words) => {
                let first = [("markdownDescription", words.as_str())];
                write_schema(
                    self.out,
                    schema,
                    self.root,
                    self.depth + 1,
                    &first,
                    self.flat,
                );
            }
            None => write_schema(self.out, schema, self.root, self.depth + 1, &[], self.flat),
        }
    }

    fn list(&mut self, key: &str, schemas: &[Schema]) {
        if schemas.is_empty() {
            return;
        }
        self.key(key);
        self.out.push('[');
        for (at, schema) in schemas.iter().enumerate() {
            if at > 0 {
                self.out.push_str(", ");
            }
            write_schema(self.out, schema, self.root, self.depth + 1, &[], self.flat);
        }
        self.out.push(']');
    }

    fn pairs(&mut self, key: &str, pairs: &[(Box<str>, Schema)]) {
        if pairs.is_empty() {
            return;
        }
        self.key(key);
        let mut object = Object::new(self.out, self.root, self.depth + 1, self.flat);
        for (name, schema) in pairs {
            object.described(name, schema);
        }
        object.end();
    }

    fn end(self) {
        if !self.flat && !self.empty {
            self.out.push('\n');
            indent(self.out, self.depth);
        }
        self.out.push('}');
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n(' ', depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_was() {
        let text = concat!(
            "{\n",
            " \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n",
            " \"title\": \"loki 1.0.0\",\n",
            " \"type\": [\"object\",\"null\"],\n",
            " \"additionalProperties\": false,\n",
            " \"properties\": {\n",
            "  \"a\\\"b\": {\"markdownDescription\": \"string (memory quantity), default 1Gi\", \"type\": [\"string\",\"null\"], \"format\": \"memory-quantity\", \"default\": \"1Gi\", \"x-template\": true},\n",
            "  \"map\": {\"type\": \"object\", \"x-open\": \"goes to the pod\"},\n",
            "  \"any\": {}\n",
            " }\n",
            "}\n",
        );
        let schema: Schema = serde_json::from_str(text).unwrap();
        assert_eq!(to_json(&schema), text);
    }
}
