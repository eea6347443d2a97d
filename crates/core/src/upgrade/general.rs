//! What differs between two contracts, whoever sets it.

use super::fit::default;
use super::state::{State, is_kubernetes, keys, types};
use super::{Change, Kind};
use crate::contract::{Additional, Contract, Literal, Schema};
use crate::values::Path;

/// No contract nests deeper.
const DEEPEST: usize = 14;

/// All differences.
pub(super) struct General {
    pub(super) changes: Vec<Change>,
}

/// Compares two contracts key by key, in the order of the new one; what is gone follows the map it was in.
pub(super) fn compare(from: &Contract, to: &Contract) -> General {
    let mut walk = Walk {
        from,
        to,
        found: Vec::new(),
    };
    walk.both(&Path::default(), &from.schema, &to.schema);
    General {
        changes: walk.found,
    }
}

struct Walk<'a> {
    from: &'a Contract,
    to: &'a Contract,
    found: Vec<Change>,
}

impl<'a> Walk<'a> {
    fn both(&mut self, path: &Path, from: &'a Schema, to: &'a Schema) {
        let (old_root, new_root) = (&self.from.schema, &self.to.schema);
        let (before, after) = (types(from, old_root), types(to, new_root));
        if before != after && !before.is_any() && !after.is_any() {
            let kind = Kind::ChangesType {
                from: before.words(),
                to: after.words(),
            };
            // Whether null is taken too is no news.
            if before.words() != after.words() {
                self.push(path, kind, String::new());
            }
        }
        if let (Some(old), Some(new)) = (default(from, old_root), default(to, new_root))
            && old != new
        {
            let kind = Kind::ChangesDefault {
                from: old.clone(),
                to: new.clone(),
            };
            self.push(path, kind, String::new());
        }
        if path.steps().len() >= DEEPEST || is_kubernetes(from) || is_kubernetes(to) {
            return;
        }
        let listed = keys(to, new_root);
        for (name, property) in &listed {
            let path = path.key(name);
            let old = State::Read(from).step(name, old_root);
            match (old, State::of(property, new_root)) {
                (State::Read(old), State::Read(new)) => self.both(&path, old, new),
                (State::Read(_), State::Dead(dead)) => {
                    let why = dead.dead().unwrap_or_default().to_owned();
                    self.push(&path, Kind::Removed, why);
                }
                (State::Unknown | State::Dead(_), State::Read(new)) => {
                    let own = default(new, new_root).filter(|own| **own != Literal::Null);
                    let evidence = own.map_or_else(String::new, |own| {
                        format!("its own value is `{}`", own.shown())
                    });
                    self.push(&path, Kind::New, evidence);
                }
                _ => {}
            }
        }
        for (name, property) in keys(from, old_root) {
            let is_read = matches!(State::of(property, old_root), State::Read(_));
            let now = State::Read(to).step(name, new_root);
            if is_read && matches!(now, State::Unknown) {
                self.push(&path.key(name), Kind::Removed, String::new());
            }
        }
        let old = &from.resolve(old_root).additional;
        let new = &to.resolve(new_root).additional;
        if let (Additional::Schema(old), Additional::Schema(new)) = (old, new) {
            self.both(&path.key("*"), old, new);
        }
    }

    fn push(&mut self, path: &Path, kind: Kind, evidence: String) {
        self.found.push(Change {
            path: path.clone(),
            kind,
            evidence,
            proposals: Vec::new(),
            key: None,
            values: 0,
            ours: false,
        });
    }
}
