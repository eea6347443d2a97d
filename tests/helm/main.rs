//! The real Helm as judge: our contracts, our merge and our strings, against Helm 3 and Helm 4.
//!
//! Each test makes a bare chart: a values file, our contract as its `values.schema.json`, a closed
//! subchart, and one template of ours that prints `.Values`. Values files come from the folder that
//! `HELMWRIGHT_CHARTS` names; without it, from the defaults that the contracts themselves state.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails, fails its test"
)]

mod bare;
mod broken;
mod mistakes;
mod oracle;
mod overrides;
mod small;

use helmwright::contract::Contract;
use helmwright::source::Source;
use helmwright::yaml;
use helmwright_tests::overrides::read;
use rayon::prelude::*;
use serde_json::{Value, json};

use bare::{BareChart, subjects};
use oracle::{HELMS, Helm, print_values};

/// Our values files in `tests/golden`, with chart and version from their schema line.
fn goldens() -> Vec<(String, String, String, String)> {
    helmwright_tests::overrides::goldens()
        .into_iter()
        .map(|golden| {
            let (chart, version) = bare::schema_line(&golden.text)
                .expect("every values file begins with its schema line");
            (golden.file, golden.text, chart, version)
        })
        .collect()
}

#[test]
fn helm_accepts_our_values_alone_and_under_an_umbrella() {
    let subjects = subjects();
    goldens()
        .par_iter()
        .for_each(|(file, text, chart, version)| {
            let subject = subjects
                .iter()
                .find(|subject| &subject.chart == chart && &subject.version == version)
                .unwrap_or_else(|| panic!("{file}: no values for {chart} {version}"));
            for helm in HELMS {
                let bare = BareChart::new(subject);
                helm.template(bare.path(), text)
                    .unwrap_or_else(|error| panic!("{file}: {helm:?} refuses it: {error}"));
                let umbrella = bare.umbrella();
                let nested = yaml::document(&read(
                    "umbrella.yaml",
                    &serde_json::to_string(
                        &json!({"global": {"team": "x"}, chart: read(file, text).to_json()}),
                    )
                    .unwrap(),
                ));
                helm.template(umbrella.path(), &nested)
                    .unwrap_or_else(|error| {
                        panic!("{file}: {helm:?} refuses it under an umbrella: {error}")
                    });
            }
        });
}

#[test]
fn helm_accepts_every_chart_s_own_defaults() {
    subjects().par_iter().for_each(|subject| {
        let contract = Contract::from_json(&subject.schema).unwrap();
        let found = contract.check(&read("values.yaml", &subject.values));
        assert!(
            found.is_empty(),
            "{} {}: {found:#?}",
            subject.chart,
            subject.version
        );
        let bare = BareChart::new(subject);
        for helm in HELMS {
            helm.template(bare.path(), "{}").unwrap_or_else(|error| {
                panic!("{} {}: {helm:?}: {error}", subject.chart, subject.version)
            });
        }
    });
}

#[test]
fn helm_and_the_walker_refuse_ten_kinds_of_broken_values() {
    let seen: Vec<&'static str> = subjects()
        .par_iter()
        .flat_map_iter(|subject| {
            let contract = Contract::from_json(&subject.schema).unwrap();
            let bare = BareChart::new(subject);
            broken::cases(subject)
                .into_iter()
                .map(|case| {
                    let text = case.values.to_string();
                    let what = format!(
                        "{} {}: {}: {text}",
                        subject.chart, subject.version, case.kind
                    );
                    let found = contract.check(&read("broken.yaml", &text));
                    assert!(!found.is_empty(), "the walker accepts {what}");
                    assert!(
                        found.iter().all(|found| found.help.is_some()),
                        "no help for {what}: {found:?}"
                    );
                    for helm in HELMS {
                        let refused = helm.template(bare.path(), &text);
                        assert!(refused.is_err(), "{helm:?} accepts {what}");
                    }
                    case.kind
                })
                .collect::<Vec<_>>()
        })
        .collect();
    for kind in broken::KINDS {
        assert!(seen.contains(&kind), "no chart gave a case of: {kind}");
    }
}

