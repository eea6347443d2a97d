//! Dashboards: those that come along, and the user's files, each checked before Grafana sees it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Dashboards, INLINE, did_you_mean};
use crate::components::scope::Scope;
use crate::diagnostic::Diagnostic;
use crate::source::{Location, Source, Span};
use crate::yaml;

/// The folder of those that come along, among the component's templates.
const BUNDLED: &str = "dashboards";

/// The most bytes that a ConfigMap holds.
///
/// Source: Kubernetes documentation, "ConfigMaps": the data must not exceed 1 MiB.
const MOST: usize = 1 << 20;

/// What a ConfigMap holds beside the text of a dashboard: its key and name, the label, and the annotations, ours and
/// those of a tool that applies it.
const BESIDE: usize = 4 << 10;

/// The most letters of a uid.
///
/// Source: Grafana documentation, "Dashboard HTTP API": a uid has at most 40 characters.
const LONGEST_UID: usize = 40;

/// The longest name of a ConfigMap.
///
/// Source: Kubernetes documentation, "Object Names and IDs": a DNS subdomain has at most 253 characters.
const LONGEST_NAME: usize = 253;

/// One dashboard that can be delivered.
struct Dashboard {
    uid: String,
    text: String,
    source: Arc<Source>,
}

impl Dashboard {
    /// Returns where its uid stands.
    fn place(&self) -> Location {
        place(&self.source, "uid")
    }
}

/// Returns the dashboards as templates place them, and reports those that Grafana could not show.
pub(super) fn all(
    scope: &Scope<'_>,
    settings: &Dashboards,
    datasources: &[&str],
    found: &mut Vec<Diagnostic>,
) -> Vec<Value> {
    let mut all = Vec::new();
    if settings.bundled {
        let folder = format!("{}/{BUNDLED}", scope.release.component);
        let texts = scope.catalog.texts_in(&folder);
        for (name, text) in texts.filter(|(name, _)| name.ends_with(".json")) {
            let source = Source::new(format!("templates/{folder}/{name}"), text);
            all.extend(read(&source, datasources, found));
        }
    }
    for source in scope.files("dashboards.files") {
        all.extend(read(source, datasources, found));
    }
    twice(&all, found);
    let inline = scope.release.variant == INLINE;
    too_large(scope, &all, inline, found);
    if inline && all.is_empty() && settings.files.is_empty() {
        found.push(
            Diagnostic::error("environment/bad-value", "there is no dashboard to put into the values")
                .at(&scope.location("settings.dashboards"))
                .why("`bundled` is off and `files` names none, and then the chart runs no part of what `inline` is about")
                .help("name a file, or deliver by `sidecar`, which also fetches what others add"),
        );
    }
    all.iter()
        .map(|one| {
            let key = slug(&one.uid);
            let mut object = format!("{}-dashboard-{key}", scope.release.fullname);
            object.truncate(LONGEST_NAME);
            json!({
                "key": key,
                "object": object,
                "file": format!("{key}.json"),
                "text": one.text,
            })
        })
        .collect()
}

