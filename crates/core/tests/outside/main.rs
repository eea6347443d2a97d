//! Components from outside: what is wrong with them is said with its place, and nothing in them ends the program.

#![cfg(feature = "bundled")]
#![allow(clippy::unwrap_used, reason = "a helper that fails is a failed test")]
#![expect(
    clippy::disallowed_methods,
    reason = "the core does no I/O, its tests read the repository"
)]

mod mistakes;
mod slips;

use std::collections::BTreeMap;

use helmwright::diagnostic::{Diagnostic, Severity};
use helmwright::environment::NoLayers;
use helmwright::pipeline::{DEFAULT_LAYOUT, Derived};
use helmwright::source::Source;
use helmwright::{Build, Catalog, Environment, Request};

const MANIFEST: &str = "opencost/component.yaml";
const SETTINGS: &str = "opencost/settings.schema.json";
const TEMPLATE: &str = "opencost/deployment/values.yaml.j2";

/// The environment of the page, with a proxy in place of Mimir, whose contract takes long to read.
const ENVIRONMENT: &str = "\
environment: dev
namespace: team-dev
components:
  traefik: {version: 41.3.0}
  opencost:
    settings:
      pricing: {cpu: 18.5, memory: 2.4, storage: 0.08}
";

type Files = BTreeMap<String, String>;

/// The component that docs/extending.md shows.
fn files() -> Files {
    let mut files: Files = [MANIFEST, SETTINGS, TEMPLATE]
        .into_iter()
        .map(|path| {
            let file = format!(
                "{}/../../docs/extending/catalog/{path}",
                env!("CARGO_MANIFEST_DIR")
            );
            (path.to_owned(), std::fs::read_to_string(file).unwrap())
        })
        .collect();
    replace(
        &mut files,
        MANIFEST,
        "component: mimir, endpoint: query",
        "component: traefik, endpoint: web",
    );
    files
}

fn replace(files: &mut Files, path: &str, from: &str, to: &str) {
    let text = files.get_mut(path).unwrap();
    assert!(text.contains(from), "{path} has no `{from}`");
    *text = text.replacen(from, to, 1);
}

fn catalog(files: &Files) -> Catalog {
    let files = files
        .iter()
        .map(|(path, text)| (path.clone(), Source::new(format!("catalog/{path}"), text)));
    Catalog::bundled_with([])
        .unwrap()
        .with_components(files)
        .unwrap()
}

fn build(files: &Files, environment: &str) -> Build {
    helmwright::build(&Request {
        files: vec![Source::new("envs/dev.yaml", environment)],
        layers: &NoLayers,
        catalog: &catalog(files),
        layout: DEFAULT_LAYOUT,
        select: Vec::new(),
        asked: Default::default(),
    })
    .unwrap()
}

/// Returns every error as `id file:line:column`.
fn errors(built: &Build) -> Vec<String> {
    built
        .diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .map(|found| {
            told(found);
            format!("{} {:?}", found.id, found.location().unwrap())
        })
        .collect()
}

/// Every finding says what, where, why and what now.
fn told(found: &Diagnostic) {
    assert!(!found.message.is_empty(), "{found:?}");
    assert!(found.location().is_some(), "no place: {found:?}");
    assert!(found.help.is_some(), "no help: {found:?}");
}

#[test]
fn the_example_is_fine_and_its_defaults_are_filled_in() {
    let built = build(&files(), ENVIRONMENT);
    assert_eq!(errors(&built), Vec::<String>::new());
    let plan = built.plan.unwrap();
    let values = |plan: &helmwright::Plan| {
        let file = plan
            .files
            .iter()
            .find(|file| file.path == "dev/opencost/values.yaml");
        file.unwrap().text.to_string()
    };
    assert!(values(&plan).contains("enabled: true\n      url: \"http://traefik."));
    // Nothing is set: the switch has its default, and what has none is left out.
    let bare = build(
        &files(),
        "environment: dev\nnamespace: team-dev\ncomponents: {traefik: {version: 41.3.0}, opencost: {}}\n",
    );
    let bare = values(&bare.plan.unwrap());
    assert!(bare.contains("  ui:\n    enabled: true\n"));
    assert!(!bare.contains("customPricing"));
}

#[test]
fn rules_see_what_the_manifest_says() {
    let catalog = catalog(&files());
    let told = |settings: &str| {
        let text =
            ENVIRONMENT.replace("pricing: {cpu: 18.5, memory: 2.4, storage: 0.08}", settings);
        let source = Source::new("envs/dev.yaml", text);
        let environment = Environment::read(&source, &NoLayers, &catalog).environment;
        let mut found = Vec::new();
        let derived = Derived::new(environment.unwrap(), &catalog, &mut found);
        assert!(found.is_empty(), "{found:?}");
        derived
    };
    let containers = |derived: &Derived| {
        let workloads = derived.inputs(&catalog).workloads;
        let own = workloads.iter().find(|one| &*one.component == "opencost");
        own.unwrap().containers.len()
    };
    let with = told("ui: true");
    let without = told("ui: false");
    assert_eq!((containers(&with), containers(&without)), (2, 1));
    let described = &with.described()[1];
    let read = &described.reads[0];
    assert_eq!(
        (&*read.from, &*read.role, &*read.name, &*read.component),
        ("opencost", "opencost", "prometheus", "traefik")
    );
    assert_eq!(read.tenant.as_deref(), Some("dev"));
    let doors: Vec<_> = described.doors.iter().map(|door| door.port).collect();
    assert_eq!(doors, [9003, 9090]);
}

