//! A written plan as data: its own arithmetic first, then what it leaves out.

use super::differ::{self, Difference};
use super::dimension::Dimension;
use super::load::Load;
use super::scope::Scope;
use super::totals::Totals;
use crate::environment::{Kind, PlanRow};
use crate::sizing::amount::Amount;
use crate::workload::{Controller, Workload};

/// A written plan with its sums.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its rows, each with the totals that it states.
    pub rows: Vec<(PlanRow, Load)>,
    /// Their sum.
    pub total: Load,
    /// Used + total + planned.
    pub required: Load,
    /// How many of its rows are Deployments.
    pub deployments: u32,
    /// One more pod for each of them.
    pub surge: Load,
    /// How many backends with ingesters it has.
    pub backends: u32,
    /// One more ingester for each of them.
    pub extra: Load,
    /// How its rows differ from what will run.
    pub differences: Vec<Difference>,
}

impl Plan {
    /// Measures the plan of an environment; none where it has none.
    pub fn of(scope: &Scope<'_>, totals: &Totals) -> Option<Self> {
        let model = &scope.environment?.model;
        if model.plan.is_empty() {
            return None;
        }
        let rows: Vec<(PlanRow, Load)> = model
            .plan
            .iter()
            .map(|row| (row.clone(), differ::of_row(row)))
            .collect();
        let total: Load = rows.iter().map(|(_, load)| *load).sum();
        // The plan's own arithmetic takes its rows as they are written, whatever runs by now.
        let rest = model.planned.iter().map(Load::of_planned).sum();
        let (mut deployments, mut surge) = (0_u32, Load::ZERO);
        let (mut backends, mut extra) = (0_u32, Load::ZERO);
        let mut seen: Vec<&str> = Vec::new();
        for row in &model.plan {
            let deployment = scope.workloads().any(|workload| {
                workload.component == row.component
                    && workload.role == row.role
                    && workload.controller == Controller::Deployment
            });
            if deployment {
                deployments = deployments.saturating_add(1);
                surge = surge.plus(one_of(row));
            }
            if row.kind == Kind::Ingester && !seen.contains(&row.component.as_str()) {
                seen.push(&row.component);
                backends = backends.saturating_add(1);
                extra = extra.plus(one_of(row));
            }
        }
        Some(Self {
            required: totals.used.plus(total).plus(rest),
            rows,
            total,
            deployments,
            surge,
            backends,
            extra,
            differences: differences(&model.plan, scope.workloads()),
        })
    }
}

/// Returns how a plan's rows differ from what comes new; what already runs is in no plan.
pub fn differences<'a>(
    rows: &[PlanRow],
    workloads: impl Iterator<Item = &'a Workload>,
) -> Vec<Difference> {
    let planned = |workload: &&Workload| {
        let named =
            |row: &PlanRow| row.component == workload.component && row.role == workload.role;
        !workload.already_running || rows.iter().any(named)
    };
    let runs = differ::by_role(workloads.filter(planned));
    differ::compare(&differ::by_row(rows), &runs)
}

/// Returns one pod of a row that states totals, a fraction counted as one unit.
fn one_of(row: &PlanRow) -> Load {
    let all = differ::of_row(row);
    let pods = u64::from(row.replicas.max(1));
    let share = |dimension: Dimension| dimension.of(&all).div_ceil(pods);
    let mut one = Load::ZERO;
    one.need.cpu = Amount::from_units(share(Dimension::Cpu));
    one.need.memory = Amount::from_units(share(Dimension::Memory));
    one.need.storage = Amount::from_units(share(Dimension::Storage));
    one.need.pods = 1;
    one
}
