//! What goes, and how to go back.

use std::fmt::Write as _;

use super::Runbook;
use super::text::{code, commands, many, word};
use super::watch::resource;
use crate::components::RingPurpose;
use crate::environment::DeliveryMethod;

impl Runbook<'_> {
    /// Returns what is to be taken away once everything new runs.
    pub(super) fn retire(&self) -> String {
        let mut text = String::new();
        for (release, described) in self.in_order() {
            if described.retires.is_empty() {
                continue;
            }
            let _ = writeln!(text, "Once **{}** shows all data:\n", release.component);
            for (index, name) in described.retires.iter().enumerate() {
                let _ = writeln!(text, "{}. {}", index + 1, code(name));
            }
        }
        text
    }

    /// Returns how to go back, and what must not be done on the way.
    pub(super) fn go_back(&self) -> String {
        let rules = self.rules();
        let mut steps = Vec::new();
        steps.push(match self.environment.model.delivery.method {
            DeliveryMethod::Helm => self.by_helm(),
            DeliveryMethod::Argocd | DeliveryMethod::Flux => self.by_git(),
        });
        let versions: Vec<String> = self
            .in_order()
            .into_iter()
            .filter_map(|(release, _)| release.chart.as_ref())
            .map(|chart| {
                format!(
                    "helmwright upgrade {} --from {} --to VERSION",
                    word(&chart.name),
                    word(&chart.version)
                )
            })
            .collect();
        if !versions.is_empty() {
            let lines: Vec<&str> = versions.iter().map(String::as_str).collect();
            steps.push(format!(
                "Before an older chart version, ask in the project's folder which keys it does not read; put the version of before for `VERSION`.\n\n{}",
                indented_commands(&lines)
            ));
        }
        let mut text = String::new();
        if !rules.is_empty() {
            text.push_str("Whatever is done:\n\n");
            for rule in rules {
                let _ = writeln!(text, "- {rule}");
            }
            text.push('\n');
        }
        for (index, step) in steps.iter().enumerate() {
            let _ = writeln!(text, "{}. {}\n", index + 1, step.trim_end());
        }
        text
    }

    /// Returns what holds in every rollback: quorums, volumes, buckets.
    fn rules(&self) -> Vec<String> {
        let mut rules = Vec::new();
        for (_, described) in self.in_order() {
            for ring in described
                .rings
                .iter()
                .filter(|ring| ring.purpose == RingPurpose::Writes)
            {
                let tolerance = ring.tolerance(ring.members);
                if !tolerance.applies {
                    continue;
                }
                let title = code(&if ring.role == ring.component {
                    ring.component.clone()
                } else {
                    format!("{} {}", ring.component, ring.role)
                });
                // Zones are counted in place of members: what is left of the others is not known by number.
                let least = ring.members.saturating_sub(tolerance.crash);
                rules.push(match (ring.zones, tolerance.crash) {
                    (_, 0) => format!(
                        "{title}: no pod may be away, or writes fail ({}). Senders keep what they hold in their queues meanwhile.",
                        tolerance.formula()
                    ),
                    (None, _) => format!(
                        "{title}: never fewer than {} ready of {} ({}).",
                        least,
                        many(ring.members, "pod"),
                        tolerance.formula()
                    ),
                    (Some(zones), away) => format!(
                        "{title}: never fewer than {} whole of {} ({}).",
                        zones.saturating_sub(away),
                        many(zones, "zone"),
                        tolerance.formula()
                    ),
                });
            }
        }
        let claiming: Vec<_> = self
            .workloads
            .iter()
            .filter(|workload| workload.runs() && !workload.claims.is_empty())
            .collect();
        let lost: Vec<String> = claiming
            .iter()
            .filter(|workload| workload.claims_kept == Some(false))
            .map(|workload| code(&resource(workload)))
            .collect();
        if !lost.is_empty() {
            rules.push(format!(
                "Do not delete {}: its volumes go with it, and with them what is not in the bucket yet.",
                lost.join(", ")
            ));
        }
        if claiming
            .iter()
            .any(|workload| workload.claims_kept != Some(false))
        {
            rules.push("Keep volume claims: a pod that comes back reads its log from there. `helm uninstall` leaves them, `kubectl delete pvc` is for ever.".to_owned());
        }
        if !self.links.buckets().is_empty() {
            rules.push("Leave the buckets alone: going back changes no data in them, and both versions read the same names.".to_owned());
        }
        rules
    }

    /// Returns the commands that go back where files are delivered from Git.
    fn by_git(&self) -> String {
        let mut lines = vec![
            "git revert --no-edit HEAD".to_owned(),
            "git push".to_owned(),
        ];
        let mut ordered = self.in_order();
        ordered.reverse();
        lines.extend(self.parent_stopped());
        for (release, _) in ordered {
            lines.extend(self.parent_synced(release));
            lines.extend(self.synced(release));
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        format!(
            "Revert the commit of the output folder, and push: the files of before are then what is delivered. What is synced by hand goes in the opposite order, and only what is broken.\n\n{}",
            indented_commands(&lines)
        )
    }

    /// Returns the commands that go back release by release, the last one first.
    fn by_helm(&self) -> String {
        let mut ordered = self.in_order();
        ordered.reverse();
        let mut lines = Vec::new();
        for (release, _) in ordered {
            if release.chart.is_none() {
                continue;
            }
            lines.push(format!(
                "helm rollback {} {} --wait --timeout {}m",
                word(&release.name),
                Self::in_namespace(&release.namespace),
                self.minutes(release)
            ));
        }
        if lines.is_empty() {
            return "Check out the files of before, and apply them in the same order as above.\n"
                .to_owned();
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        format!(
            "Back to the revision of before, in the opposite order, and only what is broken. `helm history NAME` lists revisions.\n\n{}",
            indented_commands(&lines)
        )
    }
}

/// Returns command lines as part of a numbered item.
fn indented_commands(lines: &[&str]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    commands(&lines)
        .lines()
        .map(|line| format!("   {line}\n"))
        .collect()
}
