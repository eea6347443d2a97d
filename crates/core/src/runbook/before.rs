//! What must be there before anything is installed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Runbook;
use super::text::{code, codes, commands, table, word};
use crate::environment::{DeliveryMethod, PreemptionPolicy};
use crate::layout::EXAMPLE;

/// The wave of what makes buckets; see [`Manifest::wave`](crate::components::Manifest::wave).
const BUCKETS: i32 = 2;

impl Runbook<'_> {
    /// Returns the steps before the first sync.
    pub(super) fn before(&self) -> String {
        let steps = [
            self.tool(),
            self.namespace_step(),
            self.quota_step(),
            self.definitions(),
            self.priorities(),
            self.buckets(),
            self.secret_list(),
        ];
        let mut text = String::new();
        for (index, (title, body)) in steps.into_iter().flatten().enumerate() {
            if index > 0 {
                text.push('\n');
            }
            let _ = write!(text, "### {}. {title}\n\n{body}", index + 1);
        }
        text
    }

    fn namespace_step(&self) -> Option<(String, String)> {
        if self.makes_namespaces() {
            return None;
        }
        let written = |name: &str| {
            let mut objects = self.objects.iter();
            objects.any(|object| object.kind == "Namespace" && object.name == name)
        };
        let lines: Vec<String> = self
            .namespaces()
            .into_iter()
            .filter(|name| !written(name))
            .map(|name| {
                format!(
                    "kubectl get namespace {0} || kubectl create namespace {0}",
                    word(name)
                )
            })
            .collect();
        (!lines.is_empty()).then(|| ("Namespace".to_owned(), commands(&lines)))
    }

    fn quota_step(&self) -> Option<(String, String)> {
        let table = self.quota()?;
        let name = &self.environment.name;
        let mut check: Vec<String> = self
            .namespaces()
            .into_iter()
            .map(|name| {
                format!(
                    "kubectl {} describe resourcequota",
                    Self::in_namespace(name)
                )
            })
            .collect();
        check.push(format!(
            "helmwright budget {} --format markdown > request.md",
            word(name)
        ));
        Some((
            "Quota".to_owned(),
            format!(
                "{table}\nWhat the cluster grants is shown first; the last command, in the project's folder, writes the request of the environment's own namespace with its arithmetic.\n\n{}",
                commands(&check)
            ),
        ))
    }

    /// Returns the kinds that somebody must have taught the API server.
    fn definitions(&self) -> Option<(String, String)> {
        let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for version in &self.environment.model.kubernetes.api_versions {
            // A kind may follow, as charts ask for it.
            let mut parts = version.splitn(3, '/');
            let group = parts.next().unwrap_or_default();
            let kinds = wanted.entry(group).or_default();
            kinds.extend(parts.nth(1));
        }
        for object in self.objects.iter().filter(|object| object.is_custom()) {
            wanted
                .entry(object.group())
                .or_default()
                .insert(&object.kind);
        }
        let rows: Vec<Vec<String>> = wanted
            .iter()
            .map(|(group, kinds)| {
                let kinds = match kinds.len() {
                    0 => "charts write objects of it".to_owned(),
                    _ => codes(kinds.iter().copied()),
                };
                vec![code(group), kinds]
            })
            .collect();
        let lines: Vec<String> = wanted
            .keys()
            .map(|group| format!("kubectl api-resources --api-group={}", word(group)))
            .collect();
        (!rows.is_empty()).then(|| {
            let table = table(&["API group", "kinds"], &rows);
            (
                "Custom resource definitions".to_owned(),
                format!(
                    "{table}\nEach command must list something.\n\n{}",
                    commands(&lines)
                ),
            )
        })
    }

    fn priorities(&self) -> Option<(String, String)> {
        let used: BTreeSet<&str> = self
            .workloads
            .iter()
            .filter(|workload| workload.runs())
            .filter_map(|workload| workload.priority_class.as_deref())
            // Those that every cluster has.
            .filter(|class| !class.starts_with("system-"))
            .collect();
        let written = |class: &str| {
            self.objects
                .iter()
                .find(|object| object.kind == "PriorityClass" && object.name == class)
        };
        let rows: Vec<Vec<String>> = used
            .iter()
            .map(|class| {
                let known = self.environment.model.priority_classes.get(*class);
                vec![
                    code(class),
                    known.map_or_else(|| "-".to_owned(), |class| class.value.to_string()),
                    known
                        .map_or("-", |class| match class.preemption_policy {
                            PreemptionPolicy::Never => "Never",
                            PreemptionPolicy::PreemptLowerPriority => "PreemptLowerPriority",
                        })
                        .to_owned(),
                    written(class).map_or_else(
                        || "you, or the environment whose `cluster-objects` writes them".to_owned(),
                        |object| format!("wave 0, {}", code(&object.file)),
                    ),
                ]
            })
            .collect();
        let missing: Vec<&str> = used
            .iter()
            .copied()
            .filter(|class| written(class).is_none())
            .collect();
        let check = if missing.is_empty() {
            String::new()
        } else {
            let names: Vec<_> = missing.iter().map(|class| word(class)).collect();
            let line = format!("kubectl get priorityclass {}", names.join(" "));
            format!(
                "\nWithout its class no pod is admitted.\n\n{}",
                commands(&[line])
            )
        };
        (!rows.is_empty()).then(|| {
            let table = table(&["priority class", "value", "preemption", "made by"], &rows);
            ("Priority classes".to_owned(), table + &check)
        })
    }

    fn buckets(&self) -> Option<(String, String)> {
        let store = self.environment.model.object_store.as_ref()?;
        let buckets = self.links.buckets();
        let rows: Vec<Vec<String>> = buckets
            .iter()
            .map(|bucket| {
                vec![
                    code(&bucket.name),
                    bucket.component.clone(),
                    bucket.purpose.clone(),
                ]
            })
            .collect();
        if rows.is_empty() {
            return None;
        }
        let scheme = if store.tls { "https" } else { "http" };
        let mut text = format!(
            "Object store {} at {}, region {}.\n\n{}\n",
            code(&store.instance),
            code(&format!("{scheme}://{}", store.endpoint)),
            code(&store.region),
            table(&["bucket", "component", "holds"], &rows)
        );
        if !self.releases.iter().any(|release| release.wave == BUCKETS) {
            let lines: Vec<String> = buckets
                .iter()
                .map(|bucket| {
                    format!(
                        "aws s3api create-bucket --endpoint-url {} --region {} --bucket {}",
                        word(&format!("{scheme}://{}", store.endpoint)),
                        word(&store.region),
                        word(&bucket.name)
                    )
                })
                .collect();
            text.push_str("With the access key of the Secret below; a bucket that is there stays as it is.\n\n");
            text.push_str(&commands(&lines));
        } else {
            text.push_str("A Job makes those that are missing, before any backend is installed.\n");
        }
        Some(("Buckets".to_owned(), text))
    }

    fn secret_list(&self) -> Option<(String, String)> {
        /// Who reads what, by namespace and Secret.
        type Wanted<'s> = BTreeMap<(&'s str, &'s str), BTreeMap<Option<&'s str>, BTreeSet<String>>>;
        let mut wanted: Wanted<'_> = BTreeMap::new();
        for needed in self.secrets {
            let reference = &needed.reference;
            let reader = match &reference.role {
                Some(role) if *role != needed.component => format!("{} {role}", needed.component),
                _ => needed.component.clone(),
            };
            wanted
                .entry((&needed.namespace, &reference.secret))
                .or_default()
                .entry(reference.key.as_deref())
                .or_default()
                .insert(reader);
        }
        if let Some((namespace, secret)) = self.decryption() {
            let keys = wanted.entry((namespace, secret)).or_default();
            keys.entry(None)
                .or_default()
                .insert("Flux, to decrypt files".to_owned());
        }
        let mut rows = Vec::new();
        let mut lines = Vec::new();
        for ((namespace, secret), keys) in &wanted {
            for (key, readers) in keys {
                rows.push(vec![
                    code(secret),
                    code(namespace),
                    key.map_or_else(|| "(all)".to_owned(), code),
                    readers.iter().cloned().collect::<Vec<_>>().join(", "),
                    self.maker(namespace, secret),
                ]);
            }
            lines.push(format!(
                "kubectl {} describe secret {}",
                Self::in_namespace(namespace),
                word(secret)
            ));
        }
        (!rows.is_empty()).then(|| {
            let table = table(&["secret", "namespace", "key", "read by", "made by"], &rows);
            (
                "Secrets".to_owned(),
                format!(
                    "{table}\nEach command lists the keys with their sizes, and no value. A pod does not start while its Secret or key is missing.\n\n{}{}",
                    commands(&lines),
                    self.encrypted()
                ),
            )
        })
    }

    /// Returns how examples become Secrets, where nothing that delivers decrypts them.
    fn encrypted(&self) -> String {
        if self.environment.model.delivery.method == DeliveryMethod::Flux {
            return String::new();
        }
        let files: BTreeSet<&str> = self
            .objects
            .iter()
            .filter(|object| object.example)
            .filter_map(|object| object.file.strip_suffix(EXAMPLE))
            .collect();
        if files.is_empty() {
            return String::new();
        }
        let mut lines = Vec::new();
        for file in files {
            let example = format!("{file}{EXAMPLE}");
            let file = word(file);
            lines.push(format!("cp -n {} {file}", word(&example)));
            lines.push(format!("${{EDITOR:-vi}} {file}"));
            lines.push(format!("sops --encrypt --in-place {file}"));
            lines.push(format!("sops --decrypt {file} | kubectl apply -f -"));
        }
        format!(
            "\nNothing delivers the Secrets that come from examples. Copy each, fill it, encrypt it before it is committed, and apply it, once their namespaces are there.\n\n{}",
            commands(&lines)
        )
    }

    /// Returns who makes a Secret: a file of ours, or the team.
    fn maker(&self, namespace: &str, secret: &str) -> String {
        let made = self.objects.iter().find(|object| {
            object.name == secret
                && object.kind.ends_with("Secret")
                && object
                    .namespace
                    .as_deref()
                    .is_none_or(|own| own == namespace)
        });
        match made {
            Some(object) if object.example => format!("you, from {}", code(&object.file)),
            Some(object) => format!("{} of {}", object.kind, code(&object.file)),
            None => "you".to_owned(),
        }
    }
}
