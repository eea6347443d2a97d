//! How good a proposal is. The rules are told in the module's own page, [`upgrade`](super).

use super::moves::{Index, Spot};
use super::state::{State, keys, types};
use super::words::{Agreement, agreement, fold, last_word, names_alike, words};
use super::{Proposal, Sureness};
use crate::contract::{Contract, Literal, Schema, Types};
use crate::diagnostic::is_slip;
use crate::values::Path;
use crate::yaml::{Node, Value};

/// A name at more places than this is common.
const COMMON: usize = 4;
/// As many places are proposed at most.
const MOST: usize = 3;
/// Scores no further apart are as good as each other.
const TIE: f64 = 0.05;
/// A place this much worse than the best is not named beside it.
const WORSE: f64 = 0.2;

/// A key that has lost its place.
pub(super) struct Lost<'a> {
    pub(super) path: &'a Path,
    pub(super) node: &'a Node,
    /// What the old contract says of it.
    pub(super) old: State<'a>,
    /// All that is set.
    pub(super) mine: &'a Node,
}

/// How far a place is from the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// In the same map.
    Renamed,
    /// One key in between.
    In,
    /// One key left out.
    Out,
    /// One key above named otherwise.
    Above,
    Far,
}

/// How the form of a place is like the old one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// Another type, or few of the keys.
    Unlike,
    /// The same type, or some of the keys.
    Alike,
    /// The same default, one that tells something; or nearly all keys.
    Same,
}

/// What is known of the lost key before any place is looked at.
struct Own {
    words: Vec<String>,
    /// How many places have its name and its form.
    twins: usize,
}

struct Ranked {
    proposal: Proposal,
    score: f64,
}

/// Returns where a lost key may belong, the best first.
pub(super) fn proposals(
    lost: &Lost<'_>,
    index: &Index<'_>,
    from: &Contract,
    to: &Contract,
    fits: impl Fn(&Path) -> bool,
) -> Vec<Proposal> {
    let spelled = spelled(lost.node, index, &to.version);
    if !spelled.is_empty() {
        return spelled;
    }
    let own = Own {
        words: words(lost.path.keys()),
        twins: twins(lost, index, from, to),
    };
    let mut ranked: Vec<Ranked> = index
        .candidates(lost.path)
        .into_iter()
        .filter(|spot| !lost.path.is_within(&spot.path))
        // What is set there was set for its own sake.
        .filter(|spot| spot.new == Some(true) || spot.path.find(lost.mine).is_none())
        .filter_map(|spot| rank(lost, &own, spot, index, from, to))
        .filter(|ranked| fits(&ranked.proposal.path))
        .collect();
    let order = |one: &Ranked, other: &Ranked| {
        let by_score = other.score.total_cmp(&one.score);
        (other.proposal.sureness.cmp(&one.proposal.sureness))
            .then(by_score)
            .then_with(|| one.proposal.path.cmp(&other.proposal.path))
    };
    ranked.sort_by(order);
    if let [first, second, ..] = ranked.as_slice()
        && first.proposal.sureness == second.proposal.sureness
        && first.score - second.score < TIE
    {
        let (sureness, score) = (first.proposal.sureness, first.score);
        let tied = ranked
            .iter_mut()
            .filter(|one| one.proposal.sureness == sureness && score - one.score < TIE);
        for one in tied {
            one.proposal.sureness = sureness.less();
        }
        ranked.sort_by(order);
    }
    // Beside a place that is sure, guesses are noise.
    let best = ranked.first().map(|one| (one.proposal.sureness, one.score));
    ranked.retain(|one| {
        best.is_some_and(|(sureness, score)| {
            one.proposal.sureness == sureness && score - one.score < WORSE
        })
    });
    ranked.truncate(MOST);
    ranked.into_iter().map(|one| one.proposal).collect()
}

/// Returns the places that flags in a value spell.
fn spelled(node: &Node, index: &Index<'_>, version: &str) -> Vec<Proposal> {
    let texts: Vec<&str> = match &node.value {
        Value::String(text) => vec![text],
        Value::List(items) => items.iter().filter_map(Node::as_str).collect(),
        _ => Vec::new(),
    };
    let mut found: Vec<Proposal> = Vec::new();
    for flag in texts {
        if let Some(spot) = index.spelled(flag)
            && found.iter().all(|known| known.path != spot.path)
        {
            found.push(Proposal {
                path: spot.path.clone(),
                sureness: Sureness::Likely,
                why: format!("the flag `{flag}` spells it; {version} has a key for that"),
            });
        }
    }
    found
}

