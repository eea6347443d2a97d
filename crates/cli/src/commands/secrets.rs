//! `helmwright secrets`: every Secret and key that must exist before a sync, and who reads it.

use std::collections::BTreeMap;

use helmwright::pipeline::Derived;
use helmwright::secrets::{Needed, Reader, Reference};
use serde_json::{Value, json};

use super::model::{Model, Seen};
use crate::args::Secrets;
use crate::outcome::{Failure, Outcome, Product};
use crate::project::Project;
use crate::table;

/// Runs the verb.
pub(crate) fn run(args: &Secrets, project: &Project) -> Result<Outcome, Failure> {
    let model = match Model::read(project, &args.environments)? {
        Seen::Sound(model) => model,
        Seen::Broken(outcome) => return Ok(outcome),
    };
    let mut wanted = BTreeMap::new();
    for derived in &model.environments {
        let needed = derived
            .secrets(&model.catalog)
            .map_err(|error| model.catalog.failure(&error))?;
        for one in needed {
            let key = Key::of(derived, &one);
            let readers: &mut Vec<Read> = wanted.entry(key).or_default();
            readers.push(Read {
                component: one.component,
                reference: one.reference,
            });
        }
    }
    Ok(Outcome::new(model.diagnostics()).with(List { wanted }))
}

/// A Secret's key in one environment.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    environment: String,
    namespace: String,
    secret: String,
    /// None for the whole Secret.
    key: Option<String>,
}

impl Key {
    fn of(derived: &Derived, needed: &Needed) -> Self {
        Self {
            environment: derived.environment().name.clone(),
            namespace: needed.namespace.clone(),
            secret: needed.reference.secret.clone(),
            key: needed.reference.key.clone(),
        }
    }
}

struct Read {
    component: String,
    reference: Reference,
}

struct List {
    wanted: BTreeMap<Key, Vec<Read>>,
}

impl Product for List {
    fn text(&self) -> String {
        let heading = ["environment", "namespace", "secret", "key", "read by"];
        let rows: Vec<Vec<String>> = self
            .wanted
            .iter()
            .map(|(key, readers)| {
                vec![
                    key.environment.clone(),
                    key.namespace.clone(),
                    key.secret.clone(),
                    key.key.clone().unwrap_or_else(|| "(all)".to_owned()),
                    who(readers),
                ]
            })
            .collect();
        table::draw(&heading, &rows)
    }

    fn json(&self) -> Value {
        let secrets: Vec<Value> = self
            .wanted
            .iter()
            .map(|(key, readers)| {
                json!({
                    "environment": key.environment,
                    "namespace": key.namespace,
                    "secret": key.secret,
                    "key": key.key,
                    "readers": readers.iter().map(reader).collect::<Vec<_>>(),
                })
            })
            .collect();
        json!({"secrets": secrets})
    }
}

/// Returns the readers by component: `mimir (ingester, querier), tempo (ingester)`.
fn who(readers: &[Read]) -> String {
    let mut roles: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for read in readers {
        let known = roles.entry(&read.component).or_default();
        if let Some(role) = &read.reference.role
            && !known.contains(&role.as_str())
        {
            known.push(role);
        }
    }
    let parts: Vec<String> = roles
        .into_iter()
        .map(|(component, roles)| {
            // A component of one pod of the same name need not be named twice.
            if roles.is_empty() || roles == [component] {
                component.to_owned()
            } else {
                format!("{component} ({})", roles.join(", "))
            }
        })
        .collect();
    parts.join(", ")
}

fn reader(read: &Read) -> Value {
    let (how, name) = match &read.reference.reader {
        Reader::Variable(name) => ("variable", Some(name)),
        Reader::Variables => ("variables", None),
        Reader::Volume(name) => ("volume", Some(name)),
        Reader::Images => ("images", None),
        Reader::Chart => ("chart", None),
    };
    json!({
        "component": read.component,
        "role": read.reference.role,
        "how": how,
        "name": name,
        "path": read.reference.path.to_string(),
    })
}
