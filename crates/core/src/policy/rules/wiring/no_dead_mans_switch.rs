//! `wiring/no-dead-mans-switch` (HW-WIRE-007): nobody notices when alerting itself is gone.

use super::files::{self, File};
use crate::components::Alerting;
use crate::environment::Tier;
use crate::policy::{Address, Check, Facts, Finding, Rule, Severities, Subject, Verdict, Whose};
use crate::units::Duration;
use crate::yaml::{Node, Value};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "wiring/no-dead-mans-switch",
    entry: "HW-WIRE-007",
    summary: "Prod has a dead man's switch that ends outside of the cluster",
    severities: Severities {
        prod: Some(crate::diagnostic::Severity::Error),
        test: None,
        dev: None,
    },
    waivable: true,
    condition: "In a render of prod that holds an Alertmanager's configuration, in a ConfigMap or in a Secret's `alertmanager.yaml`: a route matches the alert `Watchdog` before any route that takes all, its receiver sends to something outside of the cluster whose address stands in a file or a Secret or is no placeholder, and its `group_wait`, `group_interval` and `repeat_interval` are each at most half of `assumptions.externalMonitor.period`. Where the render also holds rules that alert, and no PrometheusRule, `Watchdog` is one of them, else a warning. A receiver that pages people and ends at the same host is worth knowing. Where `alert-rules` is run, also without a render: one of its rules raises `Watchdog`, and its settings name the Secret with the configuration of Mimir's Alertmanager. What is in that Secret is looked at only where a render holds it. Where there is neither, it does not apply.",
    why: "Alerting inside the cluster cannot report its own death. Only somebody outside who misses a heartbeat can.",
    source: "The observability-stack change: a heartbeat every 50 s, a monitor that waits 5m and 10m more. kube-prometheus-stack routes `Watchdog` to a receiver that does nothing. Repeats are only sent when a group is looked at (Alertmanager documentation, `group_interval`).",
    fix: "Add a receiver that sends to a monitor outside of the cluster, and a route for `Watchdog` as the first one. Mimir refuses files in a tenant's configuration: there the address is the `url` in the Secret that holds the configuration. The operator's Alertmanager takes `url_file` of a mounted Secret.",
    passes: "route: {routes: [{matchers: [alertname = Watchdog], receiver: heartbeat, group_interval: 10s, repeat_interval: 45s}]}",
    fails: "route: {routes: [{matchers: [alertname = Watchdog], receiver: 'null'}]}",
    check: Check::Environment(check),
};

/// How long routes wait where nothing is said.
///
/// Source: Alertmanager documentation, `route`.
const USUAL: [(&str, u64); 3] = [
    ("group_wait", 30_000),
    ("group_interval", 300_000),
    ("repeat_interval", 4 * 3_600_000),
];

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    if facts.tier != Tier::Prod {
        return verdict.lacks("only prod needs one");
    }
    for alerting in facts
        .described
        .iter()
        .filter_map(|one| one.alerting.as_ref())
    {
        verdict.applies();
        by_reference(alerting, verdict);
    }
    if facts.manifests.is_none() {
        return verdict.lacks("no manifests; an Alertmanager is looked at in a render");
    }
    for file in files::read(facts, files::is_alert_file) {
        verdict.applies();
        let who = format!("the Alertmanager of `{}`", file.object.name);
        one(facts, &who, &file, verdict);
    }
    if !verdict.has_applied() {
        return verdict
            .lacks("no configuration of an Alertmanager, neither in a ConfigMap nor in a Secret");
    }
    let mut first = None;
    let raised = files::read(facts, files::is_rule_file).any(|file| {
        first.get_or_insert_with(|| file.root.location.clone());
        mentions(&file.root)
    });
    // Rules of the Prometheus operator are not read, and may raise it.
    let operated = facts.manifests.is_some_and(|manifests| {
        manifests
            .objects
            .iter()
            .any(|object| object.kind() == "PrometheusRule")
    });
    if !operated && first.is_some() && !raised {
        verdict.found(
            Finding::new(
                Subject::component("alertmanager"),
                "no rule raises the alert `Watchdog`",
            )
            .at(first)
            .why("a heartbeat needs an alert that is always raised")
            .help("add `alert: Watchdog` with `expr: vector(1)`")
            .weighing(Severities::WARNING),
        );
    }
}

