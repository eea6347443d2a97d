//! A cluster from a file, for the simulator of preemption.
//!
//! Two forms are read, and told apart by `apiVersion`, which only the second one has:
//!
//! - Our own, short enough to write by hand; `helmwright schema cluster` prints its JSON Schema. Nodes and classes, the workloads, and the
//!   pods that run, if they were admitted under other classes than those of now:
//!
//!   ```yaml
//!   nodes:
//!     - {name: worker, count: 5, cpu: 16, memory: 60Gi}
//!   priorityClasses:
//!     - {name: medium, value: 2000, globalDefault: true}
//!   workloads:
//!     - {id: prod/mimir/ingester, role: ingester, kind: StatefulSet, replicas: 12, cpu: 4, memory: 15Gi,
//!        pdb: {maxUnavailable: 1}, replicationFactor: 3, readySeconds: 600}
//!   running:
//!     - {workload: prod/mimir/ingester, count: 12, priority: 0}
//!   ```
//!
//! - What `kubectl get nodes,pods,priorityclasses,pdb -A -o json` prints, or `-o yaml`. Workloads are derived from the owners of the pods: the pods
//!   of one Deployment are one workload, `<namespace>/<name>`. If `deployments,statefulsets,daemonsets` are printed as well, their templates
//!   say which class new pods name; a pod alone does not tell a class it names from the default class it was given.
//!
//! What contradicts itself is a diagnostic with its place, and all of them come at once.
//!
//! ```
//! use helmwright::{cluster, source::Source};
//!
//! let text = "nodes: [{name: one, cpu: 4, memory: 8Gi}]\nworkloads: [{id: a, replicas: 2, cpu: 1, memory: 1Gi}]\n";
//! let cluster = cluster::read(&Source::new("cluster.yaml", text)).cluster.expect("nothing is wrong with it");
//! assert_eq!(cluster.workloads[0].replicas, 2);
//! ```
//!
//! # What a dump does not tell
//!
//! Roles come from the label `app.kubernetes.io/component`, the tier is that of production, and how many members a ring can lose is not known.
//! A budget that covers several workloads is taken for one of each.

mod check;
mod derive;
mod draft;
mod dump;
mod finding;
mod model;
mod own;
mod time;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, has_errors, tidy};
use crate::sizing::preemption::Cluster;
use crate::source::{Location, Source};

pub use own::schema_json;

/// What reading a cluster gave.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The cluster; none if anything was wrong.
    pub cluster: Option<Cluster>,
    /// Where its workloads are named, by their ids.
    pub places: BTreeMap<String, Location>,
    /// Everything that was found.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a cluster.
pub fn read(source: &Arc<Source>) -> Read {
    let mut found = Vec::new();
    let draft = if source.text().contains("apiVersion") {
        dump::read(source, &mut found)
    } else {
        own::read(source, &mut found)
    };
    let mut places = BTreeMap::new();
    let cluster = draft.map(|draft| {
        check::check(&draft, &mut found);
        for workload in &draft.workloads {
            places.insert(workload.value.id.clone(), workload.at.clone());
        }
        draft.into_cluster()
    });
    tidy(&mut found);
    Read {
        cluster: cluster.filter(|_| !has_errors(&found)),
        places,
        diagnostics: found,
    }
}

#[cfg(test)]
mod tests;