fn twins(lost: &Lost<'_>, index: &Index<'_>, from: &Contract, to: &Contract) -> usize {
    let name = lost.path.keys().last().map(|name| fold(name));
    index
        .candidates(lost.path)
        .into_iter()
        .filter(|spot| spot.path.keys().last().map(|other| fold(other)) == name)
        .filter(|spot| form(lost, spot, &from.schema, &to.schema) == Form::Same)
        .count()
}

fn rank(
    lost: &Lost<'_>,
    own: &Own,
    spot: &Spot<'_>,
    index: &Index<'_>,
    from: &Contract,
    to: &Contract,
) -> Option<Ranked> {
    let (old, new) = (lost.path.keys(), spot.path.keys());
    let (name, other) = (*old.last()?, *new.last()?);
    let same_name = fold(name) == fold(other);
    let step = step(&old, &new);
    let Agreement { share, nested } = agreement(&own.words, &spot.words);
    let form = form(lost, spot, &from.schema, &to.schema);
    if form == Form::Unlike {
        return None;
    }
    let is_new = spot.new == Some(true);
    let common = index.named(name) > COMMON;
    // A long name must not make up for another map.
    let above = agreement(&words(parents(&old)), &words(parents(&new))).share;
    let maybe_new = spot.new != Some(false);
    let near = matches!(step, Step::In | Step::Out) || step == Step::Above && above >= 0.5;
    let sureness = if lost.old.is_gone() {
        // It was put in the wrong place all along; the right one is as old as any.
        let is_map = matches!(lost.node.value, Value::Map(_));
        let misplaced = match step {
            Step::In | Step::Out => same_name && (is_map || !common),
            Step::Above => same_name && above >= 1.0,
            Step::Renamed => same_name || is_slip(name, other),
            Step::Far => false,
        };
        if !misplaced {
            return None;
        }
        Sureness::Likely
    } else if same_name && is_new && near && (form == Form::Same || !common) {
        Sureness::Certain
    } else if same_name && maybe_new && near
        || maybe_new && nested && share >= 0.5 && (same_name || last_word(name) == last_word(other))
        || step == Step::Renamed && maybe_new && names_alike(name, other)
        || same_name && form == Form::Same && own.twins == 1 && share >= 0.5
    {
        Sureness::Likely
    } else if same_name && !common && (is_new || share >= 0.5)
        || step == Step::Renamed && names_alike(name, other)
    {
        Sureness::Guess
    } else {
        return None;
    };
    let bonus = |holds: bool| if holds { 0.25 } else { 0.0 };
    let score = share + bonus(same_name) + bonus(is_new) + bonus(form == Form::Same) + bonus(near);
    let name = if same_name {
        "the same name"
    } else if step == Step::Renamed {
        "a name like it"
    } else {
        "the same words"
    };
    let place = match step {
        Step::Renamed => " in the same map",
        Step::In => " one level further in",
        Step::Out => " one level further out",
        Step::Above => " in a map of another name",
        Step::Far => " elsewhere",
    };
    let version = &to.version;
    let age = match spot.new {
        Some(true) => format!(", new in {version}"),
        Some(false) => format!(", which {} has too", from.version),
        None => String::new(),
    };
    let form = match (form, &lost.node.value) {
        (Form::Same, Value::Map(_)) => ", with the same keys",
        (Form::Same, _) => ", with the same default",
        _ => "",
    };
    Some(Ranked {
        proposal: Proposal {
            path: spot.path.clone(),
            sureness,
            why: format!("{name}{place}{age}{form}"),
        },
        score,
    })
}

fn parents<'k, 'p>(keys: &'p [&'k str]) -> impl Iterator<Item = &'k str> + use<'k, 'p> {
    keys.iter().copied().take(keys.len().saturating_sub(1))
}

fn step(old: &[&str], new: &[&str]) -> Step {
    // Whether the longer path is the shorter one with one key more.
    let one_more = |short: &[&str], long: &[&str]| {
        let same = short
            .iter()
            .zip(long)
            .take_while(|(one, other)| one == other)
            .count();
        long.len() == short.len() + 1
            && short.get(same..) == long.get(same + 1..)
            && same < short.len()
    };
    let differing = old.iter().zip(new).filter(|(one, other)| one != other);
    if old.len() == new.len() && differing.count() == 1 {
        if old.last() == new.last() {
            Step::Above
        } else {
            Step::Renamed
        }
    } else if one_more(old, new) {
        Step::In
    } else if one_more(new, old) {
        Step::Out
    } else {
        Step::Far
    }
}

