//! The real Argo CD, Flux and kustomize as judges: each object is what their own Go types take, an ApplicationSet makes
//! what Applications say, and kustomize builds what Flux applies.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails, fails its test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use helmwright::diagnostic::Diagnostic;
use helmwright::environment::Layers;
use helmwright::pipeline::{Request, build};
use helmwright::policy::Asked;
use helmwright::source::Source;
use helmwright::{Catalog, yaml};
use helmwright_tests::{files, root};
use serde_json::Value;
use tempfile::TempDir;

/// Runs a test tool; the error is what it says.
fn tool(name: &str, arguments: &[&str], text: &str) -> Result<String, String> {
    let variable = format!("HELMWRIGHT_{name}");
    let binary = std::env::var_os(&variable).unwrap_or_else(|| {
        panic!("{variable} is not set; `cargo xtask test` builds the tool and sets it")
    });
    let mut child = Command::new(binary)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A tool that reads nothing may be gone before it is written to.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    let output = child.wait_with_output().unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The files of one case, from memory.
struct Folder(BTreeMap<String, String>);

impl Layers for Folder {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
        Ok(self.0.get(name).map(|text| Source::new(name, text.clone())))
    }
}

/// Returns the environments of a case, each text changed by `change`.
fn case(folder: &str, name: &str, change: impl Fn(&str) -> String) -> Folder {
    let stem = root().join(format!("tests/cases/{folder}/{name}"));
    let single = stem.with_extension("env.yaml");
    let paths = if single.is_file() {
        vec![single]
    } else {
        files(&stem.with_extension("envs"), ".yaml")
    };
    let texts = paths.iter().map(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        let text = fs::read_to_string(path).unwrap();
        (format!("envs/{name}"), change(&text))
    });
    Folder(texts.collect())
}

/// Writes what a case gives to `<a new folder>/gitops`.
fn generated(case: &Folder) -> TempDir {
    let request = Request {
        files: case
            .0
            .iter()
            .map(|(name, text)| Source::new(name.clone(), text.clone()))
            .collect(),
        layers: case,
        catalog: Catalog::bundled(),
        layout: helmwright::pipeline::DEFAULT_LAYOUT,
        select: Vec::new(),
        asked: Asked::default(),
    };
    let built = build(&request).unwrap();
    let found = &built.diagnostics;
    let plan = built.plan.unwrap_or_else(|| panic!("{found:#?}"));
    let folder = TempDir::new().unwrap();
    for file in plan.files {
        let path = folder.path().join("gitops").join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file.text.as_bytes()).unwrap();
    }
    folder
}

/// Returns every document of a YAML text.
fn documents(text: &str) -> Vec<Value> {
    let documents = yaml::read_all(&Source::new("objects.yaml", text)).unwrap();
    documents.iter().map(yaml::Node::to_json).collect()
}

fn kept(folder: &str, name: &str) -> Folder {
    case(folder, name, str::to_owned)
}

/// Decodes every file that is written, and returns how many objects the tool knew.
fn decoded(name: &str, arguments: &[&str], folder: &Path) -> usize {
    files(folder, ".yaml")
        .iter()
        .filter(|path| !path.ends_with("values.yaml"))
        .map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let count = tool(name, arguments, &text)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            count.trim().parse::<usize>().unwrap()
        })
        .sum()
}

#[test]
fn argo_cd_takes_every_object() {
    for (name, count) in [
        ("valid-applications", 5),
        ("valid-applications-elsewhere", 2),
        ("valid-applicationset", 1),
        ("valid-applicationset-unordered", 1),
    ] {
        let folder = generated(&kept("delivery", name));
        assert_eq!(
            decoded("ARGOCD", &["decode"], folder.path()),
            count,
            "{name}"
        );
    }
}

#[test]
fn flux_takes_every_object() {
    let folder = generated(&kept("delivery", "valid-flux"));
    assert_eq!(decoded("FLUX", &[], folder.path()), 11);
}

#[test]
fn the_external_secrets_operator_takes_every_object() {
    let folder = generated(&kept("secrets", "valid-external"));
    assert!(decoded("EXTERNAL_SECRETS", &[], folder.path()) > 0);
}

/// Asserts that a text is taken, and refused with any of some words written otherwise.
fn refuses(name: &str, arguments: &[&str], path: &Path, slips: &[(&str, &str)]) {
    let text = fs::read_to_string(path).unwrap();
    tool(name, arguments, &text).unwrap();
    for (word, slip) in slips {
        assert!(text.contains(word), "{word} is in {}", path.display());
        let error = tool(name, arguments, &text.replacen(word, slip, 1)).unwrap_err();
        assert!(
            error.contains("unknown field") || error.contains("cannot unmarshal"),
            "{error}"
        );
    }
}

