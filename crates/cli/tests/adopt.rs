//! Adoption, through the real binary.
//!
//! Each folder of `tests/cases/adopt/` is a case: `args` says the command line, `old*.yaml` and `envs/` lie in the
//! working folder. `report.txt` is what it says and how it ends, `adopted.yaml` the environment that it writes.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use helmwright::source::Source;
use helmwright::yaml;
use helmwright_tests::{expect, files, root};
use tempfile::TempDir;

fn listed(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_helmwright"))
        .args(["--color", "never"])
        .args(arguments)
        // Waivers of what is adopted end so many days from now.
        .env("SOURCE_DATE_EPOCH", "1795132800")
        .current_dir(folder)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Copies what a case starts from.
fn prepare(case: &Path) -> TempDir {
    let folder = TempDir::new().unwrap();
    for path in listed(case) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("old") {
            fs::copy(&path, folder.path().join(name)).unwrap();
        } else if name == "envs" {
            fs::create_dir(folder.path().join("envs")).unwrap();
            for file in listed(&path) {
                let to = folder.path().join("envs").join(file.file_name().unwrap());
                fs::copy(&file, to).unwrap();
            }
        }
    }
    folder
}

#[test]
fn each_case_reports_and_writes_as_accepted() {
    let mut wrong = Vec::new();
    let cases = listed(&root().join("tests/cases/adopt"));
    assert!(cases.len() >= 15, "{} cases", cases.len());
    for case in cases {
        let folder = prepare(&case);
        let before: Vec<(PathBuf, String)> = files(folder.path(), ".yaml")
            .into_iter()
            .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
            .collect();
        let line = fs::read_to_string(case.join("args")).unwrap();
        let mut arguments = vec!["adopt"];
        arguments.extend(line.split_whitespace());
        let output = run(folder.path(), &arguments);
        let report = format!(
            "exit {}\n--- output\n{}--- talk\n{}",
            output.status.code().unwrap(),
            text(&output.stdout),
            text(&output.stderr)
        );
        wrong.extend(expect(&case.join("report.txt"), &report).err());
        let changed: Vec<PathBuf> = files(folder.path(), ".yaml")
            .into_iter()
            .filter(|path| {
                let now = fs::read_to_string(path).unwrap();
                !before.contains(&(path.clone(), now))
            })
            .collect();
        let expected = case.join("adopted.yaml");
        match changed.as_slice() {
            [] => assert!(!expected.exists(), "{}: nothing written", case.display()),
            [one] => {
                wrong.extend(expect(&expected, &fs::read_to_string(one).unwrap()).err());
                let generated = run(folder.path(), &["generate"]);
                assert!(
                    generated.status.success(),
                    "{}: {}",
                    case.display(),
                    text(&generated.stderr)
                );
            }
            many => panic!("{}: {many:?}", case.display()),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns chart and version from the schema line that generated files begin with.
fn chart_of(text: &str) -> String {
    let line = text.lines().next().unwrap();
    let (rest, version) = line.rsplit_once('/').unwrap();
    let version = version.strip_suffix(".schema.json").unwrap();
    format!("{}@{version}", rest.rsplit('/').next().unwrap())
}

#[test]
fn what_we_generate_is_adopted_whole() {
    // Each of one environment. Grafana shows all of them, and one values file does not say which there are.
    const COMPONENTS: [&str; 5] = ["mimir", "loki", "tempo", "alloy", "traefik"];
    for environment in ["dev", "test", "prod"] {
        let folder = TempDir::new().unwrap();
        let golden = root().join("tests/golden").join(environment);
        // Where others send to comes first, so that their addresses are derived.
        for component in COMPONENTS {
            let file = golden.join(component).join("values.yaml");
            let old = fs::read_to_string(&file).unwrap();
            fs::write(folder.path().join("old.yaml"), &old).unwrap();
            let chart = chart_of(&old);
            let namespace = format!("ca7f8f-{environment}");
            let arguments = [
                "adopt",
                "old.yaml",
                "--namespace",
                &namespace,
                "--chart",
                &chart,
                "--env",
                environment,
                "--format",
                "json",
            ];
            let output = run(folder.path(), &arguments);
            let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert!(
                output.status.success(),
                "{environment}/{component}: {said:#}"
            );
            let count = |key: &str| said["result"][key].as_array().unwrap().len();
            assert_eq!(
                said["result"]["underValues"], 0,
                "{environment}/{component}: {said:#}"
            );
            assert_eq!(
                (count("omitted"), count("leftOut"), count("different")),
                (0, 0, 0)
            );
        }
        let output = run(folder.path(), &["generate"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        for name in COMPONENTS {
            let component = golden.join(name);
            let read = |path: &Path| {
                let source = Source::new(path.to_string_lossy(), fs::read_to_string(path).unwrap());
                yaml::read(&source).unwrap().to_json()
            };
            let made = folder.path().join("gitops").join(environment).join(name);
            assert!(
                read(&made.join("values.yaml")) == read(&component.join("values.yaml")),
                "{environment}/{}",
                name
            );
        }
    }
}
