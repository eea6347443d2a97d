//! `wiring/datasource-incomplete` (HW-WIRE-004): data sources that are missing, cross environments, or go by other names.

use std::collections::BTreeMap;

use super::files::{self, File};
use crate::diagnostic::Severity;
use crate::policy::{Address, Check, Facts, Finding, Rule, Severities, Subject, Verdict, Whose};
use crate::source::Location;
use crate::yaml::{Node, Value};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "wiring/datasource-incomplete",
    entry: "HW-WIRE-004",
    summary: "Data sources are complete, named by convention and linked within their environment",
    severities: Severities::ERROR,
    waivable: true,
    condition: "In a render that holds data sources of Grafana (a file in a ConfigMap with `datasources:`): each one for traces, metrics, logs or profiles is named `<Backend> (<environment>)` with the uid `<backend>-<environment>`, no two share a uid, and none may be edited by hand, each a warning. Its links name uids of the same environment that are there. With an environment, each of its backends has one, its address is in the environment's namespace, and it names the environment's tenant. A prediction holds none: the component `grafana` writes them as they should be, and where an override changes them the render tells. A Grafana in a namespace of its own is looked at with the environment that runs it. The uids in dashboards are `grafana/unknown-datasource`.",
    why: "A data source that asks another environment's store shows that one's data under this one's name.",
    source: "The rollout plan wants a matched set for each environment in one Grafana, and one dashboard for all three. Grafana documentation, \"Provision Grafana\".",
    fix: "Make the set from one list of environments and backends.",
    passes: "datasources: [{name: Tempo (test), uid: tempo-test, type: tempo, url: 'http://tempo.obs-test.svc:3200'}]",
    fails: "datasources: [{name: Tempo (test), uid: tempo-test, type: tempo, url: 'http://tempo.obs-prod.svc:3200'}]",
    check: Check::Environment(check),
};

/// Backends by the type of data source that asks them; Mimir speaks Prometheus' language.
const TYPES: [(&str, &str, &str); 4] = [
    ("tempo", "tempo", "Tempo"),
    ("prometheus", "mimir", "Mimir"),
    ("loki", "loki", "Loki"),
    ("grafana-pyroscope-datasource", "pyroscope", "Pyroscope"),
];

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    if facts.manifests.is_none() {
        return verdict.lacks("no manifests; data sources are looked at in a render");
    }
    let files: Vec<File<'_>> = files::read(facts, files::is_datasource_file).collect();
    if files.is_empty() {
        return verdict.lacks("no file with data sources");
    }
    verdict.applies();
    let sources: Vec<Source<'_>> = files.iter().flat_map(sources).collect();
    let mut by_uid: BTreeMap<&str, &Source<'_>> = BTreeMap::new();
    for source in &sources {
        one(facts, source, &sources, verdict);
        let twice = source.uid.and_then(|uid| by_uid.get(uid));
        if let Some(other) = twice {
            verdict.found(
                Finding::new(
                    Subject::component("grafana"),
                    format!(
                        "two data sources have the uid `{}`",
                        source.uid.unwrap_or_default()
                    ),
                )
                .at(Some(source.place.clone()))
                .label(Some(other.place.clone()), "the other one")
                .why("Grafana keeps the last one it reads")
                .help("give each a uid of its own"),
            );
        } else if let Some(uid) = source.uid {
            by_uid.insert(uid, source);
        }
    }
    if let Some(environment) = facts.environment {
        for release in facts.releases {
            let known = TYPES
                .iter()
                .find(|(_, backend, _)| *backend == release.component);
            let Some((_, backend, shown)) = known else {
                continue;
            };
            let uid = format!("{backend}-{}", environment.name);
            let there = sources.iter().any(|source| {
                source.backend == *backend
                    && (source.uid == Some(&uid) || is_own(facts, source.url))
            });
            if !there {
                verdict.found(
                    Finding::new(
                        Subject::component("grafana"),
                        format!("{backend} of `{}` has no data source", environment.name),
                    )
                    .at(files.first().map(|file| file.root.location.clone()))
                    .why("the render holds data sources, and none asks it")
                    .help(format!(
                        "add one named `{shown} ({})` with the uid `{uid}`",
                        environment.name
                    )),
                );
            }
        }
    }
}

