//! Files in the ConfigMaps of a render that tell how things are wired: data sources of Grafana, alert routes.

use std::collections::HashSet;

use crate::manifest::{Body, ConfigText, Manifests, Object};
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

/// Returns the files of a render that pass a look at their name and text, read one by one; of equal files the first.
pub(super) fn read<'a>(
    facts: &Facts<'a>,
    is: impl Fn(&ConfigText) -> bool,
) -> impl Iterator<Item = File<'a>> {
    let mut seen: HashSet<&str> = HashSet::new();
    facts
        .manifests
        .into_iter()
        .flat_map(texts)
        .filter_map(move |(manifests, object, text)| {
            if !is(text) || !seen.insert(&*text.text) {
                return None;
            }
            let source: std::sync::Arc<Source> = text.source(&manifests.name, object);
            // A file that is no YAML is the program's to refuse.
            let root = yaml::read(&source).ok()?;
            Some(File { object, root })
        })
}

/// Returns every configuration of a stream with its object.
fn texts(manifests: &Manifests) -> impl Iterator<Item = (&Manifests, &Object, &ConfigText)> {
    manifests.objects.iter().flat_map(move |object| {
        let texts = match &object.body {
            Body::Config(texts) => &***texts,
            _ => &[],
        };
        texts.iter().map(move |text| (manifests, object, text))
    })
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
