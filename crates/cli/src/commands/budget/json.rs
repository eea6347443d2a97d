//! A budget as data: amounts in their smallest units, with the unit in the name.

use helmwright::budget::{Addition, Dimension, Group, Load, Plan, Row};
use serde_json::{Value, json};

use super::Account;

/// Returns the budgets of all environments.
pub(super) fn render(accounts: &[Account]) -> Value {
    let environments: Vec<Value> = accounts.iter().map(account).collect();
    json!({"environments": environments})
}

fn account(account: &Account) -> Value {
    let budget = &account.budget;
    let totals = &budget.totals;
    let worst = totals.worst();
    let planned: Vec<Value> = account
        .planned
        .iter()
        .map(|(name, planned)| with(load(planned), json!({"name": name})))
        .collect();
    let untyped: Vec<Value> = budget
        .untyped
        .iter()
        .map(|one| {
            let (what, name) = match &one.what {
                Addition::Role => ("role", None),
                Addition::Sidecar(name) => ("sidecar", Some(name)),
                Addition::Claim(name) => ("claim", Some(name)),
                Addition::Object => ("object", None),
                Addition::Volume => ("volume", None),
            };
            with(
                load(&one.load),
                json!({"component": one.component, "role": one.role, "what": what, "name": name}),
            )
        })
        .collect();
    let limits = totals.at_rest().limits;
    json!({
        "environment": account.environment,
        "namespace": account.namespace,
        "tier": account.tier.name(),
        "workloads": budget.form.name(),
        "releases": budget.groups.iter().map(group).collect::<Vec<_>>(),
        "used": load(&totals.used),
        "alreadyRunning": load(&totals.running),
        "new": load(&totals.new),
        "planned": planned,
        "atRest": load(&totals.at_rest()),
        "rollout": with(
            load(&totals.surge),
            json!({"workloads": totals.surging, "concurrency": totals.concurrency}),
        ),
        "extraIngesters": with(load(&totals.extra), json!({"declared": totals.extra_declared})),
        "worstRollout": load(&worst),
        "autoscalers": load(&totals.scaled),
        "limits": {
            "cpuMillicores": limits.cpu.millicores(),
            "memoryBytes": limits.memory.bytes(),
            "containersWithoutCpu": limits.without_cpu,
            "containersWithoutMemory": limits.without_memory,
        },
        "minHeadroom": budget.min_headroom.as_f64(),
        "quota": Dimension::REQUESTS
            .into_iter()
            .map(|dimension| quota(account, dimension))
            .collect::<Vec<_>>(),
        "untyped": untyped,
        "plan": budget.plan.as_ref().map(|one| plan(account, one)),
    })
}

/// Returns what one dimension's quota is, leaves free, and would have to be.
fn quota(account: &Account, dimension: Dimension) -> Value {
    let budget = &account.budget;
    let of = |load: &Option<Load>| load.as_ref().map(|load| dimension.of(load));
    let free = |load: &Load| budget.headroom(dimension, load).map(|free| free.as_f64());
    json!({
        "resource": dimension.quota_key(),
        "unit": if dimension == Dimension::Cpu { "millicores" } else { "bytes" },
        "today": of(&budget.quota.today),
        "requested": of(&budget.quota.request),
        "headroomAtRest": free(&budget.totals.at_rest()),
        "headroomInWorstRollout": free(&budget.totals.worst()),
        "smallest": budget.smallest_quota(dimension),
        "smallestExact": dimension.least_quota(dimension.of(&budget.totals.worst()), budget.min_headroom),
    })
}

fn group(group: &Group) -> Value {
    json!({
        "component": group.component,
        "release": group.release,
        "alreadyRunning": group.already_running,
        "roles": group.rows.iter().map(row).collect::<Vec<_>>(),
        "atRest": load(&group.at_rest()),
        "rollout": load(&group.surge()),
    })
}

fn row(row: &Row) -> Value {
    json!({
        "role": row.role,
        "zone": row.zone,
        "kind": row.controller.name(),
        "mostReplicas": row.most_replicas,
        "pod": load(&row.pod),
        "atRest": load(&row.at_rest),
        "rollout": load(&row.surge),
    })
}

fn plan(account: &Account, plan: &Plan) -> Value {
    let rows: Vec<Value> = plan
        .rows
        .iter()
        .map(|(row, all)| {
            with(
                load(all),
                json!({"component": row.component, "role": row.role}),
            )
        })
        .collect();
    let differences: Vec<Value> = plan
        .differences
        .iter()
        .map(|one| {
            json!({
                "component": one.component,
                "role": one.role,
                "plan": one.said.as_ref().map(load),
                "runs": one.runs.as_ref().map(load),
            })
        })
        .collect();
    let surged = plan.required.plus(plan.surge);
    let free = |load: &Load| -> Value {
        let parts: serde_json::Map<String, Value> = Dimension::REQUESTS
            .into_iter()
            .map(|dimension| {
                let free = account.budget.headroom(dimension, load);
                (
                    dimension.key().to_owned(),
                    json!(free.map(|free| free.as_f64())),
                )
            })
            .collect();
        parts.into()
    };
    json!({
        "rows": rows,
        "total": load(&plan.total),
        "required": load(&plan.required),
        "headroom": free(&plan.required),
        "rollout": with(load(&plan.surge), json!({"deployments": plan.deployments})),
        "headroomInRollout": free(&surged),
        "extraIngesters": with(load(&plan.extra), json!({"backends": plan.backends})),
        "headroomWithExtraIngesters": free(&surged.plus(plan.extra)),
        "differences": differences,
    })
}

fn load(load: &Load) -> Value {
    json!({
        "cpuMillicores": load.need.cpu.millicores(),
        "memoryBytes": load.need.memory.bytes(),
        "storageBytes": load.need.storage.bytes(),
        "pods": load.need.pods,
        "claims": load.need.claims,
    })
}

/// Adds the members of one object to another.
fn with(mut to: Value, more: Value) -> Value {
    if let (Some(to), Value::Object(more)) = (to.as_object_mut(), more) {
        to.extend(more);
    }
    to
}
