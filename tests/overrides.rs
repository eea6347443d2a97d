//! Overrides laid over our values files: what they say, and what they leave alone.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use helmwright::yaml::{self, Entry, Node};
use helmwright_tests::overrides::{at, changed, golden_and_overrides, goldens, paths, read};
use proptest::prelude::*;
use rayon::prelude::*;
use serde_json::{Value, json};

/// Returns the entry at a path that is there.
fn entry<'a>(node: &'a Node, path: &[String]) -> &'a Entry {
    let (last, above) = path.split_last().unwrap();
    let above: Vec<&str> = above.iter().map(String::as_str).collect();
    &node.at(&above).unwrap().as_map().unwrap()[last]
}

/// Fails where an entry that no override touches has another text, or other lines above it.
fn untouched_stays(
    before: (&str, &Node),
    after: (&str, &Node),
    overrides: &Value,
) -> Result<(), TestCaseError> {
    for (name, old) in before.1.as_map().into_iter().flatten() {
        let new = &after.1.as_map().unwrap()[name];
        match overrides.get(name) {
            Some(changes) if old.value.as_map().is_some() && changes.is_object() => {
                untouched_stays((before.0, &old.value), (after.0, &new.value), changes)?;
            }
            Some(_) => {}
            None => {
                prop_assert_eq!(old.value.location.text(), new.value.location.text());
                let above = above(before.0, old.key.span.start);
                prop_assert!(after.0[..new.key.span.start].ends_with(above), "{}", above);
            }
        }
    }
    Ok(())
}

/// Returns the blank lines and comments above a key, with its indentation.
fn above(text: &str, key: usize) -> &str {
    let mut top = text[..key].rfind('\n').map_or(0, |at| at + 1);
    while let Some(line) = text[..top].lines().last() {
        if !(line.trim().is_empty() || line.trim().starts_with('#')) {
            break;
        }
        top -= line.len() + 1;
    }
    &text[top..key]
}

#[test]
fn comments_elsewhere_and_the_order_of_keys_stay() {
    goldens().par_iter().for_each(|golden| {
        let (file, text) = (&golden.file, &golden.text);
        let base = read(file, text);
        for path in paths(&base) {
            let touched = entry(&base, &path);
            let members = touched.value.as_map().filter(|map| !map.is_empty());
            let mut place = path.clone();
            place.extend(members.map(|_| "zz-new".to_owned()));
            let over = read("envs/prod.yaml", &at(&place, json!("zz")).to_string());
            let after = yaml::splice(base.clone(), &over).unwrap();
            let name = place.last().unwrap();
            let (gone, new) = changed(text, &after);
            let is_one_line =
                new.lines().count() == 1 && new.ends_with(": zz # envs/prod.yaml:1\n");
            assert!(
                is_one_line && new.contains(name.as_str()),
                "{file}: {path:?}: {new}"
            );
            if members.is_some() {
                assert_eq!(gone.start, gone.end, "{file}: {path:?} only gains a line");
                continue;
            }
            // What is gone is one piece: the value, and the comment right above its key.
            let key = text[..touched.key.span.start]
                .rfind('\n')
                .map_or(0, |at| at + 1);
            let above = &text[gone.start.min(key)..key];
            assert!(
                above.lines().all(|line| line.trim().starts_with('#')),
                "{file}: {path:?}: {above}"
            );
            let value = touched.value.location.span.end;
            let end = text[value..]
                .find('\n')
                .map_or(text.len(), |at| value + at + 1);
            assert!(
                gone.end <= end,
                "{file}: {path:?}: {}",
                &text[gone.start..gone.end]
            );
        }
    });
}

#[test]
fn any_value_can_take_the_place_of_any_other() {
    let values = [
        json!(null),
        json!({}),
        json!([]),
        json!("x\ny\n"),
        json!({"a": [{"b": "x\n\n"}]}),
    ];
    goldens().par_iter().for_each(|golden| {
        let base = read(&golden.file, &golden.text);
        for (path, value) in paths(&base).iter().zip(values.iter().cycle()) {
            let over = read("envs/prod.yaml", &at(path, value.clone()).to_string());
            yaml::splice(base.clone(), &over)
                .unwrap_or_else(|error| panic!("{}: {path:?}: {error}", golden.file));
        }
    });
}

proptest! {
    #[test]
    fn a_spliced_text_is_the_merge((golden, overrides) in golden_and_overrides()) {
        let base = read(&golden.file, &golden.text);
        let over = read("envs/prod.yaml", &format!("{}\n", yaml::block(&overrides, 0)));
        let text = yaml::splice(base.clone(), &over)
            .map_err(|error| TestCaseError::fail(format!("{error}: {overrides}")))?;
        let merged = yaml::merge(base, &over);
        let back = read("spliced.yaml", &text);
        prop_assert_eq!(back.to_json(), merged.to_json(), "{}", text);
        prop_assert_eq!(paths(&back), paths(&merged), "the order of keys: {}", text);
        untouched_stays((&golden.text, &read(&golden.file, &golden.text)), (&text, &back), &overrides)?;
        // Once more changes nothing.
        let again = yaml::splice(back, &over)
            .map_err(|error| TestCaseError::fail(format!("{error}: {text}")))?;
        prop_assert_eq!(read("again.yaml", &again).to_json(), merged.to_json());
    }
}
