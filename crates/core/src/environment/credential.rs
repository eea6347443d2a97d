//! `storage/inline-credential`: a secret written where everybody can read it.

use crate::diagnostic::Diagnostic;
use crate::yaml::{Node, Value};

/// Key names whose values are secrets, folded to lower case without `-` and `_`.
///
/// Source: the rule catalogue's HW-OBJ-004; `passphrase` and `privatekey` added.
const SECRET_KEYS: [&str; 11] = [
    "secretkey",
    "accesskey",
    "accesskeyid",
    "secretaccesskey",
    "password",
    "passphrase",
    "token",
    "webhook",
    "apiurl",
    "encryptkey",
    "privatekey",
];

/// Endings that make a key a reference to a secret rather than one.
const REFERENCE_ENDINGS: [&str; 6] = ["file", "name", "ref", "key", "path", "secret"];

/// Reports every secret that stands in the document as text.
pub(crate) fn check(document: &Node, found: &mut Vec<Diagnostic>) {
    walk(document, found);
}

fn walk(node: &Node, found: &mut Vec<Diagnostic>) {
    match &node.value {
        Value::Map(map) => {
            for (key, entry) in map {
                if let Some(text) = entry.value.as_str()
                    && is_secret_key(key)
                    && !is_reference(text)
                {
                    found.push(inline(key, &entry.value));
                } else if let Some(text) = entry.value.as_str()
                    && has_userinfo(text)
                {
                    found.push(inline(key, &entry.value).why(
                        "the address carries a user and a password, and ends up in a ConfigMap",
                    ));
                } else {
                    walk(&entry.value, found);
                }
            }
        }
        Value::List(items) => items.iter().for_each(|item| walk(item, found)),
        _ => {}
    }
}

// The text itself is never repeated: a report is copied to more places than the file.
fn inline(key: &str, node: &Node) -> Diagnostic {
    Diagnostic::error("storage/inline-credential", format!("`{key}` holds a secret in clear text"))
        .at(&node.location)
        .why("environment files and values files are committed, and most charts copy values into a ConfigMap")
        .help("put it into a Secret and refer to it: `objectStore.credentials.secretName`, a `${VARIABLE}` from the pod's environment, or a file; then replace the secret, it has been seen")
}

pub(crate) fn is_secret_key(key: &str) -> bool {
    let folded = key.to_lowercase().replace(['-', '_'], "");
    if REFERENCE_ENDINGS.iter().any(|ending| {
        folded.ends_with(ending) && !SECRET_KEYS.iter().any(|secret| folded.ends_with(secret))
    }) {
        return false;
    }
    // `accessKeyIdKey: access-key-id` names a key in a Secret.
    if folded.ends_with("keykey") || folded.ends_with("idkey") {
        return false;
    }
    SECRET_KEYS.iter().any(|secret| folded.ends_with(secret))
}

/// Returns whether a text refers to a secret instead of being one: empty, an environment variable, a template, a file,
/// or what SOPS encrypted.
pub(crate) fn is_reference(text: &str) -> bool {
    text.is_empty()
        || text.starts_with('/')
        || (text.contains("${") && text.contains('}'))
        || (text.contains("{{") && text.contains("}}"))
        || text.starts_with("$__")
        || text.starts_with("ENC[")
}

/// Returns whether a text is a URL with a password in it.
pub(crate) fn has_userinfo(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority
            .rsplit_once('@')
            .is_some_and(|(user, _)| user.contains(':') && !user.contains("${"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_told_from_names_of_references() {
        for key in [
            "secret_access_key",
            "secretAccessKey",
            "password",
            "access_key",
            "apiToken",
            "api_url",
        ] {
            assert!(is_secret_key(key), "{key}");
        }
        for key in [
            "secretName",
            "password_file",
            "accessKeyIdKey",
            "secretAccessKeyKey",
            "api_url_file",
            "existingSecret",
            "priorityClass",
        ] {
            assert!(!is_secret_key(key), "{key}");
        }
    }

    #[test]
    fn references_pass() {
        assert!(is_reference("${S3_SECRET_KEY}"));
        assert!(!is_reference("7h1sIsARealLookingValue"));
        assert!(has_userinfo("https://user:pass@host/push"));
        assert!(!has_userinfo("https://host/push?to=a:b@c"));
    }
}
