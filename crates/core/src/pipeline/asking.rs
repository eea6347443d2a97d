//! Asking components: what each may look at, what it says of itself, and what its templates see.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::components::{self, Described, Release, Scope};
use crate::diagnostic::Diagnostic;
use crate::environment::{Environment, Section};
use crate::links::Links;
use crate::peers::Peers;

/// Returns what a component may look at.
pub(super) fn scope<'a>(
    environment: &'a Environment,
    (release, releases): (&'a Release, &'a [Release]),
    links: &'a Links,
    peers: &'a Peers,
    catalog: &'a Catalog,
) -> Scope<'a> {
    static EMPTY: LazyLock<Section> = LazyLock::new(Section::default);
    Scope {
        environment,
        section: environment
            .model
            .components
            .get(&release.component)
            .unwrap_or(&EMPTY),
        release,
        releases,
        others: &[],
        links,
        peers,
        catalog,
        references: &[],
    }
}

/// Returns what one release's component says of itself.
pub(super) fn describe(scope: &Scope<'_>, catalog: &Catalog) -> Described {
    let id = &scope.release.component;
    match (components::find(id), catalog.manifest(id)) {
        (Some(component), _) => (component.describe)(scope),
        (None, Some(manifest)) => components::outside::describe(scope, manifest),
        (None, None) => Described::default(),
    }
}

/// Computes what one release's templates see.
pub(super) fn derive(scope: &Scope<'_>, catalog: &Catalog, found: &mut Vec<Diagnostic>) -> Value {
    let id = &scope.release.component;
    let derived = match (components::find(id), catalog.manifest(id)) {
        (Some(component), _) => (component.derive)(scope, found),
        (None, Some(manifest)) => {
            let set = &scope.section.settings;
            let settings = catalog
                .settings(id)
                .map_or_else(|| set.clone(), |schema| schema.filled(set));
            components::outside::derive(scope, manifest, settings, found)
        }
        (None, None) => json!({}),
    };
    scope.context(&derived)
}
