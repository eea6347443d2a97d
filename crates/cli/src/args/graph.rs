//! Arguments of `graph`.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::Format;

/// Arguments of `graph`.
#[derive(Debug, Args)]
pub(crate) struct Graph {
    /// Environments to draw; the others are still read and checked
    #[arg(value_name = "ENV")]
    pub(crate) environments: Vec<String>,
    // The same option as everywhere, with the shapes that a drawing has.
    /// Shape of the graph: mermaid (usual), dot or json
    #[arg(
        long,
        value_name = "SHAPE",
        default_value = "mermaid",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = "Options everywhere",
        value_parser = shapes()
    )]
    pub(crate) format: Format,
}

fn shapes() -> impl clap::builder::TypedValueParser<Value = Format> {
    PossibleValuesParser::new(["mermaid", "dot", "json"]).try_map(|name| match name.as_str() {
        "mermaid" => Ok(Format::Mermaid),
        "dot" => Ok(Format::Dot),
        "json" => Ok(Format::Json),
        other => Err(format!("no shape of a drawing: {other}")),
    })
}
