//! Our walk and another validator's, on mistakes that are made in the values of every committed contract.
//!
//! There are some hundred thousand; `HELMWRIGHT_THOROUGH=1` judges them all, which takes minutes.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::BTreeMap;

use helmwright::Catalog;
use helmwright_tests::mutants::{documents, mutants, node, some};
use helmwright_tests::validator::validator;
use rayon::prelude::*;
use serde_json::Value;

/// So many mistakes a contract keep the test short.
const MOST: usize = 600;

/// What became of the mistakes in one contract's values: by kind, accepted and refused.
type Tally = BTreeMap<&'static str, [usize; 2]>;

fn judge(chart: &str, version: &str, wrong: &mut Vec<String>) -> Tally {
    let catalog = Catalog::bundled();
    let contract = catalog.contract(chart, version).unwrap().unwrap();
    let schema: Value =
        serde_json::from_str(catalog.contract_text(chart, version).unwrap()).unwrap();
    let validator = validator(&schema).unwrap();
    let mut tally = Tally::new();
    let mut mutants = mutants(&documents(chart, version, &schema));
    if std::env::var_os("HELMWRIGHT_THOROUGH").is_none() {
        mutants = some(mutants, MOST);
    }
    for mutant in mutants {
        let found = contract
            .schema
            .check(&node(&mutant.values), &contract.wording());
        let theirs = validator.is_valid(&mutant.values);
        if theirs != found.is_empty() {
            let ours = found.first().map_or("accepted", |found| &found.message);
            wrong.push(format!(
                "{chart} {version}: {}: {}\n  ours: {ours}\n  theirs: {}",
                mutant.kind,
                mutant.values,
                validator
                    .iter_errors(&mutant.values)
                    .next()
                    .map_or_else(|| "accepted".to_owned(), |error| error.to_string())
            ));
        }
        tally.entry(mutant.kind).or_default()[usize::from(!theirs)] += 1;
    }
    tally
}

#[test]
fn walker_and_validator_agree_on_every_mistake() {
    let contracts = Catalog::bundled().contracts();
    let judged: Vec<(Tally, Vec<String>)> = contracts
        .par_iter()
        .map(|(chart, version)| {
            let mut wrong = Vec::new();
            let tally = judge(chart, version, &mut wrong);
            (tally, wrong)
        })
        .collect();
    let mut tally = Tally::new();
    let mut wrong = Vec::new();
    for (of_one, mut more) in judged {
        for (kind, [accepted, refused]) in of_one {
            let sum = tally.entry(kind).or_default();
            sum[0] += accepted;
            sum[1] += refused;
        }
        wrong.append(&mut more);
    }
    let count = wrong.len();
    wrong.truncate(40);
    assert!(
        wrong.is_empty(),
        "{count} of {tally:?}:\n{}",
        wrong.join("\n")
    );
    for (kind, [accepted, refused]) in &tally {
        let least = if *kind == "as it is" {
            accepted
        } else {
            refused
        };
        assert!(
            *least > 500,
            "{kind}: {accepted} accepted, {refused} refused"
        );
    }
}
