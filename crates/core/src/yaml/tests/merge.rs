//! Laws of merging and coalescing.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::super::{Helm, Node, coalesce_for, flow, merge};
use super::{any_json, node};

fn merged(base: &str, over: &str) -> Json {
    merge(node(base), &node(over)).to_json()
}

fn coalesced(helm: Helm, defaults: &str, values: &str) -> Json {
    coalesce_for(helm, &node(defaults), &node(values)).to_json()
}

fn both(defaults: &str, values: &str) -> Json {
    let three = coalesced(Helm::V3, defaults, values);
    assert_eq!(three, coalesced(Helm::V4, defaults, values));
    three
}

#[test]
fn maps_merge_and_the_rest_replaces() {
    assert_eq!(
        merged("{a: 1, b: {c: 1, d: 2}}", "{b: {d: 3}, e: 4}"),
        json!({"a": 1, "b": {"c": 1, "d": 3}, "e": 4})
    );
    assert_eq!(merged("{a: [1, 2]}", "{a: [3]}"), json!({"a": [3]}));
    assert_eq!(merged("{a: {b: 1}}", "{a: 1}"), json!({"a": 1}));
    assert_eq!(merged("{a: 1}", "{a: {b: 1}}"), json!({"a": {"b": 1}}));
    assert_eq!(merged("{a: {b: 1}}", "{a: null}"), json!({"a": null}));
    assert_eq!(
        merged("{a: {b: 1}}", "{a: {b: ~}}"),
        json!({"a": {"b": null}})
    );
    assert_eq!(merged("{a: 1}", "{a: {}}"), json!({"a": {}}));
}

#[test]
fn merged_nodes_keep_the_place_of_the_winner() {
    let result = merge(node("a: 1\nb: {c: 1}\n"), &node("\n\nb: {d: 22}\n"));
    assert_eq!(result.at(&["a"]).unwrap().location.span.start, 3);
    assert_eq!(result.at(&["b", "d"]).unwrap().location.text(), "22");
    assert_eq!(result.as_map().unwrap()["b"].key.span.start, 2);
}

#[test]
fn the_users_null_removes() {
    assert_eq!(both("{a: 1, b: 2}", "{a: null}"), json!({"b": 2}));
    assert_eq!(
        both("{a: {b: 1, c: 2}}", "{a: {b: null}}"),
        json!({"a": {"c": 2}})
    );
    assert_eq!(both("{a: {b: {c: 1}}}", "{a: {b: null}}"), json!({"a": {}}));
    assert_eq!(both("{a: 1}", "{x: null}"), json!({"a": 1, "x": null}));
    assert_eq!(
        both("{a: {b: 1}}", "{a: {x: null}}"),
        json!({"a": {"b": 1, "x": null}})
    );
    assert_eq!(both("{a: null}", "{a: null}"), json!({}));
}

#[test]
fn the_user_wins_over_another_shape() {
    assert_eq!(both("{a: {b: 1}}", "{a: 1}"), json!({"a": 1}));
    assert_eq!(both("{a: 1}", "{a: {b: 1}}"), json!({"a": {"b": 1}}));
    assert_eq!(
        both("{a: {b: {c: 1}}}", "{a: {b: 1}}"),
        json!({"a": {"b": 1}})
    );
    assert_eq!(
        both("{a: {b: 1}}", "{a: {b: {c: 1}}}"),
        json!({"a": {"b": {"c": 1}}})
    );
    assert_eq!(both("{a: [1, 2]}", "{a: [3]}"), json!({"a": [3]}));
    assert_eq!(
        both("{a: [{b: 1, c: null}]}", "{}"),
        json!({"a": [{"b": 1, "c": null}]})
    );
}

