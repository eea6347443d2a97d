//! Secrets in old values: found, named, and never copied.

use std::collections::BTreeSet;

use super::compare::Wanted;
use super::findings;
use super::path::{Path, show};
use crate::contract::Contract;
use crate::diagnostic::Diagnostic;
use crate::environment::{find_credentials, is_credential_key, is_credential_reference};
use crate::source::Location;
use crate::yaml::{Node, Value};

/// What SOPS writes in a value's place.
const ENCRYPTED: &str = "ENC[";

/// Takes the secrets out of values. `model` tells where the environment has references of its own.
pub(super) fn take(mut values: Node, model: Option<&Node>, found: &mut Vec<Diagnostic>) -> Wanted {
    let mut reported = Vec::new();
    find_credentials(&values, &mut reported);
    let places: Vec<Location> = reported
        .iter()
        .filter_map(|found| found.location().cloned())
        .collect();
    let mut walk = Walk {
        places,
        model,
        path: Vec::new(),
        secrets: BTreeSet::new(),
        found,
    };
    walk.clean(&mut values);
    Wanted {
        values,
        secrets: walk.secrets,
    }
}

struct Walk<'a> {
    places: Vec<Location>,
    model: Option<&'a Node>,
    path: Path,
    secrets: BTreeSet<Path>,
    found: &'a mut Vec<Diagnostic>,
}

impl Walk<'_> {
    fn clean(&mut self, node: &mut Node) {
        match &mut node.value {
            Value::Map(map) => {
                // A variable of a container: the name says that its value is a secret.
                let variable = map
                    .get("name")
                    .and_then(|entry| entry.value.as_str())
                    .is_some_and(is_credential_key);
                let names: Vec<String> = map.keys().cloned().collect();
                for name in names {
                    self.path.push(name.clone());
                    let gone = match map.get_mut(&name) {
                        Some(entry)
                            if self.is_secret(&entry.value, variable && name == "value") =>
                        {
                            self.note(&entry.value);
                            true
                        }
                        Some(entry) => {
                            self.clean(&mut entry.value);
                            false
                        }
                        None => false,
                    };
                    if gone {
                        map.shift_remove(&name);
                    }
                    self.path.pop();
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.path.push(index.to_string());
                    self.clean(item);
                    self.path.pop();
                }
            }
            Value::String(text) => {
                if text.contains('\n')
                    && let Some(line) = secret_line(text)
                {
                    self.found.push(findings::secret_in_text(
                        &show(&self.path),
                        line,
                        &node.location,
                    ));
                } else if text.starts_with(ENCRYPTED) {
                    let place = node.location.clone();
                    self.encrypted(&place);
                }
            }
            _ => {}
        }
    }

    fn is_secret(&self, node: &Node, named: bool) -> bool {
        let Some(text) = node.as_str() else {
            return false;
        };
        self.places.contains(&node.location)
            || named && !is_credential_reference(text)
            || text.starts_with(ENCRYPTED) && self.model_refers()
    }

    /// Returns whether the model has a reference here.
    fn model_refers(&self) -> bool {
        self.in_model()
            .and_then(Node::as_str)
            .is_some_and(|text| text.starts_with("${"))
    }

    fn in_model(&self) -> Option<&Node> {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        self.model?.at(&path)
    }

    fn note(&mut self, node: &Node) {
        let encrypted = node
            .as_str()
            .is_some_and(|text| text.starts_with(ENCRYPTED));
        self.found.push(findings::secret(
            &show(&self.path),
            &node.location,
            self.in_model().is_some(),
            encrypted,
        ));
        self.secrets.insert(self.path.clone());
    }

    fn encrypted(&mut self, place: &Location) {
        self.found
            .push(findings::encrypted(&show(&self.path), place));
    }
}

/// Reports values of which more is encrypted than texts: what cannot be read cannot be adopted.
pub(super) fn check(values: &Node, contract: &Contract) -> Option<Diagnostic> {
    let found = contract.check(values);
    let place = found
        .iter()
        .filter(|found| found.id == "contract/wrong-type")
        .filter_map(Diagnostic::location)
        .find(|place| {
            place
                .text()
                .trim_matches(['"', '\''])
                .starts_with(ENCRYPTED)
        })?;
    Some(findings::encrypted_whole(place))
}

/// Returns the key of a line that assigns a secret in a text of configuration, if there is one.
fn secret_line(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        let line = line.trim().trim_start_matches("- ");
        let (key, value) = line.split_once(['=', ':'])?;
        let key = key.trim().trim_matches('"');
        let value = value.trim().trim_end_matches(',');
        let plain = value.trim_matches(['"', '\'']);
        // In Alloy an expression such as `sys.env("KEY")` has no quotes around it; in YAML any word is text.
        let literal = value.starts_with('"') || value.starts_with('\'') || line.contains(": ");
        let is_name = !key.is_empty()
            && key
                .chars()
                .all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-');
        (is_name
            && literal
            && is_credential_key(key)
            && !plain.starts_with(ENCRYPTED)
            && !is_credential_reference(plain)
            && !matches!(plain, "null" | "true" | "false"))
        .then_some(key)
    })
}

#[cfg(test)]
mod tests {
    use super::secret_line;

    #[test]
    fn secrets_in_texts_are_told_from_expressions() {
        assert_eq!(
            secret_line("basic_auth {\n  password = \"x\"\n}"),
            Some("password")
        );
        assert_eq!(
            secret_line("a: 1\nsecret_access_key: abc"),
            Some("secret_access_key")
        );
        for fine in [
            "password = sys.env(\"P\")",
            "secret_access_key: ${KEY}",
            "password_file = \"/etc/p\"",
            "password: \"\"",
        ] {
            assert_eq!(secret_line(fine), None, "{fine}");
        }
    }
}
