//! What dashboards and data sources ask, with values in place of Grafana's variables.

use helmwright::yaml::Value as Yaml;
use serde_json::Value;

use crate::boards::{Board, bundled};
use crate::provisioning;

/// An expression, and where it stands.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) place: String,
    pub(crate) text: String,
}

/// Returns what is asked in Prometheus' language.
pub(crate) fn promql() -> Vec<Expression> {
    let mut all = of("prometheus");
    // Links from a span to metrics; two dollars are one.
    let (values, _) = provisioning::written();
    for source in provisioning::datasources(&values) {
        let queries = source.at(&["jsonData", "tracesToMetrics", "queries"]);
        let Some(Yaml::List(queries)) = queries.map(|node| &node.value) else {
            continue;
        };
        for query in queries {
            let text = query.get("query").unwrap().as_str().unwrap();
            all.push(Expression {
                place: format!("the link {}", query.get("name").unwrap().as_str().unwrap()),
                text: text.replace("$$__tags", "service=\"a\""),
            });
        }
    }
    all
}

/// Returns what is asked in Loki's language.
pub(crate) fn logql() -> Vec<Expression> {
    of("loki")
}

/// Returns what is asked in Tempo's language.
pub(crate) fn traceql() -> Vec<Expression> {
    of("tempo")
}

/// Returns what panels and variables ask one kind of data source.
fn of(kind: &str) -> Vec<Expression> {
    let mut found = Vec::new();
    for board in bundled() {
        for panel in board.panels() {
            for target in panel["targets"].as_array().unwrap() {
                let text = target["expr"].as_str().or(target["query"].as_str());
                let is_asked = target["queryType"] != "serviceMap" && text != Some("$trace");
                if target["datasource"]["type"] == kind && is_asked {
                    found.push(Expression {
                        place: format!("{}, {}, {}", board.file, panel["title"], target["refId"]),
                        text: filled(&board, text.unwrap()),
                    });
                }
            }
        }
        for (name, variable) in board.variables() {
            let text = variable["query"]["query"].as_str();
            if variable["datasource"]["type"] == kind
                && let Some(text) = text
            {
                found.push(Expression {
                    place: format!("{}, variable {name}", board.file),
                    text: filled(&board, asked_by(text)),
                });
            }
        }
    }
    found
}

/// Returns the expression in a variable's question: `label_values(SELECTOR, label)`, `query_result(EXPRESSION)`.
fn asked_by(question: &str) -> &str {
    let (function, rest) = question.split_once('(').unwrap();
    let inner = rest.strip_suffix(')').unwrap();
    match function {
        "query_result" => inner,
        "label_values" => inner
            .rsplit_once(", ")
            .map(|(selector, _)| selector)
            .unwrap(),
        _ => panic!("no question that is known: {question}"),
    }
}

/// Puts values in place of Grafana's variables, longest names first; one that is not known stays, and does not parse.
fn filled(board: &Board, text: &str) -> String {
    let mut names: Vec<(String, String)> = [
        ("__rate_interval", "5m"),
        ("__range", "1h"),
        ("__interval", "1m"),
        ("__auto", "5m"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (name, variable) in board.variables() {
        let value = match variable["current"]["value"].as_str() {
            Some(value) if !value.is_empty() && variable["type"] == "custom" => value,
            _ => "a|b",
        };
        names.push((name.to_owned(), value.to_owned()));
    }
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    names.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("${{{name}}}"), value)
            .replace(&format!("${name}"), value)
    })
}

#[test]
fn every_variable_of_an_expression_is_there() {
    let mut all = promql();
    all.extend(logql());
    all.extend(traceql());
    assert!(all.len() >= 40, "{} expressions", all.len());
    for expression in all {
        // What `label_replace` takes from a match is no variable of Grafana's.
        let rest = expression.text.replace("\"$1\"", "");
        assert!(!rest.contains('$'), "{}: {rest}", expression.place);
    }
}

/// The metrics that Tempo makes of spans, and the labels that it gives them.
///
/// Source: Tempo documentation, "Use the span metrics processor", and "Service graphs".
#[test]
fn metrics_of_tempo_go_by_the_names_that_tempo_gives_them() {
    const NAMES: [&str; 5] = [
        "traces_spanmetrics_calls_total",
        "traces_spanmetrics_latency_bucket",
        "traces_service_graph_request_total",
        "traces_service_graph_request_failed_total",
        "traces_service_graph_request_server_seconds_bucket",
    ];
    let mut used = 0;
    for expression in promql() {
        for word in expression
            .text
            .split(|one: char| !one.is_ascii_alphanumeric() && one != '_')
            .filter(|word| word.starts_with("traces_"))
        {
            used += 1;
            assert!(NAMES.contains(&word), "{}: {word}", expression.place);
        }
    }
    assert!(used > 20);
}

/// Brackets and quotes close: all that can be said of Tempo's language without Tempo's parser, which is no module that
/// can be had at a version.
#[test]
fn questions_to_tempo_close_what_they_open() {
    let all = traceql();
    assert_eq!(all.len(), 3);
    for expression in &all {
        assert!(
            closes(&expression.text),
            "{}: {}",
            expression.place,
            expression.text
        );
        assert!(expression.text.starts_with("{ ") && expression.text.ends_with(" }"));
    }
    assert!(!closes("{ a = \"b }"));
    assert!(!closes("{ (a = b }"));
}

fn closes(text: &str) -> bool {
    let mut open = Vec::new();
    let mut quoted = false;
    for one in text.chars() {
        match one {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' => open.push('}'),
            '(' => open.push(')'),
            '}' | ')' if open.pop() != Some(one) => return false,
            _ => {}
        }
    }
    open.is_empty() && !quoted
}

#[test]
fn a_question_of_a_variable_is_taken_apart() {
    assert_eq!(asked_by("label_values(up{a=\"b\"}, job)"), "up{a=\"b\"}");
    assert_eq!(asked_by("query_result(sum by (a) (up))"), "sum by (a) (up)");
    let value: Value = serde_json::json!({"templating": {"list": [
        {"name": "service", "type": "query", "current": {}},
        {"name": "slow", "type": "custom", "current": {"value": "500ms"}}
    ]}});
    let board = Board {
        file: String::new(),
        data: value,
    };
    assert_eq!(
        filled(
            &board,
            "{a=~\"$service\"} > $slow [$__rate_interval] $servant"
        ),
        "{a=~\"a|b\"} > 500ms [5m] $servant"
    );
}