#[test]
fn only_helm_4_drops_the_charts_own_nulls() {
    let defaults = "{a: null, b: {c: null, d: {e: null}}}";
    assert_eq!(
        coalesced(Helm::V3, defaults, "{}"),
        json!({"a": null, "b": {"c": null, "d": {"e": null}}})
    );
    assert_eq!(coalesced(Helm::V4, defaults, "{}"), json!({"b": {"d": {}}}));
    assert_eq!(
        coalesced(Helm::V3, defaults, "{b: {x: 1}}"),
        json!({"a": null, "b": {"c": null, "d": {"e": null}, "x": 1}})
    );
    assert_eq!(
        coalesced(Helm::V4, defaults, "{b: {x: 1}}"),
        json!({"b": {"d": {}, "x": 1}})
    );
    assert_eq!(
        both("{b: {c: null}}", "{b: {c: null}}"),
        json!({"b": {"c": null}})
    );
    assert_eq!(
        coalesced(Helm::V3, defaults, ""),
        json!({"a": null, "b": {"c": null, "d": {"e": null}}})
    );
    assert_eq!(coalesced(Helm::V4, defaults, ""), json!({"b": {"d": {}}}));
}

fn any_node() -> impl Strategy<Value = Node> {
    any_json().prop_map(|value| node(&flow(&value)))
}

/// Maps with few different keys, so that they meet.
fn small_map() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        Just(Json::Null),
        (0..3).prop_map(Json::from),
        Just(json!([1])),
        Just(json!({}))
    ];
    let key = prop::sample::select(vec!["a", "b", "c"]);
    let inner = leaf.prop_recursive(3, 20, 3, move |inner| {
        prop::collection::vec((key.clone(), inner), 0..4)
            .prop_map(|pairs| {
                pairs
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect::<serde_json::Map<_, _>>()
            })
            .prop_map(Json::Object)
    });
    prop::collection::vec((prop::sample::select(vec!["a", "b", "c"]), inner), 0..4)
        .prop_map(|pairs| {
            Json::Object(
                pairs
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect(),
            )
        })
        .prop_map(|value| node(&flow(&value)))
}

/// Maps where a key always has a value of the same kind.
fn same_shape() -> impl Strategy<Value = Node> {
    let leaves = || {
        prop::collection::vec(
            (
                prop::sample::select(vec!["p", "q"]),
                prop_oneof![Just(Json::Null), (0..3).prop_map(Json::from)],
            ),
            0..3,
        )
    };
    let map = |pairs: Vec<(&str, Json)>| {
        Json::Object(
            pairs
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    };
    (leaves(), prop::option::of(leaves())).prop_map(move |(mut outer, inner)| {
        if let Some(inner) = inner {
            outer.push(("m", map(inner)));
        }
        node(&flow(&map(outer)))
    })
}

proptest! {
    #[test]
    fn merging_nothing_changes_nothing(base in small_map()) {
        prop_assert_eq!(merge(base.clone(), &node("{}")).to_json(), base.to_json());
        prop_assert_eq!(merge(node("{}"), &base).to_json(), base.to_json());
    }

    #[test]
    fn merging_twice_is_merging_once(base in small_map(), over in small_map()) {
        let once = merge(base, &over);
        prop_assert_eq!(merge(once.clone(), &over), once);
    }

    #[test]
    fn merging_is_associative_where_shapes_agree(a in same_shape(), b in same_shape(), c in same_shape()) {
        let left = merge(merge(a.clone(), &b), &c).to_json();
        let right = merge(a, &merge(b, &c)).to_json();
        prop_assert_eq!(left, right);
    }

    #[test]
    fn the_last_leaf_wins(base in any_node(), over in any_node()) {
        let result = merge(base, &over);
        if let Some(map) = over.as_map() {
            for (name, entry) in map {
                if entry.value.as_map().is_none() {
                    prop_assert_eq!(result.get(name), Some(&entry.value));
                }
            }
        } else {
            prop_assert_eq!(result, over);
        }
    }

    #[test]
    fn coalescing_no_values_gives_the_defaults(defaults in small_map()) {
        prop_assert_eq!(coalesce_for(Helm::V3, &defaults, &node("{}")).to_json(), defaults.to_json());
    }

    #[test]
    fn coalescing_over_no_defaults_gives_the_values(values in small_map()) {
        prop_assert_eq!(coalesce_for(Helm::V3, &node("{}"), &values).to_json(), values.to_json());
        prop_assert_eq!(coalesce_for(Helm::V4, &node("{}"), &values).to_json(), values.to_json());
    }
}
