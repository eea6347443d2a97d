//! What an environment's overrides say, in the chart's own words: a component alone knows where its chart keeps things.

use super::described::{Flow, Queue, Retention, Signal, Tenancy};
use super::scope::Scope;
use crate::source::Location;
use crate::units::Duration;
use crate::yaml::{Node, Value};

/// What overrides say at a place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Said<'a> {
    /// Nothing: what the template writes holds.
    Nothing,
    /// `null`, or a parent that is `null`: the chart's own default holds.
    Removed(&'a Node),
    /// A value.
    Set(&'a Node),
}

impl<'a> Said<'a> {
    /// Returns the node, if anything is said.
    pub(super) fn node(self) -> Option<&'a Node> {
        match self {
            Self::Nothing => None,
            Self::Removed(node) | Self::Set(node) => Some(node),
        }
    }

    /// Returns the text that holds: what is said, else the template's; empty where it is removed.
    pub(super) fn text(self, otherwise: &str) -> String {
        match self {
            Self::Nothing => otherwise.to_owned(),
            Self::Removed(_) => String::new(),
            Self::Set(node) => text(node).unwrap_or_default(),
        }
    }

    /// Returns the truth value that holds; `chart` is the chart's default.
    pub(super) fn bool(self, otherwise: bool, chart: bool) -> bool {
        match self {
            Self::Nothing => otherwise,
            Self::Removed(_) => chart,
            Self::Set(node) => match node.value {
                Value::Bool(said) => said,
                _ => chart,
            },
        }
    }
}

/// Returns a scalar as text.
fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        _ => None,
    }
}

impl<'a> Scope<'a> {
    /// Returns what the environment's overrides say at a path of the chart's values, such as `tempo.retention`.
    pub(super) fn said(&self, path: &str) -> Said<'a> {
        let Some(mut node) =
            self.environment
                .node(&["components", &self.release.component, "values"])
        else {
            return Said::Nothing;
        };
        for key in path.split('.') {
            match node.get(key) {
                Some(next) => node = next,
                None => return Said::Nothing,
            }
            if matches!(node.value, Value::Null) {
                return Said::Removed(node);
            }
        }
        Said::Set(node)
    }

    /// Returns the first of several paths at which anything is said.
    pub(super) fn first_said(&self, paths: &[&str]) -> Said<'a> {
        paths
            .iter()
            .map(|path| self.said(path))
            .find(|said| !matches!(said, Said::Nothing))
            .unwrap_or(Said::Nothing)
    }

    /// Returns the place of a setting's key, or of the deepest key on the way there.
    pub(super) fn key_location(&self, path: &str) -> Location {
        self.environment
            .key_location(&format!("components.{}.{path}", self.release.component))
    }

    /// Returns whether a backend tells tenants apart, which every template switches on.
    pub(super) fn tenancy(&self, path: &str, fixed: &'static str) -> Tenancy {
        let said = self.said(path);
        Tenancy {
            on: said.bool(true, false),
            fixed,
            place: said.node().map_or_else(
                || self.environment.location("tenant"),
                |node| node.location.clone(),
            ),
        }
    }

    /// Returns how long a component keeps data: what its settings say, unless an override at one of the paths does.
    ///
    /// An override that removes it leaves it to the program, and then nothing is known.
    pub(super) fn retention(&self, settings: Duration, paths: &[&str]) -> Option<Retention> {
        match self.first_said(paths) {
            Said::Nothing => Some(Retention {
                time: settings,
                place: self.key_location("settings.retention"),
            }),
            Said::Removed(_) => None,
            Said::Set(node) => Some(Retention {
                time: duration(node)?,
                place: node.location.clone(),
            }),
        }
    }
}

/// Reads a span of time.
fn duration(node: &Node) -> Option<Duration> {
    let text = node.as_str()?;
    // Go prints the smaller units also where they are zero.
    let short = text
        .strip_suffix("m0s")
        .map_or(text, |_| &text[..text.len() - 2]);
    let short = short
        .strip_suffix("h0m")
        .map_or(short, |_| &short[..short.len() - 2]);
    short.parse().ok()
}

/// The queue of Prometheus' own client, which Tempo's metrics-generator and Loki's ruler use.
///
/// Source: Prometheus configuration reference, `queue_config`, and `remote_timeout`.
pub(super) const PROMETHEUS_QUEUE: Queue = Queue {
    capacity: 10_000,
    max_shards: 50,
    max_samples_per_send: 2_000,
    max_backoff: Duration::from_millis(5_000),
    sample_age_limit: Duration::ZERO,
    remote_timeout: Duration::from_millis(30_000),
};

/// Reads a client of Prometheus' kind: `url`, `headers`, `queue_config`.
pub(super) fn prometheus_flow(
    scope: &Scope<'_>,
    role: &str,
    name: &str,
    client: &Node,
) -> Option<Flow> {
    let number =
        |key: &str, usual: u32| match client.at(&["queue_config", key]).map(|node| &node.value) {
            Some(Value::Integer(number)) => u32::try_from(*number).unwrap_or(usual),
            _ => usual,
        };
    let time = |path: &[&str], usual: Duration| client.at(path).and_then(duration).unwrap_or(usual);
    let usual = PROMETHEUS_QUEUE;
    Some(Flow {
        from: scope.release.component.to_owned(),
        role: role.to_owned(),
        name: name.to_owned(),
        signal: Signal::Metrics,
        address: client.get("url")?.as_str()?.to_owned(),
        tenant: client.get("headers").and_then(tenant),
        cross_env: false,
        queue: Some(Queue {
            capacity: number("capacity", usual.capacity),
            max_shards: number("max_shards", usual.max_shards),
            max_samples_per_send: number("max_samples_per_send", usual.max_samples_per_send),
            max_backoff: time(&["queue_config", "max_backoff"], usual.max_backoff),
            sample_age_limit: time(
                &["queue_config", "sample_age_limit"],
                usual.sample_age_limit,
            ),
            remote_timeout: time(&["remote_timeout"], usual.remote_timeout),
        }),
        setting: None,
        place: client.location.clone(),
    })
}

/// Returns the tenant among headers.
fn tenant(headers: &Node) -> Option<String> {
    headers
        .as_map()?
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("X-Scope-OrgID"))
        .and_then(|(_, entry)| text(&entry.value))
}
