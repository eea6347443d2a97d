//! What to say about a key that is not there: which one was meant, or where it belongs.

use crate::diagnostic::nearest;

use super::path::{Step, show, show_keys};
use super::schema::Schema;
use super::wording::Wording;

/// No contract nests deeper; a ring of references ends here.
const DEEPEST: usize = 12;
/// A name at more places than this says nothing.
const MOST_PLACES: usize = 400;
/// A map with more keys than this is not listed whole.
const MOST_KEYS: usize = 16;

/// What is known about a missing key.
pub(super) struct Advice {
    /// What to do, in a sentence.
    pub(super) help: String,
    /// The key that was probably meant, beside the unknown one.
    pub(super) near: Option<String>,
}

/// Gives advice about `key`, which `map` (the schema at `at`) does not list.
pub(super) fn advise(
    root: &Schema,
    map: &Schema,
    at: &[Step<'_>],
    key: &str,
    wording: &Wording,
) -> Advice {
    let names = || {
        map.properties
            .iter()
            .filter(|(_, schema)| schema.dead().is_none())
            .map(|(name, _)| &**name)
    };
    let near = nearest(key, names());
    let parent: Vec<&str> = at
        .iter()
        .filter_map(|step| match step {
            Step::Key(key) => Some(*key),
            Step::Index(_) => None,
        })
        .collect();
    let places = places(root, key, &parent);
    let (close, far): (Vec<_>, Vec<_>) = places.iter().partition(|(distance, _)| *distance <= 1);
    let listed = |places: &[&(usize, String)]| {
        places
            .iter()
            .take(3)
            .map(|(_, place)| format!("`{place}`"))
            .collect::<Vec<_>>()
            .join(" or ")
    };
    let reads = wording.reads();

    let mut parts = Vec::new();
    if let Some(near) = near {
        let mut whole = at.to_vec();
        whole.push(Step::Key(near));
        parts.push(format!("did you mean `{}`?", show(&whole)));
    }
    if !close.is_empty() {
        parts.push(format!("{reads} {}", listed(&close)));
    } else if near.is_none() && !far.is_empty() && far.len() <= 3 {
        parts.push(format!("{reads} {}", listed(&far)));
    }
    if parts.is_empty() {
        let count = names().count();
        parts.push(match (count, wording.all_keys()) {
            (0, _) => "nothing can be set here; remove it".to_owned(),
            (1..=MOST_KEYS, _) => {
                let keys: Vec<_> = names().map(|name| format!("`{name}`")).collect();
                format!("the keys here are {}", keys.join(", "))
            }
            (_, Some(all_keys)) => format!("remove it; {all_keys}"),
            (_, None) => "remove it".to_owned(),
        });
    }
    Advice {
        help: parts.join(" If not, "),
        near: near.map(str::to_owned),
    }
}

/// Returns where a key of this name is read, with the number of steps between there and `parent`, nearest first.
fn places(root: &Schema, key: &str, parent: &[&str]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut keys = Vec::new();
    collect(root, root, key, &mut keys, &mut found);
    let mut places: Vec<_> = found
        .iter()
        .map(|place: &Vec<&str>| {
            let owner = &place[..place.len() - 1];
            let common = owner
                .iter()
                .zip(parent)
                .take_while(|(left, right)| left == right)
                .count();
            (owner.len() + parent.len() - 2 * common, show_keys(place))
        })
        .collect();
    places.sort();
    places
}

fn collect<'a>(
    root: &'a Schema,
    schema: &'a Schema,
    key: &str,
    keys: &mut Vec<&'a str>,
    found: &mut Vec<Vec<&'a str>>,
) {
    if keys.len() > DEEPEST || found.len() >= MOST_PLACES {
        return;
    }
    let schema = schema.resolve(root);
    for (name, property) in &schema.properties {
        if property.dead().is_some() {
            continue;
        }
        keys.push(name);
        if **name == *key {
            found.push(keys.clone());
        }
        collect(root, property, key, keys, found);
        keys.pop();
    }
}
