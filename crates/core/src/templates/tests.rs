use std::rc::Rc;

use crate::chart::Chart;

use super::text::{fold, literal};
use super::value::Value;
use super::{Landing, Place, Places, Reading, read};

/// Reads one template with default values.
fn reading(values: &str, template: &str) -> Reading {
    let chart = Chart::from_files([
        ("Chart.yaml", "name: demo\nversion: 1.0.0\n"),
        ("values.yaml", values),
        ("templates/all.yaml", template),
    ])
    .unwrap();
    read(&chart)
}

fn place<'r>(reading: &'r Reading, path: &str) -> Option<&'r Place> {
    let mut id = Places::TOP;
    for key in path.split('.') {
        let place = reading.places.get(id);
        id = match key {
            "*" => place.each?,
            key => *place.children.get(key)?,
        };
    }
    Some(reading.places.get(id)).filter(|place| place.is_read())
}

/// Says where a value lands, first of all: `Kind key.key[].key`, and `in text`.
fn lands(template: &str, path: &str) -> String {
    let reading = reading("a: 1\n", template);
    let place = place(&reading, path).unwrap_or_else(|| panic!("{path} is not read"));
    let passed = place
        .passed
        .iter()
        .find_map(|passed| passed.landing.as_ref());
    shown(place.landings.first().or(passed))
}

fn shown(landing: Option<&Landing>) -> String {
    let Some(landing) = landing else {
        return "nowhere".to_owned();
    };
    let kind = landing.kind.as_deref().unwrap_or("?");
    let text = if landing.in_text { " in text" } else { "" };
    format!("{kind} {}{text}", landing.path.join("."))
}

/// Returns the top keys that are read, in order.
fn top(template: &str) -> Vec<String> {
    let reading = reading("a: 1\n", template);
    let children = &reading.places.get(Places::TOP).children;
    let mut keys: Vec<String> = children
        .iter()
        .filter(|(_, id)| reading.places.get(**id).is_read())
        .map(|(key, _)| key.to_string())
        .collect();
    keys.sort();
    keys
}

#[test]
fn values_land_at_the_keys_that_are_open() {
    let pod = "kind: Pod\nspec:\n  containers:\n    - name: x\n      resources:\n";
    for (rest, expected) in [
        (
            "        {{- toYaml .Values.a | nindent 8 }}\n",
            "Pod spec.containers.[].resources",
        ),
        (
            "{{ toYaml .Values.a | indent 8 }}\n",
            "Pod spec.containers.[].resources",
        ),
        (
            "        limits: {{ .Values.a | toJson }}\n",
            "Pod spec.containers.[].resources.limits",
        ),
        (
            "        limits:\n          memory: {{ .Values.a }}\n",
            "Pod spec.containers.[].resources.limits.memory",
        ),
        (
            "      {{- toYaml .Values.a | nindent 6 }}\n",
            "Pod spec.containers.[].resources",
        ),
        (
            "        {}\n      {{- toYaml .Values.a | nindent 6 }}\n",
            "Pod spec.containers.[]",
        ),
        (
            "        {}\n  {{- toYaml .Values.a | nindent 2 }}\n",
            "Pod spec",
        ),
        ("        {}\n{{- toYaml .Values.a | nindent 0 }}\n", "Pod "),
        (
            "        {}\n    {{- toYaml .Values.a | nindent 4 }}\n",
            "Pod spec.containers",
        ),
    ] {
        assert_eq!(lands(&format!("{pod}{rest}"), "a"), expected, "{rest}");
    }
}

#[test]
fn a_list_may_stand_at_the_column_of_its_key() {
    let bare = "kind: Pod\nspec:\n  tolerations:\n  {{- toYaml .Values.a | nindent 2 }}\n";
    assert_eq!(lands(bare, "a"), "Pod spec.tolerations");
    let more = "kind: Pod\nspec:\n  volumes:\n  - name: x\n  {{- toYaml .Values.a | nindent 2 }}\n";
    assert_eq!(lands(more, "a"), "Pod spec.volumes");
    let after = "kind: Pod\nspec:\n  volumes:\n  - name: x\n  hostname: {{ .Values.a }}\n";
    assert_eq!(lands(after, "a"), "Pod spec.hostname");
    let inside = "kind: Pod\nspec:\n  volumes:\n  - name: {{ .Values.a }}\n";
    assert_eq!(lands(inside, "a"), "Pod spec.volumes.[].name");
    let element = "kind: Pod\nspec:\n  args:\n    - {{ .Values.a }}\n";
    assert_eq!(lands(element, "a"), "Pod spec.args.[]");
    let nested = "kind: Pod\nspec:\n  x:\n    - - y: {{ .Values.a }}\n";
    assert_eq!(lands(nested, "a"), "Pod spec.x.[].[].y");
}

