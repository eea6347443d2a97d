//! The reader of a stream, and what it gives.

use super::container::Container;
use super::document;
use super::finding;
use super::labels::Pair;
use super::network::{Service, ServicePort};
use super::object::{Object, ObjectKind};
use super::place::{Document, Place, Pool, Text, Texts};
use super::pod::Pods;
use super::policy::DisruptionBudget;
use super::split::{End, Piece, Sink, Splitter};
use crate::diagnostic::{Diagnostic, tidy};
use crate::source::{Location, Source, Span};

/// How many findings are kept; nobody reads more.
const MAX_FINDINGS: usize = 1_000;

/// Reads a stream of manifests piece by piece.
///
/// See the [module](super) for an example.
#[derive(Debug)]
pub struct Reader {
    splitter: Splitter,
    collector: Collector,
}

/// What was read of a stream.
#[derive(Clone, Debug, Default)]
pub struct Manifests {
    /// The name of the stream, which places are shown with.
    pub name: Text,
    /// The objects in the order of the stream.
    pub objects: Vec<Object>,
    /// What cannot be read or would be refused, in the order of the stream.
    pub diagnostics: Vec<Diagnostic>,
    /// How many documents hold anything, read or not.
    pub documents: usize,
}

impl Manifests {
    /// Returns whether there is no object at all, so that no rule can say anything.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Returns the location of a place of an object.
    pub fn location(&self, object: &Object, place: &Place) -> Location {
        object.location(&self.name, place)
    }
}

impl Reader {
    /// Starts on a stream; `name` is what findings call it, such as a file's path or `<stdin>`.
    pub fn new(name: &str) -> Self {
        Self {
            splitter: Splitter::new(),
            collector: Collector::new(name),
        }
    }

    /// Takes the next piece of the stream, which may be cut anywhere.
    pub fn feed(&mut self, piece: &str) {
        self.splitter.feed(piece, &mut self.collector);
    }

    /// Ends the stream.
    pub fn finish(mut self) -> Manifests {
        self.splitter.finish(&mut self.collector);
        self.collector.finish()
    }
}

/// Parts that objects share.
#[derive(Debug, Default)]
pub(super) struct Pools {
    pub(super) kinds: Pool<ObjectKind>,
    pub(super) pairs: Pool<(Text, Text)>,
    pub(super) labels: Pool<Vec<Pair>>,
    pub(super) containers: Pool<Container>,
    pub(super) pods: Pool<Pods>,
    pub(super) ports: Pool<Vec<ServicePort>>,
    pub(super) services: Pool<Service>,
    pub(super) budgets: Pool<DisruptionBudget>,
}

/// Where objects and findings come together.
#[derive(Debug)]
pub(super) struct Collector {
    pub(super) name: Text,
    pub(super) texts: Texts,
    pub(super) pools: Pools,
    pub(super) objects: Vec<Object>,
    pub(super) documents: usize,
    /// The bytes of configuration texts that are kept.
    pub(super) config_bytes: usize,
    found: Vec<Diagnostic>,
    more: usize,
}

impl Collector {
    fn new(name: &str) -> Self {
        Self {
            name: Text::from(name),
            texts: Texts::default(),
            pools: Pools::default(),
            objects: Vec::new(),
            documents: 0,
            config_bytes: 0,
            found: Vec::new(),
            more: 0,
        }
    }

    /// Keeps a finding, unless there are too many.
    pub(super) fn find(&mut self, diagnostic: Diagnostic) {
        if self.found.len() < MAX_FINDINGS {
            self.found.push(diagnostic);
        } else {
            self.more += 1;
        }
    }

    /// Returns the location of some bytes of a document.
    pub(super) fn location(
        &mut self,
        document: &mut Document<'_>,
        start: usize,
        end: usize,
    ) -> Location {
        document.location(start, end, &self.name)
    }

    fn finish(mut self) -> Manifests {
        let whole = Location::of_file(&Source::new(&*self.name, ""));
        if self.objects.is_empty() && self.found.is_empty() {
            self.find(finding::empty(&whole));
        }
        self.pools = Pools::default();
        self.texts = Texts::default();
        self.find_duplicates();
        let more = self.more;
        tidy(&mut self.found);
        if more > 0 {
            self.found.push(finding::more(&whole, more));
        }
        self.objects.shrink_to_fit();
        Manifests {
            name: self.name,
            objects: self.objects,
            diagnostics: self.found,
            documents: self.documents,
        }
    }

    /// Reports objects that are there twice. Sorting takes little memory beside the objects.
    fn find_duplicates(&mut self) {
        let objects = &self.objects;
        let named = |index: &usize| objects.get(*index).is_some_and(|one| !one.is_generated());
        let mut order: Vec<usize> = (0..objects.len()).filter(named).collect();
        order.sort_by_key(|index| {
            let object = &objects[*index];
            (object.key(), *index)
        });
        let mut found = Vec::new();
        for pair in order.windows(2) {
            let (first, again) = (&objects[pair[0]], &objects[pair[1]]);
            if first.key() == again.key() && found.len() < MAX_FINDINGS {
                found.push(finding::duplicate(
                    &again.location(&self.name, &again.place),
                    &first.location(&self.name, &first.place),
                    again.kind(),
                    &again.name,
                ));
            }
        }
        for diagnostic in found {
            self.find(diagnostic);
        }
    }

    /// Reports a piece that is not read.
    fn unread(&mut self, piece: Piece<'_>, diagnostic: impl FnOnce(&Location) -> Diagnostic) {
        let line = piece.text.find('\n').unwrap_or(piece.text.len());
        let line = piece.text.floor_char_boundary(line.min(160));
        let shown = &piece.text[..line];
        let source = Source::part(&*self.name, piece.at, shown);
        let location = Location::new(&source, Span::new(0, shown.len()));
        self.find(diagnostic(&location));
    }
}

impl Sink for Collector {
    fn document(&mut self, piece: Piece<'_>) {
        match piece.end {
            End::Whole | End::Last => {
                let document = Document::new(piece.text, piece.at);
                document::read(document, piece.end == End::Last, self);
            }
            End::TooLarge => {
                self.documents += 1;
                self.unread(piece, |location| finding::too_large(location, "a document"));
            }
            End::CutList => {
                self.documents += 1;
                self.unread(piece, |location| finding::cut_off(location, "a list"));
            }
        }
    }
}
