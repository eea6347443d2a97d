//! Which values to render next, and what follows from what came of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::leaf::{self, Leaf, Probe};
use super::objects::{Base, Difference};
use super::refusal::{Kind, Refusal};
use super::sentinel::Marks;
use super::{Evidence, Judged, Report, Verdict};
use crate::values::Path;
use crate::yaml::{self, Node};

/// Most renders of one release; a values file of a thousand dead keys is no reason to run for an hour.
const MOST_RENDERS: usize = 1_000;

/// Rounds with marks, the first with all leaves; later ones only bring back what others have hidden.
const MARK_ROUNDS: usize = 3;

/// Rounds with marks while renders are refused.
const REFUSED_ROUNDS: usize = 10;

/// So few leaves are changed alone at once, without a group before.
const FEW: usize = 6;

/// Leaves of one group in the last step.
const GROUP: usize = 4;

/// Values to render.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToRender {
    /// A values file, whole.
    pub values: String,
}

/// What came of a render.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rendered {
    /// The objects, as Helm prints them.
    Text(String),
    /// What Helm says in their place.
    Refused(String),
}

/// A proof under way: see [the module](super).
#[derive(Debug)]
pub struct Proof {
    chart: String,
    values: Json,
    leaves: Vec<Leaf>,
    marks: Marks,
    base: Base,
    /// By leaf: what is known.
    known: Vec<Option<Evidence>>,
    /// By leaf: which of its probes is next.
    turn: Vec<usize>,
    /// By leaf: whether a change of it alone was rendered.
    alone: Vec<bool>,
    step: Step,
    /// What was handed out last: by render, the leaves changed in it.
    asked: Vec<Vec<usize>>,
    renders: usize,
}

#[derive(Debug)]
enum Step {
    /// Marks, in groups.
    Marks {
        round: usize,
        groups: Vec<Vec<usize>>,
    },
    /// Pairs of renders.
    Pairs {
        round: usize,
        leaves: Vec<usize>,
    },
    /// Small groups, then alone; each leaf with the probe whose turn it is.
    Singles {
        groups: Vec<Vec<usize>>,
    },
    /// What looks dead in a group, once more alone.
    Confirm {
        leaves: Vec<(usize, usize)>,
    },
    Done,
}

impl Proof {
    /// Starts a proof with the values, the chart's defaults, and what Helm made of the values in two runs.
    ///
    /// `words` gives the words that a value may be, where they are known: see [`words`](super::words).
    pub fn new(
        values: &Node,
        defaults: &Node,
        rendered: [&str; 2],
        chart: &str,
        words: &dyn Fn(&Path) -> Vec<String>,
    ) -> Self {
        let written = values.to_json();
        let mut marks = Marks::apart_from(&[rendered[0], &written.to_string()]);
        let leaves = leaf::leaves(values, defaults, &mut marks, words);
        let count = leaves.len();
        let marked = (0..count)
            .filter(|at| matches!(leaves[*at].probes.first(), Some(Probe::Mark(_))))
            .collect();
        Self {
            chart: chart.to_owned(),
            values: written,
            marks,
            base: Base::new(rendered[0], rendered[1]),
            known: vec![None; count],
            turn: vec![0; count],
            alone: vec![false; count],
            step: Step::Marks {
                round: 0,
                groups: vec![marked],
            },
            asked: Vec::new(),
            renders: 2,
            leaves,
        }
    }

    /// Returns what to render next, all of it independent of each other; nothing when the proof is done.
    pub fn ask(&mut self) -> Vec<ToRender> {
        loop {
            if self.renders >= MOST_RENDERS {
                self.step = Step::Done;
            }
            self.asked = match &mut self.step {
                Step::Done => return Vec::new(),
                Step::Marks { groups, .. } | Step::Singles { groups } => {
                    groups.retain(|group| !group.is_empty());
                    groups.clone()
                }
                Step::Pairs { leaves, .. } => pairs(leaves),
                Step::Confirm { leaves } => leaves.iter().map(|(leaf, _)| vec![*leaf]).collect(),
            };
            if self.asked.is_empty() {
                self.advance();
                continue;
            }
            let values = self
                .asked
                .iter()
                .enumerate()
                .map(|(render, group)| self.values_of(render, group))
                .collect::<Vec<_>>();
            self.renders += values.len();
            return values;
        }
    }