#[test]
fn our_merge_is_helm_s() {
    let subjects = subjects();
    let overrides = json!({"added": {"a": [1, {"b": null}], "n": null}, "list": [], "text": "x"});
    let mut inputs: Vec<(String, String, String)> = subjects
        .iter()
        .map(|subject| {
            (
                subject.chart.clone(),
                subject.values.clone(),
                overrides.to_string(),
            )
        })
        .collect();
    for (_, text, chart, version) in goldens() {
        if let Some(subject) = subjects
            .iter()
            .find(|subject| subject.chart == chart && subject.version == version)
        {
            inputs.push((chart, subject.values.clone(), text));
        }
    }
    inputs.push((
        "nulls".to_owned(),
        "a: {b: 1, c: {d: 2, e: 3}}\nl: [1, 2]\nm: {k: v}\nz: 1\n".to_owned(),
        "a: {b: null, c: {d: null}}\nl: null\nm: null\nnew: {x: null, y: [null]}\nz: {}\n"
            .to_owned(),
    ));
    inputs.par_iter().for_each(|(name, defaults, values)| {
        for helm in HELMS {
            let printed = print_values(helm, defaults, values);
            let ours = yaml::coalesce_for(
                helm.merge(),
                &read("values.yaml", defaults),
                &read("user.yaml", values),
            );
            assert_eq!(
                without_global(&printed),
                without_global(&plain(&ours.to_json())),
                "{name}: {helm:?}"
            );
        }
    });
}

#[test]
fn every_golden_means_the_same_in_both_helms() {
    let subjects = subjects();
    goldens()
        .par_iter()
        .for_each(|(file, text, chart, version)| {
            if let Some(subject) = subjects
                .iter()
                .find(|subject| &subject.chart == chart && &subject.version == version)
            {
                let [three, four] = HELMS.map(|helm| print_values(helm, &subject.values, text));
                // Helm 4 drops the nulls among a chart's own defaults, which no template can tell from absence.
                assert_same(file, &without_nulls(&three), &without_nulls(&four));
            }
        });
}

