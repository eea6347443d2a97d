//! Who sends which signal where, who keeps it in which bucket, and who reads it: drawn from what components say of
//! themselves.
//!
//! Nothing here is typed by hand. What is sent and read is [`Described`](crate::components::Described), whose Service an
//! address names the [links](crate::links) say, and which role answers there the manifests.
//!
//! # Examples
//!
//! ```
//! # #[cfg(feature = "bundled")] {
//! use helmwright::environment::NoLayers;
//! use helmwright::graph::Graph;
//! use helmwright::pipeline::Derived;
//! use helmwright::source::Source;
//! use helmwright::{Catalog, Environment};
//!
//! let source = Source::new("envs/dev.yaml", "environment: dev\nnamespace: obs\ncomponents: {traefik: {}}\n");
//! let environment = Environment::read(&source, &NoLayers, Catalog::bundled()).environment.expect("it is sound");
//! let derived = Derived::new(environment, Catalog::bundled(), &mut Vec::new());
//! let graph = Graph::of(&[&derived], Catalog::bundled());
//! assert!(graph.mermaid().contains("dev_traefik"));
//! # }
//! ```

mod build;
mod dot;
mod id;
mod json;
mod label;
mod mermaid;
mod resolve;
#[cfg(all(test, feature = "bundled"))]
mod tests;

use crate::components::{Queue, Signal};

/// What flows in some environments, in an order that depends on nothing but them.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The environments, and the object stores.
    pub groups: Vec<Group>,
    /// Who sends, receives, keeps.
    pub nodes: Vec<Node>,
    /// What goes from one to another.
    pub edges: Vec<Edge>,
}

/// What nodes lie in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id: letters, digits and `_`.
    pub id: String,
    /// What it is.
    pub kind: GroupKind,
    /// The environment's name, or the store's.
    pub name: String,
    /// The environment's namespace, or the store's address.
    pub detail: String,
}

/// A kind of [`Group`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// An environment.
    Environment,
    /// An object store, which may serve several environments.
    Store,
}

/// Someone who sends, receives or keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its id: letters, digits and `_`. The same in every drawing of the same environments.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// The component's id, the bucket's name, the host.
    pub name: String,
    /// The variant of a component; empty where nothing more is known.
    pub variant: String,
    /// The environment that it belongs to; none for stores and hosts outside.
    pub environment: Option<String>,
    /// The namespace of a component.
    pub namespace: Option<String>,
    /// The id of the group it lies in.
    pub group: Option<String>,
}

/// A kind of [`Node`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A component.
    Component,
    /// Programs of the environment that send over OTLP.
    Clients,
    /// Pods whose output is read.
    Pods,
    /// Who comes from outside to the edge.
    Visitors,
    /// A bucket.
    Bucket,
    /// A host that is no component of any environment at hand.
    Outside,
}

impl NodeKind {
    /// Returns the word in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Clients => "clients",
            Self::Pods => "pods",
            Self::Visitors => "visitors",
            Self::Bucket => "bucket",
            Self::Outside => "outside",
        }
    }
}

/// Something that goes from one node to another.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The id of who sends, keeps or reads.
    pub from: String,
    /// The id of who receives, is kept in or is read.
    pub to: String,
    /// What is done.
    pub kind: EdgeKind,
    /// What it is called by who does it: a destination, a data source, a bucket's purpose, an entry point.
    pub name: String,
    /// The signals; none for what is no telemetry.
    pub signals: Vec<Signal>,
    /// `grpc`, `http`, `https`, `s3`, `tcp`; `stdout` for the output of pods.
    pub protocol: String,
    /// The port of the Service or host; none where there is none, or none is known.
    pub port: Option<u16>,
    /// The path of the URL, or what names in the bucket begin with; empty for none.
    pub path: String,
    /// The tenant it is sent or read as.
    pub tenant: Option<String>,
    /// How samples wait before they are sent.
    pub queue: Option<Queue>,
    /// The role whose pods do it, where that is known.
    pub from_role: Option<String>,
    /// The role whose pods answer, where the Service is that of one.
    pub to_role: Option<String>,
    /// The endpoint of the component that the address names.
    pub endpoint: Option<String>,
    /// Whether it leaves the environment.
    pub crosses: bool,
}

/// What an [`Edge`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// Sends there.
    Sends,
    /// Keeps what lasts there.
    Keeps,
    /// Asks there.
    Reads,
    /// Goes through there: a queue that data waits in.
    Calls,
}

impl EdgeKind {
    /// Returns the word in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sends => "sends",
            Self::Keeps => "keeps",
            Self::Reads => "reads",
            Self::Calls => "calls",
        }
    }
}

impl Graph {
    /// Returns the node of an id.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// Returns the nodes of a group; of none, those that lie in no group.
    pub fn nodes_in<'g>(&'g self, group: Option<&'g str>) -> impl Iterator<Item = &'g Node> {
        self.nodes
            .iter()
            .filter(move |node| node.group.as_deref() == group)
    }
}
