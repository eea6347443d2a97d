//! What may stand on the command line.

mod contract;
mod graph;
mod help;
mod lint;
mod names;
mod simulate;

pub(crate) use contract::{Contract, ContractBuild, ContractVerb};
pub(crate) use graph::Graph;
pub(crate) use help::command;
pub(crate) use lint::{Budget, Denied, Lint, Rendering, Rules, TierName};
pub(crate) use names::{ChartName, SchemaName};
pub(crate) use simulate::{EventName, Simulate, SimulatePreemption, SimulateVerb};

use std::path::PathBuf;

use clap::{Args, FromArgMatches, Parser, Subcommand, ValueEnum};

/// Typed environments in, proven Helm values files out.
#[derive(Debug, Parser)]
#[command(
    name = "helmwright",
    version,
    about,
    term_width = 80,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Options that every verb takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options everywhere")]
pub(crate) struct Global {
    /// Run as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(crate) directory: Option<PathBuf>,
    /// Environment files [default: envs]
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) envs: Option<PathBuf>,
    /// Where generated files go [default: gitops]
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) out: Option<PathBuf>,
    /// More contracts, as CHART/VERSION.schema.json
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) schemas: Option<PathBuf>,
    /// More components, as COMPONENT/component.yaml
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) catalog: Option<PathBuf>,
    /// Shape of what a verb prints: text or json
    #[arg(
        long,
        value_enum,
        value_name = "SHAPE",
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true,
        global = true
    )]
    pub(crate) format: Format,
    /// Shape of findings: text, json, github or sarif
    #[arg(
        long,
        value_enum,
        value_name = "SHAPE",
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true,
        global = true
    )]
    pub(crate) message_format: MessageFormat,
    /// When to colour: auto, always or never
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true,
        global = true
    )]
    pub(crate) color: Color,
    /// Say nothing but findings and what was asked for
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// Shape of a command's product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
    /// For people who read it elsewhere; `diff`, `compare` and `budget` have it.
    Markdown,
    /// A flowchart; only `graph` has it.
    Mermaid,
    /// For Graphviz; only `graph` has it.
    Dot,
}

impl Format {
    /// Returns the word on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Mermaid => "mermaid",
            Self::Dot => "dot",
        }
    }
}

