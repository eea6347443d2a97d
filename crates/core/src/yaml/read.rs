//! Text to tree.

use std::sync::Arc;

use super::reader::Reader;
use super::{Node, Value, characters, finding};
use crate::diagnostic::Diagnostic;
use crate::source::{Location, Source};

/// The longest text that is read, in bytes: 8 MiB. The largest values file of the charts known to
/// us (Loki 18.11.0) has 0.3 MB; Helm itself refuses chart files above 5 MiB.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// How deep lists and maps may nest. Charts stay below 20.
pub const MAX_DEPTH: usize = 100;

/// How many nodes anchors and aliases may make. Helm allows about four times as many.
pub const MAX_ALIAS_NODES: usize = 100_000;

/// How many findings are collected before reading stops; nobody reads more.
pub const MAX_FINDINGS: usize = 1_000;

/// Reads a text with one YAML document as Helm reads it, every value and key with its place.
///
/// What Helm accepts in silence and what different readers read differently is refused: a key
/// that is there twice, a second document, a raw U+2028. All findings are collected as far as the
/// text can be understood. An empty text is [`Value::Null`].
///
/// Spans cover exactly the text: a quoted scalar with its quotes, a block scalar from its `|`, a
/// map or list from its first to its last byte without what follows. An alias is replaced by what
/// it stands for; the replaced node stands where the alias does, its parts where they were written.
///
/// # Errors
///
/// Returns at least one diagnostic. Names: `yaml/syntax`, `yaml/duplicate-key`,
/// `yaml/second-document`, `yaml/complex-key`, `yaml/null-key`, `yaml/unknown-anchor`,
/// `yaml/recursive-alias`, `yaml/alias-bomb`, `yaml/merge-value`, `yaml/merge-order`,
/// `yaml/anchor-name`, `yaml/tag-mismatch`, `yaml/not-finite`, `yaml/version`, `yaml/control-character`,
/// `yaml/line-separator`, `yaml/too-deep`, `yaml/too-large`.
///
/// # Examples
///
/// ```
/// use helmwright::source::Source;
/// use helmwright::yaml::{self, Value};
///
/// let source = Source::new("values.yaml", "ingester:\n  replicas: 3\n  debug: no\n");
/// let node = yaml::read(&source).unwrap();
/// assert_eq!(node.at(&["ingester", "debug"]).unwrap().value, Value::Bool(false));
/// assert_eq!(node.at(&["ingester", "replicas"]).unwrap().location.text(), "3");
/// ```
pub fn read(source: &Arc<Source>) -> Result<Node, Vec<Diagnostic>> {
    read_with(source, Documents::One).map(|mut documents| {
        documents
            .pop()
            .unwrap_or_else(|| Node::new(Value::Null, Location::of_file(source)))
    })
}

/// Reads a text with any number of YAML documents, such as rendered manifests.
///
/// The rules are those of [`read`]; the limit on size is for all documents together. Documents that
/// hold nothing are left out.
///
/// # Errors
///
/// Returns at least one diagnostic, as [`read`] does.
///
/// # Examples
///
/// ```
/// use helmwright::source::Source;
/// use helmwright::yaml;
///
/// let source = Source::new("manifests.yaml", "---\nkind: Service\n---\n# nothing\n---\nkind: Pod\n");
/// let kinds: Vec<_> = yaml::read_all(&source)
///     .unwrap()
///     .iter()
///     .map(|manifest| manifest.get("kind").and_then(|kind| kind.as_str().map(str::to_owned)))
///     .collect();
/// assert_eq!(kinds, [Some("Service".to_owned()), Some("Pod".to_owned())]);
/// ```
pub fn read_all(source: &Arc<Source>) -> Result<Vec<Node>, Vec<Diagnostic>> {
    read_with(source, Documents::Many).map(|mut documents| {
        documents.retain(|document| document.value != Value::Null);
        documents
    })
}

/// How many documents a text may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Documents {
    One,
    Many,
}

fn read_with(source: &Arc<Source>, documents: Documents) -> Result<Vec<Node>, Vec<Diagnostic>> {
    let text = source.text();
    if text.len() > MAX_BYTES {
        let location = Location::of_file(source);
        return Err(vec![finding::too_large(&location, text.len())]);
    }
    let mut found = Vec::new();
    let masked = characters::check(source, &mut found);
    let text = masked.as_deref().unwrap_or(text);
    Reader::new(source, text, found).read(documents)
}
