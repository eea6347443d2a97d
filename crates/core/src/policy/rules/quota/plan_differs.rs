//! `quota/plan-differs` (HW-QUOTA-005): what runs is not what was planned.

use super::each_scope;
use crate::budget::differ::{self, Difference};
use crate::budget::{self, Dimension, Load, Scope};
use crate::manifest::{Claim, Object};
use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};
use crate::source::Location;
use crate::workload::{Form, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "quota/plan-differs",
    entry: "HW-QUOTA-005",
    summary: "The budget counts what the chart really starts",
    severities: Severities::ERROR,
    waivable: true,
    condition: "For each role of each release, rendered pods, requests and volumes equal those that were predicted; nothing is rendered that was not predicted, and nothing predicted is missing. Where the environment carries a written `plan:`, its rows are held against what is predicted in the same way; what already runs needs no row.",
    why: "Charts rename, multiply and add: a budget of what somebody typed is not a budget of what starts.",
    source: "The rollout plan's tables leave out the rulers, the query-schedulers, the overrides-exporter and the volumes of the store-gateways, and have a row that no chart has. Mimir's chart spreads replicas over zones as `ceil(replicas / zones)` each, so that one replica starts three pods.",
    fix: "Make the sizing table from `helmwright budget`, and switch zones off where one is meant.",
    passes: "plan:\n  - {component: traefik, role: traefik, kind: edge, replicas: 2, cpu: 400m, memory: 512Mi}",
    fails: "plan:\n  - {component: tempo, role: store-gateway, kind: store-gateway, replicas: 2, cpu: 200m, memory: 1Gi}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    match (facts.form, facts.predicted, facts.environment) {
        (Form::Rendered, Some(predicted), _) => {
            verdict.applies();
            each_scope(facts, |scope| as_rendered(facts, predicted, scope, verdict));
        }
        (Form::Predicted, _, Some(environment)) if !environment.model.plan.is_empty() => {
            verdict.applies();
            // The plan is that of the environment's namespace.
            let here = facts
                .workloads
                .iter()
                .filter(|one| *one.namespace == *environment.namespace);
            for difference in budget::differences(&environment.model.plan, here) {
                verdict.found(planned(facts, &difference));
            }
        }
        (Form::Predicted, ..) => verdict.lacks("no written plan"),
        (Form::Rendered, ..) => verdict.lacks("nothing was predicted"),
    }
}

/// Holds what is rendered against what was predicted.
fn as_rendered(
    facts: &Facts<'_>,
    predicted: &[Workload],
    scope: &Scope<'_>,
    verdict: &mut Verdict<'_>,
) {
    // A release may have a namespace of its own, whose pods are in no quota of this one.
    let is_elsewhere = |namespace: &str| {
        facts.environment.is_some()
            && !namespace.is_empty()
            && namespace != scope.namespace
            && predicted.iter().any(|one| *one.namespace == *namespace)
    };
    let elsewhere = facts.workloads.iter();
    let elsewhere = elsewhere.filter(|one| is_elsewhere(&one.namespace));
    let said = differ::by_role(predicted);
    let mut runs = differ::by_role(scope.workloads().chain(elsewhere));
    let all = Scope {
        namespace: "",
        ..*scope
    };
    let is_known = |object: &Object| match object.namespace.as_deref() {
        Some(namespace) => namespace == scope.namespace || is_elsewhere(namespace),
        None => true,
    };
    let measured = if facts.environment.is_some() {
        all
    } else {
        *scope
    };
    for (object, claim, _) in measured.claims() {
        let held = scope
            .holder(object)
            .map(|one| (&*one.component, &*one.role))
            .filter(|key| said.get(key).is_some_and(|load| load.need.claims > 0))
            .and_then(|key| runs.get_mut(&key));
        match held {
            Some(load) => {
                let mut one = Load::ZERO;
                one.need.storage = claim.size().unwrap_or_default();
                one.need.claims = 1;
                *load = load.plus(one);
            }
            None if is_known(object) => verdict.found(volume(facts, object, claim)),
            None => {}
        }
    }
    for difference in differ::compare(&said, &runs) {
        verdict.found(rendered(facts, &difference));
    }
}

fn subject(difference: &Difference) -> Subject {
    Subject {
        component: Some(difference.component.clone()),
        role: Some(difference.role.clone()),
    }
}

fn title(difference: &Difference) -> String {
    if difference.role == difference.component {
        difference.component.clone()
    } else {
        format!("{} {}", difference.component, difference.role)
    }
}

/// Returns a load in a few words: `2 pods, 100m, 512Mi`, and its volumes where there are any.
fn words(load: &Load) -> String {
    let pods = load.need.pods;
    let mut text = format!(
        "{pods} pod{}, {}, {}",
        if pods == 1 { "" } else { "s" },
        Dimension::Cpu.shown(Dimension::Cpu.of(load)),
        Dimension::Memory.shown(Dimension::Memory.of(load)),
    );
    let storage = Dimension::Storage.of(load);
    if storage > 0 {
        text.push_str(&format!(
            ", {} of volumes",
            Dimension::Storage.shown(storage)
        ));
    }
    text
}

