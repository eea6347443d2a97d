//! `wiring/alloy-broken-reference` (HW-WIRE-003): a configuration that Alloy would refuse.

use crate::alloy::{Config, Weight};
use crate::components::Language;
use crate::diagnostic::Severity;
use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "wiring/alloy-broken-reference",
    entry: "HW-WIRE-003",
    summary: "The configuration of Alloy can be read, and every reference in it leads somewhere",
    severities: Severities::everywhere(Severity::Error),
    waivable: true,
    condition: "A configuration of Alloy that an override writes, or that stands in a ConfigMap of a render: comments are `//` or `/* */`, each component exists in Alloy 1.18 and has a label of its own, and each reference names a declared component and something that it exports. A component that nothing refers to is worth knowing. What the settings make is looked at in the render, and a text with Helm's braces only there.",
    why: "Alloy refuses such a configuration: a new pod does not start, and a running one keeps what it had.",
    source: "The rollout plan writes comments with `#`, and names `otelcol.exporter.prometheusremotewrite`, which the collector has and Alloy has not. Alloy 1.18 documentation, \"Configuration syntax\" and \"Components\".",
    fix: "Follow the help of each finding; where nothing speaks against it, remove the override and use the settings.",
    passes: "otelcol.exporter.prometheus \"metrics\" { forward_to = [prometheus.remote_write.metrics.receiver] }",
    fails: "otelcol.exporter.prometheusremotewrite \"metrics\" { }",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let mut open = false;
    for text in facts
        .texts()
        .filter(|text| text.language == Language::Alloy)
    {
        // Helm runs it first, unless that has been.
        if facts.manifests.is_none() && text.text.contains("{{") {
            open = true;
            continue;
        }
        verdict.applies();
        for problem in Config::read(&text.text).problems() {
            let finding = Finding::new(
                Subject::component(text.component.clone()),
                problem.message.clone(),
            )
            .at(Some(text.at(problem.span)))
            .why(problem.why)
            .help(problem.help.clone());
            verdict.found(match problem.weight {
                Weight::Refused => finding,
                Weight::Idle => finding.weighing(Severities::INFO),
            });
        }
    }
    verdict.lacks(if open {
        "the configuration is a template of Helm's, and known once it is rendered"
    } else {
        "no configuration of Alloy but what the settings make, which is looked at in a render"
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, look, prod};

    fn text(config: &str) -> String {
        let lines: String = config
            .lines()
            .map(|line| format!("            {line}\n"))
            .collect();
        format!(
            "{}  alloy:\n    values:\n      alloy:\n        configMap:\n          content: |\n{lines}",
            environment("dev", "loki", "")
        )
    }

    #[test]
    fn a_sound_text_passes_and_the_plan_s_does_not() {
        assert_eq!(
            asked(
                &RULE,
                &text("// Nothing yet.\nlogging {\n\tlevel = \"info\"\n}\n")
            ),
            Vec::<String>::new()
        );
        assert_eq!(
            asked(
                &RULE,
                &text("# Metrics.\notelcol.exporter.prometheusremotewrite \"metrics\" {\n}\n")
            ),
            ["error: `#` begins no comment in Alloy"]
        );
        assert_eq!(
            asked(
                &RULE,
                &text("otelcol.exporter.prometheusremotewrite \"metrics\" {\n}\n")
            ),
            ["error: Alloy 1.18 has no component `otelcol.exporter.prometheusremotewrite`"]
        );
    }

    #[test]
    fn findings_stand_on_their_line() {
        let env = text("logging { }\n\nloki.echo \"a\" { }\n");
        let line = look(&env, |facts| {
            let text = facts.texts().next().unwrap();
            let problem = Config::read(&text.text).problems()[0].clone();
            text.at(problem.span).text().to_owned()
        });
        assert_eq!(line, "loki.echo \"a\" { }");
    }

    #[test]
    fn what_is_not_written_or_not_yet_rendered_is_not_looked_at() {
        assert!(!applies(&RULE, &(prod("loki", "") + "  alloy: {}\n")));
        assert!(!applies(&RULE, &text("{{ .Values.a }}\n")));
    }

    #[test]
    fn what_the_templates_write_is_sound() {
        let env = prod("mimir", "") + "  loki: {}\n  alloy: {}\n";
        let read = crate::environment::Environment::read(
            &crate::source::Source::new("env.yaml", env),
            &crate::environment::NoLayers,
            crate::catalog::Catalog::bundled(),
        );
        let catalog = crate::catalog::Catalog::bundled();
        let derived =
            crate::pipeline::Derived::new(read.environment.unwrap(), catalog, &mut Vec::new());
        let tree = derived.tree("alloy", catalog).unwrap().unwrap();
        let content = tree.at(&["alloy", "configMap", "content"]).unwrap();
        let config = Config::read(content.as_str().unwrap());
        assert_eq!(config.problems(), []);
        assert!(config.components().count() > 8);
    }
}
