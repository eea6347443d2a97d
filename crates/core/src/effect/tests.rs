use super::*;
use crate::source::Source;
use crate::yaml::{self, Node};

fn read(text: &str) -> Node {
    yaml::read(&Source::new("values.yaml", text)).unwrap()
}

/// Proves with a chart that is a function of its values, defaults laid under.
fn prove(
    values: &str,
    defaults: &str,
    chart: impl Fn(&Node) -> Result<String, String>,
) -> (Report, Vec<(String, Verdict)>) {
    let defaults = read(defaults);
    let run = |text: &str| chart(&yaml::coalesce(&defaults, &read(text)));
    let base = run(values).unwrap();
    let mut proof = Proof::new(&read(values), &defaults, [&base, &base], "demo", &|_| {
        Vec::new()
    });
    loop {
        let probes = proof.ask();
        if probes.is_empty() {
            break;
        }
        let results = probes
            .iter()
            .map(|probe| match run(&probe.values) {
                Ok(text) => Rendered::Text(text),
                Err(said) => Rendered::Refused(said),
            })
            .collect();
        proof.take(results);
    }
    let report = proof.finish();
    let told = report
        .leaves
        .iter()
        .map(|leaf| (leaf.path.to_string(), leaf.verdict))
        .collect();
    (report, told)
}

/// Returns the leaves of a verdict.
fn those(told: &[(String, Verdict)], is: Verdict) -> Vec<&str> {
    told.iter()
        .filter(|(_, verdict)| *verdict == is)
        .map(|(path, _)| path.as_str())
        .collect()
}

fn object(name: &str, data: &serde_json::Value) -> String {
    let data = yaml::flow(data);
    format!("---\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {data}\n")
}

fn is_true(values: &Node, path: &[&str]) -> bool {
    values.at(path).map(|node| &node.value) == Some(&yaml::Value::Bool(true))
}

#[test]
fn marks_prove_in_one_render() {
    let values = "a: x\nb: {c: 3, d: 512Mi, e: [p, q]}\nf: z\n";
    let (report, told) = prove(values, "{}", |values| Ok(object("all", &values.to_json())));
    assert!(
        told.iter()
            .all(|(_, verdict)| *verdict == Verdict::Proven(Evidence::Mark)),
        "{told:?}"
    );
    assert_eq!((report.renders, report.objects), (3, 1));
}

#[test]
fn a_dead_key_is_found_among_many() {
    let mut values = String::new();
    for at in 0..60 {
        values.push_str(&format!("k{at}: v{at}\ns{at}: {}\n", at % 2 == 0));
    }
    let (report, told) = prove(&values, "{}", |values| {
        let mut read = values.to_json();
        let map = read.as_object_mut().unwrap();
        map.remove("k7");
        map.remove("s8");
        Ok(object("all", &read))
    });
    assert_eq!(those(&told, Verdict::Dead), ["k7", "s8"]);
    assert!(report.renders <= 40, "{}", report.renders);
}

#[test]
fn a_switch_does_not_hide_what_it_switches() {
    // A mark in `kind` takes the whole object away; the leaves in it are proven all the same.
    let values = "kind: StatefulSet\nsize: 2Gi\nclass: fast\nname: a\nport: 80\nimage: i\n";
    let (_, told) = prove(values, "{}", |values| {
        Ok(
            if values.get("kind").and_then(Node::as_str) == Some("StatefulSet") {
                object("set", &values.to_json())
            } else {
                object("none", &serde_json::json!({}))
            },
        )
    });
    assert!(
        told.iter()
            .all(|(_, verdict)| matches!(verdict, Verdict::Proven(_))),
        "{told:?}"
    );
}