#[test]
fn what_lands_in_a_text_says_so() {
    let text = "kind: ConfigMap\ndata:\n  app.yaml: |\n    a:\n      b: {{ toYaml .Values.a }}\n  plain: {{ .Values.b }}\n";
    assert_eq!(lands(text, "a"), "ConfigMap data.app.yaml in text");
    assert_eq!(lands(text, "b"), "ConfigMap data.plain");
    let folded = "kind: ConfigMap\ndata:\n  x: >-\n    {{- toYaml .Values.a | nindent 4 }}\n";
    assert_eq!(lands(folded, "a"), "ConfigMap data.x in text");
    // A sign for a comment is part of a text.
    let hash = "kind: ConfigMap\ndata:\n  x: |\n    # {{ toYaml .Values.a }}\n";
    assert_eq!(lands(hash, "a"), "ConfigMap data.x in text");
}

#[test]
fn what_lands_in_a_comment_is_not_read() {
    assert!(top("# {{ .Values.a }}\nb: 1\n").is_empty());
    assert!(top("b: 1 # {{ .Values.a }}\n").is_empty());
    // A new line ends the comment before the value begins.
    assert_eq!(top("b:\n  # {{- toYaml .Values.a | nindent 2 }}\n"), ["a"]);
    assert_eq!(top("b: \"x # {{ .Values.a }}\"\n"), ["a"]);
    assert_eq!(top("b: x#{{ .Values.a }}\n"), ["a"]);
    assert!(top("{{/* .Values.a */}}b: {{ \".Values.a\" }}\n").is_empty());
    // What a condition asks for is read wherever it stands.
    assert_eq!(top("# {{ if .Values.a }}x{{ end }}\n"), ["a"]);
}

#[test]
fn a_document_begins_anew() {
    let two = "kind: Pod\nspec:\n  a: 1\n---\nkind: Service\nspec:\n  port: {{ .Values.a }}\n";
    assert_eq!(lands(two, "a"), "Service spec.port");
    let chosen =
        "kind: {{ .Values.kind | default \"Deployment\" }}\nspec:\n  replicas: {{ .Values.a }}\n";
    assert_eq!(lands(chosen, "a"), "Deployment spec.replicas");
    let unknown = "kind: {{ .Values.kind }}\nspec:\n  replicas: {{ .Values.a }}\n";
    assert_eq!(lands(unknown, "a"), "? spec.replicas");
    let sides =
        "{{ if .Values.b }}kind: Pod{{ else }}kind: Pod{{ end }}\nspec:\n  x: {{ .Values.a }}\n";
    assert_eq!(lands(sides, "a"), "Pod spec.x");
    let inner = "kind: List\nitems:\n  - kind: Pod\n    spec: {{ .Values.a }}\n";
    assert_eq!(lands(inner, "a"), "List items.[].spec");
}

#[test]
fn what_helpers_print_lands_where_it_is_printed() {
    let labels = "{{ define \"l\" }}team: {{ .Values.a }}\n{{ end }}kind: Pod\nmetadata:\n  labels:\n    {{- include \"l\" . | nindent 4 }}\n";
    assert_eq!(lands(labels, "a"), "Pod metadata.labels.team");
    let twice = "{{ define \"m\" }}labels:\n  {{- include \"l\" . | nindent 2 }}{{ end }}{{ define \"l\" }}team: {{ .Values.a }}{{ end }}kind: Pod\nmetadata:\n  {{- include \"m\" . | nindent 2 }}\n";
    assert_eq!(lands(twice, "a"), "Pod metadata.labels.team");
    let quoted = "kind: Pod\nspec:\n  \"node name\": {{ .Values.a }}\n";
    assert_eq!(lands(quoted, "a"), "Pod spec.node name");
    let part = "kind: Pod\nspec:\n  image: x:{{ .Values.a }}\n";
    assert_eq!(lands(part, "a"), "nowhere");
}

#[test]
fn both_sides_of_a_condition_go_on_alike() {
    let either = "kind: Pod\nspec:\n{{- if .Values.b }}\n  x: 1\n{{- else }}\n  y: 1\n  z: 1\n{{- end }}\n  w: {{ .Values.a }}\n";
    assert_eq!(lands(either, "a"), "Pod spec.w");
    let key = "kind: Pod\nspec:\n  {{- if .Values.b }}\n  x:\n  {{- else }}\n  y:\n  {{- end }}\n    z: {{ .Values.a }}\n";
    assert_eq!(lands(key, "a"), "Pod spec.x.z");
    // A condition that is the same for every user has one side.
    assert_eq!(
        top("{{ if eq \"a\" \"b\" }}{{ .Values.a }}{{ else }}x: {{ .Values.b }}{{ end }}"),
        ["b"]
    );
    assert_eq!(top("{{ if false }}x: {{ .Values.a }}{{ end }}").len(), 0);
}

