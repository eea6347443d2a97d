//! `helmwright schema`: prints a schema for an editor.

use crate::args::{Schema, SchemaName};
use crate::load;
use crate::outcome::{Failure, Outcome, Text};
use crate::project::Project;

/// Runs the verb.
pub(crate) fn run(args: &Schema, project: &Project) -> Result<Outcome, Failure> {
    let catalog = load::catalog(project)?;
    let text = match &args.of {
        SchemaName::Environment => catalog.environment_schema().text().to_owned(),
        SchemaName::Component => helmwright::components::manifest_schema_json(),
        SchemaName::Cluster => helmwright::cluster::schema_json(),
        SchemaName::Chart(chart) => match catalog.contract_text(&chart.name, &chart.version) {
            Some(text) => text.to_owned(),
            None => return Err(super::validate::unknown(&catalog, chart).into()),
        },
    };
    Ok(Outcome::new(catalog.findings().to_vec()).with(Text {
        text,
        is_json: true,
    }))
}
