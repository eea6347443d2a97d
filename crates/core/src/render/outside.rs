//! Templates of a user's: fewer steps, bounded output, and every mistake a finding in the user's file.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::io;
use std::sync::Arc;

use minijinja::value::Rest;
use minijinja::{Environment, ErrorKind, Output, State, Value};

use super::tags::{self, What};
use super::{Engine, block, json, write_value};
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::source::{Location, Source, Span};

/// The most steps that a template takes: ten times as many as the largest of ours.
const FUEL: u64 = 200_000;
/// The fewest steps that a long template has.
const LEAST_FUEL: u64 = 8_192;
/// What a template may write into variables, in bytes, counted as if every step wrote the longest text in it.
const MOST_CAPTURED: u64 = 1 << 30;
/// How deep macros, loops and includes may nest.
const DEEPEST: usize = 100;
/// The longest template, in bytes: four times the largest of ours.
pub(crate) const MOST_TEMPLATE: usize = 128 * 1024;
/// The most lines of a template.
const MOST_LINES: usize = 10_000;
/// The largest file that a template writes, in bytes. The largest of ours has 0.1 MiB.
const MOST_OUTPUT: usize = 4 * 1024 * 1024;
/// What all expressions of one rendering may write, in bytes, what is written into variables counted too.
const MOST_WRITTEN: usize = 4 * MOST_OUTPUT;
/// The longest text that `join` makes, in bytes.
const MOST_JOINED: usize = 64 * 1024;
/// The furthest that `block` indents.
const MOST_INDENT: usize = 100;

const TOO_LARGE: &str = "it writes too much";

thread_local! {
    /// What expressions of the rendering under way wrote, in bytes.
    static WRITTEN: Cell<usize> = const { Cell::new(0) };
}

impl Engine {
    /// Makes an engine for the templates of one component of a user's; they find each other and no others.
    pub(crate) fn outside(sources: BTreeMap<String, Arc<Source>>) -> Self {
        let longest = sources
            .values()
            .map(|source| source.text().len() as u64)
            .max()
            .unwrap_or_default();
        let known = sources.clone();
        let mut engine = Self::new(move |name| {
            let source = known.get(name)?;
            Some(source.text().to_owned())
        });
        let environment = &mut engine.environment;
        environment.set_debug(true);
        environment.set_fuel(Some(
            (MOST_CAPTURED / longest.max(1)).clamp(LEAST_FUEL, FUEL),
        ));
        environment.set_recursion_limit(DEEPEST);
        environment.set_formatter(write_counted);
        environment.add_filter("block", block_within);
        environment.add_filter("join", join);
        engine.outside = Some(sources);
        engine
    }

    /// Reports what is wrong with the user's templates before they are rendered.
    pub(crate) fn check(&self, found: &mut Vec<Diagnostic>) {
        for (name, source) in self.outside.iter().flatten() {
            if let Some(wrong) = too_long(source) {
                found.push(wrong);
                continue;
            }
            if let Err(error) = self.environment.get_template(name) {
                found.push(diagnose(&error, self.outside.iter().flatten(), source));
                continue;
            }
            for refused in tags::refused(source.text()) {
                found.push(computes(&Location::new(source, refused.span), refused.what));
            }
        }
    }

    /// Returns the names that one of the user's templates takes from its context, with what is asked of them, sorted:
    /// `settings.retention`.
    pub(crate) fn names(&self, template: &str) -> BTreeSet<String> {
        let fits = self
            .outside
            .as_ref()
            .and_then(|sources| sources.get(template))
            .is_some_and(|source| too_long(source).is_none());
        if !fits {
            return BTreeSet::new();
        }
        self.environment
            .get_template(template)
            .map(|template| template.undeclared_variables(true).into_iter().collect())
            .unwrap_or_default()
    }
}

/// Renders a template of a user's.
pub(super) fn render(
    environment: &Environment<'static>,
    sources: &BTreeMap<String, Arc<Source>>,
    name: &str,
    context: &Value,
) -> Result<String, Error> {
    let Some(source) = sources.get(name) else {
        return Err(Error::Missing(name.to_owned()));
    };
    WRITTEN.set(0);
    let mut written = Limited::default();
    environment
        .get_template(name)
        .and_then(|template| {
            template
                .render_captured_to(context, &mut written)
                .map(|_| ())
        })
        .map_err(|error| Error::Outside(vec![diagnose(&error, sources, source)]))?;
    Ok(String::from_utf8(written.bytes).unwrap_or_default())
}

