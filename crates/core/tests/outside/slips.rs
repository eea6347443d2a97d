//! Slips anywhere in a component's files: there is a plan or a finding, and never an end.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{ENVIRONMENT, MANIFEST, SETTINGS, TEMPLATE, build, errors, files};

/// A change of a text: what a slip, a lost line or a strange hand does.
#[derive(Clone, Debug)]
enum Slip {
    Drop(usize, usize),
    Insert(usize, String),
    DropLine(usize),
    RepeatLine(usize),
    SwapLines(usize, usize),
}

fn slip() -> impl Strategy<Value = Slip> {
    let at = 0..10_000usize;
    let token = prop::sample::select(vec![
        "{",
        "}",
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "[",
        "]",
        "\"",
        "'",
        ":",
        "- ",
        "\n",
        "  ",
        "\t",
        "&a ",
        "*a ",
        "!!x ",
        "|",
        "~",
        "é",
        "\u{0}",
        "{% raw %}",
        "{% set x = ",
        "{% for a in role %}",
        "{% endfor %}",
        "{% include \"opencost/component.yaml\" %}",
        "settings",
        "null",
        "-1",
        "1e400",
        "99999999999999999999",
        "$ref",
        "\"type\": 3,",
        "\"default\": {},",
    ])
    .prop_map(str::to_owned);
    prop_oneof![
        (at.clone(), 1..40usize).prop_map(|(at, length)| Slip::Drop(at, length)),
        (at.clone(), token).prop_map(|(at, text)| Slip::Insert(at, text)),
        (at.clone(), "[ -~\\n]{1,6}").prop_map(|(at, text)| Slip::Insert(at, text)),
        at.clone().prop_map(Slip::DropLine),
        at.clone().prop_map(Slip::RepeatLine),
        (at.clone(), at).prop_map(|(one, other)| Slip::SwapLines(one, other)),
    ]
}

fn slipped(text: &str, slip: &Slip) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let offset = |at: usize| text.floor_char_boundary(at % (text.len() + 1));
    let count = lines.len().max(1);
    match slip {
        Slip::Drop(at, length) => {
            let start = offset(*at);
            let end = text.floor_char_boundary((start + length).min(text.len()));
            return format!("{}{}", &text[..start], &text[end..]);
        }
        Slip::Insert(at, more) => {
            let at = offset(*at);
            return format!("{}{more}{}", &text[..at], &text[at..]);
        }
        _ if lines.is_empty() => {}
        Slip::DropLine(at) => drop(lines.remove(at % count)),
        Slip::RepeatLine(at) => lines.insert(at % count, lines[at % count]),
        Slip::SwapLines(one, other) => lines.swap(one % count, other % count),
    }
    lines.concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_component_says_there_is_a_plan_or_a_finding(
        path in prop::sample::select(vec![MANIFEST, SETTINGS, TEMPLATE]),
        slips in prop::collection::vec(slip(), 1..4),
    ) {
        let mut files = files();
        let text = files.get_mut(path).unwrap();
        for slip in &slips {
            *text = slipped(text, slip);
        }
        let begin = Instant::now();
        let built = build(&files, ENVIRONMENT);
        prop_assert!(begin.elapsed() < Duration::from_secs(20));
        let errors = errors(&built);
        prop_assert_eq!(built.plan.is_some(), errors.is_empty(), "{:?}", errors);
    }
}
