//! How what a template is given was computed, with its numbers.
//!
//! Each formula is computed again from its inputs here, and shown only where it gives what the template really
//! got. So a formula that no longer holds is silent, and a test says so.

use serde_json::Value as Json;

use crate::components::Release;
use crate::environment::{BucketSegment, Environment, Section};
use crate::links::Endpoint;
use crate::pipeline::Derived;
use crate::values::{Path, Step};

/// How a value was computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formula {
    /// The rule in words and signs.
    pub text: String,
    /// What goes in, by name.
    pub inputs: Vec<(String, String)>,
    /// What comes out.
    pub result: String,
}

/// What a formula looks at.
struct Given<'a> {
    derived: &'a Derived,
    environment: &'a Environment,
    release: &'a Release,
    section: Option<&'a Section>,
    /// What the template got.
    value: &'a Json,
}

/// Returns the formula behind something that a component's template is given, by its path in the context.
pub(super) fn of(derived: &Derived, component: &str, key: &Path) -> Option<Formula> {
    let context = derived.context(component)?;
    let value = key
        .steps()
        .iter()
        .try_fold(context, |data, step| match step {
            Step::Key(key) => data.get(key),
            Step::Index(index) => data.get(*index),
        })?;
    let environment = derived.environment();
    let given = Given {
        derived,
        environment,
        release: derived.release(component)?,
        section: environment.model.components.get(component),
        value,
    };
    let formula = match key.keys().as_slice() {
        ["store", "buckets", purpose] => given.bucket(purpose),
        ["store", "insecure"] => None,
        ["role", role, rest @ ..] => given.role(role, rest),
        ["replication_factor"] => given
            .replication("ingester")
            .or_else(|| given.replication("loki")),
        ["copies", "store_gateway"] => given.copies("store-gateway"),
        ["copies", role] => given.replication(role),
        ["go_memory_limit"] => given.go_memory(component),
        ["go_memory", role] => given.go_memory(&role.replace('_', "-")),
        ["ring_label"] => given.ring_label(),
        ["limits", "burst"] => given.burst(),
        ["cluster", "name"] => given.cluster_name(),
        ["tenant"] => given.tenant(),
        _ => given.address(),
    }?;
    // Numbers are shown as they are, texts without quotes.
    let shown = match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    (formula.result == shown).then_some(formula)
}

fn formula(text: impl Into<String>, inputs: &[(&str, String)], result: impl ToString) -> Formula {
    Formula {
        text: text.into(),
        inputs: inputs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
        result: result.to_string(),
    }
}

