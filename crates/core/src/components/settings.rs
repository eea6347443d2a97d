//! Decisions that several components take the same way.

use super::scope::Scope;
use crate::diagnostic::Diagnostic;
use crate::environment::Tier;
use crate::units::Memory;

/// The replication factor that Tempo, Mimir and Loki start with.
///
/// Source: dskit's ring configuration, which all three share.
const DEFAULT_REPLICATION_FACTOR: u32 = 3;

/// Returns the replication factor of a ring: the environment's word, else the usual one, but never above
/// the number of members, because a ring that cannot place its copies refuses every write.
///
/// Whether the environment's word fits its members, the rule `replication/too-few-replicas` tells.
pub(super) fn replication_factor(scope: &Scope<'_>, role: &str, set: Option<u32>) -> u32 {
    set.unwrap_or_else(|| {
        // Two members cannot keep a quorum of two through the loss of one, so they hold one copy each.
        if scope.replicas(role) >= DEFAULT_REPLICATION_FACTOR {
            DEFAULT_REPLICATION_FACTOR
        } else {
            1
        }
    })
}

/// Reports a variant that writes through Kafka and was not told where that is.
pub(super) fn require_kafka(scope: &Scope<'_>, has_kafka: bool, found: &mut Vec<Diagnostic>) {
    if !has_kafka {
        let component = &scope.release.component;
        found.push(
            Diagnostic::error(
                "environment/missing-key",
                format!(
                    "variant `{}` of `{component}` writes through Kafka, and none is named",
                    scope.release.variant
                ),
            )
            .at(&scope.location("variant"))
            .why("its chart brings no broker fit for use, and without one nothing is stored")
            .help("add `settings.kafka.address: <host>:<port>`, or choose another variant"),
        );
    }
}

/// Returns how many members of a ring hold each piece where a single one can answer: as usual, but never more than
/// there are.
pub(super) fn copies_without_quorum(scope: &Scope<'_>, role: &str) -> u32 {
    scope.replicas(role).clamp(1, DEFAULT_REPLICATION_FACTOR)
}

/// Returns the name that sets an environment's gossip apart from every other one on the same network.
pub(super) fn ring_label(scope: &Scope<'_>) -> String {
    format!("{}-{}", scope.release.fullname, scope.environment.name)
}

/// Returns the cluster's domain as an absolute name: with it resolvers ask once instead of once per search domain.
pub(super) fn rooted_domain(scope: &Scope<'_>) -> String {
    format!(
        "{}.",
        scope.environment.model.cluster.domain.trim_end_matches('.')
    )
}

/// Returns what the scheduler does where it cannot keep the copies of a ring on different nodes: in prod it waits,
/// because two copies on one node are lost together; elsewhere a small cluster must do.
pub(super) fn spread(scope: &Scope<'_>) -> &'static str {
    if scope.environment.tier == Tier::Prod {
        "DoNotSchedule"
    } else {
        "ScheduleAnyway"
    }
}

/// The share of the memory limit, in percent, at which Go collects harder.
///
/// Source: the factor that the Loki and tempo-distributed charts apply by themselves.
const GO_MEMORY_PERCENT: u64 = 85;

/// Returns `GOMEMLIMIT` for a role, for charts that do not derive it; none where the role has no memory limit.
pub(super) fn go_memory_limit(scope: &Scope<'_>, role: &str) -> Option<String> {
    let limit = scope.role(role)?.resources.limits.memory?;
    Some(go_memory(limit))
}

fn go_memory(limit: Memory) -> String {
    format!("{}MiB", limit.bytes() / 100 * GO_MEMORY_PERCENT / (1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_table_states_the_same_share() {
        let manifest = crate::catalog::Catalog::bundled()
            .manifest("mimir")
            .unwrap();
        for variant in manifest.variants.values() {
            for role in ["ingester", "store-gateway"] {
                let stated = variant.roles[role].pod.go_memory_percent;
                assert_eq!(stated.map(u64::from), Some(GO_MEMORY_PERCENT), "{role}");
            }
        }
    }

    #[test]
    fn go_memory_follows_the_charts_that_derive_it() {
        for (limit, expected) in [("512Mi", "435MiB"), ("2Gi", "1740MiB"), ("4Gi", "3481MiB")] {
            assert_eq!(go_memory(limit.parse().unwrap()), expected, "{limit}");
        }
    }
}
