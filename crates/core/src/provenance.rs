//! Which line of the environment a value comes from, found by trying.
//!
//! Each value of the merged environment is changed, one at a time, to another one that is fine too. Everything
//! is derived and rendered again, and what comes out differently is what that value is a cause of. So
//! there is no table that could grow old: a new setting, template or component is traced as it stands.
//!
//! What no value of the environment changes is the template's own, or a default of ours.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::components::Release;
use crate::contract::Schema;
use crate::diagnostic::Severity;
use crate::environment::Environment;
use crate::error::Error;
use crate::pipeline::Derived;
use crate::source::Location;
use crate::values::{Change, Path, Step, compare, leaves};
use crate::yaml::{Entry, Node, Value};

/// One value of the environment that others follow from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Where it lies in the environment, such as `components.tempo.roles.ingester.replicas`.
    pub path: Path,
    /// What it says, as it is written.
    pub text: String,
    /// Where it stands.
    pub location: Location,
    /// How many values of the component it changes: the fewer, the more it is the reason.
    pub reach: usize,
}

/// What follows from what, for the values of one component.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    causes: Vec<Cause>,
    /// By path in the values: the causes, and the lines of a longer text that each of them changes.
    effects: BTreeMap<Path, Vec<Effect>>,
}

/// That a cause changes a value.
#[derive(Clone, Debug)]
struct Effect {
    cause: usize,
    lines: BTreeSet<String>,
}

impl Trace {
    /// Returns the causes of a value, of all values below it, or of the one that it is part of; the narrowest first.
    pub fn causes(&self, path: &Path) -> Vec<&Cause> {
        self.select(path, |_| true)
    }

    /// Returns the causes of some lines of a longer text.
    pub fn causes_of_lines(&self, path: &Path, lines: &[&str]) -> Vec<&Cause> {
        self.select(path, |effect| {
            lines.iter().any(|line| effect.lines.contains(*line))
        })
    }

    fn select(&self, path: &Path, take: impl Fn(&Effect) -> bool) -> Vec<&Cause> {
        let found: BTreeSet<usize> = self
            .effects
            .iter()
            .filter(|(changed, _)| changed.is_within(path) || path.is_within(changed))
            .flat_map(|(_, effects)| effects)
            .filter(|effect| take(effect))
            .map(|effect| effect.cause)
            .collect();
        let mut causes: Vec<&Cause> = found.iter().filter_map(|at| self.causes.get(*at)).collect();
        // Where two reach as far, the order of the document stands.
        causes.sort_by_key(|cause| cause.reach);
        causes
    }

