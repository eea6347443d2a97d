//! `cargo xtask workloads`: compares what is predicted of every role with what the real charts render.

mod fields;
mod network;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use helmwright::Catalog;
use helmwright::components::Release;
use helmwright::diagnostic::Diagnostic;
use helmwright::environment::{Environment, Layers};
use helmwright::manifest::{Body, Manifests, Object, Reader, VolumeSource};
use helmwright::pipeline::{DEFAULT_LAYOUT, Derived};
use helmwright::source::Source;
use helmwright::workload::{self, Claim, Controller, Workload};

use crate::cargo::root;
use fields::fields;

/// Where environments are, beside the shipped ones: cases of other tests, and overrides that predictions follow.
const FOLDERS: [&str; 4] = ["envs", "tests/envs", "tests/cases", "tests/workloads"];

/// The file of an environment that is refused on purpose begins so.
const REFUSED: &str = "invalid-";

/// Runs the chore with its arguments.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let (charts, only) = match arguments {
        ["--charts", charts] => (PathBuf::from(charts), None),
        ["--charts", charts, "--only", only] => (PathBuf::from(charts), Some(*only)),
        _ => bail!("usage: cargo xtask workloads --charts DIR [--only TEXT]"),
    };
    let helm = std::env::var_os("HELMWRIGHT_HELM3").unwrap_or_else(|| "helm".into());
    let catalog = Catalog::bundled();
    let root = root();
    let mut compared = 0;
    let mut differing = 0;
    for path in environments(&root)? {
        let name = path.strip_prefix(&root).unwrap_or(&path);
        let name = name.to_string_lossy().replace('\\', "/");
        if only.is_some_and(|only| !name.contains(only)) {
            continue;
        }
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let Some(environment) = read(&root, &name, &text, catalog) else {
            continue;
        };
        let mut found = Vec::new();
        let derived = Derived::new(environment, catalog, &mut found);
        let predicted = derived.inputs(catalog).workloads;
        for (release, _) in derived.installed() {
            let Some(values) = derived.values_text(&release.component, DEFAULT_LAYOUT, catalog)?
            else {
                bail!("{name} is refused: {}", said(&found));
            };
            let text = render(&helm, &charts, release, &derived, &values)
                .with_context(|| format!("{name}, {}", release.component))?;
            let mut reader = Reader::new(&release.name);
            reader.feed(&text);
            let manifests = reader.finish();
            let mut rendered = workload::rendered(
                &manifests,
                Some(derived.environment()),
                derived.releases(),
                catalog,
            );
            for workload in &mut rendered {
                share_claims(workload, &manifests);
            }
            let predicted: Vec<&Workload> = predicted
                .iter()
                .filter(|workload| workload.component == release.component)
                .collect();
            let named = |one: &Workload| predicted.iter().any(|two| two.name == one.name);
            let rendered = rendered
                .iter()
                .filter(|workload| is_steady(workload) || named(workload))
                .collect();
            let store = derived.environment().model.object_store.as_ref();
            let store = store.map(|store| store.credentials.secret_name.as_str());
            let store = store.filter(|_| release.signal.is_some());
            // An override may take the key away, or give an account rights: facts are of what we write.
            let sections = &derived.environment().model.components;
            let section = sections.get(&release.component);
            let ours = section.is_none_or(|section| section.values.is_null());
            let (facts, untrue) = network::differences(release, (store, ours), &text, &predicted);
            let (count, mut lines) = differences(predicted, rendered);
            lines.extend(untrue);
            compared += count + facts;
            differing += lines.len();
            for line in lines {
                println!("{name}: {}: {line}", release.component);
            }
        }
    }
    println!("{compared} fields compared, {differing} differ");
    if differing > 0 {
        bail!(
            "the role tables, templates/<component>/component.yaml, say other than the charts do"
        );
    }
    Ok(())
}

/// Returns whether a workload goes on running: Jobs and the pods of tests come and go, and few are predicted.
fn is_steady(workload: &Workload) -> bool {
    workload.runs()
        && !matches!(
            workload.controller,
            Controller::Job | Controller::CronJob | Controller::Pod
        )
}

