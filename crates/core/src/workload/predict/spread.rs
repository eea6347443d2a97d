//! What keeps pods of a prediction apart.

use super::One;
use crate::components::{SpreadBy, SpreadFact};
use crate::workload::overrides::Said;
use crate::workload::{Spread, SpreadRule};
use crate::yaml::{Node, Value};

/// The label whose values tell nodes apart.
const NODE: &str = "kubernetes.io/hostname";
/// The label whose values tell zones apart.
const ZONE: &str = "topology.kubernetes.io/zone";
/// The key of an affinity whose terms must hold.
const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
/// The key of an affinity whose terms should hold.
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

impl One<'_> {
    /// Returns what keeps the pods apart: the stricter of the affinity and the spread constraints, each with its
    /// override.
    pub(super) fn spread(&self) -> Spread {
        let pod = &self.facts.pod;
        let nodes = pod
            .spread
            .filter(|_| self.role.replicas >= pod.spread_from)
            .map(|spread| spread.get(self.environment.tier));
        let nodes = rule(nodes);
        let by_affinity = match pod.spread_by {
            SpreadBy::Affinity => true,
            SpreadBy::Constraints => false,
            SpreadBy::Strictness => nodes == SpreadRule::Hard,
        };
        let (by_affinity, by_constraints) = if by_affinity {
            (nodes, SpreadRule::None)
        } else {
            (SpreadRule::None, nodes)
        };
        let affinity = self.beside("affinity");
        let constraints = self.beside("topologySpreadConstraints");
        let joined = |key: &str, by_affinity, by_constraints| {
            Ord::max(
                affine(affinity, key, by_affinity),
                constrained(constraints, key, by_constraints),
            )
        };
        Spread {
            nodes: joined(NODE, by_affinity, by_constraints),
            zones: joined(ZONE, SpreadRule::None, rule(pod.zones)),
            misses_itself: false,
        }
    }
}

const fn rule(fact: Option<SpreadFact>) -> SpreadRule {
    match fact {
        Some(SpreadFact::Hard) => SpreadRule::Hard,
        Some(SpreadFact::Soft) => SpreadRule::Soft,
        Some(SpreadFact::None) | None => SpreadRule::None,
    }
}

/// Returns how strictly an affinity keeps pods apart, where one stands already.
fn affine(said: Said<'_>, key: &str, standing: SpreadRule) -> SpreadRule {
    let node = match said {
        Said::Nothing => return standing,
        Said::Removed => return SpreadRule::None,
        Said::Is(node) => node,
    };
    if let Some(text) = node.as_str() {
        // The chart runs the text through its template engine, so it cannot be read as data.
        return in_text(text, key, REQUIRED, PREFERRED);
    }
    let anti = said.key("podAntiAffinity");
    let terms = |strictness: SpreadRule, list: &str, names: &dyn Fn(&Node) -> bool| {
        let holds = match anti.key(list) {
            Said::Nothing => !anti.is_removed() && standing == strictness,
            Said::Removed => false,
            list => list.items().unwrap_or_default().iter().any(names),
        };
        if holds { strictness } else { SpreadRule::None }
    };
    let named = |node: &Node| topology(node) == Some(key);
    let weighted = |node: &Node| node.get("podAffinityTerm").is_some_and(named);
    Ord::max(
        terms(SpreadRule::Hard, REQUIRED, &named),
        terms(SpreadRule::Soft, PREFERRED, &weighted),
    )
}

/// Returns how strictly spread constraints keep pods apart, where some stand already. Charts take a list, one
/// constraint alone, which is merged into theirs, or a text.
fn constrained(said: Said<'_>, key: &str, standing: SpreadRule) -> SpreadRule {
    let node = match said {
        Said::Nothing => return standing,
        Said::Removed => return SpreadRule::None,
        Said::Is(node) => node,
    };
    let strictness = |node: &Node, standing: SpreadRule| match node
        .get("whenUnsatisfiable")
        .and_then(Node::as_str)
    {
        Some("ScheduleAnyway") => SpreadRule::Soft,
        Some(_) => SpreadRule::Hard,
        None => standing,
    };
    match &node.value {
        Value::List(items) => items
            .iter()
            .filter(|item| topology(item) == Some(key))
            .map(|item| strictness(item, SpreadRule::Hard))
            .max()
            .unwrap_or_default(),
        Value::Map(_) => match topology(node) {
            Some(other) if other != key => SpreadRule::None,
            Some(_) if standing == SpreadRule::None => strictness(node, SpreadRule::Hard),
            None if standing == SpreadRule::None => SpreadRule::None,
            _ => strictness(node, standing),
        },
        Value::String(text) => in_text(text, key, "DoNotSchedule", "ScheduleAnyway"),
        _ => SpreadRule::None,
    }
}

fn topology(node: &Node) -> Option<&str> {
    node.get("topologyKey").and_then(Node::as_str)
}

fn in_text(text: &str, key: &str, hard: &str, soft: &str) -> SpreadRule {
    if !text.contains(key) {
        SpreadRule::None
    } else if text.contains(hard) {
        SpreadRule::Hard
    } else if text.contains(soft) {
        SpreadRule::Soft
    } else {
        SpreadRule::None
    }
}
