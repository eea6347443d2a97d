//! Every object that we write is decoded strictly by the Go types of the project that its kind belongs to.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use helmwright::source::Source;
use helmwright::yaml::{self, Node};
use helmwright_tests::{files, root};

/// A test tool that decodes the kinds of one project.
struct Decoder {
    /// The groups of its kinds.
    groups: &'static [&'static str],
    /// The environment variable that names the tool.
    variable: &'static str,
    /// What it is called with.
    arguments: &'static [&'static str],
    /// How it is given a document.
    input: Input,
}

#[derive(Clone, Copy)]
enum Input {
    /// On standard input.
    Stdin,
    /// As a file, whose name follows the arguments.
    File,
}

/// Who decodes what. A project's tool is one more entry; Kubernetes' own groups are the first one's.
const DECODERS: [Decoder; 5] = [
    Decoder {
        groups: &[
            "",
            "apps",
            "autoscaling",
            "batch",
            "networking.k8s.io",
            "policy",
            "rbac.authorization.k8s.io",
            "scheduling.k8s.io",
            "storage.k8s.io",
        ],
        variable: "HELMWRIGHT_KUBERNETES",
        arguments: &[],
        input: Input::File,
    },
    Decoder {
        groups: &["argoproj.io"],
        variable: "HELMWRIGHT_ARGOCD",
        arguments: &["decode"],
        input: Input::Stdin,
    },
    Decoder {
        groups: &["external-secrets.io"],
        variable: "HELMWRIGHT_EXTERNAL_SECRETS",
        arguments: &[],
        input: Input::Stdin,
    },
    Decoder {
        groups: &[
            "helm.toolkit.fluxcd.io",
            "kustomize.toolkit.fluxcd.io",
            "source.toolkit.fluxcd.io",
        ],
        variable: "HELMWRIGHT_FLUX",
        arguments: &[],
        input: Input::Stdin,
    },
    Decoder {
        groups: &["monitoring.coreos.com"],
        variable: "HELMWRIGHT_PROMETHEUS_OPERATOR",
        arguments: &[],
        input: Input::File,
    },
];

/// Kinds that no cluster knows: a file of kustomize itself, which its own tests read.
const NO_OBJECTS: [&str; 1] = ["kustomize.config.k8s.io"];

/// Decodes one document; the error is what its tool says, or that there is none.
fn decode(document: &str) -> Result<(), String> {
    let node = yaml::read(&Source::new("document", document)).unwrap();
    let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    let group = version.rsplit_once('/').map_or("", |(group, _)| group);
    if NO_OBJECTS.contains(&group) {
        return Ok(());
    }
    let decoder = DECODERS
        .iter()
        .find(|decoder| decoder.groups.contains(&group))
        .ok_or_else(|| format!("no test tool decodes {version} {kind}"))?;
    let program = std::env::var_os(decoder.variable).ok_or_else(|| {
        format!(
            "{} is not set, so nothing decodes {version} {kind}; `cargo xtask test` builds the tool and sets it",
            decoder.variable
        )
    })?;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("object.yaml");
    let mut command = Command::new(program);
    command
        .args(decoder.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if matches!(decoder.input, Input::File) {
        fs::write(&file, document).unwrap();
        command.arg(&file);
    }
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    if matches!(decoder.input, Input::Stdin) {
        input.write_all(document.as_bytes()).unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    // Each tool passes over kinds that are not its project's: it says so, or counts none.
    if said.starts_with("unknown ") || said.trim() == "0" {
        return Err(format!("the tool does not know {version} {kind}"));
    }
    Ok(())
}

/// Returns the documents of a file of objects; none for another file.
fn documents(file: &Path) -> Vec<String> {
    let name = file.to_string_lossy();
    let text = fs::read_to_string(file).unwrap();
    let begins = |key: &str| text.lines().any(|line| line.starts_with(key));
    let ours = !name.ends_with(".env.yaml") && !name.ends_with("values.yaml");
    if !ours || !begins("apiVersion:") || !begins("kind:") {
        return Vec::new();
    }
    text.split("\n---\n").map(str::to_owned).collect()
}

/// Returns the files of all objects that we write: of the golden tree, and of cases.
fn written() -> Vec<std::path::PathBuf> {
    ["tests/golden", "tests/cases"]
        .iter()
        .flat_map(|folder| [".yaml", ".yaml.example"].map(|ending| (folder, ending)))
        .flat_map(|(folder, ending)| files(&root().join(folder), ending))
        .filter(|file| {
            // What teams bring along, for `adopt`, is theirs.
            let path = file.to_string_lossy();
            let name = file.file_name().unwrap().to_string_lossy();
            path.contains("golden") || name.starts_with("valid-")
        })
        .collect()
}

#[test]
fn every_object_is_decoded_strictly() {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for file in written() {
        for document in documents(&file) {
            let kind = document
                .lines()
                .find(|line| line.starts_with("kind:"))
                .unwrap_or_default();
            *kinds.entry(kind.to_owned()).or_default() += 1;
            if let Err(error) = decode(&document) {
                wrong.push(format!("{}: {error}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for kind in [
        "Job",
        "NetworkPolicy",
        "PriorityClass",
        "ResourceQuota",
        "Secret",
        "ExternalSecret",
    ] {
        let count = kinds.get(&format!("kind: {kind}"));
        assert!(count.is_some(), "no {kind} among {kinds:?}");
    }
}

#[test]
fn what_is_misspelt_is_refused() {
    let object = |file: &str| documents(&root().join("tests/cases").join(file)).remove(0);
    for (file, right, wrong) in [
        ("buckets/valid-job.job.yaml", "backoffLimit", "backofLimit"),
        ("buckets/valid-job.job.yaml", "mountPath", "mountpath"),
        (
            "cluster-objects/valid-network-policies.network-policies.yaml",
            "podSelector",
            "podSelectors",
        ),
        (
            "cluster-objects/valid-priority-classes.priority-classes.yaml",
            "preemptionPolicy",
            "preemption",
        ),
        (
            "cluster-objects/valid-quota.resource-quota.yaml",
            "hard:",
            "hards:",
        ),
    ] {
        let text = object(file);
        assert_eq!(decode(&text), Ok(()), "{file}");
        let error = decode(&text.replacen(right, wrong, 1)).unwrap_err();
        assert!(error.contains("unknown field"), "{file}: {error}");
    }
    // A value of another type than the field's.
    let job = object("buckets/valid-job.job.yaml");
    let error = decode(&job.replace("backoffLimit: 3", "backoffLimit: three")).unwrap_err();
    assert!(error.contains("cannot unmarshal string"), "{error}");
}

#[test]
fn a_kind_that_nobody_decodes_is_an_error() {
    let object = |version: &str, kind: &str| {
        format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n")
    };
    let error = decode(&object("example.org/v1", "Thing")).unwrap_err();
    assert_eq!(error, "no test tool decodes example.org/v1 Thing");
    let error = decode(&object("batch/v1", "Jobb")).unwrap_err();
    assert_eq!(error, "the tool does not know batch/v1 Jobb");
}
