//! Who refuses a value, so that one walker speaks for charts and for environments.

use std::borrow::Cow;

/// The words and ids that findings of one kind of document use.
#[derive(Clone, Debug)]
pub struct Wording {
    group: &'static str,
    noun: String,
    reads: &'static str,
    all_keys: Option<String>,
    null_is_unset: bool,
}

impl Wording {
    /// Speaks for a chart's values; ids start with `contract/`.
    pub fn chart(name: &str, version: &str) -> Self {
        Self {
            group: "contract",
            noun: format!("chart {name} {version}"),
            reads: "the chart reads it at",
            all_keys: Some(format!(
                "`helmwright schema {name}@{version}` lists all keys"
            )),
            null_is_unset: false,
        }
    }

    /// Speaks for an object of Kubernetes; ids start with `object/`.
    pub fn object(api_version: &str, kind: &str) -> Self {
        Self {
            group: "object",
            noun: format!("{kind} of {api_version}"),
            reads: "the kind has one at",
            all_keys: None,
            null_is_unset: false,
        }
    }

    /// Speaks for a file of rule groups; ids start with `rules/`.
    pub fn rule_file() -> Self {
        Self {
            group: "rules",
            noun: "a file of rule groups".to_owned(),
            reads: "such a file has one at",
            all_keys: None,
            null_is_unset: true,
        }
    }

    /// Speaks for an environment file; ids start with `environment/`, and null means not set.
    pub fn environment() -> Self {
        Self {
            group: "environment",
            noun: "the environment".to_owned(),
            reads: "the environment has one at",
            all_keys: Some("`helmwright schema environment` lists all keys".to_owned()),
            null_is_unset: true,
        }
    }

    /// Speaks for a cluster file; ids start with `cluster/`, and null means not set.
    pub fn cluster() -> Self {
        Self {
            group: "cluster",
            noun: "the cluster file".to_owned(),
            reads: "the cluster file has one at",
            all_keys: Some("`helmwright schema cluster` lists all keys".to_owned()),
            null_is_unset: true,
        }
    }

    /// Speaks for a file of a catalogue of the user's; ids start with `catalog/`. `what` comes into the sentence "... has no
    /// key".
    pub fn catalog(what: impl Into<String>) -> Self {
        Self {
            group: "catalog",
            noun: what.into(),
            reads: "there is one at",
            all_keys: None,
            null_is_unset: false,
        }
    }

    /// Speaks for something else of an environment, such as one component's settings: `what` comes
    /// into the sentence "... has no key".
    pub fn part_of_environment(what: impl Into<String>) -> Self {
        Self {
            noun: what.into(),
            all_keys: None,
            ..Self::environment()
        }
    }

    /// Returns why a problem is one, where the schema itself says nothing nearer.
    pub(super) fn why(&self, problem: &str) -> &'static str {
        match (self.group, problem) {
            ("contract", "unknown-key") => {
                "Helm drops a key that no template reads, without a word"
            }
            ("contract", _) => {
                "the templates take it as it stands, so it fails in the cluster and not before"
            }
            ("object", "unknown-key") => {
                "the cluster drops a field that the kind does not have, or refuses the object"
            }
            ("object", _) => "the cluster refuses the object",
            ("rules", _) => "Mimir refuses the whole file, and with it every rule in it",
            ("catalog", "unknown-key") => "nothing reads it, so it would say nothing",
            ("catalog", _) => "the component cannot be used without it",
            ("cluster", "unknown-key") => {
                "the simulator would not look at it, and would place pods as if it were not there"
            }
            ("cluster", _) => "every placing that the simulator makes would be wrong",
            (_, "unknown-key") => "nothing is derived from it, so it would change nothing",
            (_, "missing-key") => "what follows from it cannot be derived",
            _ => "what is derived from it would be wrong everywhere at once",
        }
    }

    /// Returns who speaks: `chart loki 18.11.0`.
    pub fn noun(&self) -> &str {
        &self.noun
    }

    /// Returns the words before the place where a key is read.
    pub(super) const fn reads(&self) -> &'static str {
        self.reads
    }

    /// Returns where all keys are listed.
    pub(super) fn all_keys(&self) -> Option<&str> {
        self.all_keys.as_deref()
    }

    /// Returns whether null stands for a key that is not set.
    pub(super) const fn null_is_unset(&self) -> bool {
        self.null_is_unset
    }

    /// Returns whether the keys are ours, so that we know what each of them does.
    pub(super) fn is_typed(&self) -> bool {
        self.group != "contract"
    }

    /// Returns the id of a problem: `contract/unknown-key`.
    pub(super) fn id(&self, problem: &str) -> Cow<'static, str> {
        Cow::Owned(format!("{}/{problem}", self.group))
    }
}
