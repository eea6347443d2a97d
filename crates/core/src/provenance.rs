//! Which line of the environment a value comes from, found by trying.
//!
//! Each value of the merged environment is changed, one at a time, to another one that is fine too. Everything
//! is derived and rendered again, and what comes out differently is what that value is a cause of. So
//! there is no table that could grow old: a new setting, template or component is traced as it stands.
//!
//! What no value of the environment changes is the template's own, or a default of ours.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::contract::Schema;
use crate::diagnostic::has_errors;
use crate::environment::Environment;
use crate::error::Error;
use crate::pipeline::Derived;
use crate::source::Location;
use crate::values::{Change, Path, Step, compare, leaves};
use crate::yaml::{Node, Value};

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

    fn add(&mut self, cause: Cause, changes: &[Change<'_>]) {
        let at = self.causes.len();
        for change in changes {
            self.effects
                .entry(change.path.clone())
                .or_default()
                .push(Effect {
                    cause: at,
                    lines: lost_lines(change),
                });
        }
        self.causes.push(cause);
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
/// let path = "logs.general.level".parse().expect("a path");
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
        let Some(other) = vary(environment, catalog, &path, leaf) else {
            continue;
        };
        for (component, tree) in &base {
            // The same context gives the same text, and most values touch few contexts.
            if other.context(component) == derived.context(component) {
                continue;
            }
            let Ok(Some(changed)) = other.tree(component, catalog) else {
                continue;
            };
            let changes = compare(tree, &changed);
            if let Some(trace) = traces.get_mut(component).filter(|_| !changes.is_empty()) {
                let cause = Cause {
                    path: path.clone(),
                    text: leaf.location.text().trim_end().to_owned(),
                    location: leaf.location.clone(),
                    reach: changes.len(),
                };
                trace.add(cause, &changes);
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
        let cause = Cause {
            path: own,
            text: leaf.location.text().trim_end().to_owned(),
            location: leaf.location.clone(),
            reach: 1,
        };
        trace.add(cause, &[change]);
    }
    trace
}

/// Returns whether a path lies in a component's overrides, which point at their own line.
fn is_override(path: &Path) -> bool {
    matches!(path.keys().as_slice(), ["components", _, "values", ..])
}

/// Derives the environment with one value changed; none if every other value we can think of is refused.
fn vary(environment: &Environment, catalog: &Catalog, path: &Path, leaf: &Node) -> Option<Derived> {
    let schema = schema_at(catalog.environment_schema().schema(), path);
    let changed = others(&leaf.value, schema, catalog.environment_schema().schema())
        .into_iter()
        .map(Some)
        .chain([None]);
    for value in changed {
        let mut document = environment.document().clone();
        if !replace(&mut document, path.steps(), value) {
            continue;
        }
        let Some(other) = environment.with_document(document) else {
            continue;
        };
        let mut found = Vec::new();
        let derived = Derived::new(other, catalog, &mut found);
        if !has_errors(&found) {
            return Some(derived);
        }
    }
    None
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

/// Returns other values of the same type, the likeliest to be accepted first.
fn others(value: &Value, schema: Option<&Schema>, root: &Schema) -> Vec<Value> {
    match value {
        Value::Bool(bool) => vec![Value::Bool(!bool)],
        Value::Integer(number) => [
            number.checked_add(1),
            number.checked_sub(1),
            number.checked_mul(2),
            Some(number / 2),
        ]
        .into_iter()
        .flatten()
        .filter(|other| other != number)
        .map(Value::Integer)
        .collect(),
        Value::Float(number) => vec![Value::Float(number / 2.0), Value::Float(number + 1.0)],
        Value::String(text) => {
            let mut words = Vec::new();
            if let Some(schema) = schema {
                collect_words(schema, root, 4, &mut words);
            }
            words.retain(|word| word != text);
            words.extend(bumped(text));
            words.push(format!("{text}x"));
            words.into_iter().map(Value::String).collect()
        }
        Value::Null | Value::List(_) | Value::Map(_) => Vec::new(),
    }
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

fn schema_at<'s>(root: &'s Schema, path: &Path) -> Option<&'s Schema> {
    path.steps().iter().try_fold(root, |schema, step| {
        let schema = schema.resolve(root);
        match step {
            Step::Key(key) => schema.property(key, root),
            Step::Index(_) => schema.items.as_deref(),
        }
    })
}

/// Collects the words that a schema lists.
fn collect_words(schema: &Schema, root: &Schema, steps: u8, words: &mut Vec<String>) {
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

#[cfg(all(test, feature = "bundled"))]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::environment::Layers;
    use crate::source::Source;

    /// The shipped environments.
    struct Shipped;

    impl Layers for Shipped {
        fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
            Ok(Some(shipped(name)))
        }
    }

    fn shipped(name: &str) -> Arc<Source> {
        let path = format!("{}/../../{name}", env!("CARGO_MANIFEST_DIR"));
        Source::new(name, std::fs::read_to_string(path).unwrap())
    }

    fn derived(source: &Arc<Source>) -> Derived {
        let read = Environment::read(source, &Shipped, Catalog::bundled());
        let mut found = read.diagnostics;
        let derived = Derived::new(read.environment.unwrap(), Catalog::bundled(), &mut found);
        assert!(!has_errors(&found), "{found:?}");
        derived
    }

    fn causes(source: &Arc<Source>, component: &str, path: &str) -> Vec<String> {
        let traces = trace(&derived(source), Catalog::bundled(), &[component]).unwrap();
        traces[component]
            .causes(&path.parse().unwrap())
            .iter()
            .map(|cause| {
                let line = cause.location.source.text().lines();
                let line = line.skip(cause.location.start().line - 1);
                assert!(line.clone().next().unwrap().contains(&cause.text));
                format!("{} {}", cause.location.source.name(), cause.path)
            })
            .collect()
    }

    #[test]
    fn a_number_comes_from_its_own_line() {
        let prod = shipped("envs/prod.yaml");
        assert_eq!(
            causes(&prod, "tempo", "ingester.replicas"),
            ["envs/prod.yaml components.tempo.roles.ingester.replicas"]
        );
        assert_eq!(
            causes(
                &prod,
                "tempo",
                "compactor.config.compaction.block_retention"
            ),
            ["envs/prod.yaml components.tempo.settings.retention"]
        );
    }

    #[test]
    fn a_bucket_comes_from_the_layer_and_the_environment() {
        assert_eq!(
            causes(
                &shipped("envs/prod.yaml"),
                "tempo",
                "storage.trace.s3.bucket"
            ),
            [
                "envs/prod.yaml environment",
                "envs/base.yaml buckets.prefix"
            ]
        );
    }

    #[test]
    fn what_the_template_says_has_no_cause() {
        assert_eq!(
            causes(&shipped("envs/prod.yaml"), "tempo", "reportingEnabled"),
            [""; 0]
        );
    }

    #[test]
    fn an_override_is_its_own_cause() {
        let text = "environment: dev\nnamespace: team-dev\ncomponents:\n  traefik:\n    version: 41.3.0\n    values:\n      deployment: {revisionHistoryLimit: 4}\n";
        let source = Source::new("envs/dev.yaml", text);
        assert_eq!(
            causes(&source, "traefik", "deployment.revisionHistoryLimit"),
            ["envs/dev.yaml components.traefik.values.deployment.revisionHistoryLimit"]
        );
    }

    #[test]
    fn one_line_of_a_long_text_has_its_own_causes() {
        let traces = trace(
            &derived(&shipped("envs/prod.yaml")),
            Catalog::bundled(),
            &["alloy"],
        )
        .unwrap();
        let path = "alloy.configMap.content".parse().unwrap();
        let all = traces["alloy"].causes(&path);
        assert!(all.len() > 5, "{all:?}");
        let line = "\t\t\tmax_shards           = 10";
        let narrow: Vec<String> = traces["alloy"]
            .causes_of_lines(&path, &[line])
            .iter()
            .map(|cause| cause.path.to_string())
            .collect();
        assert_eq!(
            narrow,
            ["components.alloy.settings.remoteWrite[0].queueConfig.maxShards"]
        );
    }

    #[test]
    fn one_component_s_address_reaches_another() {
        let found = causes(
            &shipped("envs/prod.yaml"),
            "tempo",
            "metricsGenerator.config.storage.remote_write",
        );
        assert!(
            found.contains(&"envs/prod.yaml namespace".to_owned()),
            "{found:?}"
        );
        assert!(
            found.contains(&"envs/base.yaml cluster.domain".to_owned()),
            "{found:?}"
        );
    }

    #[test]
    fn numbers_are_raised_where_they_stand() {
        assert_eq!(bumped("512Mi").as_deref(), Some("513Mi"));
        assert_eq!(bumped("a9b1").as_deref(), Some("a10b1"));
        assert_eq!(bumped("none"), None);
    }
}
