use super::*;
use crate::environment::NoLayers;
use crate::pipeline::{Build, Request, build};
use crate::policy::Asked;

const COMPONENTS: &str = "priorityClasses:\n  rest: {value: 1000, kinds: [edge]}\ncomponents:\n  cluster-objects: {settings: {priorityClasses: true}}\n  traefik: {}\n";

fn environment(name: &str, delivery: &str) -> String {
    let components = if name == "dev" {
        COMPONENTS
    } else {
        "components: {traefik: {}}\n"
    };
    format!("environment: {name}\nnamespace: team-{name}\ndelivery: {delivery}\n{components}")
}

fn planned(files: &[(&str, String)], layout: &str, select: &[&str]) -> Build {
    let request = Request {
        files: files
            .iter()
            .map(|(name, text)| Source::new(format!("envs/{name}.yaml"), text.clone()))
            .collect(),
        layers: &NoLayers,
        catalog: Catalog::bundled(),
        layout,
        select: select.iter().map(|name| (*name).to_owned()).collect(),
        asked: Asked::default(),
    };
    build(&request).unwrap()
}

fn text(build: &Build, path: &str) -> String {
    let plan = build.plan.as_ref().expect("there is a plan");
    let paths: Vec<&str> = plan.files.iter().map(|file| file.path.as_str()).collect();
    plan.files
        .iter()
        .find(|file| file.path == path)
        .unwrap_or_else(|| panic!("no {path} in {paths:?}"))
        .text
        .to_string()
}

fn errors(build: &Build) -> Vec<&str> {
    build
        .diagnostics
        .iter()
        .filter(|found| found.severity == crate::diagnostic::Severity::Error)
        .map(|found| &*found.id)
        .collect()
}

const USUAL: &str = "{env}/{component}/values.yaml";
const SET: &str =
    "{method: argocd, argocd: {repoURL: 'https://git.example.com/a.git', style: applicationset}}";

#[test]
fn values_are_the_same_bytes_whatever_delivers_them() {
    let values = |delivery: &str| {
        let build = planned(&[("dev", environment("dev", delivery))], USUAL, &[]);
        assert_eq!(errors(&build), [""; 0], "{delivery}");
        text(&build, "dev/traefik/values.yaml")
    };
    let helm = values("{method: helm}");
    assert!(helm.contains("priorityClassName"));
    for other in [
        "{method: argocd, argocd: {repoURL: 'https://git.example.com/a.git'}}",
        SET,
        "{method: flux}",
    ] {
        assert_eq!(values(other), helm, "{other}");
    }
}

#[test]
fn what_environments_share_does_not_depend_on_the_selection() {
    let files = [
        ("dev", environment("dev", SET)),
        ("prod", environment("prod", SET)),
    ];
    let all = text(&planned(&files, USUAL, &[]), "argocd/applicationset.yaml");
    assert!(
        all.contains("gitops/dev/*/release.json") && all.contains("gitops/prod/*/release.json")
    );
    let one = planned(&files, USUAL, &["dev"]);
    assert_eq!(text(&one, "argocd/applicationset.yaml"), all);
    // Neither on the order of the files.
    let [dev, prod] = files;
    let turned = planned(&[prod, dev], USUAL, &[]);
    assert_eq!(text(&turned, "argocd/applicationset.yaml"), all);
}

#[test]
fn an_environment_that_cannot_be_read_is_not_left_out_of_the_set() {
    for broken in ["environment: prod\nnamespaec: a\n", "environment: [prod\n"] {
        let files = [
            ("dev", environment("dev", SET)),
            ("prod", broken.to_owned()),
        ];
        let build = planned(&files, USUAL, &["dev"]);
        assert!(build.plan.is_none());
        assert!(errors(&build).contains(&"delivery/environment-unread"));
    }
    // Who shares nothing is not stopped by others.
    let files = [
        ("dev", environment("dev", "{method: flux}")),
        ("prod", "environment: prod\nnamespaec: a\n".to_owned()),
    ];
    assert!(planned(&files, USUAL, &["dev"]).plan.is_some());
}

#[test]
fn files_are_named_where_the_layout_puts_them() {
    let layout = "{component}/values-{env}.yaml";
    let delivery = "{method: argocd, argocd: {repoURL: 'https://git.example.com/a.git'}}";
    let build = planned(&[("dev", environment("dev", delivery))], layout, &[]);
    let traefik = text(&build, "argocd/dev/traefik.yaml");
    assert!(traefik.contains("$values/gitops/traefik/values-dev.yaml"));
    let objects = text(&build, "argocd/dev/cluster-objects.yaml");
    assert!(objects.contains("path: gitops/cluster-objects\n"));
    assert!(objects.contains("include: priority-classes-dev.yaml\n"));
    let set = planned(&[("dev", environment("dev", SET))], layout, &[]);
    let set = text(&set, "argocd/applicationset.yaml");
    assert!(set.contains("gitops/*/release-dev.json"));
    // Flux needs a folder for each release.
    let build = planned(
        &[("dev", environment("dev", "{method: flux}"))],
        layout,
        &[],
    );
    assert_eq!(errors(&build), ["delivery/layout"]);
}

#[test]
fn a_folder_of_the_tool_is_no_environments() {
    let build = planned(
        &[(
            "flux",
            environment("flux", "{method: flux}") + "tier: dev\n",
        )],
        USUAL,
        &[],
    );
    assert_eq!(errors(&build), ["delivery/folder-taken"]);
}
