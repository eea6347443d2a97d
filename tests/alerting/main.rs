//! The real judges of alerting: `promtool` reads and plays every rule we write, `amtool` the example of an Alertmanager's
//! configuration, and the Prometheus operator's own types every object of its kinds.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails, fails its test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use helmwright::Catalog;
use helmwright::source::Source;
use helmwright::yaml::{self, Node};
use helmwright_tests::{files, root};
use tempfile::TempDir;

/// Runs a tool in a folder; the error is what it says.
fn tool(variable: &str, folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let binary = std::env::var_os(variable).unwrap_or_else(|| {
        panic!("{variable} is not set; `cargo xtask test` builds the tool and sets it")
    });
    let output = Command::new(binary)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        Ok(said.into_owned())
    } else {
        Err(said.into_owned())
    }
}

/// Returns a folder with our rules and their tests.
fn bundled() -> (TempDir, Vec<String>) {
    let folder = TempDir::new().unwrap();
    let mut names = Vec::new();
    for (name, text) in Catalog::bundled().texts_in("alert-rules/rules") {
        fs::write(folder.path().join(name), text).unwrap();
        names.push(name.to_owned());
    }
    let test = root().join("tests/alerting/bundled.test.yaml");
    fs::copy(test, folder.path().join("bundled.test.yaml")).unwrap();
    assert!(names.len() >= 6, "{names:?}");
    (folder, names)
}

fn check_rules(folder: &Path, names: &[String]) -> Result<String, String> {
    let mut arguments = vec!["check", "rules"];
    arguments.extend(names.iter().map(String::as_str));
    tool("HELMWRIGHT_PROMTOOL", folder, &arguments)
}

fn play(folder: &Path) -> Result<String, String> {
    tool(
        "HELMWRIGHT_PROMTOOL",
        folder,
        &["test", "rules", "bundled.test.yaml"],
    )
}

/// Returns the objects of the cases of a component.
fn objects(component: &str) -> Vec<(PathBuf, Node)> {
    let folder = root().join("tests/cases").join(component);
    files(&folder, ".yaml")
        .into_iter()
        .filter(|file| {
            file.parent() == Some(&folder) && !file.to_string_lossy().ends_with(".env.yaml")
        })
        .flat_map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            let read = yaml::read_all(&Source::new("case", text)).unwrap();
            read.into_iter().map(move |node| (file.clone(), node))
        })
        .collect()
}

fn kind(node: &Node) -> &str {
    node.get("kind").and_then(Node::as_str).unwrap_or_default()
}

/// Returns the files that a case's ConfigMaps hold, as Prometheus reads them: without Mimir's own keys.
fn rule_files() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (file, object) in objects("alert-rules") {
        if kind(&object) != "ConfigMap" {
            continue;
        }
        for (key, entry) in object.get("data").unwrap().as_map().unwrap() {
            let own = ["namespace:", "align_evaluation_time_on_interval:"];
            let text: String = entry
                .value
                .as_str()
                .unwrap()
                .split_inclusive('\n')
                .filter(|line| !own.iter().any(|key| line.trim_start().starts_with(key)))
                .collect();
            let case = file.file_name().unwrap().to_string_lossy().into_owned();
            found.push((format!("{case}-{key}"), text));
        }
    }
    assert!(found.len() >= 3, "{found:?}");
    found
}

#[test]
fn promtool_takes_every_rule_of_ours_and_of_the_cases() {
    let (folder, mut names) = bundled();
    for (name, text) in rule_files() {
        fs::write(folder.path().join(&name), text).unwrap();
        names.push(name);
    }
    check_rules(folder.path(), &names).unwrap();

    fs::write(
        folder.path().join("mimir.yaml"),
        "groups: [{name: a, rules: [{alert: A, expr: 'sum by (']}]}]\n",
    )
    .unwrap();
    check_rules(folder.path(), &names).unwrap_err();
}

