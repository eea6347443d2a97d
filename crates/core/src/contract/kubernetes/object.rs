//! A whole object of Kubernetes, of a kind that its own text names.

use std::collections::BTreeMap;

use super::super::schema::{Additional, Literal, Schema, Types};
use super::super::terms::{closed_map, open_map};
use super::facts::{facts, field_words};

/// Why an object of an unknown kind takes any key.
const OTHER_KIND: &str = "an object of a kind that we do not know";
/// Why what is inside an object is not described.
const INSIDE: &str = "inside an object of Kubernetes";
/// Keys whose values are maps of texts.
const TEXTS: &[&str] = &["data", "stringData", "binaryData"];

/// Returns the schema of a whole object: closed at its top with the keys of its kind; any other kind is open.
///
/// It may also be a text, as charts run such objects through `tpl`.
pub(in super::super) fn any_object() -> Schema {
    let mut groups: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for (form, name) in &facts().kinds {
        let kind = form.rsplit(' ').next().unwrap_or(form);
        let Some(fields) = field_words(name) else {
            continue;
        };
        let keys: Vec<&str> = fields.keys().copied().collect();
        let kinds = groups.entry(keys).or_default();
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let mut known: Vec<&str> = groups.values().flatten().copied().collect();
    known.sort_unstable();
    known.dedup();
    let mut other = open_map(OTHER_KIND);
    other.types = Types::OBJECT;
    let mut kind = text();
    kind.rare_mut().not = Some(Box::new(one_of(&known)));
    other.set("apiVersion", text());
    other.set("kind", kind);
    require(&mut other);
    let mut branches = vec![Schema::of(Types::STRING.with(Types::NULL)), other];
    for (keys, kinds) in groups {
        let mut object = closed_map();
        object.types = Types::OBJECT;
        for key in keys {
            let schema = match key {
                "apiVersion" => text(),
                "kind" => one_of(&kinds),
                "metadata" => Schema::reference_to("object-meta"),
                key if TEXTS.contains(&key) => {
                    let mut texts = Schema::of(Types::OBJECT.with(Types::STRING).with(Types::NULL));
                    texts.additional = Additional::Schema(Box::new(text()));
                    texts
                }
                "spec" => open_map(INSIDE),
                _ => Schema::default(),
            };
            object.set(key, schema);
        }
        object.set("status", Schema::default());
        require(&mut object);
        branches.push(object);
    }
    let mut any = Schema::default();
    any.rare_mut().any_of = branches;
    any
}

/// Returns the schema of a kind, named `<apiVersion> <Kind>`: closed, every key of its type.
pub(in super::super) fn of_kind(name: &str) -> Option<Schema> {
    let facts = facts();
    let kind = facts.kinds.get(name).or_else(|| facts.written.get(name))?;
    let mut object = super::facts::named(kind)?;
    object.types = Types::OBJECT;
    Some(object)
}

/// Returns the names of all kinds, each as `<apiVersion> <Kind>`.
pub(in super::super) fn kinds() -> impl Iterator<Item = &'static str> {
    let facts = facts();
    facts.kinds.keys().chain(facts.written.keys()).copied()
}

fn text() -> Schema {
    Schema::of(Types::STRING.with(Types::NULL))
}

fn one_of(kinds: &[&str]) -> Schema {
    let mut schema = Schema::default();
    schema.rare_mut().allowed = Some(
        kinds
            .iter()
            .map(|kind| Literal::Text((*kind).into()))
            .collect(),
    );
    schema
}

fn require(object: &mut Schema) {
    object.rare_mut().required = vec!["apiVersion".into(), "kind".into()];
}

#[cfg(test)]
mod tests {
    use super::super::super::Wording;
    use super::*;
    use crate::source::Source;
    use crate::yaml;

    fn found(text: &str) -> Vec<String> {
        let mut root = any_object();
        root.rare_mut().definitions = vec![("object-meta".into(), Schema::default())];
        let node = yaml::read(&Source::new("object.yaml", text)).unwrap();
        root.check(&node, &Wording::chart("demo", "1"))
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn an_object_is_closed_by_its_kind() {
        for fine in [
            "{apiVersion: v1, kind: ConfigMap, data: {a: b}}",
            "{apiVersion: example.com/v1, kind: Widget, anything: 1}",
            "{apiVersion: v1, kind: '{{ .Values.kind }}', x: 1}",
            "'{{ .Values.x }}'",
        ] {
            assert_eq!(found(fine), [""; 0], "{fine}");
        }
        for slip in [
            "{apiVersion: v1, kind: ConfigMap, dta: {a: b}}",
            "{apiVersion: v1, knid: ConfigMap, data: {a: b}}",
            "{apiVersoin: v1, kind: ConfigMap, data: {a: b}}",
            "{apiVersion: v1, kind: ConfigMap, data: {a: 1}}",
        ] {
            assert_ne!(found(slip), [""; 0], "{slip}");
        }
    }
}
