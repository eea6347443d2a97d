//! `helmwright explain`: where a value comes from, or what a finding's name means.

use clap::builder::styling::Style;
use helmwright::contract::Read;
use helmwright::diagnostic::{Diagnostic, nearest};
use helmwright::explain::{Explainer, Explanation, Facts, Formula, Layer};
use helmwright::findings;
use helmwright::pipeline::Derived;
use helmwright::policy::{self, Asked, Waivers, rules};
use helmwright::values::Path;
use serde_json::{Value, json};

mod objects;
mod page;

use objects::Plain;
use page::{Figure, Page};

use super::model::{Model, Seen};
use crate::args::Explain;
use crate::changes::{Place, inline, place};
use crate::outcome::{Failure, Outcome, Product};
use crate::paths::Names;
use crate::project::Project;
use crate::report::visible;

/// Runs the verb.
pub(crate) fn run(args: &Explain, project: &Project) -> Result<Outcome, Failure> {
    if let Some(page) = findings::page(&args.what) {
        // A page is worth reading without a project too; of a rule, a project shows what it computes there.
        let rows = match rules::find(page.id) {
            Some(_) => Model::look(project, &[]).map(|model| model.build.rows),
            None => Ok(Vec::new()),
        };
        let page = Page::new(page, &rows.unwrap_or_default());
        return Ok(Outcome::new(Vec::new()).with(page));
    }
    let (target, path) = match args.what.split_once(':') {
        Some((target, path)) => (target, Some(path)),
        None => (args.what.as_str(), None),
    };
    let Some((environment, component)) = target.split_once('/') else {
        return Err(nothing(&args.what, "").into());
    };
    let path: Path = path.unwrap_or_default().parse().map_err(|error| {
        Diagnostic::error("explain/bad-path", format!("`{}` is no path", args.what))
            .why(format!("{error}"))
            .help("copy the path from `helmwright diff`, or leave it out to see all values")
    })?;
    let model = match Model::read(project, &[])? {
        Seen::Sound(model) => model,
        Seen::Broken(outcome) => return Ok(outcome.closing("nothing was explained")),
    };
    let Some(derived) = model.environment(environment) else {
        let names = model.build.environments.iter().map(String::as_str);
        let near = nearest(environment, names);
        return Err(nothing(
            &args.what,
            &near
                .map(|near| format!("{near}/{component}"))
                .unwrap_or_default(),
        )
        .into());
    };
    let plain = Plain::of(derived, component, &path, (&model, project), || {
        figures(derived, &model, component)
    })?;
    if let Some(plain) = plain {
        return Ok(Outcome::new(model.diagnostics()).with(plain));
    }
    let explainer = Explainer::new(derived, &model.catalog, component)
        .map_err(|error| model.catalog.failure(&error))?
        .ok_or_else(|| {
            let known = derived.releases().iter().map(|release| &*release.component);
            let near = nearest(component, known).map(|near| format!("{environment}/{near}"));
            nothing(&args.what, &near.unwrap_or_default())
        })?;
    if path.find(explainer.tree()).is_none() {
        return Err(unset(&explainer, derived, component, &path).into());
    }
    let figures = match path.steps() {
        [] => figures(derived, &model, component),
        _ => Vec::new(),
    };
    let told = Told::of(&explainer, target, &path, &project.names, figures);
    Ok(Outcome::new(model.diagnostics()).with(told))
}

/// Returns the numbers that rules compute about a component.
fn figures(derived: &Derived, model: &Model, component: &str) -> Vec<Figure> {
    let inputs = derived.inputs(&model.catalog);
    let asked = Asked {
        rows: true,
        ..Asked::default()
    };
    let report = policy::run(
        &derived.facts(&inputs, &model.catalog),
        &Waivers::default(),
        &asked,
    );
    let mut figures = Figure::of(&report.rows);
    figures.retain(|figure| figure.is_about(component));
    figures
}

/// Says that there is nothing of that name.
fn nothing(what: &str, near: &str) -> Diagnostic {
    let ids = findings::pages().map(|page| page.id);
    let near = match nearest(what, ids) {
        Some(id) if near.is_empty() => id.to_owned(),
        _ => near.to_owned(),
    };
    let usage = "write ENV/COMPONENT, ENV/COMPONENT:PATH, or the name in the brackets of a finding";
    Diagnostic::error(
        "explain/unknown",
        format!("there is no `{what}` to explain"),
    )
    .why("it is neither a component that an environment runs, nor a finding's name")
    .help(if near.is_empty() {
        usage.to_owned()
    } else {
        format!("did you mean `{near}`? Else {usage}")
    })
}

