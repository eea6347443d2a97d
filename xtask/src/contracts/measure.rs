//! Measures contracts on values that people write: which mistakes they refuse, and whether they refuse what is right.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use helmwright::contract::Contract;
use helmwright::diagnostic::Diagnostic;
use helmwright::yaml::{Map, Node, Value};

use super::agree::Second;
use super::charts::Found;
use super::documents::{self, Document};
use super::judged::{self, Judged};
use super::mutate::{Moved, Mutant, moved, replaced, typo, wrong_values};
use super::place::{Step, at, paths, pattern};
use super::shape::{Lost, Nodes, Shape, Taken};
use super::{build, kept};

/// What a contract did with a mistake; of several instances of a place the last in this order counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It refused it.
    Refused,
    /// The chart reads a key of that name there too, with such a value.
    ReadThere,
    /// The names there are the user's choice.
    Choice,
    /// It stands below a key that is refused as it is.
    Moot,
    /// It took it.
    Missed(Lost),
}

/// What was found at a leaf.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leaf {
    /// Whether a type is claimed, wherever it stands.
    pub(crate) claimed: bool,
    /// Where the contract no longer says anything, if that is why none is claimed.
    pub(crate) lost: Option<Lost>,
}

/// Everything measured of one chart version.
pub(crate) struct Measured {
    pub(crate) chart: String,
    pub(crate) version: String,
    /// The files whose keys were changed.
    pub(crate) files: Vec<String>,
    /// Whether that is only the chart's own defaults, for want of others.
    pub(crate) only_defaults: bool,
    pub(crate) left_out: Vec<(String, String)>,
    pub(crate) unreadable: Vec<(String, String)>,
    /// By place; the typo and the move.
    pub(crate) typos: BTreeMap<String, Outcome>,
    pub(crate) moves: BTreeMap<String, Outcome>,
    /// Places whose key cannot move, since one of that name stands above.
    pub(crate) immovable: BTreeSet<String>,
    pub(crate) leaves: BTreeMap<String, Leaf>,
    /// Places where a type is claimed, with the wrong kinds that were taken all the same.
    pub(crate) wrong_types: BTreeMap<String, BTreeSet<&'static str>>,
    pub(crate) nodes: Nodes,
    /// Findings on files as they are: file, and what was said.
    pub(crate) alarms: Vec<(String, String)>,
    /// Findings that were judged right: file, what was said, and why it is right.
    pub(crate) right: Vec<(String, String, String)>,
    /// Findings on what the chart's unit tests set, those left out that were judged right.
    pub(crate) on_unit_tests: Vec<(String, String)>,
    pub(crate) unit_tests: usize,
    /// How often a second validator was asked, and where it thought otherwise.
    pub(crate) asked: usize,
    pub(crate) differences: BTreeSet<String>,
    pub(crate) build_time: Duration,
    pub(crate) load_time: Duration,
    pub(crate) bytes: usize,
}

/// Measures the contracts of charts, two at a time or as many as the machine has processors.
pub(crate) fn all(found: &[Found], committed: bool, agree: bool) -> Result<Vec<Measured>> {
    let judged = judged::all()?;
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    // Times are taken alone, so that they do not disturb each other.
    let mut subjects = Vec::new();
    for found in found {
        if let Some(subject) = prepare(found, committed)? {
            subjects.push(subject);
        }
    }
    let next = std::sync::Mutex::new(subjects.into_iter().enumerate());
    let mut measured = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = Vec::new();
                    loop {
                        let one = next.lock().ok().and_then(|mut next| next.next());
                        let Some((index, subject)) = one else {
                            return done;
                        };
                        done.push((index, subject.measure(&judged, agree)));
                    }
                })
            })
            .collect();
        let mut measured: Vec<(usize, Result<Measured>)> = Vec::new();
        for thread in threads {
            let done = thread
                .join()
                .map_err(|_| anyhow!("a measurement broke off"))?;
            measured.extend(done);
        }
        anyhow::Ok(measured)
    })?;
    measured.sort_by_key(|(index, _)| *index);
    measured.into_iter().map(|(_, measured)| measured).collect()
}