    fn values_of(&self, render: usize, group: &[usize]) -> ToRender {
        let changes = group.iter().filter_map(|at| {
            let leaf = self.leaves.get(*at)?;
            let turn = match &self.step {
                Step::Confirm { leaves } => leaves.get(render)?.1,
                _ => *self.turn.get(*at)?,
            };
            Some((&leaf.path, leaf.probes.get(turn)?))
        });
        let mut values = yaml::block(&leaf::changed(&self.values, changes), 0);
        values.push('\n');
        ToRender { values }
    }

    /// Takes what came of the last [`ask`](Self::ask), in its order.
    pub fn take(&mut self, results: Vec<Rendered>) {
        let results: Vec<Result<Difference, Refusal>> = results
            .into_iter()
            .map(|result| match result {
                Rendered::Text(text) => Ok(self.base.compare(&text, &self.marks)),
                Rendered::Refused(said) => Err(Refusal::read(&said, &self.chart)),
            })
            .collect();
        let asked = std::mem::take(&mut self.asked);
        match std::mem::replace(&mut self.step, Step::Done) {
            Step::Marks { round, .. } => self.take_marks(round, &asked, &results),
            Step::Pairs { round, leaves } => self.take_pairs(round, &leaves, &asked, &results),
            Step::Singles { .. } => self.take_singles(&asked, &results),
            Step::Confirm { .. } => {
                for (group, result) in asked.iter().zip(&results) {
                    self.judge_alone(group[0], result);
                }
            }
            Step::Done => {}
        }
    }

    fn take_marks(
        &mut self,
        round: usize,
        asked: &[Vec<usize>],
        results: &[Result<Difference, Refusal>],
    ) {
        let mut groups = Vec::new();
        let mut refused = false;
        for (group, result) in asked.iter().zip(results) {
            if let [leaf] = group.as_slice() {
                self.judge_alone(*leaf, result);
                continue;
            }
            match result {
                Ok(difference) => {
                    for leaf in group.iter().filter(|leaf| difference.shown.contains(leaf)) {
                        self.prove(*leaf, Evidence::Mark);
                    }
                    let rest = self.open(group);
                    if difference.changed.is_empty() {
                        // All of them together change nothing: each has had its turn.
                        rest.iter().for_each(|leaf| self.turn[*leaf] += 1);
                    } else if rest.len() * 2 <= group.len() {
                        groups.push(rest);
                    } else {
                        groups.extend(halves(&rest));
                    }
                }
                Err(refusal) => {
                    refused = true;
                    // Whom the message names is left for later, and the others go on without.
                    let (named, rest) = self.named(group, refusal);
                    if named.is_empty() {
                        groups.extend(halves(&rest));
                    } else {
                        groups.push(rest);
                    }
                }
            }
        }
        let rounds = if refused { REFUSED_ROUNDS } else { MARK_ROUNDS };
        self.step = if round + 1 < rounds && !groups.is_empty() {
            Step::Marks {
                round: round + 1,
                groups,
            }
        } else {
            self.first_pairs()
        };
    }

    /// Splits a group into the leaves that a refusal names, by their mark or by their path, and the others.
    fn named(&self, group: &[usize], refusal: &Refusal) -> (Vec<usize>, Vec<usize>) {
        let marked = self
            .marks
            .restore(&refusal.message)
            .map(|restored| restored.owners)
            .unwrap_or_default();
        group.iter().partition(|leaf| {
            marked.contains(leaf)
                || refusal.paths.iter().any(|path| {
                    let own = &self.leaves[**leaf].path;
                    // A path near the root names everything, and so nobody.
                    own.is_within(path) && own.steps().len() <= path.steps().len() + 1
                })
        })
    }