#[test]
fn a_slip_is_refused() {
    let folder = generated(&kept("delivery", "valid-applications"));
    refuses(
        "ARGOCD",
        &["decode"],
        &folder.path().join("gitops/argocd/dev/tempo.yaml"),
        &[
            ("valueFiles:", "valuesFiles:"),
            ("repoURL:", "repoUrl:"),
            ("selfHeal: true", "selfHeal: \"yes\""),
            ("ref: values", "reff: values"),
        ],
    );
    let folder = generated(&kept("delivery", "valid-applicationset"));
    refuses(
        "ARGOCD",
        &["decode"],
        &folder.path().join("gitops/argocd/applicationset.yaml"),
        &[
            ("rollingSync:", "rollingsync:"),
            ("goTemplate:", "gotemplate:"),
            ("files:", "file:"),
        ],
    );
    let folder = generated(&kept("delivery", "valid-flux"));
    refuses(
        "FLUX",
        &[],
        &folder.path().join("gitops/dev/traefik/helmrelease.yaml"),
        &[
            ("valuesFrom:", "valueFrom:"),
            ("dependsOn:", "dependson:"),
            ("retries:", "retry:"),
        ],
    );
    refuses(
        "FLUX",
        &[],
        &folder.path().join("gitops/flux/prod.yaml"),
        &[("sourceRef:", "sourceref:"), ("wait: true", "await: true")],
    );
    let folder = generated(&kept("secrets", "valid-external"));
    let external = files(folder.path(), "external-secrets.yaml").remove(0);
    refuses(
        "EXTERNAL_SECRETS",
        &[],
        &external,
        &[
            ("remoteRef:", "remoteref:"),
            ("secretStoreRef:", "storeRef:"),
        ],
    );
}

/// Returns what a case's ApplicationSet makes, by name, from a repository at a folder.
fn made(folder: &Path, repository: &str) -> BTreeMap<String, Value> {
    let set = folder.join("gitops/argocd/applicationset.yaml");
    let repository = folder.join(repository);
    let arguments = [
        "generate",
        repository.to_str().unwrap(),
        set.to_str().unwrap(),
    ];
    let lines = tool("ARGOCD", &arguments, "").unwrap();
    by_name(
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap()),
    )
}

fn by_name(objects: impl Iterator<Item = Value>) -> BTreeMap<String, Value> {
    objects
        .map(|object| {
            let name = object["metadata"]["name"].as_str().unwrap().to_owned();
            (name, object)
        })
        .collect()
}

/// Returns the Applications of releases that are written one by one.
fn written(folder: &Path) -> BTreeMap<String, Value> {
    let mut all = Vec::new();
    for file in files(&folder.join("gitops/argocd"), ".yaml") {
        all.extend(documents(&fs::read_to_string(file).unwrap()));
    }
    // Not those that hold others.
    by_name(
        all.into_iter()
            .filter(|one| one["spec"]["source"].is_null()),
    )
}

/// Takes away what only waves need, and what Go prints of nothing.
fn comparable(mut application: Value) -> Value {
    let metadata = application["metadata"].as_object_mut().unwrap();
    metadata.remove("annotations");
    metadata.remove("creationTimestamp");
    let application = application.as_object_mut().unwrap();
    application.remove("status");
    application.remove("apiVersion");
    application.remove("kind");
    for source in application["spec"]["sources"].as_array_mut().unwrap() {
        if let Some(directory) = source.get_mut("directory") {
            directory.as_object_mut().unwrap().remove("jsonnet");
        }
    }
    Value::Object(application.clone())
}

#[test]
fn an_application_set_makes_what_applications_say() {
    for (name, repository, count) in [
        ("valid-applicationset", ".", 5),
        ("valid-applicationset-unordered", "gitops", 1),
    ] {
        let set = generated(&kept("delivery", name));
        let one_by_one = generated(&case("delivery", name, |text| {
            text.replace("style: applicationset", "style: applications")
        }));
        let made: BTreeMap<_, _> = made(set.path(), repository)
            .into_iter()
            .map(|(name, one)| (name, comparable(one)))
            .collect();
        let written: BTreeMap<_, _> = written(one_by_one.path())
            .into_iter()
            .map(|(name, one)| (name, comparable(one)))
            .collect();
        assert_eq!(made.len(), count, "{name}");
        assert_eq!(made, written, "{name}");
    }
}

#[test]
fn every_application_is_in_just_one_step() {
    let folder = generated(&kept("delivery", "valid-applicationset"));
    let set = fs::read_to_string(folder.path().join("gitops/argocd/applicationset.yaml")).unwrap();
    let set = documents(&set).remove(0);
    let steps = set["spec"]["strategy"]["rollingSync"]["steps"]
        .as_array()
        .unwrap();
    let mut order = Vec::new();
    for (name, application) in made(folder.path(), ".") {
        let labels = &application["metadata"]["labels"];
        let chosen: Vec<usize> = (0..steps.len())
            .filter(|at| {
                let wanted = steps[*at]["matchExpressions"].as_array().unwrap();
                wanted.iter().all(|one| {
                    let label = &labels[one["key"].as_str().unwrap()];
                    one["values"].as_array().unwrap().contains(label)
                })
            })
            .collect();
        assert_eq!(chosen.len(), 1, "{name}");
        order.push((chosen[0], name));
    }
    order.sort();
    let names: Vec<&str> = order.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "dev-cluster-objects",
            "dev-buckets",
            "dev-tempo",
            "dev-traefik",
            "prod-traefik"
        ]
    );
}

