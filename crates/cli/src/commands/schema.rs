//! `helmwright schema`: prints a schema for an editor.

use crate::args::{Schema, SchemaName};
use crate::core_api::environment;
use crate::load;
use crate::outcome::{Failure, Outcome, Text};
use crate::project::Project;

/// Runs the verb.
pub(crate) fn run(args: &Schema, project: &Project) -> Result<Outcome, Failure> {
    let text = match &args.of {
        SchemaName::Environment => environment::schema_json(),
        SchemaName::Chart(chart) => {
            let catalog = load::catalog(project.schemas.as_ref())?;
            match catalog.contract_text(&chart.name, &chart.version) {
                Some(text) => text.to_owned(),
                None => return Err(super::validate::unknown(&catalog, chart).into()),
            }
        }
    };
    Ok(Outcome::new(Vec::new()).with(Text {
        text,
        is_json: true,
    }))
}
