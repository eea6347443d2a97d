//! What Argo CD and Flux install by themselves, and how one sees it.

use std::collections::BTreeSet;

use super::Runbook;
use super::objects::Object;
use super::text::{commands, word};
use crate::components::Release;
use crate::environment::DeliveryMethod;

impl Runbook<'_> {
    /// Returns what begins a delivery: commit the files, and apply once what points there.
    pub(super) fn handed_over(&self, tool: &str, group: &str) -> String {
        let mut files: Vec<&str> = self
            .objects
            .iter()
            .filter(|object| belongs(object, group))
            .map(|object| &*object.file)
            .collect();
        files.dedup();
        let mut text = format!(
            "Commit the folder; {tool} installs from there, in this order. A file that is not committed is not installed.\n"
        );
        if !files.is_empty() {
            let lines: Vec<String> = files
                .into_iter()
                .map(|file| format!("kubectl apply -f {}", word(file)))
                .collect();
            text.push_str("\nOnce, and after each change of these files:\n\n");
            text.push_str(&commands(&lines));
        }
        text
    }

    /// Returns the commands that show whether a release was installed.
    pub(super) fn delivered(&self, release: &Release) -> Vec<String> {
        let (kind, resource) = match self.environment.model.delivery.method {
            DeliveryMethod::Helm => return Vec::new(),
            DeliveryMethod::Argocd => ("Application", "application"),
            DeliveryMethod::Flux => ("HelmRelease", "helmrelease"),
        };
        let mine = |object: &&Object| {
            object.kind == kind
                && (object.name == release.name
                    || object.name.ends_with(&format!("-{}", release.component))
                    || object.name == release.component)
        };
        let named: BTreeSet<(Option<&str>, &str)> = self
            .objects
            .iter()
            .filter(mine)
            .map(|object| (object.namespace.as_deref(), object.name.as_str()))
            .collect();
        named
            .into_iter()
            .map(|(namespace, name)| {
                let namespace = Self::in_namespace(namespace.unwrap_or(&release.namespace));
                format!("kubectl {namespace} get {resource} {}", word(name))
            })
            .collect()
    }
}

fn belongs(object: &Object, group: &str) -> bool {
    object.group().ends_with(group)
}
