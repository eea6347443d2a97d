//! Texts and lists that many workloads share.
//!
//! A stream may hold a hundred thousand pods that differ in little. What is equal is kept once, and reads as any other
//! text or list.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A text that many workloads share: a name, a namespace, an image.
///
/// # Examples
///
/// ```
/// use helmwright::workload::Name;
///
/// let name = Name::from("ingester");
/// assert_eq!(name, "ingester");
/// assert_eq!(String::from(name.clone()), name.to_string());
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&Arc<str>> for Name {
    fn from(text: &Arc<str>) -> Self {
        Self(Arc::clone(text))
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        Self::from(&*name.0)
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

impl PartialEq<String> for Name {
    fn eq(&self, other: &String) -> bool {
        *self.0 == **other
    }
}

impl PartialEq<Name> for String {
    fn eq(&self, other: &Name) -> bool {
        **self == *other.0
    }
}

impl PartialEq<Name> for &str {
    fn eq(&self, other: &Name) -> bool {
        **self == *other.0
    }
}

impl PartialEq<Name> for str {
    fn eq(&self, other: &Name) -> bool {
        *self == *other.0
    }
}

/// A list that many workloads share. Who changes it gets a list of its own.
///
/// # Examples
///
/// ```
/// use helmwright::workload::Parts;
///
/// let one: Parts<u32> = [1, 2].into_iter().collect();
/// let mut other = one.clone();
/// other[0] = 3;
/// assert_eq!((&*one, &*other), (&[1, 2][..], &[3, 2][..]));
/// ```
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Parts<T>(Arc<[T]>);

impl<T> Parts<T> {
    /// Returns the list.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
}

impl<T: Clone> Parts<T> {
    /// Adds one at the end.
    pub fn push(&mut self, part: T) {
        let parts = self.0.iter().cloned().chain([part]);
        self.0 = parts.collect();
    }
}

impl<T> Clone for Parts<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Parts<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Deref for Parts<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Clone> DerefMut for Parts<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: fmt::Debug> fmt::Debug for Parts<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<T> From<Vec<T>> for Parts<T> {
    fn from(parts: Vec<T>) -> Self {
        Self(parts.into())
    }
}

impl<T> FromIterator<T> for Parts<T> {
    fn from_iter<I: IntoIterator<Item = T>>(parts: I) -> Self {
        Self(parts.into_iter().collect())
    }
}

impl<'a, T> IntoIterator for &'a Parts<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'a, T: Clone> IntoIterator for &'a mut Parts<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

/// Texts or lists seen so far, each kept once.
#[derive(Debug)]
pub(super) struct Pool<T>(HashSet<T>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(HashSet::new())
    }
}

impl<T: Clone + Eq + Hash> Pool<T> {
    /// Returns the shared copy of a part.
    pub(super) fn share(&mut self, part: T) -> T {
        if let Some(known) = self.0.get(&part) {
            return known.clone();
        }
        self.0.insert(part.clone());
        part
    }
}

impl Pool<Name> {
    /// Returns the shared copy of a text.
    pub(super) fn share_as(&mut self, text: &str) -> Name {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new = Name::from(text);
        self.0.insert(new.clone());
        new
    }
}
