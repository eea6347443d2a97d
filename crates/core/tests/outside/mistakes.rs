//! Each mistake in a component's files, with the finding that names it and its place.

use std::time::{Duration, Instant};

use super::{ENVIRONMENT, MANIFEST, SETTINGS, TEMPLATE, build, errors, files, replace};

fn after(path: &str, from: &str, to: &str) -> Vec<String> {
    let mut files = files();
    replace(&mut files, path, from, to);
    errors(&build(&files, ENVIRONMENT))
}

#[test]
fn each_mistake_has_its_name_and_its_place() {
    let deep = format!("{{{{ {}1{} }}}}", "(".repeat(400), ")".repeat(400));
    let loops = format!(
        "{}{}",
        "{% for a in \"xxxxxxxxxxxxxxxxxxxx\" %}".repeat(6),
        "{% endfor %}".repeat(6)
    );
    let wide = format!(
        "{{% for a in \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" %}}\n{}{{% endfor %}}",
        "# ########################################################################\n".repeat(1000)
    );
    let doubled: String = (0..40)
        .map(|step| {
            format!(
                "{{% set x{} %}}{{{{ x{step} }}}}{{{{ x{step} }}}}{{% endset %}}\n",
                step + 1
            )
        })
        .collect();
    let doubled = format!("{{% set x0 %}}aaaaaaaaaaaaaaaa{{% endset %}}\n{doubled}");
    let bomb: String = (1..9)
        .map(|step| {
            format!(
                "b{step}: &b{step} [{}]\n",
                format!("*b{},", step - 1).repeat(9)
            )
        })
        .collect();
    let bomb = format!("b0: &b0 [x, x, x]\n{bomb}");
    let cases: Vec<(&str, &str, &str, &[&str])> = vec![
        // The manifest.
        (
            MANIFEST,
            "policyClass: ui",
            "policyClas: ui",
            &[
                "catalog/missing-key catalog/opencost/component.yaml:2:1",
                "catalog/unknown-key catalog/opencost/component.yaml:4:1",
            ],
        ),
        (
            MANIFEST,
            "id: opencost",
            "id: opncost",
            &["catalog/other-id catalog/opencost/component.yaml:2:5"],
        ),
        (MANIFEST, "switch: opencost.ui.enabled", "off: true", &[]),
        (
            MANIFEST,
            "surge: 1",
            "surge: many",
            &["catalog/bad-value catalog/opencost/component.yaml:1:1"],
        ),
        (
            MANIFEST,
            "[2.5.17]",
            "[2.5.17, 9.9.9]",
            &["catalog/no-contract catalog/opencost/component.yaml:14:24"],
        ),
        (
            MANIFEST,
            "component: traefik",
            "component: traefk",
            &["catalog/unknown-link catalog/opencost/component.yaml:8:27"],
        ),
        (
            MANIFEST,
            "endpoint: web",
            "endpoint: wen",
            &["catalog/unknown-link catalog/opencost/component.yaml:8:46"],
        ),
        (
            MANIFEST,
            "replicas: opencost.exporter.replicas",
            "replicas: opencost.exporter.pods",
            &["catalog/bad-value catalog/opencost/component.yaml:24:21"],
        ),
        (
            MANIFEST,
            "  deployment:",
            "  deploymnt:",
            &["catalog/no-template catalog/opencost/component.yaml:10:3"],
        ),
        (
            MANIFEST,
            "links:",
            "links: [",
            &["yaml/syntax catalog/opencost/component.yaml:9:1"],
        ),
        // The settings' schema.
        (
            SETTINGS,
            "\"minimum\"",
            "\"exclusiveMinimum\"",
            &["catalog/unsupported-keyword catalog/opencost/settings.schema.json:17:74"],
        ),
        (
            SETTINGS,
            "\"boolean\"",
            "\"bool\"",
            &["catalog/broken-schema catalog/opencost/settings.schema.json:8:15"],
        ),
        (
            SETTINGS,
            "\"default\": true",
            "\"default\": 3",
            &["catalog/wrong-type catalog/opencost/settings.schema.json:9:18"],
        ),
        (
            SETTINGS,
            "\"default\": true",
            "\"default\": true,",
            &["catalog/broken-schema catalog/opencost/settings.schema.json:10:5"],
        ),
        (
            SETTINGS,
            "\"storage\": {",
            "\"disk\": {",
            &[
                "catalog/unknown-name catalog/opencost/deployment/values.yaml.j2:57:19",
                "environment/unknown-key envs/dev.yaml:7:41",
            ],
        ),
        // The template.
        (
            TEMPLATE,
            "{% endif %}",
            "{% endfi %}",
            &["catalog/broken-template catalog/opencost/deployment/values.yaml.j2:4:4"],
        ),
        (
            TEMPLATE,
            "{{ tenant }}",
            "{{ tennant }}",
            &["catalog/unknown-name catalog/opencost/deployment/values.yaml.j2:41:43"],
        ),
        (
            TEMPLATE,
            "{{ tenant }}",
            "{{ release.nme }}",
            &["catalog/unknown-name catalog/opencost/deployment/values.yaml.j2:41:43"],
        ),
        (
            TEMPLATE,
            "{{ tenant }}",
            "{{ tenant | upper }}",
            &["catalog/broken-template catalog/opencost/deployment/values.yaml.j2:41:52"],
        ),
        (
            TEMPLATE,
            "{{ tenant }}",
            "{{ tenant | block(1000000000) }}",
            &["catalog/broken-template catalog/opencost/deployment/values.yaml.j2:41:52"],
        ),
        (
            TEMPLATE,
            "{{ tenant }}",
            "{{ tenant ~ tier }}",
            &["catalog/template-computes catalog/opencost/deployment/values.yaml.j2:41:50"],
        ),
        (
            TEMPLATE,
            "{{ tenant }}",
            "{{ [tenant, tenant] }}",
            &[
                "catalog/template-computes catalog/opencost/deployment/values.yaml.j2:41:44",
                "catalog/template-computes catalog/opencost/deployment/values.yaml.j2:41:52",
            ],
        ),
        (
            TEMPLATE,
            "{{ tenant }}",
            &deep,
            &["catalog/broken-template catalog/opencost/deployment/values.yaml.j2:41:117"],
        ),
        (
            TEMPLATE,
            "podSecurityContext:",
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            &["catalog/template-endless catalog/opencost/deployment/values.yaml.j2:5:19"],
        ),
        (
            TEMPLATE,
            "podSecurityContext:",
            "{% include \"opencost/deployment/values.yaml.j2\" %}",
            &["catalog/template-endless catalog/opencost/deployment/values.yaml.j2:5:4"],
        ),
        (
            TEMPLATE,
            "podSecurityContext:",
            "{% include \"mimir/classic/values.yaml.j2\" %}",
            &["catalog/broken-template catalog/opencost/deployment/values.yaml.j2:5:4"],
        ),
        (
            TEMPLATE,
            "podSecurityContext:",
            &loops,
            &["catalog/template-endless catalog/opencost/deployment/values.yaml.j2:5:1"],
        ),
        (
            TEMPLATE,
            "podSecurityContext:",
            &wide,
            &["catalog/output-too-large catalog/opencost/deployment/values.yaml.j2:1:1"],
        ),
        (
            TEMPLATE,
            "podSecurityContext:",
            &doubled,
            &["catalog/output-too-large catalog/opencost/deployment/values.yaml.j2:25:17"],
        ),
        (
            TEMPLATE,
            "podSecurityContext:",
            &bomb,
            &["yaml/alias-bomb catalog/opencost/deployment/values.yaml.j2:10:1"],
        ),
        (
            TEMPLATE,
            "    replicas:",
            "    replica:",
            &["contract/unknown-key catalog/opencost/deployment/values.yaml.j2:14:5"],
        ),
        (
            TEMPLATE,
            "enabled: {{ settings.ui }}",
            "enabled: {{ tenant }}",
            &["contract/wrong-type catalog/opencost/deployment/values.yaml.j2:61:5"],
        ),
        (
            TEMPLATE,
            "  prometheus:",
            "  prometheus: [",
            &["yaml/syntax catalog/opencost/deployment/values.yaml.j2:46:7"],
        ),
    ];
    let mut wrong = Vec::new();
    for (path, from, to, expected) in cases {
        let begin = Instant::now();
        let found = after(path, from, to);
        let to: String = to.chars().take(60).collect();
        if found != expected {
            wrong.push(format!("`{to}`: {found:#?}\nnot {expected:#?}"));
        }
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "`{to}` takes too long"
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
