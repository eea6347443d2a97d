//! Findings that are known and meant, until a day.

use super::facts::Subject;
use super::rules;
use super::run::Row;
use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Severity, nearest};
use crate::environment::{Environment, Waiver};
use crate::source::Location;

/// The waivers of one environment.
#[derive(Debug, Default)]
pub struct Waivers {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    waiver: Waiver,
    place: Location,
}

/// A finding that a waiver covers.
#[derive(Clone, Debug)]
pub struct Waived {
    /// The finding.
    pub diagnostic: Diagnostic,
    /// Why it is meant.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it is.
    pub expires: String,
}

impl Waivers {
    /// Reads the waivers of an environment, and reports those that are wrong or over.
    ///
    /// `today` is a day as `2026-11-20`; without one no waiver is over.
    pub fn read(
        environment: &Environment,
        today: Option<&str>,
        found: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut entries = Vec::new();
        for (index, waiver) in environment.model.waivers.iter().enumerate() {
            let place = |key: &str| environment.location(&format!("waivers.{index}.{key}"));
            let wrong = wrong(waiver, today, &place);
            if wrong.is_empty() {
                entries.push(Entry {
                    waiver: waiver.clone(),
                    place: place("rule"),
                });
            }
            found.extend(
                wrong
                    .into_iter()
                    .map(|diagnostic| diagnostic.in_environment(&environment.name)),
            );
        }
        Self { entries }
    }

    /// Drops and reports those that name a component that there is not, or a role which the component does not have in
    /// any variant.
    pub(crate) fn know_roles(
        &mut self,
        environment: &Environment,
        catalog: &Catalog,
        found: &mut Vec<Diagnostic>,
    ) {
        let waivers = &environment.model.waivers;
        self.entries.retain(|entry| {
            let Some(component) = &entry.waiver.component else {
                return true;
            };
            let place = |key: &str| {
                let index = waivers.iter().position(|one| {
                    one.rule == entry.waiver.rule
                        && one.component == entry.waiver.component
                        && one.role == entry.waiver.role
                });
                index.map_or_else(
                    || entry.place.clone(),
                    |index| environment.location(&format!("waivers.{index}.{key}")),
                )
            };
            let Some(manifest) = catalog.manifest(component) else {
                // What is wrong with a component of the user's is said where it stands.
                if catalog.is_outside(component) {
                    return true;
                }
                found.push(unknown(
                    component,
                    &place("component"),
                    environment,
                    catalog,
                ));
                return false;
            };
            let Some(role) = &entry.waiver.role else {
                return true;
            };
            let variants = manifest.variants.values();
            let roles = || variants.clone().flat_map(|variant| variant.roles.keys());
            if roles().any(|one| one == role) {
                return true;
            }
            let near = nearest(role, roles().map(String::as_str));
            found.push(
                Diagnostic::error(
                    "waiver/unknown-role",
                    format!("`{component}` has no role `{role}`"),
                )
                .at(&place("role"))
                .why("the waiver would cover nothing")
                .help(near.map_or_else(
                    || format!("name one of the roles of `{component}`, or leave `role` out"),
                    |near| format!("did you mean `{near}`?"),
                ))
                .in_environment(&environment.name),
            );
            false
        });
    }

    /// Returns the finding as waived, if a waiver covers it.
    pub(super) fn cover(
        &self,
        rule: &str,
        subject: &Subject,
        diagnostic: &Diagnostic,
    ) -> Option<Waived> {
        // What is only worth knowing needs no excuse.
        if diagnostic.severity == Severity::Info {
            return None;
        }
        let entry = self.entries.iter().find(|entry| {
            let waiver = &entry.waiver;
            waiver.rule == rule
                && waiver.component == subject.component
                && (waiver.role.is_none() || waiver.role == subject.role)
        })?;
        Some(Waived {
            diagnostic: diagnostic.clone(),
            reason: entry.waiver.reason.clone(),
            owner: entry.waiver.owner.clone(),
            expires: entry.waiver.expires.clone(),
        })
    }

    /// Reports waivers that covered nothing in what all rules said.
    pub fn unused(&self, environment: &str, rows: &[Row]) -> Vec<Diagnostic> {
        let covers = |waiver: &Waiver| {
            rows.iter()
                .filter(|row| row.rule.id == waiver.rule)
                .filter(|row| {
                    row.environment
                        .as_deref()
                        .is_none_or(|name| name == environment)
                })
                .flat_map(|row| &row.waived)
                .any(|waived| waived.reason == waiver.reason && waived.expires == waiver.expires)
        };
        self.entries
            .iter()
            .filter(|entry| !covers(&entry.waiver))
            .map(|entry| {
                Diagnostic::new(
                    Severity::Info,
                    "waiver/unused",
                    format!("nothing breaks `{}` here", entry.waiver.rule),
                )
                .at(&entry.place)
                .why("a waiver that covers nothing would hide the next finding")
                .help("remove the waiver, unless it is for what only a render shows: `helmwright lint --render` tells")
                .in_environment(environment)
            })
            .collect()
    }
}