/// Builds one release's folder as Flux does.
fn built(folder: &Path, release: &str) -> Vec<Value> {
    let folder = folder.join("gitops").join(release);
    documents(&tool("KUSTOMIZE", &[folder.to_str().unwrap()], "").unwrap())
}

fn of_kind<'o>(objects: &'o [Value], kind: &str) -> &'o Value {
    let mut found = objects.iter().filter(|object| object["kind"] == kind);
    let object = found.next().unwrap_or_else(|| panic!("no {kind}"));
    assert!(found.next().is_none(), "one {kind}");
    object
}

#[test]
fn kustomize_builds_what_flux_applies() {
    let folder = generated(&kept("delivery", "valid-flux"));
    let folder = folder.path();
    for (place, release) in [
        ("dev/tempo", "tempo"),
        ("dev/traefik", "traefik"),
        ("prod/traefik", "edge"),
    ] {
        let objects = built(folder, place);
        let values = fs::read_to_string(folder.join("gitops").join(place).join("values.yaml"));
        let config_map = of_kind(&objects, "ConfigMap");
        assert_eq!(
            config_map["data"]["values.yaml"],
            values.unwrap(),
            "byte for byte"
        );
        let name = config_map["metadata"]["name"].as_str().unwrap();
        assert!(name.starts_with(&format!("{release}-values-")), "{name}");
        let helm_release = of_kind(&objects, "HelmRelease");
        assert_eq!(helm_release["spec"]["valuesFrom"][0]["name"], name);
        assert_eq!(
            helm_release["metadata"]["namespace"],
            config_map["metadata"]["namespace"]
        );
    }
    let mut count = 0;
    for place in [
        "dev/buckets",
        "dev/cluster-objects",
        "dev/tempo",
        "dev/traefik",
        "prod/traefik",
    ] {
        for object in built(folder, place) {
            let annotations = &object["metadata"]["annotations"];
            assert_eq!(
                annotations["kustomize.toolkit.fluxcd.io/substitute"], "disabled",
                "{place}: {object}"
            );
            count += 1;
        }
    }
    assert_eq!(count, 12);
}

#[test]
fn other_values_have_another_name() {
    let name = |case: &Folder| {
        let folder = generated(case);
        let objects = built(folder.path(), "prod/traefik");
        of_kind(&objects, "ConfigMap")["metadata"]["name"].clone()
    };
    let before = name(&kept("delivery", "valid-flux"));
    let after = name(&case("delivery", "valid-flux", |text| {
        text.replace(
            "release: edge",
            "roles: {traefik: {replicas: 5}}, release: edge",
        )
    }));
    assert_ne!(before, after);
}

#[test]
fn flux_waits_for_secrets_that_the_team_fills() {
    let folder = generated(&case("secrets", "valid-sops", |text| {
        format!("delivery: {{method: flux}}\n{text}")
    }));
    let secrets = folder.path().join("gitops/dev/secrets");
    let error = tool("KUSTOMIZE", &[secrets.to_str().unwrap()], "").unwrap_err();
    assert!(error.contains("alloy-env.yaml: no such file"), "{error}");
    let examples = files(&secrets, ".example");
    assert!(examples.len() > 2);
    for example in examples {
        fs::copy(&example, example.with_extension("")).unwrap();
    }
    let objects = built(folder.path(), "dev/secrets");
    assert!(objects.iter().all(|object| object["kind"] == "Secret"));
    let order = fs::read_to_string(folder.path().join("gitops/flux/dev.yaml")).unwrap();
    let order = by_name(documents(&order).into_iter());
    assert_eq!(
        order["dev-secrets"]["spec"]["decryption"]["provider"],
        "sops"
    );
    assert!(order["dev-alloy"]["spec"]["decryption"].is_null());
}

/// Argo CD starts a sync only for what is out of sync, and hooks never are.
#[test]
fn nothing_is_made_of_hooks_alone() {
    let mut count = 0;
    for facts in files(&root().join("tests/golden"), "release.json") {
        let facts: Value = serde_json::from_str(&fs::read_to_string(&facts).unwrap()).unwrap();
        if facts.get("chart").is_some() {
            continue;
        }
        let paths = facts["objects"].as_array().unwrap();
        let mut objects = paths.iter().flat_map(|path| {
            let path = root().join("tests/golden").join(path.as_str().unwrap());
            documents(&fs::read_to_string(path).unwrap())
        });
        assert!(
            objects.any(|object| {
                object["metadata"]["annotations"]["argocd.argoproj.io/hook"].is_null()
            }),
            "{}",
            facts["component"]
        );
        count += 1;
    }
    assert!(count > 0);
}
