//! A container of a pod.

use super::config;
use super::context::Context;
use super::place::{Place, Text};
use super::probe::Probe;
use super::quantity::Amounts;
use super::tree::Node;

/// A container.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Container {
    /// Its name.
    pub name: Text,
    /// The image, as it is written.
    pub image: Option<Text>,
    /// Whether it is an init container that goes on running beside the others (`restartPolicy: Always`).
    pub is_sidecar: bool,
    /// What the scheduler reserves.
    pub requests: Amounts,
    /// What the kernel enforces.
    pub limits: Amounts,
    /// Where `resources` stands, if it does.
    pub resources_place: Option<Place>,
    /// The ports that it names.
    pub ports: Box<[Port]>,
    /// Its environment variables.
    pub env: Box<[Variable]>,
    /// Its command, in place of the image's.
    pub command: Box<[Text]>,
    /// Its arguments.
    pub args: Box<[Text]>,
    /// When it is restarted.
    pub liveness: Option<Box<Probe>>,
    /// When it gets no requests.
    pub readiness: Option<Box<Probe>>,
    /// How long its start may take.
    pub startup: Option<Box<Probe>>,
    /// Where its volumes are.
    pub mounts: Box<[Mount]>,
    /// Where its name stands.
    pub place: Place,
}

/// A port of a container.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Port {
    /// Its name.
    pub name: Option<Text>,
    /// Its number.
    pub number: u32,
    /// `TCP`, `UDP` or `SCTP`; nothing is written for TCP.
    pub protocol: Option<Text>,
}

/// An environment variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Variable {
    /// Its name.
    pub name: Text,
    /// What it is set to.
    pub value: VariableValue,
}

/// What an environment variable is set to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum VariableValue {
    /// A text that rules read: `GOMEMLIMIT`, `GOMAXPROCS`.
    Text(Text),
    /// A text that no rule reads, and that is not kept.
    Unread,
    /// A Secret, ConfigMap or field of the pod.
    Reference,
}

/// Where a volume is in a container.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mount {
    /// The volume's name.
    pub volume: Text,
    /// The path.
    pub path: Text,
}

impl Container {
    /// Returns the text of an environment variable that rules read.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let variable = self.env.iter().find(|one| &*one.name == name)?;
        match &variable.value {
            VariableValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value of a flag, whatever stands before it: `target` of `-target=ingester` or `--target ingester`.
    pub fn flag(&self, name: &str) -> Option<&str> {
        let mut words = self.command.iter().chain(&self.args);
        while let Some(word) = words.next() {
            let Some(rest) = word.trim_start_matches('-').strip_prefix(name) else {
                continue;
            };
            if !word.starts_with('-') {
                continue;
            }
            match rest.strip_prefix('=') {
                Some(value) => return Some(value),
                None if rest.is_empty() => return words.next().map(|value| &**value),
                None => {}
            }
        }
        None
    }

    pub(super) fn read(node: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Self {
        config::scan_words(node, context);
        let resources = node.field("resources");
        let amounts = |context: &mut Context<'_, '_, '_>, key| {
            resources.map_or_else(Amounts::default, |field| context.amounts(&field.value, key))
        };
        Self {
            name: context.name(node, "name"),
            image: context.text(node, "image"),
            is_sidecar: node.text_of("restartPolicy") == Some("Always"),
            requests: amounts(context, "requests"),
            limits: amounts(context, "limits"),
            resources_place: resources.map(|field| context.place_of(field)),
            ports: ports(node, context),
            env: env(node, context),
            command: context.texts(node, "command"),
            args: context.texts(node, "args"),
            liveness: probe(node, "livenessProbe", context),
            readiness: probe(node, "readinessProbe", context),
            startup: probe(node, "startupProbe", context),
            mounts: node
                .list("volumeMounts")
                .iter()
                .map(|mount| Mount {
                    volume: context.name(mount, "name"),
                    path: context.name(mount, "mountPath"),
                })
                .collect(),
            place: match node.get("name") {
                Some(name) => context.place(name),
                None => context.place(node),
            },
        }
    }
}

fn probe(node: &Node<'_>, key: &str, context: &mut Context<'_, '_, '_>) -> Option<Box<Probe>> {
    let field = node.field(key)?;
    if !field.value.is_map() {
        let help = "write a map: how the probe asks, how often, and how many failures it bears";
        context.bad_value(&field.value, key, "no probe", help);
        return None;
    }
    let probe = Probe::read(field, context);
    Some(Box::new(probe))
}

fn ports(node: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Box<[Port]> {
    let ports = node.list("ports").iter();
    ports
        .filter_map(|port| {
            Some(Port {
                name: context.text(port, "name"),
                number: context.number(port, "containerPort")?,
                protocol: context.text(port, "protocol"),
            })
        })
        .collect()
}

fn env(node: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Box<[Variable]> {
    let variables = node.list("env").iter();
    variables
        .map(|variable| {
            let name = context.name(variable, "name");
            let value = match variable.text_of("value") {
                _ if variable.get("valueFrom").is_some() => VariableValue::Reference,
                Some(text) if matches!(&*name, "GOMEMLIMIT" | "GOMAXPROCS") => {
                    VariableValue::Text(context.share(text))
                }
                _ => VariableValue::Unread,
            };
            Variable { name, value }
        })
        .collect()
}
