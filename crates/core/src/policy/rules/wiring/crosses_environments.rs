//! `wiring/crosses-environments` (HW-WIRE-001): telemetry of one environment that ends in another.

use super::reach;
use crate::components::{Flow, Signal};
use crate::diagnostic::Severity;
use crate::links::Endpoint;
use crate::policy::{Address, Check, Facts, Finding, Rule, Severities, Subject, Verdict, Whose};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "wiring/crosses-environments",
    entry: "HW-WIRE-001",
    summary: "Everything is sent to its own environment, to a backend that takes it",
    severities: Severities::everywhere(Severity::Error),
    waivable: false,
    condition: "Each address that an agent, a metrics-generator or a ruler sends to is a Service of the environment's own namespace, or declared with `crossEnv: true`, which is worth knowing. What takes traces, metrics and logs in the own namespace is a Service that the environment has, with that port: one of its components', or in a render one of the render. A Service of a component is the one for the signal (traces to tempo, metrics to mimir, logs to loki), asked at its push path; port 4317 is asked by gRPC and 4318 by HTTP. Overrides count, and in a render the configuration of Alloy that stands in it. Data sources are `wiring/datasource-incomplete`.",
    why: "One environment's data in another's store is counted, alerted on and kept there, and missing at home; nothing fails.",
    source: "The rollout plan routes by namespace from one shared values file, and tests by pushing HTTP to 4317, the port for gRPC. OTLP specification, default ports.",
    fix: "Leave addresses out: they are computed. Declare a destination that lies elsewhere on purpose with `crossEnv: true`.",
    passes: "remoteWrite: [{name: control_room, url: https://mimir.example.org/api/v1/push, crossEnv: true}]",
    fails: "remoteWrite: [{name: mimir, url: http://mimir-gateway.obs-prod.svc/api/v1/push}]   # in test",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    if facts.environment.is_none() {
        return verdict.lacks("no environment, and so nothing that is its own");
    }
    let mut any = false;
    for flow in facts.flows() {
        any = true;
        verdict.applies();
        if let Some(finding) = look(facts, flow) {
            verdict.found(finding.at(Some(place(facts, flow))));
        }
    }
    if !any {
        verdict.lacks("nothing is sent");
    }
}

fn place(facts: &Facts<'_>, flow: &Flow) -> crate::source::Location {
    match (&flow.setting, facts.environment) {
        (Some(setting), Some(environment)) => environment.key_location(&format!("{setting}.url")),
        _ => flow.place.clone(),
    }
}

fn look<'a>(facts: &Facts<'a>, flow: &'a Flow) -> Option<Finding> {
    let address = Address::read(&flow.address);
    // An address that a program puts together when it runs is not known here.
    if address.host.is_empty() || address.host.contains('$') {
        return None;
    }
    let signal = flow.signal.name();
    let who = || format!("{} sends {signal}", flow.from);
    let new = |message: String| Finding::new(Subject::from(flow), message);
    match address.whose(facts) {
        Whose::Elsewhere(namespace) => Some(if flow.cross_env {
            new(format!("{} to namespace `{namespace}`, as declared", who()))
                .why("`crossEnv: true` says that it leaves the environment on purpose")
                .help("nothing, if that is still so")
                .weighing(Severities::INFO)
        } else {
            new(format!(
                "{} to namespace `{namespace}`, which is not this environment's",
                who()
            ))
            .why(format!(
                "`{}` is a Service of another namespace; what is sent there is missing here",
                address.host
            ))
            .help(home(flow.signal))
        }),
        Whose::Outside => Some(if flow.cross_env {
            new(format!("{} to `{}`, as declared", who(), address.host))
                .why("`crossEnv: true` says that it leaves the environment on purpose")
                .help("nothing, if that is still so")
                .weighing(Severities::INFO)
        } else {
            new(format!(
                "{} to `{}`, a host of which the environment says nothing",
                who(), address.host
            ))
            .why("it may be any environment's; a host outside of the cluster must be declared")
            .help("declare the destination under `settings.remoteWrite` with `crossEnv: true`, or leave its `url` out")
        }),
        Whose::Component(component, endpoint) => {
            backend(facts, flow, &address, component, endpoint)
                .map(|(message, why, help)| new(message).why(why).help(help))
        }
        Whose::Namespace => reach::look(facts, flow, &address, None)
            .or_else(|| protocol(flow, &address))
            .map(|(message, why, help)| new(message).why(why).help(help)),
    }
}

fn home(signal: Signal) -> String {
    let component = backend_of(signal).unwrap_or("the backend");
    format!(
        "send it to this environment's own {component}: leave the address out, and it is computed; a destination that lies elsewhere on purpose has `crossEnv: true`"
    )
}

