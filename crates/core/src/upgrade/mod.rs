//! What another version of a chart makes of values: keys that die, move, or mean something else.
//!
//! Two contracts are compared at the keys that somebody sets. What the contracts do not tell, because a map takes
//! any key, is counted and not guessed.
//!
//! # How sure a move is
//!
//! A key that the new version does not read may be read elsewhere. Places are judged by these rules; the first
//! that holds decides.
//!
//! - A *new* place is one that the old version did not read.
//! - *Near* means one key put in between, one left out, or one of the keys above it named otherwise while half of
//!   the words above it stay.
//! - *Common* is a name that the new version reads at more than four places, such as `enabled`.
//! - The *form* is the same if the default is and tells something (a text that is not empty, a number above 1), or
//!   if four of five keys of a map are; it is unlike if no type, or less than two of five keys, is shared.
//! - A value *fits* a place if the new contract takes it there. A place that it does not fit, or of unlike form,
//!   is never proposed.
//!
//! The degrees:
//!
//! - [`Sureness::Certain`]: the same name at a near, new place; of a common name only with the same form.
//! - [`Sureness::Likely`]: any of
//!   - the same common name at a near, new place;
//!   - a new place made of the same words, some left out or added, with the same name or last word
//!     (`logs.access.enabled`, `accessLog.enabled`);
//!   - in the same map, a new key whose name is like the old one (`certResolvers`, `certificatesResolvers`);
//!   - the same name with the same form and half of the words, if no other place in the new version has both;
//!   - a flag in the value that spells the place (`--global.checkNewVersion`, `global.checkNewVersion`).
//! - [`Sureness::Guess`]: the same name, not a common one, at a new place or where half of the words agree; a key
//!   of the same map, not a new one, with a name like it.
//!
//! Where the old version takes any key, a place counts as new for all but certainty.
//!
//! A key that the old version did not read either was put in the wrong place. Likely are then: the same name one level
//! further in or out, a common one only for a map; the same name in a map whose name has the same words; a key of the
//! same map that is one letter away.
//!
//! Two places that are as good as each other are each one degree less sure. A place that is set already, and not new,
//! is not proposed. At most three are.

mod compare;
mod edit;
#[cfg(test)]
mod edit_tests;
mod environment;
mod findings;
mod fit;
mod general;
mod moves;
mod rank;
mod state;
#[cfg(test)]
mod tests;
mod words;

use crate::contract::Literal;
use crate::source::Location;
use crate::values::Path;

pub use compare::compare;
pub use environment::{Rehearsal, rehearse};
pub use findings::mend;

/// What becomes of some values when a chart changes its version.
#[derive(Clone, Debug, Default)]
pub struct Upgrade {
    /// The chart and its old version: `traefik 37.1.2`.
    pub from: String,
    /// The chart and its new version.
    pub to: String,
    /// What happens to the keys that are set, in the order of their text.
    pub changes: Vec<Change>,
    /// How many values are set, each list as one.
    pub keys: usize,
    /// Maps with keys of which nothing can be said, as a contract takes any key there.
    pub unsaid: Vec<Unsaid>,
    /// What differs between the versions, whoever sets it.
    pub general: Vec<Change>,
    /// Those of [`general`](Self::general), by index, that change a default beside keys that are set.
    pub beside: Vec<usize>,
}

/// One key with what happens to it.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where it is in the values.
    pub path: Path,
    /// What happens.
    pub kind: Kind,
    /// What the two contracts say there.
    pub evidence: String,
    /// Where the value may belong in the new version, the best first.
    pub proposals: Vec<Proposal>,
    /// Where the key stands; none if nobody sets it.
    pub key: Option<Location>,
    /// How many values are set there or below.
    pub values: usize,
    /// Whether a template of ours sets it, and not the user.
    pub ours: bool,
}

/// What happens to a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// The new version does not read it.
    Dies,
    /// The new version does not read it, and probably reads it elsewhere.
    Moves,
    /// The new version wants something else there.
    ChangesType {
        /// What the old version takes, in words.
        from: String,
        /// What the new version takes, in words.
        to: String,
    },
    /// The chart's own value changes.
    ChangesDefault {
        /// The old version's own value.
        from: Literal,
        /// The new version's own value.
        to: Literal,
    },
    /// The new version needs it, and nothing sets it.
    BecomesRequired,
    /// Neither version reads it.
    Ignored,
    /// The old version did not read it, the new one does.
    Wakes,
    /// The old version lists a key of that name; the new one does not, and reads it all the same: as any key there, or
    /// to refuse it.
    Unlisted,
    /// Only the new version has it.
    New,
    /// Only the old version has it.
    Removed,
}

impl Kind {
    /// Returns the word for it in tables and in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Dies => "dies",
            Self::Moves => "moves",
            Self::ChangesType { .. } => "type",
            Self::ChangesDefault { .. } => "default",
            Self::BecomesRequired => "required",
            Self::Ignored => "ignored",
            Self::Wakes => "wakes",
            Self::Unlisted => "unlisted",
            Self::New => "new",
            Self::Removed => "removed",
        }
    }

    /// Returns whether values that hold such a key are wrong for the new version.
    pub const fn breaks(&self) -> bool {
        matches!(
            self,
            Self::Dies | Self::Moves | Self::ChangesType { .. } | Self::BecomesRequired
        )
    }
}

/// A place where a value may belong.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The place in the new version's values.
    pub path: Path,
    /// How sure it is.
    pub sureness: Sureness,
    /// Why it is proposed, in a few words.
    pub why: String,
}

/// How sure a proposal is; the [module](self) has the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sureness {
    /// Something to look at.
    Guess,
    /// Right in most cases.
    Likely,
    /// The names, the place and the form agree.
    Certain,
}

impl Sureness {
    /// Returns the word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Guess => "guess",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }

    /// Returns the next lower degree.
    const fn less(self) -> Self {
        match self {
            Self::Certain => Self::Likely,
            Self::Likely | Self::Guess => Self::Guess,
        }
    }
}

/// A map of which a contract does not know the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsaid {
    /// Where it is.
    pub path: Path,
    /// Which version takes any key there.
    pub version: String,
    /// Why, as the contract says.
    pub why: String,
    /// How many values are set there.
    pub values: usize,
}

impl Upgrade {
    /// Returns whether anything that is set is wrong for the new version, our own templates included.
    pub fn breaks(&self) -> bool {
        self.changes.iter().any(|change| change.kind.breaks())
    }
}
