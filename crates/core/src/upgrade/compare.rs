//! The walk over what is set, with both contracts at hand.

use super::fit::{default, misfits};
use super::general::{self, General};
use super::moves::{Index, parent};
use super::rank::{self, Lost};
use super::state::{State, keys, takes_maps, types};
use super::{Change, Kind, Proposal, Sureness, Unsaid, Upgrade};
use crate::contract::{Additional, Contract, Literal, Schema};
use crate::diagnostic::Diagnostic;
use crate::source::Location;
use crate::values::Path;
use crate::yaml::{Entry, Map, Node, Value};

/// Says what another version of a chart makes of values.
///
/// # Examples
///
/// ```
/// use helmwright::contract::Contract;
/// use helmwright::source::Source;
/// use helmwright::upgrade::{Kind, Sureness, compare};
/// use helmwright::yaml;
///
/// let tls = r#"{"type": "object", "additionalProperties": false,
///     "properties": {"certResolver": {"type": "string"}, "options": {"type": "string"}}}"#;
/// let contract = |version: &str, inner: String| {
///     Contract::from_json(&format!(
///         r#"{{"title": "demo {version}", "type": "object", "additionalProperties": false,
///             "properties": {{"port": {{"type": "object", "additionalProperties": false,
///             "properties": {inner}}}}}}}"#
///     ))
/// };
/// let from = contract("1.0.0", format!(r#"{{"tls": {tls}}}"#))?;
/// let to = contract("2.0.0", format!(
///     r#"{{"http": {{"type": "object", "additionalProperties": false, "properties": {{"tls": {tls}}}}}}}"#
/// ))?;
/// let mine = Source::new("mine.yaml", "port:\n  tls:\n    options: strict\n");
/// let mine = yaml::read(&mine).expect("it is YAML");
/// let upgrade = compare(&from, &to, &mine);
/// assert_eq!(upgrade.changes[0].kind, Kind::Moves);
/// assert_eq!(upgrade.changes[0].proposals[0].path.to_string(), "port.http.tls");
/// assert_eq!(upgrade.changes[0].proposals[0].sureness, Sureness::Certain);
/// # Ok::<(), helmwright::contract::Error>(())
/// ```
pub fn compare(from: &Contract, to: &Contract, mine: &Node) -> Upgrade {
    let mut walk = Walk {
        from,
        to,
        mine,
        index: Index::new(from, to, mine),
        changes: Vec::new(),
        unsaid: Vec::new(),
    };
    walk.map(
        &Path::default(),
        None,
        mine,
        State::Read(&from.schema),
        &to.schema,
    );
    let (changes, unsaid) = (walk.changes, walk.unsaid);
    let General { changes: general } = general::compare(from, to);
    let beside = beside(&general, mine);
    Upgrade {
        from: format!("{} {}", from.chart, from.version),
        to: format!("{} {}", to.chart, to.version),
        changes,
        keys: mine.as_map().map_or(0, |map| {
            map.values().map(|entry| values(&entry.value)).sum()
        }),
        unsaid,
        general,
        beside,
    }
}

/// Returns which changed defaults lie in top-level maps that something is set in, and are not set themselves.
fn beside(general: &[Change], mine: &Node) -> Vec<usize> {
    general
        .iter()
        .enumerate()
        .filter(|(_, change)| matches!(change.kind, Kind::ChangesDefault { .. }))
        .filter(|(_, change)| {
            let keys = change.path.keys();
            let in_touched = keys.len() > 1
                && keys
                    .first()
                    .and_then(|key| mine.get(key))
                    .is_some_and(|node| node.as_map().is_some_and(|map| !map.is_empty()));
            in_touched && change.path.find(mine).is_none()
        })
        .map(|(at, _)| at)
        .collect()
}

/// Counts what is set: single values, lists and empty maps.
fn values(node: &Node) -> usize {
    match &node.value {
        Value::Map(map) if !map.is_empty() => map.values().map(|entry| values(&entry.value)).sum(),
        _ => 1,
    }
}

struct Walk<'a> {
    from: &'a Contract,
    to: &'a Contract,
    mine: &'a Node,
    index: Index<'a>,
    changes: Vec<Change>,
    unsaid: Vec<Unsaid>,
}

impl<'a> Walk<'a> {
    /// Looks at every key of a map that both versions may know, and at what the new one needs there.
    fn map(
        &mut self,
        path: &Path,
        key: Option<&Location>,
        node: &Node,
        from: State<'a>,
        to: &'a Schema,
    ) {
        let Value::Map(map) = &node.value else {
            return;
        };
        self.required(path, key.unwrap_or(&node.location), map, from, to);
        for (name, entry) in map {
            let before = self.changes.len();
            let path = path.key(name);
            let old = from.step(name, &self.from.schema);
            let new = State::Read(to).step(name, &self.to.schema);
            self.key(&path, entry, old, new);
            if self.changes.len() == before {
                self.unlisted(&path, name, entry, from, to);
            }
        }
    }

