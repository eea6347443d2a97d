//! The values that are proven, and what each is changed to.

use serde_json::{Map, Value as Json, json};

use super::sentinel::{Marks, is_amount};
use crate::values::{Path, Step};
use crate::yaml::{Node, Value};

/// One change of one value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Probe {
    /// A value with a mark that shows where it goes.
    Mark(Json),
    /// Another value of its kind.
    Value(Json),
    /// No value at all, so that the chart's default holds.
    Remove,
}

/// A value that holds no other.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) path: Path,
    /// Whether the chart has the same value by itself.
    pub(super) is_default: bool,
    /// What is tried, in this order.
    pub(super) probes: Vec<Probe>,
}

/// Returns every leaf of a values tree with what is tried on it.
///
/// `words` gives the words that a value may be, where they are known.
pub(super) fn leaves(
    values: &Node,
    defaults: &Node,
    marks: &mut Marks,
    words: &dyn Fn(&Path) -> Vec<String>,
) -> Vec<Leaf> {
    crate::values::leaves(values)
        .into_iter()
        // Values without any are one empty map.
        .filter(|(path, _)| !path.steps().is_empty())
        .enumerate()
        .map(|(owner, (path, node))| Leaf {
            is_default: is_default(&path, node, values, defaults),
            probes: probes(owner, node, marks, &words(&path)),
            path,
        })
        .collect()
}

/// Returns whether leaving a value out would give the same: the chart has it, or it takes away what is not there.
///
/// A list is laid over the chart's as a whole, so what stands in one is judged with all of it.
fn is_default(path: &Path, node: &Node, values: &Node, defaults: &Node) -> bool {
    let keys = path.keys();
    let in_list = keys.len() < path.steps().len();
    let own = if in_list {
        match values.at(&keys) {
            Some(list) => list,
            None => return false,
        }
    } else {
        node
    };
    let Some(default) = defaults.at(&keys) else {
        return false;
    };
    match (&own.value, &default.value) {
        // An empty map is laid over another one and changes nothing.
        (Value::Map(map), Value::Map(_)) if map.is_empty() => true,
        _ => own.to_json() == default.to_json(),
    }
}

fn probes(owner: usize, node: &Node, marks: &mut Marks, words: &[String]) -> Vec<Probe> {
    let mut probes = Vec::new();
    match &node.value {
        Value::Bool(bool) => probes.push(Probe::Value(json!(!bool))),
        Value::Integer(_) | Value::Float(_) => number_probes(owner, node, marks, &mut probes),
        Value::String(text) if words.iter().any(|word| word != text) => {
            let others = words.iter().filter(|word| *word != text);
            probes.extend(others.take(4).map(|word| Probe::Value(json!(word))));
        }
        Value::String(text) => {
            if let Ok(bool) = text.parse::<bool>() {
                probes.push(Probe::Value(json!((!bool).to_string())));
            }
            probes.extend(marks.mark(owner, text).map(|text| Probe::Mark(json!(text))));
            probes.extend(doubled(text).map(|text| Probe::Value(json!(text))));
            if !text.is_empty() {
                probes.push(Probe::Value(json!("")));
            }
        }
        Value::List(_) => {
            probes.push(Probe::Remove);
            probes.extend(marks.mark(owner, "").map(|word| Probe::Mark(json!([word]))));
        }
        Value::Map(_) => {
            probes.push(Probe::Remove);
            let word = marks.mark(owner, "");
            probes.extend(word.map(|word| Probe::Mark(json!({word.clone(): word}))));
        }
        Value::Null => {}
    }
    if !probes.contains(&Probe::Remove) {
        probes.push(Probe::Remove);
    }
    probes
}

/// A number may have to pass a threshold, so several are tried: one more, none, one, two, twice as many.
fn number_probes(owner: usize, node: &Node, marks: &mut Marks, probes: &mut Vec<Probe>) {
    let own = node.to_json();
    let text = own.to_string();
    let end = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if !digits.is_empty()
        && let Some(number) = marks.number(owner, digits)
        && let Ok(marked) = serde_json::from_str(&format!("{number}{rest}"))
    {
        probes.push(Probe::Mark(marked));
    }
    let others = match (&node.value, own.as_i64()) {
        (Value::Integer(_), Some(number)) => {
            [number.saturating_add(1), 0, 1, 2, number.saturating_mul(2)]
                .map(Json::from)
                .to_vec()
        }
        _ => own.as_f64().map_or_else(Vec::new, |number| {
            vec![json!(number / 2.0), json!(number * 2.0), json!(0)]
        }),
    };
    for other in others {
        let probe = Probe::Value(other);
        if probe != Probe::Value(own.clone()) && !probes.contains(&probe) {
            probes.push(probe);
        }
    }
}