    /// Adds a value of the environment, at a path of the environment, with everything it changes.
    fn add(&mut self, path: Path, leaf: &Node, changes: &[Change<'_>]) {
        let at = self.causes.len();
        let mut lines: BTreeMap<&Path, BTreeSet<String>> = BTreeMap::new();
        for change in changes {
            lines
                .entry(&change.path)
                .or_default()
                .extend(lost_lines(change));
        }
        self.causes.push(Cause {
            path,
            text: leaf.location.text().trim_end().to_owned(),
            location: leaf.location.clone(),
            reach: lines.len(),
        });
        for (path, lines) in lines {
            let effect = Effect { cause: at, lines };
            self.effects.entry(path.clone()).or_default().push(effect);
        }
    }
}

/// Returns the lines of a text that the other one has not, or not as often.
fn lost_lines(change: &Change<'_>) -> BTreeSet<String> {
    let text = |node: Option<&Node>| node.and_then(Node::as_str).unwrap_or_default().to_owned();
    let (before, after) = (text(change.old), text(change.new));
    if before.lines().nth(1).is_none() {
        return BTreeSet::new();
    }
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for line in after.lines() {
        *count.entry(line).or_default() += 1;
    }
    let mut lost = BTreeSet::new();
    for line in before.lines() {
        match count.get_mut(line) {
            Some(left) if *left > 0 => *left -= 1,
            _ => {
                lost.insert(line.to_owned());
            }
        }
    }
    lost
}

/// Traces the values of some components of one environment.
///
/// # Errors
///
/// As [`build`](crate::build); an environment with errors has no values and so gives no traces.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "bundled")] {
/// use helmwright::environment::NoLayers;
/// use helmwright::source::Source;
/// use helmwright::{Catalog, Environment, pipeline::Derived, provenance};
///
/// let text = "environment: dev\nnamespace: team-dev\ncomponents:\n  traefik:\n    version: 41.3.0\n    settings:\n      logLevel: DEBUG\n";
/// let source = Source::new("envs/dev.yaml", text);
/// let read = Environment::read(&source, &NoLayers, Catalog::bundled());
/// let environment = read.environment.expect("nothing is wrong with it");
/// let derived = Derived::new(environment, Catalog::bundled(), &mut Vec::new());
/// let traces = provenance::trace(&derived, Catalog::bundled(), &["traefik"])?;
/// let path = "log.level".parse().expect("a path");
/// assert_eq!(traces["traefik"].causes(&path)[0].location.start().line, 7);
/// # }
/// # Ok::<(), helmwright::Error>(())
/// ```
pub fn trace<'c>(
    derived: &Derived,
    catalog: &Catalog,
    components: &[&'c str],
) -> Result<BTreeMap<&'c str, Trace>, Error> {
    let mut base = Vec::new();
    for component in components {
        if let Some(tree) = derived.tree(component, catalog)? {
            base.push((*component, tree));
        }
    }
    let mut traces: BTreeMap<&str, Trace> = base
        .iter()
        .map(|(component, tree)| (*component, overridden(derived, component, tree)))
        .collect();
    let environment = derived.environment();
    for (path, leaf) in leaves(environment.document()) {
        if is_override(&path) || path.keys().first() == Some(&"extends") {
            continue;
        }
        let varied = vary(derived, catalog, &path, leaf);
        for (component, tree) in &base {
            let mut changed = Vec::new();
            for other in &varied {
                // Another template says other things, and none of them because of this value.
                let same_shape = other.release(component).map(Release::template)
                    == derived.release(component).map(Release::template);
                // The same context gives the same text, and most values touch few contexts.
                if same_shape
                    && other.context(component) != derived.context(component)
                    && let Ok(Some(other)) = other.tree(component, catalog)
                {
                    changed.push(other);
                }
            }
            let changes: Vec<Change<'_>> = changed
                .iter()
                .flat_map(|other| compare(tree, other))
                .collect();
            if let Some(trace) = traces.get_mut(component).filter(|_| !changes.is_empty()) {
                trace.add(path.clone(), leaf, &changes);
            }
        }
    }
    Ok(traces)
}

/// Starts a trace with the values that an override sets: what the template did not write.
fn overridden(derived: &Derived, component: &str, tree: &Node) -> Trace {
    let mut trace = Trace::default();
    let Some(release) = derived.release(component) else {
        return trace;
    };
    let template = release.template();
    for (path, leaf) in leaves(tree) {
        if leaf.location.source.name() == template {
            continue;
        }
        let mut own = Path::default()
            .key("components")
            .key(component)
            .key("values");
        for step in path.steps() {
            own = match step {
                Step::Key(key) => own.key(key),
                Step::Index(index) => own.index(*index),
            };
        }
        let change = Change {
            path,
            old: None,
            new: Some(leaf),
        };
        trace.add(own, leaf, &[change]);
    }
    trace
}

/// Returns whether a path lies in a component's overrides, which point at their own line.
fn is_override(path: &Path) -> bool {
    matches!(path.keys().as_slice(), ["components", _, "values", ..])
}

/// Derives the environment with one value changed, in each way that is accepted and tells something of its own.
fn vary(derived: &Derived, catalog: &Catalog, path: &Path, leaf: &Node) -> Vec<Derived> {
    let root = catalog.environment_schema().schema();
    let other = others(&leaf.value, schema_at(root, path), root);
    // A number may have to pass a threshold, and each word of a list may mean something else.
    let enough = if matches!(leaf.value, Value::Integer(_)) || other.words > 0 {
        3
    } else {
        1
    };
    let mut accepted = Vec::new();
    for value in other.values.into_iter().map(Some) {
        if accepted.len() < enough {
            accepted.extend(varied(derived, catalog, path, value));
        }
    }
    if accepted.is_empty() {
        accepted.extend(varied(derived, catalog, path, None));
    }
    accepted
}

/// Derives the environment with another value, or none, at a path; none if that is refused.
fn varied(
    derived: &Derived,
    catalog: &Catalog,
    path: &Path,
    value: Option<Value>,
) -> Option<Derived> {
    let environment = derived.environment();
    let mut document = environment.document().clone();
    keep_tier(environment, &mut document);
    if !replace(&mut document, path.steps(), value) {
        return None;
    }
    let mut found = Vec::new();
    let derived = derived.changed(environment.with_document(document)?, catalog, &mut found);
    // A rule may forbid what the values would be all the same: three copies on two pods.
    let refused = found
        .iter()
        .any(|finding| finding.severity == Severity::Error && !is_rule(&finding.id));
    (!refused).then(|| derived.despite_rules())
}

