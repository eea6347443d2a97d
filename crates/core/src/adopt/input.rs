//! What a team has: values files, Argo CD Applications, Flux HelmReleases.

use std::sync::Arc;

use super::findings;
use crate::diagnostic::Diagnostic;
use crate::source::{Location, Source, Span};
use crate::yaml::{self, Node, Value};

/// What a team's files say of one release, read by [`read`].
#[derive(Clone, Debug)]
pub struct Old {
    /// The values, all files merged in Helm's order.
    pub values: Node,
    /// The chart's name, if a file or the caller says it.
    pub chart: Option<String>,
    /// The chart's version, if a file or the caller says it.
    pub version: Option<String>,
    /// The release's name, if a file says it.
    pub release: Option<String>,
    /// The namespace, if a file says it.
    pub namespace: Option<String>,
    /// The names of the files.
    pub files: Vec<String>,
    /// What is worth knowing and stops nothing.
    pub warnings: Vec<Diagnostic>,
}

/// Reads a team's files and merges their values as Helm does, the last one winning.
///
/// `chart` is the chart's name and version where the caller knows them; both win over what a file says. A plain
/// values file is taken as it is. Of an Argo CD `Application` the sources' `helm.valuesObject` or `helm.values` are
/// taken, of a Flux `HelmRelease` its `spec.values`; other objects may stand beside them.
///
/// # Errors
///
/// Returns every reason why a file is none of these: `adopt/not-values`, `adopt/other-kind`, `adopt/templated`,
/// `adopt/several-documents`, `adopt/several-releases`, and what [`yaml::read`] finds.
///
/// # Examples
///
/// ```
/// use helmwright::{adopt, source::Source};
///
/// let files = [Source::new("a.yaml", "replicas: 1\n"), Source::new("b.yaml", "replicas: 2\n")];
/// let old = adopt::read(&files, None).unwrap();
/// assert_eq!(old.values.to_json().to_string(), r#"{"replicas":2}"#);
/// ```
pub fn read(files: &[Arc<Source>], chart: Option<(&str, &str)>) -> Result<Old, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let mut old: Option<Old> = None;
    for source in files {
        match read_one(source, chart.map(|(name, _)| name)) {
            Ok(one) => {
                old = Some(match old {
                    None => one,
                    Some(earlier) => earlier.under(one),
                })
            }
            Err(wrong) => found.extend(wrong),
        }
    }
    match old {
        Some(mut old) if found.is_empty() => {
            if let Some((name, version)) = chart {
                old.chart = Some(name.to_owned());
                old.version = Some(version.to_owned());
            }
            Ok(old)
        }
        _ => Err(found),
    }
}

impl Old {
    /// Lays a later file over this one.
    fn under(self, later: Self) -> Self {
        let mut files = self.files;
        files.extend(later.files);
        let mut warnings = self.warnings;
        warnings.extend(later.warnings);
        Self {
            values: yaml::merge(self.values, &later.values),
            chart: later.chart.or(self.chart),
            version: later.version.or(self.version),
            release: later.release.or(self.release),
            namespace: later.namespace.or(self.namespace),
            files,
            warnings,
        }
    }

    fn of(source: &Source, values: Node) -> Self {
        Self {
            values,
            chart: None,
            version: None,
            release: None,
            namespace: None,
            files: vec![source.name().to_owned()],
            warnings: Vec::new(),
        }
    }
}

fn read_one(source: &Arc<Source>, chart: Option<&str>) -> Result<Old, Vec<Diagnostic>> {
    let documents = yaml::read_all(source).map_err(|wrong| match template(source) {
        Some(place) => vec![findings::templated(&place)],
        None => wrong,
    })?;
    let is_object = |node: &Node| node.get("apiVersion").is_some() && node.get("kind").is_some();
    if documents.iter().any(is_object) {
        return release(source, documents, chart);
    }
    let mut documents = documents.into_iter();
    let Some(mut values) = documents.next() else {
        // No values at all are an empty map.
        let nothing = Node::new(Value::Map(yaml::Map::default()), Location::of_file(source));
        return Ok(Old::of(source, nothing));
    };
    if let Some(second) = documents.next() {
        return Err(vec![findings::several_documents(&second.location)]);
    }
    if values.as_map().is_none() {
        return Err(vec![findings::not_values(&values)]);
    }
    without_sops(&mut values);
    Ok(Old::of(source, values))
}

/// Returns where a text is a template, if it is one: braces in pairs that YAML cannot read.
fn template(source: &Arc<Source>) -> Option<Location> {
    let at = source.text().find("{{")?;
    let end = source.text()[at..]
        .find("}}")
        .map_or(at + 2, |length| at + length + 2);
    Some(Location::new(source, Span::new(at, end)))
}

