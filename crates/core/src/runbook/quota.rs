//! The quota that the namespace needs.

use super::Runbook;
use super::text::{code, table};
use crate::budget::{Dimension, Load, Quota, Scope, Totals, min_headroom};

impl Runbook<'_> {
    /// Returns the table of what is needed against what there is; none where nothing is asked of the namespace.
    pub(super) fn quota(&self) -> Option<String> {
        let scope = Scope {
            environment: Some(self.environment),
            releases: self.releases,
            workloads: self.workloads,
            planned: self.planned,
            manifests: None,
            namespace: &self.environment.namespace,
            index: None,
        };
        let (totals, quota) = (Totals::of(&scope), Quota::of(&scope));
        let headroom = min_headroom(Some(self.environment));
        let (at_rest, worst) = (totals.at_rest(), totals.worst());
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
                    dimension
                        .smallest_quota(dimension.of(&worst), headroom)
                        .map_or_else(
                            || "-".to_owned(),
                            |units| dimension.shown(units).to_string(),
                        ),
                    stated(&quota.today, dimension),
                    stated(&quota.request, dimension),
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
