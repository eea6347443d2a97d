//! The tree of places below `.Values`: which are read, how, by whom, and where what is read goes.

use std::sync::Arc;

use indexmap::IndexMap;

/// The number of a place in [`Places`].
pub type PlaceId = usize;

/// A line of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// The template, by its number in [`super::Reading::files`].
    pub file: u32,
    /// The line, from 1.
    pub line: u32,
}

/// Where a printed value lands in a rendered object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Landing {
    /// The object's `apiVersion`, if the template writes it as it stands.
    pub api_version: Option<Arc<str>>,
    /// The object's `kind`, if the template writes it as it stands.
    pub kind: Option<Arc<str>>,
    /// The keys down to it; `[]` for an element of a list.
    pub path: Vec<Box<str>>,
    /// Whether it lies in a text, such as a program's configuration in a `ConfigMap`.
    pub in_text: bool,
}

/// A value that was passed on whole, with all that is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Who passes it on.
    pub site: Site,
    /// Where it goes; nothing where it was not printed or the place is not known.
    pub landing: Option<Landing>,
    /// The keys that are left out on the way.
    pub without: Vec<Arc<str>>,
}

/// A place below `.Values`.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The place above.
    pub parent: Option<PlaceId>,
    /// Its key; nothing for "any element".
    pub key: Option<Arc<str>>,
    /// The places of its keys, in the order they were met.
    pub children: IndexMap<Arc<str>, PlaceId>,
    /// The place of any element, of a list or of a map with keys of the user's choice.
    pub each: Option<PlaceId>,
    /// Who reads it, each line once, in the order they were met; only the first few.
    pub sites: Vec<Site>,
    /// Whether a condition asks for it.
    pub asked: bool,
    /// Whether it is printed or computed with as a scalar.
    pub printed: bool,
    /// Where it lands as a whole scalar, each place once.
    pub landings: Vec<Landing>,
    /// Whether a loop runs over it.
    pub ranged: bool,
    /// Whether a loop over it takes its keys, too.
    pub keyed: bool,
    /// Where it is passed on whole.
    pub passed: Vec<Passed>,
    /// Whether it goes through `tpl`.
    pub template: bool,
    /// The kinds of values that templates tell apart, by Go's names: `map`, `slice`, `string`.
    pub kinds: Vec<&'static str>,
    /// Whether it stands in quotes in a text of the program's, where a number does as well.
    pub quoted_in_text: bool,
    /// The places that must be set for any of its reads to happen.
    pub when: Option<Vec<PlaceId>>,
    /// Whether it is asked only to refuse it, with `fail`.
    pub refused: Option<Site>,
    /// The place whose default text holds all of its reads: they vanish when a user replaces that text.
    pub default_of: Option<PlaceId>,
    /// Whether some read does not come from a default text.
    pub read_by_template: bool,
    /// Whether it is only supposed to be read, as the chart's templates are not at hand.
    pub supposed: bool,
    /// Where a key is computed that leads below it.
    pub computed: Option<Site>,
}

impl Place {
    /// Returns whether the value itself is read, those below it aside.
    pub const fn is_read(&self) -> bool {
        self.asked || self.printed || self.ranged || !self.passed.is_empty()
    }
}

/// All places below `.Values`.
#[derive(Clone, Debug)]
pub struct Places {
    places: Vec<Place>,
}

/// How many reading lines a place remembers.
const MAX_SITES: usize = 3;
/// How many different landing places a place remembers.
const MAX_LANDINGS: usize = 6;

impl Places {
    /// Makes a tree with nothing but its top.
    pub(super) fn new() -> Self {
        Self {
            places: vec![Place::default()],
        }
    }

    /// The top: `.Values` of the chart itself.
    pub const TOP: PlaceId = 0;

    /// Returns a place.
    pub fn get(&self, id: PlaceId) -> &Place {
        &self.places[id]
    }

    pub(super) fn get_mut(&mut self, id: PlaceId) -> &mut Place {
        &mut self.places[id]
    }

    /// Returns the place of a key, making it when it is new.
    pub(super) fn child(&mut self, id: PlaceId, key: &str) -> PlaceId {
        if let Some(known) = self.places[id].children.get(key) {
            return *known;
        }
        let new = self.places.len();
        let key: Arc<str> = key.into();
        self.places.push(Place {
            parent: Some(id),
            key: Some(Arc::clone(&key)),
            ..Place::default()
        });
        self.places[id].children.insert(key, new);
        new
    }

    /// Returns the place of any element, making it when it is new.
    pub(super) fn each(&mut self, id: PlaceId) -> PlaceId {
        if let Some(known) = self.places[id].each {
            return known;
        }
        let new = self.places.len();
        self.places.push(Place {
            parent: Some(id),
            ..Place::default()
        });
        self.places[id].each = Some(new);
        new
    }

    /// Returns how many places there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Returns whether there is only the top.
    pub fn is_empty(&self) -> bool {
        self.places.len() == 1
    }

    /// Returns the keys down to a place; `*` for any element.
    pub fn path(&self, id: PlaceId) -> Vec<Arc<str>> {
        let mut path = Vec::new();
        let mut at = id;
        while let Some(parent) = self.places[at].parent {
            path.push(self.places[at].key.clone().unwrap_or_else(|| "*".into()));
            at = parent;
        }
        path.reverse();
        path
    }

    /// Notes that a place is read.
    pub(super) fn read(&mut self, id: PlaceId, how: How, origin: &Origin) {
        let place = &mut self.places[id];
        let first = !place.is_read();
        match how {
            How::Asked => place.asked = true,
            How::Printed(landing) => {
                place.printed = true;
                if let Some(landing) = landing
                    && place.landings.len() < MAX_LANDINGS
                    && !place.landings.contains(&landing)
                {
                    place.landings.push(landing);
                }
            }
            How::Ranged { keyed } => {
                place.ranged = true;
                place.keyed |= keyed;
            }
            How::Passed { landing, without } => {
                let passed = Passed {
                    site: origin.site,
                    landing,
                    without,
                };
                let known = |other: &Passed| {
                    other.landing == passed.landing && other.without == passed.without
                };
                if place.passed.is_empty()
                    || place.passed.len() < MAX_LANDINGS && !place.passed.iter().any(known)
                {
                    place.passed.push(passed);
                }
            }
        }
        if place.sites.len() < MAX_SITES && !place.sites.contains(&origin.site) {
            place.sites.push(origin.site);
        }
        match &mut place.when {
            None => {
                place.when = Some(
                    origin
                        .guards
                        .iter()
                        .copied()
                        .filter(|guard| *guard != id)
                        .collect(),
                );
            }
            Some(known) => known.retain(|guard| origin.guards.contains(guard)),
        }
        match origin.default_of {
            Some(text) if first || place.default_of == Some(text) => place.default_of = Some(text),
            Some(_) => {}
            None => place.read_by_template = true,
        }
    }
}

/// How a value is read.
#[derive(Clone, Debug)]
pub(super) enum How {
    /// A condition asks for it.
    Asked,
    /// It is printed, or computed with.
    Printed(Option<Landing>),
    /// A loop runs over it.
    Ranged {
        /// The loop takes the keys.
        keyed: bool,
    },
    /// It is passed on with all below it.
    Passed {
        /// Where it goes.
        landing: Option<Landing>,
        /// The keys that stay behind.
        without: Vec<Arc<str>>,
    },
}

/// Who reads, and under which conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) site: Site,
    /// The places that were asked for on the way.
    pub(super) guards: std::rc::Rc<[PlaceId]>,
    /// The place whose default text is being read as a template.
    pub(super) default_of: Option<PlaceId>,
}
