//! Arguments of `simulate` and what is below it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Arguments of `simulate`.
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    #[command(subcommand)]
    pub(crate) verb: SimulateVerb,
}

/// What is simulated.
#[derive(Debug, Subcommand)]
pub(crate) enum SimulateVerb {
    /// Place all pods as the scheduler does, and see who is evicted
    #[command(
        after_help = "Example: with what runs now, who is evicted if prod is applied?
  kubectl get nodes,pods,priorityclasses,pdb -A -o json > cluster.json
  helmwright simulate preemption prod --cluster cluster.json"
    )]
    Preemption(SimulatePreemption),
}

/// Arguments of `simulate preemption`.
#[derive(Debug, Args)]
pub(crate) struct SimulatePreemption {
    /// Environments to apply; those on one cluster go together
    #[arg(value_name = "ENV")]
    pub(crate) environments: Vec<String>,
    /// What runs: our own form, or kubectl's; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) cluster: Option<PathBuf>,
    /// Only lose-node, add-ingester, restart-all or reverse
    #[arg(long, value_name = "EVENT", value_enum, hide_possible_values = true)]
    pub(crate) event: Option<EventName>,
}

/// A standard event on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EventName {
    LoseNode,
    AddIngester,
    RestartAll,
    Reverse,
}
