//! A chart as a set of named texts: its metadata, its default values, its subcharts.

mod defaults;
mod ignore;

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::source::{Location, Source};
use crate::yaml::{self, Map, Node, Value};

use ignore::Ignore;

/// A chart: what `Chart.yaml` and `values.yaml` say, and the charts below it.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of the program it runs.
    pub app_version: Option<String>,
    /// The Kubernetes versions it takes, as a range.
    pub kube_version: Option<String>,
    /// The charts it asks for, in the order of the text.
    pub dependencies: Vec<Dependency>,
    /// Its default values: a map, empty if the chart has none.
    pub values: Node,
    /// The text of its `values.schema.json`, if it ships one.
    pub schema: Option<Arc<Source>>,
    /// The charts below it that are at hand.
    pub subcharts: Vec<Self>,
    /// Its other texts, those that `.helmignore` names left out: paths from its own folder, sorted.
    pub files: Vec<(Arc<str>, Arc<str>)>,
    /// Whether it only lends named templates to others, and renders none itself.
    pub is_library: bool,
}

/// A chart that another one asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Its version, or a range of versions.
    pub version: String,
    /// Where it comes from; none for a chart that lies inside.
    pub repository: Option<String>,
    /// The name its values stand under, where it is not its own.
    pub alias: Option<String>,
    /// The values paths that switch it on, separated by commas.
    pub condition: Option<String>,
    /// Groups that it can be switched with, under `tags`.
    pub tags: Vec<String>,
    /// Values of it that stand among those of the chart that asks: its path, and the path there.
    pub imports: Vec<(String, String)>,
}

impl Dependency {
    /// Returns the key that its values stand under.
    pub fn key(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }

    /// Returns the values paths that switch it on.
    pub fn conditions(&self) -> impl Iterator<Item = &str> {
        let condition = self.condition.as_deref().unwrap_or_default();
        condition
            .split(',')
            .map(str::trim)
            .filter(|path| !path.is_empty() && is_path(path))
    }
}

impl Chart {
    /// Makes a chart from its files: paths inside the chart, or below one folder as in an archive, and texts.
    ///
    /// Charts under `charts/` must be unpacked. What `.helmignore` names is left out, as Helm leaves it out.
    ///
    /// # Errors
    ///
    /// Returns all findings: no `Chart.yaml`, no name or version in it, or a text that is not YAML.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::chart::Chart;
    ///
    /// let chart = Chart::from_files([
    ///     ("demo/Chart.yaml", "name: demo\nversion: 1.2.3\n"),
    ///     ("demo/values.yaml", "replicas: 1\n"),
    /// ])
    /// .map_err(|_| "a broken chart")?;
    /// assert_eq!(chart.version, "1.2.3");
    /// # Ok::<(), &str>(())
    /// ```
    pub fn from_files<P, T>(
        files: impl IntoIterator<Item = (P, T)>,
    ) -> Result<Self, Vec<Diagnostic>>
    where
        P: Into<String>,
        T: Into<String>,
    {
        let files: Vec<(String, String)> = files
            .into_iter()
            .map(|(path, text)| (path.into().replace('\\', "/"), text.into()))
            .collect();
        let top = files
            .iter()
            .filter_map(|(path, _)| path.strip_suffix("Chart.yaml"))
            .filter(|folder| folder.is_empty() || folder.ends_with('/'))
            .min_by_key(|folder| folder.len());
        let Some(top) = top else {
            return Err(vec![
                Diagnostic::error(
                    "chart/no-metadata",
                    "there is no `Chart.yaml`, so this is no chart",
                )
                .help("name the folder or archive of a chart, the one with `Chart.yaml` in it"),
            ]);
        };
        let mut found = Vec::new();
        match read_chart(&files, top, &mut found) {
            Some(chart) if found.is_empty() && chart.releases() <= MAX_RELEASES => Ok(chart),
            Some(_) if found.is_empty() => Err(vec![
                Diagnostic::error(
                    "chart/too-large",
                    format!("the chart and those below it stand for more than {MAX_RELEASES}"),
                )
                .why("a chart counts once for each name that it is asked for under")
                .help("name the chart itself, and see whom it asks for in `Chart.yaml`"),
            ]),
            _ => Err(found),
        }
    }

    /// Adds a chart from elsewhere, for a dependency whose files are not inside.
    pub fn attach(&mut self, chart: Self) {
        self.subcharts.push(chart);
    }

