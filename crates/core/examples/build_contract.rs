//! Builds a contract from a chart's files.

use helmwright::chart::Chart;
use helmwright::contract::Additions;
use helmwright::source::Source;
use helmwright::{Contract, yaml};

/// Runs the example.
pub(crate) fn main() -> Result<(), helmwright::contract::BuildError> {
    let chart = Chart::from_files([
        ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        (
            "values.yaml",
            "replicas: 1\nresources: {}\nimage:\n  tag: \"\"\n",
        ),
    ])
    .expect("it is a chart");
    let built = Contract::build(&chart, &Additions::default())?;
    let values = Source::new("values.yaml", "image: {tga: v1}\nresources: {limitz: {}}\n");
    let found = built
        .contract
        .check(&yaml::read(&values).expect("it is YAML"));
    assert_eq!(found.len(), 2, "{found:#?}");
    Ok(())
}
