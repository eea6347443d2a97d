//! The runbooks of all valid cases and of the shipped environments: each is Markdown as it is meant, and each command names files
//! that are there.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails, fails its test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use helmwright::diagnostic::Diagnostic;
use helmwright::environment::Layers;
use helmwright::pipeline::DEFAULT_LAYOUT;
use helmwright::source::Source;
use helmwright::{Catalog, Plan, Request};
use helmwright_tests::{files, root};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// The files of one project, by their names in it.
struct Project(BTreeMap<String, String>);

impl Layers for Project {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
        Ok(self
            .0
            .get(name)
            .map(|text| Source::new(name, text.as_str())))
    }
}

impl Project {
    /// Takes a folder of environments, or one environment.
    fn of(input: &Path) -> Self {
        let mut texts = BTreeMap::new();
        if input.is_dir() {
            for file in files(input, "") {
                let name = file
                    .strip_prefix(input)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                texts.insert(format!("envs/{name}"), fs::read_to_string(&file).unwrap());
            }
        } else {
            let name = input.file_name().unwrap().to_string_lossy();
            let name = name.replace(".env.yaml", ".yaml");
            texts.insert(format!("envs/{name}"), fs::read_to_string(input).unwrap());
        }
        Self(texts)
    }

    /// Returns the plan of all its environments.
    fn plan(&self, layout: &str) -> Plan {
        let direct = |name: &&String| {
            let inner = name.trim_start_matches("envs/");
            !inner.contains('/') && inner.ends_with(".yaml")
        };
        let build = helmwright::build(&Request {
            files: self
                .0
                .keys()
                .filter(direct)
                .map(|name| Source::new(name.as_str(), self.0[name].as_str()))
                .collect(),
            layers: self,
            catalog: Catalog::bundled(),
            layout,
            select: Vec::new(),
            asked: Default::default(),
        })
        .unwrap();
        let found = build.diagnostics;
        build.plan.unwrap_or_else(|| panic!("{found:#?}"))
    }
}

/// Returns the shipped environments, and all valid cases.
fn projects() -> Vec<(String, Project)> {
    let mut projects = vec![("envs".to_owned(), Project::of(&root().join("envs")))];
    let cases = root().join("tests/cases");
    let mut inputs: BTreeSet<_> = files(&cases, ".env.yaml").into_iter().collect();
    for file in files(&cases, ".yaml") {
        let folder = file
            .ancestors()
            .find(|folder| folder.extension().is_some_and(|ending| ending == "envs"));
        inputs.extend(folder.map(Path::to_path_buf));
    }
    for input in inputs {
        let name = input
            .strip_prefix(&cases)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let valid = |part: &str| part.starts_with("valid-");
        if name.split('/').nth(1).is_some_and(valid) {
            projects.push((name, Project::of(&input)));
        }
    }
    assert!(projects.len() > 25, "{}", projects.len());
    projects
}

/// What a page is made of.
#[derive(Default)]
struct Page {
    headings: Vec<(HeadingLevel, String)>,
    commands: Vec<String>,
    tables: usize,
    /// Running text, outside of tables and code.
    prose: String,
}

impl Page {
    fn read(name: &str, text: &str) -> Self {
        let mut page = Self::default();
        let mut heading = None;
        let mut in_code = false;
        let mut in_table = false;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { level, .. }) => heading = Some((level, String::new())),
                Event::End(TagEnd::Heading(_)) => page.headings.extend(heading.take()),
                Event::Start(Tag::CodeBlock(kind)) => {
                    assert_eq!(kind, CodeBlockKind::Fenced("sh".into()), "{name}");
                    in_code = true;
                }
                Event::End(TagEnd::CodeBlock) => in_code = false,
                Event::Start(Tag::Table(_)) => {
                    page.tables += 1;
                    in_table = true;
                }
                Event::End(TagEnd::Table) => in_table = false,
                Event::Text(part) | Event::Code(part) => {
                    if let Some((_, title)) = &mut heading {
                        title.push_str(&part);
                    } else if in_code {
                        page.commands.extend(part.lines().map(str::to_owned));
                    } else if !in_table {
                        page.prose.push_str(&part);
                    }
                }
                Event::Html(html) => assert!(html.starts_with("<!-- Made by"), "{name}: {html}"),
                Event::InlineHtml(html) => panic!("{name}: {html}"),
                Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::Emphasis) => {
                    panic!("{name}: a name was taken for Markdown")
                }
                _ => {}
            }
        }
        page
    }
}

