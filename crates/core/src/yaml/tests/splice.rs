//! Overrides laid over a text.

use super::super::{Node, read, splice};
use super::node;
use crate::source::Source;

pub(super) fn over(text: &str) -> Node {
    read(&Source::new("envs/prod.yaml", text))
        .unwrap_or_else(|found| panic!("{text:?}: {found:#?}"))
}

fn spliced(base: &str, overrides: &str) -> String {
    splice(node(base), &over(overrides)).unwrap_or_else(|error| panic!("{base:?}: {error}"))
}

#[track_caller]
fn check(base: &str, overrides: &str, expected: &str) {
    let expected = expected.replace('@', "# envs/prod.yaml:");
    assert_eq!(spliced(base, overrides), expected);
}

#[test]
fn a_value_is_replaced_in_place_and_its_comment_goes() {
    check(
        "# Of all.\n\n# How many.\n# Really.\nreplicas: 1 # why\n\n# Name.\nname: \"x\"\n",
        "replicas: 3",
        "# Of all.\n\nreplicas: 3 @1\n\n# Name.\nname: \"x\"\n",
    );
    check("a: 'x'\nb: 1\n", "\n\na: null\n", "a: null @3\nb: 1\n");
    check("a:\nb: 1\n", "a: no", "a: false @1\nb: 1\n");
    check(
        "a: two\n  lines\nb: 1\n",
        "a: \"no\"",
        "a: \"no\" @1\nb: 1\n",
    );
    check(
        "a: [x,\n    y] # why\nb: 1\n",
        "a: [z]",
        "a: @1\n  - z\nb: 1\n",
    );
    check(
        "a: \"x\ny\"".replace('\n', "\n  ").as_str(),
        "a: 1",
        "a: 1 @1\n",
    );
}

#[test]
fn maps_merge_key_by_key_in_order() {
    check(
        "# The map.\na:\n  # One.\n  b: 1\n  # Two.\n  c: 2\n  d:\n    e: 3\nf: 4\n",
        "a:\n  d: {e: 5}\n  b: 6\n",
        "# The map.\na:\n  b: 6 @3\n  # Two.\n  c: 2\n  d:\n    e: 5 @2\nf: 4\n",
    );
    check("a:\n  b: 1\n", "a: {}", "a:\n  b: 1\n");
    check("a:\n  b: 1\n", "{}", "a:\n  b: 1\n");
}

#[test]
fn new_keys_stand_at_their_maps_end() {
    check(
        "a:\n    b: 1\n    c:\n      d: 2\n\n# Next.\ne: 3\n",
        "a:\n  x: 1\n  c:\n    \"on\": y\n    l: [1, {a: b}]\nz:\n  m: {k: {}}\n",
        "a:\n    b: 1\n    c:\n      d: 2\n      \"on\": true @4\n      l: @5\n        - 1\n        - a: b\n    x: 1 @2\n\n\
         # Next.\ne: 3\nz: @6\n  m:\n    k: {}\n",
    );
    // A comment in the map's column belongs to the map, one further left does not.
    check(
        "a:\n  b: 1\n\n  # c: 2\n# Of d.\nd: 1\n",
        "a: {x: 1}",
        "a:\n  b: 1\n\n  # c: 2\n  x: 1 @1\n# Of d.\nd: 1\n",
    );
}

#[test]
fn block_texts_are_replaced_whole() {
    check(
        "a: |\n  # text\n  one\n\n  two\n\n# Of b.\nb: 1\n",
        "a: |-\n  x\n   y\nb: |\n    l\n",
        "a: |- @1\n  x\n   y\n\nb: | @4\n  l\n",
    );
    check("a: >-\n  one\n  two\nb: 1\n", "a: 1", "a: 1 @1\nb: 1\n");
    // Blank lines that follow would belong to a block that keeps them.
    check(
        "a: 1\n\nb: 1\n",
        "a: \"x\\n\\n\"",
        "a: \"x\\n\\n\" @1\n\nb: 1\n",
    );
    check(
        "a: 1\n\nb: 1\n",
        "a: [\"x\\n\\n\", \"y\\n\\n\"]",
        "a: @1\n  - |+\n    x\n\n  - \"y\\n\\n\"\n\nb: 1\n",
    );
    // And those of the template belong to its own.
    check(
        "a:\n  b: |+\n    x\n\n\nc: 1\n",
        "a: {d: 1}",
        "a:\n  b: |+\n    x\n\n\n  d: 1 @1\nc: 1\n",
    );
    check(
        "a: |+\n  x\n\n\nb: 1\n",
        "b: 2",
        "a: |+\n  x\n\n\nb: 2 @1\n",
    );
    check("a: |+\n  x\n\n\nb: 1\n", "a: 2", "a: 2 @1\n\n\nb: 1\n");
}

#[test]
fn a_file_without_a_last_line_break() {
    check("a: |\n  x", "b: 1", "a: |-\n  x\nb: 1 @1\n");
    check(
        "a:\n  b: |+2\n    x",
        "c: 1\na: {d: 1}",
        "a:\n  b: |2-\n    x\n  d: 1 @2\nc: 1 @1\n",
    );
    check("a: |\n  x", "a: 1\nb: 2", "a: 1 @1\nb: 2 @2\n");
    check("b: 1\na: |\n  x", "b: 2", "b: 2 @1\na: |\n  x");
    check("a: 1", "a: |\n  x\n  y\n", "a: | @1\n  x\n  y\n");
    check("a: 1 # c", "b: 2", "a: 1 # c\nb: 2 @1\n");
}