/// What was written so far, up to a limit.
#[derive(Default)]
struct Limited {
    bytes: Vec<u8>,
}

impl io::Write for Limited {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > MOST_OUTPUT {
            return Err(io::Error::other(TOO_LARGE));
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_counted(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    let length = match value.as_str() {
        Some(text) => text.len(),
        None if value.is_undefined() => 0,
        None => json(value)?.to_string().len(),
    };
    let written = WRITTEN.get().saturating_add(length);
    WRITTEN.set(written);
    if written > MOST_WRITTEN {
        return Err(minijinja::Error::new(ErrorKind::WriteFailure, TOO_LARGE));
    }
    write_value(out, state, value)
}

fn block_within(
    state: &State<'_, '_>,
    value: &Value,
    indent: usize,
) -> Result<Value, minijinja::Error> {
    if indent > MOST_INDENT {
        let message = format!("`block` indents by at most {MOST_INDENT} columns");
        return Err(minijinja::Error::new(ErrorKind::InvalidOperation, message));
    }
    block(state, value, indent)
}

/// Joins texts and numbers to one text: `{{ release.fullname | join("-", tier) }}`.
fn join(first: &Value, more: Rest<Value>) -> Result<String, minijinja::Error> {
    let refuse = |message: String| Err(minijinja::Error::new(ErrorKind::InvalidOperation, message));
    let mut joined = String::new();
    for value in std::iter::once(first).chain(more.iter()) {
        match json(value)? {
            serde_json::Value::String(text) => joined.push_str(&text),
            serde_json::Value::Number(number) => joined.push_str(&number.to_string()),
            serde_json::Value::Bool(bool) => joined.push_str(if bool { "true" } else { "false" }),
            _ => return refuse("`join` takes texts and numbers".to_owned()),
        }
        if joined.len() > MOST_JOINED {
            return refuse(format!("`join` makes at most {MOST_JOINED} bytes"));
        }
    }
    Ok(joined)
}

/// Says that a template is longer than any that is read.
fn too_long(source: &Arc<Source>) -> Option<Diagnostic> {
    let (bytes, lines) = (source.text().len(), source.text().lines().count());
    let longest = source.text().lines().map(str::len).max().unwrap_or(0);
    let message = if bytes > MOST_TEMPLATE {
        format!("the template has {bytes} bytes, more than {MOST_TEMPLATE}")
    } else if lines > MOST_LINES {
        format!("the template has {lines} lines, more than {MOST_LINES}")
    } else if longest > MOST_LINES {
        format!("the template has a line of {longest} bytes, more than {MOST_LINES}")
    } else {
        return None;
    };
    Some(
        Diagnostic::error("catalog/template-too-large", message)
            .at(&Location::of_file(source))
            .why("a template places the values of one chart, and the largest of ours is a quarter of that")
            .help("leave out what the chart says by itself, or put a part into a template of its own"),
    )
}

fn computes(place: &Location, what: What) -> Diagnostic {
    let (message, help) = match what {
        What::Operator(sign) => (
            format!("the template computes with `{sign}`"),
            "join texts with `{{ one | join(\"-\", other) }}`; let a setting say a number",
        ),
        What::Collection => (
            "the template builds a list or a map of other values".to_owned(),
            "write its lines out; a list of plain words may be compared with, as in `tier in [\"dev\", \"test\"]`",
        ),
    };
    Diagnostic::error("catalog/template-computes", message)
        .at(place)
        .why("templates place values and build none, so that nothing in them can grow without bounds")
        .help(help)
}

/// Says what stopped a template, and where.
fn diagnose<'a>(
    error: &minijinja::Error,
    sources: impl IntoIterator<Item = (&'a String, &'a Arc<Source>)>,
    whole: &Arc<Source>,
) -> Diagnostic {
    // An include names the line of the include; what is wrong in there is its cause.
    let mut inner = error;
    while let Some(cause) = inner.source().and_then(|cause| cause.downcast_ref()) {
        inner = cause;
    }
    let at = inner.name().or(error.name()).unwrap_or_default();
    let source = sources
        .into_iter()
        .find(|(name, _)| *name == at)
        .map_or(whole, |(_, source)| source);
    let place = place(inner, source);
    let detail = || {
        let text = inner.to_string();
        let text = text.split(" (in ").next().unwrap_or_default();
        text.chars().take(200).collect::<String>()
    };
    let said = place.text().chars().take(80).collect::<String>();
    let (id, message, why, help) = match inner.kind() {
        ErrorKind::UndefinedError => (
            "catalog/unknown-name",
            format!("`{said}` has no value here"),
            "a name without a value would become nothing without a word".to_owned(),
            "check the name; what a setting is where nobody sets it is its `default` in `settings.schema.json`, else `none`",
        ),
        ErrorKind::OutOfFuel => (
            "catalog/template-endless",
            "the template takes too many steps".to_owned(),
            format!(
                "it has up to {FUEL} steps, fewer if it is long; no values file needs a tenth of that"
            ),
            "look for loops inside loops, and for macros that call themselves",
        ),
        ErrorKind::WriteFailure => (
            "catalog/output-too-large",
            format!("the template writes more than {} MiB", MOST_OUTPUT >> 20),
            "it was stopped there; values of this size are a mistake".to_owned(),
            "look for loops inside loops",
        ),
        ErrorKind::InvalidOperation if inner.to_string().contains("recursion") => (
            "catalog/template-endless",
            format!("macros, loops or includes nest more than {DEEPEST} deep"),
            "a macro that calls itself, or a file that includes itself, has no end".to_owned(),
            "let no macro call itself and no file include itself",
        ),
        ErrorKind::TemplateNotFound => (
            "catalog/broken-template",
            "the template takes in a file that is not there".to_owned(),
            format!(
                "{}; a template finds the templates of its own component and no others",
                detail()
            ),
            "write the name from the catalogue's folder on, such as `opencost/pods.yaml.j2`",
        ),
        ErrorKind::UnknownFilter => (
            "catalog/broken-template",
            format!("the template uses a filter that is not there: {}", detail()),
            "templates place values and do not change them".to_owned(),
            "the filters are `block(INDENT)` for a value of several lines and `join(MORE...)` for a text made of several",
        ),
        ErrorKind::UnknownTest | ErrorKind::UnknownFunction | ErrorKind::UnknownMethod => (
            "catalog/broken-template",
            format!("the template cannot be rendered: {}", detail()),
            "templates place values and do not compute them".to_owned(),
            "the tests are `is defined` and `is none`; the functions are the macros of the component itself",
        ),
        ErrorKind::SyntaxError => (
            "catalog/broken-template",
            format!("the template cannot be read: {}", detail()),
            "nothing can be rendered from it".to_owned(),
            "mend the line; the language is Jinja's: `{{ value }}`, `{% if %}`, `{% for %}`, `{# note #}`",
        ),
        _ => (
            "catalog/broken-template",
            format!("the template cannot be rendered: {}", detail()),
            "nothing can be written from it".to_owned(),
            "mend the expression",
        ),
    };
    Diagnostic::error(id, message)
        .at(&place)
        .why(why)
        .help(help)
}

/// Returns the place of an error: the expression where that is known, else the line.
fn place(error: &minijinja::Error, source: &Arc<Source>) -> Location {
    let text = source.text();
    if let Some(range) = error.range()
        && text
            .get(range.clone())
            .is_some_and(|text| !text.is_empty() && !text.contains('\n'))
    {
        // Of `a.b.c` the engine knows the last step, and people the whole name.
        let is_name = |char: char| char.is_alphanumeric() || char == '_' || char == '.';
        let start = match text[range.clone()].starts_with('.') {
            true => text[..range.start].trim_end_matches(is_name).len(),
            false => range.start,
        };
        return Location::new(source, Span::new(start, range.end));
    }
    if error.kind() == ErrorKind::WriteFailure {
        return Location::of_file(source);
    }
    let wanted = error.line().unwrap_or(1);
    line(source, wanted)
}

/// Returns the place of a line, white space around it left out.
pub(crate) fn line(source: &Arc<Source>, wanted: usize) -> Location {
    let mut start = 0;
    for (index, line) in source.text().split_inclusive('\n').enumerate() {
        if index + 1 == wanted {
            let shown = line.trim();
            let at = start + line.find(shown).unwrap_or(0);
            return Location::new(source, Span::new(at, at + shown.len()));
        }
        start += line.len();
    }
    Location::of_file(source)
}