/// Says that a path is not among the values that we write.
fn unset(explainer: &Explainer<'_>, derived: &Derived, component: &str, path: &Path) -> Diagnostic {
    let known: Vec<String> = explainer
        .explain(&Path::default())
        .iter()
        .map(|told| told.path.to_string())
        .collect();
    let message = format!("the values have no `{path}`");
    let found =
        Diagnostic::error("explain/not-set", message).in_environment(&derived.environment().name);
    match explainer.facts(path) {
        Some(facts) if facts.dead.is_some() => found
            .why(format!(
                "chart {} never reads it: {}",
                facts.chart,
                facts.dead.as_deref().unwrap_or_default()
            ))
            .help("do not set it: it would have no effect"),
        Some(facts) => found
            .why(format!(
                "chart {} reads it; nothing sets it, so its default holds: {}",
                facts.chart,
                facts
                    .default
                    .as_deref()
                    .unwrap_or("none that is written down")
            ))
            .help(format!(
                "to set it, write it under `components.{component}.values`"
            )),
        None => found
            .why(
                "neither the template nor an override writes it, and the contract does not list it",
            )
            .help(
                match nearest(&path.to_string(), known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!(
                        "`helmwright explain {}/{component}` lists all values",
                        derived.environment().name
                    ),
                },
            ),
    }
}

/// What is known of one value, or of several.
struct Told {
    /// `prod/tempo`.
    target: String,
    path: String,
    values: Vec<One>,
    facts: Option<Facts>,
    /// What rules compute about the component, where all of it was asked for.
    figures: Vec<Figure>,
}

struct One {
    path: String,
    value: Value,
    layer: Layer,
    causes: Vec<Place>,
    written: Option<String>,
    formulas: Vec<Formula>,
}

impl One {
    fn of(told: &Explanation<'_>, names: &Names) -> Self {
        Self {
            path: told.path.to_string(),
            value: told.value.to_json(),
            layer: told.layer,
            causes: told
                .causes
                .iter()
                .map(|cause| Place::of(cause, names))
                .collect(),
            written: told
                .written
                .as_ref()
                .map(|at| format!("{}:{}", at.file, at.line)),
            formulas: told.formulas.clone(),
        }
    }

    /// Returns who decides it, in a few words.
    const fn layer(&self) -> &'static str {
        match self.layer {
            Layer::Override => "override",
            Layer::Environment => "environment",
            Layer::Default => "default",
            Layer::Template => "template",
        }
    }

    /// Returns the narrowest place, and how many more there are.
    fn place(&self) -> String {
        let Some(first) = self.causes.first() else {
            return self.written.clone().unwrap_or_default();
        };
        match self.causes.len() {
            1 => first.shown(),
            many => format!("{} and {} more", first.shown(), many - 1),
        }
    }
}

impl Told {
    fn of(
        explainer: &Explainer<'_>,
        target: &str,
        path: &Path,
        names: &Names,
        figures: Vec<Figure>,
    ) -> Self {
        Self {
            figures,
            target: target.to_owned(),
            path: path.to_string(),
            values: explainer
                .explain(path)
                .iter()
                .map(|told| One::of(told, names))
                .collect(),
            facts: (!path.steps().is_empty())
                .then(|| explainer.facts(path))
                .flatten(),
        }
    }

    /// Returns whether one value was asked for, not a map of them.
    fn is_one(&self) -> bool {
        matches!(self.values.as_slice(), [one] if one.path == self.path)
    }
}

