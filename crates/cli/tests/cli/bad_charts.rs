//! `contract build` on charts that are broken, or made to break it: each ends soon, with a finding or a contract.
//!
//! The runs have a stack of 2 MiB, as threads have, and 2 GiB of memory where the shell can say so.

use std::fmt::Write as _;
use std::time::Instant;

use super::{Run, Sandbox};

const CHART: &str = "name: demo\nversion: 1.0.0\n";

/// Debug builds on a machine that does other work are slow; released ones take a twentieth of it.
const LONGEST: u64 = 30;

/// A chart of one template and its values.
fn chart(template: &str, values: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("demo/Chart.yaml", CHART);
    sandbox.write("demo/values.yaml", values);
    sandbox.write("demo/templates/a.yaml", template);
    sandbox
}

#[track_caller]
fn build(sandbox: &Sandbox) -> Run {
    let begin = Instant::now();
    let run = sandbox.run_small(&["contract", "build", "demo"]);
    assert!(begin.elapsed().as_secs() < LONGEST, "{:?}", begin.elapsed());
    assert!(!run.err.contains("panicked"), "{}", run.err);
    assert!(!run.err.contains("internal/fault"), "{}", run.err);
    run
}

/// Each of these once overflowed the stack or did not end.
#[test]
fn templates_that_never_end_are_cut_short() {
    let tree = |call: &str| {
        let mut text = String::new();
        for at in 0..40 {
            let call = call.replace("NEXT", &format!("t{}", at + 1));
            write!(text, "{{{{ define \"t{at}\" }}}}{call}{call}{{{{ end }}}}").unwrap();
        }
        text + "{{ define \"t40\" }}x: {{ .Values.a }}\n{{ end }}{{ include \"t0\" . }}"
    };
    let doubled =
        |first: &str, step: &str| format!("{{{{ $x := {first} }}}}{}{{{{ $x }}}}", step.repeat(40));
    for (name, template, values) in [
        ("a tree of calls", tree("{{ include \"NEXT\" (dict \"c\" .) }}"), ""),
        ("a tree of known calls", tree("{{ include \"NEXT\" . }}"), ""),
        (
            "loops in loops",
            format!(
                "{{{{ $l := list {} }}}}{}{{{{ $.Values.a }}}}{}",
                "1 ".repeat(256),
                "{{ range $l }}".repeat(8),
                "{{ end }}".repeat(8)
            ),
            "",
        ),
        ("doubled text", doubled("\"aaaaaaaaaa\"", "{{ $x = print $x $x }}"), ""),
        ("doubled values", doubled(".Values.a", "{{ $x = print $x $x }}"), ""),
        ("doubled lists", doubled("list .Values.a", "{{ $x = list $x $x }}"), ""),
        (
            "texts that name one another",
            "{{ range .Values.m }}{{ tpl . $ }}{{ end }}{{ tpl (toYaml .Values.m) . }}".to_owned(),
            &*(0..1000).fold("m:\n".to_owned(), |text, _| {
                text + "- \"{{ tpl (toYaml .Values.m) . }}\"\n"
            }),
        ),
        (
            "maps merged into one another",
            format!(
                "{{{{ $x := dict }}}}{{{{ $y := dict }}}}{}{{{{ toYaml $x }}}}{{{{ range $x }}}}{{{{ . }}}}{{{{ end }}}}",
                "{{ $_ := merge $x $y }}{{ $_ := merge $y $x }}{{ $_ := merge $x (dict \"q\" $y) $y $y }}".repeat(10)
            ),
            "",
        ),
    ] {
        let run = build(&chart(&template, values)).ends(0);
        assert!(run.err.contains("chart/endless-templates"), "{name}: {}", run.err);
        assert!(run.err.contains("demo/templates/a.yaml"), "{name}: {}", run.err);
    }
}

