//! The tables of a budget as cells; text and Markdown only draw them.

use helmwright::budget::{Dimension, Load};

use super::{Account, words};

/// A table: what stands above its columns, and its rows.
pub(super) struct Sheet {
    pub(super) heading: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

/// What the columns of the namespace's table count.
const COLUMNS: [Dimension; 5] = [
    Dimension::Cpu,
    Dimension::Memory,
    Dimension::Storage,
    Dimension::Pods,
    Dimension::Claims,
];

/// Returns one row for each role, and one for each release of several.
pub(super) fn roles(account: &Account) -> Sheet {
    let mut rows = Vec::new();
    for group in &account.budget.groups {
        let release = words::release(group);
        for row in &group.rows {
            let mut cells = vec![release.clone(), words::role(row)];
            cells.extend(loads(&row.at_rest));
            cells.push(words::surge(row));
            cells.push(note(row.already_running, row.most_replicas));
            rows.push(cells);
        }
        if group.rows.len() > 1 {
            let mut cells = vec![release, "all roles".to_owned()];
            cells.extend(loads(&group.at_rest()));
            let surge = group.surge();
            cells.push(match surge.need.pods {
                0 => "-".to_owned(),
                pods => format!("{}: {}", words::count(pods, "pod"), words::amounts(&surge)),
            });
            cells.push(String::new());
            rows.push(cells);
        }
    }
    Sheet {
        heading: vec![
            "release",
            "role",
            "pods",
            "CPU",
            "memory",
            "storage",
            "a rollout adds",
            "",
        ],
        rows,
    }
}

fn loads(load: &Load) -> Vec<String> {
    [
        Dimension::Pods,
        Dimension::Cpu,
        Dimension::Memory,
        Dimension::Storage,
    ]
    .into_iter()
    .map(|dimension| words::amount(dimension, load))
    .collect()
}

fn note(already_running: bool, most_replicas: Option<u32>) -> String {
    let mut notes = Vec::new();
    if already_running {
        notes.push("already running".to_owned());
    }
    if let Some(most) = most_replicas {
        notes.push(format!("scales to {most}"));
    }
    notes.join(", ")
}

/// Returns the namespace's table: what is needed, what there is, what stays free.
pub(super) fn namespace(account: &Account) -> Sheet {
    let budget = &account.budget;
    let totals = &budget.totals;
    let (at_rest, worst) = (totals.at_rest(), totals.worst());
    let mut rows = Vec::new();
    let mut line = |label: String, cells: Vec<String>| {
        let mut row = vec![label];
        row.extend(cells);
        rows.push(row);
    };
    let stated = |load: &Load| -> Vec<String> {
        COLUMNS
            .into_iter()
            .map(|dimension| {
                if Dimension::REQUESTS.contains(&dimension) {
                    dimension.shown(dimension.of(load)).to_string()
                } else {
                    String::new()
                }
            })
            .collect()
    };
    let counted = |load: &Load| -> Vec<String> {
        COLUMNS
            .into_iter()
            .map(|dimension| dimension.shown(dimension.of(load)).to_string())
            .collect()
    };
    line("used already".to_owned(), {
        let mut cells = stated(&totals.used);
        // Of what is used an environment states no pods; those that are known are.
        cells[3] = Dimension::Pods.shown(totals.running.need.pods).to_string();
        cells[4] = Dimension::Claims
            .shown(totals.running.need.claims)
            .to_string();
        cells
    });
    line("new".to_owned(), counted(&totals.new));
    for (name, load) in &account.planned {
        line(format!("planned: {name}"), stated(load));
    }
    line("needed at rest".to_owned(), counted(&at_rest));
    let rolled = match totals.concurrency {
        Some(most) if most < totals.surging => format!("worst {most} of {}", totals.surging),
        _ => totals.surging.to_string(),
    };
    line(
        format!("a rollout of {rolled} adds"),
        counted(&totals.surge),
    );
    if totals.extra_declared {
        line(
            "one more ingester a backend".to_owned(),
            counted(&totals.extra),
        );
    }
    line("needed in the worst rollout".to_owned(), counted(&worst));
    if let Some(today) = &budget.quota.today {
        line("quota today".to_owned(), stated(today));
    }
    if let Some(request) = &budget.quota.request {
        line("quota asked for".to_owned(), stated(request));
    }
    if !budget.quota.objects.is_empty() {
        let hard = |dimension: Dimension| {
            let objects = budget.quota.objects.iter();
            objects
                .filter(|hard| hard.dimension == dimension)
                .map(|hard| hard.units)
                .min()
        };
        line(
            "quota rendered".to_owned(),
            COLUMNS
                .into_iter()
                .map(|dimension| {
                    hard(dimension)
                        .map(|units| dimension.shown(units).to_string())
                        .unwrap_or_default()
                })
                .collect(),
        );
    }
    let free = |load: &Load| -> Vec<String> {
        COLUMNS
            .into_iter()
            .map(|dimension| {
                budget
                    .headroom(dimension, load)
                    .map(|free| free.to_string())
                    .unwrap_or_default()
            })
            .collect()
    };
    if budget.quota.is_some() {
        line("free at rest".to_owned(), free(&at_rest));
        line("free in the worst rollout".to_owned(), free(&worst));
    }
    line(
        format!("smallest quota, {} free", budget.min_headroom),
        COLUMNS
            .into_iter()
            .map(|dimension| {
                // How many pods and claims there are beside those that are known, nobody states.
                let counts = Dimension::REQUESTS.contains(&dimension)
                    || budget.quota.bound(dimension).is_some();
                if !counts {
                    return String::new();
                }
                budget.smallest_quota(dimension).map_or_else(
                    || "none".to_owned(),
                    |units| dimension.shown(units).to_string(),
                )
            })
            .collect(),
    );
    Sheet {
        heading: vec!["", "CPU", "memory", "storage", "pods", "claims"],
        rows,
    }
}

/// Returns the plan's rows with their sum, as they were written.
pub(super) fn plan(account: &Account) -> Option<Sheet> {
    let plan = account.budget.plan.as_ref()?;
    let requests = |load: &Load| -> Vec<String> {
        Dimension::REQUESTS
            .into_iter()
            .map(|dimension| words::amount(dimension, load))
            .collect()
    };
    let mut rows: Vec<Vec<String>> = plan
        .rows
        .iter()
        .map(|(row, load)| {
            let mut cells = vec![
                format!("{} {}", row.component, row.role),
                row.replicas.to_string(),
            ];
            cells.extend(requests(load));
            cells
        })
        .collect();
    let mut total = vec!["total".to_owned(), plan.total.need.pods.to_string()];
    total.extend(requests(&plan.total));
    rows.push(total);
    Some(Sheet {
        heading: vec!["the plan's rows", "replicas", "CPU", "memory", "storage"],
        rows,
    })
}

/// Returns the plan's own reckoning against the quota.
pub(super) fn reckoning(account: &Account) -> Option<Sheet> {
    let plan = account.budget.plan.as_ref()?;
    let budget = &account.budget;
    let rows = Dimension::REQUESTS
        .into_iter()
        .map(|dimension| {
            let shown = |load: &Load| dimension.shown(dimension.of(load)).to_string();
            let or_none = |load: &Option<Load>| load.as_ref().map(shown).unwrap_or_default();
            vec![
                dimension.name().to_owned(),
                or_none(&budget.quota.today),
                shown(&budget.totals.used),
                shown(&plan.total),
                shown(&budget.totals.planned),
                shown(&plan.required),
                or_none(&budget.quota.request),
                budget
                    .headroom(dimension, &plan.required)
                    .map(|free| free.to_string())
                    .unwrap_or_default(),
            ]
        })
        .collect();
    Some(Sheet {
        heading: vec![
            "",
            "quota now",
            "used now",
            "the plan",
            "planned later",
            "required",
            "asked for",
            "headroom",
        ],
        rows,
    })
}
