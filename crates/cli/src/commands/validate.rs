//! `helmwright validate`: any values file against a chart's contract, any objects against their kinds.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use helmwright::diagnostic::{Diagnostic, has_errors, nearest};
use helmwright::source::{Location, Source, Span};
use serde_json::{Value, json};

use super::objects::{Objects, is_objects};
use crate::args::{ChartName, Validate};
use crate::load;
use crate::load::file::{self, Unread};
use crate::outcome::{Failure, Outcome, Product};
use crate::paths::normal;
use crate::project::Project;
use helmwright::catalog::Catalog;
use helmwright::contract::Contract;
use helmwright::yaml;

/// Runs the verb.
pub(crate) fn run(args: &Validate, project: &Project) -> Result<Outcome, Failure> {
    let catalog = load::catalog(project)?;
    let named = match &args.chart {
        Some(chart) => Some(contract_of(&catalog, chart)?),
        None => None,
    };
    let mut diagnostics = Vec::new();
    let mut unread = Vec::new();
    let mut files = Vec::new();
    for path in &args.files {
        let place = project.place(path);
        let source = if path.as_os_str() == "-" {
            file::read_stdin()
        } else {
            file::read(&place.path, &place.name)
        };
        let (what, found) = match source {
            Ok(source) => look(&source, args.chart.as_ref().zip(named.as_deref()), || {
                own_contract(&source, path, project, &catalog)
            }),
            Err(Unread::Unfit(found)) => (What::Unknown, vec![found]),
            Err(missing) => {
                unread.push(missing.diagnostic());
                continue;
            }
        };
        let name = if path.as_os_str() == "-" {
            "<stdin>".to_owned()
        } else {
            place.name
        };
        files.push(File {
            name,
            valid: !has_errors(&found),
            what,
        });
        diagnostics.extend(found);
    }
    if !unread.is_empty() {
        return Err(Failure::new(unread).after(diagnostics));
    }
    let closing = if has_errors(&diagnostics) {
        ""
    } else {
        "every key and type fits"
    };
    Ok(Outcome::new(diagnostics)
        .with(Checked { files })
        .closing(closing))
}

/// Which files were checked, and which of them fit.
struct Checked {
    files: Vec<File>,
}

/// One file.
struct File {
    name: String,
    valid: bool,
    what: What,
}

/// What a file holds.
enum What {
    /// Values of a chart.
    Values,
    /// Objects, by their kinds.
    Objects(BTreeMap<String, usize>),
    /// Nothing that could be told.
    Unknown,
}

impl Product for Checked {
    /// The findings say it all.
    fn text(&self) -> String {
        String::new()
    }

    fn json(&self) -> Value {
        let files: Vec<Value> = self
            .files
            .iter()
            .map(|file| {
                let (what, kinds) = match &file.what {
                    What::Values => (json!("values"), json!({})),
                    What::Objects(kinds) => (json!("objects"), json!(kinds)),
                    What::Unknown => (Value::Null, json!({})),
                };
                json!({"file": file.name, "valid": file.valid, "holds": what, "kinds": kinds})
            })
            .collect();
        json!({"files": files})
    }
}

fn check(source: &Arc<Source>, contract: &Contract) -> Vec<Diagnostic> {
    match yaml::read(source) {
        Ok(values) => contract.check(&values),
        Err(found) => found,
    }
}

/// Checks a file by what it is: values by a contract, objects by their kinds.
fn look(
    source: &Arc<Source>,
    named: Option<(&ChartName, &Contract)>,
    own: impl FnOnce() -> Result<Arc<Contract>, Diagnostic>,
) -> (What, Vec<Diagnostic>) {
    let objects = schema_line(source).is_none() && is_objects(source);
    match named {
        Some((chart, contract)) if objects && contract.property(&["kind"]).is_none() => {
            (What::Unknown, vec![not_values(source, chart)])
        }
        Some((_, contract)) => (What::Values, check(source, contract)),
        None if objects => {
            let Objects { kinds, found } = Objects::read(source);
            (What::Objects(kinds), found)
        }
        None => match own() {
            Ok(contract) => (What::Values, check(source, &contract)),
            Err(found) => (What::Unknown, vec![found]),
        },
    }
}

/// Says that a chart's contract has nothing to say of objects.
fn not_values(source: &Arc<Source>, chart: &ChartName) -> Diagnostic {
    Diagnostic::error(
        "object/not-values",
        format!("these are objects of Kubernetes, not values of chart {chart}"),
    )
    .at(&Location::of_file(source))
    .why("each key would be unknown to the chart, and the objects would not be checked at all")
    .help("leave out `--chart`: objects are checked by the kinds that they name")
}

/// Returns the contract of a chart.
fn contract_of(catalog: &Catalog, chart: &ChartName) -> Result<Arc<Contract>, Diagnostic> {
    match catalog.contract(&chart.name, &chart.version) {
        Some(Ok(contract)) => Ok(contract),
        Some(Err(error)) => Err(load::unreadable(&chart.to_string(), &error.to_string())),
        None => Err(unknown(catalog, chart)),
    }
}

