//! Arguments of the verbs that ask rules and count.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Arguments of `lint`.
#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// Environments to ask about; the others are still read
    #[arg(value_name = "ENV")]
    pub(crate) environments: Vec<String>,
    /// Ask about manifests too; `-` is standard input
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) manifests: Vec<PathBuf>,
    /// Render the charts with Helm, and ask about that too
    #[arg(long, conflicts_with = "manifests")]
    pub(crate) render: bool,
    /// Manifests of no environment here: dev, test or prod
    #[arg(
        long,
        value_name = "TIER",
        value_enum,
        requires = "manifests",
        conflicts_with_all = ["environments", "against"],
        hide_possible_values = true
    )]
    pub(crate) tier: Option<TierName>,
    /// Ask what changed since a git revision
    #[arg(long, value_name = "REV")]
    pub(crate) against: Option<String>,
    /// Exit 1 also on `warnings`
    #[arg(long, value_name = "WHAT", value_enum, hide_possible_values = true)]
    pub(crate) deny: Option<Denied>,
    /// Show every rule, with the numbers it computed
    #[arg(short, long)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) with: Rendering,
}

/// What rendering needs.
#[derive(Debug, Args)]
pub(crate) struct Rendering {
    /// Charts: CHART/VERSION/ or .tgz; others are fetched
    #[arg(long, value_name = "DIR")]
    pub(crate) charts: Option<PathBuf>,
    /// Helm 3 or 4 [default: $HELMWRIGHT_HELM, or helm]
    #[arg(long, value_name = "PATH")]
    pub(crate) helm: Option<PathBuf>,
}

/// A tier on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TierName {
    Dev,
    Test,
    Prod,
}

/// What shall count as an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Denied {
    Warnings,
}

/// Arguments of `rules`.
#[derive(Debug, Args)]
pub(crate) struct Rules {}

/// Arguments of `budget`.
#[derive(Debug, Args)]
pub(crate) struct Budget {
    /// Environments to measure; the others are still read
    #[arg(value_name = "ENV")]
    pub(crate) environments: Vec<String>,
    /// Render the charts with Helm, and measure that
    #[arg(long)]
    pub(crate) render: bool,
    #[command(flatten)]
    pub(crate) with: Rendering,
}
