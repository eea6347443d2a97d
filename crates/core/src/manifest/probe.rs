//! A probe of a container.

use super::context::Context;
use super::place::{Place, Text};
use super::tree::{Field, Node};

/// A probe, with the numbers that are written; the others are Kubernetes' defaults.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Probe {
    /// How it asks; none where nothing is written, which the API server refuses.
    pub handler: Option<Handler>,
    /// `initialDelaySeconds`.
    pub initial_delay: Option<u32>,
    /// `periodSeconds`.
    pub period: Option<u32>,
    /// `timeoutSeconds`.
    pub timeout: Option<u32>,
    /// `failureThreshold`.
    pub failures: Option<u32>,
    /// `successThreshold`.
    pub successes: Option<u32>,
    /// `terminationGracePeriodSeconds`, in place of the pod's.
    pub grace: Option<u32>,
    /// Where its key stands.
    pub place: Place,
}

/// How a probe asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Handler {
    /// `httpGet`.
    Http {
        /// The path; `/` if none is written.
        path: Text,
        /// The number or name of the port.
        port: Text,
    },
    /// `tcpSocket`.
    Tcp {
        /// The number or name of the port.
        port: Text,
    },
    /// `exec`.
    Exec {
        /// The command.
        command: Box<[Text]>,
    },
    /// `grpc`.
    Grpc {
        /// The number of the port.
        port: Text,
    },
}

impl Probe {
    pub(super) fn read(field: &Field<'_>, context: &mut Context<'_, '_, '_>) -> Self {
        let node = &field.value;
        Self {
            handler: handler(node, context),
            initial_delay: context.number(node, "initialDelaySeconds"),
            period: context.number(node, "periodSeconds"),
            timeout: context.number(node, "timeoutSeconds"),
            failures: context.number(node, "failureThreshold"),
            successes: context.number(node, "successThreshold"),
            grace: context.number(node, "terminationGracePeriodSeconds"),
            place: context.place_of(field),
        }
    }
}

fn handler(node: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Option<Handler> {
    if let Some(http) = node.get("httpGet") {
        let path = http.text_of("path").filter(|path| !path.is_empty());
        return Some(Handler::Http {
            path: context.share(path.unwrap_or("/")),
            port: context.name(http, "port"),
        });
    }
    if let Some(tcp) = node.get("tcpSocket") {
        let port = context.name(tcp, "port");
        return Some(Handler::Tcp { port });
    }
    if let Some(exec) = node.get("exec") {
        let command = context.texts(exec, "command");
        return Some(Handler::Exec { command });
    }
    let grpc = node.get("grpc")?;
    let port = context.name(grpc, "port");
    Some(Handler::Grpc { port })
}
