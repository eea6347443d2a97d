//! Builds a contract from a chart's files.

use helmwright::chart::Chart;
use helmwright::source::Source;
use helmwright::{Contract, yaml};

/// Runs the example.
pub(crate) fn main() -> Result<(), helmwright::contract::BuildError> {
    let chart = Chart::from_files([
        ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        (
            "values.yaml",
            "replicas: 1\nresources: {}\nimage:\n  tag: \"\"\nlegacy: true\n",
        ),
        (
            "templates/shop.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: {{ .Values.replicas }}\n  template:\n    spec:\n      \
             containers:\n      - image: shop:{{ .Values.image.tag }}\n        resources: {{ toYaml .Values.resources | nindent 10 }}\n",
        ),
    ])
    .expect("it is a chart");
    let built = Contract::build(&chart)?;
    let values = Source::new(
        "values.yaml",
        "image: {tga: v1}\nresources: {limitz: {}}\nlegacy: false\n",
    );
    let found = built
        .contract
        .check(&yaml::read(&values).expect("it is YAML"));
    assert_eq!(found.len(), 3, "{found:#?}");
    Ok(())
}