    /// Returns the chart of a dependency, if it is at hand: by name, and by exact version where there are several.
    pub fn subchart(&self, dependency: &Dependency) -> Option<&Self> {
        let named = || {
            self.subcharts
                .iter()
                .filter(|chart| chart.name == dependency.name)
        };
        named()
            .find(|chart| chart.version == dependency.version)
            .or_else(|| named().next())
    }

    /// Returns how many charts take part in a release, each as often as it is asked for.
    fn releases(&self) -> usize {
        let below = self.subcharts.iter().map(|subchart| {
            let asked = self
                .dependencies
                .iter()
                .filter(|dependency| dependency.name == subchart.name)
                .count();
            subchart.releases().saturating_mul(asked.max(1))
        });
        below.fold(1, usize::saturating_add)
    }

    /// Returns the dependencies whose charts are not at hand.
    pub fn missing(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies
            .iter()
            .filter(|dependency| self.subchart(dependency).is_none())
    }
}

/// Charts that ask for one another under several names stand for no more charts than this; the largest known to us
/// are six charts in one.
const MAX_RELEASES: usize = 500;

fn read_chart(
    files: &[(String, String)],
    folder: &str,
    found: &mut Vec<Diagnostic>,
) -> Option<Chart> {
    let text = |name: &str| {
        files
            .iter()
            .find(|(path, _)| path.strip_prefix(folder) == Some(name))
            .map(|(path, text)| Source::new(path.as_str(), text.as_str()))
    };
    let metadata = read_map(&text("Chart.yaml")?, found)?;
    let name = required(&metadata, "name", found);
    let version = required(&metadata, "version", found);
    let values = match text("values.yaml") {
        Some(source) => read_map(&source, found),
        None => Some(Node::new(Value::Map(Map::new()), metadata.location.clone())),
    };
    let subcharts = subchart_folders(files, folder)
        .into_iter()
        .filter_map(|subfolder| read_chart(files, &subfolder, found))
        .collect();
    Some(Chart {
        name: name?,
        version: version?,
        app_version: scalar(&metadata, "appVersion"),
        kube_version: scalar(&metadata, "kubeVersion"),
        dependencies: dependencies(&metadata),
        values: values?,
        schema: text("values.schema.json"),
        subcharts,
        is_library: scalar(&metadata, "type").as_deref() == Some("library"),
        files: other_files(files, folder, found),
    })
}

/// All patterns of a `.helmignore` together have no more letters than this; those that `helm create` writes have about
/// 100.
const MAX_IGNORE: usize = 4096;

/// Returns a chart's texts but for its metadata, its values and the charts below it.
fn other_files(
    files: &[(String, String)],
    folder: &str,
    found: &mut Vec<Diagnostic>,
) -> Vec<(Arc<str>, Arc<str>)> {
    let own = |(path, text): &'_ (String, String)| {
        let path = path.strip_prefix(folder)?.to_owned();
        Some((path, Arc::<str>::from(text.as_str())))
    };
    let ignore = files
        .iter()
        .filter_map(own)
        .find(|(path, _)| path == ".helmignore")
        .map(|(_, text)| Ignore::new(&text))
        .unwrap_or_default();
    if ignore.length() > MAX_IGNORE {
        found.push(
            Diagnostic::error(
                "chart/too-large",
                format!(
                    "the patterns of `{folder}.helmignore` are longer than {MAX_IGNORE} letters"
                ),
            )
            .why("each file of the chart is held against each of them")
            .help("name folders rather than the files in them"),
        );
        return Vec::new();
    }
    let mut own: Vec<_> = files
        .iter()
        .filter(|(path, _)| {
            path.strip_prefix(folder).is_some_and(|path| {
                !path.starts_with("charts/")
                    && !matches!(path, "Chart.yaml" | "values.yaml" | "values.schema.json")
                    && !ignore.names(path)
            })
        })
        .filter_map(own)
        .map(|(path, text)| (Arc::<str>::from(path), text))
        .collect();
    own.sort();
    own
}

/// Returns the folders right below `charts/` that hold a chart, in the order of their names.
fn subchart_folders(files: &[(String, String)], folder: &str) -> Vec<String> {
    let below = format!("{folder}charts/");
    let mut folders: Vec<_> = files
        .iter()
        .filter_map(|(path, _)| path.strip_prefix(&below)?.strip_suffix("/Chart.yaml"))
        .filter(|name| !name.contains('/'))
        .map(|name| format!("{below}{name}/"))
        .collect();
    folders.sort();
    folders
}