impl Product for Told {
    fn text(&self) -> String {
        let bold = Style::new().bold();
        let dim = Style::new().dimmed();
        let mut text = String::new();
        if !self.is_one() {
            for one in &self.values {
                text.push_str(&format!(
                    "{}: {}  {dim}({} {}){dim:#}\n",
                    visible(&one.path),
                    visible(&short(&one.value)),
                    one.layer(),
                    visible(&one.place())
                ));
            }
        }
        for one in self.values.iter().filter(|_| self.is_one()) {
            let target = visible(&self.target);
            text.push_str(&format!(
                "{bold}{target}: {}{bold:#} = {}\n\n",
                visible(&one.path),
                visible(&short(&one.value))
            ));
            let mut line = |name: &str, words: &str| {
                text.push_str(&format!("  {name:<9} {}\n", visible(words)));
            };
            line(
                "from",
                match one.layer {
                    Layer::Override => "an override in the environment",
                    Layer::Environment => "the environment",
                    Layer::Default => "a default of ours; no line of the environment changes it",
                    Layer::Template => "the template alone",
                },
            );
            for cause in &one.causes {
                line("", &format!("{}  {}", cause.shown(), cause.key));
            }
            for formula in &one.formulas {
                line("formula", &format!("{} = {}", formula.text, formula.result));
                for (name, value) in &formula.inputs {
                    line("", &format!("{name}: {value}"));
                }
            }
            if let Some(written) = &one.written {
                line("written", written);
            }
        }
        if let Some(facts) = &self.facts {
            if !self.is_one() {
                text.push('\n');
            }
            text.push_str(&visible(&contract(facts)));
        }
        if !self.figures.is_empty() {
            text.push_str("\nWhat rules compute:\n\n");
            text.push_str(&page::draw(&self.figures));
        }
        text
    }

    fn json(&self) -> Value {
        let values: Vec<Value> = self.values.iter().map(one_json).collect();
        json!({
            "target": self.target,
            "path": self.path,
            "values": values,
            "figures": self.figures.iter().map(Figure::json).collect::<Vec<_>>(),
            "contract": self.facts.as_ref().map(|facts| json!({
                "chart": facts.chart,
                "types": facts.types,
                "default": facts.default,
                "open": facts.open,
                "dead": facts.dead,
                "template": facts.template,
                "read": facts.read.as_ref().map(|read| json!({
                    "file": read.file,
                    "line": read.line,
                    "when": read.when,
                    "defaultOf": read.default_of,
                })),
            })),
        })
    }
}

fn one_json(one: &One) -> Value {
    let formulas: Vec<Value> = one
        .formulas
        .iter()
        .map(|formula| {
            let inputs: serde_json::Map<String, Value> = formula
                .inputs
                .iter()
                .map(|(name, value)| (name.clone(), value.clone().into()))
                .collect();
            json!({"text": formula.text, "inputs": inputs, "result": formula.result})
        })
        .collect();
    json!({
        "path": one.path,
        "value": one.value,
        "layer": one.layer(),
        "causes": one.causes.iter().map(place).collect::<Vec<_>>(),
        "written": one.written,
        "formulas": formulas,
    })
}

/// Returns the lines on the contract.
fn contract(facts: &Facts) -> String {
    let mut words = format!("{}, chart {}", facts.types, facts.chart);
    match &facts.default {
        Some(default) => words.push_str(&format!("; default {default}")),
        None => words.push_str("; no default is written down"),
    }
    let mut text = format!("  {:<9} {words}\n", "contract");
    let notes = [
        facts
            .open
            .as_ref()
            .map(|why| format!("takes any key: {why}")),
        facts
            .dead
            .as_ref()
            .map(|why| format!("has no effect: {why}")),
        facts.read.as_ref().map(read),
        facts
            .template
            .then(|| "the chart runs it through its template engine".to_owned()),
    ];
    for note in notes.into_iter().flatten() {
        text.push_str(&format!("  {:<9} {note}\n", ""));
    }
    text
}

/// Says which template reads a value, and when.
fn read(read: &Read) -> String {
    let mut words = match read.line {
        0 => format!("read by Helm itself, from {}", read.file),
        line => format!("read by {}:{line}", read.file),
    };
    if !read.when.is_empty() {
        let when: Vec<_> = read.when.iter().map(|path| format!("`{path}`")).collect();
        words.push_str(&format!(", only when {} is set", when.join(" and ")));
    }
    if let Some(text) = &read.default_of {
        words.push_str(&format!(", only in the default text of `{text}`"));
    }
    words
}

/// Returns a value on one line; of a longer text its first line.
fn short(value: &Value) -> String {
    match value {
        Value::String(text) if text.trim_end().contains('\n') => {
            let first = text.lines().next().unwrap_or_default();
            format!("{first} ... ({} lines)", text.lines().count())
        }
        other => inline(other),
    }
}
