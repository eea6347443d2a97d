use super::*;

fn said(text: &str) -> Vec<String> {
    Config::read(text)
        .problems()
        .iter()
        .map(|problem| {
            let line = text[..problem.span.start].matches('\n').count() + 1;
            format!("{line}: {} | {}", problem.message, problem.help)
        })
        .collect()
}

const WHOLE: &str = r#"// Comment.
otelcol.receiver.otlp "default" {
	grpc { }
	output {
		traces = [otelcol.exporter.otlp.tempo.input] // behind
		metrics = [
			otelcol.exporter.prometheus.metrics.input,
		]
	}
}
/* of
   two lines */
otelcol.exporter.otlp "tempo" {
	client {
		endpoint = "tempo:4317"
		headers = {"X-Scope-OrgID" = "dts\tprod", plain = "a"}
		tls { insecure = true }
	}
}
otelcol.exporter.prometheus "metrics" { forward_to = [prometheus.remote_write.metrics.receiver] }
prometheus.remote_write "metrics" {
	external_labels = {cluster = sys.env("CLUSTER") + "-" + constants.hostname}
	endpoint {
		url = `http://mimir/api/v1/push`
		enabled = !(1 == 2) && -1 < 2.5e3
	}
}
"#;

#[test]
fn a_whole_configuration_is_read() {
    assert_eq!(said(WHOLE), Vec::<String>::new());
    let config = Config::read(WHOLE);
    let exporter = config.named("otelcol.exporter.otlp").next().unwrap();
    let client = exporter.block("client").unwrap();
    assert_eq!(client.text("endpoint"), Some("tempo:4317"));
    let headers = client.attribute("headers").unwrap();
    assert_eq!(
        headers.get("x-scope-orgid").and_then(Expression::as_str),
        Some("dts\tprod")
    );
}

#[test]
fn what_alloy_refuses_is_refused_with_its_line() {
    for (text, expected) in [
        (
            "# a\n",
            "1: `#` begins no comment in Alloy | write `//` before the comment",
        ),
        (
            "loki.echo \"a\" { }\nloki.source.api \"b\" {\n\tforward_to = [loki.echo.c.receiver]\n}\n",
            "3: `loki.echo.c.receiver` refers to nothing that is declared | did you mean `loki.echo.a.receiver`?",
        ),
        (
            "loki.echo \"a\" { }\nloki.source.api \"b\" { forward_to = [loki.echo.a.input] }\n",
            "2: `loki.echo.a` exports no `input` | write `loki.echo.a.receiver`",
        ),
        (
            "otelcol.exporter.prometheusremotewrite \"a\" { }\n",
            "1: Alloy 1.18 has no component `otelcol.exporter.prometheusremotewrite` | use `otelcol.exporter.prometheus`, and let it forward to a `prometheus.remote_write`",
        ),
        (
            "otelcol.exporter.otpl \"a\" { }\n",
            "1: Alloy 1.18 has no component `otelcol.exporter.otpl` | did you mean `otelcol.exporter.otlp`?",
        ),
        (
            "loki.source.api \"a\" { }\nloki.source.api \"a\" { }\n",
            "2: `loki.source.api.a` is declared twice | give one of them another label than `a`",
        ),
        (
            "loki.source.api { }\n",
            "1: `loki.source.api` has no label | write `loki.source.api \"default\" {`",
        ),
        (
            "loki.source.api \"a-b\" { }\n",
            "1: `a-b` cannot be a label | a label has letters, digits and `_`, begins with no digit, and stands in double quotes",
        ),
        (
            "logging {\n\tlevel = 'info'\n}\n",
            "2: a text stands in single quotes | use double quotes",
        ),
        (
            "loki.echo \"a\" { }\n",
            "1: nothing refers to `loki.echo.a` | refer to it where it belongs, or remove it",
        ),
        (
            "logging {\n\tlevel = \"a\\d\"\n}\n",
            "2: `\\d` is no escape | double the backslash, or put the text into backticks",
        ),
        (
            "logging {\n\tlevel = \"info\n}\n",
            "2: a text does not end on its line | close it with `\"`, or put a text of several lines into backticks",
        ),
        (
            "logging {\n",
            "1: block `logging` is not closed | close it with `}`",
        ),
        (
            "level = \"info\"\n",
            "1: attribute `level` stands in no block | move it into the block it belongs to",
        ),
    ] {
        assert_eq!(said(text), [expected], "{text}");
    }
}

#[test]
fn reading_goes_on_after_a_mistake() {
    let found = said("a = = 1\nlogging {\n\tb = [1 2]\n\tc = 'x'\n}\nloki.echo \"1a\" { }\n");
    assert_eq!(found.len(), 4, "{found:#?}");
}

#[test]
fn nothing_makes_it_fall_over() {
    let deep = "a {\n".repeat(500) + &"[".repeat(500);
    for text in [
        "",
        "\"",
        "`",
        "/*",
        "a.",
        "a.b",
        "a = ",
        "{",
        "}",
        "}}\n}",
        "a \"",
        "é = \"\\é\"",
        "\\",
        "a = (",
        "a = b.",
        "a = [1,",
        "\u{feff}a = 1",
        "a = {\"",
        "a = {b",
        "a = 1 +",
        "a = \"\\",
        "a = \"\\u12",
        &deep,
    ] {
        let _ = Config::read(text);
    }
    let mut text = WHOLE.to_owned();
    while text.pop().is_some() {
        let _ = Config::read(&text);
        let _ = Config::read(&WHOLE[WHOLE.len() - text.len()..]);
    }
}