/// Reads one dashboard; none if Grafana would not take it.
fn read(
    source: &Arc<Source>,
    datasources: &[&str],
    found: &mut Vec<Diagnostic>,
) -> Option<Dashboard> {
    let data: Value = match serde_json::from_str(source.text()) {
        Ok(data) => data,
        Err(error) => {
            found.push(
                Diagnostic::error("grafana/dashboard-not-json", "this is no JSON")
                    .label(
                        &at(source, error.line(), error.column()),
                        without_place(&error.to_string()),
                    )
                    .why("Grafana reads a dashboard as JSON, and leaves out one that is not")
                    .help("export the dashboard again (Export, \"Export as JSON\"), or mend this place"),
            );
            return None;
        }
    };
    let text = |key: &str| {
        data.get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let mut lacks = |key: &str, why: &str, help: &str| {
        found.push(
            Diagnostic::error(
                "grafana/dashboard-incomplete",
                format!("the dashboard has no `{key}`"),
            )
            .at(&start(source))
            .why(why)
            .help(help),
        );
    };
    if text("title").is_none() {
        lacks(
            "title",
            "Grafana leaves out a dashboard without a title",
            "add `\"title\": \"<what it shows>\"` at the top level; what is exported for sharing may hold the dashboard one level down",
        );
    }
    let Some(uid) = text("uid") else {
        lacks(
            "uid",
            "without a uid Grafana makes one up, and links to the dashboard break when it is made anew",
            "add `\"uid\": \"<letters, digits, - and _>\"` at the top level, and keep it",
        );
        return None;
    };
    let is_fit = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_');
    if uid.len() > LONGEST_UID || !uid.chars().all(is_fit) {
        found.push(
            Diagnostic::error(
                "grafana/dashboard-incomplete",
                format!("`{uid}` cannot be the uid of a dashboard"),
            )
            .at(&place(source, "uid"))
            .why(format!(
                "it is part of addresses: letters, digits, `-` and `_`, {LONGEST_UID} at most"
            ))
            .help("give it a short name of such letters"),
        );
        return None;
    }
    strangers(source, &data, datasources, found);
    let mut text = source.text().trim_end().to_owned();
    text.push('\n');
    Some(Dashboard {
        uid: uid.to_owned(),
        text,
        source: Arc::clone(source),
    })
}

/// Reports data sources that a dashboard names and that there are not.
fn strangers(
    source: &Arc<Source>,
    data: &Value,
    datasources: &[&str],
    found: &mut Vec<Diagnostic>,
) {
    let variables: Vec<&str> = data
        .pointer("/templating/list")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|variable| variable.get("name")?.as_str())
        .collect();
    let mut named = BTreeMap::new();
    asked(data, &mut named);
    for (uid, count) in named {
        let variable = uid
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'))
            .or_else(|| uid.strip_prefix('$'))
            .map(|name| name.split(':').next().unwrap_or(name));
        let is_there = match variable {
            Some(name) => variables.contains(&name),
            None => datasources.contains(&uid) || is_of_grafana(uid),
        };
        if is_there {
            continue;
        }
        let times = if count == 1 {
            "one place asks".to_owned()
        } else {
            format!("{count} places ask")
        };
        let (message, help) = match variable {
            Some(name) => (
                format!("{times} the data source of the variable `{name}`, which the dashboard does not have"),
                "add a variable of type `datasource` by that name; a file that Grafana reads by itself has no `__inputs`"
                    .to_owned(),
            ),
            None => (
                format!("{times} data source `{uid}`, which is not there"),
                format!(
                    "use a variable of type `datasource`, so that one dashboard serves all environments; {}",
                    did_you_mean(uid, datasources)
                ),
            ),
        };
        let line = source.text().find(&format!("\"{uid}\""));
        let location = line.map_or_else(
            || start(source),
            |from| Location::new(source, Span::new(from, from + uid.len() + 2)),
        );
        found.push(
            Diagnostic::warning("grafana/unknown-datasource", message)
                .at(&location)
                .why("its panels would show an error in place of data")
                .help(help),
        );
    }
}

/// Counts the uids of the data sources that a dashboard asks.
fn asked<'v>(value: &'v Value, named: &mut BTreeMap<&'v str, usize>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let uid = match value {
                    _ if key != "datasource" => None,
                    Value::Object(reference) => reference.get("uid").and_then(Value::as_str),
                    Value::String(uid) => Some(uid.as_str()),
                    _ => None,
                };
                match uid {
                    Some(uid) => *named.entry(uid).or_default() += 1,
                    None => asked(value, named),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| asked(item, named)),
        _ => {}
    }
}

/// Returns whether a uid stands for one of Grafana's own data sources, which are always there.
fn is_of_grafana(uid: &str) -> bool {
    uid == "grafana" || uid == "__expr__" || uid.starts_with("-- ")
}

/// Reports dashboards that go by one name.
fn twice(all: &[Dashboard], found: &mut Vec<Diagnostic>) {
    let mut known: BTreeMap<String, &Dashboard> = BTreeMap::new();
    for one in all {
        let Some(other) = known.get(slug(&one.uid).as_str()) else {
            known.insert(slug(&one.uid), one);
            continue;
        };
        let message = if other.uid == one.uid {
            format!("two dashboards have the uid `{}`", one.uid)
        } else {
            format!("`{}` and `{}` would be one object", other.uid, one.uid)
        };
        found.push(
            Diagnostic::error("grafana/dashboard-twice", message)
                .label(&one.place(), "again here")
                .label(&other.place(), "first here")
                .why("Grafana would show the one that it reads last, and the other not at all")
                .help("give one of them another uid, or leave out those that come along: `settings.dashboards.bundled: false`"),
        );
    }
}