/// Gives a workload the claims that all its pods share: objects of their own, which its volumes name. The role table
/// has them as the role's volume.
fn share_claims(workload: &mut Workload, manifests: &Manifests) {
    let pods = manifests
        .objects
        .iter()
        .filter(|object| workload.name == *object.name)
        .find_map(Object::pods);
    let mut claims = workload.claims.to_vec();
    for volume in pods.into_iter().flat_map(|pods| &pods.pod.volumes) {
        let VolumeSource::Claim(name) = &volume.source else {
            continue;
        };
        let claim = manifests
            .objects
            .iter()
            .find_map(|object| match &object.body {
                Body::Claim(claim) if object.name == *name => Some(claim),
                _ => None,
            });
        if let Some((claim, size)) = claim.and_then(|claim| Some((claim, claim.size()?))) {
            claims.push(Claim {
                name: volume.name.to_string(),
                size,
                class: claim.class.as_deref().map(str::to_owned),
            });
        }
    }
    workload.claims = claims.into();
}

/// Returns how many fields were compared, and a line for each that differs.
fn differences(predicted: Vec<&Workload>, rendered: Vec<&Workload>) -> (usize, Vec<String>) {
    let by_name = |workloads: Vec<&Workload>| -> BTreeMap<(String, String), String> {
        workloads
            .into_iter()
            .flat_map(|workload| {
                let name = workload.name.to_string();
                fields(workload)
                    .into_iter()
                    .map(move |(field, value)| ((name.clone(), field), value))
            })
            .collect()
    };
    let predicted = by_name(predicted);
    let mut rendered = by_name(rendered);
    let mut count = 0;
    let mut lines = Vec::new();
    for ((name, field), value) in &predicted {
        count += 1;
        let there = rendered.remove(&(name.clone(), field.clone()));
        if there.as_ref() != Some(value) {
            let there = there.as_deref().unwrap_or("nothing");
            lines.push(format!(
                "{name}: {field}: predicted {value}, rendered {there}"
            ));
        }
    }
    for ((name, field), value) in rendered {
        count += 1;
        lines.push(format!(
            "{name}: {field}: predicted nothing, rendered {value}"
        ));
    }
    (count, lines)
}

/// Reads an environment; none for a layer, which is none by itself.
fn read(root: &Path, name: &str, text: &str, catalog: &Catalog) -> Option<Environment> {
    let is_environment = text.lines().any(|line| line.starts_with("environment:"));
    if !is_environment {
        return None;
    }
    let layers = Disk {
        root: root.to_owned(),
    };
    let read = Environment::read(&Source::new(name, text), &layers, catalog);
    if read.environment.is_none() {
        println!(
            "{name}: left out, it cannot be read: {}",
            said(&read.diagnostics)
        );
    }
    read.environment
}

fn said(found: &[Diagnostic]) -> String {
    let messages: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
    messages.join("; ")
}

/// Renders one release with the real Helm.
fn render(
    helm: &std::ffi::OsStr,
    charts: &Path,
    release: &Release,
    derived: &Derived,
    values: &str,
) -> Result<String> {
    let chart = charts
        .join(release.chart_name())
        .join(release.chart_version());
    let kubernetes = derived.environment().model.kubernetes.version.to_string();
    let mut child = Command::new(helm)
        .args(["template", &release.name])
        .arg(&chart)
        .args([
            "--namespace",
            &release.namespace,
            "--kube-version",
            &kubernetes,
        ])
        .args(["--values", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start Helm; name it with HELMWRIGHT_HELM3")?;
    if let Some(mut input) = child.stdin.take() {
        use std::io::Write as _;
        input.write_all(values.as_bytes())?;
    }
    let ended = child.wait_with_output()?;
    if !ended.status.success() {
        bail!("Helm refuses: {}", String::from_utf8_lossy(&ended.stderr));
    }
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}

/// Returns the files of all environments, sorted.
fn environments(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        walk(&root.join(folder), &mut files)?;
    }
    files.sort();
    Ok(files)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let listed =
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in listed {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if name != "adopt" && !name.starts_with(REFUSED) {
                walk(&path, files)?;
            }
        } else if name.ends_with(".yaml")
            && !name.ends_with(".values.yaml")
            && !name.starts_with(REFUSED)
        {
            files.push(path);
        }
    }
    Ok(())
}

/// Layers as they lie in the repository.
struct Disk {
    root: PathBuf,
}

impl Layers for Disk {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
        Ok(fs::read_to_string(self.root.join(name))
            .ok()
            .map(|text| Source::new(name, text)))
    }
}
