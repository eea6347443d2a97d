//! `wiring/logs-twice` (HW-WIRE-002): logs that take two ways, or none.

use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "wiring/logs-twice",
    entry: "HW-WIRE-002",
    summary: "Logs take exactly one way",
    severities: Severities::ERROR,
    waivable: true,
    condition: "Where the agent reads the output of pods and sends it to Loki, its OTLP receiver sends no logs on. Where the environment runs Loki and an agent, one of the two ways is there; none, because the settings say so, is only worth knowing. By the settings there is never a second way; an override of the whole configuration is read, and in a render the configuration in it.",
    why: "With both, every line of a program that writes to its output and sends over OTLP is stored, counted and paid twice.",
    source: "The rollout plan leaves logs out of the receiver on purpose, because the output of pods is already read.",
    fix: "Keep traces and metrics in the receiver's `output`, and no logs; a comment there begins with `//`.",
    passes: "alloy: {settings: {logs: {enabled: true}}}",
    fails: "alloy: {values: {alloy: {configMap: {content: 'output { logs = [...] }'}}}}   # beside a loki.source.kubernetes",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let runs_loki = facts.environment.is_some()
        && facts
            .releases
            .iter()
            .any(|release| release.component == "loki");
    let mut any = false;
    for described in facts.described {
        let Some(logs) = &described.logs else {
            continue;
        };
        any = true;
        verdict.applies();
        if logs.scraped && logs.otlp {
            verdict.found(
                Finding::new(
                    Subject::component("alloy"),
                    "logs take two ways: alloy reads the output of pods, and sends on what comes over OTLP",
                )
                .at(Some(logs.place.clone()))
                .why("what a program writes and also sends is stored twice")
                .help("remove `logs` from the `output` of `otelcol.receiver.otlp`"),
            );
        } else if runs_loki && !logs.scraped && !logs.otlp {
            let by_text = !described.texts.is_empty();
            let finding = Finding::new(
                Subject::component("alloy"),
                "logs take no way: the environment runs loki, and alloy sends it nothing",
            )
            .at(Some(logs.place.clone()))
            .why("no reader of the pods' output reaches a `loki.write`, and the OTLP receiver sends no logs on")
            .help("let alloy read the pods' output, or leave loki out");
            verdict.found(if by_text {
                finding
            } else {
                finding.weighing(Severities::INFO)
            });
        }
    }
    if !any {
        verdict.lacks("no agent whose ways for logs are known");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, prod};

    fn text(otlp: &str, source: &str) -> String {
        let config = format!(
            "otelcol.receiver.otlp \"in\" {{\n\toutput {{ logs = [{otlp}] }}\n}}\notelcol.exporter.loki \"out\" {{ forward_to = [loki.write.out.receiver] }}\n{source}\nloki.process \"p\" {{ forward_to = [loki.write.out.receiver] }}\nloki.write \"out\" {{\n\tendpoint {{ url = \"http://loki:3100/loki/api/v1/push\" }}\n}}\n"
        );
        let lines: String = config
            .lines()
            .map(|line| format!("            {line}\n"))
            .collect();
        format!(
            "{}  alloy:\n    values:\n      alloy:\n        configMap:\n          content: |\n{lines}",
            prod("loki", "")
        )
    }

    const OTLP: &str = "otelcol.exporter.loki.out.input";
    const OUTPUT: &str =
        "loki.source.kubernetes \"pods\" { forward_to = [loki.process.p.receiver] }";

    #[test]
    fn one_way_passes() {
        for env in [
            prod("loki", "") + "  alloy: {}\n",
            text("", OUTPUT),
            text(OTLP, ""),
        ] {
            assert_eq!(asked(&RULE, &env), Vec::<String>::new(), "{env}");
        }
    }

    #[test]
    fn two_and_none_are_found() {
        assert_eq!(
            asked(&RULE, &text(OTLP, OUTPUT)),
            [
                "error: logs take two ways: alloy reads the output of pods, and sends on what comes over OTLP"
            ]
        );
        let none = "error: logs take no way: the environment runs loki, and alloy sends it nothing";
        assert_eq!(asked(&RULE, &text("", "")), [none]);
        let off = prod("loki", "") + "  alloy: {settings: {logs: {enabled: false}}}\n";
        assert_eq!(asked(&RULE, &off), [none.replace("error", "info")]);
    }

    #[test]
    fn without_an_agent_it_does_not_apply() {
        assert!(!applies(&RULE, &prod("loki", "")));
    }
}