#[test]
fn awkward_strings_come_out_as_they_went_in() {
    let awkward: &[&str] = &[
        "no",
        "on",
        "y",
        "Y",
        "true",
        "~",
        "null",
        "",
        " ",
        " a",
        "a ",
        "012",
        "0o12",
        "0x1F",
        "0b1",
        "1_000",
        "1e3",
        ".5",
        ".inf",
        "-.INF",
        ".nan",
        "1:30",
        "190:20:30",
        "2026-11-20",
        "2026-11-20T10:00:00Z",
        "=",
        "<<",
        "&a",
        "*a",
        "!t",
        "%d",
        "@a",
        "`a`",
        "#a",
        "a #b",
        "a: b",
        "- a",
        "? a",
        "{a}",
        "[a]",
        "{{ .Values.a }}",
        "${HOME}",
        "$(a)",
        "a\nb",
        "a\nb\n",
        "\na",
        "a\n\n",
        "  a\nb",
        "a\n  b\n ",
        "\t",
        "a\tb",
        "\u{7f}",
        "\u{85}",
        "\u{a0}",
        "\u{2028}",
        "\u{2029}",
        "\u{feff}",
        "\u{1}",
        "\u{1f}",
        "é",
        "日本",
        "\u{1f600}",
        "'",
        "\"",
        "\\",
        "'\"\\",
        "a\\nb",
        "---",
        "...",
        "- ",
        ":",
        "a:",
        ":a",
        ",",
        "\r",
        "a\r\nb",
        "0",
        "-0",
        "+1",
        "1.0",
        "9007199254740993",
        "18446744073709551616",
    ];
    let data: Value = awkward
        .iter()
        .enumerate()
        .map(|(index, text)| (format!("k{index}"), json!(text)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let listed = json!({"list": awkward, "nested": {"deep": data}, "flat": data});
    let keyed: serde_json::Map<String, Value> = awkward
        .iter()
        .map(|text| ((*text).to_owned(), json!(1)))
        .collect();
    let forms = [
        (
            "block",
            format!("{}\n", yaml::block(&listed, 0)),
            listed.clone(),
        ),
        (
            "flow",
            format!("a: {}\n", yaml::flow(&listed)),
            json!({"a": listed}),
        ),
        (
            "keys",
            format!("{}\n", yaml::block(&json!({"keys": keyed}), 0)),
            json!({"keys": keyed}),
        ),
    ];
    for (form, text, expected) in forms {
        assert_eq!(
            read(form, &text).to_json(),
            expected,
            "{form}: our own reader"
        );
        for helm in HELMS {
            assert_eq!(
                print_values(helm, "{}", &text),
                expected,
                "{form}: {helm:?}"
            );
        }
    }
}

#[test]
fn our_reader_s_scalars_are_helm_s() {
    let scalars = [
        "no",
        "No",
        "NO",
        "yes",
        "on",
        "Off",
        "y",
        "n",
        "Y",
        "N",
        "true",
        "True",
        "TRUE",
        "tRue",
        "~",
        "null",
        "Null",
        "NULL",
        "012",
        "0o12",
        "0x1F",
        "0X1f",
        "0b11",
        "1_000",
        "+1",
        "-1",
        "1e3",
        "1E3",
        "1.5e-3",
        ".5",
        "5.",
        "-.5",
        ".inf",
        "+.inf",
        "-.Inf",
        "1:30",
        "190:20:30",
        "2026-11-20",
        "0",
        "-0",
        "08",
        "0777",
        "0_7",
        "1__0",
        "_1",
        "1_",
        "a",
        "=",
        "'no'",
        "\"012\"",
        "!!str 12",
        "!!int '12'",
        "!!float 1",
        "9007199254740993",
        "18446744073709551616",
        "1.0",
        "100.00",
        "0.1",
        "1e400",
        "0x",
        "+",
        "-",
        ".",
        "..",
        "+.5",
        "1e",
        "e1",
        "0o",
        "- 1",
    ];
    for scalar in scalars {
        let text = format!("v:\n  {scalar}\n");
        let Ok(ours) = yaml::read(&Source::new("scalar.yaml", text.clone())) else {
            for helm in HELMS {
                assert!(
                    helm.values("{}", &[&text]).is_err(),
                    "{helm:?} reads `{scalar}` and we refuse it"
                );
            }
            continue;
        };
        for helm in HELMS {
            let theirs = helm.values("{}", &[&text]).unwrap_or_else(|error| {
                panic!("{helm:?} refuses `{scalar}` and we read it: {error}")
            });
            assert_eq!(plain(&ours.to_json()), theirs, "`{scalar}`: {helm:?}");
        }
    }
}

/// Returns the data with numbers as templates see them: 64-bit floats, printed whole where they are.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => oracle::number(number),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), plain(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        _ => value.clone(),
    }
}

/// Fails with the first path at which two values differ; the values themselves fill pages.
fn assert_same(what: &str, left: &Value, right: &Value) {
    if let Some(difference) = difference(left, right, String::new()) {
        panic!("{what}: {difference}");
    }
}

fn difference(left: &Value, right: &Value, path: String) -> Option<String> {
    match (left, right) {
        (Value::Object(one), Value::Object(other)) => {
            one.keys().chain(other.keys()).find_map(|key| {
                difference(
                    one.get(key).unwrap_or(&ABSENT),
                    other.get(key).unwrap_or(&ABSENT),
                    format!("{path}.{key}"),
                )
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .find_map(|(index, (left, right))| difference(left, right, format!("{path}[{index}]"))),
        _ => (left != right).then(|| format!("`{path}` is {left} and {right}")),
    }
}

/// What stands for a key that is not there, so that it differs from null.
const ABSENT: Value = Value::Array(Vec::new());

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        _ => value.clone(),
    }
}

/// Helm puts `global` there itself, at the root and in every subchart.
fn without_global(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(map) = value.as_object_mut() {
        if map
            .get("global")
            .is_some_and(|global| global.as_object().is_some_and(serde_json::Map::is_empty))
        {
            map.remove("global");
        }
        map.remove("closed");
    }
    value
}

#[test]
fn both_helms_are_the_pinned_ones() {
    assert!(
        Helm::Three.version().starts_with("v3."),
        "{}",
        Helm::Three.version()
    );
    assert!(
        Helm::Four.version().starts_with("v4."),
        "{}",
        Helm::Four.version()
    );
}
