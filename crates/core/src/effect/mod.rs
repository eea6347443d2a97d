//! The effect of each value: does changing it change what the chart renders?
//!
//! Helm drops a key that no template reads, without a word. A contract tells most of them; what a chart really does
//! with a value only its rendering shows. [`Proof`] decides for every leaf of a values file whether it has an
//! effect, in few renders:
//!
//! 1. Every text and number gets a mark of its own, all in one render. A mark that is found where, without it,
//!    the old text stands, proves its leaf. What a chart refuses is halved until the rest passes.
//! 2. What shows no mark, and what can carry none (switches, empty maps, words of a list), is changed in two
//!    renders out of several, each leaf in a pair of its own. A place that differs in exactly those two
//!    renders, and alike in both, proves its leaf.
//! 3. What is left is changed in small groups, then alone, in every way that is known for its kind, and last left out.
//!    A leaf is dead if none of this changes anything.
//!
//! It starts no process: it says which values to render, and is told what came of it.
//!
//! ```
//! use helmwright::effect::{Proof, Rendered, Verdict};
//! use helmwright::source::Source;
//! use helmwright::yaml;
//!
//! // A chart that reads `a` and nothing else.
//! let chart = |values: &str| {
//!     let values = yaml::read(&Source::new("values.yaml", values)).unwrap();
//!     format!("kind: Pod\nspec: {}\n", values.get("a").map_or("null".into(), |a| a.to_json().to_string()))
//! };
//! let text = "a: 1\nb: 2\n";
//! let values = yaml::read(&Source::new("values.yaml", text)).unwrap();
//! let defaults = yaml::read(&Source::new("defaults.yaml", "{}")).unwrap();
//! let mut proof = Proof::new(&values, &defaults, [&chart(text), &chart(text)], "demo", &|_| Vec::new());
//! loop {
//!     let probes = proof.ask();
//!     if probes.is_empty() {
//!         break;
//!     }
//!     let results = probes.iter().map(|probe| Rendered::Text(chart(&probe.values))).collect();
//!     proof.take(results);
//! }
//! let report = proof.finish();
//! assert!(matches!(report.leaves[0].verdict, Verdict::Proven(_)));
//! assert_eq!(report.leaves[1].verdict, Verdict::Dead);
//! ```

mod leaf;
mod objects;
mod proof;
mod refusal;
mod sentinel;
#[cfg(test)]
mod tests;

pub use proof::{Proof, Rendered, ToRender};
pub use refusal::{Kind, Refusal, known_part};

use crate::contract::Contract;
use crate::provenance;
use crate::values::Path;

/// What is known of one leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Where it lies.
    pub path: Path,
    /// Whether it has an effect.
    pub verdict: Verdict,
}

/// Whether a leaf has an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Changing it changes what is rendered.
    Proven(Evidence),
    /// The chart has the same value by itself. `read` says whether changing it changes what is rendered.
    Default {
        /// Whether it was seen to be read.
        read: bool,
    },
    /// Nothing that was tried changed anything.
    Dead,
    /// It could not be told: every change was refused, or there were too many to try.
    Undecided,
}

/// What shows that a leaf has an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Its mark was found in the place of its value.
    Mark,
    /// A place differed in exactly the renders in which it was changed.
    Pattern,
    /// Changed alone, it changed something.
    Alone,
    /// Changed alone, a template refused it, and so reads it.
    Refused,
}

/// What became of all leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Every leaf, in the order of the text.
    pub leaves: Vec<Judged>,
    /// How many renders it took, the two unchanged ones included.
    pub renders: usize,
    /// How many objects the chart renders.
    pub objects: usize,
}

impl Report {
    /// Counts the leaves that a verdict is true of.
    pub fn count(&self, is: impl Fn(&Verdict) -> bool) -> usize {
        self.leaves.iter().filter(|leaf| is(&leaf.verdict)).count()
    }
}

/// Returns the words that a contract lists for a value: what it can be changed to without being refused.
pub fn words(contract: &Contract, path: &Path) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(schema) = provenance::schema_at(&contract.schema, path) {
        provenance::collect_words(schema, &contract.schema, 4, &mut words);
    }
    words.dedup();
    words
}
