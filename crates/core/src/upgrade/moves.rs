//! Where a key may have gone: all places of the new version, found by name.

use std::collections::BTreeMap;

use super::state::{State, is_kubernetes, keys};
use super::words::{fold, last_word, words};
use crate::contract::{Additional, Contract, Schema};
use crate::values::Path;
use crate::yaml::Node;

/// No contract nests deeper.
const DEEPEST: usize = 14;
/// No contract has more places; a ring of references ends here.
const MOST: usize = 60_000;

/// A place that the new version reads.
#[derive(Debug)]
pub(super) struct Spot<'a> {
    pub(super) path: Path,
    pub(super) schema: &'a Schema,
    /// Whether the old version did not read it; none if that cannot be known.
    pub(super) new: Option<bool>,
    pub(super) words: Vec<String>,
}

/// All places that the new version reads, by their names.
#[derive(Debug)]
pub(super) struct Index<'a> {
    pub(super) spots: Vec<Spot<'a>>,
    by_name: BTreeMap<String, Vec<usize>>,
    by_last_word: BTreeMap<String, Vec<usize>>,
    by_parent: BTreeMap<Path, Vec<usize>>,
    /// By the whole path without dots, for flags that spell it.
    by_spelling: BTreeMap<String, usize>,
}

impl<'a> Index<'a> {
    /// Lists the places. Where any name may stand, those that are set are taken.
    pub(super) fn new(from: &'a Contract, to: &'a Contract, mine: &Node) -> Self {
        let mut index = Self {
            spots: Vec::new(),
            by_name: BTreeMap::new(),
            by_last_word: BTreeMap::new(),
            by_parent: BTreeMap::new(),
            by_spelling: BTreeMap::new(),
        };
        let roots = Roots { from, to };
        index.fill(
            &roots,
            &Path::default(),
            State::Read(&from.schema),
            &to.schema,
            Some(mine),
        );
        for (at, spot) in index.spots.iter().enumerate() {
            let keys = spot.path.keys();
            let name = keys.last().copied().unwrap_or_default();
            index.by_name.entry(fold(name)).or_default().push(at);
            index
                .by_last_word
                .entry(last_word(name))
                .or_default()
                .push(at);
            index
                .by_parent
                .entry(parent(&spot.path))
                .or_default()
                .push(at);
            index.by_spelling.entry(fold(&keys.concat())).or_insert(at);
        }
        index
    }

    fn fill(
        &mut self,
        roots: &Roots<'a>,
        path: &Path,
        old: State<'a>,
        schema: &'a Schema,
        mine: Option<&Node>,
    ) {
        // What Kubernetes reads is the same everywhere, and nothing of a chart moves into it.
        if path.steps().len() >= DEEPEST || is_kubernetes(schema) {
            return;
        }
        let root = &roots.to.schema;
        let listed = keys(schema, root);
        let mut below: Vec<(String, &'a Schema)> = listed
            .iter()
            .map(|(name, property)| ((*name).to_owned(), *property))
            .collect();
        if let (Additional::Schema(other), Some(map)) = (
            &schema.resolve(root).additional,
            mine.and_then(Node::as_map),
        ) {
            let own = map
                .keys()
                .filter(|name| listed.iter().all(|(known, _)| known != name));
            below.extend(own.map(|name| (name.clone(), &**other)));
        }
        for (name, property) in below {
            if self.spots.len() >= MOST {
                return;
            }
            if State::of(property, root).is_gone() {
                continue;
            }
            let path = path.key(&name);
            let old = old.step(&name, &roots.from.schema);
            self.spots.push(Spot {
                words: words(path.keys()),
                path: path.clone(),
                schema: property,
                new: match old {
                    State::Open(_) => None,
                    old => Some(old.is_gone()),
                },
            });
            self.fill(
                roots,
                &path,
                old,
                property,
                mine.and_then(|node| node.get(&name)),
            );
        }
    }

    /// Returns the places that a key may have gone to: same name, same last word, or same map.
    pub(super) fn candidates(&self, path: &Path) -> Vec<&Spot<'a>> {
        let keys = path.keys();
        let name = keys.last().copied().unwrap_or_default();
        let mut found: Vec<usize> = [
            self.by_name.get(&fold(name)),
            self.by_last_word.get(&last_word(name)),
            self.by_parent.get(&parent(path)),
        ]
        .into_iter()
        .flatten()
        .flatten()
        .copied()
        .collect();
        found.sort_unstable();
        found.dedup();
        found.iter().filter_map(|at| self.spots.get(*at)).collect()
    }

    /// Returns how many places have a name.
    pub(super) fn named(&self, name: &str) -> usize {
        self.by_name.get(&fold(name)).map_or(0, Vec::len)
    }

    /// Returns the place that a flag spells: `--global.checkNewVersion=false`.
    pub(super) fn spelled(&self, flag: &str) -> Option<&Spot<'a>> {
        let name = flag.strip_prefix("--")?.split('=').next()?;
        let at = self.by_spelling.get(&fold(name))?;
        self.spots.get(*at)
    }
}

struct Roots<'a> {
    from: &'a Contract,
    to: &'a Contract,
}

/// Returns the path of the map that a key is in.
pub(super) fn parent(path: &Path) -> Path {
    let keys = path.keys();
    let above = keys.split_last().map_or(&[] as &[&str], |(_, above)| above);
    above
        .iter()
        .fold(Path::default(), |path, key| path.key(key))
}
