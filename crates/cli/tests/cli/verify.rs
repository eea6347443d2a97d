//! `verify` without a real Helm: what is said when there is none, and the verb's own work with a stand-in.

use super::Sandbox;

#[test]
fn without_helm_it_does_not_pass() {
    let sandbox = Sandbox::generated();
    let run = sandbox
        .run(&["verify", "--helm", "no/such/helm"])
        .ends(2)
        .prints("helm/not-found")
        .says("nothing was verified");
    assert!(run.out.contains("HELMWRIGHT_HELM"), "{}", run.out);
    assert!(run.out.contains("helmwright check"), "{}", run.out);
}

#[cfg(unix)]
mod with_a_stand_in {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::machine::fits;
    use super::super::{DEV, Run, VALUES};
    use super::*;

    /// A Helm whose only chart renders its values as they are, less one line.
    const STAND_IN: &str = r#"#!/bin/sh
echo "$@" >> calls.txt
case "$1" in
version) echo v3.99.0+stand-in ;;
template)
    while [ "$1" != --values ]; do shift; done
    printf 'kind: ConfigMap\nmetadata: {name: all}\ndata:\n'
    cat "$2" | grep -v 'isDefaultClass' | sed 's/^/  /'
    ;;
*) echo "Error: no network here" >&2; exit 1 ;;
esac
"#;

    /// A project with one environment, a chart, and the stand-in.
    fn project() -> Sandbox {
        let sandbox = Sandbox::generated();
        helm(&sandbox, STAND_IN);
        chart(&sandbox, "41.3.0");
        sandbox
    }

    fn helm(sandbox: &Sandbox, script: &str) {
        sandbox.write("bin/helm", script);
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(sandbox.path("bin/helm"), executable).unwrap();
    }

    fn chart(sandbox: &Sandbox, version: &str) {
        let metadata = format!("apiVersion: v2\nname: traefik\nversion: {version}\n");
        sandbox.write("charts/traefik/Chart.yaml", metadata);
        sandbox.write("charts/traefik/values.yaml", "log: {level: INFO}\n");
    }

    fn verify(sandbox: &Sandbox, more: &[&str]) -> Run {
        let mut arguments = vec!["verify", "--helm", "bin/helm", "--charts", "charts"];
        arguments.extend(more);
        sandbox.run(&arguments)
    }

    #[test]
    fn a_dead_value_is_an_error_with_its_places() {
        let sandbox = project();
        let run = verify(&sandbox, &[]).ends(1);
        assert_eq!(
            run.out.matches("version/value-without-effect").count(),
            1,
            "{}",
            run.out
        );
        for text in [
            "error[version/value-without-effect]: `ingressClass.isDefaultClass` has no effect",
            "gitops/dev/traefik/values.yaml:",
            "templates/traefik/",
            "dev/traefik  traefik 41.3.0",
        ] {
            assert!(run.out.contains(text), "no {text:?} in {}", run.out);
        }
        for shape in ["github", "sarif", "json"] {
            verify(&sandbox, &["--message-format", shape])
                .ends(1)
                .prints("version/value-without-effect");
        }
    }

    #[test]
    fn programs_get_the_object_of_the_schema() {
        let sandbox = project();
        for version in ["41.3.0", "41.2.0"] {
            chart(&sandbox, version);
            let run = verify(&sandbox, &["--format", "json"]);
            let object: serde_json::Value = serde_json::from_str(&run.out).unwrap();
            fits(&object, None, version);
            fits(&object["result"], Some("verify"), version);
        }
    }

    #[test]
    fn objects_are_listed_as_they_lie_on_the_disk() {
        let sandbox = project();
        let more = "quota: {cpu: 1, memory: 1Gi, storage: 1Gi}\ncomponents:\n  cluster-objects: {settings: {resourceQuota: true, networkPolicies: true}}\n  traefik: {version: 41.3.0}\n";
        let (head, _) = DEV.split_once("components:").unwrap();
        sandbox.write("envs/dev.yaml", format!("{head}{more}"));
        sandbox.run(&["generate"]).succeeds();
        verify(&sandbox, &[])
            .ends(1)
            .prints("dev/cluster-objects  1 NetworkPolicy, 1 ResourceQuota  -");
        let run = verify(&sandbox, &["--format", "json"]);
        let object: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        fits(&object["result"], Some("verify"), "objects");
        let objects = &object["result"]["objects"][0];
        assert_eq!(objects["kinds"]["v1 ResourceQuota"], 1);
        assert_eq!(objects["valid"], true);
        // An edited file is no proof of anything.
        let quota = "gitops/dev/cluster-objects/resource-quota.yaml";
        sandbox.write(quota, sandbox.read(quota).replace("hard:", "hards:"));
        verify(&sandbox, &[]).ends(1).prints("output/edited");
    }

    #[test]
    fn what_was_proven_is_not_proven_again() {
        let sandbox = project();
        let renders = || sandbox.read("calls.txt").matches("template").count();
        verify(&sandbox, &[]).ends(1);
        let first = renders();
        verify(&sandbox, &[]).ends(1).prints("(");
        assert_eq!(renders(), first);
        verify(&sandbox, &["--fresh"]).ends(1);
        assert_eq!(renders(), 2 * first);
        // The chart is another one now.
        sandbox.write("charts/traefik/templates/a.yaml", "a: 1\n");
        verify(&sandbox, &[]).ends(1);
        assert_eq!(renders(), 3 * first);
        assert!(sandbox.path("cache/verify").is_dir());
    }

    #[test]
    fn only_what_was_generated_is_verified() {
        let sandbox = project();
        let text = sandbox.read(VALUES);
        sandbox.write(VALUES, text.replace("INFO", "WARN"));
        verify(&sandbox, &[])
            .ends(1)
            .prints("output/edited")
            .says("nothing was verified");
        fs::remove_dir_all(sandbox.path("gitops")).unwrap();
        verify(&sandbox, &[]).ends(1).prints("output/missing");
    }

    #[test]
    fn helm_is_told_what_the_environment_says() {
        let sandbox = project();
        let more = "kubernetes: {version: 1.33.1, apiVersions: [monitoring.coreos.com/v1]}\n";
        sandbox.write("envs/dev.yaml", format!("{DEV}{more}"));
        sandbox.run(&["generate"]).succeeds();
        verify(&sandbox, &[]).ends(1);
        let calls = sandbox.read("calls.txt");
        let call = calls.lines().nth(1).unwrap();
        for text in [
            "template traefik /",
            "--namespace team-dev",
            "--kube-version 1.33.1",
            "--include-crds",
            "--api-versions monitoring.coreos.com/v1",
            "gitops/dev/traefik/values.yaml",
        ] {
            assert!(call.contains(text), "no {text:?} in {call}");
        }
    }

    #[test]
    fn a_chart_that_is_not_to_be_had_is_said_and_exits_2() {
        let sandbox = project();
        chart(&sandbox, "41.2.0");
        verify(&sandbox, &[])
            .ends(2)
            .prints("chart/not-at-hand")
            .prints("no network here")
            .says("not every release was verified");
        sandbox
            .run(&["verify", "--helm", "bin/helm", "--charts", "none"])
            .ends(2)
            .prints("input/no-folder");
        // A setting of the project does as well as the flag.
        chart(&sandbox, "41.3.0");
        sandbox.write("helmwright.toml", "charts = \"charts\"\n");
        sandbox
            .run(&["verify", "--helm", "bin/helm"])
            .ends(1)
            .prints("version/value-without-effect");
    }

    #[test]
    fn what_is_no_helm_is_not_used() {
        let sandbox = project();
        for script in [
            "#!/bin/sh\necho v2.17.0\n",
            "#!/bin/sh\necho hello\n",
            "#!/bin/sh\nexit 3\n",
        ] {
            helm(&sandbox, script);
            verify(&sandbox, &[]).ends(2).prints("helm/unusable");
        }
    }

    #[test]
    fn what_helm_says_is_told_at_the_value_it_names() {
        let sandbox = project();
        helm(
            &sandbox,
            "#!/bin/sh\n[ \"$1\" = version ] && echo v4.9.9 && exit\n\
             echo 'Error: execution error at (traefik/templates/a.yaml:3:4): .Values.log.level is wrong' >&2\nexit 1\n",
        );
        let run = verify(&sandbox, &[]).ends(1).prints("helm/refused");
        assert!(
            run.out.contains("traefik/templates/a.yaml:3"),
            "{}",
            run.out
        );
        let line = sandbox
            .read(VALUES)
            .lines()
            .position(|line| line == "  level: INFO")
            .unwrap()
            + 1;
        assert!(run.out.contains(&format!("{VALUES}:{line}")), "{}", run.out);
    }
}