/// Shape of the findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum MessageFormat {
    #[default]
    Text,
    Json,
    Github,
    Sarif,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// The verbs; one file each in `commands/`.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Begin a project: environments, settings, editor support
    #[command(after_help = "Example: from an empty folder to the first values files
  helmwright init
  helmwright generate")]
    Init(Init),
    /// Write the values files of all environments, or of those named
    #[command(
        after_help = "Example: see what a change of envs/prod.yaml does, then write it
  helmwright generate prod --dry-run
  helmwright generate prod"
    )]
    Generate(Generate),
    /// Apply the safe fixes of findings to environment files
    #[command(after_help = "Example: see which lines would change, then change them
  helmwright fix --dry-run
  helmwright fix")]
    Fix(Fix),
    /// Check environments, and the files written from them
    #[command(after_help = "Example: in CI, with findings beside the changed lines
  helmwright check --message-format github")]
    Check(Check),
    /// Ask all rules of what will run, or of any manifests
    #[command(
        after_help = "Example: what breaks a rule, predicted and rendered? And in this stream?
  helmwright lint prod --render --charts charts
  kustomize build . | helmwright lint --manifests - --tier prod"
    )]
    Lint(Lint),
    /// Simulate who is evicted when pods find no place
    #[command(
        after_help = "Example: does one pod take the place of another if this is applied?
  helmwright simulate preemption prod"
    )]
    Simulate(Simulate),
    /// Check any values file against its chart's contract
    #[command(
        after_help = "Example: will this chart version read all of these values?
  helmwright validate my-values.yaml --chart tempo@2.2.4"
    )]
    Validate(Validate),
    /// Prove with the real Helm that every value has an effect
    #[command(
        after_help = "Example: prove prod with charts that lie in a folder, without a network
  helmwright verify prod --charts charts"
    )]
    Verify(Verify),
    /// Show which values a generate would change, and why
    #[command(
        after_help = "Example: tell reviewers what a change of an environment does
  helmwright diff --format markdown > comment.md"
    )]
    Diff(Diff),
    /// Show in which values two environments differ
    #[command(after_help = "Example: what is not the same in test and prod?
  helmwright compare test prod")]
    Compare(Compare),
    /// Say where a value comes from, or what a finding means
    #[command(after_help = "Example: who decided this number, and what is that rule?
  helmwright explain prod/tempo:ingester.replicas
  helmwright explain storage/bucket-shared")]
    Explain(Explain),
    /// List all rules, with what a finding weighs in each tier
    #[command(after_help = "Example: what is asked of health checks?
  helmwright rules | grep probe/
  helmwright explain probe/liveness-impatient")]
    Rules(Rules),
    /// Show what a namespace needs against its quota
    #[command(
        after_help = "Example: what does prod need, and which quota is to be asked for?
  helmwright budget prod
  helmwright budget prod --format markdown > request.md"
    )]
    Budget(Budget),
    /// Draw who sends which signal where, who keeps and who reads it
    #[command(after_help = "Example: a picture for a README, and one for a wall
  helmwright graph prod
  helmwright graph --format dot | dot -Tsvg > graph.svg")]
    Graph(Graph),
    /// List the buckets that must exist
    #[command(after_help = "Example: hand the names to who creates them
  helmwright buckets prod --format json")]
    Buckets(Buckets),
    /// List the Secrets and keys that must exist before a sync
    #[command(after_help = "Example: which keys does prod wait for?
  helmwright secrets prod")]
    Secrets(Secrets),
    /// Build a chart's contract, or list those at hand
    #[command(after_help = "Example: which keys does this chart version take?
  helmwright contract build tempo-2.2.5.tgz | less")]
    Contract(Contract),
    /// Print the schema of environments, clusters or a chart's values
    #[command(after_help = "Example: let an editor complete environment files
  helmwright schema environment > environment.schema.json")]
    Schema(Schema),
    /// Turn values files that a team has into an environment
    #[command(after_help = "Example: what would become of our values?
  helmwright adopt values.yaml --chart tempo@2.2.4 --env prod --dry-run")]
    Adopt(Adopt),
    /// Show which keys of yours another chart version breaks
    #[command(after_help = "Example: what would Traefik 41 make of what we set?
  helmwright upgrade traefik --from 37.1.2 --to 41.3.0")]
    Upgrade(Upgrade),
    /// Print a script that completes verbs and options in a shell
    #[command(
        after_help = "Example: complete in this bash; in ~/.bashrc, in every one
  source <(helmwright completions bash)"
    )]
    Completions(Completions),
    /// Print the manual page of helmwright, or of one verb
    #[command(after_help = "Example: read the page of `generate`
  helmwright man generate | man -l -")]
    Man(Man),
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder; it is made if it is missing
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
}

/// Arguments of `generate`.
#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// Environments to write; the others are still read and checked
    #[arg(value_name = "ENV")]
    pub(crate) environments: Vec<String>,
    /// Overwrite edited files, and files of others in the way
    #[arg(long)]
    pub(crate) force: bool,
    /// Say what would change; write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Arguments of `fix`.