/// Each of these overflowed the stack, took minutes or gigabytes.
#[test]
fn what_is_too_deep_or_too_long_ends() {
    let many = |before: &str, step: &str, count: usize, after: &str| {
        format!("{before}{}{after}", step.repeat(count))
    };
    let within = |open: &str, inner: &str, close: &str, count: usize| {
        format!("{}{inner}{}", open.repeat(count), close.repeat(count))
    };
    for (name, template) in [
        ("includes itself", "{{ define \"a\" }}{{ include \"a\" . }}{{ include \"a\" (dict \"x\" .) }}{{ end }}{{ include \"a\" . }}".to_owned()),
        ("a text of itself", "{{ $t := \"{{ tpl . . }}\" }}{{ tpl $t $t }}".to_owned()),
        ("long loops", "{{ range until 1000000000 }}{{ range until 1000000000 }}{{ $.Values.a }}{{ end }}{{ end }}".to_owned()),
        ("if in if", within("{{ if .Values.a }}", "x", "{{ end }}", 98)),
        ("range in range", within("{{ range .Values.a }}", "{{ . }}", "{{ end }}", 98)),
        ("pipes in pipes", format!("{{{{ {} }}}}", within("(quote ", ".Values.a", ")", 98))),
        ("maps in maps", format!("{{{{ {} }}}}", within("(dict \"a\" ", ".Values.a", ")", 98))),
        ("parentheses", format!("{{{{ {} }}}}", within("(", ".Values.a", ")", 100_000))),
        ("else if", many("{{ if .Values.a }}", "{{ else if .Values.b }}x", 100_000, "{{ end }}")),
        ("else with", many("{{ with .Values.a }}", "{{ else with .Values.b }}x", 100_000, "{{ end }}")),
        ("quote", many("{{ .Values.a ", "| quote ", 100_000, "}}")),
        ("nindent", many("{{ .Values.a ", "| nindent 2 ", 100_000, "}}")),
        ("list", many("{{ .Values.a ", "| list ", 100_000, "| toYaml }}")),
        ("default", many("{{ .Values.a ", "| default .Values.b ", 100_000, "}}")),
        ("keys", many("{{ .Values", ".a", 100_000, " }}")),
        ("a map in a map", many("{{ $x := dict \"a\" .Values.a }}", "{{ $x = dict \"a\" $x }}", 20_000, "{{ toYaml $x }}")),
        ("a map set in a map", many("{{ $x := dict }}", "{{ $y := dict }}{{ $_ := set $x \"a\" $y }}{{ $x = $y }}", 20_000, "")),
        ("a map in itself", "{{ $x := dict }}{{ $_ := set $x \"a\" $x }}{{ $y := dict \"x\" $x }}{{ $_ := merge $x $y }}{{ $_ := merge $y $x }}{{ toYaml $x }}{{ $x.a.b }}{{ omit $x \"a\" }}{{ index $x .Values.a }}{{ range $y }}{{ . }}{{ end }}{{ values $x }}{{ deepCopy $x }}".to_owned()),
        ("places merged into one another", "{{ $_ := merge .Values.a .Values.b }}{{ $_ := merge .Values.b .Values.a }}{{ $_ := set .Values \"a\" .Values }}{{ .Values.a.b.c.d }}{{ toYaml .Values.a }}{{ range .Values.b }}{{ .x }}{{ end }}".to_owned()),
        ("repeat", "{{ repeat 1000000000 \"a\" }}".to_owned()),
        ("replace", many("{{ $x := \"a\" }}", "{{ $x = replace \"a\" \"aaaaaaaaaa\" $x }}", 15, "{{ $x }}")),
        ("dashes", format!("{}{{{{ .Values.a }}}}", "- ".repeat(100_000))),
        ("a long line", many("a: ", "{{ .Values.a }} x", 50_000, "")),
        ("a long word", format!("a: {}{}", "x".repeat(500_000), "{{ .Values.a }}".repeat(30_000))),
        ("variables", (0..5000).fold(String::new(), |text, at| text + &format!("{{{{ $v{at} := .Values.a }}}}{{{{ $v0 }}}}"))),
    ] {
        let run = build(&chart(&template, "a: 1\n"));
        assert_eq!(run.code, 0, "{name}: {}", run.err);
    }
}

#[test]
fn a_broken_template_is_named_and_the_rest_is_read() {
    let sandbox = chart("a: {{ .Values.read }}\n", "read: 1\nhidden: 1\ndead: 1\n");
    sandbox.write("demo/templates/b.yaml", "x: 1\ny: {{ .Values.hidden }\n");
    let run = build(&sandbox)
        .ends(0)
        .says("chart/broken-template")
        .says("demo/templates/b.yaml:2:");
    let contract: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let dead = |key: &str| !contract["properties"][key]["x-dead"].is_null();
    assert!(!dead("read"), "{}", run.out);
    assert!(dead("dead") && dead("hidden"), "{}", run.out);
}

#[test]
fn unknown_functions_still_read() {
    let run = build(&chart(
        "{{ frobnicate .Values.a (nope .Values.b) | zap \"x\" .Values.c }}{{ .Values.d | mystery }}",
        "a: 1\nb: 1\nc: 1\nd: 1\ndead: 1\n",
    ))
    .ends(0);
    assert_eq!(run.out.matches("x-dead").count(), 1, "{}", run.out);
}

#[test]
fn a_missing_subchart_is_named_and_open() {
    let sandbox = chart("{{ .Values.a }}", "a: 1\nfar: {x: 1}\n");
    sandbox.write(
        "demo/Chart.yaml",
        format!("{CHART}dependencies:\n- {{name: far, version: 1.2.3, repository: 'https://charts.example.com'}}\n"),
    );
    let run = build(&sandbox)
        .ends(0)
        .says("chart/missing-subchart")
        .says("far 1.2.3");
    let contract: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let open = contract["properties"]["far"]["x-open"]
        .as_str()
        .unwrap_or_default();
    assert!(open.contains("far 1.2.3"), "{}", run.out);
}

/// Packs entries without a look at their paths, as an attacker would.
fn pack(entries: &[(&str, tar::EntryType, u64)]) -> Vec<u8> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut builder = tar::Builder::new(encoder);
    for (path, kind, size) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(*size);
        header.set_mode(0o644);
        if *kind == tar::EntryType::Symlink {
            header.set_link_name("/etc/hostname").unwrap();
        }
        header.set_cksum();
        let zeros = std::io::Read::take(std::io::repeat(0), *size);
        builder.append(&header, zeros).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

