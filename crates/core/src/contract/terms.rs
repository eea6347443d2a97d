//! Short words for schemas, in which the Kubernetes types and the reviewed additions are written.

use super::kubernetes;
use super::schema::{Additional, Schema, Types};

/// The reason given by an open map that is a Kubernetes object closed no further.
const KUBERNETES_MAP: &str = "passed to Kubernetes";
/// The reason given by an open map that the chart writes into the program's configuration file.
const PROGRAM_MAP: &str = "written into the program's configuration";

/// Returns the schema of a term; every term admits null. Nothing if a word is unknown.
///
/// A term is one word, or several joined by `|`: `string`, `integer`, `number`, `boolean`, `list`, `map`
/// (open, for Kubernetes), `program` (open, for the program's configuration), `any`; `cpu-quantity`, `memory-quantity`, `storage-quantity`, `duration`; or the name of a
/// Kubernetes type, which becomes a reference to `#/definitions/<name>`.
pub(super) fn term(text: &str) -> Option<Schema> {
    let mut words = text.split('|').map(str::trim);
    let first = words.next()?;
    let mut schema = word(first)?;
    for other in words {
        let more = word(other)?;
        // Only plain types can be joined.
        if more.rare().is_some_and(|rare| rare.reference.is_some()) || schema.types.is_any() {
            return None;
        }
        schema.types = schema.types.with(more.types);
    }
    Some(schema)
}

fn word(word: &str) -> Option<Schema> {
    let of = |types: Types| Schema::of(types.with(Types::NULL));
    let formatted = |types: Types, format: &str| {
        let mut schema = of(types);
        schema.format = Some(format.into());
        schema
    };
    Some(match word {
        "string" => of(Types::STRING),
        "integer" => of(Types::INTEGER),
        "number" => of(Types::NUMBER),
        "boolean" => of(Types::BOOLEAN),
        "list" => of(Types::ARRAY),
        "map" => open_map(KUBERNETES_MAP),
        "program" => open_map(PROGRAM_MAP),
        "any" => Schema::default(),
        "cpu-quantity" => formatted(Types::STRING.with(Types::NUMBER), word),
        "memory-quantity" | "storage-quantity" => {
            formatted(Types::STRING.with(Types::INTEGER), word)
        }
        "duration" => formatted(Types::STRING, "prometheus-duration"),
        name => {
            if !kubernetes::is_named(name) {
                return None;
            }
            Schema::reference_to(name)
        }
    })
}

/// Makes a map that takes any key and says why.
pub(super) fn open_map(why: &str) -> Schema {
    let mut map = Schema::of(Types::OBJECT.with(Types::NULL));
    map.rare_mut().open = Some(why.into());
    map
}

/// Makes a map without keys that takes no others.
pub(super) fn closed_map() -> Schema {
    let mut map = Schema::of(Types::OBJECT.with(Types::NULL));
    map.additional = Additional::Refused;
    map
}