/// One data source.
struct Source<'f> {
    name: &'f str,
    uid: Option<&'f str>,
    backend: &'static str,
    shown: &'static str,
    url: &'f str,
    editable: bool,
    tenant: Option<&'f str>,
    place: Location,
    node: &'f Node,
}

fn sources<'f>(file: &'f File<'_>) -> Vec<Source<'f>> {
    let Some(Value::List(items)) = file.root.get("datasources").map(|node| &node.value) else {
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|node| {
            let text = |key: &str| node.get(key).and_then(Node::as_str);
            let kind = text("type")?;
            let (_, backend, shown) = TYPES.iter().find(|(name, ..)| *name == kind)?;
            Some(Source {
                name: text("name").unwrap_or_default(),
                uid: text("uid"),
                backend,
                shown,
                url: text("url").unwrap_or_default(),
                editable: node.get("editable").map(|node| &node.value) == Some(&Value::Bool(true)),
                tenant: tenant(node),
                place: node.location.clone(),
                node,
            })
        })
        .collect()
}

/// Returns the tenant that a data source names: `httpHeaderName1: X-Scope-OrgID` with `httpHeaderValue1`.
fn tenant(node: &Node) -> Option<&str> {
    let names = node.get("jsonData")?.as_map()?;
    let (key, _) = names.iter().find(|(key, entry)| {
        key.starts_with("httpHeaderName")
            && entry
                .value
                .as_str()
                .is_some_and(|name| name.eq_ignore_ascii_case("X-Scope-OrgID"))
    })?;
    let value = key.replacen("Name", "Value", 1);
    node.at(&["secureJsonData", &value])
        .or_else(|| node.at(&["jsonData", &value]))?
        .as_str()
}

/// Returns the environment in the brackets of a name.
fn named(name: &str) -> Option<&str> {
    name.rsplit_once('(')?.1.strip_suffix(')')
}

fn is_own(facts: &Facts<'_>, url: &str) -> bool {
    matches!(
        Address::read(url).whose(facts),
        Whose::Component(..) | Whose::Namespace
    )
}

