//! What adoption says, one function a kind of finding.

use std::sync::Arc;

use super::input::Old;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{Location, Source};
use crate::yaml::Node;

pub(super) fn templated(place: &Location) -> Diagnostic {
    Diagnostic::error("adopt/templated", "this is a template, not a values file")
        .at(place)
        .why("what stands between the braces is only known once the template is rendered")
        .help("render it first with the tool it is written for, such as `helmfile write-values`, and adopt the result")
}

pub(super) fn several_documents(place: &Location) -> Diagnostic {
    Diagnostic::error(
        "adopt/several-documents",
        "this file holds several documents",
    )
    .at(place)
    .why("Helm reads one document of a values file")
    .help("split it, and name the parts in the order Helm is to merge them")
}

pub(super) fn not_values(node: &Node) -> Diagnostic {
    Diagnostic::error("adopt/not-values", "this is no values file")
        .at(&node.location)
        .why(format!(
            "values are a map of keys, and this is {}",
            match node.value.type_name() {
                "array" => "a list",
                "string" => "text",
                "object" => "a map",
                _ => "a single value",
            }
        ))
        .help("name the file that `helm install -f` takes")
}

pub(super) fn other_kind(node: &Node) -> Diagnostic {
    let kind = node.get("kind").and_then(Node::as_str).unwrap_or("?");
    let help = match kind {
        "ApplicationSet" => "adopt an Application that it makes, or the values file it refers to",
        "ConfigMap" | "Secret" => "take the values file out of it, and adopt that",
        _ => "name a values file, an Argo CD Application or a Flux HelmRelease",
    };
    let place = node
        .get("kind")
        .map_or(&node.location, |kind| &kind.location);
    Diagnostic::error(
        "adopt/other-kind",
        format!("a {kind} holds no values to adopt"),
    )
    .at(place)
    .why("of Kubernetes objects, an Application of Argo CD and a HelmRelease of Flux carry values")
    .help(help)
}

pub(super) fn no_helm_source(node: &Node) -> Diagnostic {
    Diagnostic::error(
        "adopt/not-values",
        "this Application has no Helm values of its own",
    )
    .at(&node.location)
    .why("none of its sources has a `helm` section")
    .help("adopt the values file that its chart is installed with")
}

pub(super) fn several_releases(source: &Arc<Source>, releases: &[Old]) -> Diagnostic {
    let charts: Vec<String> = releases
        .iter()
        .map(|one| format!("`{}`", one.chart.as_deref().unwrap_or("no chart name")))
        .collect();
    Diagnostic::error(
        "adopt/several-releases",
        "this file installs several charts",
    )
    .at(&Location::of_file(source))
    .why(format!(
        "it names {}; one component is adopted at a time",
        charts.join(", ")
    ))
    .help("name the one that is meant with `--chart NAME@VERSION`")
}

pub(super) fn more_values(node: &Node, what: &str) -> Diagnostic {
    Diagnostic::warning("adopt/more-values", format!("`{what}` is not read"))
        .at(&node.location)
        .why("those values stand elsewhere, and they win or lose against these by a rule of the tool")
        .help("name their files too, in the order they are merged")
}

pub(super) fn no_chart(old: &Old) -> Diagnostic {
    Diagnostic::error(
        "adopt/no-chart",
        "nothing says which chart these values are for",
    )
    .at(&old.values.location)
    .why("keys mean something to one chart at one version")
    .help("name it with `--chart NAME@VERSION`, such as `--chart tempo@2.2.4`")
}

pub(super) fn unserved(old: &Old, chart: &str, version: &str, served: &[String]) -> Diagnostic {
    let found = if served.is_empty() {
        Diagnostic::error(
            "adopt/unserved",
            format!("no component is made with chart `{chart}`"),
        )
        .help("`helmwright contract list` shows the charts that are known")
    } else {
        Diagnostic::error(
            "adopt/unserved",
            format!("chart {chart} {version} is not served"),
        )
        .help(format!(
            "name the version to move to, such as `--chart {chart}@{}`; or add a version of a served major by `helmwright contract build` and `--schemas`",
            served.first().map(String::as_str).unwrap_or_default()
        ))
    };
    found.at(&old.values.location).why(if served.is_empty() {
        "there is no template for it".to_owned()
    } else {
        format!(
            "served are {}; another version may read other keys",
            served.join(", ")
        )
    })
}

pub(super) fn other_chart(
    old: &Old,
    chart: &str,
    unknown: usize,
    all: usize,
    better: Option<(&str, &str)>,
) -> Diagnostic {
    Diagnostic::error(
        "adopt/other-chart",
        format!("these are not the values of chart {chart}"),
    )
    .at(&old.values.location)
    .why(format!("it has no {unknown} of the {all} keys at the top"))
    .help(match better {
        Some((name, version)) => format!("they fit `--chart {name}@{version}` better"),
        None => "name the chart they are for with `--chart NAME@VERSION`".to_owned(),
    })
}

