//! The real Alloy syntax as judge: every configuration we write parses, and its formatter would not touch it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails, fails its test"
)]

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use helmwright::environment::NoLayers;
use helmwright::render::{Engine, context};
use helmwright::source::Source;
use helmwright::{Catalog, Environment, pipeline, yaml};
use helmwright_tests::{files, root};

/// Texts that break a careless writer of Alloy, YAML or Helm templates.
const HOSTILE: [&str; 14] = [
    "a\"b",
    "a\\b",
    "\\d+\\.",
    "a\nb",
    "a\tb\r",
    "{{ .Release.Name }}",
    "}} {{",
    "${HOME} $1",
    "`raw`",
    "\u{7f}",
    "\u{2028}",
    "é日\u{1f600}",
    "// no comment",
    "' # \"",
];

/// Runs the tool on a text; the error is what it says.
fn tool(mode: &str, text: &str) -> Result<String, String> {
    let binary = std::env::var_os("HELMWRIGHT_ALLOY").unwrap_or_else(|| {
        panic!("HELMWRIGHT_ALLOY is not set; `cargo xtask test` builds the tool and sets it")
    });
    let mut child = Command::new(binary)
        .args([mode, "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Returns the configuration in a values file as Alloy gets it: Helm runs it as a template first.
fn configuration(name: &str, values: &str) -> String {
    let node = yaml::read(&Source::new(name, values)).unwrap();
    let content = node
        .at(&["alloy", "configMap", "content"])
        .and_then(yaml::Node::as_str)
        .unwrap();
    content.replace("{{`{{`}}", "{{")
}

fn assert_formatted(name: &str, configuration: &str) {
    let text = format!("{}\n", configuration.trim_end_matches('\n'));
    tool("check", &text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
}

/// Renders the Alloy values of an environment with these settings.
fn alloy_values(settings: &str) -> String {
    let text = format!(
        "environment: dev\nnamespace: team-dev\ntenant: dts-dev\n\
         objectStore: {{provider: seaweedfs, instance: s, endpoint: 's:8333', credentials: {{secretName: s}}}}\n\
         components:\n  tempo: {{}}\n  mimir: {{}}\n  loki: {{}}\n  alloy:\n    settings: {settings}\n"
    );
    let read = Environment::read(
        &Source::new("dev.yaml", text),
        &NoLayers,
        Catalog::bundled(),
    );
    let mut found = read.diagnostics;
    let environment = read
        .environment
        .unwrap_or_else(|| panic!("{settings}: {found:#?}"));
    let rendered = pipeline::render(environment, Catalog::bundled(), &mut found).unwrap();
    assert!(found.is_empty(), "{settings}: {found:#?}");
    rendered
        .into_iter()
        .find(|file| file.path.ends_with("alloy/values.yaml"))
        .map(|file| file.text.to_string())
        .unwrap()
}

#[test]
fn every_golden_configuration_is_as_the_formatter_writes_it() {
    let goldens: Vec<_> = files(&root().join("tests/golden"), "alloy/values.yaml");
    assert!(goldens.len() >= 3, "one of each environment");
    for file in goldens {
        let name = file.display().to_string();
        assert_formatted(
            &name,
            &configuration(&name, &fs::read_to_string(&file).unwrap()),
        );
    }
}

#[test]
fn hostile_strings_arrive_unchanged() {
    for text in HOSTILE {
        let quoted = yaml::scalar(text);
        let values = alloy_values(&format!(
            "{{logs: {{stages: [{{replace: {{expression: {quoted}}}}}]}}}}"
        ));
        let configuration = configuration("alloy/values.yaml", &values);
        assert_formatted(text, &configuration);
        // The one attribute is taken out of its block, because the tool reads attributes at the top.
        let attribute = configuration
            .lines()
            .map(str::trim)
            .find(|line| line.starts_with("expression "))
            .unwrap_or_else(|| panic!("no expression in\n{configuration}"));
        assert_eq!(evaluated(attribute), text, "{attribute}");
    }
}

/// What HTTP cannot carry is refused where it is written; everything else arrives.
#[test]
fn hostile_tenants_and_headers_arrive_unchanged() {
    for text in HOSTILE
        .iter()
        .filter(|text| !text.contains(|char: char| char.is_ascii_control()))
    {
        let quoted = yaml::scalar(text);
        let values = alloy_values(&format!(
            "{{remoteWrite: [{{name: mimir, tenant: {quoted}, headers: {{X-Note: {quoted}}}}}]}}"
        ));
        let configuration = configuration("alloy/values.yaml", &values);
        assert_formatted(text, &configuration);
        let headers = configuration
            .lines()
            .map(str::trim)
            .find(|line| line.contains("\"X-Note\""))
            .unwrap_or_else(|| panic!("no header in\n{configuration}"));
        let expected = serde_json::json!({"X-Scope-OrgID": text, "X-Note": text});
        assert_eq!(evaluated(headers), expected, "{headers}");
    }
}

/// Returns the value of an attribute as Alloy reads it.
fn evaluated(attribute: &str) -> serde_json::Value {
    let line = tool("strings", &format!("{attribute}\n"))
        .unwrap_or_else(|error| panic!("{attribute}: {error}"));
    let mut line: serde_json::Value = serde_json::from_str(line.trim()).unwrap();
    line["value"].take()
}

#[test]
fn hostile_strings_arrive_unchanged_from_the_literal_writer() {
    let engine = Engine::new(|_| Some("s = {{ text }}\n".to_owned()));
    for text in HOSTILE {
        let literal = engine
            .render(
                "strings.alloy.j2",
                &context(&serde_json::json!({"text": text})),
            )
            .unwrap();
        let evaluated =
            tool("strings", &literal).unwrap_or_else(|error| panic!("{literal}: {error}"));
        let evaluated: serde_json::Value = serde_json::from_str(evaluated.trim()).unwrap();
        assert_eq!(evaluated["value"], text, "{literal}");
    }
}

#[test]
fn every_shape_of_settings_is_as_the_formatter_writes_it() {
    let shapes = [
        "{}",
        "{logs: {enabled: false}}",
        "{logs: {namespaces: [a, b]}}",
        "{remoteWrite: []}",
        "{remoteWrite: [], logs: {enabled: false}}",
        "{otlp: {grpcPort: 14317, httpPort: 14318, hostPorts: true}}",
        "{remoteWrite: [{name: a, url: 'http://h/p', bearerTokenSecret: {name: s, key: k}, caSecret: {name: c, key: k}, headers: {A: b, Longer-Name: c}}]}",
        "{logs: {stages: [{drop: {expression: a}}, {drop: {source: level, value: debug, longerThan: 8Ki, olderThan: 1h, reason: r}}, {multiline: {firstLine: a, maxWait: 5s, maxLines: 9}}, {json: {expressions: {a: '', longer: b}, source: x, dropMalformed: true}}, {logfmt: {mapping: {a: ''}}}, {regex: {expression: a}}, {replace: {expression: a, source: x}}, {labels: [a, longer]}, {structuredMetadata: [a]}]}}",
        "{remoteWrite: [{name: mimir}, {name: control_room, url: 'https://metrics.example.org/api/v1/push', tenant: x, crossEnv: true, basicAuth: {username: u, passwordSecret: {name: s, key: k}}}]}",
        "{remoteWrite: [{name: mimir, queueConfig: {capacity: 20000, maxShards: 4, minShards: 2, maxSamplesPerSend: 5000, batchSendDeadline: 10s, minBackoff: 100ms, maxBackoff: 1m, retryOnHttp429: false, sampleAgeLimit: 15m}}]}",
    ];
    for shape in shapes {
        assert_formatted(
            shape,
            &configuration("alloy/values.yaml", &alloy_values(shape)),
        );
    }
}

#[test]
fn the_tool_refuses_what_is_not_alloy_and_what_is_not_formatted() {
    assert!(tool("check", "# not a comment\n").is_err());
    assert!(tool("check", "a   =  1\n").is_err());
    assert!(tool("check", "a = 1\n").is_ok());
}