    fn first_pairs(&self) -> Step {
        let open = self.open(&(0..self.leaves.len()).collect::<Vec<_>>());
        if open.len() <= FEW {
            return self.singles(open);
        }
        Step::Pairs {
            round: 0,
            leaves: open,
        }
    }

    fn take_pairs(
        &mut self,
        round: usize,
        leaves: &[usize],
        asked: &[Vec<usize>],
        results: &[Result<Difference, Refusal>],
    ) {
        // By place: in which renders it differs.
        let mut patterns: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (render, result) in results.iter().enumerate() {
            for place in result
                .iter()
                .flat_map(|difference| difference.changed.keys())
            {
                patterns.entry(place).or_default().push(render);
            }
        }
        let mut proving: BTreeSet<[usize; 2]> = BTreeSet::new();
        for (place, renders) in patterns {
            if let [first, second] = renders.as_slice()
                && let (Ok(one), Ok(other)) = (&results[*first], &results[*second])
                && one.changed.get(place) == other.changed.get(place)
            {
                proving.insert([*first, *second]);
            }
        }
        let mut proven = 0;
        for leaf in leaves {
            let renders: Vec<usize> = (0..asked.len())
                .filter(|render| asked[*render].contains(leaf))
                .collect();
            let shown = |render: &&usize| matches!(&results[**render], Ok(difference) if difference.shown.contains(leaf));
            if let [first, second] = renders.as_slice()
                && (proving.contains(&[*first, *second]) || [first, second].iter().any(shown))
            {
                self.prove(*leaf, Evidence::Pattern);
                proven += 1;
            }
        }
        let mut open = self.open(leaves);
        let again = round < 2 && open.len() > FEW && proven * 3 >= leaves.len();
        self.step = if again {
            // Other neighbours, so that what two leaves do to each other is seen apart.
            let middle = open.len() / 2;
            let late = open.split_off(middle);
            let mixed = late
                .iter()
                .rev()
                .zip(open.iter().map(Some).chain(std::iter::repeat(None)))
                .flat_map(|(one, other)| std::iter::once(*one).chain(other.copied()))
                .collect();
            Step::Pairs {
                round: round + 1,
                leaves: mixed,
            }
        } else {
            // What shared a render that was refused is likely to be read, and so goes alone at once.
            let (apart, quiet) = open.into_iter().partition(|leaf| {
                let mut renders = asked.iter().zip(results);
                renders.any(|(group, result)| result.is_err() && group.contains(leaf))
            });
            let apart: Vec<usize> = apart;
            let mut groups: Vec<Vec<usize>> = apart.into_iter().map(|leaf| vec![leaf]).collect();
            groups.extend(self.grouped(quiet));
            Step::Singles { groups }
        };
    }

    fn singles(&self, open: Vec<usize>) -> Step {
        Step::Singles {
            groups: self.grouped(open),
        }
    }

    /// Puts leaves that have something left to try into small groups, or alone if they are few.
    fn grouped(&self, open: Vec<usize>) -> Vec<Vec<usize>> {
        let left: Vec<usize> = open
            .into_iter()
            .filter(|leaf| self.turn[*leaf] < self.leaves[*leaf].probes.len())
            .collect();
        let size = if left.len() <= FEW { 1 } else { GROUP };
        left.chunks(size).map(<[usize]>::to_vec).collect()
    }

    fn take_singles(&mut self, asked: &[Vec<usize>], results: &[Result<Difference, Refusal>]) {
        let mut groups = Vec::new();
        let mut next = Vec::new();
        for (group, result) in asked.iter().zip(results) {
            if let [leaf] = group.as_slice() {
                self.judge_alone(*leaf, result);
                next.push(*leaf);
                continue;
            }
            match result {
                Ok(difference) if difference.changed.is_empty() => {
                    for leaf in group {
                        self.turn[*leaf] += 1;
                        next.push(*leaf);
                    }
                }
                _ => groups.extend(group.iter().map(|leaf| vec![*leaf])),
            }
        }
        // What is apart now is decided before the next way of changing is tried.
        groups.extend(self.grouped(self.open(&next)));
        self.step = Step::Singles { groups };
    }

