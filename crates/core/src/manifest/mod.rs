//! Rendered Kubernetes objects: the few fields that rules need, read from a stream of any length.
//!
//! A stream is what `helm template`, Kustomize or Argo CD print, or `kubectl get -o yaml` and `-o json`: YAML documents
//! between `---` lines, JSON values one after the other, or a `List` of objects. [`Reader`] takes it in pieces, keeps the
//! fields that [`Object`] has, and forgets the text; what remains grows with the number of objects, not with the bytes
//! of dashboards and definitions between them.
//!
//! ```
//! use helmwright::manifest::Reader;
//!
//! let mut reader = Reader::new("stdin");
//! reader.feed("apiVersion: policy/v1\nkind: PodDisruption");
//! reader.feed("Budget\nmetadata: {name: ingester}\nspec: {maxUnavailable: 1}\n");
//! let manifests = reader.finish();
//! assert_eq!(&*manifests.objects[0].name, "ingester");
//! assert!(manifests.diagnostics.is_empty());
//! ```
//!
//! What cannot be read is a diagnostic with its place, and the rest is read all the same. A stream without a single
//! object is [`Manifests::is_empty`]: then nothing was checked, whatever the rules say.

mod build;
mod document;
mod finding;
mod json;
mod json_split;
mod object;
mod place;
mod reader;
mod split;
mod tree;
mod wanted;
mod yaml_split;

pub use object::{Labels, Object, Owner};
pub use place::{Place, Text};
pub use reader::{Manifests, Reader};
pub use split::MAX_DOCUMENT;

#[cfg(test)]
mod tests;
