//! How pods of a prediction give way to new ones, and how many may be away.

use super::One;
use crate::workload::overrides::Said;
use crate::workload::{Controller, Count, Disruption, Rolls};

/// How pods give way.
pub(super) struct Rollout {
    pub(super) rolls: Rolls,
    pub(super) surge: Count,
    pub(super) unavailable: Count,
}

impl One<'_> {
    /// Returns how pods give way: what an override says, else the chart's numbers, else Kubernetes'.
    pub(super) fn rollout(&self, controller: Controller) -> Rollout {
        let pod = &self.facts.pod;
        let strategy = match &pod.paths.strategy {
            Some(path) => self.overrides.at(path),
            None => self.beside("strategy"),
        };
        // A chart may take the bare word.
        let word = strategy.key("type").text().or_else(|| strategy.text());
        let rolls = match word.as_deref() {
            Some("Recreate") => Rolls::Recreate,
            Some("OnDelete") => Rolls::OnDelete,
            None if pod.recreate_stored && self.role.storage.is_some() => Rolls::Recreate,
            _ => Rolls::Rolling,
        };
        let (surge, unavailable) = match controller {
            Controller::Deployment => (Count::QUARTER, Count::QUARTER),
            _ => (Count::Pods(0), Count::Pods(1)),
        };
        let number = |path: Option<&str>, key: &str, fact: Option<Count>, usual: Count| {
            let said = match path {
                Some(path) => self.overrides.at(path),
                None => strategy.key("rollingUpdate").key(key),
            };
            match said {
                Said::Nothing => fact.unwrap_or(usual),
                Said::Removed => usual,
                Said::Is(_) => said
                    .text()
                    .and_then(|text| Count::read(&text))
                    .unwrap_or(usual),
            }
        };
        let paths = &pod.paths;
        let surge = number(paths.surge.as_deref(), "maxSurge", pod.surge, surge);
        let unavailable = number(
            paths.unavailable.as_deref(),
            "maxUnavailable",
            pod.unavailable,
            unavailable,
        );
        Rollout {
            rolls,
            surge,
            unavailable,
        }
    }

    /// Returns the disruption budget. Charts take a bare number, or a map with a switch in it or beside it.
    pub(super) fn disruption(&self, replicas: u32) -> Option<Disruption> {
        let path = self.facts.values.pdb.as_deref()?;
        let facts = &self.facts.pod.budget;
        let counted = if facts.counts_set {
            self.set_replicas()
        } else {
            replicas
        };
        if counted < facts.from {
            return None;
        }
        let said = self.overrides.at(path);
        let map = self.beside("podDisruptionBudget");
        if said.is_removed() || map.is_removed() {
            return None;
        }
        let switch = map.key("enabled").switch();
        let set = self.role.max_unavailable;
        let on = switch.unwrap_or(!facts.off || set.is_some());
        if !on {
            return None;
        }
        let read = |said: Said<'_>| said.text().and_then(|text| Count::read(&text));
        let usual = set.or(facts.usual).map(Count::Pods);
        let most = match said.key("maxUnavailable") {
            Said::Nothing => read(said).or(usual),
            Said::Removed => None,
            number => read(number),
        };
        let least = read(said.key("minAvailable"));
        if most.is_none() && least.is_none() {
            return None;
        }
        let suffix = facts.suffix.as_ref().unwrap_or(&self.facts.suffix);
        Some(Disruption {
            name: format!("{}{suffix}", self.release.fullname),
            max_unavailable: most,
            min_available: least,
            evicts_unhealthy: map.key("unhealthyPodEvictionPolicy").text().as_deref()
                == Some("AlwaysAllow"),
            matches: None,
        })
    }
}
