//! Helm on the mistakes of `tests/agreement.rs`: a sample for every contract, many of them in one run.

use helmwright::contract::Contract;
use helmwright::yaml;
use helmwright_tests::mutants::{Mutant, Step, documents, mutants, node, some};
use helmwright_tests::overrides::read;
use rayon::prelude::*;
use serde_json::Value;

use super::bare::{BareChart, Subject, subjects};
use super::oracle::{HELMS, Helm};

/// So many mistakes a contract keep the test short.
const MOST: usize = 40;

/// Mistakes that go into one values file: at places that do not touch.
#[derive(Default)]
struct Batch<'m> {
    values: Value,
    mistakes: Vec<&'m Mutant>,
}

/// Gathers mistakes in as few values files as they fit in.
fn batches<'m>(mutants: &[&'m Mutant]) -> Vec<Batch<'m>> {
    let mut batches: Vec<Batch<'m>> = Vec::new();
    for mutant in mutants {
        let fits = batches
            .iter()
            .position(|batch| !touches(&batch.values, &mutant.values));
        let at = fits.unwrap_or_else(|| {
            batches.push(Batch::default());
            batches.len() - 1
        });
        join(&mut batches[at].values, &mutant.values);
        batches[at].mistakes.push(mutant);
    }
    batches
}

fn touches(one: &Value, other: &Value) -> bool {
    match (one.as_object(), other.as_object()) {
        (Some(one), Some(other)) if !one.is_empty() && !other.is_empty() => other
            .iter()
            .any(|(key, other)| one.get(key).is_some_and(|one| touches(one, other))),
        _ => true,
    }
}

fn join(one: &mut Value, other: &Value) {
    match (one.as_object_mut(), other.as_object()) {
        (Some(one), Some(other)) => {
            for (key, value) in other {
                match one.get_mut(key) {
                    Some(known) => join(known, value),
                    None => drop(one.insert(key.clone(), value.clone())),
                }
            }
        }
        _ => *one = other.clone(),
    }
}

/// Returns whether Helm's words name the place of a mistake, or a map above that holds it.
fn names(said: &str, path: &[Step]) -> bool {
    let mut pointer = String::new();
    for step in path {
        let key = match step {
            Step::Key(key) => key.as_str(),
            Step::Element => "0",
        };
        let at = format!("at '{pointer}': additional properties");
        let quoted = format!("'{key}'");
        if said
            .lines()
            .any(|line| line.contains(&at) && line.contains(&quoted))
        {
            return true;
        }
        let key = key.replace('~', "~0").replace('/', "~1");
        pointer.push('/');
        pointer.push_str(&key);
        // A key that is never read takes its default alone, and a choice fails as a whole.
        if ["value must be", "anyOf", "oneOf", "allOf"]
            .iter()
            .any(|what| said.contains(&format!("at '{pointer}': {what}")))
        {
            return true;
        }
    }
    said.contains(&format!("at '{pointer}'")) || said.contains(&format!("at '{pointer}/"))
}

/// Returns the contract without the formats, which Helm does not know.
fn without_formats(schema: &str) -> Contract {
    fn strip(schema: &mut Value) {
        match schema {
            Value::Object(map) => {
                if map.get("format").is_some_and(Value::is_string) {
                    map.shift_remove("format");
                }
                map.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut schema: Value = serde_json::from_str(schema).unwrap();
    strip(&mut schema);
    Contract::from_json(&schema.to_string()).unwrap()
}

/// Judges the mistakes in one chart's values, and returns how many are accepted and refused.
fn judge(subject: &Subject) -> [usize; 2] {
    let schema: Value = serde_json::from_str(&subject.schema).unwrap();
    let contract = without_formats(&subject.schema);
    let defaults = read("values.yaml", &subject.values);
    let mutants = some(
        mutants(&documents(&subject.chart, &subject.version, &schema)),
        MOST,
    );
    let bare = BareChart::new(subject);
    let mut judged = [0, 0];
    for helm in HELMS {
        // Helm judges the chart's values with the user's laid over them, and so must we.
        let (accepted, refused): (Vec<_>, Vec<_>) = mutants.iter().partition(|mutant| {
            let values = yaml::coalesce_for(helm.merge(), &defaults, &node(&mutant.values));
            contract
                .schema
                .check(&values, &contract.wording())
                .is_empty()
        });
        judged = [accepted.len(), refused.len()];
        let what = format!("{helm:?}: {} {}", subject.chart, subject.version);
        for batch in batches(&accepted) {
            helm.template(bare.path(), &batch.values.to_string())
                .unwrap_or_else(|error| panic!("{what} refuses {}: {error}", batch.values));
        }
        for batch in batches(&refused) {
            let said = refusal(helm, &bare, &batch.values, &what);
            for mistake in batch.mistakes {
                if !names(&said, &mistake.path) {
                    refusal(helm, &bare, &mistake.values, &what);
                }
            }
        }
    }
    judged
}

fn refusal(helm: Helm, bare: &BareChart, values: &Value, what: &str) -> String {
    helm.template(bare.path(), &values.to_string())
        .err()
        .unwrap_or_else(|| panic!("{what} accepts {values}"))
}

#[test]
fn helm_and_the_walker_agree_on_mistakes() {
    let bundled = helmwright::Catalog::bundled();
    let judged: Vec<[usize; 2]> = subjects()
        .par_iter()
        .filter(|subject| bundled.has_contract(&subject.chart, &subject.version))
        .map(judge)
        .collect();
    let sums = [0, 1].map(|side| judged.iter().map(|judged| judged[side]).sum::<usize>());
    assert!(
        sums[0] > 50 && sums[1] > 300,
        "accepted and refused: {sums:?}"
    );
}