#[test]
fn archives_that_lead_out_or_blow_up_are_refused() {
    use tar::EntryType::{Link, Regular, Symlink};
    let sandbox = Sandbox::new();
    for (entry, refusal) in [
        (("../x", Regular, 0), "chart/unsafe-entry"),
        (("demo/../../x", Regular, 0), "chart/unsafe-entry"),
        (("/etc/x", Regular, 0), "chart/unsafe-entry"),
        (("demo/x", Symlink, 0), "chart/unsafe-entry"),
        (("demo/x", Link, 0), "chart/unsafe-entry"),
        (("demo/x", Regular, 256 * 1024 * 1024), "chart/too-large"),
    ] {
        sandbox.write("demo.tgz", pack(&[entry]));
        let run = sandbox
            .run_small(&["contract", "build", "demo.tgz"])
            .ends(2);
        assert!(run.err.contains(refusal), "{}: {}", entry.0, run.err);
        assert_eq!(sandbox.files("."), ["demo.tgz"]);
    }
}

#[test]
fn large_charts_are_read_or_refused() {
    let sandbox = chart("{{ .Values.a }}", "");
    let values = |count: usize| {
        (0..count).fold(String::new(), |text, at| {
            text + &format!("k{at}: {{a: 1, b: [1, 2]}}\n")
        })
    };
    sandbox.write("demo/values.yaml", values(10_000));
    build(&sandbox).ends(0);
    sandbox.write(
        "demo/values.yaml",
        format!("a: \"{}\"\n", "x".repeat(10 * 1024 * 1024)),
    );
    build(&sandbox).ends(2).says("input/too-large");
    sandbox.write("demo/values.yaml", "a: 1\n");
    for at in 0..3000 {
        sandbox.write(
            &format!("demo/templates/t{at}.yaml"),
            format!("a: {{{{ .Values.k{at} }}}}\n"),
        );
    }
    build(&sandbox).ends(0).prints("\"k2999\"");
    sandbox.write(
        "demo/templates/long.yaml",
        "{{ .Values.a }}".repeat(100_000),
    );
    build(&sandbox)
        .ends(0)
        .says("chart/broken-template")
        .says("long.yaml");
}

#[test]
fn long_paths_in_the_metadata_end() {
    let sandbox = chart("{{ .Values.a }}", "a: 1\n");
    let path = "a.".repeat(50_000);
    sandbox.write(
        "demo/Chart.yaml",
        format!("{CHART}dependencies:\n- {{name: far, version: 1.2.3, condition: {path}b, import-values: [{{child: {path}b, parent: {path}c}}]}}\n"),
    );
    build(&sandbox).ends(0).says("chart/missing-subchart");
}

#[test]
fn charts_asked_for_under_many_names_end() {
    let sandbox = Sandbox::new();
    let mut folder = "demo".to_owned();
    for at in 0..7 {
        let asked = (0..10).fold("dependencies:\n".to_owned(), |text, name| {
            text + &format!("- {{name: c{}, version: 1.0.0, alias: a{name}}}\n", at + 1)
        });
        sandbox.write(
            &format!("{folder}/Chart.yaml"),
            format!("name: c{at}\nversion: 1.0.0\n{asked}"),
        );
        sandbox.write(&format!("{folder}/templates/a.yaml"), "{{ .Values.a }}");
        folder += &format!("/charts/c{}", at + 1);
    }
    sandbox.write(
        &format!("{folder}/Chart.yaml"),
        "name: c7\nversion: 1.0.0\n",
    );
    build(&sandbox).ends(1).says("chart/too-large");
}

#[test]
fn deep_files_end() {
    let sandbox = chart("{{ .Values.a }}", "a: 1\n");
    let deep = format!("{}1{}", "{a: ".repeat(50_000), "}".repeat(50_000));
    sandbox.write("demo/values.yaml", format!("a: {deep}\n"));
    build(&sandbox);
    sandbox.write("demo/values.yaml", "a: 1\n");
    sandbox.write(
        "demo/crds/a.yaml",
        format!("kind: CustomResourceDefinition\nspec: {deep}\n"),
    );
    build(&sandbox);
    sandbox.write(
        "demo/values.schema.json",
        deep.replace("a:", "\"properties\":"),
    );
    build(&sandbox);
    sandbox.write("demo/Chart.yaml", format!("{CHART}annotations: {deep}\n"));
    build(&sandbox);
}

#[test]
fn stars_in_helmignore_end() {
    let sandbox = chart("{{ .Values.a }}", "a: 1\n");
    sandbox.write(&format!("demo/templates/{}.yaml", "a".repeat(200)), "x");
    sandbox.write(
        "demo/.helmignore",
        format!("{}b\n", "*a".repeat(30)).repeat(60),
    );
    build(&sandbox).ends(0);
    sandbox.write("demo/.helmignore", "a*b\n".repeat(20_000));
    build(&sandbox).ends(1).says("chart/too-large");
}
