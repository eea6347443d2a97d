//! Secrets that values refer to: what must be in the cluster before a release is installed.
//!
//! They are found in the values themselves, in the shapes that Kubernetes and charts have for a reference, so that
//! those of overrides count too.

use std::collections::BTreeSet;

use crate::components::Release;
use crate::values::Path;
use crate::yaml::{Node, Value};

/// A Secret, or one key of it, that a release reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The Secret's name.
    pub secret: String,
    /// The key in it; none if the whole Secret is taken.
    pub key: Option<String>,
    /// The role that reads it, where the values say whose they are.
    pub role: Option<String>,
    /// How it is read, such as the environment variable `S3_ACCESS_KEY_ID`.
    pub reader: Reader,
    /// Where the values say so.
    pub path: Path,
}

/// A reference of one release, with the namespace that the Secret must be in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// The namespace of what refers to it.
    pub namespace: String,
    /// The component that refers to it.
    pub component: String,
    /// What is referred to.
    pub reference: Reference,
}

/// How a Secret reaches a pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reader {
    /// As an environment variable of this name.
    Variable(String),
    /// As all environment variables of a container.
    Variables,
    /// As files of a volume of this name.
    Volume(String),
    /// To pull images.
    Images,
    /// As the chart has it.
    Chart,
}

/// Returns every reference to a Secret in the values of a release, sorted by Secret, key and role.
///
/// A reference that says `optional: true` is left out: without its Secret the pod starts too.
pub fn references(values: &Node, release: &Release) -> Vec<Reference> {
    let mut found = BTreeSet::new();
    let mut walk = Walk {
        release,
        found: &mut found,
    };
    walk.node(values, &Path::default(), None);
    found.into_iter().collect()
}

struct Walk<'a> {
    release: &'a Release,
    found: &'a mut BTreeSet<Reference>,
}

impl Walk<'_> {
    /// Looks at a node; `name` is the name of the list element that it lies in.
    fn node(&mut self, node: &Node, path: &Path, name: Option<&str>) {
        match &node.value {
            Value::Map(map) => {
                let name = node.get("name").and_then(Node::as_str).or(name);
                for (key, entry) in map {
                    let path = path.key(key);
                    if !self.reference(key, &entry.value, &path, name) {
                        self.node(&entry.value, &path, name);
                    }
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let name = item.get("name").and_then(Node::as_str).or(name);
                    self.node(item, &path.index(index), name);
                }
            }
            _ => {}
        }
    }

    /// Takes a reference, if a key holds one.
    fn reference(&mut self, key: &str, value: &Node, path: &Path, name: Option<&str>) -> bool {
        if value.get("optional").map(|node| &node.value) == Some(&Value::Bool(true)) {
            return matches!(key, "secretKeyRef" | "secretRef" | "secret");
        }
        let text = |key: &str| value.get(key).and_then(Node::as_str);
        let named = |name: Option<&str>| name.unwrap_or_default().to_owned();
        match key {
            // An environment variable, and what follows the same shape.
            "secretKeyRef" => match text("name") {
                Some(secret) => {
                    // A chart may keep variables as a map, by name.
                    let keys = path.keys();
                    let above = keys.iter().rev().nth(1).copied();
                    let name = name.or(above.filter(|key| *key != "valueFrom"));
                    self.add(secret, text("key"), Reader::Variable(named(name)), path);
                    true
                }
                None => false,
            },
            "secretRef" => match text("name") {
                Some(secret) => {
                    self.add(secret, None, Reader::Variables, path);
                    true
                }
                None => false,
            },
            // A volume of one Secret, or a part of a projected volume.
            "secret" => match text("secretName").or_else(|| text("name")) {
                Some(secret) => {
                    let keys = keys_of(value);
                    for key in &keys {
                        self.add(secret, Some(key), Reader::Volume(named(name)), path);
                    }
                    if keys.is_empty() {
                        self.add(secret, None, Reader::Volume(named(name)), path);
                    }
                    true
                }
                None => false,
            },
            "imagePullSecrets" => {
                let Value::List(items) = &value.value else {
                    return false;
                };
                for item in items {
                    let secret = item.as_str().or_else(|| item.get("name")?.as_str());
                    if let Some(secret) = secret {
                        self.add(secret, None, Reader::Images, path);
                    }
                }
                true
            }
            // The words that charts have for a Secret of the user's.
            "secretName" | "existingSecret" | "existingSecretName" => {
                match value.as_str().filter(|secret| !secret.is_empty()) {
                    Some(secret) => {
                        self.add(secret, None, Reader::Chart, path);
                        true
                    }
                    None => false,
                }
            }
            _ => false,
        }
    }

    fn add(&mut self, secret: &str, key: Option<&str>, reader: Reader, path: &Path) {
        self.found.insert(Reference {
            secret: secret.to_owned(),
            key: key.map(str::to_owned),
            role: role_of(self.release, path),
            reader,
            path: path.clone(),
        });
    }
}

