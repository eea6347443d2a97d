//! Differences for programs.

use serde_json::{Value, json};

use super::{Changes, Place, Row};

/// Returns the `result` of the JSON object.
pub(super) fn render(changes: &Changes) -> Value {
    let [changed, added, removed] = changes.counts().map(|(count, _)| count);
    let groups: Vec<Value> = changes
        .groups
        .iter()
        .map(|group| {
            json!({
                "name": group.name,
                "file": group.file,
                "state": group.state,
                "note": group.note,
                "changes": group.rows.iter().map(row).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "old": changes.sides[0],
        "new": changes.sides[1],
        "differs": changes.any(),
        "compared": changes.looked_at,
        "changed": changed,
        "added": added,
        "removed": removed,
        "components": groups,
    })
}

fn row(row: &Row) -> Value {
    // A value that is not there is left out, since a value may be null.
    let mut object = json!({
        "path": row.path,
        "change": row.word(),
        "causes": row.causes.iter().map(place).collect::<Vec<_>>(),
    });
    if let Some(object) = object.as_object_mut() {
        for (side, value) in [("old", &row.old), ("new", &row.new)] {
            if let Some(value) = value {
                object.insert(side.to_owned(), value.clone());
            }
        }
    }
    object
}

/// Returns a place as programs read it.
pub(crate) fn place(place: &Place) -> Value {
    json!({"file": place.file, "line": place.line, "key": place.key})
}