/// Returns what differs: `pods 3, not 2; storage 4Gi, not 0Gi`.
fn amounts(difference: &Difference, runs: &Load, said: &Load) -> String {
    let parts: Vec<String> = difference
        .amounts
        .iter()
        .map(|dimension| {
            format!(
                "{dimension} {}, not {}",
                dimension.shown(dimension.of(runs)),
                dimension.shown(dimension.of(said))
            )
        })
        .collect();
    parts.join("; ")
}

fn planned(facts: &Facts<'_>, difference: &Difference) -> Finding {
    let row = facts.environment.and_then(|environment| {
        let at =
            environment.model.plan.iter().position(|row| {
                row.component == difference.component && row.role == difference.role
            })?;
        Some(environment.location(&format!("plan.{at}")))
    });
    let title = title(difference);
    let found = |message: String| Finding::new(subject(difference), message);
    match (&difference.said, &difference.runs) {
        (Some(said), None) => found(format!(
            "the plan has a row for {title}, and no such pod runs"
        ))
        .at(row)
        .why(format!(
            "the row counts {} that nothing will use",
            words(said)
        ))
        .help("remove the row, or switch on what it stands for"),
        (None, Some(runs)) => found(format!("{title} runs, and the plan has no row for it"))
            .at(runs_at(facts, difference))
            .label(facts.setting("plan"), "the plan")
            .why(format!("the chart starts {}", words(runs)))
            .help(format!("add a row for it: {}", words(runs))),
        (Some(said), Some(runs)) => found(format!(
            "the plan's row for {title} differs from what runs: {}",
            amounts(difference, runs, said)
        ))
        .at(row)
        .label(runs_at(facts, difference), "what runs")
        .why(format!(
            "the plan says {}; it is {}",
            words(said),
            words(runs)
        ))
        .help("write the row as it runs, or change the role"),
        (None, None) => found(title),
    }
}

fn rendered(facts: &Facts<'_>, difference: &Difference) -> Finding {
    let title = title(difference);
    let found = |message: String| Finding::new(subject(difference), message);
    match (&difference.said, &difference.runs) {
        (Some(said), None) => found(format!("{title} was predicted and is not rendered"))
            .at(predicted_at(facts, difference))
            .why(format!("the budget counts {} of it", words(said)))
            .help("look for the value that switches it off"),
        (None, Some(runs)) => found(format!("{title} is rendered and was not predicted"))
            .at(runs_at(facts, difference))
            .why(format!(
                "the chart starts {} that no budget counts",
                words(runs)
            ))
            .help("switch it off in the component's `values:`, or count it among `planned`"),
        (Some(said), Some(runs)) => found(format!(
            "{title} is rendered otherwise than predicted: {}",
            amounts(difference, runs, said)
        ))
        .at(runs_at(facts, difference))
        .label(predicted_at(facts, difference), "predicted from this")
        .why(format!(
            "the chart makes {} of it, and the budget counts {}",
            words(runs),
            words(said)
        ))
        .help("look for an override or a default of the chart that multiplies it, such as zones"),
        (None, None) => found(title),
    }
}

/// Says of a claim that is an object of its own: predictions know only those of pods.
fn volume(facts: &Facts<'_>, object: &Object, claim: &Claim) -> Finding {
    let size = claim.size().unwrap_or_default();
    Finding::new(
        Subject::ENVIRONMENT,
        format!(
            "claim `{}` of {size} is rendered and was not predicted",
            object.name
        ),
    )
    .at(facts
        .manifests
        .map(|manifests| manifests.location(object, &object.place)))
    .why("it counts against the quota like the claims of pods")
    .help("switch it off in the component's `values:`, or count it among `planned`")
}

/// Returns where that which runs is decided.
fn runs_at(facts: &Facts<'_>, difference: &Difference) -> Option<Location> {
    let workload = facts.workloads.iter().find(|workload| {
        workload.component == difference.component && workload.role == difference.role
    })?;
    facts.place(workload, "replicas")
}