/// Looks at rules that Mimir evaluates, and at whom its Alertmanager tells: a Secret that is not seen here.
fn by_reference(alerting: &Alerting, verdict: &mut Verdict<'_>) {
    let component = || Subject::component("alert-rules");
    if !alerting.alerts.iter().any(|alert| alert == "Watchdog") {
        verdict.found(
            Finding::new(component(), "no rule raises the alert `Watchdog`")
                .at(Some(alerting.place.clone()))
                .why("a heartbeat needs an alert that is always raised")
                .help("leave `bundled` on and `Watchdog` in, or add `alert: Watchdog` with `expr: vector(1)` to a file of `groups`"),
        );
    }
    if alerting.configuration.is_none() {
        verdict.found(
            Finding::new(component(), "alerts are raised, and nobody is told of them")
                .at(Some(alerting.place.clone()))
                .why("Mimir's Alertmanager has no configuration of this tenant, so neither pages nor the heartbeat leave")
                .help("name the Secret that holds it under `settings.alertmanager.secretName`; docs/alerting.md has an example of what is in it"),
        );
    }
}

/// Returns whether an alert of that name is among rules.
fn mentions(node: &Node) -> bool {
    match &node.value {
        Value::Map(map) => map.iter().any(|(key, entry)| {
            (key == "alert" && entry.value.as_str() == Some("Watchdog")) || mentions(&entry.value)
        }),
        Value::List(items) => items.iter().any(mentions),
        _ => false,
    }
}

fn one(facts: &Facts<'_>, who: &str, file: &File<'_>, verdict: &mut Verdict<'_>) {
    let root = &file.root;
    // No line of a Secret is ever shown.
    let secret = facts
        .manifests
        .filter(|_| file.object.kind() == "Secret")
        .map(|manifests| manifests.location(file.object, &file.object.place));
    let finding = |message: String, at: &Node| {
        let place = secret.clone().unwrap_or_else(|| at.location.clone());
        Finding::new(Subject::component("alertmanager"), message).at(Some(place))
    };
    let Some(route) = root.get("route") else {
        return;
    };
    let mut way = vec![route];
    match find(route, &mut way) {
        Match::Watchdog => {}
        Match::All => {
            let last = way.last().copied().unwrap_or(route);
            return verdict.found(
                finding(
                    format!("a route of {who} takes all alerts before `Watchdog`"),
                    last,
                )
                .why("routes are asked in their order, and the first that matches takes the alert")
                .help("put the route for `Watchdog` first"),
            );
        }
        Match::None => {
            return verdict.found(
                finding(
                    format!("{who} has no route for the alert `Watchdog`"),
                    route,
                )
                .why("without one nobody outside of the cluster gets a heartbeat")
                .help("add it as the first route, with a receiver outside of the cluster"),
            );
        }
    }
    let chosen = way.last().copied().unwrap_or(route);
    let name = inherited(&way, "receiver")
        .and_then(Node::as_str)
        .unwrap_or_default();
    let receivers = list(root.get("receivers"));
    let receiver = receivers
        .iter()
        .find(|receiver| receiver.get("name").and_then(Node::as_str) == Some(name));
    let address = receiver.map(address);
    match &address {
        Some(Target::Hidden) => {}
        Some(Target::Host(url)) => {
            let host = Address::read(url).host;
            let inside = !matches!(Address::read(url).whose(facts), Whose::Outside) || is_inside(host);
            if inside || is_placeholder(host) {
                verdict.found(
                    finding(
                        format!("the heartbeat of {who} ends at `{host}`"),
                        chosen,
                    )
                    .why(if inside {
                        "that is inside the cluster, and goes with it"
                    } else {
                        "that is a placeholder, and nobody waits there"
                    })
                    .help("send it to a monitor outside of the cluster, its address as `url` in the Secret with Mimir's configuration, or for the operator's Alertmanager in `url_file`"),
                );
            }
            let pages = receivers.iter().find(|other| {
                other.get("name").and_then(Node::as_str) != Some(name)
                    && matches!(&self::address(other), Target::Host(other) if Address::read(other).host == host)
            });
            if let Some(other) = pages {
                verdict.found(
                    finding(
                        format!("alerts and the heartbeat of {who} both end at `{host}`"),
                        other,
                    )
                    .why("when that host is away, neither arrives")
                    .help("let another service wait for the heartbeat, or accept it")
                    .weighing(Severities::INFO),
                );
            }
        }
        Some(Target::Nothing) | None => verdict.found(
            finding(
                format!("the alert `Watchdog` of {who} goes to `{name}`, which sends nothing"),
                chosen,
            )
            .why("an alert that goes nowhere is no heartbeat")
            .help("give the receiver `webhook_configs` with the address of a monitor outside of the cluster: `url` in the Secret with Mimir's configuration, or `url_file` for the operator's Alertmanager"),
        ),
    }
    let Some(monitor) = &facts.assumptions().external_monitor else {
        return;
    };
    let half = Duration::from_millis(monitor.period.millis() / 2);
    for (key, usual) in USUAL {
        let said = inherited(&way, key).and_then(Node::as_str);
        let time = said
            .and_then(|text| text.parse().ok())
            .unwrap_or(Duration::from_millis(usual));
        if time > half {
            verdict.found(
                finding(format!("`{key}` of the heartbeat of {who} is {time}, above {half}"), chosen)
                    .why(format!(
                        "the monitor waits {}: half of it is {half}, so that one that is late is no alarm",
                        monitor.period
                    ))
                    .help(format!("set `{key}` of that route to {half} or less")),
            );
        }
    }
}

