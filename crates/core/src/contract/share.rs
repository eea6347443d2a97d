//! Writes what stands in a schema more than once a single time, as a definition.

use std::collections::BTreeMap;

use super::schema::{Additional, Literal, Schema, Types};
use super::write::compact;

/// A definition is worth its name when it saves this many bytes in all.
const WORTH: usize = 150;

/// A definition of fewer bytes stands where it is used: a reference would be longer.
const SMALL: usize = 48;

/// What is known of one written form.
struct Form {
    count: usize,
    name: Option<Box<str>>,
    /// What it is named after: a map after the key that it first stood under, anything else after what it holds.
    key: Box<str>,
}

/// Moves what stands more than once into definitions, each named after the key that it first stood under.
///
/// The schema means the same afterwards: references are followed everywhere.
pub(super) fn share(root: &mut Schema) {
    let mut forms: BTreeMap<String, Form> = BTreeMap::new();
    let mut definitions = root
        .rare
        .as_mut()
        .map(|rare| std::mem::take(&mut rare.definitions))
        .unwrap_or_default();
    let small: BTreeMap<String, Schema> = definitions
        .iter()
        .filter(|(_, schema)| compact(schema).len() <= SMALL)
        .map(|(name, schema)| (format!("#/definitions/{name}"), schema.clone()))
        .collect();
    write_out(root, &small);
    for (_, schema) in &mut definitions {
        write_out(schema, &small);
    }
    definitions.retain(|(name, _)| !small.contains_key(&format!("#/definitions/{name}")));
    for (key, schema) in &root.properties {
        count(key, schema, &mut forms);
    }
    for (key, schema) in &definitions {
        // A definition is there already: only what is in it can be shared.
        each_below(schema, key, &mut |key, below| count(key, below, &mut forms));
    }
    let mut taken: BTreeMap<Box<str>, usize> = definitions
        .iter()
        .map(|(name, _)| (name.clone(), 1))
        .collect();
    for (text, form) in &mut forms {
        let reference = r##"{"$ref": "#/definitions/"}"##.len() + form.key.len() + 3;
        let saved = form
            .count
            .saturating_sub(1)
            .saturating_mul(text.len())
            .saturating_sub(form.count * reference + form.key.len() + 12);
        if form.count > 1 && saved >= WORTH {
            form.name = Some(free_name(&form.key, &mut taken));
        }
    }
    let mut new = BTreeMap::new();
    replace_below(root, &forms, &mut new);
    for (_, schema) in &mut definitions {
        // The definition itself stays.
        replace_below(schema, &forms, &mut new);
    }
    definitions.extend(new);
    definitions.sort_by(|(left, _), (right, _)| left.cmp(right));
    root.rare_mut().definitions = definitions;
}

fn free_name(key: &str, taken: &mut BTreeMap<Box<str>, usize>) -> Box<str> {
    let plain: String = key
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || letter == '-' || letter == '_' {
                letter
            } else {
                '-'
            }
        })
        .collect();
    let mut number = taken.get(&*plain).copied().unwrap_or_default();
    loop {
        number += 1;
        let name: Box<str> = if number == 1 {
            plain.clone().into()
        } else {
            format!("{plain}-{number}").into()
        };
        if !taken.contains_key(&name) {
            taken.insert(plain.into(), number);
            taken.insert(name.clone(), 1);
            return name;
        }
    }
}

/// Returns a name that tells what a schema is.
fn told(key: &str, schema: &Schema) -> Box<str> {
    if !schema.properties.is_empty() {
        return key.into();
    }
    let mut name: String = if schema.dead().is_some() {
        "dead".to_owned()
    } else {
        let types = schema.types.without(Types::NULL);
        types.names().take(2).collect::<Vec<_>>().join("-")
    };
    if name.is_empty() {
        "any".clone_into(&mut name);
    }
    let default = schema.default.as_ref().map(Literal::shown);
    if let Some(default) = default.filter(|default| default.len() <= 16 && default != "\"\"") {
        name.push('-');
        name.push_str(&default);
    }
    name.into()
}

/// Replaces references to small definitions by what they stand for.
fn write_out(schema: &mut Schema, small: &BTreeMap<String, Schema>) {
    let own = schema
        .rare()
        .and_then(|rare| small.get(rare.reference.as_deref()?))
        .cloned();
    if let Some(own) = own {
        *schema = Schema {
            template: schema.template || own.template,
            default: schema.default.take().or(own.default),
            ..own
        };
    }
    each_mut(schema, &mut |below| write_out(below, small));
}

