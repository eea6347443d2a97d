//! What a walk says: one function a kind of finding, each with what to do.

use crate::diagnostic::nearest;
use crate::source::Location;
use crate::units::check_format;
use crate::yaml::{Node, Value};

use super::check::{Walk, types_of};
use super::path::{Step, show};
use super::schema::{Literal, Schema, Types};
use super::unknown::advise;

impl Walk<'_> {
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
                    Some(near) => finding.help(format!("did you mean `{near}`?")).fix(
                        format!("replace `{text}` by `{near}`"),
                        &node.location,
                        near,
                        false,
                    ),
                    None => finding.help(format!("write {}", example(format))),
                },
            );
        }
    }

    pub(super) fn unknown_key(&mut self, schema: &Schema, name: &str, key: &Location) {
        let (at, message) = match self.path.split_last() {
            Some((_, at)) => (
                at,
                format!("{} has no key `{}`", self.wording.noun(), show(&self.path)),
            ),
            None => return,
        };
        let advice = advise(self.root, schema, at, name, self.wording);
        self.push("unknown-key", message, key, |finding| {
            let finding = finding.help(advice.help);
            match advice.near {
                Some(near) => finding.fix(format!("rename `{name}` to `{near}`"), key, near, false),
                None => finding,
            }
        });
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
                    if written.is_empty() {
                        finding
                    } else {
                        finding.fix("quote it", &node.location, quoted, true)
                    }
                }
                (Value::String(text), wanted) if plain(text, wanted) => {
                    let finding = finding.help(format!("remove the quotes: `{text}`"));
                    if written.is_empty() {
                        finding
                    } else {
                        finding.fix("remove the quotes", &node.location, text.clone(), true)
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
        let list: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        let list = list.join(", ");
        self.push("bad-value", message, &node.location, |finding| match near {
            Some(near) => finding
                .help(format!("did you mean `{near}`? Allowed: {list}"))
                .fix(
                    format!("replace `{written}` by `{near}`"),
                    &node.location,
                    near,
                    false,
                ),
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

/// Returns whether a text would have a wanted type without its quotes.
fn plain(text: &str, wanted: Types) -> bool {
    (wanted.meets(Types::INTEGER.with(Types::NUMBER)) && text.parse::<i64>().is_ok())
        || (wanted.meets(Types::NUMBER) && text.parse::<f64>().is_ok_and(f64::is_finite))
        || (wanted.meets(Types::BOOLEAN) && matches!(text, "true" | "false"))
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
        "prometheus-duration" => "a duration, such as `30s`, `1h30m` or `7d`",
        "date" => "a day, such as `2024-04-01`",
        _ => "a value of this form",
    }
}