/// What takes the alert.
enum Match {
    Watchdog,
    All,
    None,
}

/// Finds the first route that takes the alert; `way` then leads to it.
fn find<'n>(route: &'n Node, way: &mut Vec<&'n Node>) -> Match {
    for child in list(route.get("routes")) {
        match matches_watchdog(child) {
            Some(true) => {
                way.push(child);
                // A child of it may take it further.
                return match find(child, way) {
                    Match::All | Match::Watchdog | Match::None => Match::Watchdog,
                };
            }
            Some(false) => {
                way.push(child);
                return Match::All;
            }
            None => {}
        }
    }
    Match::None
}

/// Returns whether a route takes the alert by its name, or because it takes all; nothing where it does not, or goes on.
fn matches_watchdog(route: &Node) -> Option<bool> {
    let goes_on = route.get("continue").map(|node| &node.value) == Some(&Value::Bool(true));
    let mut matchers: Vec<String> = list(route.get("matchers"))
        .iter()
        .filter_map(|node| node.as_str().map(str::to_owned))
        .collect();
    for key in ["match", "match_re"] {
        let map = route.get(key).and_then(Node::as_map);
        matchers.extend(
            map.into_iter().flatten().map(|(name, entry)| {
                format!("{name}={}", entry.value.as_str().unwrap_or_default())
            }),
        );
    }
    if matchers.is_empty() {
        return (!goes_on).then_some(false);
    }
    let by_name = matchers.iter().any(|matcher| {
        let plain: String = matcher
            .chars()
            .filter(|letter| !matches!(letter, ' ' | '"' | '\'' | '~'))
            .collect();
        plain
            .strip_prefix("alertname=")
            .is_some_and(|names| names.split('|').any(|name| name == "Watchdog"))
    });
    by_name.then_some(true)
}

/// Returns what the nearest route on the way says.
fn inherited<'n>(way: &[&'n Node], key: &str) -> Option<&'n Node> {
    way.iter().rev().find_map(|route| route.get(key))
}

fn list(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.value) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

/// Where a receiver sends to.
enum Target {
    /// In a file, which a Secret holds.
    Hidden,
    /// Somewhere that is written out.
    Host(String),
    /// Nowhere.
    Nothing,
}

fn address(receiver: &Node) -> Target {
    let mut target = Target::Nothing;
    for (key, entry) in receiver.as_map().into_iter().flatten() {
        if !key.ends_with("_configs") {
            continue;
        }
        for config in list(Some(&entry.value)) {
            for (key, entry) in config.as_map().into_iter().flatten() {
                if key.ends_with("_file") {
                    return Target::Hidden;
                }
                if key.ends_with("url")
                    && let Some(url) = entry.value.as_str().filter(|url| !url.is_empty())
                {
                    target = Target::Host(url.to_owned());
                }
            }
        }
    }
    target
}

fn is_inside(host: &str) -> bool {
    let private = host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| {
        address.is_private() || address.is_loopback() || address.is_link_local()
    });
    private
        || host.ends_with(".svc")
        || host.contains(".svc.")
        || host.ends_with(".local")
        || !host.contains('.')
}

