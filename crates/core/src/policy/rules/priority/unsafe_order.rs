//! `priority/unsafe-order` (HW-PRIO-003): a change that lets new pods outrank what already runs.

use crate::environment::{Kind, PreemptionPolicy};
use crate::policy::{Change, Check, Finding, Rule, Severities, State, Subject, Verdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "priority/unsafe-order",
    entry: "HW-PRIO-003",
    summary: "Priority changes roll out to existing workloads first",
    severities: Severities::ERROR.off_in_dev(),
    waivable: true,
    condition: "Compared with an earlier revision, over environments that may share nodes: no workload that is new or has a higher priority than before, and may evict, outranks an ingester, store-gateway or alerting workload by the priority that it ran with before; nor does a class that becomes the default. Ingesters of the same change that were below are protected first, in a change of their own. Alerting and the edge may outrank by design.",
    why: "Priorities count when a pod is admitted. Until the protected pods were restarted with their class they run with the old one, and whatever is deployed before that with a higher one takes their places.",
    source: "The pod-priority outage: its authors say that existing ingesters should have had their class before anything else could outrank them.",
    fix: "Three changes, each rolled out before the next: classes without a default; the stateful workloads that run, restarted with their class; then everything else.",
    passes: "priorityClasses: {obs-ingester: {value: 3000, kinds: [ingester]}}   # alone, first",
    fails: "priorityClasses:\n  obs-ingester: {value: 3000, kinds: [ingester]}\n  obs-stateless: {value: 2000, kinds: [stateless]}   # in the same change",
    check: Check::Change(check),
};

/// Returns whether pods of a kind hold or guard what must not be lost.
const fn is_protected(kind: Kind) -> bool {
    matches!(kind, Kind::Ingester | Kind::StoreGateway | Kind::Alerting)
}

/// A workload of one of the states.
struct One<'a> {
    state: &'a State,
    title: &'a str,
    kind: Option<Kind>,
    priority: i64,
    named: Option<&'a str>,
    place: Option<&'a crate::source::Location>,
}

impl One<'_> {
    /// Returns whether its pods may evict others.
    fn evicts(&self) -> bool {
        self.named.is_none_or(|name| {
            self.state
                .classes
                .iter()
                .find(|(class, _)| class == name)
                .is_none_or(|(_, class)| {
                    class.preemption_policy == PreemptionPolicy::PreemptLowerPriority
                })
        })
    }
}

fn workloads(states: &[State]) -> impl Iterator<Item = One<'_>> {
    states.iter().flat_map(|state| {
        state
            .digest
            .workloads
            .iter()
            .zip(&state.named)
            .map(move |(workload, named)| One {
                state,
                title: &workload.title,
                kind: workload.kind,
                priority: workload.priority,
                named: named.as_deref(),
                place: workload.place.as_ref(),
            })
    })
}

fn check(change: &Change, verdict: &mut Verdict<'_>) {
    let protected: Vec<One<'_>> = workloads(&change.before)
        .filter(|one| one.kind.is_some_and(is_protected))
        .collect();
    if protected.is_empty() {
        return verdict.lacks("nothing to protect ran before");
    }
    verdict.applies();
    for new in workloads(&change.after) {
        let before = workloads(&change.before).find(|old| {
            old.state.digest.environment == new.state.digest.environment && old.title == new.title
        });
        let rises = before.is_none_or(|old| old.priority < new.priority);
        let by_design = matches!(new.kind, Some(Kind::Alerting | Kind::Edge));
        if !rises || by_design || !new.evicts() {
            continue;
        }
        let outranked = protected
            .iter()
            .filter(|old| old.state.digest.cluster == new.state.digest.cluster)
            .filter(|old| {
                // A workload's own pods are replaced by its own new ones: that is the step that protects it.
                old.title != new.title
                    || old.state.digest.environment != new.state.digest.environment
            })
            // What gets the same class in the same change, being of the write path too, is the same step.
            .filter(|old| !(new.kind.is_some_and(is_protected) && rises_too(old, &new, change)))
            .filter(|old| old.priority < new.priority)
            .min_by_key(|old| old.priority);
        let Some(old) = outranked else {
            continue;
        };
        verdict.found(
            Finding::new(
                Subject::ENVIRONMENT,
                format!(
                    "{} of `{}` gets priority {} while {} of `{}` still runs with {}",
                    new.title,
                    new.state.digest.environment,
                    new.priority,
                    old.title,
                    old.state.digest.environment,
                    old.priority
                ),
            )
            .at(new.place.cloned())
            .why(format!(
                "since `{}` its priority rises above that of pods which keep theirs until they are restarted, and it may evict them",
                change.before_name
            ))
            .help(format!(
                "first give {} of `{}` its class and restart it, in a change of its own; then this one",
                old.title, old.state.digest.environment
            ))
            .in_environment(&new.state.digest.environment)
            .in_environment(&old.state.digest.environment),
        );
    }
}

/// Returns whether a protected workload reaches the same priority in the change itself.
fn rises_too(old: &One<'_>, new: &One<'_>, change: &Change) -> bool {
    workloads(&change.after).any(|now| {
        now.state.digest.environment == old.state.digest.environment
            && now.title == old.title
            && now.priority >= new.priority
            && now.state.digest.environment == new.state.digest.environment
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{changed, environment, prod};

    const INGESTERS: &str =
        "priorityClasses: {high: {value: 3000, kinds: [ingester, store-gateway, alerting]}}";
    const ALL: &str = "priorityClasses: {high: {value: 3000, kinds: [ingester, store-gateway, alerting]}, mid: {value: 2000, kinds: [stateless]}}";

    #[test]
    fn the_write_path_first_then_the_rest_passes() {
        let bare = prod("mimir", "");
        let first = prod("mimir", INGESTERS);
        let second = prod("mimir", ALL);
        assert_eq!(changed(&RULE, &[&bare], &[&first]), Vec::<String>::new());
        assert_eq!(changed(&RULE, &[&first], &[&second]), Vec::<String>::new());
        assert_eq!(changed(&RULE, &[&second], &[&second]), Vec::<String>::new());
    }

    #[test]
    fn everything_at_once_is_found() {
        let found = changed(&RULE, &[&prod("mimir", "")], &[&prod("mimir", ALL)]);
        assert!(
            found.iter().any(|found| found
                .starts_with("error: mimir distributor of `prod` gets priority 2000 while mimir ")),
            "{found:?}"
        );
    }

    #[test]
    fn a_new_environment_that_outranks_the_old_one_is_found() {
        let old = prod("mimir", "");
        let new = environment("test", "mimir", INGESTERS);
        let found = changed(&RULE, &[&old], &[&old, &new]);
        assert!(!found.is_empty());
        assert!(
            found[0].contains("of `test` gets priority 3000"),
            "{found:?}"
        );
    }

    #[test]
    fn what_cannot_evict_is_harmless() {
        let never = ALL.replace(
            "kinds: [stateless]",
            "kinds: [stateless], preemptionPolicy: Never",
        );
        assert_eq!(
            changed(&RULE, &[&prod("mimir", "")], &[&prod("mimir", &never)]),
            Vec::<String>::new()
        );
    }
}
