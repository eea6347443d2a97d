//! The data sources that are written for several environments.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use helmwright::Catalog;
use helmwright::environment::NoLayers;
use helmwright::pipeline::{DEFAULT_LAYOUT, Request, build};
use helmwright::policy::Asked;
use helmwright::source::Source;
use helmwright::yaml::{self, Node, Value};
use helmwright_tests::root;

/// Returns the values that the case with several environments gives, and what is written beside them.
pub(crate) fn written() -> (Node, Vec<(String, String)>) {
    let folder = root().join("tests/cases/grafana/valid-environments.envs");
    let files = helmwright_tests::files(&folder, ".yaml");
    let files = files.iter().map(|file| {
        let name = format!("envs/{}", file.file_name().unwrap().to_string_lossy());
        Source::new(name, fs::read_to_string(file).unwrap())
    });
    let built = build(&Request {
        files: files.collect(),
        layers: &NoLayers,
        catalog: Catalog::bundled(),
        layout: DEFAULT_LAYOUT,
        select: Vec::new(),
        asked: Asked::default(),
    })
    .unwrap();
    let plan = built
        .plan
        .unwrap_or_else(|| panic!("{:#?}", built.diagnostics));
    let of = |name: &str| -> Vec<(String, String)> {
        plan.files
            .iter()
            .filter(|file| file.path.contains("/grafana/") && file.path.ends_with(name))
            .map(|file| (file.path.clone(), file.text.to_string()))
            .collect()
    };
    let values = of("values.yaml");
    let [(path, text)] = values.as_slice() else {
        panic!("one Grafana, and not {}", values.len());
    };
    let node = yaml::read(&Source::new(path.clone(), text.clone())).unwrap();
    (node, of(".yaml"))
}

fn file(values: &Node) -> &Node {
    values.at(&["datasources", "datasources.yaml"]).unwrap()
}

/// Returns the data sources.
pub(crate) fn datasources(values: &Node) -> &[Node] {
    match &file(values).get("datasources").unwrap().value {
        Value::List(items) => items,
        _ => panic!("no list of data sources"),
    }
}

fn text<'n>(node: &'n Node, key: &str) -> &'n str {
    node.get(key)
        .and_then(Node::as_str)
        .unwrap_or_else(|| panic!("no {key} in {}", node.location.text()))
}

/// Visits every text below a node, with the key that it stands under.
fn texts<'n>(node: &'n Node, key: &'n str, visit: &mut impl FnMut(&'n str, &'n str)) {
    match &node.value {
        Value::Map(map) => {
            for (key, entry) in map {
                texts(&entry.value, key, visit);
            }
        }
        Value::List(items) => items.iter().for_each(|item| texts(item, key, visit)),
        Value::String(text) => visit(key, text),
        _ => {}
    }
}

fn environment(uid: &str) -> &str {
    uid.split_once('-').unwrap().1
}

#[test]
fn each_backend_of_each_environment_has_one_by_its_name() {
    let (values, _) = written();
    let found: Vec<(&str, &str)> = datasources(&values)
        .iter()
        .map(|source| (text(source, "name"), text(source, "uid")))
        .collect();
    assert_eq!(
        found,
        [
            ("Tempo (dev)", "tempo-dev"),
            ("Mimir (dev)", "mimir-dev"),
            ("Loki (dev)", "loki-dev"),
            ("Pyroscope (dev)", "pyroscope-dev"),
            ("Tempo (prod)", "tempo-prod"),
            ("Mimir (prod)", "mimir-prod"),
            ("Loki (prod)", "loki-prod"),
            ("Mimir (test)", "mimir-test"),
            ("Loki (test)", "loki-test"),
        ]
    );
}

#[test]
fn links_stay_in_their_environment_and_lead_somewhere() {
    let (values, _) = written();
    let sources = datasources(&values);
    let uids: BTreeSet<&str> = sources.iter().map(|source| text(source, "uid")).collect();
    let mut links = 0;
    for source in sources {
        let own = text(source, "uid");
        texts(source, "", &mut |key, target| {
            if key == "datasourceUid" {
                links += 1;
                assert!(uids.contains(target), "{own} links to {target}");
                assert_eq!(environment(own), environment(target), "{own} to {target}");
            }
        });
    }
    assert_eq!(
        links, 13,
        "six in each environment with a Tempo, and one to profiles"
    );
}

