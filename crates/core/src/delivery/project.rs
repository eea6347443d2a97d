//! What concerns several environments: the one ApplicationSet, and names that must not meet.

use std::collections::BTreeMap;

use super::applicationset::{self, Part};
use super::{Writer, object_name};
use crate::catalog::Catalog;
use crate::components::Release;
use crate::diagnostic::Diagnostic;
use crate::environment::{ArgoCdStyle, DeliveryMethod, Environment};
use crate::error::Error;
use crate::layout::Layout;
use crate::plan::PlannedFile;
use crate::source::Location;

/// What is kept of an environment until all are read.
#[derive(Debug)]
pub(crate) struct Project {
    pub(super) environment: String,
    method: DeliveryMethod,
    /// The names of what delivers it, each with the place that it follows from.
    names: Vec<(String, Location)>,
    /// What one ApplicationSet can have only once, as key, value and place.
    once: Vec<(&'static str, String, Location)>,
    part: Option<Part>,
}

impl Project {
    /// Returns what is kept of an environment; nothing where the command line of Helm delivers it.
    pub(crate) fn of(environment: &Environment, releases: &[Release]) -> Option<Self> {
        let delivery = &environment.model.delivery;
        if delivery.method == DeliveryMethod::Helm {
            return None;
        }
        let settings = &delivery.argocd;
        let is_set = delivery.method == DeliveryMethod::Argocd
            && settings.style == ArgoCdStyle::Applicationset;
        let mut names: Vec<(String, Location)> = releases
            .iter()
            .map(|release| {
                let key = format!("components.{}", release.component);
                (
                    object_name(&environment.name, &release.name),
                    environment.key_location(&key),
                )
            })
            .collect();
        if delivery.method == DeliveryMethod::Argocd && !is_set {
            // The Application that holds the others.
            names.push((
                environment.name.clone(),
                environment.location("environment"),
            ));
        }
        let place = |key: &str| environment.location(&format!("delivery.argocd.{key}"));
        let once = vec![
            (
                "repoURL",
                settings.repo_url.clone().unwrap_or_default(),
                place("repoURL"),
            ),
            ("path", settings.path.clone(), place("path")),
            ("namespace", settings.namespace.clone(), place("namespace")),
            (
                "order",
                settings.ordered_by().name().to_owned(),
                place("order"),
            ),
        ];
        Some(Self {
            environment: environment.name.clone(),
            method: delivery.method,
            names,
            once: if is_set { once } else { Vec::new() },
            part: is_set.then(|| Part {
                settings: settings.clone(),
                tier: environment.tier,
                cascade: delivery.cascades(environment.tier),
                waves: releases.iter().map(|release| release.wave).collect(),
            }),
        })
    }
}

/// Returns the files that several environments share, and adds what keeps them apart to `found`.
///
/// `unread` is a file that could not be read: what it would bring is not known.
///
/// # Errors
///
/// As [`files`](super::files).
pub(crate) fn project_files(
    projects: &[Project],
    unread: Option<&Location>,
    layout: Layout<'_>,
    catalog: &Catalog,
    found: &mut Vec<Diagnostic>,
) -> Result<Vec<PlannedFile>, Error> {
    same_names(projects, found);
    differing(projects, found);
    let parts: Vec<(&Project, &Part)> = projects
        .iter()
        .filter_map(|project| Some((project, project.part.as_ref()?)))
        .collect();
    if let Some(place) = unread
        && !parts.is_empty()
    {
        found.push(
            Diagnostic::error(
                "delivery/environment-unread",
                "the ApplicationSet cannot be written without this file",
            )
            .at(place)
            .why("it makes the Applications of all environments, and Argo CD would delete those of one that it does not name")
            .help("mend what is found in the file first"),
        );
        return Ok(Vec::new());
    }
    let writer = Writer {
        catalog,
        environment: None,
    };
    let file = applicationset::file(&parts, layout, &writer)?;
    Ok(file.into_iter().collect())
}

/// Reports two releases whose objects of delivery would be one.
fn same_names(projects: &[Project], found: &mut Vec<Diagnostic>) {
    let mut first: BTreeMap<(&str, &str), (&Project, &Location)> = BTreeMap::new();
    for project in projects {
        let method = match project.method {
            DeliveryMethod::Flux => "Kustomization",
            _ => "Application",
        };
        for (name, place) in &project.names {
            let Some((other, before)) = first.get(&(method, name)) else {
                first.insert((method, name), (project, place));
                continue;
            };
            found.push(
                Diagnostic::error(
                    "delivery/shared-name",
                    format!("two releases would be delivered by one {method}, `{name}`"),
                )
                .label(place, "this one")
                .label(before, "and this one")
                .why(format!(
                    "its name is made of the environment's and the release's, and what delivers `{}` and `{}` lies in one \
                     namespace",
                    other.environment, project.environment
                ))
                .help("give one of them another `release:` name, or an environment another name")
                .in_environment(&project.environment),
            );
        }
    }
}

/// Reports what one ApplicationSet can have only once, and environments say twice.
fn differing(projects: &[Project], found: &mut Vec<Diagnostic>) {
    let mut having = projects.iter().filter(|project| !project.once.is_empty());
    let Some(first) = having.next() else {
        return;
    };
    for project in having {
        for ((key, value, place), (_, before, known)) in project.once.iter().zip(&first.once) {
            if value == before {
                continue;
            }
            found.push(
                Diagnostic::error(
                    "delivery/settings-differ",
                    format!("`delivery.argocd.{key}` is `{value}` here and `{before}` elsewhere"),
                )
                .label(place, format!("environment `{}`", project.environment))
                .label(known, format!("environment `{}`", first.environment))
                .why("one ApplicationSet makes the Applications of all environments, and it lies in one folder and one namespace")
                .help("set it in a layer that both extend, or take `style: applications`")
                .in_environment(&project.environment),
            );
        }
    }
}