#[test]
fn constants_are_followed_through_functions() {
    for (expression, keys) in [
        ("index .Values (printf \"%s-%s\" \"a\" \"b\")", "a-b"),
        ("index .Values (print \"a\" \"b\")", "ab"),
        (
            "index .Values (\"query-frontend\" | camelcase | untitle)",
            "queryFrontend",
        ),
        (
            "index .Values (\"queryFrontend\" | snakecase)",
            "query_frontend",
        ),
        ("index .Values (\"a_b\" | replace \"_\" \"-\")", "a-b"),
        ("index .Values (join \"-\" (list \"a\" \"b\"))", ""),
        ("index .Values (first (splitList \".\" \"x.y\"))", "x"),
        ("index .Values (last (list \"x\" \"y\"))", "y"),
        ("index .Values (first (prepend (list \"x\") \"y\"))", "y"),
        ("index .Values (last (append (list \"x\") \"y\"))", "y"),
        ("index .Values (get (dict \"x\" \"y\") \"x\")", "y"),
        ("index .Values (ternary \"x\" \"y\" true)", "x"),
        ("index .Values (default \"x\" \"\")", "x"),
        ("index .Values (coalesce \"\" \"x\")", "x"),
        ("index .Values (trimSuffix \"-a\" \"x-a\")", "x"),
        ("index .Values (trunc 1 \"xyz\")", "x"),
        ("(dict \"x\" .Values.y).x", "y"),
        ("(list .Values.x .Values.y | last)", "y"),
        ("index .Values (cat \"a\" \"b\" | nospace)", "ab"),
        ("get .Values (.Chart.Name)", "demo"),
    ] {
        let found = top(&format!("x: {{{{ {expression} }}}}\n"));
        let expected: Vec<&str> = keys.split(' ').filter(|key| !key.is_empty()).collect();
        assert_eq!(found, expected, "{expression}");
    }
}

/// The second text is what Helm 3 prints.
#[test]
fn texts_are_folded_as_sprig_folds_them() {
    for (name, args, expected) in [
        ("title", &["query-frontend"][..], "Query-Frontend"),
        ("title", &["query_frontend"], "Query_frontend"),
        ("title", &["a.b c"], "A.B C"),
        ("untitle", &["HTTPServer"], "hTTPServer"),
        ("untitle", &["Zone A"], "zone a"),
        ("kebabcase", &["queryFrontend"], "query-frontend"),
        ("kebabcase", &["HTTPServer"], "http-server"),
        ("kebabcase", &["S3Bucket"], "s3-bucket"),
        ("kebabcase", &["v2Store"], "v2-store"),
        ("kebabcase", &["myHTTPServer2"], "my-http-server2"),
        ("kebabcase", &["foo  bar"], "foo--bar"),
        ("kebabcase", &["a.b.c"], "a.b.c"),
        ("kebabcase", &["_x"], "-x"),
        ("snakecase", &["chunks-cache"], "chunks_cache"),
        ("snakecase", &["metadataCache"], "metadata_cache"),
        ("snakecase", &["ABC"], "abc"),
        ("camelcase", &["query_frontend"], "QueryFrontend"),
        ("camelcase", &["queryFrontend"], "QueryFrontend"),
        ("camelcase", &["HTTPServer"], "Httpserver"),
        ("camelcase", &["myHTTPServer2"], "MyHTTPServer2"),
        ("camelcase", &["foo  bar"], "Foo Bar"),
        ("camelcase", &["a.b.c"], "A.b.c"),
        ("camelcase", &["S3Bucket"], "S3Bucket"),
        ("camelcase", &["_x"], "_X"),
        ("camelcase", &["x_"], "X_"),
        ("trunc", &["3", "query"], "que"),
        ("trunc", &["-3", "query"], "ery"),
        ("trunc", &["9", "query"], "query"),
        ("trimAll", &["-", "--a-b--"], "a-b"),
        ("trimSuffix", &["-", "a--"], "a-"),
        ("trimSuffix", &["ab", "xabab"], "xab"),
        ("trimPrefix", &["a", "aab"], "ab"),
        ("replace", &["_", "-", "a_b_c"], "a-b-c"),
        ("nospace", &[" a b "], "ab"),
        ("upper", &["a-b"], "A-B"),
        ("lower", &["A-B"], "a-b"),
        ("trim", &[" x "], "x"),
    ] {
        let args: Vec<Rc<str>> = args.iter().map(|arg| Rc::from(*arg)).collect();
        let folded = fold(name, &args).and_then(|value| value.constant());
        assert_eq!(folded.as_deref(), Some(expected), "{name} {args:?}");
    }
    for (name, args, expected) in [
        ("contains", ["a", "cab"], true),
        ("hasPrefix", ["a", "ba"], false),
        ("hasSuffix", ["a", "ba"], true),
    ] {
        let args = args.map(Rc::from);
        let folded = fold(name, &args);
        assert!(
            matches!(folded, Some(Value::Bool(found)) if found == expected),
            "{name} {args:?}"
        );
    }
    assert!(fold("sha256sum", &[Rc::from("a")]).is_none());
}

#[test]
fn a_pattern_of_one_text_is_that_text() {
    assert_eq!(literal("\\."), Some(".".to_owned()));
    assert_eq!(literal("-"), Some("-".to_owned()));
    assert_eq!(literal("a|b"), None);
    assert_eq!(literal("\\d"), None);
    assert_eq!(literal(""), None);
}
