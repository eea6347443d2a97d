//! The project file, `helmwright.toml`.

use std::path::Path;
use std::sync::Arc;

use helmwright::diagnostic::{Diagnostic, has_errors, nearest};
use helmwright::source::{Location, Source, Span};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::load::file;
use crate::outcome::Failure;
use crate::paths::is_below;

/// Its file name.
pub(crate) const FILE: &str = "helmwright.toml";

/// Every key it may have.
const KEYS: [&str; 6] = ["envs", "out", "schemas", "charts", "catalog", "layout"];

/// What it says; paths are relative to its folder.
#[derive(Debug, Default)]
pub(crate) struct Config {
    pub(crate) envs: Option<String>,
    pub(crate) out: Option<String>,
    pub(crate) schemas: Option<String>,
    pub(crate) charts: Option<String>,
    pub(crate) catalog: Option<String>,
    pub(crate) layout: Option<String>,
    /// Warnings about it.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Reads the project file.
pub(crate) fn read(path: &Path) -> Result<Config, Failure> {
    let source = file::read(path, FILE).map_err(|unread| unread.diagnostic())?;
    let config = parse(&source);
    if has_errors(&config.diagnostics) {
        Err(Failure::new(config.diagnostics))
    } else {
        Ok(config)
    }
}

fn parse(source: &Arc<Source>) -> Config {
    let mut config = Config::default();
    let (table, errors) = DeTable::parse_recoverable(source.text());
    for error in errors {
        let span = error.span().unwrap_or_default();
        config.diagnostics.push(
            Diagnostic::error(
                "project/broken-file",
                format!("the project file is not TOML: {}", error.message()),
            )
            .at(&Location::new(source, Span::new(span.start, span.end)))
            .why("it could mean anything, so nothing was read")
            .help("mend the line; a setting looks like `envs = \"envs\"`"),
        );
    }
    if !config.diagnostics.is_empty() {
        return config;
    }
    for (key, value) in table.get_ref() {
        config.setting(source, key, value);
    }
    config
}

impl Config {
    fn setting(
        &mut self,
        source: &Arc<Source>,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let place = |range: std::ops::Range<usize>| {
            Location::new(source, Span::new(range.start, range.end))
        };
        let name = key.get_ref().as_ref();
        if !KEYS.contains(&name) {
            let help = match nearest(name, KEYS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known settings: {}", KEYS.join(", ")),
            };
            self.diagnostics.push(
                Diagnostic::error(
                    "project/unknown-key",
                    format!("the project file has no setting `{name}`"),
                )
                .at(&place(key.span()))
                .why("a setting that nothing reads is a slip that nobody notices")
                .help(help),
            );
            return;
        }
        let Some(text) = value.get_ref().as_str().filter(|text| !text.is_empty()) else {
            let found = if value.get_ref().is_str() {
                "empty"
            } else {
                value.get_ref().type_str()
            };
            self.diagnostics.push(
                Diagnostic::error(
                    "project/wrong-type",
                    format!("`{name}` is a text in quotes, here it is {found}"),
                )
                .at(&place(value.span()))
                .why("every setting of the project file is a path or a pattern")
                .help(format!("write `{name} = \"...\"`, or leave it out")),
            );
            return;
        };
        match name {
            "envs" => self.envs = Some(text.to_owned()),
            "out" => self.out = Some(text.to_owned()),
            "schemas" => self.schemas = Some(text.to_owned()),
            "charts" => self.charts = Some(text.to_owned()),
            "catalog" => self.catalog = Some(text.to_owned()),
            // The last of `KEYS`.
            _ => match layout_problem(text) {
                None => self.layout = Some(text.to_owned()),
                Some(problem) => self.diagnostics.push(
                    Diagnostic::error("project/unusable-layout", format!("the layout {problem}"))
                        .at(&place(value.span()))
                        .why("each component of each environment needs a file of its own below the output folder")
                        .help("use `{env}/{component}/values.yaml` or `{component}/values-{env}.yaml`"),
                ),
            },
        }
    }
}

/// Says what is wrong with a layout, if anything is.
fn layout_problem(layout: &str) -> Option<String> {
    for name in ["{env}", "{component}"] {
        match layout.matches(name).count() {
            0 => return Some(format!("lacks `{name}`")),
            1 => {}
            _ => return Some(format!("has `{name}` more than once")),
        }
    }
    let plain = layout
        .replacen("{env}", "e", 1)
        .replacen("{component}", "c", 1);
    if plain.contains(['{', '}']) {
        return Some("has a placeholder that is neither `{env}` nor `{component}`".to_owned());
    }
    if !is_below(&plain) {
        return Some("leads out of the output folder, or is no plain relative path".to_owned());
    }
    if plain.starts_with('.') {
        return Some(
            "begins with a dot, and such names in the output folder are helmwright's own"
                .to_owned(),
        );
    }
    if layout.contains("{env}{component}") || layout.contains("{component}{env}") {
        return Some("puts nothing between `{env}` and `{component}`".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        let mut found = parse(&Source::new(FILE, text)).diagnostics;
        helmwright::diagnostic::tidy(&mut found);
        found
            .iter()
            .map(|found| {
                assert!(found.why.is_some() && found.help.is_some());
                format!("{:?} {}", found.location().unwrap(), found.message)
            })
            .collect()
    }

    #[test]
    fn reads_every_setting() {
        let text = "envs = \"e\"\nout = \"o\"\nschemas = \"s\"\nlayout = \"{component}/values-{env}.yaml\"\n";
        let config = parse(&Source::new(FILE, text));
        assert!(config.diagnostics.is_empty());
        assert_eq!(
            (config.envs.as_deref(), config.out.as_deref()),
            (Some("e"), Some("o"))
        );
        assert_eq!(
            config.layout.as_deref(),
            Some("{component}/values-{env}.yaml")
        );
    }

    #[test]
    fn names_every_fault_at_once() {
        assert_eq!(
            messages("env = \"e\"\nout = 3\nlayout = \"{env}.yaml\"\nenvs = \"\"\n"),
            [
                "helmwright.toml:1:1 the project file has no setting `env`",
                "helmwright.toml:2:7 `out` is a text in quotes, here it is integer",
                "helmwright.toml:3:10 the layout lacks `{component}`",
                "helmwright.toml:4:8 `envs` is a text in quotes, here it is empty",
            ]
        );
    }

    #[test]
    fn broken_toml_has_a_place() {
        let found = messages("envs = \"a\"\nout = = 3\n");
        assert!(found[0].starts_with("helmwright.toml:2:"), "{found:?}");
    }

    #[test]
    fn layouts_stay_below_and_apart() {
        for layout in [
            "../{env}/{component}",
            "{env}/{env}/{component}",
            "{env}{component}",
            "{env}/{component}/{x}",
            "/{env}/{component}",
            ".{env}/{component}",
        ] {
            assert!(layout_problem(layout).is_some(), "{layout}");
        }
        assert_eq!(layout_problem("{component}/values-{env}.yaml"), None);
    }
}