/// Returns where the environment decides a role.
fn predicted_at(facts: &Facts<'_>, difference: &Difference) -> Option<Location> {
    facts.setting(&format!(
        "components.{}.roles.{}",
        difference.component, difference.role
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, look, prod, said};

    fn planned(rows: &str) -> String {
        prod("traefik", &format!("plan:\n{rows}"))
    }

    #[test]
    fn a_plan_that_is_right_passes() {
        let row = "  - {component: traefik, role: traefik, kind: edge, replicas: 2, cpu: 400m, memory: 512Mi}";
        assert_eq!(asked(&RULE, &planned(row)), Vec::<String>::new());
    }

    #[test]
    fn rows_too_many_too_few_and_wrong_are_found() {
        let rows = "  - {component: traefik, role: traefik, kind: edge, replicas: 1, cpu: 400m, memory: 1Gi}\n  \
                    - {component: tempo, role: store-gateway, kind: store-gateway, replicas: 2, cpu: 200m, memory: 1Gi}";
        assert_eq!(
            asked(&RULE, &planned(rows)),
            [
                "error: the plan has a row for tempo store-gateway, and no such pod runs",
                "error: the plan's row for traefik differs from what runs: pods 2, not 1; memory 512Mi, not 1Gi",
            ]
        );
        let other = "  - {component: tempo, role: ingester, kind: ingester, replicas: 1, cpu: 1, memory: 1Gi}";
        assert!(
            asked(&RULE, &planned(other))
                .contains(&"error: traefik runs, and the plan has no row for it".to_owned())
        );
    }

    #[test]
    fn what_already_runs_needs_no_row() {
        let other = "  - {component: tempo, role: ingester, kind: ingester, replicas: 1, cpu: 1, memory: 1Gi}";
        let text = format!("{}    alreadyRunning: true\n", planned(other));
        assert_eq!(asked(&RULE, &text).len(), 1);
    }

    #[test]
    fn rendered_pods_are_held_against_predicted_ones() {
        let compare = |change: fn(&mut Vec<crate::workload::Workload>)| {
            look(&prod("traefik", ""), |facts| {
                let mut workloads = facts.workloads.to_vec();
                change(&mut workloads);
                let facts = Facts {
                    form: Form::Rendered,
                    workloads: &workloads,
                    predicted: Some(facts.workloads),
                    ..*facts
                };
                said(&RULE, &facts)
            })
        };
        assert_eq!(compare(|_| ()), Vec::<String>::new());
        assert_eq!(
            compare(|workloads| workloads[0].replicas = 3),
            [
                "error: traefik is rendered otherwise than predicted: pods 3, not 2; CPU 600m, not 400m; memory 768Mi, not 512Mi"
            ]
        );
        assert_eq!(
            compare(Vec::clear),
            ["error: traefik was predicted and is not rendered"]
        );
        assert_eq!(
            compare(|workloads| {
                let mut more = workloads[0].clone();
                more.role = "extra".into();
                workloads.push(more);
            }),
            ["error: traefik extra is rendered and was not predicted"]
        );
    }

    const GRAFANA: &str = "environment: dev\nnamespace: team\nplan:\n  - {component: traefik, role: traefik, kind: edge, replicas: 1, cpu: 200m, memory: 256Mi}\ncomponents:\n  traefik: {}\n  grafana:\n    namespace: screens\n    roles: {grafana: {storage: {size: 5Gi}}}\n";

    #[test]
    fn a_plan_is_that_of_the_own_namespace() {
        assert_eq!(asked(&RULE, GRAFANA), Vec::<String>::new());
        let here = GRAFANA.replace("    namespace: screens\n", "");
        assert_eq!(
            asked(&RULE, &here),
            ["info: grafana runs, and the plan has no row for it"]
        );
    }

    /// The pods of a Deployment share a claim, which is an object of its own.
    #[test]
    fn a_claim_that_pods_share_is_that_of_their_role() {
        let stream = |namespace: &str, claim: &str| {
            let kinds = [
                (
                    "v1",
                    "PersistentVolumeClaim",
                    "grafana",
                    "{resources: {requests: {storage: 5Gi}}}",
                ),
                (
                    "apps/v1",
                    "Deployment",
                    "grafana",
                    &format!(
                        "{{replicas: 1, template: {{metadata: {{labels: {{app.kubernetes.io/name: grafana, app.kubernetes.io/instance: grafana}}}}, spec: {{containers: [{{name: grafana, resources: {{requests: {{cpu: 110m, memory: 352Mi}}}}}}], volumes: [{{name: storage, persistentVolumeClaim: {{claimName: {claim}}}}}]}}}}}}"
                    ),
                ),
            ];
            kinds.map(|(version, kind, name, spec)| format!("---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}, labels: {{app.kubernetes.io/name: grafana, app.kubernetes.io/instance: grafana}}}}\nspec: {spec}\n")).concat()
        };
        let alone = "environment: dev\nnamespace: team\ncomponents:\n  grafana:\n    namespace: screens\n    roles: {grafana: {storage: {size: 5Gi}}}\n";
        let found = |stream: &str| {
            look(alone, |facts| {
                let mut reader = crate::manifest::Reader::new("stream");
                reader.feed(stream);
                let manifests = reader.finish();
                let workloads = crate::workload::rendered(
                    &manifests,
                    facts.environment,
                    facts.releases,
                    facts.catalog,
                );
                let facts = Facts {
                    form: Form::Rendered,
                    workloads: &workloads,
                    manifests: Some(&manifests),
                    predicted: Some(facts.workloads),
                    ..*facts
                };
                said(&RULE, &facts)
            })
        };
        assert_eq!(found(&stream("screens", "grafana")), Vec::<String>::new());
        assert_eq!(
            found(&stream("screens", "other")),
            [
                "info: claim `grafana` of 5Gi is rendered and was not predicted",
                "info: grafana is rendered otherwise than predicted: storage 0Gi, not 5Gi"
            ]
        );
        assert_eq!(
            found(&stream("nowhere", "grafana")),
            ["info: grafana was predicted and is not rendered"]
        );
    }

    #[test]
    fn without_a_plan_there_is_nothing_to_compare() {
        assert!(!applies(&RULE, &prod("traefik", "")));
    }
}
