//! The budget of a namespace: what its workloads need, at rest and in the worst rollout, against its quota.
//!
//! [`Totals`] is the arithmetic that rules ask for; [`Budget`] is the same with every role, what nobody typed, and the
//! written plan where there is one, for who wants to see it whole. Amounts are whole numbers of the smallest unit
//! throughout: a fraction of a Gi becomes bytes when it is read, and is rounded only where it is shown.
//!
//! The formulas are those of [`sizing::budget`](crate::sizing::budget).

pub mod differ;
mod dimension;
mod later;
mod load;
mod packing;
mod plan;
mod quota;
mod row;
mod scope;
#[cfg(test)]
mod tests;
mod totals;
mod untyped;

pub use dimension::{Dimension, Measure};
pub use later::later;
pub use load::{Load, pods_at_rest, surge_pods};
pub use packing::{Hole, hole_for};
pub use plan::{Plan, differences};
pub use quota::{Bound, Hard, Origin, Quota};
pub use row::{Group, Row};
pub use scope::{Namespaces, Scope};
pub use totals::{Totals, min_headroom};
pub use untyped::{Addition, Untyped};

use crate::sizing::{Ratio, budget};
use crate::workload::{Form, Workload};

/// The budget of one environment.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Whether it is of predicted or of rendered workloads.
    pub form: Form,
    /// What each release needs, role by role.
    pub groups: Vec<Group>,
    /// What all of them need.
    pub totals: Totals,
    /// What that is measured against.
    pub quota: Quota,
    /// The least share of the quota that is to stay free.
    pub min_headroom: Ratio,
    /// What nobody typed.
    pub untyped: Vec<Untyped>,
    /// The written plan, where there is one.
    pub plan: Option<Plan>,
}

impl Budget {
    /// Measures a namespace; `predicted` is given beside workloads that were rendered.
    pub fn of(scope: &Scope<'_>, predicted: Option<&[Workload]>) -> Self {
        let totals = Totals::of(scope);
        Self {
            form: if predicted.is_some() {
                Form::Rendered
            } else {
                Form::Predicted
            },
            groups: Group::all(scope),
            quota: Quota::of(scope),
            min_headroom: min_headroom(scope.environment),
            untyped: Untyped::all(scope, predicted),
            plan: Plan::of(scope, &totals),
            totals,
        }
    }

    /// Returns the part of the quota that some need leaves free; none where no quota counts it.
    pub fn headroom(&self, dimension: Dimension, load: &Load) -> Option<Ratio> {
        let bound = self.quota.bound(dimension)?;
        budget::headroom(bound.units, dimension.of(load))
    }

    /// Returns the smallest quota that keeps the headroom in the worst rollout, as a request would say it.
    pub fn smallest_quota(&self, dimension: Dimension) -> Option<u64> {
        dimension.smallest_quota(dimension.of(&self.totals.worst()), self.min_headroom)
    }
}