/// Returns the component that keeps a signal.
pub(super) const fn backend_of(signal: Signal) -> Option<&'static str> {
    match signal {
        Signal::Traces => Some("tempo"),
        Signal::Metrics => Some("mimir"),
        Signal::Logs => Some("loki"),
        Signal::Profiles => Some("pyroscope"),
        Signal::Alerts => None,
    }
}

/// What is wrong, why, and what to do.
pub(super) type Wrong = (String, String, String);

/// Looks at what a component of this environment is asked for.
fn backend<'a>(
    facts: &Facts<'a>,
    flow: &'a Flow,
    address: &Address<'a>,
    component: &str,
    endpoint: Option<(&str, &Endpoint)>,
) -> Option<Wrong> {
    let signal = flow.signal.name();
    let right = backend_of(flow.signal)?;
    // Agents and proxies hand on what they get.
    if matches!(component, "alloy" | "traefik") {
        return None;
    }
    if component != right {
        return Some((
            format!("{} sends {signal} to {component}", flow.from),
            format!("{component} does not keep {signal}; {right} does"),
            format!("send them to {right}"),
        ));
    }
    if let Some(wrong) =
        reach::look(facts, flow, address, Some(component)).or_else(|| protocol(flow, address))
    {
        return Some(wrong);
    }
    if endpoint.is_some() || address.scheme.is_none() {
        return None;
    }
    let paths: &[&str] = match flow.signal {
        Signal::Metrics => &["/api/v1/push", "/otlp"],
        Signal::Logs => &["/loki/api/v1/push", "/otlp"],
        _ => return None,
    };
    (!paths.iter().any(|path| address.path.starts_with(path))).then(|| {
        (
            format!(
                "{} sends {signal} to `{}` of {component}, which takes none there",
                flow.from,
                if address.path.is_empty() {
                    "/"
                } else {
                    address.path
                }
            ),
            format!("{component} takes {signal} at `{}`", paths[0]),
            format!("write the path `{}`", paths[0]),
        )
    })
}