#[test]
fn everything_is_found_at_once() {
    let mut files = files();
    replace(&mut files, MANIFEST, "policyClass: ui", "policyClas: ui");
    replace(&mut files, SETTINGS, "\"boolean\"", "\"bool\"");
    replace(&mut files, TEMPLATE, "{% endif %}", "{% endfi %}");
    files.insert("tempo/component.yaml".into(), "id: tempo\n".into());
    files.insert("Other/component.yaml".into(), "id: Other\n".into());
    files.insert("bare/objects/x.yaml.j2".into(), "a: 1\n".into());
    files.insert(
        "opencost/schemas/demo/1.0.0.schema.json".into(),
        "{\"title\": \"demo 2.0.0\"}".into(),
    );
    files.insert("opencost/schemas/odd.schema.json".into(), "{}".into());
    files.insert("opencost/objects/a\nb.yaml.j2".into(), String::new());
    let found = errors(&build(
        &files,
        "environment: dev\nnamespace: team-dev\ncomponents: {tempoo: {}, opencost: {settings: {any: 1}}}\n",
    ));
    let ids: Vec<&str> = found
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(
        ids,
        [
            "catalog/bad-value",
            "catalog/no-manifest",
            "catalog/missing-key",
            "catalog/unknown-key",
            "catalog/broken-template",
            "catalog/bad-value",
            "catalog/broken-contract",
            "catalog/broken-contract",
            "catalog/broken-schema",
            "catalog/built-in-id",
            "environment/unknown-key",
        ],
        "{found:#?}"
    );
}

#[test]
fn objects_stand_beside_values_and_stay_in_their_folder() {
    let mut files = files();
    let object =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \"../../../evil\"\ndata: {a: b}\n";
    let folder = "opencost/deployment/objects";
    files.insert(format!("{folder}/notes.yaml.j2"), object.replace("../", ""));
    files.insert(format!("{folder}/sample.yaml.example.j2"), object.into());
    let plan = build(&files, ENVIRONMENT).plan.unwrap();
    let paths: Vec<&str> = plan.files.iter().map(|file| file.path.as_str()).collect();
    assert!(paths.contains(&"dev/opencost/notes.yaml"), "{paths:?}");
    assert!(!paths.iter().any(|path| path.contains("/..")), "{paths:?}");
    // What is wrong with an object is said at its template's line.
    let wrong = object.replace("\ndata:", "\ndta:");
    files.insert(format!("{folder}/notes.yaml.j2"), wrong);
    assert_eq!(
        errors(&build(&files, ENVIRONMENT)),
        ["object/unknown-key catalog/opencost/deployment/objects/notes.yaml.j2:5:1"]
    );
}

#[test]
fn built_in_components_are_what_they_were() {
    let environment =
        "environment: dev\nnamespace: team-dev\ncomponents: {traefik: {version: 41.3.0}}\n";
    let with = build(&files(), environment);
    let without = helmwright::build(&Request {
        files: vec![Source::new("envs/dev.yaml", environment)],
        layers: &NoLayers,
        catalog: Catalog::bundled(),
        layout: DEFAULT_LAYOUT,
        select: Vec::new(),
        asked: Default::default(),
    })
    .unwrap();
    let texts = |built: Build| {
        let files = built.plan.unwrap().files;
        files
            .into_iter()
            .map(|file| (file.path, file.text))
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(with), texts(without));
}

#[test]
fn schemas_are_schemas() {
    let schema: serde_json::Value =
        serde_json::from_str(catalog(&files()).environment_schema().text()).unwrap();
    assert!(jsonschema::draft7::new(&schema).is_ok());
    let section = &schema["properties"]["components"]["properties"]["opencost"];
    assert_eq!(
        section["properties"]["settings"]["anyOf"][0]["$ref"],
        "#/definitions/opencost.settings"
    );
    let manifest: serde_json::Value =
        serde_json::from_str(&helmwright::components::manifest_schema_json()).unwrap();
    assert!(jsonschema::draft7::new(&manifest).is_ok());
    // Every manifest of ours is one.
    let validator = jsonschema::draft7::new(&manifest).unwrap();
    for id in Catalog::bundled().manifests().keys() {
        let path = format!(
            "{}/../../templates/{id}/component.yaml",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(path).unwrap();
        let read: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        let wrong: Vec<String> = validator
            .iter_errors(&read)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{id}: {wrong:#?}");
    }
}
