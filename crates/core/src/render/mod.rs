//! minijinja, set up once: strict, and with one writer per language.
//!
//! An expression is a whole value. Which language it is written in, the template's
//! file name decides: `.yaml.j2` a YAML scalar or one-line flow, `.alloy.j2` an Alloy literal.

mod alloy;
mod escape;
mod notes;
mod outside;
mod tags;

pub use escape::escape_templates;
pub(crate) use notes::{noted, written_by};
pub(crate) use outside::line;

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior, Value};

use crate::error::Error;
use crate::source::Source;
use crate::yaml;

/// More steps than any of our templates takes by two orders of magnitude; a template that loops for ever ends here.
const FUEL: u64 = 2_000_000;

/// The template engine with the templates it knows.
#[derive(Debug)]
pub struct Engine {
    environment: Environment<'static>,
    /// The user's own templates by name, where they are not ours: what is wrong with them is said with its place.
    outside: Option<BTreeMap<String, Arc<Source>>>,
}

impl Engine {
    /// Makes an engine that finds templates by `find`, and compiles each when it is first asked for.
    pub fn new(find: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .keep_trailing_newline(true)
                .build()
                .expect("the delimiters are the engine's own"),
        );
        environment.set_fuel(Some(FUEL));
        environment.set_auto_escape_callback(|name| {
            AutoEscape::Custom(
                if name.ends_with(".alloy.j2") {
                    "alloy"
                } else {
                    "yaml"
                }
                .into(),
            )
        });
        environment.set_formatter(write_value);
        environment.add_filter("block", block);
        environment.add_test("defined", minijinja::tests::is_defined);
        environment.add_test("none", minijinja::tests::is_none);
        environment.set_loader(move |name| Ok(find(name)));
        Self {
            environment,
            outside: None,
        }
    }

    /// Returns the text of a template, if there is one.
    pub fn source(&self, name: &str) -> Option<String> {
        let template = self.environment.get_template(name).ok()?;
        Some(template.source().to_owned())
    }

    /// Renders one template.
    ///
    /// # Errors
    ///
    /// A template that is missing, does not compile or asks for a name that is not there is our mistake, or the
    /// user's where the template is the user's: [`Error::Outside`].
    pub fn render(&self, name: &str, context: &Value) -> Result<String, Error> {
        if let Some(sources) = &self.outside {
            return outside::render(&self.environment, sources, name, context);
        }
        self.environment
            .get_template(name)
            .and_then(|template| template.render(context))
            .map_err(|source| Error::Template {
                name: name.to_owned(),
                detail: match source.line() {
                    Some(line) => format!("line {line}: {source}"),
                    None => source.to_string(),
                },
                source: Box::new(source),
            })
    }
}

fn write_value(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    if value.is_undefined() {
        // Strict mode lets `{{ name }}` through to the formatter; nothing may become "".
        return Err(minijinja::Error::new(
            ErrorKind::UndefinedError,
            "an expression has no value",
        ));
    }
    if value.is_safe() {
        // Only our own filter makes safe text; macros and set-blocks pass through what was written once.
        return Ok(out.write_str(value.as_str().unwrap_or_default())?);
    }
    let data = json(value)?;
    match state.auto_escape() {
        AutoEscape::Custom(language) if language == "alloy" => alloy::write_literal(out, &data)?,
        _ => out.write_str(&yaml::flow(&data))?,
    }
    Ok(())
}

/// Writes a value as indented lines: `{{ resources | block(4) }}`.
///
/// The first line stands where the expression stands; the others are indented by `indent` columns,
/// which in an Alloy file are tabs, and there an object becomes the attributes of the block it stands in.
fn block(state: &State<'_, '_>, value: &Value, indent: usize) -> Result<Value, minijinja::Error> {
    let data = json(value)?;
    Ok(Value::from_safe_string(match state.auto_escape() {
        AutoEscape::Custom(language) if language == "alloy" => alloy::attributes(&data, indent)?,
        _ => yaml::block(&data, indent),
    }))
}

fn json(value: &Value) -> Result<serde_json::Value, minijinja::Error> {
    serde_json::to_value(value).map_err(|error| {
        minijinja::Error::new(
            ErrorKind::BadSerialization,
            "a value cannot be written as YAML",
        )
        .with_source(error)
    })
}

/// Takes away the documents of a stream that hold nothing but comments and blank lines: what a template leaves of an
/// object that it did not write.
///
/// Lines of block texts are indented, so none of them is taken for a separator.
pub(crate) fn without_empty(stream: &str) -> String {
    let mut documents = vec![String::new()];
    for line in stream.lines() {
        if line == "---" {
            documents.push(String::new());
        } else if let Some(document) = documents.last_mut() {
            document.push_str(line);
            document.push('\n');
        }
    }
    let says = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    documents
        .iter()
        .filter(|document| document.lines().any(says))
        .map(|document| format!("{}\n", document.trim_matches('\n')))
        .collect::<Vec<_>>()
        .join("---\n")
}

/// Makes a template's context from data.
pub fn context(data: &serde_json::Value) -> Value {
    Value::from(Serde(data))
}
