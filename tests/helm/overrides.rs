//! Helm lays the override file over the template's values; we splice it into them.

use std::sync::atomic::{AtomicUsize, Ordering};

use helmwright::yaml;
use helmwright_tests::overrides::{golden_and_overrides, read};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use rayon::prelude::*;

use super::assert_same;
use super::bare::{schema_line, subjects};
use super::oracle::HELMS;

/// How many random overrides are tried; each asks both Helms twice.
const CASES: usize = 60;

#[test]
fn spliced_overrides_mean_what_helm_makes_of_both_files() {
    let subjects = subjects();
    let mut runner = TestRunner::deterministic();
    let cases: Vec<_> = (0..CASES)
        .map(|_| {
            golden_and_overrides()
                .new_tree(&mut runner)
                .unwrap()
                .current()
        })
        .collect();
    let with_nulls = AtomicUsize::new(0);
    cases.par_iter().for_each(|(golden, overrides)| {
        let defaults = schema_line(&golden.text)
            .and_then(|(chart, version)| {
                subjects
                    .iter()
                    .find(|subject| subject.chart == chart && subject.version == version)
            })
            .map_or("{}", |subject| &subject.values);
        let over = format!("{}\n", yaml::block(overrides, 0));
        let base = read(&golden.file, &golden.text);
        let ours = yaml::splice(base, &read("envs/prod.yaml", &over)).unwrap();
        with_nulls.fetch_add(usize::from(ours.contains(": null #")), Ordering::Relaxed);
        for helm in HELMS {
            let theirs = helm
                .values(defaults, &[&golden.text, &over])
                .unwrap_or_else(|error| panic!("{}: {helm:?}: {error}\n{over}", golden.file));
            let spliced = helm
                .values(defaults, &[&ours])
                .unwrap_or_else(|error| panic!("{}: {helm:?}: {error}\n{ours}", golden.file));
            assert_same(
                &format!("{}: {helm:?}: {over}", golden.file),
                &theirs,
                &spliced,
            );
            assert!(theirs == spliced, "{}: {helm:?}: {over}", golden.file);
        }
    });
    assert!(with_nulls.into_inner() > 5, "nulls are among them");
}