impl Given<'_> {
    fn setting(&self, name: &str) -> Option<&Json> {
        let value = self.section?.settings.get(name)?;
        (!value.is_null()).then_some(value)
    }

    fn pods(&self, role: &str) -> Option<u32> {
        self.release.roles.get(role).map(|role| role.replicas)
    }

    /// The segments of a bucket's name; see `links`.
    fn bucket(&self, purpose: &str) -> Option<Formula> {
        let naming = &self.environment.model.buckets;
        let signal = self.release.signal.clone()?;
        let mut inputs = Vec::new();
        for segment in &naming.segments {
            inputs.push(match segment {
                BucketSegment::Prefix => ("prefix", naming.prefix.clone()),
                BucketSegment::Type => (
                    "type",
                    naming.types.get(&signal).cloned().unwrap_or(signal.clone()),
                ),
                BucketSegment::Environment => (
                    "environment",
                    naming
                        .environment
                        .clone()
                        .unwrap_or_else(|| self.environment.name.clone()),
                ),
                BucketSegment::Purpose => ("purpose", purpose.to_owned()),
            });
        }
        let names: Vec<&str> = inputs.iter().map(|(name, _)| *name).collect();
        let parts: Vec<&str> = inputs.iter().map(|(_, part)| part.as_str()).collect();
        Some(formula(names.join("-"), &inputs, parts.join("-")))
    }

    /// Numbers of a role that the environment leaves to us.
    fn role(&self, role: &str, rest: &[&str]) -> Option<Formula> {
        let (name, resolved) = self
            .release
            .roles
            .iter()
            .find(|(name, _)| name.replace('-', "_") == role)?;
        let settings = self.section.and_then(|section| section.roles.get(name));
        let tier = self.environment.tier.name();
        let file = format!("templates/{}/component.yaml", self.release.component);
        let shown = match self.value {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        let ours = |what: &str| {
            let inputs = [("role", name.clone()), ("tier", tier.to_owned())];
            Some(formula(
                format!("the {what} of this role by default ({file})"),
                &inputs,
                &shown,
            ))
        };
        match rest {
            ["max_unavailable"] if settings.is_none_or(|settings| settings.pdb.is_none()) => {
                let inputs = [("replicas", resolved.replicas.to_string())];
                let result = if resolved.replicas > 1 { "1" } else { "null" };
                Some(formula(
                    "1 above one replica, else no budget",
                    &inputs,
                    result,
                ))
            }
            ["priority_class"]
                if settings.is_none_or(|settings| settings.priority_class.is_none()) =>
            {
                let class = self.environment.priority_class_of(resolved.kind)?;
                let inputs = [("kind", resolved.kind.name().to_owned())];
                Some(formula(
                    "the priority class whose `kinds` name the role's kind",
                    &inputs,
                    class,
                ))
            }
            ["replicas"] => match settings {
                Some(settings) if settings.autoscaling.is_some() => Some(formula(
                    "the fewest pods of the autoscaler",
                    &[],
                    resolved.replicas,
                )),
                Some(settings) if settings.replicas.is_some() => None,
                _ => ours("number of pods"),
            },
            ["resources", ..] if settings.is_none_or(|settings| settings.resources.is_none()) => {
                ours("request or limit")
            }
            ["storage"] if settings.is_none_or(|settings| settings.storage.is_none()) => {
                ours("volume's size")
            }
            _ => None,
        }
    }

    /// See `components::settings::replication_factor`.
    fn replication(&self, role: &str) -> Option<Formula> {
        if role != "alertmanager" && self.setting("replicationFactor").is_some() {
            return None;
        }
        let pods = self.pods(role)?;
        let name = format!("{role} pods");
        let inputs = [(name.as_str(), pods.to_string())];
        let result = if pods >= 3 { 3 } else { 1 };
        Some(formula("3 from three pods on, else 1", &inputs, result))
    }

    /// See `components::settings::copies_without_quorum`.
    fn copies(&self, role: &str) -> Option<Formula> {
        let pods = self.pods(role)?;
        let name = format!("{role} pods");
        let inputs = [(name.as_str(), pods.to_string())];
        Some(formula("min(3, pods)", &inputs, pods.clamp(1, 3)))
    }

    /// See `components::settings::go_memory_limit`.
    fn go_memory(&self, role: &str) -> Option<Formula> {
        let limit = self.release.roles.get(role)?.resources.limits.memory?;
        let inputs = [("memory limit", limit.to_string())];
        let mebibytes = (limit.bytes() / 100 * 85) >> 20;
        Some(formula(
            "85 % of the memory limit, in whole MiB",
            &inputs,
            format!("{mebibytes}MiB"),
        ))
    }

    fn ring_label(&self) -> Option<Formula> {
        let name = self.environment.name.clone();
        let inputs = [
            ("release", self.release.fullname.clone()),
            ("environment", name.clone()),
        ];
        let result = format!("{}-{name}", self.release.fullname);
        Some(formula("release-environment", &inputs, result))
    }

    fn burst(&self) -> Option<Formula> {
        let rate = self.setting("ingestionRate")?.as_u64()?;
        let inputs = [("ingestionRate", rate.to_string())];
        Some(formula(
            "10 x ingestionRate",
            &inputs,
            rate.saturating_mul(10),
        ))
    }

    fn cluster_name(&self) -> Option<Formula> {
        let text = "the namespace, since `cluster.name` is not set";
        let unset = self.environment.model.cluster.name.is_none();
        unset.then(|| formula(text, &[], &self.environment.namespace))
    }

    fn tenant(&self) -> Option<Formula> {
        let text = "the environment's name, since `tenant` is not set";
        let unset = self.environment.model.tenant.is_none();
        unset.then(|| formula(text, &[], &self.environment.name))
    }

    /// The address of a component, wherever it is handed to.
    fn address(&self) -> Option<Formula> {
        let value = self.value.as_str()?;
        let is_it = |endpoint: &Endpoint| endpoint.url() == value || endpoint.address() == value;
        let (component, name, endpoint) = self
            .derived
            .links()
            .endpoints()
            .find(|(.., endpoint)| is_it(endpoint))?;
        let release = self.derived.release(component)?;
        let rule = release.endpoint_rules.get(name)?;
        let domain = self.environment.model.cluster.domain.clone();
        let mut inputs = vec![
            ("release", release.fullname.clone()),
            ("suffix", rule.suffix.clone()),
            ("namespace", release.namespace.clone()),
            ("domain", domain.clone()),
            ("port", rule.port.to_string()),
        ];
        let host = format!(
            "{}{}.{}.svc.{domain}",
            release.fullname, rule.suffix, release.namespace
        );
        let (text, result) = if endpoint.address() == value {
            (
                "<release><suffix>.<namespace>.svc.<domain>:<port>",
                format!("{host}:{}", rule.port),
            )
        } else {
            inputs.push(("scheme", rule.scheme.clone()));
            inputs.push(("path", rule.path.clone()));
            (
                "<scheme>://<release><suffix>.<namespace>.svc.<domain>:<port><path>, without the scheme's own port",
                endpoint.url(),
            )
        };
        inputs.retain(|(_, value)| !value.is_empty());
        Some(formula(
            format!("{component}'s address: {text}"),
            &inputs,
            result,
        ))
    }
}
