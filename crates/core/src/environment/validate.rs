//! What a schema cannot say: names that become DNS labels, addresses, secrets written in clear.

use super::credential;
use super::read::Environment;
use crate::diagnostic::Diagnostic;
use crate::source::Location;
use crate::yaml::Node;

/// Checks what can be checked before the document is typed.
pub(super) fn document(document: &Node, found: &mut Vec<Diagnostic>) {
    for key in ["environment", "namespace"] {
        if let Some(node) = document.get(key)
            && let Some(name) = node.as_str()
        {
            dns_label(key, name, 63, &node.location, found);
        }
    }
    if let Some(components) = document.get("components").and_then(Node::as_map) {
        for entry in components.values() {
            if let Some(release) = entry.value.get("release")
                && let Some(name) = release.as_str()
            {
                // Helm stores releases under names that leave 10 of 63 characters to itself.
                dns_label("release", name, 53, &release.location, found);
            }
        }
    }
    if let Some(endpoint) = document.at(&["objectStore", "endpoint"])
        && let Some(text) = endpoint.as_str()
    {
        host_and_port(text, &endpoint.location, found);
    }
    if let Some(tenant) = document.get("tenant")
        && let Some(text) = tenant.as_str()
    {
        tenant_id(text, &tenant.location, found);
    }
    credential::check(document, found);
}

/// Checks what needs the typed model.
pub(super) fn environment(environment: &Environment, found: &mut Vec<Diagnostic>) {
    for (name, class) in &environment.model.priority_classes {
        let path = format!("priorityClasses.{name}");
        dns_label(
            "priority class",
            name,
            253,
            &environment.key_location(&path),
            found,
        );
        if name.starts_with("system-") {
            found.push(
                Diagnostic::error(
                    "environment/invalid-name",
                    format!("priority class `{name}` has a reserved name"),
                )
                .at(&environment.key_location(&path))
                .why("Kubernetes keeps the prefix `system-` for itself and refuses such a class")
                .help("choose a name without `system-`"),
            );
        }
        for kind in &class.kinds {
            let first = environment.priority_class_of(*kind);
            if first.as_deref() != Some(name.as_str()) {
                found.push(
                    Diagnostic::error(
                        "environment/ambiguous-priority",
                        format!("kind `{}` is in two priority classes", kind.name()),
                    )
                    .at(&environment.location(&format!("{path}.kinds")))
                    .why(format!(
                        "`{}` names it too, and a pod carries one class",
                        first.unwrap_or_default()
                    ))
                    .help("leave the kind in one of them"),
                );
            }
        }
    }
    for (id, section) in &environment.model.components {
        for (role, settings) in &section.roles {
            let path = format!("components.{id}.roles.{role}");
            if let Some(scaling) = &settings.autoscaling
                && scaling.max_replicas < scaling.min_replicas
            {
                found.push(
                    Diagnostic::error(
                        "environment/bad-value",
                        format!(
                            "`maxReplicas` {} is below `minReplicas` {}",
                            scaling.max_replicas, scaling.min_replicas
                        ),
                    )
                    .at(&environment.location(&format!("{path}.autoscaling.maxReplicas")))
                    .why("the API server refuses such an autoscaler")
                    .help("raise `maxReplicas`, or lower `minReplicas`"),
                );
            }
        }
    }
}

/// Checks a name that becomes a DNS label or a part of one, and a folder.
fn dns_label(
    what: &str,
    name: &str,
    most: usize,
    location: &Location,
    found: &mut Vec<Diagnostic>,
) {
    let fine = !name.is_empty()
        && name.len() <= most
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    if !fine {
        found.push(
            Diagnostic::error("environment/invalid-name", format!("{what} `{name}` is not a DNS label"))
                .at(location)
                .why("it becomes part of object names, bucket names and folders")
                .help(format!(
                    "use 1 to {most} lower-case letters, digits and hyphens, beginning and ending with a letter or digit"
                )),
        );
    }
}

/// Checks an address that clients take as `host:port`.
fn host_and_port(text: &str, location: &Location, found: &mut Vec<Diagnostic>) {
    let why = if text.contains("://") {
        Some("Tempo and Mimir take host and port; whether to use TLS is `tls`")
    } else if text.contains('/') {
        Some("buckets are no part of it; their names are computed")
    } else if text.contains('@') {
        Some("credentials never stand in an address; they come from a Secret")
    } else if text.is_empty() || text.contains(char::is_whitespace) {
        Some("it is empty or holds white space")
    } else if text
        .rsplit_once(':')
        .is_some_and(|(host, port)| host.is_empty() || port.parse::<u16>().is_err())
    {
        Some("what follows the colon is not a port from 0 to 65535")
    } else {
        None
    };
    if let Some(why) = why {
        found.push(
            Diagnostic::error(
                "environment/invalid-endpoint",
                format!("endpoint `{text}` is not `host:port`"),
            )
            .at(location)
            .why(why)
            .help("write `host:port`, such as `seaweedfs-s3.storage.svc:8333`"),
        );
    }
}

/// Checks a tenant id by the rule that Mimir, Loki and Tempo share.
///
/// Source: Grafana Mimir documentation, "About tenant IDs".
fn tenant_id(text: &str, location: &Location, found: &mut Vec<Diagnostic>) {
    let fine = !text.is_empty()
        && text.len() <= 150
        && !matches!(text, "." | ".." | "__mimir_cluster")
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!-_.*'()".contains(&byte));
    if !fine {
        found.push(
            Diagnostic::error(
                "environment/invalid-name",
                format!("`{text}` cannot be a tenant"),
            )
            .at(location)
            .why("Mimir, Loki and Tempo refuse requests with such a tenant id")
            .help("use up to 150 letters, digits and `!-_.*'()`"),
        );
    }
}
