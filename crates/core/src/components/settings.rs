//! Decisions that several components take the same way.

use super::scope::Scope;
use crate::diagnostic::Diagnostic;

/// The replication factor that Tempo, Mimir and Loki start with.
///
/// Source: dskit's ring configuration, which all three share.
const DEFAULT_REPLICATION_FACTOR: u32 = 3;

/// Returns the replication factor of a ring: the environment's word, else the usual one, but never above
/// the number of members, because a ring that cannot place its copies refuses every write.
pub(super) fn replication_factor(
    scope: &Scope<'_>,
    role: &str,
    set: Option<u32>,
    found: &mut Vec<Diagnostic>,
) -> u32 {
    let members = scope.replicas(role);
    let Some(factor) = set else {
        // Two members cannot keep a quorum of two through the loss of one, so they hold one copy each.
        return if members >= DEFAULT_REPLICATION_FACTOR {
            DEFAULT_REPLICATION_FACTOR
        } else {
            1
        };
    };
    if members > 0 && factor > members {
        let quorum = factor / 2 + 1;
        found.push(
            Diagnostic::error(
                "replication/too-few-replicas",
                format!("{members} {role} pods cannot hold {factor} copies"),
            )
            .at(&scope.location("settings.replicationFactor"))
            .why(format!(
                "the write quorum is {factor}/2 + 1 = {quorum} of {factor} copies"
            ))
            .help(format!(
                "set `replicationFactor: {}`, or run at least {factor} {role} pods",
                if members >= 3 { 3 } else { 1 }
            )),
        );
    }
    factor
}

/// Reports a variant that writes through Kafka and was not told where that is.
pub(super) fn require_kafka(scope: &Scope<'_>, has_kafka: bool, found: &mut Vec<Diagnostic>) {
    if !has_kafka {
        let component = scope.release.component;
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