/// Looks at OTLP's two ports.
fn protocol(flow: &Flow, address: &Address<'_>) -> Option<Wrong> {
    let http = matches!(address.scheme, Some("http" | "https"));
    match (address.port, http) {
        (Some(4317), true) => Some((
            format!(
                "{} sends {} by HTTP to port 4317",
                flow.from,
                flow.signal.name()
            ),
            "4317 is OTLP's port for gRPC; HTTP has 4318".to_owned(),
            "write `host:4317` without a scheme for gRPC, or port 4318".to_owned(),
        )),
        (Some(4318), false) if address.scheme.is_none() => Some((
            format!(
                "{} sends {} by gRPC to port 4318",
                flow.from,
                flow.signal.name()
            ),
            "4318 is OTLP's port for HTTP; gRPC has 4317".to_owned(),
            "write port 4317".to_owned(),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rules::wiring::tests::rendered;
    use crate::policy::tests::{applies, asked, environment, prod};

    fn alloy(tier: &str, destination: &str) -> String {
        format!(
            "{}  alloy:\n    settings:\n      remoteWrite:\n        - {destination}\n",
            environment(tier, "mimir", "")
        )
    }

    fn text(lines: &str) -> String {
        format!(
            "{}  alloy:\n    values:\n      alloy:\n        configMap:\n          content: |\n{}",
            prod("tempo", ""),
            lines
                .lines()
                .map(|line| format!("            {line}\n"))
                .collect::<String>()
        )
    }

    #[test]
    fn computed_addresses_pass_and_declared_ones_are_named() {
        assert_eq!(
            asked(&RULE, &alloy("test", "{name: mimir}")),
            Vec::<String>::new()
        );
        assert_eq!(
            asked(
                &RULE,
                &alloy(
                    "test",
                    "{name: room, url: 'https://m.example.org/api/v1/push', crossEnv: true}"
                )
            ),
            ["info: alloy sends metrics to `m.example.org`, as declared"]
        );
    }

    #[test]
    fn another_environment_is_an_error_in_every_tier() {
        for tier in ["dev", "test", "prod"] {
            assert_eq!(
                asked(
                    &RULE,
                    &alloy(
                        tier,
                        "{name: mimir, url: 'http://mimir-gateway.obs-other.svc/api/v1/push'}"
                    )
                ),
                [
                    "error: alloy sends metrics to namespace `obs-other`, which is not this environment's"
                ]
            );
        }
        assert_eq!(
            asked(
                &RULE,
                &alloy(
                    "dev",
                    "{name: mimir, url: 'https://m.example.org/api/v1/push'}"
                )
            ),
            [
                "error: alloy sends metrics to `m.example.org`, a host of which the environment says nothing"
            ]
        );
    }

    #[test]
    fn paths_and_protocols_must_agree() {
        assert_eq!(
            asked(
                &RULE,
                &alloy("dev", "{name: mimir, url: 'http://mimir-gateway/push'}")
            ),
            ["error: alloy sends metrics to `/push` of mimir, which takes none there"]
        );
        let by = |address: &str, name: &str| {
            text(&format!(
                "otelcol.receiver.otlp \"in\" {{\n\toutput {{ traces = [{name}.out.input] }}\n}}\n{name} \"out\" {{\n\tclient {{ endpoint = \"{address}\" }}\n}}"
            ))
        };
        for (address, name, expected) in [
            (
                "tempo-distributor.team-prod.svc:4317",
                "otelcol.exporter.otlp",
                vec![],
            ),
            (
                "http://tempo-distributor:4317",
                "otelcol.exporter.otlphttp",
                vec!["error: alloy sends traces by HTTP to port 4317"],
            ),
            (
                "tempo-distributor:4318",
                "otelcol.exporter.otlp",
                vec!["error: alloy sends traces by gRPC to port 4318"],
            ),
            (
                "tempo.obs-prod.svc:4317",
                "otelcol.exporter.otlp",
                vec![
                    "error: alloy sends traces to namespace `obs-prod`, which is not this environment's",
                ],
            ),
        ] {
            assert_eq!(asked(&RULE, &by(address, name)), expected, "{address}");
        }
    }

    #[test]
    fn the_service_and_its_port_must_be_there() {
        let to = |address: &str| {
            asked(
                &RULE,
                &alloy("dev", &format!("{{name: mimir, url: '{address}'}}")),
            )
        };
        for fine in [
            "http://mimir-gateway.team-dev.svc.cluster.local/api/v1/push",
            "http://MIMIR-gateway.team-dev.svc:80/api/v1/push",
            // A Service of the chart that nobody need know: only a render tells of it.
            "http://mimir-distributor:8080/api/v1/push",
        ] {
            assert_eq!(to(fine), Vec::<String>::new(), "{fine}");
        }
        for (address, expected) in [
            (
                "http://mimir-gateway.team-dev.svc.cluster.local:9999/api/v1/push",
                "error: alloy sends metrics to port 9999 of `mimir-gateway`, which does not have it",
            ),
            (
                "http://mimir-gateway:4317/api/v1/push",
                "error: alloy sends metrics to port 4317 of `mimir-gateway`, which does not have it",
            ),
            (
                "http://nosuch.team-dev.svc.cluster.local/api/v1/push",
                "error: alloy sends metrics to Service `nosuch`, which this environment does not have",
            ),
        ] {
            assert_eq!(to(address), [expected], "{address}");
        }
        let declared = "{name: other, url: 'http://nosuch:9090/api/v1/push', crossEnv: true}";
        assert_eq!(asked(&RULE, &alloy("dev", declared)), Vec::<String>::new());
    }

    #[test]
    fn services_of_a_render_count() {
        let service = |name: &str, port: u32| {
            format!(
                "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{ports: [{{port: {port}}}]}}\n"
            )
        };
        let to = |address: &str, services: &str| {
            let env = alloy("dev", &format!("{{name: mimir, url: '{address}'}}"));
            rendered(&RULE, &env, services)
        };
        let receiver = service("receiver", 9090);
        assert_eq!(
            to("http://receiver:9090/api/v1/push", &receiver),
            Vec::<String>::new()
        );
        assert_eq!(
            to("http://receiver:9091/api/v1/push", &receiver),
            ["error: alloy sends metrics to port 9091 of `receiver`, which does not have it"]
        );
        let mimir = service("mimir-distributor", 8080);
        assert_eq!(
            to("http://mimir-distributor:8080/api/v1/push", &mimir),
            Vec::<String>::new()
        );
        assert_eq!(
            to("http://mimir-nosuch:8080/api/v1/push", &mimir),
            [
                "error: alloy sends metrics to Service `mimir-nosuch`, which this environment does not have"
            ]
        );
        assert_eq!(
            to("http://mimir-nosuch:8080/api/v1/push", &receiver),
            Vec::<String>::new()
        );
    }

    #[test]
    fn the_rendered_configuration_is_what_counts() {
        let stream = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: alloy}\ndata:\n  config.alloy: |\n    prometheus.remote_write \"out\" {\n      endpoint {\n        url = \"http://mimir-gateway.obs-test.svc/api/v1/push\"\n      }\n    }\n";
        let env = prod("mimir", "") + "  alloy: {}\n";
        assert_eq!(
            rendered(&RULE, &env, stream),
            ["error: alloy sends metrics to namespace `obs-test`, which is not this environment's"]
        );
    }

    #[test]
    fn without_senders_it_does_not_apply() {
        assert!(!applies(&RULE, &prod("mimir", "")));
    }
}