#[test]
fn every_rule_of_ours_fires_on_what_it_is_for_and_on_nothing_else() {
    let (folder, _) = bundled();
    play(folder.path()).unwrap();

    // A threshold that nothing reaches is noticed.
    let file = folder.path().join("alloy.yaml");
    let text = fs::read_to_string(&file).unwrap();
    let blunt = text.replace("> 2000", "> 200000");
    assert_ne!(blunt, text);
    fs::write(&file, blunt).unwrap();
    let said = play(folder.path()).unwrap_err();
    assert!(said.contains("AlloyRemoteWriteBehind"), "{said}");
}

#[test]
fn every_alert_of_ours_is_played() {
    let test = fs::read_to_string(root().join("tests/alerting/bundled.test.yaml")).unwrap();
    let mut names = BTreeSet::new();
    for (file, text) in Catalog::bundled().texts_in("alert-rules/rules") {
        let read = yaml::read(&Source::new(file, text)).unwrap();
        let json = read.to_json();
        for group in json["groups"].as_array().unwrap() {
            for rule in group["rules"].as_array().unwrap() {
                let name = rule["alert"].as_str().unwrap().to_owned();
                let fires = format!("alertname=\"{name}\"");
                assert!(test.contains(&fires), "no test lets {name} fire");
                for key in ["summary", "description"] {
                    assert!(rule["annotations"][key].is_string(), "{name} has no {key}");
                }
                assert!(names.insert(name), "two alerts of one name");
            }
        }
    }
    assert!(names.contains("Watchdog"));
}

#[test]
fn the_operator_decodes_every_object_of_its_kinds() {
    let folder = TempDir::new().unwrap();
    let decode = |name: &str| tool("HELMWRIGHT_PROMETHEUS_OPERATOR", folder.path(), &[name]);
    let mut rules = 0;
    for (file, object) in objects("alert-rules") {
        if kind(&object) != "PrometheusRule" {
            continue;
        }
        fs::write(folder.path().join("one.yaml"), object.location.text()).unwrap();
        decode("one.yaml").unwrap_or_else(|said| panic!("{}: {said}", file.display()));
        let groups = object.at(&["spec", "groups"]).unwrap();
        let text = yaml::block(&serde_json::json!({"groups": groups.to_json()}), 0);
        fs::write(folder.path().join("groups.yaml"), text).unwrap();
        check_rules(folder.path(), &["groups.yaml".to_owned()]).unwrap();
        rules += 1;

        for (slip, right) in [("exprs:", "expr:"), ("annotation:", "annotations:")] {
            let text = object.location.text().replacen(right, slip, 1);
            fs::write(folder.path().join("one.yaml"), text).unwrap();
            let said = decode("one.yaml").unwrap_err();
            assert!(said.contains("unknown field"), "{said}");
        }
    }
    assert!(rules >= 2, "{rules}");
}

/// The example that the documentation hands out.
fn example() -> String {
    fs::read_to_string(root().join("docs/alertmanager.example.yaml")).unwrap()
}

fn amtool(text: &str, arguments: &[&str]) -> Result<String, String> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("alertmanager.yaml"), text).unwrap();
    tool("HELMWRIGHT_AMTOOL", folder.path(), arguments)
}

#[test]
fn amtool_takes_the_example_and_sends_alerts_where_it_says() {
    let check = ["check-config", "alertmanager.yaml"];
    amtool(&example(), &check).unwrap();
    let broken = example().replace("receiver: on-call", "receiver: on-cal");
    amtool(&broken, &check).unwrap_err();

    for (labels, receiver) in [
        (["alertname=Watchdog", "severity=none"], "heartbeat"),
        (["alertname=A", "severity=critical"], "on-call"),
        (["alertname=A", "severity=warning"], "team"),
        (["alertname=A", "severity=info"], "nobody"),
    ] {
        let mut route = vec![
            "config",
            "routes",
            "test",
            "--config.file=alertmanager.yaml",
        ];
        route.extend(labels);
        let said = amtool(&example(), &route).unwrap();
        assert_eq!(said.trim(), receiver, "{labels:?}");
    }
}

/// Mimir refuses a tenant's configuration that names files.
#[test]
fn the_example_names_no_file() {
    for line in example()
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
    {
        assert!(!line.contains("_file"), "{line}");
    }
}