    /// Says what the change of one leaf alone tells.
    fn judge_alone(&mut self, leaf: usize, result: &Result<Difference, Refusal>) {
        self.turn[leaf] += 1;
        match result {
            Ok(difference) => {
                self.alone[leaf] = true;
                if !difference.changed.is_empty() {
                    self.prove(leaf, Evidence::Alone);
                }
            }
            Err(refusal) if refusal.kind == Kind::Template => self.prove(leaf, Evidence::Refused),
            Err(_) => {}
        }
    }

    fn prove(&mut self, leaf: usize, evidence: Evidence) {
        if let Some(known) = self.known.get_mut(leaf) {
            known.get_or_insert(evidence);
        }
    }

    /// Returns those that are not proven yet.
    fn open(&self, leaves: &[usize]) -> Vec<usize> {
        leaves
            .iter()
            .copied()
            .filter(|leaf| self.known[*leaf].is_none())
            .collect()
    }

    /// Goes on from a step that has nothing left to ask.
    fn advance(&mut self) {
        let all: Vec<usize> = (0..self.leaves.len()).collect();
        self.step = match &self.step {
            Step::Marks { .. } => self.first_pairs(),
            Step::Pairs { .. } => self.singles(self.open(&all)),
            Step::Singles { .. } => {
                // Two changes can hide each other, so what only ever changed in a group gets its own chance.
                let doubtful = self
                    .open(&all)
                    .into_iter()
                    .filter(|leaf| !self.alone[*leaf]);
                Step::Confirm {
                    leaves: doubtful
                        .flat_map(|leaf| {
                            let last = self.leaves[leaf].probes.len() - 1;
                            BTreeSet::from([0, last])
                                .into_iter()
                                .map(move |turn| (leaf, turn))
                        })
                        .collect(),
                }
            }
            Step::Confirm { .. } | Step::Done => Step::Done,
        };
    }

    /// Returns what is known of every leaf.
    pub fn finish(self) -> Report {
        let leaves = self
            .leaves
            .iter()
            .enumerate()
            .map(|(at, leaf)| {
                let verdict = match self.known[at] {
                    known if leaf.is_default => Verdict::Default {
                        read: known.is_some(),
                    },
                    Some(evidence) => Verdict::Proven(evidence),
                    None if self.alone[at] && self.turn[at] >= leaf.probes.len() => Verdict::Dead,
                    None => Verdict::Undecided,
                };
                Judged {
                    path: leaf.path.clone(),
                    verdict,
                }
            })
            .collect();
        Report {
            leaves,
            renders: self.renders,
            objects: self.base.objects(),
        }
    }
}

/// Splits a group in two.
fn halves(group: &[usize]) -> Vec<Vec<usize>> {
    let (one, other) = group.split_at(group.len().div_ceil(2));
    vec![one.to_vec(), other.to_vec()]
}

/// Puts each leaf into two renders, no two leaves into the same two; as few renders as that takes.
fn pairs(leaves: &[usize]) -> Vec<Vec<usize>> {
    let renders = (2..)
        .find(|renders| renders * (renders - 1) / 2 >= leaves.len())
        .unwrap_or(2);
    let mut groups = vec![Vec::new(); renders];
    // By distance, so that the renders fill evenly.
    let all = (1..renders)
        .flat_map(|distance| (0..renders - distance).map(move |first| (first, first + distance)));
    for (leaf, (first, second)) in leaves.iter().zip(all) {
        groups[first].push(*leaf);
        groups[second].push(*leaf);
    }
    groups.retain(|group| !group.is_empty());
    groups
}