/// Says that there is no such component.
fn unknown(
    component: &str,
    place: &Location,
    environment: &Environment,
    catalog: &Catalog,
) -> Diagnostic {
    let near = nearest(component, catalog.manifests().keys().map(String::as_str));
    Diagnostic::error(
        "waiver/unknown-component",
        format!("there is no component `{component}`"),
    )
    .at(place)
    .why("the waiver would cover nothing")
    .help(near.map_or_else(
        || "name one of the environment's components".to_owned(),
        |near| format!("did you mean `{near}`?"),
    ))
    .in_environment(&environment.name)
}

/// Returns what is wrong with one waiver.
fn wrong(
    waiver: &Waiver,
    today: Option<&str>,
    place: &dyn Fn(&str) -> Location,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    match rules::find(&waiver.rule) {
        None => {
            let near = nearest(&waiver.rule, rules::all().map(|rule| rule.id));
            found.push(
                Diagnostic::error(
                    "waiver/unknown-rule",
                    format!("there is no rule `{}`", waiver.rule),
                )
                .at(&place("rule"))
                .why("a waiver names the rule that is not kept")
                .help(near.map_or_else(
                    || "`helmwright rules` lists them".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                )),
            );
        }
        Some(rule) if !rule.waivable => found.push(
            Diagnostic::error(
                "waiver/not-allowed",
                format!("`{}` cannot be waived", rule.id),
            )
            .at(&place("rule"))
            .why(rule.why)
            .help(format!(
                "remove the waiver and mend what it hides: {}",
                rule.fix
            )),
        ),
        Some(_) => {}
    }
    if let (None, Some(role)) = (&waiver.component, &waiver.role) {
        found.push(
            Diagnostic::error(
                "waiver/unknown-role",
                format!("the waiver names the role `{role}` of no component"),
            )
            .at(&place("role"))
            .why("a role belongs to a component, so the waiver would cover nothing")
            .help("name its `component`, too"),
        );
    }
    // Days of this form sort as they follow each other.
    if let Some(today) = today
        && waiver.expires.as_str() < today
    {
        found.push(
            Diagnostic::error(
                "waiver/expired",
                format!(
                    "the waiver of `{}` ended on {}",
                    waiver.rule, waiver.expires
                ),
            )
            .at(&place("expires"))
            .why(format!(
                "{} answers for it: {}",
                waiver.owner, waiver.reason
            ))
            .help("keep the rule and remove the waiver, or decide anew until when it is not kept"),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::NoLayers;
    use crate::policy::tests::prod;
    use crate::source::Source;

    /// Returns what is wrong with a waiver that has these lines.
    fn told(of: &str) -> Vec<String> {
        let waiver = format!(
            "waivers:\n  - {{rule: resources/cpu-limit, {of}reason: known, owner: team, expires: '2030-01-01'}}\n"
        );
        let catalog = Catalog::bundled();
        let source = Source::new("env.yaml", prod("mimir", &waiver));
        let read = Environment::read(&source, &NoLayers, catalog);
        let environment = read.environment.unwrap();
        let mut found = Vec::new();
        let mut waivers = Waivers::read(&environment, None, &mut found);
        waivers.know_roles(&environment, catalog, &mut found);
        assert_eq!(waivers.entries.len(), usize::from(found.is_empty()));
        found
            .into_iter()
            .map(|found| format!("{}: {}; {}", found.id, found.message, found.help.unwrap()))
            .collect()
    }

    #[test]
    fn a_waiver_names_a_role_that_there_is() {
        let nothing = Vec::<String>::new();
        assert_eq!(told("component: mimir, "), nothing);
        assert_eq!(told("component: mimir, role: querier, "), nothing);
        assert_eq!(
            told("component: mimr, "),
            ["waiver/unknown-component: there is no component `mimr`; did you mean `mimir`?"]
        );
        assert_eq!(
            told("component: mimir, role: queryer, "),
            ["waiver/unknown-role: `mimir` has no role `queryer`; did you mean `querier`?"]
        );
    }

    #[test]
    fn a_role_belongs_to_a_component() {
        assert_eq!(
            told("role: querier, "),
            [
                "waiver/unknown-role: the waiver names the role `querier` of no component; name its `component`, too"
            ]
        );
    }
}
