//! What is done with the output of pods.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::is_label_name;
use crate::components::scope::Scope;
use crate::diagnostic::Diagnostic;
use crate::units::{Duration, Memory};

/// What is done with the output of pods.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Logs {
    /// Whether pods' output is read and sent to Loki. Default: yes, if the environment runs Loki.
    pub enabled: Option<bool>,
    /// The namespaces whose pods are read. Default: the environment's own. What two environments' agents read is stored twice. Any other namespace gives the agents rights in the whole cluster, where each environment then needs a `release` name of its own.
    pub namespaces: Vec<String>,
    /// What is done with each line before it is sent, in this order.
    pub stages: Vec<Stage>,
    /// How lines are sent.
    pub write: LogsWrite,
}

/// One step for each line. Exactly one of the fields is set.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Stage {
    /// Drops lines. Everything that is set must hold.
    pub drop: Option<DropLines>,
    /// Puts lines that belong together into one, such as a stack trace.
    pub multiline: Option<Multiline>,
    /// Reads values from a line that is JSON.
    pub json: Option<ReadJson>,
    /// Reads values from a line of `key=value` pairs.
    pub logfmt: Option<ReadLogfmt>,
    /// Reads values from a line by a regular expression.
    pub regex: Option<ReadRegex>,
    /// Replaces part of a line, such as a password.
    pub replace: Option<Replace>,
    /// Makes labels of values that were read. Each distinct value is a stream of its own, so keep them few.
    pub labels: Option<Vec<String>>,
    /// Keeps values that were read beside the line, where they cost no stream.
    pub structured_metadata: Option<Vec<String>>,
}

/// Which lines are dropped.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DropLines {
    /// The value to look at, read by a stage before. Default: the line.
    pub source: Option<String>,
    /// The text that the value is, exactly, such as `debug`. Needs `source`.
    pub value: Option<String>,
    /// A regular expression (RE2) that matches somewhere.
    pub expression: Option<String>,
    /// Lines longer than this, such as `8Ki`.
    pub longer_than: Option<Memory>,
    /// Lines older than this.
    pub older_than: Option<Duration>,
    /// The reason to count them under. Default: `drop_stage`.
    pub reason: Option<String>,
}

/// Which lines belong together.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Multiline {
    /// A regular expression (RE2) that only a first line matches.
    #[schemars(length(min = 1))]
    pub first_line: String,
    /// How long to wait for a further line. Default: 3s.
    #[serde(default)]
    pub max_wait: Option<Duration>,
    /// The most lines to put together. Default: 128.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub max_lines: Option<u32>,
}

/// What to read from JSON.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadJson {
    /// What to call a value, and the JMESPath expression that finds it; an empty one is the name itself.
    pub expressions: IndexMap<String, String>,
    /// The value to read from, read by a stage before. Default: the line.
    #[serde(default)]
    pub source: Option<String>,
    /// Whether lines that are no JSON are dropped. Default: no.
    #[serde(default)]
    pub drop_malformed: bool,
}

/// What to read from `key=value` pairs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadLogfmt {
    /// What to call a value, and the key it stands under; an empty one is the name itself.
    pub mapping: IndexMap<String, String>,
    /// The value to read from, read by a stage before. Default: the line.
    #[serde(default)]
    pub source: Option<String>,
}

/// What to read by a regular expression.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadRegex {
    /// A regular expression (RE2) whose groups are named: `(?P<level>\w+)`.
    #[schemars(length(min = 1))]
    pub expression: String,
    /// The value to read from, read by a stage before. Default: the line.
    #[serde(default)]
    pub source: Option<String>,
}

/// What to replace.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Replace {
    /// A regular expression (RE2) with groups; what they match is replaced.
    #[schemars(length(min = 1))]
    pub expression: String,
    /// What stands there instead: a Go template that may use `.Value`. Default: nothing.
    #[serde(default)]
    pub replace: String,
    /// The value to change, read by a stage before. Default: the line.
    #[serde(default)]
    pub source: Option<String>,
}

/// How lines are sent to Loki.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LogsWrite {
    /// How long a batch waits for more lines. Default: 1s.
    pub batch_wait: Duration,
    /// The size that sends a batch at once. Default: 1Mi.
    pub batch_size: Memory,
    /// How long one push may take. Default: 10s.
    pub remote_timeout: Duration,
    /// The pause after the first failed push; it doubles with each further one. Default: 500ms.
    pub min_backoff: Duration,
    /// The longest pause. Default: 5m.
    pub max_backoff: Duration,
    /// How often a push is tried again before its lines are lost; 0 for ever. Default: 10, some 8 minutes.
    #[schemars(range(max = 1000))]
    pub max_retries: u32,
}

