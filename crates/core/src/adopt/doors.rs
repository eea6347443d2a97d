//! Traefik's entry points from its ports.

use serde_json::{Map, Value as Json, json};

use super::search::{Accept, Search};
use crate::error::Error;
use crate::yaml::{Node, Value};

/// Tries the ports as entry points, all together and then without one each.
pub(super) fn derive(search: &mut Search<'_>) -> Result<(), Error> {
    let Some(ports) = search.seen.get("ports").and_then(Node::as_map) else {
        return Ok(());
    };
    let mut doors = Map::new();
    for (name, entry) in ports {
        if let Some(door) = door(name, &entry.value) {
            doors.insert(name.clone(), door);
        }
    }
    let path = search.section("settings.entryPoints");
    search.offer(
        &[(path.clone(), Json::Object(doors.clone()))],
        Accept::Better,
    )?;
    for name in doors.keys().cloned().collect::<Vec<_>>() {
        let mut fewer = doors.clone();
        fewer.shift_remove(&name);
        if !fewer.is_empty()
            && search.offer(
                &[(path.clone(), Json::Object(fewer.clone()))],
                Accept::Better,
            )?
        {
            doors = fewer;
        }
    }
    Ok(())
}

fn door(name: &str, port: &Node) -> Option<Json> {
    // The chart's own, for probes and metrics.
    if matches!(name, "traefik" | "metrics") {
        return None;
    }
    let number = |key| match port.get(key).map(|node| &node.value) {
        Some(Value::Integer(number)) => u16::try_from(*number).ok(),
        _ => None,
    };
    let mut door = json!({"port": number("port")?, "exposedPort": number("exposedPort")?});
    let to = port
        .at(&["http", "redirections", "entryPoint", "to"])
        .or_else(|| port.at(&["redirections", "entryPoint", "to"]))
        .and_then(Node::as_str);
    let tls = port
        .at(&["http", "tls", "enabled"])
        .or_else(|| port.at(&["tls", "enabled"]))
        .is_some_and(|node| node.value == Value::Bool(true));
    if let Some(door) = door.as_object_mut() {
        if let Some(to) = to {
            door.insert("redirectTo".to_owned(), json!(to));
        }
        if tls {
            door.insert("tls".to_owned(), json!(true));
        }
    }
    Some(door)
}