#[test]
fn a_scalar_becomes_a_map_and_the_reverse() {
    check(
        "a: 1\nb: 2\n",
        "a: {c: {d: 1}}",
        "a: @1\n  c:\n    d: 1\nb: 2\n",
    );
    check(
        "a: # of a\n  # Of c.\n  c: 1 # c\n  # d: 2\n\nb: 2\n",
        "a: 1",
        "a: 1 @1\n\nb: 2\n",
    );
    check(
        "a: {}\nb: []\n",
        "a: {c: 1}\nb: [1]",
        "a: @1\n  c: 1\nb: [1] @2\n",
    );
    check(
        "a: 1\nb: [1]\nc: 1\n",
        "a: {}\nb: []\nc: ''",
        "a: {} @1\nb: [] @2\nc: \"\" @3\n",
    );
    // What is indented below a touched key would be text of the block.
    check(
        "a: 1\n  # deep\nb: 2\n",
        "a: \"x\\ny\\n\"",
        "a: | @1\n  x\n  y\nb: 2\n",
    );
}

#[test]
fn lists_in_the_column_of_their_key() {
    check(
        "a:\n- x\n- y\n# Of b.\nb: 1\n",
        "a: [z]",
        "a: @1\n  - z\n# Of b.\nb: 1\n",
    );
    check("a:\n- x\n", "c: 1", "a:\n- x\nc: 1 @1\n");
}

#[test]
fn lists_between_brackets_stay_where_both_are() {
    check("a: [x] # why\n", "a: [w, z]", "a: [w, z] @1\n");
    check(
        "a: [x]\n",
        "a: [{b: \"\\n\\n\"}]",
        "a: [{b: \"\\n\\n\"}] @1\n",
    );
    check("a: []\n", "a:\n  - x", "a: @1\n  - x\n");
    check("a:\n  - x\n", "a: [z]", "a: @1\n  - z\n");
}

#[test]
fn maps_between_brackets_become_lines() {
    check(
        "limits: {cpu: 1, args: [a, b], text: 'x'} # why\nb: 1\n",
        "limits: {cpu: 2, memory: 1Gi}",
        "limits: # why\n  cpu: 2 @1\n  args: [a, b]\n  text: x\n  memory: 1Gi @1\nb: 1\n",
    );
    check(
        "a: { # of a\n  # Of b.\n  b: 1, # b\n  # Of c.\n  c: {d: 1,\n    # Of e.\n    e: 2}, # c\n  f: {g: 1}, h: {} # h\n  # End.\n}\ni: 1\n",
        "a: {b: 2, f: {g: 3}, j: 1}",
        "a:\n  # of a\n  # Of c.\n  c: # c\n    d: 1\n    # Of e.\n    e: 2\n  f:\n    g: 3 @1\n  h: {} # h\n  # End.\n  j: 1 @1\ni: 1\n"
            .replace("# of a\n", "b: 2 @1\n")
            .as_str(),
    );
    check(
        "{a: 1, b: {c: 2}} # c\n",
        "b: {c: 3}",
        "# c\na: 1\nb:\n  c: 3 @1\n",
    );
    check(
        "a: {\"b\":1,c,}\n",
        "a: {b: 2}",
        "a:\n  b: 2 @1\n  c: null\n",
    );
}

#[test]
fn an_empty_text_takes_all() {
    for base in [
        "", "# c\n", "---\n", "{}\n", "{}", "null\n", "--- {}\n", "{} # c",
    ] {
        let text = spliced(base, "a: {b: 1}\nc: [1]");
        assert!(
            text.ends_with("a: # envs/prod.yaml:1\n  b: 1\nc: # envs/prod.yaml:2\n  - 1\n"),
            "{base:?} {text:?}"
        );
    }
    check("# c\n", "a: 1", "# c\na: 1 @1\n");
}

#[test]
fn aliases_merge_keys_and_explicit_keys() {
    check(
        "a: &x\n  b: 1\n  c: 2\nd: *x\ne:\n  <<: *x\n  f: 3\n",
        "d: {b: 5}\ne: {c: {g: 1}, f: 4}\n",
        "a: &x\n  b: 1\n  c: 2\nd:\n  b: 5 @1\n  c: 2\ne:\n  <<: *x\n  f: 4 @2\n  c: @2\n    g: 1\n",
    );
    check(
        "a:\n  ? b\n  : 1\n  c: 2\nd: 1\n",
        "a: {b: 2}",
        "a:\n  b: 2 @1\n  c: 2\nd: 1\n",
    );
    check("? a\n: 1\n", "a: 2", "a: 2 @1\n");
    let broken = splice(node("a: &x 1\nb: *x\n"), &over("a: 2")).unwrap_err();
    assert!(
        broken
            .to_string()
            .starts_with("template values.yaml wrote text that "),
        "{broken}"
    );
}

#[test]
fn windows_line_breaks_and_a_byte_order_mark() {
    check(
        "\u{feff}# Of a.\r\na: 1\r\n# Of b.\r\nb:\r\n  c: |\r\n    x\r\nd: 1\r\n",
        "a: 2\nb: {e: 1}",
        "\u{feff}a: 2 @1\r\n# Of b.\r\nb:\r\n  c: |\r\n    x\r\n  e: 1 @2\nd: 1\r\n",
    );
}

#[test]
fn strange_file_names_stay_in_their_comment() {
    let over = read(&Source::new("a\nb: 1\u{2028}.yaml", "a: 2")).unwrap();
    assert_eq!(
        splice(node("a: 1\n"), &over).unwrap(),
        "a: 2 # a?b: 1?.yaml:1\n"
    );
}
