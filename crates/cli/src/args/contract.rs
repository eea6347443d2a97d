//! Arguments of `contract`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `contract`.
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Contract {
    #[command(subcommand)]
    pub(crate) verb: ContractVerb,
}

/// The verbs below `contract`.
#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub(crate) enum ContractVerb {
    /// Build the contract of a chart from its files
    #[command(after_help = "Example: add a chart version to a project
  helmwright contract build tempo-2.2.5.tgz --to schemas/tempo/2.2.5.schema.json")]
    Build(ContractBuild),
    /// List the contracts at hand
    #[command(after_help = "Example: which versions of Loki are known?
  helmwright contract list | grep loki")]
    List,
}

/// Arguments of `contract build`.
#[derive(Debug, Args)]
pub(crate) struct ContractBuild {
    /// The chart's folder, or its archive from `helm pull`
    #[arg(value_name = "DIR|TGZ")]
    pub(crate) chart: PathBuf,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    /// Add who reads each value, by template and line, as `x-reads`
    #[arg(long)]
    pub(crate) reads: bool,
}
