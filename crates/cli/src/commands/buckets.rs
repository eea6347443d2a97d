//! `helmwright buckets`: the buckets that must exist, by environment.

use serde_json::{Value, json};

use super::model::{Model, Seen};
use crate::args::Buckets;
use crate::outcome::{Failure, Outcome, Product};
use crate::project::Project;
use crate::table;

/// Runs the verb.
pub(crate) fn run(args: &Buckets, project: &Project) -> Result<Outcome, Failure> {
    let model = match Model::read(project, &args.environments)? {
        Seen::Sound(model) => model,
        Seen::Broken(outcome) => return Ok(outcome),
    };
    let mut rows = Vec::new();
    for derived in &model.environments {
        let environment = derived.environment();
        let store = environment.model.object_store.as_ref();
        for bucket in derived.links().buckets() {
            rows.push(Row {
                environment: environment.name.clone(),
                component: bucket.component.clone(),
                purpose: bucket.purpose.clone(),
                bucket: bucket.name.clone(),
                store: store
                    .map(|store| store.instance.clone())
                    .unwrap_or_default(),
                endpoint: bucket.endpoint.clone(),
            });
        }
    }
    Ok(Outcome::new(model.diagnostics()).with(List { rows }))
}

struct List {
    rows: Vec<Row>,
}

struct Row {
    environment: String,
    component: String,
    purpose: String,
    bucket: String,
    store: String,
    endpoint: String,
}

impl Product for List {
    fn text(&self) -> String {
        let heading = [
            "environment",
            "component",
            "purpose",
            "bucket",
            "store",
            "endpoint",
        ];
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| {
                vec![
                    row.environment.clone(),
                    row.component.clone(),
                    row.purpose.clone(),
                    row.bucket.clone(),
                    row.store.clone(),
                    row.endpoint.clone(),
                ]
            })
            .collect();
        table::draw(&heading, &rows)
    }

    fn json(&self) -> Value {
        let buckets: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "environment": row.environment,
                    "component": row.component,
                    "purpose": row.purpose,
                    "bucket": row.bucket,
                    "store": row.store,
                    "endpoint": row.endpoint,
                })
            })
            .collect();
        json!({"buckets": buckets})
    }
}
