//! The parsers of Prometheus and Loki as judges.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::expressions::{Expression, logql, promql};

/// Asks a parser about expressions; what comes back are its complaints, each with the place of its expression.
pub(crate) fn complaints(variable: &str, expressions: &[Expression]) -> Vec<String> {
    let binary = std::env::var_os(variable).unwrap_or_else(|| {
        panic!("{variable} is not set; `cargo xtask test` builds the tool and sets it")
    });
    let mut child = Command::new(binary)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for expression in expressions {
        writeln!(
            input,
            "{}",
            serde_json::to_string(&expression.text).unwrap()
        )
        .unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    let read = String::from_utf8(output.stdout).unwrap();
    assert_eq!(read.trim(), expressions.len().to_string(), "all were read");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.success(), said.is_empty(), "{said}");
    said.lines()
        .map(|line| match line.split_once(": ") {
            Some((number, message)) => {
                let one = &expressions[number.parse::<usize>().unwrap() - 1];
                format!("{}: {message}: {}", one.place, one.text)
            }
            None => line.to_owned(),
        })
        .collect()
}

fn broken(text: &str) -> Vec<Expression> {
    vec![Expression {
        place: "here".to_owned(),
        text: text.to_owned(),
    }]
}

#[test]
fn prometheus_reads_every_expression() {
    let all = promql();
    assert!(all.len() >= 35, "{} expressions", all.len());
    assert_eq!(complaints("HELMWRIGHT_PROMQL", &all), Vec::<String>::new());
}

#[test]
fn loki_reads_every_expression() {
    let all = logql();
    assert_eq!(all.len(), 3);
    assert_eq!(complaints("HELMWRIGHT_LOGQL", &all), Vec::<String>::new());
}

/// Takes a bracket out of every expression: a parser that accepted everything would not be one.
#[test]
fn expressions_that_are_broken_are_refused() {
    for (variable, text) in [
        ("HELMWRIGHT_PROMQL", "sum(rate(up[5m])"),
        ("HELMWRIGHT_PROMQL", "sum(rate(up[$__rate_interval]))"),
        ("HELMWRIGHT_PROMQL", "rate(up)"),
        ("HELMWRIGHT_LOGQL", "{app=}"),
        ("HELMWRIGHT_LOGQL", "sum by (app) (rate({app=\"a\"}))"),
        ("HELMWRIGHT_LOGQL", "{app=\"a\"} | = \"b\""),
    ] {
        assert_eq!(complaints(variable, &broken(text)).len(), 1, "{text}");
    }
    for (variable, all) in [
        ("HELMWRIGHT_PROMQL", promql()),
        ("HELMWRIGHT_LOGQL", logql()),
    ] {
        for expression in all {
            let last = |one: char| expression.text.rfind(one);
            let at = last('}').or(last(')')).unwrap();
            let mut text = expression.text.clone();
            text.remove(at);
            let found = complaints(variable, &broken(&text));
            assert_eq!(found.len(), 1, "{}: {text}", expression.place);
        }
    }
}