/// Returns the files that a command reads.
fn read_by(command: &str) -> Vec<&str> {
    let words: Vec<&str> = command.split_whitespace().collect();
    words
        .windows(2)
        .filter(|pair| pair[0] == "-f" || pair[0] == "--values")
        .map(|pair| pair[1])
        .collect()
}

/// Asserts what holds of the runbooks of a plan, and returns how many there are.
fn hold(name: &str, plan: &Plan) -> usize {
    let paths: BTreeSet<&str> = plan.files.iter().map(|file| file.path.as_str()).collect();
    let mut count = 0;
    for file in &plan.files {
        let Some(environment) = file
            .path
            .strip_prefix("docs/runbook-")
            .and_then(|rest| rest.strip_suffix(".md"))
        else {
            continue;
        };
        count += 1;
        let name = format!("{name} {environment}");
        let text = &*file.text;
        assert_eq!(file.environment.as_deref(), Some(environment), "{name}");
        assert!(
            text.ends_with('\n') && !text.contains("\n\n\n"),
            "{name}\n{text}"
        );
        assert!(text.lines().all(|line| line == line.trim_end()), "{name}");
        let page = Page::read(&name, text);
        assert!(!page.prose.contains("---"), "{name}: a table is none");
        assert_eq!(
            page.headings[0],
            (HeadingLevel::H1, format!("Runbook of {environment}"))
        );
        let numbered: Vec<&String> = page
            .headings
            .iter()
            .filter(|(level, _)| *level == HeadingLevel::H2)
            .map(|(_, title)| title)
            .collect();
        for (index, title) in numbered.iter().enumerate() {
            assert!(
                title.starts_with(&format!("{}. ", index + 1)),
                "{name}: {title}"
            );
        }
        assert!(page.tables >= 1 && !page.commands.is_empty(), "{name}");
        for command in &page.commands {
            let program = command.split(' ').next().unwrap();
            let known = [
                "kubectl",
                "helm",
                "helmwright",
                "aws",
                "git",
                "for",
                "until",
                "cp",
                "sops",
                "${EDITOR:-vi}",
                "flux",
                "argocd",
            ];
            assert!(known.contains(&program), "{name}: {command}");
            for read in read_by(command).into_iter().filter(|read| *read != "-") {
                assert!(
                    paths.contains(read),
                    "{name}: there is no {read}\n{command}"
                );
            }
        }
    }
    count
}

#[test]
fn every_runbook_is_a_page_that_can_be_followed() {
    for (name, project) in projects() {
        let plan = project.plan(DEFAULT_LAYOUT);
        assert!(hold(&name, &plan) >= 1, "{name} has no runbook");
    }
}

#[test]
fn another_layout_names_its_own_files() {
    let (name, project) = projects().swap_remove(0);
    let plan = project.plan("apps/{component}/values-{env}.yaml");
    assert_eq!(hold(&name, &plan), 3);
}

#[test]
fn a_runbook_names_every_file_that_is_installed() {
    for (name, project) in projects() {
        let plan = project.plan(DEFAULT_LAYOUT);
        for file in plan
            .files
            .iter()
            .filter(|file| file.path.starts_with("docs/runbook-"))
        {
            let environment = file.environment.as_deref().unwrap();
            if !file.text.contains("| delivered by | Helm |") {
                continue;
            }
            let installed = plan.files.iter().filter(|one| {
                one.environment.as_deref() == Some(environment) && one.path.ends_with(".yaml")
            });
            for one in installed {
                assert!(
                    file.text.contains(&format!("-f {}", one.path)),
                    "{name}: {} is not installed",
                    one.path
                );
            }
        }
    }
}