fn one(facts: &Facts<'_>, source: &Source<'_>, all: &[Source<'_>], verdict: &mut Verdict<'_>) {
    let grafana = || Subject::component("grafana");
    let place = || Some(source.place.clone());
    let warning = Severities {
        prod: Some(Severity::Warning),
        test: Some(Severity::Info),
        dev: Some(Severity::Info),
    };
    let environment = named(source.name).unwrap_or_default();
    let name = format!("{} ({environment})", source.shown);
    let uid = format!("{}-{environment}", source.backend);
    if environment.is_empty() || source.name != name || source.uid != Some(&uid) {
        verdict.found(
            Finding::new(
                grafana(),
                format!(
                    "data source `{}` does not follow the convention",
                    source.name
                ),
            )
            .at(place())
            .why("dashboards and links go by uids, and people by names")
            .help(if environment.is_empty() {
                format!(
                    "name it `{} (<environment>)` with the uid `{}-<environment>`",
                    source.shown, source.backend
                )
            } else {
                format!("name it `{name}` with the uid `{uid}`")
            })
            .weighing(warning),
        );
    }
    if source.editable {
        verdict.found(
            Finding::new(
                grafana(),
                format!("data source `{}` may be edited by hand", source.name),
            )
            .at(place())
            .why("what is changed by hand is gone, or stays, when the file is read again")
            .help("set `editable: false`")
            .weighing(warning),
        );
    }
    links(source.node, &mut |key, target| {
        let Some(target) = target.as_str().filter(|target| !target.contains('$')) else {
            return;
        };
        let there = all.iter().find(|other| other.uid == Some(target));
        let message = match there {
            None => format!(
                "data source `{}` links to `{target}`, which is not there",
                source.name
            ),
            Some(other) if named(other.name) != named(source.name) => format!(
                "data source `{}` links to `{}` of another environment",
                source.name, other.name
            ),
            Some(_) => return,
        };
        verdict.found(
            Finding::new(grafana(), message)
                .at(place())
                .why(format!(
                    "`{key}` leads from what this one shows to what that one has"
                ))
                .help("link to the data source of the same environment"),
        );
    });
    let Some(own) = facts.environment.filter(|own| own.name == environment) else {
        return;
    };
    if !is_own(facts, source.url) {
        verdict.found(
            Finding::new(
                grafana(),
                format!(
                    "data source `{}` asks `{}`, which is not of its environment",
                    source.name,
                    Address::read(source.url).host
                ),
            )
            .at(place())
            .why(format!(
                "environment `{}` lives in namespace `{}`",
                own.name, own.namespace
            ))
            .help(format!("ask the {} in that namespace", source.backend)),
        );
    }
    if source.tenant != Some(own.tenant.as_str())
        && source.tenant.is_none_or(|tenant| !tenant.contains('$'))
    {
        verdict.found(
            Finding::new(
                grafana(),
                match source.tenant {
                    Some(tenant) => format!(
                        "data source `{}` reads as tenant `{tenant}`, and `{}` is written",
                        source.name, own.tenant
                    ),
                    None => format!(
                        "data source `{}` reads as no tenant, and `{}` is written",
                        source.name, own.tenant
                    ),
                },
            )
            .at(place())
            .why("what is written as one tenant cannot be seen as another")
            .help(format!("send the header `X-Scope-OrgID: {}`", own.tenant)),
        );
    }
}

/// Visits every `datasourceUid` below a data source.
fn links<'n>(node: &'n Node, visit: &mut impl FnMut(&'n str, &'n Node)) {
    match &node.value {
        Value::Map(map) => {
            for (key, entry) in map {
                if key == "datasourceUid" {
                    visit(key, &entry.value);
                } else {
                    links(&entry.value, visit);
                }
            }
        }
        Value::List(items) => items.iter().for_each(|item| links(item, visit)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rules::wiring::tests::rendered;
    use crate::policy::tests::{applies, prod};

    fn file(sources: &str) -> String {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: sources}}\ndata:\n  sources.yaml: |\n    apiVersion: 1\n    datasources:\n{sources}"
        )
    }

    const RIGHT: &str = "      - name: Loki (prod)\n        uid: loki-prod\n        type: loki\n        url: http://loki.team-prod.svc:3100\n        jsonData: {httpHeaderName1: X-Scope-OrgID}\n        secureJsonData: {httpHeaderValue1: prod}\n";

    #[test]
    fn a_matched_set_passes() {
        assert_eq!(
            rendered(&RULE, &prod("loki", ""), &file(RIGHT)),
            Vec::<String>::new()
        );
    }

    #[test]
    fn what_is_crossed_or_missing_is_found() {
        assert_eq!(
            rendered(
                &RULE,
                &prod("loki", ""),
                &file(&RIGHT.replace("team-prod.svc", "team-test.svc"))
            ),
            [
                "error: data source `Loki (prod)` asks `loki.team-test.svc`, which is not of its environment"
            ]
        );
        assert_eq!(
            rendered(
                &RULE,
                &prod("loki", ""),
                &file(&RIGHT.replace("Value1: prod", "Value1: test"))
            ),
            ["error: data source `Loki (prod)` reads as tenant `test`, and `prod` is written"]
        );
        assert_eq!(
            rendered(
                &RULE,
                &prod("loki", ""),
                &file(
                    "      - {name: Tempo (prod), uid: t, type: tempo, url: 'http://tempo:3200', jsonData: {httpHeaderName1: X-Scope-OrgID, tracesToLogsV2: {datasourceUid: loki-test}}, secureJsonData: {httpHeaderValue1: prod}}\n"
                )
            ),
            [
                "warning: data source `Tempo (prod)` does not follow the convention",
                "error: data source `Tempo (prod)` links to `loki-test`, which is not there",
                "error: loki of `prod` has no data source",
            ]
        );
    }

    #[test]
    fn without_data_sources_it_does_not_apply() {
        assert!(!applies(&RULE, &prod("loki", "")));
    }
}
