//! What keeps rendered pods apart.

use crate::manifest::{Labels, Pod, Selector};
use crate::workload::{Spread, SpreadRule};

/// The labels whose values tell nodes and zones apart; the older names are still in use.
const NODE: [&str; 1] = ["kubernetes.io/hostname"];
const ZONE: [&str; 2] = [
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
];

/// Returns how strictly pods keep apart from each other.
pub(super) fn of(pod: &Pod) -> Spread {
    let rules = rules(pod);
    let strictest = |keys: &[&str]| {
        let own = rules.iter().filter(|rule| rule.matches_itself);
        let own = own.filter(|rule| keys.contains(&rule.key));
        own.map(|rule| rule.strictness).max().unwrap_or_default()
    };
    let (nodes, zones) = (strictest(&NODE), strictest(&ZONE));
    let misses_itself = rules.iter().any(|rule| {
        let held = if NODE.contains(&rule.key) {
            nodes
        } else if ZONE.contains(&rule.key) {
            zones
        } else {
            return false;
        };
        // A pod may also keep away from others, beside a rule that keeps it from its own kind.
        !rule.matches_itself && held < rule.strictness
    });
    Spread {
        nodes,
        zones,
        misses_itself,
    }
}

/// One term of an affinity, or one constraint.
struct Rule<'a> {
    key: &'a str,
    strictness: SpreadRule,
    matches_itself: bool,
}

fn rules(pod: &Pod) -> Vec<Rule<'_>> {
    let strictness = |hard: bool| match hard {
        true => SpreadRule::Hard,
        false => SpreadRule::Soft,
    };
    let terms = pod.anti_affinity.iter().map(|term| Rule {
        key: &term.topology_key,
        strictness: strictness(term.required),
        matches_itself: matches(term.selector.as_ref(), &pod.labels),
    });
    let constraints = pod.spread.iter().map(|constraint| Rule {
        key: &constraint.topology_key,
        // With a skew above one two pods may share a node.
        strictness: strictness(constraint.required && constraint.max_skew.unwrap_or(1) <= 1),
        matches_itself: matches(constraint.selector.as_ref(), &pod.labels),
    });
    terms.chain(constraints).collect()
}

fn matches(selector: Option<&Selector>, labels: &Labels) -> bool {
    selector.is_some_and(|selector| selector.matches(labels))
}