#[test]
fn what_is_read_only_after_another_change_is_dead() {
    // `b` is read only when `a` is not what it is: with both marked, `b` would show.
    let (_, told) = prove("a: x\nb: y\nc: z\n", "{}", |values| {
        let text = |key| {
            values
                .get(key)
                .and_then(Node::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let mut data = serde_json::json!({"a": text("a"), "c": text("c")});
        if text("a") != "x" {
            data["b"] = text("b").into();
        }
        Ok(object("one", &data))
    });
    assert_eq!(those(&told, Verdict::Dead), ["b"]);
}

#[test]
fn what_is_refused_goes_on_without_and_is_proven_by_the_refusal() {
    let mut values = "mode: single\nreplicas: 3\n".to_owned();
    for at in 0..20 {
        values.push_str(&format!("k{at}: v{at}\n"));
    }
    let (report, told) = prove(&values, "{}", |values| {
        let mode = values
            .get("mode")
            .and_then(Node::as_str)
            .unwrap_or_default();
        if mode != "single" {
            // It names nobody, so the group is halved.
            return Err(
                "Error: execution error at (demo/templates/a.yaml:6:4): no such mode".to_owned(),
            );
        }
        let mut read = values.to_json();
        read.as_object_mut().unwrap().remove("mode");
        Ok(object("all", &read))
    });
    assert!(
        told.iter()
            .all(|(_, verdict)| matches!(verdict, Verdict::Proven(_))),
        "{told:?}"
    );
    assert_eq!(told[0].1, Verdict::Proven(Evidence::Refused));
    assert!(report.renders <= 24, "{}", report.renders);
}

#[test]
fn a_number_may_have_to_pass_a_threshold() {
    let (_, told) = prove("a: 3\nb: 5\n", "{}", |values| {
        let number = |key| {
            values
                .get(key)
                .map(|node| node.to_json().as_i64().unwrap_or(0))
                .unwrap_or(0)
        };
        let budget = number("a") > 1;
        Ok(object("one", &serde_json::json!({"budget": budget})))
    });
    assert_eq!(those(&told, Verdict::Dead), ["b"]);
}

#[test]
fn defaults_are_told_apart_and_nulls_take_away() {
    let values = "a: 1\nb: {c: null, d: null}\ne: {}\nf: 2\nold: q\n";
    let defaults = "a: 1\nb: {c: {x: 1}}\ne: {y: 1}\nf: 3\nold: q\n";
    let (_, told) = prove(values, defaults, |values| {
        let mut read = values.to_json();
        let map = read.as_object_mut().unwrap();
        map.remove("old");
        map["b"].as_object_mut().unwrap().remove("d");
        Ok(object("all", &read))
    });
    let told: Vec<(&str, Verdict)> = told
        .iter()
        .map(|(path, verdict)| (path.as_str(), *verdict))
        .collect();
    assert!(matches!(told[0], ("a", Verdict::Default { read: true })));
    assert!(matches!(told[1], ("b.c", Verdict::Proven(_))));
    assert_eq!(told[2], ("b.d", Verdict::Dead));
    assert!(matches!(told[3], ("e", Verdict::Default { read: true })));
    assert!(matches!(told[4], ("f", Verdict::Proven(_))));
    assert_eq!(told[5], ("old", Verdict::Default { read: false }));
}

#[test]
fn switches_are_proven_in_few_renders() {
    let values: String = (0..45)
        .map(|at| format!("s{at}: {}\n", at % 3 == 0))
        .collect();
    let (report, told) = prove(&values, "{}", |values| {
        Ok((0..45)
            .filter(|at| is_true(values, &[&format!("s{at}")]))
            .map(|at| object(&format!("o{at}"), &serde_json::json!({"a": 1})))
            .collect())
    });
    assert!(
        told.iter()
            .all(|(_, verdict)| *verdict == Verdict::Proven(Evidence::Pattern)),
        "{told:?}"
    );
    assert_eq!(report.renders, 12);
}

#[test]
fn what_every_change_is_refused_of_is_undecided() {
    let (_, told) = prove("a: x\n", "{}", |values| {
        if values.get("a").and_then(Node::as_str) == Some("x") {
            Ok(object("one", &serde_json::json!({})))
        } else {
            Err("Error: values don't meet the specifications of the schema(s) in the following chart(s):\ndemo:\n- at '/a': no\n".to_owned())
        }
    });
    assert_eq!(told, [("a".to_owned(), Verdict::Undecided)]);
}

#[test]
fn no_values_are_no_work() {
    let (report, told) = prove("{}", "a: 1", |values| Ok(object("one", &values.to_json())));
    assert!(told.is_empty());
    assert_eq!(report.renders, 2);
}
