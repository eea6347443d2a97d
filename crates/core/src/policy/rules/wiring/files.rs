//! Files in the ConfigMaps of a render that tell how things are wired: data sources of Grafana, alert routes.

use crate::manifest::{Body, ConfigText, Object};
use crate::policy::Facts;
use crate::source::Source;
use crate::yaml::{self, Node};

/// A file that was read, with the object that holds it.
pub(super) struct File<'a> {
    /// The object.
    pub(super) object: &'a Object,
    /// What it says.
    pub(super) root: Node,
}

/// Returns the files of a render that pass a look at their name and text.
pub(super) fn read<'a>(facts: &Facts<'a>, is: impl Fn(&ConfigText) -> bool) -> Vec<File<'a>> {
    let Some(manifests) = facts.manifests else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for object in &manifests.objects {
        let Body::Config(texts) = &object.body else {
            continue;
        };
        for text in texts.iter().filter(|text| is(text)) {
            let source: std::sync::Arc<Source> = text.source(&manifests.name, object);
            // A file that is no YAML is the program's to refuse.
            if let Ok(root) = yaml::read(&source) {
                files.push(File { object, root });
            }
        }
    }
    files
}

/// Returns whether a render has such a file.
pub(super) fn any(facts: &Facts<'_>, is: impl Fn(&ConfigText) -> bool) -> bool {
    facts.manifests.is_some_and(|manifests| {
        manifests.objects.iter().any(|object| match &object.body {
            Body::Config(texts) => texts.iter().any(&is),
            _ => false,
        })
    })
}

/// Returns whether a file provisions data sources of Grafana.
pub(super) fn is_datasource_file(text: &ConfigText) -> bool {
    is_yaml(text)
        && text
            .text
            .lines()
            .any(|line| line.starts_with("datasources:"))
}

/// Returns whether a file is the configuration of an Alertmanager.
pub(super) fn is_alert_file(text: &ConfigText) -> bool {
    matches!(&*text.key, "alertmanager.yaml" | "alertmanager.yml")
        && text.text.lines().any(|line| line.starts_with("route:"))
}

/// Returns whether a file holds rules that alert.
pub(super) fn is_rule_file(text: &ConfigText) -> bool {
    is_yaml(text) && text.text.lines().any(|line| line.starts_with("groups:"))
}

fn is_yaml(text: &ConfigText) -> bool {
    text.key.ends_with(".yaml") || text.key.ends_with(".yml")
}
