//! What runbooks ask of metrics and logs.

use std::fs;

use helmwright_tests::{files, root};

use crate::expressions::Expression;
use crate::parsers::complaints;

/// Returns the queries of all runbooks that are kept, as PromQL and as LogQL.
fn queries() -> (Vec<Expression>, Vec<Expression>) {
    let mut all = Vec::new();
    for file in files(&root().join("tests/golden/docs"), ".md") {
        let text = fs::read_to_string(&file).unwrap();
        let tables = text.split("| query | good |\n").skip(1);
        for row in tables.flat_map(|table| {
            table
                .lines()
                .skip(1)
                .take_while(|line| line.starts_with('|'))
        }) {
            let query = row.trim_start_matches("| `").split("` | ").next().unwrap();
            all.push(Expression {
                place: file.display().to_string(),
                text: query.replace("\\|", "|"),
            });
        }
    }
    all.into_iter()
        .partition(|query| !query.text.starts_with('{'))
}

#[test]
fn every_query_of_a_runbook_is_read() {
    let (promql, logql) = queries();
    assert!(
        promql.len() > 20 && logql.len() > 10,
        "{} and {}",
        promql.len(),
        logql.len()
    );
    assert_eq!(
        complaints("HELMWRIGHT_PROMQL", &promql),
        Vec::<String>::new()
    );
    assert_eq!(complaints("HELMWRIGHT_LOGQL", &logql), Vec::<String>::new());
}
