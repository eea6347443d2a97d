//! What a user sees in an editor, asked of the real YAML language server: keys offered, type and default shown,
//! mistakes marked where they stand, silence where there are none.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails, fails its test"
)]

mod server;

use std::fs;
use std::path::PathBuf;

use helmwright::environment::NoLayers;
use helmwright::pipeline::DEFAULT_LAYOUT;
use helmwright::source::Source;
use helmwright::{Catalog, Request};
use helmwright_tests::{files, root};
use server::{Opened, Server};
use tempfile::TempDir;

const ENVIRONMENT: &str = "\
# yaml-language-server: $schema=../schemas/environment.schema.json
environment: dev
namespace: team-dev
components:
  traefik:
    version: 41.3.0
    values: {accessLog: {format: json}}
";

/// A project as `init` and `generate` leave it.
struct Project {
    folder: TempDir,
    server: Server,
    opened: usize,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let catalog = Catalog::bundled();
        write(
            "schemas/environment.schema.json",
            catalog.environment_schema().text(),
        );
        let built = helmwright::build(&Request {
            files: vec![Source::new("envs/dev.yaml", ENVIRONMENT)],
            layers: &NoLayers,
            catalog,
            layout: DEFAULT_LAYOUT,
            select: Vec::new(),
            asked: helmwright::policy::Asked::default(),
        })
        .unwrap();
        for file in built.plan.unwrap().files {
            write(&format!("gitops/{}", file.path), &file.text);
        }
        let server = Server::start(folder.path());
        Self {
            folder,
            server,
            opened: 0,
        }
    }

    fn open(&mut self, file: &str, text: &str) -> Opened {
        self.server.open(&self.folder.path().join(file), text)
    }

    /// Opens lines as an environment file.
    fn environment(&mut self, lines: &str) -> Opened {
        let first = ENVIRONMENT.lines().next().unwrap();
        self.opened += 1;
        let name = format!("envs/other-{}.yaml", self.opened);
        self.open(&name, &format!("{first}\n{lines}"))
    }

    /// Returns the generated values file.
    fn values(&self) -> String {
        fs::read_to_string(self.folder.path().join("gitops/dev/traefik/values.yaml")).unwrap()
    }
}

#[track_caller]
fn marked<'o>(opened: &'o Opened, text: &str) -> &'o str {
    opened
        .marks
        .iter()
        .find(|(marked, _)| marked == text)
        .map_or_else(
            || panic!("{text} is not marked: {:?}", opened.marks),
            |(_, said)| said,
        )
}

