//! Texts before and after an upgrade's edits.

use super::mend;
use super::tests::upgrade;

/// Returns a text as [`mend`] leaves it.
fn mended(from: &str, to: &str, mine: &str) -> String {
    let found = upgrade(from, to, mine);
    let mut texts = mend(&found.changes);
    assert!(texts.len() < 2);
    texts
        .pop()
        .map_or_else(|| mine.to_owned(), |text| text.after)
}

const OLD: &str =
    "ports: {web: {tls: {enabled: true, options: ''}, k: 1}}\nlogs: {level: INFO}\nz: 1\n";
const NEW: &str =
    "ports: {web: {http: {tls: {enabled: true, options: ''}}, k: 1}}\nlog: {level: INFO}\n";

#[test]
fn a_move_takes_its_comments_along() {
    assert_eq!(
        mended(
            OLD,
            NEW,
            "# Head.\n\nports:\n  web:\n    # Why.\n    tls: # this\n      # Inner.\n      options: |\n        strict\n\n        more\n    k: 2\n"
        ),
        "# Head.\n\nports:\n  web:\n    http:\n      # Why.\n      tls: # this\n        # Inner.\n        options: |\n          strict\n\n          more\n    k: 2\n"
    );
}

#[test]
fn the_only_key_of_a_map_takes_the_map_along() {
    assert_eq!(
        mended(OLD, NEW, "# A.\nlogs:\n  # B.\n  level: WARN\nports: {}\n"),
        "# A.\nlog:\n  # B.\n  level: WARN\nports: {}\n"
    );
    assert_eq!(
        mended(OLD, NEW, "ports:\n  web:\n    tls:\n      options: x\n"),
        "ports:\n  web:\n    http:\n      tls:\n        options: x\n"
    );
}

#[test]
fn keys_between_brackets_move_between_brackets() {
    assert_eq!(
        mended(OLD, NEW, "ports: {web: {tls: {options: x}, k: 2}} # c\n"),
        "ports: {web: {http: {tls: {options: x}}, k: 2}} # c\n"
    );
    assert_eq!(
        mended(OLD, NEW, "ports:\n  web: {tls: {options: x}}\n"),
        "ports:\n  web: {http: {tls: {options: x}}}\n"
    );
}

#[test]
fn what_dies_is_taken_out() {
    assert_eq!(
        mended(OLD, NEW, "ports: {}\n# Gone.\nz: 3\n"),
        "ports: {}\n"
    );
    assert_eq!(mended(OLD, NEW, "z: 3\n"), " {}");
    assert_eq!(
        mended("a: {b: 1, c: 1}\n", "a: {c: 1}\n", "a: {b: 2, c: 2}\n"),
        "a: {c: 2}\n"
    );
    assert_eq!(
        mended("a: {b: 1, c: 1}\n", "a: {c: 1}\n", "a: {c: 2, b: 2}\n"),
        "a: {c: 2}\n"
    );
}

#[test]
fn a_single_value_becomes_a_map_in_its_place() {
    assert_eq!(
        mended(
            "e: true\n",
            "e: {default: true, inner: false}\n",
            "e: false # off\n"
        ),
        "e: {default: false} # off\n"
    );
}

#[test]
fn a_guess_and_a_place_that_is_taken_are_not_written() {
    let both = "logs: {level: WARN}\nlog: {level: DEBUG}\n";
    assert_eq!(mended(OLD, NEW, both), both);
    let mine = "certResolvers: {le: {}}\n";
    let new = "certificatesResolvers: 'open: x'\n";
    assert_eq!(
        mended(&format!("certResolvers: 'open: x'\n{new}"), new, mine),
        mine
    );
}

#[test]
fn awkward_texts_are_mended_or_left_alone() {
    assert_eq!(
        mended(
            OLD,
            NEW,
            "ports:\r\n  web:\r\n    tls:\r\n      options: x\r\n    k: 2\r\n"
        ),
        "ports:\r\n  web:\r\n    http:\r\n      tls:\r\n        options: x\r\n    k: 2\r\n"
    );
    // No line break at the end; and what others refer to stays.
    assert_eq!(
        mended(OLD, NEW, "k: &k {options: x}\nports:\n  web:\n    tls: *k"),
        "k: &k {options: x}\nports:\n  web:\n    http:\n      tls: *k\n"
    );
    for mine in [
        // One place stands for two keys.
        "ports:\n  web: &w\n    tls:\n      options: x\nother:\n  web: *w\n",
        "ports:\n  web:\n    <<: {tls: {options: x}}\n",
        "ports:\n  web:\n    ? tls\n    : options: x\n",
        "ports: {web: {tls: {options: 'x\n    y'}}}\n",
        "ports:\n  web: {tls:\n    {options: x}}\n",
        "ports:\n  web:\n    \"tls\": {options: \"é{{ x }}\"}\n",
        "--- # é\nports: {web: {tls: {}}}\n...\n",
    ] {
        // Whatever comes of it is read, and was proven to hold what was meant.
        let after = mended(OLD, NEW, mine);
        let node = crate::yaml::read(&crate::source::Source::new("x", after.as_str()));
        let is_same =
            crate::yaml::read(&crate::source::Source::new("x", mine)).is_err() && after == mine;
        assert!(node.is_ok() || is_same, "{mine}\n{after}");
    }
}
