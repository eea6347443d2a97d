//! The quota that the namespace needs.

use super::Runbook;
use super::text::{code, table};
use crate::budget::{Budget, Dimension, Load, Scope};

impl Runbook<'_> {
    /// Returns the table of what is needed against what there is; none where nothing is asked of the namespace.
    pub(super) fn quota(&self) -> Option<String> {
        let budget = Budget::of(
            &Scope {
                environment: Some(self.environment),
                releases: self.releases,
                workloads: self.workloads,
                planned: self.planned,
                manifests: None,
                namespace: &self.environment.namespace,
                index: None,
            },
            None,
        );
        let (at_rest, worst) = (budget.totals.at_rest(), budget.totals.worst());
        if at_rest == Load::ZERO {
            return None;
        }
        let stated = |load: &Option<Load>, dimension: Dimension| {
            load.as_ref().map_or_else(
                || "-".to_owned(),
                |load| dimension.shown(dimension.of(load)).to_string(),
            )
        };
        let rows: Vec<Vec<String>> = Dimension::REQUESTS
            .into_iter()
            .map(|dimension| {
                let shown = |load: &Load| dimension.shown(dimension.of(load)).to_string();
                vec![
                    code(dimension.quota_key()),
                    shown(&at_rest),
                    shown(&worst),
                    budget.smallest_quota(dimension).map_or_else(
                        || "-".to_owned(),
                        |units| dimension.shown(units).to_string(),
                    ),
                    stated(&budget.quota.today, dimension),
                    stated(&budget.quota.request, dimension),
                ]
            })
            .collect();
        Some(table(
            &[
                "quota",
                "at rest",
                "in the worst rollout",
                "smallest that keeps the headroom",
                "today",
                "asked for",
            ],
            &rows,
        ))
    }
}
