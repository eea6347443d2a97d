//! What a walk says: one function a kind of finding, each with what to do.

use std::sync::Arc;

use crate::diagnostic::{is_slip, nearest};
use crate::source::{Location, Source};
use crate::units::check_format;
use crate::yaml::{self, Entry, Map, Node, Value};

use super::check::{Walk, types_of};
use super::path::{Step, show};
use super::schema::{Literal, Schema, Types};
use super::unknown::advise;

impl<'a> Walk<'a> {
    pub(super) fn check_text(&mut self, format: &str, text: &str, node: &Node) {
        // What a template engine or the program's environment fills in is not known here.
        if text.contains("{{") || text.contains("${") {
            return;
        }
        if let Err(problem) = check_format(format, text) {
            let message = format!("`{}`: {}", show(&self.path), problem.reason);
            self.push(
                "bad-value",
                message,
                &node.location,
                |finding| match problem.near {
                    // What a wrong unit was to mean is a guess, if a good one.
                    Some(near) => finding.help(format!("did you mean `{near}`?")).fix(
                        format!("replace `{text}` by `{near}`"),
                        &node.location,
                        yaml::scalar(&near),
                        false,
                    ),
                    None => finding.help(format!("write {}", example(format))),
                },
            );
        }
    }

    pub(super) fn unknown_key(
        &mut self,
        schema: &'a Schema,
        map: &'a Map,
        name: &str,
        entry: &'a Entry,
    ) {
        let Some((_, at)) = self.path.split_last() else {
            return;
        };
        let message = format!("{} has no key `{}`", self.wording.noun(), show(&self.path));
        let advice = advise(self.root, schema, at, name, self.wording);
        let renamed = advice
            .near
            .and_then(|near| self.renaming(schema, map, name, &near, entry));
        self.push("unknown-key", message, &entry.key, |finding| {
            let finding = finding.help(advice.help);
            match renamed {
                Some((near, safe)) => finding.fix(
                    format!("rename `{name}` to `{near}`"),
                    &entry.key,
                    near,
                    safe,
                ),
                None => finding,
            }
        });
    }

    /// Returns the key that an unknown one is a slip for, if renaming it mends the finding, and whether that is safe.
    ///
    /// It is offered where the names are one letter apart, the other key is free, and the value is one of its.
    /// It is safe where no other key is as near, and only in the typed part of an environment: what a chart
    /// would do with an override is not ours to guess.
    fn renaming(
        &mut self,
        schema: &'a Schema,
        map: &'a Map,
        name: &str,
        near: &str,
        entry: &'a Entry,
    ) -> Option<(String, bool)> {
        let written = entry.key.text();
        let taken = map.get(near).map(|other| &other.key.source);
        let bars = |source: &Arc<Source>| source.name() == entry.key.source.name();
        if written.trim_matches(['"', '\'']) != name
            || !is_slip(name, near)
            || taken.is_some_and(bars)
            || yaml::scalar(near) != near
        {
            return None;
        }
        let property = schema.listed(near)?;
        if !self
            .try_branch(property, &entry.value, Some(&entry.key))
            .is_empty()
        {
            return None;
        }
        let others = schema
            .properties
            .iter()
            .filter(|(other, _)| is_slip(name, other))
            .count();
        let safe = self.wording.is_typed() && others == 1 && taken.is_none();
        Some((near.to_owned(), safe))
    }

    pub(super) fn missing_key(&mut self, schema: &Schema, name: &str, location: &Location) {
        let mut path = self.path.clone();
        path.push(Step::Key(name));
        let message = format!("{} needs a key `{}`", self.wording.noun(), show(&path));
        let property = schema.listed(name);
        let types =
            property.map_or_else(Types::default, |property| types_of(property, self.root, 4));
        let why = property.and_then(|property| description(property, self.root));
        self.push("missing-key", message, location, |finding| {
            let finding = finding.help(format!("add `{name}:` with {}", types.words()));
            match why {
                Some(why) => finding.why(why),
                None => finding,
            }
        });
    }

    pub(super) fn wrong_type(&mut self, wanted: Types, schema: &Schema, node: &Node) {
        let place = match self.path.as_slice() {
            [] => "as a whole".to_owned(),
            path => format!("at `{}`", show(path)),
        };
        let message = format!(
            "{} wants {} {place}, not {}",
            self.wording.noun(),
            wanted.words(),
            found_words(&node.value)
        );
        let written = node.location.text();
        let why = description(schema, self.root);
        self.push("wrong-type", message, &node.location, |finding| {
            let finding = match why {
                Some(why) => finding.why(why),
                None => finding,
            };
            match (&node.value, wanted) {
                (Value::Bool(_) | Value::Integer(_) | Value::Float(_), wanted)
                    if wanted.holds(Types::STRING) =>
                {
                    let quoted = format!("\"{}\"", shown(node));
                    let finding = finding.help(format!("quote it: `{quoted}`"));
                    if is_plain_word(written) {
                        finding.fix("quote it", &node.location, quoted, true)
                    } else {
                        finding
                    }
                }
                (Value::String(text), wanted) if plain(text, wanted) => {
                    let finding = finding.help(format!("remove the quotes: `{text}`"));
                    let quoted = written
                        .strip_prefix(['"', '\''])
                        .and_then(|rest| rest.strip_suffix(['"', '\'']));
                    if quoted == Some(text) {
                        finding.fix("remove the quotes", &node.location, text.clone(), true)
                    } else {
                        finding
                    }
                }
                (Value::Null, _) => {
                    finding.help(format!("write {}, or remove the key", wanted.words()))
                }
                _ => match &schema.default {
                    Some(default) if *default != Literal::Null => finding.help(format!(
                        "write {}; the default is `{}`",
                        wanted.words(),
                        default.shown()
                    )),
                    _ => finding.help(format!("write {}", wanted.words())),
                },
            }
        });
    }