#[track_caller]
fn shows(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[track_caller]
fn offers(offered: &[String], keys: &[&str]) {
    for key in keys {
        assert!(
            offered.iter().any(|word| word == key),
            "no {key} in {offered:?}"
        );
    }
}

#[test]
fn every_file_of_ours_is_silent() {
    let mut paths: Vec<PathBuf> = files(&root().join("tests/golden"), "values.yaml");
    paths.extend(files(&root().join("envs"), ".yaml"));
    assert!(paths.len() > 15, "{paths:?}");
    let mut server = Server::start(&root());
    for path in paths {
        let opened = server.open(&path, &fs::read_to_string(&path).unwrap());
        assert_eq!(opened.marks, [], "{}", path.display());
    }
}

#[test]
fn what_init_writes_is_silent() {
    let mut project = Project::new();
    for file in ["envs/base.yaml", "envs/dev.yaml"] {
        let text = fs::read_to_string(root().join("crates/cli/assets/init").join(file)).unwrap();
        assert_eq!(project.open(file, &text).marks, [], "{file}");
    }
}

#[test]
fn a_generated_file_is_completed_explained_and_checked() {
    let mut project = Project::new();
    let text = project.values();
    let file = project.open("gitops/dev/traefik/values.yaml", &text);
    assert_eq!(file.marks, []);
    shows(
        &project.server.hover(&file, "replicas:"),
        &["integer", "default 1", "traefik 41.3.0"],
    );

    let slips = text
        .replace("replicas: ", "replicsa: ")
        .replace("level: ", "level: 3 # ");
    let file = project.open("gitops/dev/traefik/slips.yaml", &slips);
    shows(marked(&file, "replicsa"), &["not allowed"]);
    shows(marked(&file, "3"), &["string"]);

    let file = project.open(
        "gitops/dev/traefik/more.yaml",
        &format!("{}\ndeployment:\n  \n", text.lines().next().unwrap()),
    );
    offers(
        &project.server.complete(&file, "deployment:\n  "),
        &["replicas", "annotations", "enabled"],
    );
}

#[test]
fn an_overridden_key_is_explained_and_checked() {
    let mut project = Project::new();
    let text = project.values();
    let file = project.open("gitops/dev/traefik/values.yaml", &text);
    let shown = project.server.hover(&file, "format:");
    shows(&shown, &["`json`", "`common`"]);

    let line = text.lines().find(|line| line.contains("format:")).unwrap();
    let slip = text.replace(line, &line.replace("json", "jsn"));
    let file = project.open("gitops/dev/traefik/slip.yaml", &slip);
    let written = line
        .split("format: ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    shows(marked(&file, &written.replace("json", "jsn")), &["json"]);

    let removed = text.replace(line, &line.replace(written, "null"));
    let file = project.open("gitops/dev/traefik/removed.yaml", &removed);
    assert_eq!(file.marks, []);
}

#[test]
fn an_environment_is_completed_explained_and_checked() {
    let mut project = Project::new();
    let file = project.open("envs/dev.yaml", ENVIRONMENT);
    assert_eq!(file.marks, []);
    shows(
        &project.server.hover(&file, "namespace:"),
        &["The Kubernetes namespace", "string"],
    );

    let file = project
        .environment("cluster: {zones: 2}\ncomponents: {tempo: {settings: {retention: 3d}}}\n");
    assert_eq!(file.marks, []);
    let shown = project.server.hover(&file, "zones:");
    shows(&shown, &["failure domains", "`integer`", "default `1`"]);
    let shown = project.server.hover(&file, "retention:");
    shows(
        &shown,
        &["How long traces are kept", "string", "Default: 7d"],
    );

    let file = project.environment("namespaec: x\ncluster: {zones: many}\ntier: prd\n");
    shows(marked(&file, "namespaec"), &["not allowed"]);
    shows(marked(&file, "many"), &["integer"]);
    marked(&file, "prd");

    let file =
        project.environment("components:\n  tempo:\n    version: 2.2.4\n    settings:\n      \n");
    offers(
        &project.server.complete(&file, "settings:\n      "),
        &["retention", "metricsGenerator"],
    );
    let file = project.environment("components:\n  \n");
    offers(
        &project.server.complete(&file, "components:\n  "),
        &["alloy", "loki", "mimir", "tempo", "traefik"],
    );
}

#[test]
fn null_is_accepted_where_a_key_may_be_left_out() {
    let schema: serde_json::Value =
        serde_json::from_str(Catalog::bundled().environment_schema().text()).unwrap();
    let mut project = Project::new();
    // Every key of the top, and some below.
    let mut lines: String = schema["properties"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|key| *key != "components")
        .map(|key| format!("{key}: null\n"))
        .collect();
    lines.push_str(
        "components:\n  alloy: null\n  tempo: {settings: null, roles: null, values: null}\n  \
         loki: {variant: null, settings: {retention: null}, roles: {loki: null, gateway: {replicas: null, storage: null}}}\n",
    );
    assert_eq!(project.environment(&lines).marks, []);
    let first = project.values().lines().next().unwrap().to_owned();
    let file = project.open(
        "gitops/dev/traefik/null.yaml",
        &format!(
            "{first}\ndeployment: null\naccessLog: {{format: null}}\nresources: {{limits: null}}\n"
        ),
    );
    assert_eq!(file.marks, []);
}

#[test]
fn every_key_of_every_contract_and_every_section_is_offered() {
    let mut project = Project::new();
    let catalog = Catalog::bundled();
    for (chart, version) in catalog.contracts() {
        let schema: serde_json::Value =
            serde_json::from_str(catalog.contract_text(&chart, &version).unwrap()).unwrap();
        let path = format!("schemas/charts/{chart}/{version}.schema.json");
        let text = format!(
            "# yaml-language-server: $schema={}\n\n",
            root().join(path).display()
        );
        let file = project.open(&format!("{chart}-{version}.yaml"), &text);
        let offered = project.server.complete(&file, ".schema.json\n");
        let keys: Vec<&str> = schema["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert!(keys.len() > 5, "{chart}");
        offers(&offered, &keys);
    }
    for component in catalog.manifests().keys() {
        let lines = format!("components:\n  {component}:\n    \n");
        let file = project.environment(&lines);
        let offered = project
            .server
            .complete(&file, &format!("{component}:\n    "));
        offers(
            &offered,
            &["version", "variant", "roles", "settings", "values"],
        );
    }
}