#[derive(Debug, Args)]
pub(crate) struct Fix {
    /// Environments whose findings are fixed; the others are still read
    #[arg(value_name = "ENV")]
    pub(crate) environments: Vec<String>,
    /// Show what would change; write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Environments to compare; the others are still read and checked
    #[arg(value_name = "ENV")]
    pub(crate) environments: Vec<String>,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Environments to verify; the others are still read and checked
    #[arg(value_name = "ENV")]
    pub(crate) environments: Vec<String>,
    /// Charts as CHART/VERSION/ or .tgz; others are fetched
    #[arg(long, value_name = "DIR")]
    pub(crate) charts: Option<PathBuf>,
    /// Helm 3 or 4 [default: $HELMWRIGHT_HELM, or helm]
    #[arg(long, value_name = "PATH")]
    pub(crate) helm: Option<PathBuf>,
    /// Prove again what was proven before
    #[arg(long)]
    pub(crate) fresh: bool,
    /// List the values that equal their chart's default
    #[arg(long)]
    pub(crate) defaults: bool,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// Environments to compare; the others are still read and checked
    #[arg(value_name = "ENV")]
    pub(crate) environments: Vec<String>,
    /// Exit 1 if anything differs
    #[arg(long)]
    pub(crate) exit_code: bool,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The environment to start from
    #[arg(value_name = "A")]
    pub(crate) old: String,
    /// The environment to end at
    #[arg(value_name = "B")]
    pub(crate) new: String,
    /// Exit 1 if anything differs
    #[arg(long)]
    pub(crate) exit_code: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// ENV/COMPONENT, ENV/COMPONENT:PATH, or the name of a finding
    #[arg(value_name = "WHAT")]
    pub(crate) what: String,
}

/// Arguments of `buckets`.
#[derive(Debug, Args)]
pub(crate) struct Buckets {
    /// Environments to list; the others are still read and checked
    #[arg(value_name = "ENV")]
    pub(crate) environments: Vec<String>,
}

/// Arguments of `secrets`.
#[derive(Debug, Args)]
pub(crate) struct Secrets {
    /// Environments to list; the others are still read and checked
    #[arg(value_name = "ENV")]
    pub(crate) environments: Vec<String>,
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// Values files; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The chart [default: what the schema line says]
    #[arg(long, value_name = "NAME@VERSION")]
    pub(crate) chart: Option<ChartName>,
}

/// Arguments of `adopt`.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// Values files in Helm's order; Argo CD or Flux objects
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The chart to move to [default: the file's]
    #[arg(long, value_name = "NAME@VERSION")]
    pub(crate) chart: Option<ChartName>,
    /// Environment, new or extended [default: adopted]
    #[arg(
        long,
        value_name = "ENV",
        default_value = "adopted",
        hide_default_value = true
    )]
    pub(crate) env: String,
    /// A new environment's [default: the files' own]
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// Charts as CHART/VERSION, for an exact proof
    #[arg(long, value_name = "DIR")]
    pub(crate) charts: Option<PathBuf>,
    /// Print the environment; write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Arguments of `upgrade`.
#[derive(Debug, Args)]
pub(crate) struct Upgrade {
    /// The chart's name; not needed where --from or --to is a chart's files
    #[arg(value_name = "CHART")]
    pub(crate) chart: Option<String>,
    /// The version in use, or a chart's folder or archive
    #[arg(long, value_name = "A")]
    pub(crate) from: String,
    /// The version to go to, or a chart's folder or archive
    #[arg(long, value_name = "B")]
    pub(crate) to: String,
    /// Values files to look at [default: environments]
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) values: Vec<PathBuf>,
    /// List everything that differs, also what nobody sets
    #[arg(long)]
    pub(crate) all: bool,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// `environment`, `component`, `cluster`, or a chart as NAME@VERSION
    #[arg(value_name = "environment|component|cluster|NAME@VERSION")]
    pub(crate) of: SchemaName,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell: bash, elvish, fish, powershell or zsh
    #[arg(value_name = "SHELL", value_enum, hide_possible_values = true)]
    pub(crate) shell: Shell,
}

/// The shells that scripts can be made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The verb; two words for a verb below another
    #[arg(value_name = "VERB")]
    pub(crate) verb: Vec<String>,
}

/// Reads the command line of this process.
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_are_named_with_their_version() {
        let chart: ChartName = "tempo@2.2.4".parse().unwrap();
        assert_eq!(
            (chart.name.as_str(), chart.version.as_str()),
            ("tempo", "2.2.4")
        );
        assert!("tempo".parse::<ChartName>().is_err());
        assert!("@1".parse::<SchemaName>().is_err());
        assert_eq!("environment".parse(), Ok(SchemaName::Environment));
    }
}