/// A contract at hand, with the times it took.
struct Subject<'a> {
    found: &'a Found,
    contract: Contract,
    build_time: Duration,
    load_time: Duration,
    text: String,
}

fn prepare(found: &Found, committed: bool) -> Result<Option<Subject<'_>>> {
    let chart = &found.chart;
    let mut fresh = build(chart)?;
    for _ in 0..2 {
        let again = build(chart)?;
        if again.took < fresh.took {
            fresh = again;
        }
    }
    let text = if committed {
        let path = kept(&chart.name, &chart.version);
        if !path.is_file() {
            println!(
                "{} {}: left out, no contract is kept",
                chart.name, chart.version
            );
            return Ok(None);
        }
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?
    } else {
        fresh.text
    };
    let mut load_time = Duration::MAX;
    let mut contract = fresh.contract;
    // Too short for the system's account of a thread; the best of many is undisturbed.
    for _ in 0..20 {
        let start = Instant::now();
        let loaded = Contract::from_json(&text)?;
        load_time = load_time.min(start.elapsed());
        contract = loaded;
    }
    Ok(Some(Subject {
        found,
        contract,
        build_time: fresh.took,
        load_time,
        text,
    }))
}

impl Subject<'_> {
    fn measure(self, judged: &[Judged], agree: bool) -> Result<Measured> {
        let second = agree.then(|| Second::new(&self.text)).transpose()?;
        let documents = documents::read(self.found)?;
        let mut measured = Measured {
            chart: self.contract.chart.clone(),
            version: self.contract.version.clone(),
            files: Vec::new(),
            only_defaults: documents.written.is_empty(),
            left_out: documents.left_out,
            unreadable: documents.unreadable,
            typos: BTreeMap::new(),
            moves: BTreeMap::new(),
            immovable: BTreeSet::new(),
            leaves: BTreeMap::new(),
            wrong_types: BTreeMap::new(),
            nodes: Nodes::of(&self.contract),
            alarms: Vec::new(),
            right: Vec::new(),
            on_unit_tests: Vec::new(),
            unit_tests: documents.unit_tests.len(),
            asked: 0,
            differences: BTreeSet::new(),
            build_time: self.build_time,
            load_time: self.load_time,
            bytes: self.text.len(),
        };
        for document in std::iter::once(&documents.defaults).chain(&documents.written) {
            for finding in self.contract.check(&document.values) {
                let said = format!("{} ({})", finding.message, finding.id);
                let name = document.name.clone();
                match judged::why(judged, &measured.chart, &measured.version, &finding.message) {
                    Some(why) => measured.right.push((name, said, why.to_owned())),
                    None => measured.alarms.push((name, said)),
                }
            }
        }
        for test in &documents.unit_tests {
            for finding in self.contract.check(&test.values) {
                let Measured { chart, version, .. } = &measured;
                if judged::why(judged, chart, version, &finding.message).is_none() {
                    let said = format!("{} ({})", finding.message, finding.id);
                    measured.on_unit_tests.push((test.name.clone(), said));
                }
            }
        }
        let changed: Vec<&Document> = if measured.only_defaults {
            vec![&documents.defaults]
        } else {
            documents.written.iter().collect()
        };
        for document in changed {
            measured.files.push(document.name.clone());
            self.change(&document.values, second.as_ref(), &mut measured);
        }
        measured.asked = second.map_or(0, |second| second.asked());
        Ok(measured)
    }

    /// Makes every mistake in every key of a document, a top key with what is below it at a time.
    fn change(&self, values: &Node, second: Option<&Second>, measured: &mut Measured) {
        for (key, entry) in values.as_map().into_iter().flatten() {
            let alone = Map::from_iter([(key.clone(), entry.clone())]);
            let part = Node::new(Value::Map(alone), values.location.clone());
            let judge = Judge {
                contract: &self.contract,
                shape: Shape::new(&self.contract),
                before: findings(&self.contract, &part),
                second,
                differences: RefCell::default(),
            };
            for path in paths(&part) {
                judge.keys(&part, &path, measured);
                judge.kinds(&part, &path, measured);
            }
            measured.differences.extend(judge.differences.into_inner());
        }
    }
}

