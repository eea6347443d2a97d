//! Phrases that text and Markdown share.

use helmwright::budget::differ::Difference;
use helmwright::budget::{Addition, Dimension, Group, Load, Plan, Row, Untyped};

use super::Account;

/// Returns a number of things: `1 pod`, `2 pods`.
pub(super) fn count(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Returns requests in a row: `600m, 2.5Gi`, and storage where there is any.
pub(super) fn amounts(load: &Load) -> String {
    let shown: Vec<String> = Dimension::REQUESTS
        .into_iter()
        .filter(|dimension| *dimension != Dimension::Storage || dimension.of(load) > 0)
        .map(|dimension| dimension.shown(dimension.of(load)).to_string())
        .collect();
    shown.join(", ")
}

/// Returns an amount, or a dash for nothing.
pub(super) fn amount(dimension: Dimension, load: &Load) -> String {
    match dimension.of(load) {
        0 => "-".to_owned(),
        units => dimension.shown(units).to_string(),
    }
}

/// Returns what a rollout adds to a role: `1 pod: 100m, 256Mi`.
pub(super) fn surge(row: &Row) -> String {
    if row.surge_pods == 0 {
        return "-".to_owned();
    }
    let pods = count(u64::from(row.surge_pods), "pod");
    format!("{pods}: {}", amounts(&row.surge))
}

/// Returns what a release is called: by its component, and by its own name where that is another.
pub(super) fn release(group: &Group) -> String {
    match &group.release {
        Some(name) if *name != group.component => format!("{} ({name})", group.component),
        _ => group.component.clone(),
    }
}

/// Returns what a role is called in its release.
pub(super) fn role(row: &Row) -> String {
    match &row.zone {
        Some(zone) => format!("{} in {zone}", row.role),
        None => row.role.clone(),
    }
}

/// Returns what something is that nobody typed.
pub(super) fn untyped(one: &Untyped) -> String {
    let title = title(&one.component, &one.role);
    match &one.what {
        Addition::Role => format!(
            "{title} is not named: {}, {}",
            count(one.load.need.pods, "pod"),
            amounts(&one.load)
        ),
        Addition::Sidecar(name) => {
            format!("{title} has `{name}` beside it: {}", amounts(&one.load))
        }
        Addition::Claim(name) => format!(
            "{title} claims {} for `{name}`",
            Dimension::Storage.shown(Dimension::Storage.of(&one.load))
        ),
        Addition::Volume => format!(
            "claim `{}` is an object of its own: {}",
            one.component,
            Dimension::Storage.shown(Dimension::Storage.of(&one.load))
        ),
        Addition::Object => format!(
            "{title} is rendered and was not predicted: {}, {}",
            count(one.load.need.pods, "pod"),
            amounts(&one.load)
        ),
    }
}

/// Returns how a row of a plan differs from what runs.
pub(super) fn difference(difference: &Difference) -> String {
    let title = title(&difference.component, &difference.role);
    match (&difference.said, &difference.runs) {
        (None, Some(runs)) => format!(
            "{title} runs without a row: {}, {}",
            count(runs.need.pods, "pod"),
            amounts(runs)
        ),
        (Some(said), None) => format!(
            "{title} has a row, and no chart starts it: {}",
            amounts(said)
        ),
        (Some(said), Some(runs)) => {
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
            format!("{title}: {}", parts.join("; "))
        }
        (None, None) => title,
    }
}

/// Returns what a plan says nothing of: the rollout, with the share of the quota that stays free in it.
pub(super) fn rollout(account: &Account, plan: &Plan) -> Vec<String> {
    let deployments = count(u64::from(plan.deployments), "Deployment");
    let backends = count(u64::from(plan.backends), "backend");
    let surged = plan.required.plus(plan.surge);
    let both = surged.plus(plan.extra);
    vec![
        format!(
            "a rollout: one more pod for each of {deployments} ({}){}",
            amounts(&plan.surge),
            leaves(account, &surged, " leaves")
        ),
        format!(
            "and one more ingester for each of {backends} ({}){}",
            amounts(&plan.extra),
            leaves(account, &both, " leaves")
        ),
    ]
}

/// Returns the share of the quota that something leaves free, with the word before it: ` leaves 13.1% of memory free`.
///
/// Nothing where there is no quota. What does not fit is told by what it lacks.
pub(super) fn leaves(account: &Account, load: &Load, word: &str) -> String {
    let mut free = Vec::new();
    let mut lacking = Vec::new();
    for dimension in Dimension::REQUESTS {
        let required = dimension.of(load);
        let Some(bound) = account.budget.quota.bound(dimension) else {
            continue;
        };
        let Some(left) = account.budget.headroom(dimension, load) else {
            continue;
        };
        if left.is_negative() {
            let missing = required.saturating_sub(bound.units);
            lacking.push(format!("{} of {dimension}", dimension.shown(missing)));
        } else {
            free.push(format!("{left} of {dimension}"));
        }
    }
    let mut text = String::new();
    if !free.is_empty() {
        text.push_str(&format!("{word} {} free", free.join(", ")));
    }
    if !lacking.is_empty() {
        text.push_str(&format!("; the quota would lack {}", lacking.join(", ")));
    }
    text
}

/// Returns what today's quota lacks for something, such as `1530m of CPU, 6Gi of memory`; none where it fits.
pub(super) fn lacking(account: &Account, load: &Load) -> Option<String> {
    let today = account.budget.quota.today.as_ref()?;
    let parts: Vec<String> = Dimension::REQUESTS
        .into_iter()
        .filter_map(|dimension| {
            let missing = dimension.of(load).checked_sub(dimension.of(today))?;
            (missing > 0).then(|| format!("{} of {dimension}", dimension.shown(missing)))
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn title(component: &str, role: &str) -> String {
    if role == component || role.is_empty() {
        component.to_owned()
    } else {
        format!("{component} {role}")
    }
}
