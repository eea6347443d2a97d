//! Probes of a prediction.

use super::One;
use crate::components::ProbeFacts;
use crate::environment::Probe;
use crate::workload::overrides::Said;
use crate::workload::{Handler, ProbeNumbers};

impl One<'_> {
    /// Joins what overrides, the environment and the chart say of one probe; none where the chart has none and
    /// nobody asks for one.
    ///
    /// A chart may look at several places, and takes the first that holds anything as a whole. Our values write what
    /// the environment sets at the role's own place, and an override is merged into what stands where it stands.
    pub(super) fn probe(
        &self,
        own: Option<&str>,
        set: Option<&Probe>,
        facts: Option<&ProbeFacts>,
    ) -> Option<ProbeNumbers> {
        let none = ProbeFacts {
            on_request: true,
            ..ProbeFacts::default()
        };
        let facts = facts.unwrap_or(&none);
        let usual = facts.numbers();
        let before = facts.before.iter().map(String::as_str);
        let after = facts.after.iter().map(String::as_str);
        let count = facts.before.len() + facts.after.len() + usize::from(own.is_some());
        if count == 0 {
            // The chart reads nothing here: it is as it is.
            return (!facts.on_request).then(|| ProbeNumbers::new(facts.handler(), &usual));
        }
        for (at, place) in before.chain(own).chain(after).enumerate() {
            let last = at + 1 == count;
            let is_own = own == Some(place);
            let base = match set.filter(|_| is_own) {
                Some(set) if last || facts.filled => Some(set.clone().or(&usual)),
                Some(set) => Some(set.clone()),
                None => (last && !facts.on_request).then(|| usual.clone()),
            };
            let said = self.overrides.at(place);
            let numbers = match (said, base) {
                (Said::Removed, _) | (Said::Nothing, None) => continue,
                (Said::Nothing, Some(base)) => base,
                (said, base) => {
                    let said_numbers = numbers(said, base.as_ref());
                    // A map without a probe's keys is where other things are kept as well.
                    if base.is_none() && said_numbers == Probe::default() && handler(said).is_none()
                    {
                        continue;
                    }
                    said_numbers
                }
            };
            let how = handler(said).unwrap_or_else(|| facts.handler());
            return Some(ProbeNumbers::new(how, &numbers).with_successes(successes(said)));
        }
        self.probe(None, None, Some(facts.otherwise.as_deref()?))
    }
}

/// Reads a probe that stands whole in an override.
pub(super) fn written(said: Said<'_>) -> Option<ProbeNumbers> {
    let how = handler(said)?;
    Some(ProbeNumbers::new(how, &numbers(said, None)).with_successes(successes(said)))
}

/// Returns the successes that an override asks for.
fn successes(said: Said<'_>) -> Option<u32> {
    said.key("successThreshold").or(None)
}

/// Returns the numbers of an override, merged into others.
fn numbers(said: Said<'_>, base: Option<&Probe>) -> Probe {
    Probe {
        initial_delay_seconds: said
            .key("initialDelaySeconds")
            .or(base.and_then(|base| base.initial_delay_seconds)),
        period_seconds: said
            .key("periodSeconds")
            .or(base.and_then(|base| base.period_seconds)),
        timeout_seconds: said
            .key("timeoutSeconds")
            .or(base.and_then(|base| base.timeout_seconds)),
        failure_threshold: said
            .key("failureThreshold")
            .or(base.and_then(|base| base.failure_threshold)),
    }
}

/// Returns how a probe in an override asks; none where it does not say.
fn handler(said: Said<'_>) -> Option<Handler> {
    let has = |key: &str| said.key(key).node().is_some();
    if let Some(path) = said.key("httpGet").key("path").text() {
        return Some(Handler::Http { path });
    }
    [
        ("tcpSocket", Handler::Tcp),
        ("exec", Handler::Exec),
        ("grpc", Handler::Grpc),
    ]
    .into_iter()
    .find_map(|(key, handler)| has(key).then_some(handler))
}