/// Returns an amount doubled: what refuses any number may take a round one.
fn doubled(text: &str) -> Option<String> {
    if !is_amount(text) {
        return None;
    }
    let end = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let number: u64 = digits.parse().ok()?;
    let twice = number
        .checked_mul(2)
        .filter(|twice| *twice > 0)
        .unwrap_or(1);
    Some(format!("{twice}{unit}"))
}

/// Returns the values with some changes made at once.
pub(super) fn changed<'p>(
    values: &Json,
    changes: impl IntoIterator<Item = (&'p Path, &'p Probe)>,
) -> Json {
    let mut values = values.clone();
    let mut removed = Vec::new();
    for (path, probe) in changes {
        match probe {
            Probe::Mark(value) | Probe::Value(value) => {
                if let Some(place) = find(&mut values, path.steps()) {
                    *place = value.clone();
                }
            }
            Probe::Remove => removed.push(path),
        }
    }
    // From the end, so that what is left in a list keeps its index until its turn.
    removed.sort();
    for path in removed.into_iter().rev() {
        let Some((last, above)) = path.steps().split_last() else {
            continue;
        };
        match (last, find(&mut values, above)) {
            (Step::Key(key), Some(Json::Object(map))) => {
                map.shift_remove(key);
            }
            (Step::Index(index), Some(Json::Array(items))) if *index < items.len() => {
                items.remove(*index);
            }
            _ => {}
        }
    }
    if values.is_null() {
        values = Json::Object(Map::new());
    }
    values
}

fn find<'j>(values: &'j mut Json, steps: &[Step]) -> Option<&'j mut Json> {
    steps.iter().try_fold(values, |values, step| match step {
        Step::Key(key) => values.get_mut(key),
        Step::Index(index) => values.get_mut(*index),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::yaml;

    fn read(text: &str) -> Node {
        yaml::read(&Source::new("values.yaml", text)).unwrap()
    }

    fn all(values: &str, defaults: &str) -> Vec<Leaf> {
        leaves(
            &read(values),
            &read(defaults),
            &mut Marks::apart_from(&[]),
            &|path| {
                if path.to_string() == "kind" {
                    vec!["A".to_owned(), "B".to_owned()]
                } else {
                    Vec::new()
                }
            },
        )
    }

    #[test]
    fn what_the_chart_has_already_is_told() {
        let values = "a: 1\nb: {c: x}\nd: [1, {e: 2}]\nf: {}\ng: null\nh: null\ni: [1]\n";
        let defaults = "a: 1\nb: {c: y}\nd: [1, {e: 2}]\nf: {z: 1}\ng: null\ni: [2]\n";
        let told: Vec<(String, bool)> = all(values, defaults)
            .into_iter()
            .map(|leaf| (leaf.path.to_string(), leaf.is_default))
            .collect();
        let expected = [
            ("a", true),
            ("b.c", false),
            ("d[0]", true),
            ("d[1].e", true),
            ("f", true),
            ("g", true),
            ("h", false),
            ("i[0]", false),
        ];
        assert_eq!(told, expected.map(|(path, is)| (path.to_owned(), is)));
    }

    #[test]
    fn each_kind_is_tried_in_its_way() {
        let shown = |text: &str| -> Vec<String> {
            all(text, "{}")[0]
                .probes
                .iter()
                .map(|probe| match probe {
                    Probe::Mark(value) => format!("mark {value}"),
                    Probe::Value(value) => value.to_string(),
                    Probe::Remove => "remove".to_owned(),
                })
                .collect()
        };
        assert_eq!(shown("a: true"), ["false", "remove"]);
        assert_eq!(shown("a: 1"), ["mark 20011", "2", "0", "remove"]);
        assert_eq!(
            shown("a: 2Gi"),
            ["mark \"20011Gi\"", "\"4Gi\"", "\"\"", "remove"]
        );
        assert_eq!(shown("kind: A"), ["\"B\"", "remove"]);
        assert_eq!(shown("a: null"), ["remove"]);
        assert_eq!(shown("a: []"), ["remove", "mark [\"hwq0000q\"]"]);
        assert_eq!(shown("a: -1.5"), ["-0.75", "-3.0", "0", "remove"]);
    }

    #[test]
    fn changes_are_made_together() {
        let values = json!({"a": [1, 2, 3], "b": {"c": 1}});
        let path = |text: &str| text.parse::<Path>().unwrap();
        let (one, two, three) = (path("a[0]"), path("a[2]"), path("b.c"));
        let (remove, five) = (Probe::Remove, Probe::Value(json!(5)));
        let changed = changed(&values, [(&one, &remove), (&two, &five), (&three, &remove)]);
        assert_eq!(changed, json!({"a": [2, 5], "b": {}}));
    }
}
