//! The budget by its properties, and by the rollout plan's numbers.

use proptest::prelude::*;

use super::*;
use crate::catalog::Catalog;
use crate::environment::{Environment, Kind, NoLayers};
use crate::pipeline::Derived;
use crate::source::Source;
use crate::units::{Cpu, Memory, Storage};
use crate::workload::{Claim, Container, Controller, Count, Parts, SpreadRule};

/// Looks at the budget of an environment, which must be sound.
fn look<T>(text: &str, see: impl FnOnce(&Scope<'_>) -> T) -> T {
    let catalog = Catalog::bundled();
    let read = Environment::read(&Source::new("env.yaml", text), &NoLayers, catalog);
    let environment = read
        .environment
        .unwrap_or_else(|| panic!("{:?}", read.diagnostics));
    let derived = Derived::new(environment, catalog, &mut Vec::new());
    let inputs = derived.inputs(catalog);
    see(&Scope {
        environment: Some(derived.environment()),
        releases: derived.releases(),
        workloads: &inputs.workloads,
        planned: &inputs.planned,
        manifests: None,
        namespace: &derived.environment().namespace,
        index: None,
    })
}

const TRAEFIK: &str = "environment: prod\nnamespace: team\n";

fn traefik(rest: &str) -> String {
    format!("{TRAEFIK}{rest}components: {{traefik: {{}}}}\n")
}

/// Makes a workload out of nothing but numbers.
fn workload(pods: u32, millicores: u64, mebibytes: u64) -> Workload {
    look(&traefik(""), |scope| {
        let mut one = scope.workloads[0].clone();
        one.replicas = pods;
        one.containers = Parts::from(vec![Container {
            requests: crate::workload::Resources {
                cpu: Some(Cpu::from_millicores(millicores)),
                memory: Some(Memory::from_bytes(mebibytes << 20)),
                ..crate::workload::Resources::default()
            },
            ..Container::default()
        }]);
        one
    })
}

fn totals(workloads: &[Workload], environment: &str) -> Totals {
    look(environment, |scope| {
        Totals::of(&Scope {
            workloads,
            ..*scope
        })
    })
}

#[test]
fn what_already_runs_is_inside_what_is_used() {
    let used = "alreadyUsed: {cpu: 1, memory: 2Gi, storage: 3Gi}\n";
    let mut one = workload(2, 100, 64);
    let new = totals(std::slice::from_ref(&one), &traefik(used));
    one.already_running = true;
    let running = totals(std::slice::from_ref(&one), &traefik(used));
    assert_eq!(new.at_rest().need.cpu.millicores(), 1200);
    assert_eq!(running.at_rest().need.cpu.millicores(), 1000);
    // The pods themselves are there all the same, and a rollout of them adds new ones.
    assert_eq!(running.at_rest().need.pods, 2);
    assert_eq!(running.worst().need.cpu.millicores(), 1100);
}

#[test]
fn jobs_count_while_they_run_only() {
    let mut job = workload(3, 100, 64);
    job.controller = Controller::Job;
    let sum = totals(&[job], &traefik(""));
    assert_eq!(sum.at_rest().need.pods, 0);
    assert_eq!(sum.worst().need.pods, 3);
}

#[test]
fn only_the_worst_few_roll_where_that_is_said() {
    let few = "assumptions: {rollout: {concurrency: 1}}\n";
    let both = [workload(2, 500, 64), workload(2, 100, 256)];
    let sum = totals(&both, &traefik(few));
    // Each amount by itself: no order of rollouts needs more.
    assert_eq!(sum.surge.need.cpu.millicores(), 500);
    assert_eq!(sum.surge.need.memory.to_string(), "256Mi");
    assert_eq!(sum.surging, 2);
    let all = totals(&both, &traefik(""));
    assert_eq!(all.surge.need.cpu.millicores(), 600);
}

#[test]
fn one_more_ingester_counts_where_it_is_declared() {
    let mut one = workload(3, 100, 64);
    one.kind = Some(Kind::Ingester);
    one.controller = Controller::StatefulSet;
    one.claims = Parts::from(vec![Claim {
        name: "data".to_owned(),
        size: Storage::from_bytes(5 << 30),
        class: None,
    }]);
    let mut zone = one.clone();
    zone.zone = Some("b".into());
    let both = [one, zone];
    let quiet = totals(&both, &traefik(""));
    assert_eq!(quiet.extra.need.storage.to_string(), "5Gi", "one a backend");
    assert_eq!(quiet.worst(), quiet.at_rest());
    let declared = "assumptions: {rollout: {extraReplicaDuringUpdate: true}}\n";
    let loud = totals(&both, &traefik(declared));
    assert_eq!(loud.worst().need.pods, quiet.worst().need.pods + 1);
}

#[test]
fn sums_that_no_number_holds_are_the_largest() {
    let sum = totals(
        &[workload(u32::MAX, u64::MAX / 2, 1), workload(2, 1, 1)],
        &traefik(""),
    );
    assert_eq!(sum.at_rest().need.cpu.millicores(), u64::MAX);
    assert_eq!(
        Dimension::Cpu.smallest_quota(u64::MAX, Ratio::per_mille(200)),
        None
    );
}

#[test]
fn every_word_of_a_quota_has_its_dimension() {
    for dimension in Dimension::ALL {
        assert_eq!(
            Dimension::of_quota_key(dimension.quota_key()),
            Some(dimension)
        );
    }
    assert_eq!(Dimension::of_quota_key("cpu"), Some(Dimension::Cpu));
    assert_eq!(Dimension::of_quota_key("services"), None);
}

#[test]
fn a_hole_is_on_one_node() {
    let hole = |count: u32, memory: &str, spread: SpreadRule| {
        let mut ingester = workload(2, 100, 2048);
        ingester.spread.nodes = spread;
        let workloads = [ingester, workload(2, 100, 1024)];
        let environment = traefik(&format!(
            "assumptions: {{nodes: {{count: {count}, cpu: 4, memory: {memory}}}}}\n"
        ));
        look(&environment, |scope| {
            let scope = Scope {
                workloads: &workloads,
                ..*scope
            };
            let nodes = scope
                .environment
                .unwrap()
                .model
                .assumptions
                .nodes
                .clone()
                .unwrap();
            hole_for(&workloads[0], &scope, &Totals::of(&scope), &nodes).fits
        })
    };
    // Three of 2Gi and two of 1Gi on nodes of 3Gi: the third node is empty.
    assert!(hole(3, "3Gi", SpreadRule::Soft));
    assert!(!hole(2, "3Gi", SpreadRule::Soft));
    assert!(hole(2, "5Gi", SpreadRule::Soft));
    // Two pods may not share a node, so two nodes never hold three.
    assert!(!hole(2, "64Gi", SpreadRule::Hard));
    assert!(hole(3, "64Gi", SpreadRule::Hard));
    assert!(hole(u32::MAX, "3Gi", SpreadRule::Hard));
}

const CLAIMS: &str = "---
# Source: traefik/templates/claim.yaml
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: certificates, namespace: team}
spec: {resources: {requests: {storage: 5Gi}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: elsewhere, namespace: others}
spec: {resources: {requests: {storage: 7Gi}}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: team}
spec: {hard: {requests.storage: 6Gi, pods: 9, count/services: 3}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: best-effort}
spec: {hard: {pods: 1}, scopes: [BestEffort]}
";

#[test]
fn claims_and_quotas_of_a_stream_count_in_their_namespace() {
    let mut reader = crate::manifest::Reader::new("stream");
    reader.feed(CLAIMS);
    let manifests = reader.finish();
    let measured = |environment: &str| {
        look(environment, |scope| {
            let scope = Scope {
                manifests: Some(&manifests),
                ..*scope
            };
            Budget::of(&scope, Some(scope.workloads))
        })
    };
    let budget = measured(&traefik("quota: {cpu: 9, memory: 9Gi, storage: 9Gi}\n"));
    assert_eq!(budget.totals.new.need.storage.to_string(), "5Gi");
    let bound = |dimension| budget.quota.bound(dimension).unwrap();
    assert_eq!(
        bound(Dimension::Storage).origin.words(),
        "`requests.storage` of ResourceQuota `team`"
    );
    assert_eq!(bound(Dimension::Pods).units, 9);
    assert_eq!(bound(Dimension::Cpu).origin, Origin::Today);
    let volumes: Vec<&Untyped> = budget
        .untyped
        .iter()
        .filter(|one| one.what == Addition::Volume)
        .collect();
    assert_eq!(volumes.len(), 1, "{volumes:?}");

    let running =
        "environment: prod\nnamespace: team\ncomponents: {traefik: {alreadyRunning: true}}\n";
    let budget = measured(running);
    assert_eq!(budget.totals.new.need.storage, Storage::ZERO);
    assert_eq!(budget.totals.running.need.storage.to_string(), "5Gi");
}

#[test]
fn what_nobody_typed_adds_up_to_what_is_there() {
    let all = |environment: &str| {
        look(environment, |scope| {
            let untyped = Untyped::all(scope, None);
            let sum: Load = untyped.iter().map(|one| one.load).sum();
            let totals = Totals::of(scope);
            (untyped.len(), sum.need, totals.new.need)
        })
    };
    let alloy = "environment: prod\nnamespace: team\ncomponents:\n  mimir: {}\n  alloy: {}\n"
        .to_owned()
        + "objectStore: {provider: seaweedfs, instance: store, endpoint: 'store.svc:8333', credentials: {secretName: keys}}\n";
    let (count, untyped, new) = all(&alloy);
    assert!(count > 5);
    assert_eq!(untyped, new, "nothing is named, so everything is listed");
    let named = "environment: prod\nnamespace: team\ncomponents: {traefik: {roles: {traefik: {replicas: 3}}}}\n";
    assert_eq!(all(named).0, 0);
}

fn any_workload() -> impl Strategy<Value = Workload> {
    (
        0..20_u32,
        0..5_000_u64,
        0..9_000_u64,
        0..4_u8,
        any::<bool>(),
        0..120_u32,
    )
        .prop_map(|(pods, cpu, memory, controller, running, surge)| {
            let mut one = PLAIN.with(Clone::clone);
            one.replicas = pods;
            one.containers[0].requests.cpu = Some(Cpu::from_millicores(cpu));
            one.containers[0].requests.memory = Some(Memory::from_bytes(memory << 20));
            one.controller = match controller {
                0 => Controller::Deployment,
                1 => Controller::StatefulSet,
                2 => Controller::DaemonSet,
                _ => Controller::Job,
            };
            if controller == 1 {
                one.kind = Some(Kind::Ingester);
            }
            one.max_surge = Count::Percent(surge);
            one.already_running = running;
            one
        })
}

thread_local! {
    /// Deriving one for each case would take most of the time.
    static PLAIN: Workload = workload(1, 1, 1);
}

fn sum(workloads: &[Workload]) -> Totals {
    Totals::of(&Scope {
        workloads,
        ..Scope::default()
    })
}

proptest! {
    #[test]
    fn roles_add_up_to_the_namespace(mut workloads in proptest::collection::vec(any_workload(), 0..8)) {
        for (index, workload) in workloads.iter_mut().enumerate() {
            workload.component = format!("c{}", index % 3).into();
        }
        let scope = Scope { workloads: &workloads, ..Scope::default() };
        let totals = Totals::of(&scope);
        let groups = Group::all(&scope);
        let rest: Load = groups.iter().map(Group::at_rest).sum();
        prop_assert_eq!(rest, totals.running.plus(totals.new));
        let surge: Load = groups.iter().map(Group::surge).sum();
        prop_assert_eq!(surge, totals.surge);
        let rows: usize = groups.iter().map(|group| group.rows.len()).sum();
        prop_assert_eq!(rows, workloads.len());
    }

    #[test]
    fn more_replicas_are_never_less(mut workloads in proptest::collection::vec(any_workload(), 1..6), at in 0..6_usize) {
        let before = sum(&workloads);
        let at = at % workloads.len();
        workloads[at].replicas += 1;
        let after = sum(&workloads);
        for dimension in Dimension::ALL {
            prop_assert!(dimension.of(&after.at_rest()) >= dimension.of(&before.at_rest()));
            prop_assert!(dimension.of(&after.worst()) >= dimension.of(&before.worst()));
        }
    }

    #[test]
    fn a_rollout_needs_no_less_than_rest_and_few_no_more_than_all(workloads in proptest::collection::vec(any_workload(), 0..6), most in 1..4_u32) {
        let all = sum(&workloads);
        let mut some = Totals { concurrency: Some(most), ..Totals::default() };
        some.add_workloads(&Scope { workloads: &workloads, ..Scope::default() });
        for dimension in Dimension::ALL {
            prop_assert!(dimension.of(&all.worst()) >= dimension.of(&all.at_rest()));
            prop_assert!(dimension.of(&some.surge) <= dimension.of(&all.surge));
        }
    }

    #[test]
    fn what_already_runs_never_adds_at_rest(workloads in proptest::collection::vec(any_workload(), 0..6)) {
        let new: Vec<Workload> = workloads.iter().filter(|one| !one.already_running).cloned().collect();
        let (all, new) = (sum(&workloads).at_rest(), sum(&new).at_rest());
        for dimension in Dimension::REQUESTS {
            prop_assert_eq!(dimension.of(&all), dimension.of(&new));
        }
    }
}

/// Returns what is planned, and what comes new, of a prod environment with this section of Pyroscope.
fn planned(rest: &str, section: &str) -> (Load, Load) {
    let text = format!(
        "environment: prod\nnamespace: team\n{rest}objectStore: {{provider: seaweedfs, instance: store, \
         endpoint: 'store.svc:8333', credentials: {{secretName: keys}}}}\ncomponents: {{pyroscope: {section}}}\n"
    );
    look(&text, |scope| {
        let totals = Totals::of(scope);
        (totals.planned, totals.new)
    })
}

/// The rollout plan's phase 3.
const PHASE_3: &str = "planned: [{name: pyroscope, cpu: 950m, memory: 3.3Gi, storage: 2Gi}]\n";

fn amounts(load: &Load) -> [String; 3] {
    [Dimension::Cpu, Dimension::Memory, Dimension::Storage]
        .map(|dimension| dimension.shown(dimension.of(load)).to_string())
}

#[test]
fn the_role_table_keeps_to_what_the_plan_counts_for_phase_3() {
    let (off, nothing) = planned("", "{enabled: false}");
    assert_eq!(amounts(&off), ["950m", "3.3Gi", "2Gi"]);
    assert_eq!(off.need.memory, "3360Mi".parse().unwrap());
    assert_eq!(nothing, Load::ZERO);
    let (_, on) = planned("", "{}");
    assert_eq!(amounts(&on), amounts(&off));
    let (stated, _) = planned(PHASE_3, "{enabled: false}");
    assert!(on.need.cpu <= stated.need.cpu && on.need.memory <= stated.need.memory);
    assert!(on.need.storage <= stated.need.storage);
}

#[test]
fn a_row_of_what_comes_later_counts_once_whether_it_runs_or_not() {
    let section = "{enabled: false, roles: {distributor: {replicas: 9}}}";
    // While it is off the row stands for it, whatever the section says.
    let (off, nothing) = planned(PHASE_3, section);
    assert_eq!(amounts(&off), ["950m", "3.3Gi", "2Gi"]);
    assert_eq!(nothing, Load::ZERO);
    // Once it is on its pods count, and the row does not.
    let (row, on) = planned(PHASE_3, "{}");
    assert_eq!(row, Load::ZERO);
    assert_eq!(amounts(&on), ["950m", "3.3Gi", "2Gi"]);
    // Without a row the section counts as it would run.
    let (own, _) = planned("", section);
    assert_eq!(amounts(&own)[0], "1300m");
    // A row of something else counts in any case.
    let other = PHASE_3.replace("pyroscope", "grafana");
    assert_eq!(amounts(&planned(&other, "{}").0), ["950m", "3.3Gi", "2Gi"]);
}

#[test]
fn what_is_off_and_not_planned_by_its_manifest_counts_nowhere() {
    look(
        "environment: prod\nnamespace: team\ncomponents: {traefik: {enabled: false}}\n",
        |scope| assert_eq!(Totals::of(scope).planned, Load::ZERO),
    );
}

/// What has a namespace of its own is in no quota of this one.
#[test]
fn what_lives_elsewhere_does_not_count() {
    const BOTH: &str = "environment: dev\nnamespace: team\nquota: {cpu: 1, memory: 1Gi, storage: 1Gi}\ncomponents:\n  traefik: {}\n  grafana:\n    namespace: screens\n    roles: {grafana: {storage: {size: 5Gi}}}\n";
    let need = |text: &str| {
        look(text, |scope| {
            let budget = Budget::of(scope, None);
            let need = budget.totals.new.need;
            (need.cpu.to_string(), need.storage.to_string(), need.pods)
        })
    };
    assert_eq!(need(BOTH), ("200m".to_owned(), "0".to_owned(), 1));
    let here = BOTH.replace("    namespace: screens\n", "");
    assert_eq!(need(&here), ("310m".to_owned(), "5Gi".to_owned(), 2));
}
