//! The dashboards that come along, as data.

use std::collections::{BTreeMap, BTreeSet};

use helmwright::Catalog;
use serde_json::Value;

/// One dashboard.
pub(crate) struct Board {
    pub(crate) file: String,
    pub(crate) data: Value,
}

/// Returns those that come along.
pub(crate) fn bundled() -> Vec<Board> {
    Catalog::bundled()
        .texts_in("grafana/dashboards")
        .map(|(file, text)| Board {
            file: file.to_owned(),
            data: serde_json::from_str(text).unwrap_or_else(|error| panic!("{file}: {error}")),
        })
        .collect()
}

impl Board {
    pub(crate) fn text(&self, key: &str) -> &str {
        self.data[key]
            .as_str()
            .unwrap_or_else(|| panic!("{} has no {key}", self.file))
    }

    /// Returns all panels but rows.
    pub(crate) fn panels(&self) -> impl Iterator<Item = &Value> {
        self.data["panels"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|panel| panel["type"] != "row")
    }

    /// Returns the variables by name.
    pub(crate) fn variables(&self) -> BTreeMap<&str, &Value> {
        let list = self.data["templating"]["list"].as_array().unwrap();
        list.iter()
            .map(|variable| (variable["name"].as_str().unwrap(), variable))
            .collect()
    }
}

/// Returns every value of a key, at any depth.
fn values_of<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                if name == key {
                    found.push(value);
                }
                values_of(value, key, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| values_of(item, key, found)),
        _ => {}
    }
}

#[test]
fn there_are_those_that_the_rollout_plan_names() {
    let files: Vec<String> = bundled().into_iter().map(|board| board.file).collect();
    assert_eq!(
        files,
        [
            "namespace-metrics.json",
            "service-overview.json",
            "trace-explorer.json"
        ]
    );
}

#[test]
fn uids_are_those_of_the_files_and_all_panels_are_told_apart() {
    for board in bundled() {
        assert_eq!(format!("{}.json", board.text("uid")), board.file);
        let panels = board.data["panels"].as_array().unwrap();
        let ids: BTreeSet<u64> = panels
            .iter()
            .map(|panel| panel["id"].as_u64().unwrap())
            .collect();
        assert_eq!(ids.len(), panels.len(), "{}", board.file);
    }
}

#[test]
fn every_panel_says_what_it_shows_and_in_which_unit() {
    for board in bundled() {
        assert!(!board.text("description").is_empty());
        for panel in board.panels() {
            let title = panel["title"].as_str().unwrap();
            let what = format!("{}, {title}", board.file);
            assert!(
                panel["description"]
                    .as_str()
                    .unwrap_or_default()
                    .ends_with('.'),
                "{what} has no description"
            );
            let measures = matches!(
                panel["type"].as_str().unwrap(),
                "timeseries" | "stat" | "bargauge"
            );
            let unit = &panel["fieldConfig"]["defaults"]["unit"];
            assert!(!measures || unit.is_string(), "{what} has no unit");
        }
    }
}

#[test]
fn panels_do_not_lie_over_each_other() {
    for board in bundled() {
        let mut taken = BTreeSet::new();
        for panel in board.data["panels"].as_array().unwrap() {
            let number = |key: &str| panel["gridPos"][key].as_u64().unwrap();
            assert!(number("x") + number("w") <= 24, "{}", board.file);
            for x in number("x")..number("x") + number("w") {
                for y in number("y")..number("y") + number("h") {
                    assert!(taken.insert((x, y)), "{}: {}", board.file, panel["title"]);
                }
            }
        }
    }
}

/// One set serves all environments: every panel and variable asks through a variable of type `datasource`.
#[test]
fn data_sources_are_variables_of_their_type() {
    for board in bundled() {
        let variables = board.variables();
        let mut references = Vec::new();
        values_of(&board.data["panels"], "datasource", &mut references);
        values_of(&board.data["templating"], "datasource", &mut references);
        assert!(!references.is_empty());
        for reference in references {
            let uid = reference["uid"].as_str().unwrap();
            let name = uid
                .strip_prefix("${")
                .and_then(|rest| rest.strip_suffix('}'))
                .unwrap_or_else(|| panic!("{}: {uid} is no variable", board.file));
            let variable = variables
                .get(name)
                .unwrap_or_else(|| panic!("{} has no variable {name}", board.file));
            assert_eq!(variable["type"], "datasource", "{}: {name}", board.file);
            assert_eq!(
                variable["query"], reference["type"],
                "{}: {name}",
                board.file
            );
        }
        for variable in variables.values().filter(|one| one["type"] == "datasource") {
            // Other data sources of the same type are none of ours.
            let regex = variable["regex"].as_str().unwrap();
            assert!(
                regex.starts_with("/^") && regex.ends_with(" \\(/"),
                "{regex}"
            );
        }
    }
}

#[test]
fn links_lead_to_dashboards_and_variables_that_are_there() {
    let boards = bundled();
    for board in &boards {
        let mut urls = Vec::new();
        values_of(&board.data, "url", &mut urls);
        assert!(!urls.is_empty(), "{} leads nowhere", board.file);
        for url in urls {
            let url = url.as_str().unwrap();
            let rest = url.strip_prefix("/d/").unwrap();
            let (uid, query) = rest.split_once('?').unwrap_or((rest, ""));
            let target = boards
                .iter()
                .find(|other| other.text("uid") == uid)
                .unwrap_or_else(|| panic!("{}: no dashboard {uid}", board.file));
            for set in query
                .split('&')
                .filter_map(|part| part.strip_prefix("var-"))
            {
                let name = set.split('=').next().unwrap();
                assert!(
                    target.variables().contains_key(name),
                    "{}: {uid} has no variable {name}",
                    board.file
                );
            }
        }
    }
}