fn form(lost: &Lost<'_>, spot: &Spot<'_>, from: &Schema, to: &Schema) -> Form {
    let old = match lost.old {
        State::Read(schema) => Some(schema),
        _ => None,
    };
    let wanted = types(spot.schema, to);
    let value = type_of(&lost.node.value);
    if !wanted.is_any() && !wanted.meets(value) {
        return Form::Unlike;
    }
    if let Value::Map(map) = &lost.node.value {
        let before: Vec<&str> = old.map_or_else(Vec::new, |schema| {
            let listed = keys(schema, from).into_iter();
            listed.map(|(name, _)| name).collect()
        });
        let after = keys(spot.schema, to);
        let knows = |name: &str| after.iter().any(|(known, _)| fold(known) == fold(name));
        if before.is_empty() {
            // What the map could hold is not known, only what it holds.
            let kept = map.keys().filter(|name| knows(name)).count();
            return if after.is_empty() || kept * 2 >= map.len() {
                Form::Alike
            } else {
                Form::Unlike
            };
        }
        let kept = before.iter().filter(|name| knows(name)).count();
        let all = before.len() + after.len() - kept;
        return if after.is_empty() {
            Form::Alike
        } else if kept >= 2 && kept * 5 >= all * 4 {
            Form::Same
        } else if kept * 5 >= all * 2 {
            Form::Alike
        } else {
            Form::Unlike
        };
    }
    let default = |schema: &Schema, root: &Schema| {
        let own = schema.default.clone();
        own.or_else(|| schema.resolve(root).default.clone())
    };
    let before = old.and_then(|schema| default(schema, from));
    let after = default(spot.schema, to);
    match (before, after) {
        (Some(before), Some(after)) if before == after && tells(&before) => Form::Same,
        _ => Form::Alike,
    }
}

/// Returns whether a default is one that two keys do not have by chance.
fn tells(default: &Literal) -> bool {
    match default {
        Literal::Null | Literal::Bool(_) => false,
        Literal::Integer(number) => *number > 1,
        Literal::Float(_) => true,
        Literal::Text(text) => !text.is_empty(),
        Literal::Other(value) => {
            value.as_array().is_some_and(|items| !items.is_empty())
                || value.as_object().is_some_and(|map| !map.is_empty())
        }
    }
}

fn type_of(value: &Value) -> Types {
    match value {
        Value::Null => Types::NULL,
        Value::Bool(_) => Types::BOOLEAN,
        Value::Integer(_) => Types::INTEGER.with(Types::NUMBER),
        Value::Float(_) => Types::NUMBER,
        Value::String(_) => Types::STRING,
        Value::List(_) => Types::ARRAY,
        Value::Map(_) => Types::OBJECT,
    }
}

/// Returns where a single value may belong inside the map that now stands in its place: `expose: true`
/// becomes `expose.default: true`.
pub(super) fn inside(
    path: &Path,
    node: &Node,
    schema: &Schema,
    to: &Contract,
    fits: impl Fn(&Path) -> bool,
) -> Vec<Proposal> {
    let value = type_of(&node.value);
    let mut found: Vec<Proposal> = keys(schema, &to.schema)
        .into_iter()
        .filter(|(_, property)| !State::of(property, &to.schema).is_gone())
        .filter(|(_, property)| types(property, &to.schema).meets(value))
        .map(|(name, _)| (name, path.key(name)))
        .filter(|(_, path)| fits(path))
        .map(|(name, path)| Proposal {
            path,
            sureness: if matches!(name, "default" | "enabled" | "value" | "name") {
                Sureness::Likely
            } else {
                Sureness::Guess
            },
            why: format!(
                "{} has a map there, and this key of it takes the value",
                to.version
            ),
        })
        .collect();
    if let [one] = found.as_mut_slice() {
        one.sureness = Sureness::Likely;
    }
    found.sort_by_key(|one| std::cmp::Reverse(one.sureness));
    let best = found.first().map(|one| one.sureness);
    found.retain(|one| Some(one.sureness) == best);
    found.truncate(MOST);
    found
}
