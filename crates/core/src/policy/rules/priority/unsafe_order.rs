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
    condition: "Compared with an earlier revision, over environments that may share nodes: no workload that is new or has a higher priority than before, and may evict, outranks an ingester, store-gateway or alerting workload by the priority that it ran with before; nor does a class that becomes the default. Ingesters of the same change that were below are protected first, in a change of their own. Protected workloads that rise in one change are one step, over all environments, where those of other environments reach the same priority; those of a more important tier (prod, then test, then dev) may outrank a less important one's. Alerting and the edge may outrank by design.",
    why: "Priorities count when a pod is admitted. Until the protected pods were restarted with their class they run with the old one, and whatever is deployed before that with a higher one takes their places.",
    source: "The pod-priority outage: its authors say that existing ingesters should have had their class before anything else could outrank them.",
    fix: "Three changes, each rolled out before the next: classes without a default; the stateful workloads that run, restarted with their class; then everything else.",
    passes: "priorityClasses: {obs-ingester: {value: 3000, kinds: [ingester, store-gateway]}}   # alone, first",
    fails: "priorityClasses:\n  obs-ingester: {value: 3000, kinds: [ingester, store-gateway]}\n  obs-stateless: {value: 2000, kinds: [stateless]}   # in the same change",
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
            .filter(|old| old.priority < new.priority)
            .filter(|old| {
                // A workload's own pods are replaced by its own new ones: that is the step that protects it.
                old.title != new.title
                    || old.state.digest.environment != new.state.digest.environment
            })
            .filter(|old| !(new.kind.is_some_and(is_protected) && is_one_step(old, &new, change)))
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
            .help(help(old, &new))
            .in_environment(&new.state.digest.environment)
            .in_environment(&old.state.digest.environment),
        );
    }
}

/// Returns whether a protected workload may pass another: it matters more, or both rise in the change itself.
fn is_one_step(old: &One<'_>, new: &One<'_>, change: &Change) -> bool {
    let (theirs, own) = (&old.state.digest, &new.state.digest);
    own.tier > theirs.tier
        || workloads(&change.after).any(|now| {
            let digest = &now.state.digest;
            // Within an environment the classes of its own kinds may differ, and which goes above is decided elsewhere.
            let rises = digest.environment == own.environment && now.priority > old.priority;
            digest.environment == theirs.environment
                && now.title == old.title
                && (rises || now.priority >= new.priority)
        })
}

fn help(old: &One<'_>, new: &One<'_>) -> String {
    let whom = format!("{} of `{}`", old.title, old.state.digest.environment);
    if new.kind.is_some_and(is_protected) {
        format!("give {whom} its class in the same change, or in one before it")
    } else {
        format!("first give {whom} its class and restart it, in a change of its own; then this one")
    }
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

    /// Asks of prod and dev in one cluster, each with these lines before and after.
    fn shared(before: [&str; 2], after: [&str; 2]) -> Vec<String> {
        let texts = |[prod, dev]: [&str; 2]| {
            ["prod", "dev"].map(|tier| {
                let rest = if tier == "prod" { prod } else { dev };
                environment(tier, "tempo", &format!("cluster: {{name: one}}\n{rest}"))
            })
        };
        let (before, after) = (texts(before), texts(after));
        changed(
            &RULE,
            &before.each_ref().map(String::as_str),
            &after.each_ref().map(String::as_str),
        )
    }

    #[test]
    fn the_write_path_of_the_more_important_tier_goes_first() {
        let nothing = Vec::<String>::new();
        assert_eq!(shared(["", ""], [INGESTERS, ""]), nothing);
        assert_eq!(shared([INGESTERS, ""], [INGESTERS, INGESTERS]), nothing);
        assert_eq!(shared([INGESTERS, INGESTERS], [ALL, ALL]), nothing);
    }

    #[test]
    fn the_less_important_tier_does_not() {
        let found = shared(["", ""], ["", INGESTERS]);
        assert!(
            found
                .iter()
                .any(|found| found.contains("of `dev` gets priority 3000 while tempo")),
            "{found:?}"
        );
    }

    #[test]
    fn what_is_protected_in_one_change_is_one_step() {
        let nothing = Vec::<String>::new();
        let higher = INGESTERS.replace("3000", "3500");
        assert_eq!(shared(["", ""], [INGESTERS, INGESTERS]), nothing);
        assert_eq!(shared([INGESTERS, INGESTERS], [&higher, &higher]), nothing);
        assert!(!shared([INGESTERS, INGESTERS], [INGESTERS, &higher]).is_empty());
        let apart = "priorityClasses: {high: {value: 3000, kinds: [ingester]}, mid: {value: 2500, kinds: [store-gateway, alerting]}}";
        assert_eq!(
            changed(&RULE, &[&prod("mimir", "")], &[&prod("mimir", apart)]),
            nothing
        );
    }

    #[test]
    fn stateless_pods_wait_for_the_write_path_of_all() {
        assert!(!shared(["", ""], [ALL, ALL]).is_empty());
        assert!(!shared([INGESTERS, ""], [ALL, ""]).is_empty());
    }
}
