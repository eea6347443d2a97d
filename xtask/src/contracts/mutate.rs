//! Mistakes that people make: a letter wrong, a key one level too high, a value of the wrong kind.

use helmwright::contract::Types;
use helmwright::yaml::{Entry, Map, Node, Value};

use super::place::{Step, at, at_mut};

/// A mistake made.
pub(crate) struct Mutant {
    pub(crate) values: Node,
    /// The path of the key after the mistake.
    pub(crate) path: Vec<Step>,
}

/// Returns values with one letter wrong in the key at a path: which letter and how depend on `seed` alone.
pub(crate) fn typo(values: &Node, path: &[Step], seed: &str) -> Option<Mutant> {
    let (Step::Key(key), holder) = path.split_last()? else {
        return None;
    };
    let map = at(values, holder)?.as_map()?;
    let wrong = (0..16).find_map(|turn| {
        let wrong = misspelled(key, hash(seed).wrapping_add(turn));
        (wrong != *key && !wrong.is_empty() && !map.contains_key(&wrong)).then_some(wrong)
    })?;
    let mut values = values.clone();
    rename(&mut values, holder, key, &wrong)?;
    let mut path = holder.to_vec();
    path.push(Step::Key(wrong));
    Some(Mutant { values, path })
}

/// Gives a key another name, at the same place in the order.
fn rename(values: &mut Node, holder: &[Step], key: &str, name: &str) -> Option<()> {
    let Value::Map(map) = &mut at_mut(values, holder)?.value else {
        return None;
    };
    let old = std::mem::take(map);
    *map = old
        .into_iter()
        .map(|(known, entry)| {
            let known = if known == key { name.to_owned() } else { known };
            (known, entry)
        })
        .collect::<Map>();
    Some(())
}

/// Drops, doubles, swaps or replaces one letter.
fn misspelled(key: &str, number: u64) -> String {
    let mut letters: Vec<char> = key.chars().collect();
    if letters.is_empty() {
        return "x".to_owned();
    }
    let count = letters.len();
    let place = usize::try_from(number / 4).unwrap_or(0) % count;
    match number % 4 {
        0 if count > 1 => {
            letters.remove(place);
        }
        1 => letters.insert(place, letters[place]),
        2 if count > 1 => letters.swap(place, (place + 1) % count),
        _ => letters[place] = if letters[place] == 'e' { 'a' } else { 'e' },
    }
    letters.into_iter().collect()
}

/// FNV-1a: the same text gives the same number on every machine.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }) >> 8
}

/// What came of moving a key.
pub(crate) enum Moved {
    Mutant(Mutant),
    /// It stands at the top already.
    AtTop,
    /// A key of its name is there already.
    Taken,
}

/// Returns values with the key at a path moved to the map above the one that holds it.
pub(crate) fn moved(values: &Node, path: &[Step]) -> Option<Moved> {
    let (Step::Key(key), holder) = path.split_last()? else {
        return None;
    };
    let mut above = holder;
    loop {
        let Some((_, shorter)) = above.split_last() else {
            return Some(Moved::AtTop);
        };
        above = shorter;
        if at(values, above)?.as_map().is_some() {
            break;
        }
    }
    if at(values, above)?.get(key).is_some() {
        return Some(Moved::Taken);
    }
    let mut values = values.clone();
    let Value::Map(map) = &mut at_mut(&mut values, holder)?.value else {
        return None;
    };
    let entry = map.shift_remove(key)?;
    let Value::Map(map) = &mut at_mut(&mut values, above)?.value else {
        return None;
    };
    map.insert(key.clone(), entry);
    let mut path = above.to_vec();
    path.push(Step::Key(key.clone()));
    Some(Moved::Mutant(Mutant { values, path }))
}

/// Returns values with something else at a path.
pub(crate) fn replaced(values: &Node, path: &[Step], value: Value) -> Option<Node> {
    let mut values = values.clone();
    at_mut(&mut values, path)?.value = value;
    Some(values)
}

/// Returns a value of each kind that `claimed` does not take, with its name; not of the kind that stands there now,
/// which is refused as it is.
pub(crate) fn wrong_values(claimed: Types, like: &Node) -> Vec<(&'static str, Value)> {
    let node = |value| Node::new(value, like.location.clone());
    let entry = Entry {
        key: like.location.clone(),
        value: node(Value::Integer(1)),
    };
    let kinds = [
        (Types::BOOLEAN, "a boolean", Value::Bool(true)),
        (
            Types::INTEGER.with(Types::NUMBER),
            "a number",
            Value::Integer(7),
        ),
        (Types::STRING, "a text", Value::String("text".to_owned())),
        (
            Types::ARRAY,
            "a list",
            Value::List(vec![node(Value::String("text".to_owned()))]),
        ),
        (
            Types::OBJECT,
            "a map",
            Value::Map(Map::from_iter([("some".to_owned(), entry)])),
        ),
    ];
    kinds
        .into_iter()
        .filter(|(types, _, value)| {
            let stands = value.type_name() == like.value.type_name();
            !stands && !claimed.meets(*types)
        })
        .map(|(_, name, value)| (name, value))
        .collect()
}

#[cfg(test)]
mod tests {
    use helmwright::source::Source;
    use helmwright::yaml;

    use super::*;
    use crate::contracts::place::paths;

    fn read(text: &str) -> Node {
        yaml::read(&Source::new("values.yaml", text)).unwrap()
    }

    #[test]
    fn a_typo_is_one_key_changed_and_the_same_every_time() {
        let values = read("a: {replicas: 1, image: x}\nb: [{c: 1}]\n");
        for path in paths(&values) {
            let first = typo(&values, &path, "seed").map(|mutant| mutant.values.to_json());
            let again = typo(&values, &path, "seed").map(|mutant| mutant.values.to_json());
            assert_eq!(first, again);
            if matches!(path.last(), Some(Step::Key(_))) {
                assert_ne!(first, Some(values.to_json()));
            }
        }
    }

    #[test]
    fn a_key_moves_past_lists_to_the_map_above() {
        let values = read("a: {b: [{c: 1}], d: 2}\nd: 3\n");
        let key = |text: &str| Step::Key(text.to_owned());
        let Some(Moved::Mutant(mutant)) =
            moved(&values, &[key("a"), key("b"), Step::Index(0), key("c")])
        else {
            panic!("it moves")
        };
        assert_eq!(
            mutant.values.to_json(),
            read("a: {b: [{}], d: 2, c: 1}\nd: 3\n").to_json()
        );
        assert!(matches!(
            moved(&values, &[key("a"), key("d")]),
            Some(Moved::Taken)
        ));
        assert!(matches!(moved(&values, &[key("d")]), Some(Moved::AtTop)));
    }
}