fn read_map(source: &Arc<Source>, found: &mut Vec<Diagnostic>) -> Option<Node> {
    match yaml::read(source) {
        Ok(node) => match node.value {
            Value::Map(_) => Some(node),
            Value::Null => Some(Node::new(Value::Map(Map::new()), node.location)),
            _ => {
                found.push(
                    Diagnostic::error(
                        "chart/not-a-map",
                        format!(
                            "`{}` is {}, not a map",
                            source.name(),
                            node.value.type_name()
                        ),
                    )
                    .at(&node.location)
                    .help("write keys with values"),
                );
                None
            }
        },
        Err(findings) => {
            found.extend(findings);
            None
        }
    }
}

fn required(metadata: &Node, key: &str, found: &mut Vec<Diagnostic>) -> Option<String> {
    let text = scalar(metadata, key);
    if text.is_none() {
        found.push(
            Diagnostic::error("chart/no-metadata", format!("`Chart.yaml` has no `{key}`"))
                .at(&Location::of_file(&metadata.location.source))
                .help(format!("add `{key}:`; Helm asks for it too")),
        );
    }
    text
}

/// Returns a scalar as it is written: a version such as `1.10` is text, whatever YAML makes of it.
fn scalar(map: &Node, key: &str) -> Option<String> {
    let node = map.get(key)?;
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(_) | Value::Float(_) => Some(node.location.text().to_owned()),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
    }
}

fn dependencies(metadata: &Node) -> Vec<Dependency> {
    let Some(Value::List(items)) = metadata.get("dependencies").map(|node| &node.value) else {
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| {
            let tags = match item.get("tags").map(|node| &node.value) {
                Some(Value::List(tags)) => tags
                    .iter()
                    .filter_map(Node::as_str)
                    .map(str::to_owned)
                    .collect(),
                _ => Vec::new(),
            };
            Some(Dependency {
                name: scalar(item, "name")?,
                version: scalar(item, "version").unwrap_or_default(),
                repository: scalar(item, "repository"),
                alias: scalar(item, "alias"),
                condition: scalar(item, "condition"),
                tags,
                imports: imports(item),
            })
        })
        .collect()
}

/// Returns whether a path leads no deeper than values lie.
fn is_path(path: &str) -> bool {
    path.split('.').count() <= 32
}

/// Reads `import-values`: pairs of paths, or names below the subchart's `exports`.
fn imports(dependency: &Node) -> Vec<(String, String)> {
    let Some(Value::List(items)) = dependency.get("import-values").map(|node| &node.value) else {
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| match &item.value {
            Value::String(name) => Some((format!("exports.{name}"), String::new())),
            Value::Map(_) => Some((scalar(item, "child")?, scalar(item, "parent")?)),
            _ => None,
        })
        .map(|(child, parent)| (child, if parent == "." { String::new() } else { parent }))
        .filter(|(child, parent)| is_path(child) && is_path(parent))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_chart_with_its_subcharts() {
        let chart = Chart::from_files([
            (
                "demo/Chart.yaml",
                "name: demo\nversion: 1.10\nkubeVersion: ^1.25.0-0\ndependencies:\n- {name: sub, version: 0.1.0, alias: other, condition: 'other.enabled, x.y'}\n- {name: far, version: ^2}\n",
            ),
            ("demo/values.yaml", ""),
            ("demo/charts/sub/Chart.yaml", "name: sub\nversion: 0.1.0\n"),
            ("demo/charts/sub/charts/deep/Chart.yaml", "name: deep\nversion: 0.2.0\n"),
        ])
        .unwrap();
        assert_eq!(chart.version, "1.10");
        assert_eq!(chart.dependencies[0].key(), "other");
        assert_eq!(
            chart.dependencies[0].conditions().collect::<Vec<_>>(),
            ["other.enabled", "x.y"]
        );
        assert_eq!(chart.subcharts[0].subcharts[0].name, "deep");
        assert_eq!(
            chart.missing().map(|far| &*far.name).collect::<Vec<_>>(),
            ["far"]
        );
    }

    #[test]
    fn says_what_is_no_chart() {
        let found = Chart::from_files([("values.yaml", "a: 1\n")]).unwrap_err();
        assert_eq!(found[0].id, "chart/no-metadata");
        let found = Chart::from_files([("Chart.yaml", "a: 1\n")]).unwrap_err();
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|finding| finding.help.is_some()));
    }
}
