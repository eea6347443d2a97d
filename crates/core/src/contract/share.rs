//! Writes what stands in a schema more than once a single time, as a definition.

use std::collections::BTreeMap;

use super::schema::{Additional, Schema};
use super::write::compact;

/// A definition is worth its name when it saves this many bytes in all.
const WORTH: usize = 150;

/// What is known of one written form.
struct Form {
    count: usize,
    name: Option<Box<str>>,
    /// The key that it first stood under.
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

fn is_shareable(schema: &Schema) -> bool {
    schema.rare().is_none_or(|rare| rare.reference.is_none()) && *schema != Schema::default()
}

fn count(key: &str, schema: &Schema, forms: &mut BTreeMap<String, Form>) {
    if is_shareable(schema) {
        let form = forms.entry(compact(schema)).or_insert_with(|| Form {
            count: 0,
            name: None,
            key: key.into(),
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
            .then(|| forms.get(&compact(below))?.name.clone())
            .flatten();
        match name {
            Some(name) => {
                let mut own = std::mem::replace(below, Schema::reference_to(&name));
                if !new.contains_key(&name) {
                    new.insert(name.clone(), Schema::default());
                    replace_below(&mut own, forms, new);
                    new.insert(name, own);
                }
            }
            None => replace_below(below, forms, new),
        }
    };
    for (_, below) in &mut schema.properties {
        visit(below);
    }
    if let Some(items) = &mut schema.items {
        visit(items);
    }
    if let Additional::Schema(other) = &mut schema.additional {
        visit(other);
    }
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
            r#"{{"additionalProperties": false, "properties": {{"a": {{"properties": {{"image": {part}}}}},
                "b": {{"properties": {{"image": {part}}}}}, "c": {{"properties": {{"image": {part}}}}}}}}}"#
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