pub(super) fn umbrella(chart: &str, place: &Location, others: bool) -> Diagnostic {
    Diagnostic::warning(
        "adopt/umbrella",
        format!("these are the values of a chart around {chart}; its part is adopted"),
    )
    .at(place)
    .why(if others {
        "values for a subchart stand under its name; the other keys are for other charts, and are not adopted"
    } else {
        "values for a subchart stand under its name"
    })
    .help("helmwright installs the chart itself, so the chart around it is no longer needed for it")
}

/// A key that the chart never read: said as the contract says it, and left out.
pub(super) fn left_out(mut found: Diagnostic) -> Diagnostic {
    found.severity = Severity::Warning;
    found.why = Some("it never had an effect, so it is left out of the environment".to_owned());
    found
}

pub(super) fn secret(path: &str, place: &Location, replaced: bool, encrypted: bool) -> Diagnostic {
    let what = if encrypted {
        "an encrypted secret"
    } else {
        "a secret in clear text"
    };
    let message = if replaced {
        format!("`{path}` holds {what}; the environment refers to a Secret instead")
    } else {
        format!("`{path}` holds {what}; it is left out")
    };
    let found = Diagnostic::warning("storage/inline-credential", message)
        .at(place)
        .why("an intended difference: secrets are not copied into an environment");
    found.help(if replaced {
        "put it into the Secret that `objectStore.credentials` names; then replace it, it has been seen"
    } else {
        "put it into a Secret, and refer to it under `values:`; then replace it, it has been seen"
    })
}

pub(super) fn secret_in_text(path: &str, line: &str, place: &Location) -> Diagnostic {
    Diagnostic::error(
        "storage/inline-credential",
        format!("the text at `{path}` holds a secret in clear text, beside `{line}`"),
    )
    .at(place)
    .why("the text can only be adopted whole, and secrets are not copied into an environment")
    .help("let the configuration read it from the pod's environment or a file, then adopt again")
}

pub(super) fn encrypted(path: &str, place: &Location) -> Diagnostic {
    Diagnostic::warning(
        "adopt/encrypted",
        format!("`{path}` is encrypted, and kept as it is"),
    )
    .at(place)
    .why("nothing is decrypted, and SOPS cannot decrypt it in another file")
    .help("put it into a Secret, and refer to it under `values:`")
}

pub(super) fn encrypted_whole(place: &Location) -> Diagnostic {
    Diagnostic::error(
        "adopt/encrypted",
        "SOPS has encrypted more here than secrets",
    )
    .at(place)
    .why("numbers and switches that nobody can read cannot be adopted")
    .help("decrypt it to a file outside of the repository, adopt that, and keep secrets in Secrets")
}

pub(super) fn different(
    path: &str,
    before: &str,
    after: &str,
    place: Option<&Location>,
    exact: bool,
) -> Diagnostic {
    let found = Diagnostic::error(
        "adopt/different",
        format!("`{path}` was {before}, and would be {after}"),
    )
    .why(if exact {
        "neither the model nor an override brings the old value back"
    } else {
        "the chart's default is not known here, so it cannot be set back"
    })
    .help(if exact {
        "this may be a limit of helmwright; keep the old file, and report it"
    } else {
        "give the chart's own files with `--charts DIR`, as `DIR/CHART/VERSION/`, or set the key in the old file"
    });
    match place {
        Some(place) => found.at(place),
        None => found,
    }
}

pub(super) fn guessed(what: &str, value: &str, help: &str, place: &Location) -> Diagnostic {
    Diagnostic::warning("adopt/guessed", format!("`{what}` is a guess: `{value}`"))
        .at(place)
        .why("the old files do not say it")
        .help(help)
}

pub(super) fn cannot_extend(source: &Arc<Source>, why: &str) -> Diagnostic {
    Diagnostic::error(
        "adopt/cannot-extend",
        "the component cannot be added to this environment",
    )
    .at(&Location::of_file(source))
    .why(why.to_owned())
    .help("add it by hand: what is printed is an environment with this component alone")
}

pub(super) fn not_rendered(found: &[Diagnostic], old: &Old) -> Diagnostic {
    let reasons: Vec<&str> = found.iter().map(|found| found.message.as_str()).collect();
    Diagnostic::error("adopt/no-model", "no environment can be made that renders")
        .at(&old.values.location)
        .why(reasons.join("; "))
        .help("mend the environment that is extended, or adopt into a new one with another `--env`")
}