/// Removes what SOPS keeps about a file; it belongs to the file, not to the values.
fn without_sops(values: &mut Node) {
    let is_sops = values
        .get("sops")
        .is_some_and(|sops| sops.get("mac").is_some() && sops.get("version").is_some());
    if let (true, Value::Map(map)) = (is_sops, &mut values.value) {
        map.shift_remove("sops");
    }
}

/// Reads the one release among some objects.
fn release(
    source: &Arc<Source>,
    documents: Vec<Node>,
    chart: Option<&str>,
) -> Result<Old, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let mut releases = Vec::new();
    for document in &documents {
        let kind = text(document, &["kind"]).unwrap_or_default();
        let group = text(document, &["apiVersion"]).unwrap_or_default();
        if kind == "Application" && group.starts_with("argoproj.io/") {
            releases.extend(argo(source, document, &mut found));
        } else if kind == "HelmRelease" && group.starts_with("helm.toolkit.fluxcd.io/") {
            releases.push(flux(source, document));
        }
    }
    if !found.is_empty() {
        return Err(found);
    }
    if releases.is_empty() {
        return Err(documents
            .first()
            .map(findings::other_kind)
            .into_iter()
            .collect());
    }
    if releases.len() > 1 {
        let fits = |one: &Old| chart.is_some() && one.chart.as_deref() == chart;
        if releases.iter().filter(|one| fits(one)).count() != 1 {
            return Err(vec![findings::several_releases(source, &releases)]);
        }
        releases.retain(fits);
    }
    match releases.pop() {
        Some(mut old) if old.values.as_map().is_some() => {
            without_sops(&mut old.values);
            Ok(old)
        }
        Some(old) => Err(vec![findings::not_values(&old.values)]),
        None => Err(Vec::new()),
    }
}

fn text(node: &Node, path: &[&str]) -> Option<String> {
    node.at(path)?.as_str().map(str::to_owned)
}

/// Reads a Flux HelmRelease.
fn flux(source: &Arc<Source>, document: &Node) -> Old {
    let values = document.at(&["spec", "values"]).cloned();
    let mut old = Old::of(source, values.unwrap_or_else(|| nothing(document)));
    let name = text(document, &["metadata", "name"]);
    let space = text(document, &["metadata", "namespace"]);
    old.chart = text(document, &["spec", "chart", "spec", "chart"]);
    old.version = text(document, &["spec", "chart", "spec", "version"]);
    old.release = text(document, &["spec", "releaseName"]).or(name);
    old.namespace = text(document, &["spec", "targetNamespace"]).or(space);
    if let Some(more) = document.at(&["spec", "valuesFrom"]) {
        old.warnings
            .push(findings::more_values(more, "spec.valuesFrom"));
    }
    old
}

/// Reads the chart sources of an Argo CD Application.
fn argo(source: &Arc<Source>, document: &Node, found: &mut Vec<Diagnostic>) -> Vec<Old> {
    let one = document.at(&["spec", "source"]);
    let many = match document.at(&["spec", "sources"]).map(|node| &node.value) {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    let mut releases = Vec::new();
    for part in one.into_iter().chain(many) {
        let Some(helm) = part.get("helm") else {
            continue;
        };
        // `valuesObject` wins, as in Argo CD.
        let values = match (helm.get("valuesObject"), helm.get("values")) {
            (Some(values), _) => values.clone(),
            (None, Some(inline)) => match parse_inline(inline) {
                Ok(values) => values,
                Err(wrong) => {
                    found.extend(wrong);
                    continue;
                }
            },
            (None, None) => nothing(part),
        };
        let mut old = Old::of(source, values);
        old.chart = text(part, &["chart"]);
        old.version = text(part, &["targetRevision"]).filter(|_| old.chart.is_some());
        old.release =
            text(helm, &["releaseName"]).or_else(|| text(document, &["metadata", "name"]));
        old.namespace = text(document, &["spec", "destination", "namespace"]);
        for key in ["valueFiles", "parameters", "fileParameters"] {
            if let Some(more) = helm.get(key) {
                old.warnings
                    .push(findings::more_values(more, &format!("helm.{key}")));
            }
        }
        releases.push(old);
    }
    if releases.is_empty() && found.is_empty() {
        found.push(findings::no_helm_source(document));
    }
    releases
}

/// Reads values that stand as a text inside another file; its places are lines of the block.
fn parse_inline(inline: &Node) -> Result<Node, Vec<Diagnostic>> {
    let text = inline.as_str().unwrap_or_default();
    let place = &inline.location;
    let name = format!("{}:{}", place.source.name(), place.start().line);
    let source = Source::new(name, text);
    match yaml::read(&source) {
        Ok(node) if node.value == Value::Null => Ok(nothing(inline)),
        Ok(node) => Ok(node),
        Err(wrong) => Err(match template(&source) {
            Some(place) => vec![findings::templated(&place)],
            None => wrong,
        }),
    }
}

fn nothing(at: &Node) -> Node {
    Node::new(Value::Map(yaml::Map::default()), at.location.clone())
}