    /// Tells of a key that the old version has by name and the new one only as any other.
    fn unlisted(
        &mut self,
        path: &Path,
        name: &str,
        entry: &Entry,
        from: State<'a>,
        to: &'a Schema,
    ) {
        let State::Read(from) = from else {
            return;
        };
        let has = |schema: &'a Schema, root: &'a Schema| {
            let mut listed = keys(schema, root).into_iter();
            listed.any(|(known, _)| known == name)
        };
        let root = &self.to.schema;
        let any = matches!(to.resolve(root).additional, Additional::Schema(_));
        if any && has(from, &self.from.schema) && !has(to, root) {
            let evidence = format!(
                "{} has values of its own for it; {} has none, and reads a key of any name there",
                self.from.version, self.to.version
            );
            self.push(path, entry, Kind::Unlisted, evidence, Vec::new());
        }
    }

    fn key(&mut self, path: &Path, entry: &Entry, from: State<'a>, to: State<'a>) {
        match (from, to) {
            (State::Read(_) | State::Open(_), State::Unknown | State::Dead(_)) => {
                let mut found = Vec::new();
                self.lost(path, entry, from, to, &mut found);
                self.changes.append(&mut found);
            }
            (State::Unknown | State::Dead(_), State::Unknown | State::Dead(_)) => {
                if !is_idle(from, entry) || !is_idle(to, entry) {
                    let evidence = match (from, to) {
                        (State::Unknown, State::Unknown) => format!(
                            "neither {} nor {} has such a key",
                            self.from.version, self.to.version
                        ),
                        _ => format!(
                            "{}, and {}",
                            says(&self.from.version, from),
                            says(&self.to.version, to)
                        ),
                    };
                    let places = self.proposals(path, &entry.value, from);
                    self.push(path, entry, Kind::Ignored, evidence, places);
                }
            }
            (State::Unknown | State::Dead(_), State::Read(_)) => {
                let evidence = format!(
                    "{}, and {} reads it",
                    says(&self.from.version, from),
                    self.to.version
                );
                self.push(path, entry, Kind::Wakes, evidence, Vec::new());
            }
            (_, State::Open(why)) => self.unsaid(path, &entry.value, &self.to.version, why),
            (State::Open(why), State::Read(schema)) => {
                self.unsaid(path, &entry.value, &self.from.version, why);
                self.both(path, entry, from, schema);
            }
            (State::Read(_), State::Read(schema)) => self.both(path, entry, from, schema),
        }
    }

    /// Looks at a key that both versions read.
    fn both(&mut self, path: &Path, entry: &Entry, from: State<'a>, to: &'a Schema) {
        let node = &entry.value;
        if node.as_map().is_some_and(|map| !map.is_empty()) && takes_maps(to, &self.to.schema) {
            self.map(path, Some(&entry.key), node, from, to);
            return;
        }
        let before = match from {
            State::Read(_) => misfits(self.from, path, node),
            _ => Vec::new(),
        };
        let same = |one: &Diagnostic, other: &Diagnostic| {
            one.id == other.id
                && one.location().map(|place| place.span)
                    == other.location().map(|place| place.span)
        };
        let wrong = misfits(self.to, path, node)
            .into_iter()
            .find(|found| before.iter().all(|known| !same(known, found)));
        let words = |schema: &Schema, root: &Schema| types(schema, root).words();
        if let Some(wrong) = wrong {
            let evidence = wrong.message.clone();
            if matches!(&*wrong.id, "contract/unknown-key" | "contract/dead-key") {
                self.push(path, entry, Kind::Dies, evidence, Vec::new());
                return;
            }
            let (old, new) = (
                match from {
                    State::Read(schema) => words(schema, &self.from.schema),
                    _ => "anything".to_owned(),
                },
                words(to, &self.to.schema),
            );
            let evidence = if old == new {
                evidence
            } else {
                format!(
                    "{} takes {old}, {} takes {new}",
                    self.from.version, self.to.version
                )
            };
            let kind = Kind::ChangesType { from: old, to: new };
            let fits = |path: &Path| misfits(self.to, path, node).is_empty();
            let inside = rank::inside(path, node, to, self.to, fits);
            self.push(path, entry, kind, evidence, inside);
            return;
        }
        let State::Read(from) = from else {
            return;
        };
        let (before, after) = (
            default(from, &self.from.schema),
            default(to, &self.to.schema),
        );
        if before.is_some_and(|old| *old != Literal::Null)
            && after.is_none()
            && types(to, &self.to.schema).is_any()
            && !types(from, &self.from.schema).is_any()
        {
            let evidence = format!(
                "{} has a value of its own for it; {} has none, and a template still asks for it, perhaps to refuse it",
                self.from.version, self.to.version
            );
            self.push(path, entry, Kind::Unlisted, evidence, Vec::new());
            return;
        }
        if let (Some(old), Some(new)) = (before, after)
            && old != new
            && *old != Literal::Null
            && old.to_json() == node.to_json()
        {
            let evidence = format!(
                "{}'s own value is `{}`, {}'s is `{}`",
                self.from.version,
                old.shown(),
                self.to.version,
                new.shown()
            );
            let kind = Kind::ChangesDefault {
                from: old.clone(),
                to: new.clone(),
            };
            self.push(path, entry, kind, evidence, Vec::new());
        }
    }

