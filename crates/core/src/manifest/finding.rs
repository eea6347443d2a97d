//! What is said about a stream of manifests, one function for each name.

use super::split::MAX_DOCUMENT;
use crate::diagnostic::Diagnostic;
use crate::source::Location;
use crate::units;
use crate::yaml::parser::Problem;

const OUTPUT: &str =
    "what Helm, Kustomize or `kubectl get` print goes to the API server, which takes objects only";

/// The stream holds nothing.
pub(super) fn empty(location: &Location) -> Diagnostic {
    Diagnostic::error("manifest/empty", "there are no manifests in the stream")
        .at(location)
        .why("nothing was read but blanks, comments, `null` and lists without items, so no rule looked at anything")
        .help("pipe the output of `helm template`, `kustomize build` or `kubectl get -o yaml` in, and look whether that program failed")
}

/// A document is a text or a list.
pub(super) fn not_an_object(location: &Location, what: &str) -> Diagnostic {
    Diagnostic::error(
        "manifest/not-an-object",
        format!("a document is {what} instead of a Kubernetes object"),
    )
    .at(location)
    .why(OUTPUT)
    .help("leave notes and messages out of the stream, and separate documents by `---`")
}

/// A map lacks `apiVersion` or `kind`.
pub(super) fn no_kind(location: &Location, missing: &str) -> Diagnostic {
    Diagnostic::error(
        "manifest/no-kind",
        format!("a document has no {missing}, so it is no Kubernetes object"),
    )
    .at(location)
    .why(OUTPUT)
    .help("pipe rendered manifests in, not values or a chart's templates")
}

/// An object lacks its name.
pub(super) fn no_name(location: &Location, kind: &str) -> Diagnostic {
    Diagnostic::error("manifest/no-name", format!("a {kind} has no name"))
        .at(location)
        .why("the API server refuses an object without `metadata.name` or `metadata.generateName`")
        .help("look at the values that the chart makes the name of")
}

/// A document does not parse.
pub(super) fn syntax(location: &Location, problem: Problem) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "manifest/syntax",
        format!("a document cannot be read: {}", problem.message),
    )
    .at(location)
    .help(problem.help);
    match problem.why {
        Some(why) => diagnostic.why(why),
        None => diagnostic,
    }
}

/// A document that looks like JSON does not parse.
pub(super) fn json_syntax(location: &Location) -> Diagnostic {
    Diagnostic::error(
        "manifest/syntax",
        "a document cannot be read: it begins as JSON and does not go on as JSON or YAML",
    )
    .at(location)
    .help("mend the program that wrote it; its output ends in a brace of its own for each object")
}

/// A document nests too deep or repeats itself without end.
pub(super) fn unreadable(location: &Location, what: &str) -> Diagnostic {
    Diagnostic::error(
        "manifest/syntax",
        format!("a document cannot be read: {what}"),
    )
    .at(location)
    .why(
        "no object of Kubernetes is like this; a text like this comes from a mistake or means harm",
    )
    .help("look at the template that made it")
}

/// The stream ends within a document or list.
pub(super) fn cut_off(location: &Location, what: &str) -> Diagnostic {
    Diagnostic::error(
        "manifest/cut-off",
        format!("the stream ends in the middle of {what}"),
    )
    .at(location)
    .why("what came before was read, what should follow is missing, so a check of it says nothing")
    .help("look whether the program that wrote the stream failed or was stopped; in a shell, `set -o pipefail` tells")
}

/// A workload lacks its containers.
pub(super) fn incomplete(location: &Location, title: &str) -> Diagnostic {
    Diagnostic::error("manifest/incomplete", format!("{title} has no containers"))
        .at(location)
        .why("the API server refuses it; in a stream it is the sign of half a document")
        .help("look whether the stream ends here, or which template leaves the containers out")
}

/// A document is larger than any object.
pub(super) fn too_large(location: &Location, what: &str) -> Diagnostic {
    Diagnostic::error(
        "manifest/too-large",
        format!(
            "{what} has more than {} MiB and was passed over",
            MAX_DOCUMENT / 1024 / 1024
        ),
    )
    .at(location)
    .why("the API server takes no object above 3 MiB")
    .help("look whether a `---` is missing between documents; keep large files out of ConfigMaps")
}

/// An object keeps more values than any real one.
pub(super) fn too_many_values(location: &Location) -> Diagnostic {
    Diagnostic::error(
        "manifest/too-large",
        "a document holds more values than any object has, and was passed over",
    )
    .at(location)
    .why("reading it would take more memory than all others together")
    .help("look whether anchors and aliases multiply its parts")
}

/// The same object is there twice.
pub(super) fn duplicate(again: &Location, first: &Location, kind: &str, name: &str) -> Diagnostic {
    Diagnostic::warning(
        "manifest/duplicate",
        format!("the {kind} `{name}` is in the stream twice"),
    )
    .label(again, "again here")
    .label(first, "first here")
    .why("applied together the later one replaces the earlier one, and both are counted here")
    .help("leave one of the two out, or give each its own name or namespace")
}

/// A map has a key twice.
pub(super) fn duplicate_key(location: &Location, key: &str) -> Diagnostic {
    let key: String = key.chars().take(60).collect();
    Diagnostic::warning(
        "manifest/duplicate-key",
        format!("the key `{key}` is there twice in one map"),
    )
    .at(location)
    .why("Helm and Kubernetes take the last one and forget the others, and a strict API server refuses the object")
    .help("leave one of them; look whether a template and a value both write it")
}

/// More findings than are kept.
pub(super) fn more(location: &Location, count: usize) -> Diagnostic {
    Diagnostic::warning(
        "manifest/more-findings",
        format!("{count} further findings on manifests are not shown"),
    )
    .at(location)
    .why("only the first thousand are kept")
    .help("mend what is shown, and look again")
}

/// An amount that Kubernetes refuses.
pub(super) fn quantity(
    location: &Location,
    title: &str,
    resource: &str,
    written: &str,
    problem: &units::Problem,
) -> Diagnostic {
    Diagnostic::error(
        "manifest/quantity",
        format!("{title}: `{resource}: {written}` is no amount: {}", problem.reason),
    )
    .at(location)
    .why("the API server refuses the object, and what the pod asks for cannot be counted")
    .help(match &problem.near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a number with a suffix that Kubernetes knows: `500m` or `2` for CPU, `512Mi`, `1.5Gi` or `2G` for memory and storage".to_owned(),
    })
}

/// A value that the API server refuses.
pub(super) fn bad_value(
    location: &Location,
    title: &str,
    key: &str,
    written: &str,
    what: &str,
    help: &str,
) -> Diagnostic {
    Diagnostic::error(
        "manifest/bad-value",
        format!("{title}: `{key}: {written}` is {what}"),
    )
    .at(location)
    .why("the API server refuses the object, so the field counts as not set")
    .help(help)
}

/// Configuration texts beyond what is kept.
pub(super) fn config_not_kept(location: &Location, title: &str) -> Diagnostic {
    Diagnostic::warning(
        "manifest/config-not-kept",
        format!("the configuration in {title}, and in what follows, is not looked at"),
    )
    .at(location)
    .why("the stream holds more configuration than is kept at a time")
    .help("check the releases one by one")
}
