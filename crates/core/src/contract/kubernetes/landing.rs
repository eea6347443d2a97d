//! The type of a place in a rendered object.

use super::super::schema::Schema;
use super::KEYS;
use super::facts::{below, facts, schema};

/// Returns what Kubernetes takes at a place of a rendered object; nothing if it is not known.
///
/// `path` are keys from the object's root, `[]` for an element of a list. Without a kind (or with one that is not
/// known) the end of the path decides: what stands in a pod template or a container is known by that, and the rest
/// by its key alone. Types with a name come as references to `#/definitions/<name>`, for [`super::named`].
///
/// An API version of a form that Kubernetes no longer serves (`extensions/v1beta1`) is not known but for its metadata.
pub(crate) fn at(
    kind: Option<&str>,
    api_version: Option<&str>,
    path: &[Box<str>],
) -> Option<Schema> {
    if kind == Some("List")
        && let [items, element, rest @ ..] = path
        && (&**items, &**element) == ("items", "[]")
    {
        return at(None, None, rest);
    }
    let word = match kind {
        None => tail(path, Trust::Any),
        Some(kind) => match root(kind, api_version) {
            Root::Known(name) => walk(name, path),
            Root::Old => None,
            Root::Unknown => tail(path, Trust::Pods),
        },
    };
    let word = word.or_else(|| head(path))?;
    match word {
        // Anything goes there: no type to tell.
        "any" => None,
        word => schema(word),
    }
}

/// What is known of a kind.
#[derive(Debug, PartialEq, Eq)]
enum Root {
    /// The name of its type.
    Known(&'static str),
    /// A kind of Kubernetes in a form that is gone.
    Old,
    /// Not a kind we know: a custom resource.
    Unknown,
}

/// Forms of kinds that differ from those served today.
const OLD: &[&str] = &[
    "autoscaling/v2beta1 HorizontalPodAutoscaler",
    "networking.k8s.io/v1beta1 Ingress",
];

fn root(kind: &str, api_version: Option<&str>) -> Root {
    let mut forms = facts()
        .kinds
        .iter()
        .filter_map(|(form, name)| {
            let (version, known) = form.rsplit_once(' ')?;
            (known == kind).then_some((version, *name))
        })
        .peekable();
    if forms.peek().is_none() {
        return Root::Unknown;
    }
    let Some(wanted) = api_version else {
        // The newest comes last.
        return forms
            .last()
            .map_or(Root::Unknown, |(_, name)| Root::Known(name));
    };
    if OLD.contains(&&*format!("{wanted} {kind}")) {
        return Root::Old;
    }
    let mut near = None;
    for (version, name) in forms {
        if version == wanted {
            return Root::Known(name);
        }
        if group(version) == group(wanted) {
            near = Some(name);
        }
    }
    match near {
        Some(name) => Root::Known(name),
        // Everything of `extensions` moved elsewhere, and changed on the way.
        None if group(wanted) == "extensions" => Root::Old,
        None => Root::Unknown,
    }
}

fn group(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

fn walk(word: &'static str, path: &[Box<str>]) -> Option<&'static str> {
    path.iter().try_fold(word, |word, step| below(word, step))
}

/// Every object has these, whatever its kind.
fn head(path: &[Box<str>]) -> Option<&'static str> {
    let (first, rest) = path.split_first()?;
    match &**first {
        "apiVersion" | "kind" if rest.is_empty() => Some("string"),
        "metadata" => walk("object-meta", rest),
        _ => None,
    }
}

/// How far a key alone may be trusted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// The object is one of Kubernetes, very likely.
    Any,
    /// The object is a custom resource: only names that nobody uses for anything but parts of pods.
    Pods,
}

/// Keys that mean the same wherever they stand, and their words.
const PARTS: &[(&str, &str)] = &[
    ("affinity", "affinity"),
    ("containers", "containers"),
    ("dnsConfig", "dns-config"),
    ("hostAliases", "host-aliases"),
    ("imagePullSecrets", "[name-ref]"),
    ("initContainers", "containers"),
    ("jobTemplate", "job-template-spec"),
    ("nodeSelector", "strings"),
    ("tolerations", "tolerations"),
    ("topologySpreadConstraints", "topology-spread"),
    ("volumeClaimTemplates", "[claim]"),
    ("volumeMounts", "volume-mounts"),
    ("volumes", "volumes"),
];

/// Returns the word of a place by the end of its path: the first key that is known leads on.
fn tail(path: &[Box<str>], trust: Trust) -> Option<&'static str> {
    (0..path.len()).find_map(|at| {
        let (before, from) = path.split_at(at);
        let (key, rest) = from.split_first()?;
        let word = match (&**key, rest.first().map(|next| &**next)) {
            ("template", Some("metadata" | "spec")) => "pod-template-spec",
            // What a role or a webhook is about.
            ("resources", _) if before.iter().any(|key| **key == *"rules") => return None,
            (key, _) => {
                let own = PARTS.iter().find(|(part, _)| *part == key);
                let any = || KEYS.iter().find(|(name, _)| *name == key);
                own.or_else(|| any().filter(|_| trust == Trust::Any))?.1
            }
        };
        walk(word, rest)
    })
}