impl Default for LogsWrite {
    fn default() -> Self {
        // Source: the defaults of `loki.write`, Alloy 1.18.
        Self {
            batch_wait: Duration::from_millis(1_000),
            batch_size: Memory::from_bytes(1 << 20),
            remote_timeout: Duration::from_millis(10_000),
            min_backoff: Duration::from_millis(500),
            max_backoff: Duration::from_millis(5 * 60_000),
            max_retries: 10,
        }
    }
}

/// Returns what templates place of logs; none where nothing is read.
pub(super) fn derive(scope: &Scope<'_>, logs: &Logs, found: &mut Vec<Diagnostic>) -> Option<Value> {
    check(scope, logs, found);
    let stages: Vec<Value> = logs
        .stages
        .iter()
        .enumerate()
        .filter_map(|(index, stage)| derive_stage(scope, index, stage, found))
        .collect();
    if logs.enabled == Some(false) {
        return None;
    }
    let Some(loki) = scope.links.endpoint("loki", "push") else {
        if logs.enabled == Some(true) {
            found.push(
                Diagnostic::error(
                    "environment/missing-component",
                    "Alloy has no Loki to send logs to",
                )
                .at(&scope.location("settings.logs.enabled"))
                .why("the environment does not run `loki`, and logs stay inside their environment")
                .help("add `loki` to the components, or set `settings.logs.enabled: false`"),
            );
        }
        return None;
    };
    let own = [scope.environment.namespace.clone()];
    let write = &logs.write;
    Some(json!({
        "namespaces": if logs.namespaces.is_empty() { &own[..] } else { &logs.namespaces },
        "stages": stages,
        "url": loki.url(),
        "tenant": scope.environment.tenant,
        "write": {
            "batch_wait": write.batch_wait.to_go(),
            "batch_size": size(&write.batch_size),
            "remote_timeout": write.remote_timeout.to_go(),
            "min_backoff": write.min_backoff.to_go(),
            "max_backoff": write.max_backoff.to_go(),
            "max_retries": write.max_retries,
        },
    }))
}

/// Returns one stage: the name of its block and its attributes.
fn derive_stage(
    scope: &Scope<'_>,
    index: usize,
    stage: &Stage,
    found: &mut Vec<Diagnostic>,
) -> Option<Value> {
    let place = |path: &str| scope.location(&format!("settings.logs.stages.{index}{path}"));
    let before = found.len();
    let mut steps = Vec::new();
    if let Some(lines) = &stage.drop {
        check_drop(scope, index, lines, found);
        steps.push((
            "drop",
            attributes([
                ("source", set(&lines.source).map(Value::from)),
                ("value", set(&lines.value).map(Value::from)),
                ("expression", set(&lines.expression).map(Value::from)),
                (
                    "longer_than",
                    lines.longer_than.as_ref().map(|memory| size(memory).into()),
                ),
                ("older_than", lines.older_than.map(|age| age.to_go().into())),
                ("drop_counter_reason", set(&lines.reason).map(Value::from)),
            ]),
        ));
    }
    if let Some(lines) = &stage.multiline {
        steps.push((
            "multiline",
            attributes([
                ("firstline", Some(lines.first_line.clone().into())),
                (
                    "max_wait_time",
                    lines.max_wait.map(|wait| wait.to_go().into()),
                ),
                ("max_lines", lines.max_lines.map(Value::from)),
            ]),
        ));
    }
    if let Some(json) = &stage.json {
        check_names(&place(".json.expressions"), json.expressions.keys(), found);
        steps.push((
            "json",
            attributes([
                ("source", set(&json.source).map(Value::from)),
                ("drop_malformed", json.drop_malformed.then_some(true.into())),
                ("expressions", Some(json!(json.expressions))),
            ]),
        ));
    }
    if let Some(logfmt) = &stage.logfmt {
        check_names(&place(".logfmt.mapping"), logfmt.mapping.keys(), found);
        steps.push((
            "logfmt",
            attributes([
                ("source", set(&logfmt.source).map(Value::from)),
                ("mapping", Some(json!(logfmt.mapping))),
            ]),
        ));
    }
    if let Some(regex) = &stage.regex {
        steps.push((
            "regex",
            attributes([
                ("source", set(&regex.source).map(Value::from)),
                ("expression", Some(regex.expression.clone().into())),
            ]),
        ));
    }
    if let Some(replace) = &stage.replace {
        steps.push((
            "replace",
            attributes([
                ("source", set(&replace.source).map(Value::from)),
                ("expression", Some(replace.expression.clone().into())),
                ("replace", Some(replace.replace.clone().into())),
            ]),
        ));
    }
    for (key, block, names) in [
        ("labels", "labels", &stage.labels),
        (
            "structuredMetadata",
            "structured_metadata",
            &stage.structured_metadata,
        ),
    ] {
        let Some(names) = names else { continue };
        check_names(&place(&format!(".{key}")), names, found);
        // An empty source means the name itself; renaming is what the reading stages are for.
        let values: Map<String, Value> =
            names.iter().map(|name| (name.clone(), "".into())).collect();
        steps.push((block, attributes([("values", Some(values.into()))])));
    }
    if steps.len() != 1 {
        let names = "drop, multiline, json, logfmt, regex, replace, labels, structuredMetadata";
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                format!("a stage does one thing, and this one does {}", steps.len()),
            )
            .at(&place(""))
            .why("stages run in the order of the list, and the fields of one entry have none")
            .help(format!("write one entry for each step; there are: {names}")),
        );
    }
    if found.len() > before {
        // What is wrong cannot always be written.
        return None;
    }
    let (block, attributes) = steps.pop()?;
    Some(json!({"kind": block, "attributes": attributes}))
}

