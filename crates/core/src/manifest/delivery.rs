//! What objects of delivery tools say of the versions of charts.

use super::context::Context;
use super::place::{Place, Text};
use super::tree::Node;

/// A chart that a delivery tool installs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The chart's name, or the address that it is part of; empty for an OCIRepository, which is one chart.
    pub chart: Text,
    /// Which version is asked for; none where nothing is said, which is the newest.
    pub version: Option<Text>,
    /// Whether `version` is a tag rather than a version or a range of them.
    pub is_tag: bool,
    /// Where that stands; without a version, where the chart is named.
    pub place: Place,
}

/// Reads the charts of an object; what comes out of Git has no chart version.
pub(super) fn read(
    spec: &Node<'_>,
    kind: &str,
    context: &mut Context<'_, '_, '_>,
) -> Box<[Delivered]> {
    match kind {
        "Application" => spec
            .get("source")
            .into_iter()
            .chain(spec.list("sources"))
            .filter_map(|source| {
                let name = source.get("chart").or_else(|| {
                    let address = source.get("repoURL")?;
                    address.text()?.starts_with("oci://").then_some(address)
                })?;
                one(name, source, "targetRevision", false, context)
            })
            .collect(),
        "HelmRelease" => spec
            .at(&["chart", "spec"])
            .and_then(|chart| {
                // A chart in Git or in a bucket is what lies there, and its version is not looked at.
                let from = chart.at(&["sourceRef", "kind"]).and_then(Node::text);
                if matches!(from, Some("GitRepository" | "Bucket")) {
                    return None;
                }
                one(chart.get("chart")?, chart, "version", false, context)
            })
            .into_iter()
            .collect(),
        _ => repository(spec, context).into_iter().collect(),
    }
}

/// Reads an OCIRepository. A digest goes before a range, and that before a tag.
///
/// Source: Flux documentation, "OCI Repositories", `spec.ref`; without one it is the tag `latest`.
fn repository(spec: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Option<Delivered> {
    let reference = spec.get("ref").unwrap_or(spec);
    if reference.get("digest").is_some() {
        return None;
    }
    let is_tag = reference.get("semver").is_none();
    let node = reference.get(if is_tag { "tag" } else { "semver" });
    Some(Delivered {
        chart: context.share(""),
        version: node.and_then(Node::text).map(|text| context.share(text)),
        is_tag,
        place: context.place(node.unwrap_or(reference)),
    })
}

fn one(
    name: &Node<'_>,
    holder: &Node<'_>,
    key: &str,
    is_tag: bool,
    context: &mut Context<'_, '_, '_>,
) -> Option<Delivered> {
    let version = holder.get(key);
    Some(Delivered {
        chart: context.share(name.text()?),
        version: version
            .and_then(Node::text)
            .filter(|version| !version.is_empty())
            .map(|version| context.share(version)),
        is_tag,
        place: context.place(version.unwrap_or(name)),
    })
}
