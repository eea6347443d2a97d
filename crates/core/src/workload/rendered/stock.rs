//! Parts of the workloads of one stream, each kept once: releases of one chart differ in little.

use std::collections::HashMap;
use std::sync::Arc;

use super::pod;
use crate::manifest;
use crate::workload::shared::Pool;
use crate::workload::{Claim, Container, Name, Parts, Volume};

/// Parts that were made already.
///
/// What is made of equal parts of manifests is looked up by these: `1Gi` and `1024Mi` are equal amounts, and each is
/// shown as it is written.
#[derive(Default)]
pub(super) struct Stock<'a> {
    names: Pool<Name>,
    /// By the place in memory of each container, the program first: the reader keeps equal ones once.
    containers: HashMap<Vec<*const manifest::Container>, Parts<Container>>,
    claims: HashMap<Vec<(&'a str, &'a manifest::Claim)>, Parts<Claim>>,
    volumes: Pool<Parts<Volume>>,
}

impl<'a> Stock<'a> {
    /// Returns the shared copy of a name.
    pub(super) fn name(&mut self, text: &str) -> Name {
        self.names.share_as(text)
    }

    /// Returns containers, the one of an index first.
    pub(super) fn containers(
        &mut self,
        read: &'a [Arc<manifest::Container>],
        main: usize,
    ) -> Parts<Container> {
        let first = read.get(main).into_iter();
        let others = read
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != main)
            .map(|(_, container)| container);
        let ordered: Vec<&Arc<manifest::Container>> = first.chain(others).collect();
        let key = ordered.iter().map(|one| Arc::as_ptr(one)).collect();
        let made = self
            .containers
            .entry(key)
            .or_insert_with(|| ordered.iter().map(|one| pod::container(one)).collect());
        made.clone()
    }

    /// Returns claims by name.
    pub(super) fn claims(&mut self, read: Vec<(&'a str, &'a manifest::Claim)>) -> Parts<Claim> {
        if let Some(known) = self.claims.get(&read) {
            return known.clone();
        }
        let made: Parts<Claim> = read
            .iter()
            .filter_map(|(name, claim)| pod::claim(name, claim))
            .collect();
        self.claims.insert(read, made.clone());
        made
    }

    /// Returns the shared copy of volumes.
    pub(super) fn volumes(&mut self, volumes: Vec<Volume>) -> Parts<Volume> {
        self.volumes.share(volumes.into())
    }
}