#[test]
fn profiles_are_linked_where_they_are_kept() {
    let (values, _) = written();
    for source in datasources(&values) {
        let link = source.at(&["jsonData", "tracesToProfiles", "datasourceUid"]);
        let wanted = (text(source, "uid") == "tempo-dev").then_some("pyroscope-dev");
        assert_eq!(link.and_then(Node::as_str), wanted);
    }
}

#[test]
fn one_is_shown_first_and_none_is_edited_by_hand() {
    let (values, _) = written();
    let is = |source: &Node, key: &str| source.get(key).unwrap().value == Value::Bool(true);
    let sources = datasources(&values);
    let first: Vec<&str> = sources
        .iter()
        .filter(|source| is(source, "isDefault"))
        .map(|source| text(source, "uid"))
        .collect();
    assert_eq!(first, ["mimir-prod"]);
    assert!(sources.iter().all(|source| !is(source, "editable")));
}

/// A header is a name and a value by one number; the value is a variable that the pod has from the Secret.
#[test]
fn headers_match_and_name_their_environment_by_reference() {
    let (values, _) = written();
    for source in datasources(&values) {
        let numbered = |map: &str, prefix: &str| -> BTreeMap<String, String> {
            let map = source.get(map).unwrap().as_map().unwrap();
            map.iter()
                .filter_map(|(key, entry)| {
                    let number = key.strip_prefix(prefix)?;
                    Some((number.to_owned(), entry.value.as_str()?.to_owned()))
                })
                .collect()
        };
        let names = numbered("jsonData", "httpHeaderName");
        let contents = numbered("secureJsonData", "httpHeaderValue");
        assert_eq!(names.len(), 1);
        assert!(names.keys().eq(contents.keys()));
        assert_eq!(names["1"], "X-Scope-OrgID");
        let own = environment(text(source, "uid"));
        let variable = format!("TENANT_{}", own.to_uppercase());
        assert_eq!(contents["1"], format!("$__env{{{variable}}}"));
        let reference = values
            .at(&["envValueFrom", &variable, "secretKeyRef"])
            .unwrap();
        assert_eq!(text(reference, "name"), "grafana-tenants");
        assert_eq!(text(reference, "key"), own);
    }
}

/// Grafana expands `$NAME`, `${NAME}` and `$__env{NAME}` in every text of the file; what is meant is written twice.
#[test]
fn dollars_are_variables_that_are_there_or_doubled() {
    let (values, _) = written();
    let variables = values.get("envValueFrom").unwrap().as_map().unwrap();
    let (mut expanded, mut meant) = (0, 0);
    texts(file(&values), "", &mut |key, text| {
        meant += text.matches("$$").count();
        for part in text.replace("$$", "").split('$').skip(1) {
            expanded += 1;
            let name = part
                .strip_prefix("__env{")
                .and_then(|rest| rest.split_once('}'))
                .map(|(name, _)| name);
            assert!(
                name.is_some_and(|name| variables.get(name).is_some()),
                "{key}: {text}"
            );
        }
    });
    assert_eq!((expanded, meant), (9, 8));
}

#[test]
fn no_tenant_is_typed() {
    let (_, files) = written();
    for (path, text) in files {
        assert!(
            !text.contains("team-a-dev"),
            "{path} holds the tenant of dev"
        );
    }
}

#[test]
fn what_is_retired_is_deleted_by_name() {
    let (values, _) = written();
    let gone = file(&values).get("deleteDatasources").unwrap();
    let Value::List(gone) = &gone.value else {
        panic!("no list");
    };
    let names: Vec<&str> = gone.iter().map(|one| text(one, "name")).collect();
    assert_eq!(names, ["Prometheus team-dev", "Loki team-dev"]);
}