/// Reports what no ConfigMap can hold.
fn too_large(scope: &Scope<'_>, all: &[Dashboard], inline: bool, found: &mut Vec<Diagnostic>) {
    let mut report = |place: &Location, what: String, help: &str| {
        found.push(
            Diagnostic::error("grafana/dashboard-too-large", what)
                .at(place)
                .why(format!(
                    "a ConfigMap holds {MOST} bytes, and the cluster refuses a larger one"
                ))
                .help(help),
        );
    };
    if inline {
        let sum: usize = all.iter().map(|one| one.text.len()).sum();
        if sum.saturating_add(BESIDE) > MOST {
            report(
                &scope.location("settings.dashboards"),
                format!("the dashboards have {sum} bytes together"),
                "deliver them by `sidecar`, one ConfigMap each",
            );
        }
        return;
    }
    for one in all {
        let size = one.text.len();
        if size.saturating_add(BESIDE) > MOST {
            report(
                &one.place(),
                format!("the dashboard `{}` has {size} bytes", one.uid),
                "split it, or take pictures and unused panels out of it",
            );
        }
    }
}

/// Returns a uid as part of an object's name: small letters, digits and hyphens.
fn slug(uid: &str) -> String {
    let letters: String = uid
        .chars()
        .map(|one| match one {
            'a'..='z' | '0'..='9' => one,
            'A'..='Z' => one.to_ascii_lowercase(),
            _ => '-',
        })
        .collect();
    let name = letters.trim_matches('-');
    if name.is_empty() {
        "x".to_owned()
    } else {
        name.to_owned()
    }
}

/// Returns the place of a value at the top level, as far as it can be told.
fn place(source: &Arc<Source>, key: &str) -> Location {
    yaml::read(source)
        .ok()
        .and_then(|root| root.get(key).map(|node| node.location.clone()))
        .unwrap_or_else(|| start(source))
}

/// Returns the first line.
fn start(source: &Arc<Source>) -> Location {
    let end = source.text().find('\n').unwrap_or(source.text().len());
    Location::new(source, Span::new(0, end))
}

/// Returns a place by the line and column that a reader of JSON counts, both from one, columns in bytes.
fn at(source: &Arc<Source>, line: usize, column: usize) -> Location {
    let text = source.text();
    let before: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let mut start = before
        .saturating_add(column.saturating_sub(1))
        .min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    Location::new(source, Span::new(start, start + length))
}

/// Takes the line and column off a message, which its place shows.
fn without_place(message: &str) -> String {
    message
        .split_once(" at line ")
        .map_or(message, |(what, _)| what)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        read(&Source::new("board.json", text), &["mimir-dev"], &mut found);
        found
            .iter()
            .map(|one| {
                let place = one.location().map(|at| at.start().line).unwrap_or_default();
                format!("{}:{place}: {}", one.id, one.message)
            })
            .collect()
    }

    #[test]
    fn what_grafana_would_leave_out_is_found() {
        assert_eq!(
            found("{\n  \"title\": 1,,\n}"),
            ["grafana/dashboard-not-json:2: this is no JSON"]
        );
        assert_eq!(
            found("{\"dashboard\": {}}"),
            [
                "grafana/dashboard-incomplete:1: the dashboard has no `title`",
                "grafana/dashboard-incomplete:1: the dashboard has no `uid`"
            ]
        );
        assert_eq!(
            found("{\"title\": \"a\",\n\"uid\": \"a b\"}"),
            ["grafana/dashboard-incomplete:2: `a b` cannot be the uid of a dashboard"]
        );
        assert_eq!(found(""), ["grafana/dashboard-not-json:1: this is no JSON"]);
    }

    #[test]
    fn data_sources_that_are_not_there_are_found() {
        let with = |uid: &str| {
            found(&format!(
                "{{\"title\": \"a\", \"uid\": \"a\", \"templating\": {{\"list\": [{{\"name\": \"metrics\"}}]}}, \"panels\": [{{\"datasource\": {{\"uid\": \"{uid}\"}}}}]}}"
            ))
        };
        for right in [
            "mimir-dev",
            "$metrics",
            "${metrics}",
            "grafana",
            "-- Mixed --",
        ] {
            assert_eq!(with(right), [""; 0], "{right}");
        }
        assert_eq!(
            with("mimir-dv"),
            [
                "grafana/unknown-datasource:1: one place asks data source `mimir-dv`, which is not there"
            ]
        );
        assert_eq!(with("${DS_X}").len(), 1);
    }

    #[test]
    fn names_of_objects_are_what_kubernetes_takes() {
        assert_eq!(slug("Trace_Explorer"), "trace-explorer");
        assert_eq!(slug("__"), "x");
    }
}