    pub(super) fn not_allowed(&mut self, allowed: &[&Literal], node: &Node) {
        let written = shown(node);
        let names: Vec<String> = allowed
            .iter()
            .filter(|literal| ***literal != Literal::Null || allowed.len() == 1)
            .map(|literal| literal.shown())
            .collect();
        let message = match names.as_slice() {
            [one] => format!(
                "`{}` is `{written}`, and only `{one}` is allowed",
                show(&self.path)
            ),
            _ => format!(
                "`{}` is `{written}`, which is not one of the allowed values",
                show(&self.path)
            ),
        };
        let near = nearest(&written, names.iter().map(String::as_str)).map(str::to_owned);
        let is_text = matches!(node.value, Value::String(_));
        let list: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        let list = list.join(", ");
        self.push("bad-value", message, &node.location, |finding| match near {
            Some(near) => {
                let finding = finding.help(format!("did you mean `{near}`? Allowed: {list}"));
                if is_text && is_slip(&written, &near) {
                    finding.fix(
                        format!("replace `{written}` by `{near}`"),
                        &node.location,
                        yaml::scalar(&near),
                        false,
                    )
                } else {
                    finding
                }
            }
            None => finding.help(format!("write one of {list}")),
        });
    }

    pub(super) fn out_of_range(&mut self, node: &Node, than: &str, bound: &str, limit: f64) {
        let message = format!(
            "`{}` is {}, {than} than {limit}",
            show(&self.path),
            shown(node)
        );
        self.push("bad-value", message, &node.location, |finding| {
            finding.help(format!("write at {bound} {limit}"))
        });
    }
}

fn description<'a>(schema: &'a Schema, root: &'a Schema) -> Option<&'a str> {
    schema
        .description()
        .or_else(|| schema.resolve(root).description())
}

/// Returns whether a text would have a wanted type without its quotes, and mean the same to every reader of YAML:
/// `007` and `1_000` would not.
fn plain(text: &str, wanted: Types) -> bool {
    let is_whole = |text: &str| {
        text.parse::<i64>()
            .is_ok_and(|number| number.to_string() == text)
    };
    let is_decimal = |text: &str| {
        text.split_once('.').is_some_and(|(whole, fraction)| {
            (is_whole(whole) || whole == "-0")
                && !fraction.is_empty()
                && fraction.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    (wanted.meets(Types::INTEGER.with(Types::NUMBER)) && is_whole(text))
        || (wanted.meets(Types::NUMBER) && is_decimal(text))
        || (wanted.meets(Types::BOOLEAN) && matches!(text, "true" | "false"))
}

/// Returns whether a scalar is written as one plain word, so that quotes around it are all that changes: no tag,
/// no alias, no quotes.
fn is_plain_word(written: &str) -> bool {
    !written.is_empty()
        && written
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-._:".contains(&byte))
}

/// Returns what stands there, in words.
fn found_words(value: &Value) -> String {
    let name = match value {
        Value::Null => return "null".to_owned(),
        Value::Bool(value) => return format!("`{value}`"),
        Value::Integer(value) => return format!("the number `{value}`"),
        Value::Float(value) => return format!("the number `{value}`"),
        Value::String(text) if text.is_empty() => return "an empty text".to_owned(),
        Value::String(text) => text,
        Value::List(_) => return "a list".to_owned(),
        Value::Map(_) => return "a map".to_owned(),
    };
    if name.chars().count() > 40 || name.contains('\n') {
        "text".to_owned()
    } else {
        format!("the text `{name}`")
    }
}

/// Returns a scalar as the user wrote it, without quotes.
fn shown(node: &Node) -> String {
    let written = node.location.text();
    match &node.value {
        Value::String(text) => text.clone(),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a map".to_owned(),
        _ if !written.is_empty() && !written.contains('\n') => written.to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
    }
}

/// Returns examples of a format.
fn example(format: &str) -> &'static str {
    match format {
        "cpu-quantity" => "cores or thousandths of a core, such as `2` or `100m`",
        "memory-quantity" => "an amount of memory, such as `512Mi` or `4Gi`",
        "storage-quantity" => "a size, such as `10Gi`",
        "go-duration" => "a duration, such as `30s`, `1h30m` or `168h`",
        "prometheus-duration" => "a duration, such as `30s`, `1h30m` or `7d`",
        "date" => "a day, such as `2024-04-01`",
        _ => "a value of this form",
    }
}