/// Calls a function for the schemas right below one.
fn each_mut(schema: &mut Schema, visit: &mut impl FnMut(&mut Schema)) {
    for (_, below) in &mut schema.properties {
        visit(below);
    }
    if let Some(items) = &mut schema.items {
        visit(items);
    }
    if let Additional::Schema(other) = &mut schema.additional {
        visit(other);
    }
    if let Some(rare) = &mut schema.rare {
        let branches = rare.any_of.iter_mut().chain(&mut rare.one_of);
        for below in branches.chain(&mut rare.all_of) {
            visit(below);
        }
        for (_, below) in &mut rare.pattern_properties {
            visit(below);
        }
    }
}

/// Returns the written form of a schema, whether or not it goes through `tpl`: that is said beside the reference.
fn form_of(schema: &Schema) -> String {
    if !schema.template {
        return compact(schema);
    }
    compact(&Schema {
        template: false,
        ..schema.clone()
    })
}

fn is_shareable(schema: &Schema) -> bool {
    schema.rare().is_none_or(|rare| rare.reference.is_none()) && *schema != Schema::default()
}

fn count(key: &str, schema: &Schema, forms: &mut BTreeMap<String, Form>) {
    if is_shareable(schema) {
        let form = forms.entry(form_of(schema)).or_insert_with(|| Form {
            count: 0,
            name: None,
            key: told(key, schema),
        });
        form.count += 1;
        // What is below it stands there once, however often it stands itself.
        if form.count > 1 {
            return;
        }
    }
    each_below(schema, key, &mut |key, below| count(key, below, forms));
}

/// Calls a function for the schemas right below one, each with a key to name it by.
fn each_below(schema: &Schema, key: &str, visit: &mut impl FnMut(&str, &Schema)) {
    for (key, below) in &schema.properties {
        visit(key, below);
    }
    if let Some(items) = &schema.items {
        visit(key, items);
    }
    if let Additional::Schema(other) = &schema.additional {
        visit(key, other);
    }
}

fn replace_below(
    schema: &mut Schema,
    forms: &BTreeMap<String, Form>,
    new: &mut BTreeMap<Box<str>, Schema>,
) {
    let mut visit = |below: &mut Schema| {
        let name = is_shareable(below)
            .then(|| forms.get(&form_of(below))?.name.clone())
            .flatten();
        match name {
            Some(name) => {
                let mut own = std::mem::replace(below, Schema::reference_to(&name));
                below.template = std::mem::take(&mut own.template);
                if !new.contains_key(&name) {
                    new.insert(name.clone(), Schema::default());
                    replace_below(&mut own, forms, new);
                    new.insert(name, own);
                }
            }
            None => replace_below(below, forms, new),
        }
    };
    each_mut(schema, &mut visit);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Wording;
    use crate::source::Source;
    use crate::yaml;

    #[test]
    fn what_stands_twice_is_written_once() {
        let part = r#"{"type": "object", "additionalProperties": false, "properties": {
            "repository": {"type": ["string", "null"], "default": "a long default of many letters, to be worth it"},
            "tag": {"type": ["string", "null"], "default": "another long default, to be worth it as well"}}}"#;
        let text = format!(
            r#"{{"additionalProperties": false, "properties": {{"a": {{"properties": {{"image": {part}, "x": {{}}}}}},
                "b": {{"properties": {{"image": {part}, "y": {{}}}}}}, "c": {{"properties": {{"image": {part}}}}}}}}}"#
        );
        let before: Schema = serde_json::from_str(&text).unwrap();
        let mut after = before.clone();
        share(&mut after);
        let names: Vec<_> = after
            .rare()
            .unwrap()
            .definitions
            .iter()
            .map(|(name, _)| &**name)
            .collect();
        assert_eq!(names, ["image"]);
        for values in [
            "a: {image: {tag: x}}",
            "b: {image: {tga: x}}",
            "c: {image: {tag: 1}}",
        ] {
            let values = yaml::read(&Source::new("v", values)).unwrap();
            let found = |schema: &Schema| schema.check(&values, &Wording::chart("x", "1")).len();
            assert_eq!(found(&before), found(&after));
        }
    }
}