fn is_placeholder(host: &str) -> bool {
    host.is_empty() || host.ends_with(".invalid") || host.split('.').any(|part| part == "example")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rules::wiring::tests::rendered;
    use crate::policy::tests::{applies, asked, prod};

    fn file(route: &str, receiver: &str) -> String {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: alerts}}\ndata:\n  alertmanager.yml: |\n    route:\n      receiver: people\n      routes: [{route}]\n    receivers:\n      - {{name: people}}\n      - {{name: heartbeat, {receiver}}}\n"
        )
    }

    const ROUTE: &str = "{matchers: ['alertname = \"Watchdog\"'], receiver: heartbeat, group_wait: 0s, group_interval: 10s, repeat_interval: 45s}";
    const RECEIVER: &str = "webhook_configs: [{url_file: /etc/secrets/heartbeat}]";

    fn said(route: &str, receiver: &str) -> Vec<String> {
        let env = prod("loki", "assumptions: {externalMonitor: {period: 5m}}");
        rendered(&RULE, &env, &file(route, receiver))
    }

    #[test]
    fn a_heartbeat_that_leaves_the_cluster_passes() {
        assert_eq!(said(ROUTE, RECEIVER), Vec::<String>::new());
        assert_eq!(
            said(ROUTE, "webhook_configs: [{url: 'https://hc.monitor.io/x'}]"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn everything_else_is_found() {
        for (route, receiver, expected) in [
            (
                "",
                RECEIVER,
                "error: the Alertmanager of `alerts` has no route for the alert `Watchdog`",
            ),
            (
                &*format!("{{receiver: people}}, {ROUTE}"),
                RECEIVER,
                "error: a route of the Alertmanager of `alerts` takes all alerts before `Watchdog`",
            ),
            (
                "{match: {alertname: Watchdog}, receiver: 'null', group_interval: 10s, repeat_interval: 45s}",
                RECEIVER,
                "error: the alert `Watchdog` of the Alertmanager of `alerts` goes to `null`, which sends nothing",
            ),
            (
                ROUTE,
                "webhook_configs: [{url: 'http://monitor.obs.svc/x'}]",
                "error: the heartbeat of the Alertmanager of `alerts` ends at `monitor.obs.svc`",
            ),
            (
                ROUTE,
                "webhook_configs: [{url: 'https://heartbeat.invalid/x'}]",
                "error: the heartbeat of the Alertmanager of `alerts` ends at `heartbeat.invalid`",
            ),
            (
                &ROUTE.replace("45s", "1h"),
                RECEIVER,
                "error: `repeat_interval` of the heartbeat of the Alertmanager of `alerts` is 1h, above 2m30s",
            ),
        ] {
            assert_eq!(said(route, receiver), [expected], "{route} {receiver}");
        }
    }

    #[test]
    fn a_secret_s_configuration_is_read_and_not_shown() {
        use crate::manifest::Reader;
        let env = prod("loki", "assumptions: {externalMonitor: {period: 5m}}");
        let expected = [
            "error: the alert `Watchdog` of the Alertmanager of `alerts` goes to `null`, which sends nothing",
            "error: `group_interval` of the heartbeat of the Alertmanager of `alerts` is 5m, above 2m30s",
            "error: `repeat_interval` of the heartbeat of the Alertmanager of `alerts` is 4h, above 2m30s",
        ];
        // The same as below, coded.
        let coded = "cm91dGU6CiAgcmVjZWl2ZXI6ICdudWxsJwogIHJvdXRlczoKICAtIG1hdGNoZXJzOiBbJ2FsZXJ0bmFtZSA9ICJXYXRjaGRvZyInXQogICAgcmVjZWl2ZXI6ICdudWxsJwpyZWNlaXZlcnM6Ci0gbmFtZTogJ251bGwnCg==";
        let plain = "route:\n    receiver: 'null'\n    routes:\n    - matchers: ['alertname = \"Watchdog\"']\n      receiver: 'null'\n  receivers:\n  - name: 'null'\n";
        let plain = format!("|\n    {}", plain.replace("\n", "\n  "));
        for (key, text) in [("data", coded), ("stringData", &*plain)] {
            let secret = format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: alerts}}\n{key}:\n  password: aHVudGVyMg==\n  alertmanager.yaml: {text}\n"
            );
            assert_eq!(rendered(&RULE, &env, &secret), expected, "{secret}");
            let mut reader = Reader::new("stream");
            reader.feed(&secret);
            let kept = format!("{:?}", reader.finish().objects);
            assert!(kept.contains("Watchdog") && !kept.contains("aHVudGVy"));
        }
    }

    #[test]
    fn a_configuration_by_reference_passes_where_the_watchdog_is_raised() {
        let with = |settings: &str| {
            let text = prod("mimir", "");
            format!("{text}  alert-rules: {{settings: {settings}}}\n")
        };
        let good = with("{alertmanager: {secretName: alertmanager}}");
        assert!(applies(&RULE, &good));
        assert_eq!(asked(&RULE, &good), Vec::<String>::new());
        for (settings, expected) in [
            ("{}", "error: alerts are raised, and nobody is told of them"),
            (
                "{disabled: [Watchdog], alertmanager: {secretName: alertmanager}}",
                "error: no rule raises the alert `Watchdog`",
            ),
            (
                "{bundled: false, alertmanager: {secretName: alertmanager}}",
                "error: no rule raises the alert `Watchdog`",
            ),
        ] {
            assert_eq!(asked(&RULE, &with(settings)), [expected], "{settings}");
        }
    }

    #[test]
    fn without_an_alertmanager_it_does_not_apply() {
        assert!(!applies(&RULE, &prod("loki", "")));
    }
}
