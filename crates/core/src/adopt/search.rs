//! The search for the model that says most of what the old values say.
//!
//! Each candidate is rendered and compared; it stays only if less is left to override.

use serde_json::{Value as Json, json};

use super::compare::{Gap, Wanted, gap};
use super::defaults::Defaults;
use super::draft::{Draft, Unrendered, Workshop, at, leaves};
use super::fields::{By, Field, NAMESPACE, SHARED, own};
use super::path::Path;
use super::{buckets, doors, roles};
use crate::components::Variant;
use crate::error::Error;
use crate::units::Duration;
use crate::yaml::{self, Node, Value};

/// The best model so far.
pub(super) struct Search<'a> {
    pub(super) workshop: &'a Workshop<'a>,
    pub(super) wanted: &'a Wanted,
    pub(super) defaults: &'a Defaults,
    pub(super) variant: &'a Variant,
    /// What the chart's templates saw.
    pub(super) seen: &'a Node,
    pub(super) draft: Draft,
    pub(super) model: Node,
    pub(super) gap: Gap,
    /// Whether nobody said what the namespace is.
    pub(super) guessed_namespace: bool,
}

/// How much better a candidate must be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Accept {
    /// It leaves less to override.
    Better,
    /// It leaves no more to override; for what the old values say in so many words.
    NotWorse,
}

impl<'a> Search<'a> {
    /// Starts from a draft.
    pub(super) fn start(
        workshop: &'a Workshop<'a>,
        wanted: &'a Wanted,
        defaults: &'a Defaults,
        variant: &'a Variant,
        seen: &'a Node,
        draft: Draft,
    ) -> Result<Result<Self, Unrendered>, Error> {
        Ok(workshop.values(&draft)?.map(|model| Self {
            gap: gap(&model, wanted, defaults),
            workshop,
            wanted,
            defaults,
            variant,
            seen,
            draft,
            model,
            guessed_namespace: false,
        }))
    }

    /// Tries all that is known of roles, the component's settings and, in a new environment, what all components share.
    pub(super) fn run(&mut self) -> Result<(), Error> {
        if self.workshop.existing.is_none() {
            if self.guessed_namespace {
                self.fields(&[NAMESPACE])?;
            }
            self.fields(SHARED)?;
            self.credentials()?;
            buckets::derive(self)?;
        }
        roles::derive(self)?;
        self.fields(own(self.workshop.component))?;
        if self.workshop.component == "traefik" {
            doors::derive(self)?;
        }
        Ok(())
    }

    /// Returns the path of a field in the environment.
    pub(super) fn section(&self, path: &str) -> String {
        if path.starts_with("settings.") || path.starts_with("roles.") {
            format!("components.{}.{path}", self.workshop.component)
        } else {
            path.to_owned()
        }
    }

    /// Takes some values into the draft if that is good.
    pub(super) fn offer(
        &mut self,
        values: &[(String, Json)],
        accept: Accept,
    ) -> Result<bool, Error> {
        if values
            .iter()
            .all(|(path, value)| self.draft.get(path) == Some(value))
        {
            return Ok(false);
        }
        let draft = self.draft.with_all(values);
        let Ok(model) = self.workshop.values(&draft)? else {
            return Ok(false);
        };
        let gap = gap(&model, self.wanted, self.defaults);
        let good = match accept {
            Accept::Better => gap.cost < self.gap.cost,
            Accept::NotWorse => gap.cost <= self.gap.cost,
        };
        if good {
            self.draft = draft;
            self.model = model;
            self.gap = gap;
        }
        Ok(good)
    }

    fn fields(&mut self, fields: &[Field]) -> Result<(), Error> {
        for field in fields {
            let path = self.section(field.path);
            let candidates = match &field.by {
                By::Trial(values) => values(),
                By::Marks(marks) => self.by_marks(&path, &marks())?,
            };
            for candidate in candidates {
                self.offer(&[(path.clone(), candidate)], Accept::Better)?;
            }
        }
        Ok(())
    }

    /// Returns what the old values have where two marks come out.
    fn by_marks(&self, path: &str, marks: &[Json; 2]) -> Result<Vec<Json>, Error> {
        let [one, two] = marks;
        let render = |mark: &Json| self.workshop.values(&self.draft.with(path, mark.clone()));
        let (Ok(one), Ok(two)) = (render(one)?, render(two)?) else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for (path, first, second) in changed(&one, &two) {
            let Some(old) = at(self.seen, &path) else {
                continue;
            };
            if let (Some(first), Some(second), Some(old)) =
                (first.as_str(), second.as_str(), old.as_str())
                && (first.contains('\n') || around(first, second) != ("", ""))
            {
                found.extend(in_lines(first, second, old));
            } else {
                found.push(old.to_json());
            }
        }
        let mut candidates = Vec::new();
        for value in found {
            for variation in variations(value) {
                if !candidates.contains(&variation) {
                    candidates.push(variation);
                }
            }
        }
        Ok(candidates)
    }