/// Returns a text that is set. Alloy takes an empty one for none in some places, and refuses it in others.
fn set(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// Returns the attributes that are set.
fn attributes<const N: usize>(all: [(&str, Option<Value>); N]) -> Value {
    all.into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect::<Map<_, _>>()
        .into()
}

/// Returns an amount of bytes as Alloy reads it: powers of 1024 with a `B`.
fn size(memory: &Memory) -> String {
    let bytes = memory.bytes();
    match bytes {
        0 => "0B".to_owned(),
        _ if bytes.is_multiple_of(1 << 20) => format!("{}MiB", bytes >> 20),
        _ if bytes.is_multiple_of(1 << 10) => format!("{}KiB", bytes >> 10),
        _ => format!("{bytes}B"),
    }
}

fn check(scope: &Scope<'_>, logs: &Logs, found: &mut Vec<Diagnostic>) {
    for (index, namespace) in logs.namespaces.iter().enumerate() {
        let fine = !namespace.is_empty()
            && namespace.len() <= 63
            && namespace
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !namespace.starts_with('-')
            && !namespace.ends_with('-');
        if !fine {
            found.push(
                Diagnostic::error(
                    "environment/invalid-name",
                    format!("`{namespace}` is not a namespace"),
                )
                .at(&scope.location(&format!("settings.logs.namespaces.{index}")))
                .why("a namespace is a DNS label, and patterns are not understood here")
                .help("name each namespace in full"),
            );
        }
    }
    let write = &logs.write;
    if write.min_backoff > write.max_backoff {
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                format!(
                    "`minBackoff` {} is above `maxBackoff` {}",
                    write.min_backoff, write.max_backoff
                ),
            )
            .at(&scope.location("settings.logs.write.minBackoff"))
            .why("the pause begins at the one and ends at the other")
            .help(format!(
                "set `minBackoff` to {} or less, or raise `maxBackoff`",
                write.max_backoff
            )),
        );
    }
}

fn check_drop(scope: &Scope<'_>, index: usize, lines: &DropLines, found: &mut Vec<Diagnostic>) {
    let (why, help) = if set(&lines.value).is_some() && set(&lines.expression).is_some() {
        (
            "Alloy takes a text or an expression, not both",
            "keep `value` or `expression`",
        )
    } else if set(&lines.value).is_some() && set(&lines.source).is_none() {
        (
            "`value` is compared with a value that was read, and none is named",
            "add `source`, such as `level`, and read it by a stage before",
        )
    } else if set(&lines.source).is_none()
        && set(&lines.expression).is_none()
        && lines.longer_than.is_none()
        && lines.older_than.is_none()
    {
        (
            "it would drop every line",
            "add `expression`, `longerThan`, `olderThan`, or `source` with `value`",
        )
    } else {
        return;
    };
    found.push(
        Diagnostic::error(
            "environment/bad-value",
            "the stage does not say which lines to drop",
        )
        .at(&scope.location(&format!("settings.logs.stages.{index}.drop")))
        .why(why)
        .help(help),
    );
}

fn check_names<'a>(
    location: &crate::source::Location,
    names: impl IntoIterator<Item = &'a String>,
    found: &mut Vec<Diagnostic>,
) {
    let mut count = 0_usize;
    for name in names {
        count += 1;
        if !is_label_name(name) {
            found.push(
                Diagnostic::error(
                    "environment/invalid-name",
                    format!("`{name}` cannot name a value of a log line"),
                )
                .at(location)
                .why("it may become a label, and Loki takes no other names")
                .help("use letters, digits and `_`, and no digit first"),
            );
        }
    }
    if count == 0 {
        found.push(
            Diagnostic::error("environment/bad-value", "the stage names no value")
                .at(location)
                .why("Alloy refuses to load it")
                .help("name at least one, or remove the stage"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_spelled_as_alloy_reads_them() {
        assert_eq!(size(&Memory::from_bytes(1 << 20)), "1MiB");
        assert_eq!(size(&Memory::from_bytes(8 << 10)), "8KiB");
        assert_eq!(size(&Memory::from_bytes(1000)), "1000B");
    }

    #[test]
    fn what_is_not_set_is_not_written() {
        let drop = attributes([("source", None), ("expression", Some("a".into()))]);
        assert_eq!(drop, json!({"expression": "a"}));
    }
}
