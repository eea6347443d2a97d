//! Stand-in for the parts of the core that are still being written. Delete with its `mod` line.
#![allow(
    dead_code,
    missing_docs,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    clippy::needless_pass_by_value
)]

pub(crate) mod pipeline {
    use std::sync::Arc;

    use helmwright::diagnostic::{Diagnostic, has_errors};
    use helmwright::source::{Location, Source, Span};

    use super::catalog::Catalog;

    pub(crate) struct Request<'a> {
        pub(crate) files: Vec<Arc<Source>>,
        pub(crate) layers: &'a dyn Layers,
        pub(crate) catalog: &'a Catalog,
        pub(crate) layout: &'a str,
        pub(crate) select: Vec<String>,
    }

    pub(crate) trait Layers: Sync {
        fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Diagnostic>;
    }

    pub(crate) trait Executor {
        fn map<T: Sync, R: Send>(
            &self,
            items: &[T],
            step: impl Fn(&T) -> R + Sync + Send,
        ) -> Vec<R>;
    }

    pub(crate) struct Sequential;

    impl Executor for Sequential {
        fn map<T: Sync, R: Send>(
            &self,
            items: &[T],
            step: impl Fn(&T) -> R + Sync + Send,
        ) -> Vec<R> {
            items.iter().map(step).collect()
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("stub")]
    pub(crate) struct Error;

    pub(crate) struct Build {
        pub(crate) diagnostics: Vec<Diagnostic>,
        pub(crate) plan: Option<Plan>,
        pub(crate) environments: Vec<String>,
    }

    pub(crate) struct Plan {
        pub(crate) files: Vec<PlannedFile>,
    }

    #[derive(Debug)]
    pub(crate) struct PlannedFile {
        pub(crate) path: String,
        pub(crate) text: Arc<str>,
        pub(crate) environment: Option<String>,
    }

    /// Reads `environment: NAME`, `extends: FILE`, `components: a b`, `broken`, `odd`.
    pub(crate) fn build_with<E: Executor>(
        request: &Request<'_>,
        executor: &E,
    ) -> Result<Build, Error> {
        let mut environments = Vec::new();
        let mut diagnostics = Vec::new();
        let mut files = Vec::new();
        let read = executor.map(&request.files, |source| {
            let field = |name: &str| {
                source
                    .text()
                    .lines()
                    .find_map(|line| line.strip_prefix(name))
                    .map(|rest| rest.trim().to_owned())
            };
            let mut found = Vec::new();
            let mut mark = |word: &str, make: fn(&'static str, String) -> Diagnostic| {
                if let Some(at) = source.text().find(word) {
                    let place = Location::new(source, Span::new(at, at + word.len()));
                    found.push(
                        make("environment/word", format!("the word `{word}` stands here"))
                            .at(&place)
                            .why("the stub knows it")
                            .help(format!("remove `{word}`"))
                            .in_environment(field("environment:").unwrap_or_default()),
                    );
                }
            };
            mark("broken", |id, message| Diagnostic::error(id, message));
            mark("odd", |id, message| Diagnostic::warning(id, message));
            if let Some(layer) = field("extends:") {
                match request.layers.load(&layer) {
                    Ok(Some(_)) => {}
                    Ok(None) => found.push(
                        Diagnostic::error(
                            "environment/dangling-extends",
                            format!("no file `{layer}`"),
                        )
                        .at(&Location::of_file(source))
                        .help("write it"),
                    ),
                    Err(problem) => found.push(problem),
                }
            }
            (
                field("environment:"),
                field("components:"),
                source.text().to_owned(),
                found,
            )
        });
        for (name, components, text, found) in read {
            diagnostics.extend(found);
            let Some(name) = name else { continue };
            environments.push(name.clone());
            if !request.select.is_empty() && !request.select.contains(&name) {
                continue;
            }
            for component in components
                .unwrap_or_else(|| "tempo".to_owned())
                .split_whitespace()
            {
                files.push(PlannedFile {
                    path: request.layout.replace("{env}", &name).replace("{component}", component),
                    text: format!(
                        "# yaml-language-server: $schema=../../.schemas/tempo/2.2.4.schema.json\n{text}component: {component}\n"
                    )
                    .into(),
                    environment: Some(name.clone()),
                });
            }
        }
        if !files.is_empty() {
            files.push(PlannedFile {
                path: ".schemas/tempo/2.2.4.schema.json".into(),
                text: request
                    .catalog
                    .contract_text("tempo", "2.2.4")
                    .unwrap_or("{}")
                    .into(),
                environment: None,
            });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        environments.sort();
        let plan = (!has_errors(&diagnostics)).then_some(Plan { files });
        Ok(Build {
            diagnostics,
            plan,
            environments,
        })
    }
}

pub(crate) mod catalog {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::contract::Contract;
    use super::pipeline::Error;

    #[derive(Clone)]
    pub(crate) struct Catalog {
        texts: BTreeMap<(String, String), String>,
    }

    impl Catalog {
        pub(crate) fn bundled() -> Self {
            Self {
                texts: BTreeMap::from([(
                    ("tempo".to_owned(), "2.2.4".to_owned()),
                    "{\n  \"title\": \"tempo 2.2.4\"\n}\n".to_owned(),
                )]),
            }
        }

        pub(crate) fn with_contracts(
            mut self,
            files: impl IntoIterator<Item = (String, String)>,
        ) -> Self {
            for (path, text) in files {
                if let Some((chart, file)) = path.split_once('/') {
                    let version = file.trim_end_matches(".schema.json");
                    self.texts
                        .insert((chart.to_owned(), version.to_owned()), text);
                }
            }
            self
        }

        pub(crate) fn contract(
            &self,
            chart: &str,
            version: &str,
        ) -> Option<Result<Arc<Contract>, Error>> {
            self.contract_text(chart, version)
                .map(|text| Contract::from_json(text).map(Arc::new))
        }

        pub(crate) fn contracts(&self) -> Vec<(String, String)> {
            self.texts.keys().cloned().collect()
        }

        pub(crate) fn contract_text(&self, chart: &str, version: &str) -> Option<&str> {
            self.texts
                .get(&(chart.to_owned(), version.to_owned()))
                .map(String::as_str)
        }
    }
}

pub(crate) mod contract {
    use helmwright::diagnostic::Diagnostic;
    use helmwright::yaml::Node;

    use super::chart::Chart;
    use super::pipeline::Error;

    pub(crate) struct Contract {
        text: String,
    }

    pub(crate) struct Built {
        pub(crate) contract: Contract,
        pub(crate) notes: Vec<Diagnostic>,
    }

    impl Contract {
        pub(crate) fn from_json(text: &str) -> Result<Self, Error> {
            if text.starts_with('{') {
                Ok(Self {
                    text: text.to_owned(),
                })
            } else {
                Err(Error)
            }
        }

        pub(crate) fn to_json(&self) -> String {
            self.text.clone()
        }

        pub(crate) fn check(&self, values: &Node) -> Vec<Diagnostic> {
            let text = values.location.text();
            if text.contains("broken") {
                vec![
                    Diagnostic::error("contract/unknown-key", "the word `broken` stands here")
                        .at(&values.location)
                        .why("the stub knows it")
                        .help("remove it"),
                ]
            } else {
                Vec::new()
            }
        }

        pub(crate) fn build(chart: &Chart) -> Built {
            Built {
                contract: Self {
                    text: format!("{{\n  \"title\": \"{}\"\n}}\n", chart.paths.join(" ")),
                },
                notes: Vec::new(),
            }
        }
    }
}

pub(crate) mod chart {
    use helmwright::diagnostic::Diagnostic;

    pub(crate) struct Chart {
        pub(super) paths: Vec<String>,
    }

    impl Chart {
        pub(crate) fn from_files(
            files: impl IntoIterator<Item = (String, String)>,
        ) -> Result<Self, Vec<Diagnostic>> {
            let mut paths: Vec<String> = files.into_iter().map(|(path, _)| path).collect();
            paths.sort();
            if paths.iter().any(|path| path == "Chart.yaml") {
                Ok(Self { paths })
            } else {
                Err(vec![
                    Diagnostic::error("chart/no-manifest", "no Chart.yaml")
                        .why("every chart has one")
                        .help("name the chart's folder"),
                ])
            }
        }
    }
}

pub(crate) mod environment {
    pub(crate) fn schema_json() -> String {
        "{\n  \"title\": \"environment\"\n}\n".to_owned()
    }
}

pub(crate) mod yaml {
    use std::sync::Arc;

    use helmwright::diagnostic::Diagnostic;
    use helmwright::source::{Location, Source, Span};
    use helmwright::yaml::{Node, Value};

    pub(crate) fn read(source: &Arc<Source>) -> Result<Node, Vec<Diagnostic>> {
        Ok(Node::new(
            Value::Null,
            Location::new(source, Span::new(0, source.text().len())),
        ))
    }
}
