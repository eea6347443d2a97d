//! Replicas, resources, volumes, budgets and probes from where the chart reads them.

use serde_json::{Map, Value as Json, json};

use super::compare::{gap, same};
use super::search::{Accept, Search};
use crate::components::RoleManifest;
use crate::error::Error;
use crate::yaml::{Node, Value};

/// Tries what the old values say of each role.
pub(super) fn derive(search: &mut Search<'_>) -> Result<(), Error> {
    search.roles()
}

impl Search<'_> {
    fn roles(&mut self) -> Result<(), Error> {
        let variant = self.variant;
        for (name, role) in &variant.roles {
            let paths = &role.values;
            let seen = self.seen;
            let find = |path: &Option<String>| {
                path.as_ref()
                    .and_then(|path| seen.at(&path.split('.').collect::<Vec<_>>()))
            };
            let mut candidates: Vec<(&str, Json)> = Vec::new();
            if let Some(json) = find(&paths.autoscaling).and_then(autoscaling) {
                candidates.push(("autoscaling", json));
            }
            if let Some(replicas) = find(&paths.replicas).filter(|_| !role.fixed_replicas) {
                candidates.push(("replicas", replicas.to_json()));
            }
            if paths.resources.is_some() {
                candidates.push((
                    "resources",
                    find(&paths.resources).map_or_else(|| json!({}), resources),
                ));
            }
            if let Some(json) = find(&paths.storage).and_then(storage) {
                candidates.push(("storage", json));
            }
            if let Some(json) = find(&paths.pdb).and_then(pdb) {
                candidates.push(("pdb", json));
            }
            for (path, key) in [
                (&paths.liveness, "probes.liveness"),
                (&paths.readiness, "probes.readiness"),
                (&paths.startup, "probes.startup"),
            ] {
                if let Some(json) = find(path).and_then(probe) {
                    candidates.push((key, json));
                }
            }
            if let Some(class) = find(&paths.priority_class).and_then(Node::as_str)
                && !class.is_empty()
            {
                candidates.push(("priorityClass", json!(class)));
            }
            let all: Vec<(String, Json)> = candidates
                .iter()
                .map(|(key, value)| (self.section(&format!("roles.{name}.{key}")), value.clone()))
                .collect();
            // Together first: the budget that the chart brings follows from the replicas.
            if !self.offer(&all, Accept::Better)? {
                for ((key, _), one) in candidates.iter().zip(&all) {
                    let accept = if self.says(role, key) {
                        Accept::NotWorse
                    } else {
                        Accept::Better
                    };
                    self.offer(std::slice::from_ref(one), accept)?;
                }
            }
            for ((key, _), (path, _)) in candidates.iter().zip(&all) {
                self.spare(path, self.says(role, key))?;
            }
        }
        Ok(())
    }

    /// Returns whether the old values themselves say something of a role, and not only the chart's defaults.
    fn says(&self, role: &RoleManifest, key: &str) -> bool {
        let paths = &role.values;
        let path = match key {
            "autoscaling" => &paths.autoscaling,
            "replicas" => &paths.replicas,
            "resources" => &paths.resources,
            "storage" => &paths.storage,
            "pdb" => &paths.pdb,
            "probes.liveness" => &paths.liveness,
            "probes.readiness" => &paths.readiness,
            "probes.startup" => &paths.startup,
            _ => &paths.priority_class,
        };
        path.as_ref().is_some_and(|path| {
            let keys: Vec<&str> = path.split('.').collect();
            let here = self.wanted.values.at(&keys);
            // Alloy's probe numbers stand beside other things.
            let is_probe = key.starts_with("probes.");
            here.is_some_and(|node| !is_probe || probe(node).is_some())
        })
    }

    /// Takes a value out of the draft again if the model says it anyway, or if nobody asked for it and it saves nothing.
    fn spare(&mut self, path: &str, said: bool) -> Result<(), Error> {
        if self.draft.get(path).is_none() {
            return Ok(());
        }
        let draft = self.draft.without(path);
        if let Ok(model) = self.workshop.values(&draft)? {
            let gap = gap(&model, self.wanted, self.defaults);
            if same(&model, &self.model) || !said && gap.cost <= self.gap.cost {
                self.draft = draft;
                self.model = model;
                self.gap = gap;
            }
        }
        Ok(())
    }
}

/// Returns the part of a container's resources that the model has.
fn resources(node: &Node) -> Json {
    let mut map = Map::new();
    for part in ["requests", "limits"] {
        let mut amounts = Map::new();
        for unit in ["cpu", "memory"] {
            match node.at(&[part, unit]).map(|node| (node, &node.value)) {
                Some((_, Value::Null)) | None => {}
                // A bare number of cores is written as text in the model.
                Some((_, Value::Integer(number))) => {
                    amounts.insert(unit.to_owned(), json!(number.to_string()));
                }
                Some((_, Value::Float(number))) => {
                    amounts.insert(unit.to_owned(), json!(number.to_string()));
                }
                Some((node, _)) => {
                    amounts.insert(unit.to_owned(), node.to_json());
                }
            }
        }
        if !amounts.is_empty() {
            map.insert(part.to_owned(), amounts.into());
        }
    }
    map.into()
}

fn storage(node: &Node) -> Option<Json> {
    let claim = match node.get("claims").map(|claims| &claims.value) {
        Some(Value::List(claims)) => claims.first().unwrap_or(node),
        _ => node,
    };
    let size = claim.get("size")?.as_str()?;
    let class = ["storageClass", "storageClassName"]
        .iter()
        .find_map(|key| claim.get(key)?.as_str())
        .filter(|class| !class.is_empty());
    Some(match class {
        Some(class) => json!({"size": size, "class": class}),
        None => json!({"size": size}),
    })
}

fn pdb(node: &Node) -> Option<Json> {
    let number = node.get("maxUnavailable").unwrap_or(node);
    matches!(number.value, Value::Integer(_)).then(|| json!({"maxUnavailable": number.to_json()}))
}

fn autoscaling(node: &Node) -> Option<Json> {
    if node.get("enabled").map(|node| &node.value) != Some(&Value::Bool(true)) {
        return None;
    }
    let mut map = Map::new();
    for (theirs, ours) in [
        ("minReplicas", "minReplicas"),
        ("maxReplicas", "maxReplicas"),
        ("targetCPUUtilizationPercentage", "targetCpu"),
        ("targetMemoryUtilizationPercentage", "targetMemory"),
    ] {
        if let Some(number) = node.get(theirs)
            && matches!(number.value, Value::Integer(_))
        {
            map.insert(ours.to_owned(), number.to_json());
        }
    }
    Some(map.into())
}

fn probe(node: &Node) -> Option<Json> {
    let map: Map<String, Json> = [
        "initialDelaySeconds",
        "periodSeconds",
        "timeoutSeconds",
        "failureThreshold",
    ]
    .iter()
    .filter_map(|key| {
        let number = node.get(key)?;
        matches!(number.value, Value::Integer(_)).then(|| ((*key).to_owned(), number.to_json()))
    })
    .collect();
    (!map.is_empty()).then_some(map.into())
}