/// Writes down the tier, which an environment called `dev` need not name: another name is no other tier.
fn keep_tier(environment: &Environment, document: &mut Node) {
    let location = document.location.clone();
    if let Value::Map(map) = &mut document.value {
        map.entry("tier".to_owned()).or_insert_with(|| Entry {
            key: location.clone(),
            value: Node::new(Value::String(environment.tier.name().to_owned()), location),
        });
    }
}

/// Returns whether a finding is of a rule of the platform, not of what can be derived at all.
fn is_rule(id: &str) -> bool {
    let group = id.split_once('/').map_or(id, |(group, _)| group);
    !matches!(group, "environment" | "contract" | "version" | "yaml")
}

/// Puts another value at a path, or removes what is there.
fn replace(node: &mut Node, steps: &[Step], value: Option<Value>) -> bool {
    let (step, rest) = match steps {
        [] => return false,
        [step, rest @ ..] => (step, rest),
    };
    let child = match (step, &mut node.value) {
        (Step::Key(key), Value::Map(map)) => {
            if rest.is_empty() && value.is_none() {
                return map.shift_remove(key).is_some();
            }
            map.get_mut(key).map(|entry| &mut entry.value)
        }
        (Step::Index(index), Value::List(items)) => {
            if rest.is_empty() && value.is_none() {
                return *index < items.len() && {
                    items.remove(*index);
                    true
                };
            }
            items.get_mut(*index)
        }
        _ => None,
    };
    let Some(child) = child else {
        return false;
    };
    match value {
        Some(value) if rest.is_empty() => {
            child.value = value;
            true
        }
        value => replace(child, rest, value),
    }
}

/// Other values of the same type, the likeliest to be accepted first.
struct Others {
    values: Vec<Value>,
    /// How many of them are words that the schema lists.
    words: usize,
}

fn others(value: &Value, schema: Option<&Schema>, root: &Schema) -> Others {
    let mut words = 0;
    let values = match value {
        Value::Bool(bool) => vec![Value::Bool(!bool)],
        Value::Integer(number) => {
            let mut values = Vec::new();
            // Up, down, and to the one that stands alone.
            for other in [number.saturating_add(1), number.saturating_sub(1), 1, 2] {
                let other = Value::Integer(other);
                if other != *value && !values.contains(&other) {
                    values.push(other);
                }
            }
            values
        }
        Value::Float(number) => vec![Value::Float(number / 2.0), Value::Float(number + 1.0)],
        Value::String(text) => {
            let mut texts = Vec::new();
            if let Some(schema) = schema {
                collect_words(schema, root, 4, &mut texts);
            }
            texts.retain(|word| word != text);
            words = texts.len();
            texts.extend(bumped(text));
            texts.push(format!("{text}x"));
            texts.into_iter().map(Value::String).collect()
        }
        Value::Null | Value::List(_) | Value::Map(_) => Vec::new(),
    };
    Others { values, words }
}

/// Returns the text with its first number raised by one: `512Mi` gives `513Mi`.
fn bumped(text: &str) -> Option<String> {
    let start = text.find(|letter: char| letter.is_ascii_digit())?;
    let rest = text.get(start..)?;
    let end = rest
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(rest.len());
    let number: u64 = rest.get(..end)?.parse().ok()?;
    Some(format!(
        "{}{}{}",
        text.get(..start)?,
        number.checked_add(1)?,
        rest.get(end..)?
    ))
}

pub(crate) fn schema_at<'s>(root: &'s Schema, path: &Path) -> Option<&'s Schema> {
    path.steps().iter().try_fold(root, |schema, step| {
        let schema = schema.resolve(root);
        match step {
            Step::Key(key) => schema.property(key, root),
            Step::Index(_) => schema.items.as_deref(),
        }
    })
}

/// Collects the words that a schema lists.
pub(crate) fn collect_words(schema: &Schema, root: &Schema, steps: u8, words: &mut Vec<String>) {
    let Some(rare) = schema.resolve(root).rare() else {
        return;
    };
    let literals = rare.allowed.iter().flatten().chain(&rare.constant);
    words.extend(literals.filter_map(|literal| literal.to_json().as_str().map(str::to_owned)));
    if let Some(steps) = steps.checked_sub(1) {
        for branch in rare.any_of.iter().chain(&rare.one_of).chain(&rare.all_of) {
            collect_words(branch, root, steps, words);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_raised_where_they_stand() {
        assert_eq!(bumped("512Mi").as_deref(), Some("513Mi"));
        assert_eq!(bumped("a9b1").as_deref(), Some("a10b1"));
        assert_eq!(bumped("none"), None);
    }
}