/// Says that there is no contract of a chart, which there are, and how to add one.
pub(super) fn unknown(catalog: &Catalog, chart: &ChartName) -> Diagnostic {
    let all = catalog.contracts();
    let versions: Vec<&str> = all
        .iter()
        .filter(|(name, _)| *name == chart.name)
        .map(|(_, version)| version.as_str())
        .collect();
    let add = format!(
        "add this one with `helmwright contract build CHART.tgz --to schemas/{}/{}.schema.json` and `--schemas schemas`",
        chart.name, chart.version
    );
    let why = if versions.is_empty() {
        let mut charts: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        charts.dedup();
        match nearest(&chart.name, charts.iter().copied()) {
            Some(near) => format!("no chart `{}` is known; did you mean `{near}`?", chart.name),
            None => format!(
                "no chart `{}` is known; known charts: {}",
                chart.name,
                charts.join(", ")
            ),
        }
    } else {
        format!("known versions of {}: {}", chart.name, versions.join(", "))
    };
    Diagnostic::error(
        "contract/unknown-version",
        format!("there is no contract for {chart}"),
    )
    .why(why)
    .help(add)
}

/// Returns the contract that a file's own schema line names.
fn own_contract(
    source: &Arc<Source>,
    path: &Path,
    project: &Project,
    catalog: &Catalog,
) -> Result<Arc<Contract>, Diagnostic> {
    const HELP: &str = "name a chart with `--chart NAME@VERSION`, or begin the file with \
                        `# yaml-language-server: $schema=PATH/CHART/VERSION.schema.json`";
    let Some(line) = schema_line(source) else {
        return Err(Diagnostic::error(
            "contract/not-named",
            "nothing says which chart these values are for",
        )
        .at(&Location::of_file(source))
        .why("the file has no schema line, and no chart was named")
        .help(HELP));
    };
    let reference = line.text();
    if !reference.contains("://") {
        let folder = if path.as_os_str() == "-" {
            Path::new("")
        } else {
            path.parent().unwrap_or(Path::new(""))
        };
        let place = project.place(&folder.join(reference));
        match file::read(&place.path, &place.name) {
            Ok(text) => {
                return Contract::from_json(text.text())
                    .map(Arc::new)
                    .map_err(|error| load::unreadable(&place.name, &cause(&error)).at(&line));
            }
            Err(Unread::Missing(_)) => {}
            Err(unread) => return Err(unread.diagnostic()),
        }
    }
    match chart_in(reference) {
        Some(chart) => contract_of(catalog, &chart).map_err(|found| found.at(&line)),
        None => Err(Diagnostic::error(
            "contract/not-named",
            "the file's schema line leads to no contract",
        )
        .at(&line)
        .why("there is no such file, and its name does not end in `CHART/VERSION.schema.json`")
        .help(HELP)),
    }
}

/// Returns an error with its cause.
fn cause(error: &dyn std::error::Error) -> String {
    error
        .source()
        .map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

/// Finds the schema reference in the comments at the top of a file, where language servers look for it.
fn schema_line(source: &Arc<Source>) -> Option<Location> {
    let mut at = 0;
    for line in source.text().split_inclusive('\n') {
        let trimmed = line.trim();
        if !(trimmed.is_empty() || trimmed.starts_with('#') || trimmed == "---") {
            return None;
        }
        if let Some(rest) = trimmed.strip_prefix('#').map(str::trim_start)
            && rest.starts_with("yaml-language-server:")
            && let Some(found) = line.find("$schema=")
        {
            let start = at + found + "$schema=".len();
            let length = source.text()[start..]
                .find(char::is_whitespace)
                .unwrap_or(source.text().len() - start);
            return Some(Location::new(source, Span::new(start, start + length)));
        }
        at += line.len();
    }
    None
}

/// Returns the chart that the end of a reference names: `.../<chart>/<version>.schema.json`.
fn chart_in(reference: &str) -> Option<ChartName> {
    let path = if reference.contains("://") {
        reference.to_owned()
    } else {
        normal(Path::new(reference))
    };
    let (rest, file) = path.rsplit_once('/')?;
    let version = file.strip_suffix(".schema.json")?;
    let name = rest.rsplit('/').next()?;
    (!name.is_empty() && name != ".." && !version.is_empty()).then(|| ChartName {
        name: name.to_owned(),
        version: version.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Option<String> {
        schema_line(&Source::new("x", text)).map(|line| line.text().to_owned())
    }

    #[test]
    fn the_schema_line_stands_among_the_first_comments() {
        assert_eq!(
            line("# yaml-language-server: $schema=a/b.json\nx: 1\n").as_deref(),
            Some("a/b.json")
        );
        assert_eq!(
            line("\u{23} hello\n---\n#yaml-language-server:  $schema=b.json more").as_deref(),
            Some("b.json")
        );
        assert_eq!(line("x: 1\n# yaml-language-server: $schema=a\n"), None);
        assert_eq!(line("# $schema=a\n"), None);
        assert_eq!(
            line("# yaml-language-server: $schema="),
            Some(String::new())
        );
    }

    #[test]
    fn the_end_of_a_reference_names_the_chart() {
        let chart = chart_in("../../.schemas/tempo/2.2.4.schema.json").unwrap();
        assert_eq!(chart.to_string(), "tempo@2.2.4");
        assert_eq!(
            chart_in("https://example.org/s/loki/18.11.0.schema.json")
                .unwrap()
                .to_string(),
            "loki@18.11.0"
        );
        for reference in [
            "2.2.4.schema.json",
            "../2.2.4.schema.json",
            "tempo/2.2.4.json",
            "tempo/.schema.json",
            "",
        ] {
            assert_eq!(chart_in(reference), None, "{reference}");
        }
    }
}
