//! Whole objects of Kubernetes, checked as closed as values are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::build::schema_definitions;
use super::kubernetes;
use super::schema::Schema;
use super::wording::Wording;
use crate::diagnostic::{Diagnostic, nearest};
use crate::error::Error;
use crate::yaml::Node;

/// Returns the closed schema of an object's kind: its keys and their types, all the way down; none for a kind that we
/// do not know.
///
/// # Examples
///
/// ```
/// use helmwright::contract::object_schema;
///
/// assert!(object_schema("batch/v1", "Job").is_some());
/// assert!(object_schema("batch/v1", "Jobb").is_none());
/// ```
pub fn object_schema(api_version: &str, kind: &str) -> Option<Arc<Schema>> {
    static READY: OnceLock<Mutex<BTreeMap<String, Option<Arc<Schema>>>>> = OnceLock::new();
    let name = format!("{api_version} {kind}");
    READY
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .entry(name)
        .or_insert_with_key(|name| {
            let mut schema = kubernetes::of_kind(name)?;
            let definitions = schema_definitions(&schema, &[]);
            schema.rare_mut().definitions = definitions;
            let mut required = vec!["apiVersion".into(), "kind".into()];
            // The file of kustomize looks like an object, and is none: no cluster knows it by a name.
            if !name.starts_with("kustomize.config.k8s.io/") {
                required.push("metadata".into());
            }
            schema.rare_mut().required = required;
            Some(Arc::new(schema))
        })
        .clone()
}

/// Checks an object by its kind; every finding has its place.
pub fn check_object(object: &Node) -> Vec<Diagnostic> {
    let text = |key: &str| object.get(key).and_then(Node::as_str);
    let (Some(api_version), Some(kind)) = (text("apiVersion"), text("kind")) else {
        return vec![
            Diagnostic::error("object/no-kind", "this is no object of Kubernetes")
                .at(&object.location)
                .why("an object names its `apiVersion` and its `kind`, and the cluster takes nothing without them")
                .help("add both, such as `apiVersion: v1` and `kind: ConfigMap`"),
        ];
    };
    let Some(schema) = object_schema(api_version, kind) else {
        let name = format!("{api_version} {kind}");
        let near = nearest(&name, kubernetes::kinds());
        return vec![
            Diagnostic::error(
                "object/unknown-kind",
                format!("the kind `{name}` is not known"),
            )
            .at(&object.location)
            .why("an object of a kind that we do not know cannot be checked")
            .help(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    "use a kind of Kubernetes, or of the custom resources that are known".to_owned()
                }
            }),
        ];
    };
    schema.check(object, &Wording::object(api_version, kind))
}

/// Returns our mistake: findings about what a template of ours wrote.
pub(crate) fn broken(template: &str, findings: &[Diagnostic]) -> Error {
    let detail = findings
        .iter()
        .map(|finding| {
            let place = finding.location().map(|location| {
                format!(
                    " (its line {}: `{}`)",
                    location.start().line,
                    location.text().lines().next().unwrap_or_default()
                )
            });
            format!("{}{}", finding.message, place.unwrap_or_default())
        })
        .collect::<Vec<_>>()
        .join("; ");
    Error::Output {
        name: template.to_owned(),
        detail: format!("does not pass: {detail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::yaml;

    fn found(text: &str) -> Vec<String> {
        let node = yaml::read(&Source::new("object.yaml", text)).unwrap();
        check_object(&node)
            .into_iter()
            .map(|finding| format!("{}: {}", finding.id, finding.message))
            .collect()
    }

    #[test]
    fn an_object_is_closed_all_the_way_down() {
        let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      containers:\n        - {name: a, image: b}\n";
        assert_eq!(found(job), [""; 0]);
        assert_eq!(
            found(&job.replace("image: b", "imag: b")),
            [
                "object/unknown-key: Job of batch/v1 has no key `spec.template.spec.containers[0].imag`"
            ]
        );
        assert_eq!(
            found(&job.replace("kind: Job", "kind: Jop")),
            ["object/unknown-kind: the kind `batch/v1 Jop` is not known"]
        );
        assert_eq!(
            found("a: b\n"),
            ["object/no-kind: this is no object of Kubernetes"]
        );
    }
}