fn findings(contract: &Contract, values: &Node) -> BTreeSet<String> {
    let said = |finding: Diagnostic| format!("{} {}", finding.id, finding.message);
    contract.check(values).into_iter().map(said).collect()
}

/// Judges mistakes in one part of a document.
struct Judge<'a> {
    contract: &'a Contract,
    shape: Shape<'a>,
    /// What is said of the part as it is.
    before: BTreeSet<String>,
    second: Option<&'a Second>,
    /// Where the second opinion is another.
    differences: RefCell<BTreeSet<String>>,
}

impl Judge<'_> {
    fn refuses(&self, values: &Node) -> bool {
        let found = findings(self.contract, values);
        if let Some(difference) = self
            .second
            .and_then(|second| second.differs(values, &found))
        {
            self.differences.borrow_mut().insert(difference);
        }
        !found.is_subset(&self.before)
    }

    /// Makes the mistakes in the name and the place of a key.
    fn keys(&self, part: &Node, path: &[Step], measured: &mut Measured) {
        if !matches!(path.last(), Some(Step::Key(_))) {
            return;
        }
        let place = pattern(path);
        if let Some(mutant) = typo(part, path, &place) {
            note(&mut measured.typos, &place, self.outcome(&mutant));
        }
        match moved(part, path) {
            Some(Moved::Mutant(mutant)) => {
                note(&mut measured.moves, &place, self.outcome(&mutant));
            }
            Some(Moved::Taken) => {
                measured.immovable.insert(place);
            }
            Some(Moved::AtTop) | None => {}
        }
    }

    fn outcome(&self, mutant: &Mutant) -> Outcome {
        if self.refuses(&mutant.values) {
            return Outcome::Refused;
        }
        match self.shape.follow(&mutant.path).1 {
            Taken::Listed => Outcome::ReadThere,
            Taken::Choice => Outcome::Choice,
            Taken::Lost(lost) => Outcome::Missed(lost),
            Taken::Refused => Outcome::Moot,
        }
    }

    /// Puts a value of every wrong kind at a place.
    fn kinds(&self, part: &Node, path: &[Step], measured: &mut Measured) {
        let Some(node) = at(part, path) else {
            return;
        };
        let place = pattern(path);
        let (places, taken) = self.shape.follow(path);
        let claimed = self.shape.claim(&places);
        let wrong = claimed.map_or_else(Vec::new, |types| wrong_values(types, node));
        let is_leaf = match &node.value {
            Value::Map(map) => map.is_empty(),
            Value::List(items) => items.is_empty(),
            _ => true,
        };
        if is_leaf && taken != Taken::Refused {
            let leaf = Leaf {
                claimed: !wrong.is_empty(),
                lost: match taken {
                    Taken::Lost(lost) => Some(lost),
                    _ => None,
                },
            };
            let known = measured
                .leaves
                .entry(place.clone())
                .or_insert_with(|| leaf.clone());
            if !leaf.claimed {
                *known = leaf;
            }
        }
        for (kind, value) in wrong {
            let known = measured.wrong_types.entry(place.clone()).or_default();
            if replaced(part, path, value).is_some_and(|values| !self.refuses(&values)) {
                known.insert(kind);
            }
        }
    }
}

/// Keeps the worst outcome of a place.
fn note(outcomes: &mut BTreeMap<String, Outcome>, place: &str, outcome: Outcome) {
    match outcomes.get_mut(place) {
        Some(known) if *known < outcome => *known = outcome,
        Some(_) => {}
        None => {
            outcomes.insert(place.to_owned(), outcome);
        }
    }
}
