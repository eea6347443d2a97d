//! The quota that the namespace needs.

use super::Runbook;
use super::text::{code, table};
use crate::budget::{Dimension, Load, Quota, Scope, Totals, min_headroom};

impl Runbook<'_> {
    /// Returns the table of what is needed against what there is; none where nothing is asked of the namespace.
    pub(super) fn quota(&self) -> Option<String> {
        let mut rows = Vec::new();
        for namespace in self.namespaces() {
            // What is used, planned and asked for is stated of the environment's own namespace alone.
            let own = namespace == self.environment.namespace;
            let scope = Scope {
                environment: own.then_some(self.environment),
                releases: self.releases,
                workloads: self.workloads,
                planned: if own { self.planned } else { &[] },
                manifests: None,
                namespace,
                index: None,
            };
            let totals = Totals::of(&scope);
            if totals.at_rest() != Load::ZERO {
                self.quota_rows(namespace, &totals, &Quota::of(&scope), &mut rows);
            }
        }
        (!rows.is_empty()).then(|| {
            table(
                &[
                    "namespace",
                    "quota",
                    "at rest",
                    "in the worst rollout",
                    "smallest that keeps the headroom",
                    "today",
                    "asked for",
                ],
                &rows,
            )
        })
    }

    fn quota_rows(
        &self,
        namespace: &str,
        totals: &Totals,
        quota: &Quota,
        rows: &mut Vec<Vec<String>>,
    ) {
        let headroom = min_headroom(Some(self.environment));
        let (at_rest, worst) = (totals.at_rest(), totals.worst());
        for dimension in Dimension::REQUESTS {
            let units = |units: u64| dimension.shown(units).to_string();
            let shown = |load: &Load| units(dimension.of(load));
            let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
            let smallest = dimension.smallest_quota(dimension.of(&worst), headroom);
            rows.push(vec![
                code(namespace),
                code(dimension.quota_key()),
                shown(&at_rest),
                shown(&worst),
                or_none(smallest.map(units)),
                or_none(quota.today.as_ref().map(shown)),
                or_none(quota.request.as_ref().map(shown)),
            ]);
        }
    }
}
