//! The objects that are written as files, as far as a runbook names them.

use std::sync::Arc;

use crate::layout::EXAMPLE;
use crate::yaml::Node;

/// One object of a file.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// The component whose file it is in.
    pub(crate) component: String,
    /// The file's path in the plan.
    pub(crate) file: Arc<str>,
    /// `group/version`, or `v1`.
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    /// Whether the file is an example, which the team fills in and nothing delivers.
    pub(crate) example: bool,
    /// The namespace it names.
    pub(crate) namespace: Option<String>,
}

/// The groups that an API server of Kubernetes has itself.
///
/// Source: Kubernetes 1.34, API reference.
const OWN_GROUPS: [&str; 11] = [
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

impl Object {
    /// Reads what a document is; none of what is no object.
    pub(crate) fn read(component: &str, file: &Arc<str>, node: &Node) -> Option<Self> {
        let text = |key: &str| node.get(key).and_then(Node::as_str);
        let metadata = node.get("metadata")?;
        let named = |key: &str| metadata.get(key).and_then(Node::as_str).map(str::to_owned);
        Some(Self {
            component: component.to_owned(),
            file: Arc::clone(file),
            api_version: text("apiVersion")?.to_owned(),
            kind: text("kind")?.to_owned(),
            name: named("name")?,
            example: file.ends_with(EXAMPLE),
            namespace: named("namespace"),
        })
    }

    /// Returns the API group; empty for the core's.
    pub(crate) fn group(&self) -> &str {
        self.api_version
            .split_once('/')
            .map_or("", |(group, _)| group)
    }

    /// Returns whether somebody must have installed the definition of its kind.
    pub(crate) fn is_custom(&self) -> bool {
        !OWN_GROUPS.contains(&self.group())
    }
}