    /// Takes the Secret's name and keys from the variables by which the old values hand them to pods.
    fn credentials(&mut self) -> Result<(), Error> {
        let mut references = Vec::new();
        collect_references(&self.wanted.values, &mut references);
        let pick = |secret: bool| {
            references.iter().find(|(variable, ..)| {
                let folded = variable.to_lowercase().replace(['-', '_'], "");
                if secret {
                    folded.contains("secretaccesskey") || folded.contains("secretkey")
                } else {
                    folded.contains("accesskey") && !folded.contains("secret")
                }
            })
        };
        let (Some((_, name, id)), Some((_, other, key))) = (pick(false), pick(true)) else {
            return Ok(());
        };
        if name != other {
            return Ok(());
        }
        let mut values = vec![("objectStore.credentials.secretName".to_owned(), json!(name))];
        if id != "access-key-id" {
            values.push((
                "objectStore.credentials.accessKeyIdKey".to_owned(),
                json!(id),
            ));
        }
        if key != "secret-access-key" {
            values.push((
                "objectStore.credentials.secretAccessKeyKey".to_owned(),
                json!(key),
            ));
        }
        self.offer(&values, Accept::NotWorse)?;
        Ok(())
    }
}

/// Returns the leaves that two trees do not share, where both have one.
fn changed<'a>(one: &'a Node, two: &'a Node) -> Vec<(Path, &'a Node, &'a Node)> {
    leaves(one)
        .into_iter()
        .filter_map(|(path, first)| {
            let second = at(two, &path)?;
            (first.value != second.value).then_some((path, first, second))
        })
        .collect()
}

/// Returns what stands in `old` where two texts differ within a line.
fn in_lines(one: &str, two: &str, old: &str) -> Vec<Json> {
    let mut found = Vec::new();
    for (first, second) in one.lines().zip(two.lines()) {
        if first == second {
            continue;
        }
        let (head, tail) = around(first, second);
        for line in old.lines() {
            if let Some(value) = line
                .strip_prefix(head)
                .and_then(|line| line.strip_suffix(tail))
            {
                found.push(
                    value
                        .parse::<i64>()
                        .map_or_else(|_| json!(value), |number| json!(number)),
                );
            }
        }
    }
    found
}

/// Returns what two lines have in common before and after the word in which they differ.
fn around<'a>(one: &'a str, two: &str) -> (&'a str, &'a str) {
    let common: usize = one
        .chars()
        .zip(two.chars())
        .take_while(|(left, right)| left == right)
        .map(|(letter, _)| letter.len_utf8())
        .sum();
    // Two marks may begin or end alike, so a word is never cut.
    let head = one[..common].trim_end_matches(char::is_alphanumeric);
    let common: usize = one[common..]
        .chars()
        .rev()
        .zip(two[common..].chars().rev())
        .take_while(|(left, right)| left == right)
        .map(|(letter, _)| letter.len_utf8())
        .sum();
    let tail = one[one.len() - common..].trim_start_matches(char::is_alphanumeric);
    (head, tail)
}

/// Returns the spellings of a value that the model may take.
fn variations(value: Json) -> Vec<Json> {
    let Json::String(text) = &value else {
        return vec![value];
    };
    let mut all = Vec::new();
    // `336h0m0s` is how Go writes a duration, and not how people do.
    let short =
        ["0s", "0m"]
            .iter()
            .fold(text.clone(), |text, zero| match text.strip_suffix(zero) {
                Some(rest) if rest.ends_with(['h', 'm']) => rest.to_owned(),
                _ => text,
            });
    if let Ok(duration) = short.parse::<Duration>() {
        all.push(json!(duration.to_string()));
        all.push(json!(short));
    }
    if let Some(rest) = text.strip_suffix('.') {
        all.push(json!(rest));
    }
    all.push(value);
    all
}

/// Collects `name`, Secret and key of every variable that comes from a Secret.
fn collect_references(node: &Node, found: &mut Vec<(String, String, String)>) {
    match &node.value {
        Value::Map(map) => {
            let secret = node.at(&["valueFrom", "secretKeyRef"]);
            let word = |node: Option<&Node>, key| {
                node.and_then(|node| node.get(key))
                    .and_then(Node::as_str)
                    .map(str::to_owned)
            };
            if let (Some(name), Some(secret), Some(key)) = (
                word(Some(node), "name"),
                word(secret, "name"),
                word(secret, "key"),
            ) {
                found.push((name, secret, key));
            }
            map.values()
                .for_each(|entry| collect_references(&entry.value, found));
        }
        Value::List(items) => items
            .iter()
            .for_each(|item| collect_references(item, found)),
        _ => {}
    }
}

/// Returns what the chart's templates saw, for looking things up.
pub(super) fn seen(wanted: &Wanted, defaults: &Defaults) -> Node {
    yaml::coalesce(defaults.tree(), &wanted.values)
}