    /// Looks at a key that the new version does not read: where it went as a whole, or else what is below it.
    fn lost(
        &self,
        path: &Path,
        entry: &Entry,
        from: State<'a>,
        to: State<'a>,
        found: &mut Vec<Change>,
    ) {
        if matches!(to, State::Dead(_)) && entry.value.value == Value::Null {
            return;
        }
        let whole = self.proposals(path, &entry.value, from);
        let is_sure = whole
            .first()
            .is_some_and(|best| best.sureness >= Sureness::Likely);
        let map = entry.value.as_map().filter(|map| !map.is_empty());
        if let (Some(map), false) = (map, is_sure) {
            let mut below = Vec::new();
            for (name, entry) in map {
                let from = from.step(name, &self.from.schema);
                self.lost(&path.key(name), entry, from, to, &mut below);
            }
            let moved = below.iter().any(|change| {
                let best = change.proposals.first();
                best.is_some_and(|best| best.sureness >= Sureness::Likely)
            });
            if moved {
                found.append(&mut below);
                return;
            }
        }
        let kind = if whole.is_empty() {
            Kind::Dies
        } else {
            Kind::Moves
        };
        let evidence = match from {
            State::Open(why) => format!(
                "{} takes any key there ({why}), and {}",
                self.from.version,
                says(&self.to.version, to)
            ),
            _ => format!(
                "{} reads it, and {}",
                self.from.version,
                says(&self.to.version, to)
            ),
        };
        found.push(change(path, entry, kind, evidence, whole));
    }

    fn proposals(&self, path: &Path, node: &Node, old: State<'a>) -> Vec<Proposal> {
        let lost = Lost {
            path,
            node,
            old,
            mine: self.mine,
        };
        rank::proposals(&lost, &self.index, self.from, self.to, |place| {
            misfits(self.to, place, node).is_empty()
        })
    }

    /// Looks for keys that the new version needs in a map, and the old one did not.
    fn required(
        &mut self,
        path: &Path,
        place: &Location,
        map: &Map,
        from: State<'a>,
        to: &'a Schema,
    ) {
        let needed = |schema: &'a Schema, root: &'a Schema| {
            let rare = schema.resolve(root).rare();
            rare.map_or(&[] as &[Box<str>], |rare| &rare.required)
        };
        let before = match from {
            State::Read(schema) => needed(schema, &self.from.schema),
            _ => &[],
        };
        let root = &self.to.schema;
        for name in needed(to, root) {
            let own = to
                .property(name, root)
                .and_then(|property| default(property, root));
            if before.contains(name)
                || map.contains_key(&**name)
                || own.is_some_and(|own| *own != Literal::Null)
            {
                continue;
            }
            self.changes.push(Change {
                path: path.key(name),
                kind: Kind::BecomesRequired,
                evidence: format!(
                    "{} needs it, has no value of its own for it, and nothing sets it",
                    self.to.version
                ),
                proposals: Vec::new(),
                key: Some(place.clone()),
                values: 0,
                ours: false,
            });
        }
    }

    fn unsaid(&mut self, path: &Path, node: &Node, version: &str, why: &str) {
        // The map is what matters; its keys are counted.
        let map = parent(path);
        let known = self
            .unsaid
            .iter_mut()
            .find(|known| map.is_within(&known.path) && known.version == version);
        match known {
            Some(known) => known.values += values(node),
            None => self.unsaid.push(Unsaid {
                path: map,
                version: version.to_owned(),
                why: why.to_owned(),
                values: values(node),
            }),
        }
    }

    fn push(
        &mut self,
        path: &Path,
        entry: &Entry,
        kind: Kind,
        evidence: String,
        proposals: Vec<Proposal>,
    ) {
        debug_assert!(path.find(self.mine).is_some());
        self.changes
            .push(change(path, entry, kind, evidence, proposals));
    }
}

fn change(
    path: &Path,
    entry: &Entry,
    kind: Kind,
    evidence: String,
    proposals: Vec<Proposal>,
) -> Change {
    Change {
        path: path.clone(),
        kind,
        evidence,
        proposals,
        key: Some(entry.key.clone()),
        values: values(&entry.value),
        ours: false,
    }
}

/// Returns whether setting a dead key says nothing: it is null, or the chart's own value.
fn is_idle(state: State<'_>, entry: &Entry) -> bool {
    let State::Dead(schema) = state else {
        return false;
    };
    let rare = schema.rare();
    let allowed = rare.and_then(|rare| rare.allowed.as_deref());
    let constant = rare.and_then(|rare| rare.constant.as_ref());
    let value = entry.value.to_json();
    entry.value.value == Value::Null
        || allowed
            .unwrap_or_default()
            .iter()
            .chain(constant)
            .any(|literal| literal.to_json() == value)
}

/// Says what a version makes of a key that it does not read.
fn says(version: &str, state: State<'_>) -> String {
    match state {
        State::Dead(schema) => match schema.dead() {
            Some(why) => format!("{version} does not read it ({why})"),
            None => format!("{version} does not read it"),
        },
        _ => format!("{version} has no such key"),
    }
}