/// Returns the keys that the `items` of a volume name.
fn keys_of(volume: &Node) -> Vec<String> {
    match volume.get("items").map(|node| &node.value) {
        Some(Value::List(items)) => items
            .iter()
            .filter_map(|item| Some(item.get("key")?.as_str()?.to_owned()))
            .collect(),
        _ => Vec::new(),
    }
}

/// Returns the role whose values a path lies among: the one whose own values share most of the way.
///
/// A release with one role has no other to mean.
fn role_of(release: &Release, path: &Path) -> Option<String> {
    if let [only] = release.roles.keys().collect::<Vec<_>>().as_slice() {
        return Some((*only).clone());
    }
    let keys = path.keys();
    release
        .role_roots
        .iter()
        .filter(|(_, root)| {
            let root: Vec<&str> = root.split('.').collect();
            keys.starts_with(&root)
        })
        .max_by_key(|(_, root)| root.len())
        .map(|(role, _)| role.clone())
}

#[cfg(all(test, feature = "bundled"))]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::components::resolve;
    use crate::environment::{Environment, NoLayers};
    use crate::source::Source;
    use crate::yaml;

    #[expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]
    fn found(values: &str) -> Vec<String> {
        let text = "environment: prod\nnamespace: team\nobjectStore:\n  provider: s3\n  instance: i\n  endpoint: e:1\n  credentials: {secretName: s}\ncomponents:\n  tempo: {variant: distributed-2}\n";
        let read = Environment::read(
            &Source::new("envs/prod.yaml", text),
            &NoLayers,
            Catalog::bundled(),
        );
        let environment = read.environment.unwrap();
        let releases = resolve(&environment, Catalog::bundled(), &mut Vec::new());
        let node = yaml::read(&Source::new("values.yaml", values)).unwrap();
        references(&node, &releases[0])
            .into_iter()
            .map(|one| {
                format!(
                    "{} {} {} {:?} {}",
                    one.secret,
                    one.key.unwrap_or_else(|| "*".to_owned()),
                    one.role.unwrap_or_else(|| "-".to_owned()),
                    one.reader,
                    one.path
                )
            })
            .collect()
    }

    #[test]
    fn variables_name_their_secret_key_and_role() {
        assert_eq!(
            found(
                "ingester:\n  extraEnv:\n    - name: A\n      valueFrom: {secretKeyRef: {name: s, key: k}}\n"
            ),
            ["s k ingester Variable(\"A\") ingester.extraEnv[0].valueFrom.secretKeyRef"]
        );
    }

    #[test]
    fn variables_in_a_map_go_by_their_key() {
        assert_eq!(
            found("envValueFrom:\n  A:\n    secretKeyRef: {name: s, key: k}\n"),
            ["s k - Variable(\"A\") envValueFrom.A.secretKeyRef"]
        );
    }

    #[test]
    fn volumes_name_their_items_or_the_whole_secret() {
        assert_eq!(
            found(
                "v:\n  - name: ca\n    secret: {secretName: s, items: [{key: ca.crt, path: x}]}\n  - name: p\n    projected: {sources: [{secret: {name: t}}, {configMap: {name: u}}]}\n"
            ),
            [
                "s ca.crt - Volume(\"ca\") v[0].secret",
                "t * - Volume(\"p\") v[1].projected.sources[0].secret"
            ]
        );
    }

    #[test]
    fn the_words_of_charts_count_and_optional_ones_do_not() {
        assert_eq!(
            found(
                "a: {existingSecret: s}\nb: {existingSecret: \"\"}\nimagePullSecrets: [r, {name: q}]\nenvFrom: [{secretRef: {name: e}}, {secretRef: {name: o, optional: true}}]\ntls: [{secretName: t, hosts: [h]}]\n"
            ),
            [
                "e * - Variables envFrom[0].secretRef",
                "q * - Images imagePullSecrets",
                "r * - Images imagePullSecrets",
                "s * - Chart a.existingSecret",
                "t * - Chart tls[0].secretName"
            ]
        );
    }
}
