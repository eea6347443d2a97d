use super::{DEV, Sandbox, VALUES};

#[test]
fn validate_takes_the_chart_from_the_flag_or_the_file() {
    let sandbox = Sandbox::generated();
    sandbox
        .run(&["validate", VALUES])
        .succeeds()
        .says("every key and type fits");
    sandbox.run(&["validate", VALUES, "-q"]).succeeds();
    sandbox.write("mine.yaml", "deploymnt: {replicas: 2}\n");
    sandbox
        .run(&["validate", "mine.yaml", "--chart", "traefik@41.3.0"])
        .ends(1)
        .prints("did you mean `deployment`?");
    sandbox
        .run(&["validate", "mine.yaml"])
        .ends(1)
        .prints("contract/not-named")
        .prints("--> mine.yaml:1:1");
    // The file that the line names is not there, but its name says enough.
    sandbox.write(
        "mine.yaml",
        "# yaml-language-server: $schema=no/traefik/41.3.0.schema.json\ndeploymnt: 1\n",
    );
    sandbox
        .run(&["validate", "mine.yaml"])
        .ends(1)
        .prints("--> mine.yaml:2:1");
    sandbox.write(
        "mine.yaml",
        "# yaml-language-server: $schema=no/traefik/1.0.0.schema.json\n",
    );
    sandbox
        .run(&["validate", "mine.yaml"])
        .ends(1)
        .prints("known versions of traefik: 24.0.0, 37.1.2, 41.3.0")
        .prints("mine.yaml:1:33");
    sandbox.write("broken.schema.json", "{");
    sandbox.write(
        "mine.yaml",
        "# yaml-language-server: $schema=broken.schema.json\n",
    );
    sandbox
        .run(&["validate", "mine.yaml"])
        .ends(1)
        .prints("contract/unreadable");
}

#[test]
fn validate_reads_standard_input_and_several_files() {
    let sandbox = Sandbox::new();
    let chart = ["validate", "-", "--chart", "traefik@41.3.0"];
    sandbox
        .run_in(".", &chart, "deployment: {replicas: 2}\n")
        .succeeds();
    sandbox
        .run_in(".", &chart, "deployment: {replicas: two}\n")
        .ends(1)
        .prints("--> <stdin>:1:24");
    sandbox.write("a.yaml", "x: 1\n");
    sandbox.write("b.yaml", "y: 1\n");
    let run = sandbox
        .run(&["validate", "a.yaml", "b.yaml", "--chart", "traefik@41.3.0"])
        .ends(1);
    run.prints("a.yaml:1:1").prints("b.yaml:1:1");
    sandbox
        .run(&["validate", "a.yaml", "no.yaml", "--chart", "traefik@41.3.0"])
        .ends(2)
        .prints("no.yaml")
        .prints("a.yaml:1:1");
    sandbox
        .run(&["validate", "a.yaml", "--chart", "traefik@9.9.9"])
        .ends(2)
        .prints("known versions of traefik");
    sandbox
        .run(&["validate", "a.yaml", "--chart", "trafik@41.3.0"])
        .ends(2)
        .prints("did you mean `traefik`?");
}

#[test]
fn a_contract_is_built_listed_and_used() {
    let sandbox = Sandbox::with_dev();
    sandbox.write("demo/Chart.yaml", "name: traefik\nversion: 41.4.0\n");
    sandbox.write("demo/values.yaml", "deployment:\n  replicas: 1\n");
    let run = sandbox.run(&["contract", "build", "demo"]).succeeds();
    assert!(
        run.out.contains("\"title\": \"traefik 41.4.0\""),
        "{}",
        run.out
    );
    let to = "schemas/traefik/41.4.0.schema.json";
    sandbox
        .run(&["contract", "build", "demo", "--to", to])
        .succeeds();
    assert_eq!(sandbox.read(to), run.out);
    sandbox
        .run(&["contract", "list", "--schemas", "schemas"])
        .succeeds()
        .prints("traefik@41.3.0\ntraefik@41.4.0\n");
    sandbox
        .run(&["schema", "traefik@41.4.0", "--schemas", "schemas"])
        .succeeds()
        .prints("traefik 41.4.0");
    sandbox
        .run(&["schema", "traefik@41.4.0"])
        .ends(2)
        .says("helmwright contract build");
    sandbox.write("mine.yaml", "deployment: {replicas: 2, kind: x}\n");
    let validate = [
        "validate",
        "mine.yaml",
        "--schemas",
        "schemas",
        "--chart",
        "traefik@41.4.0",
    ];
    sandbox.run(&validate).ends(1).prints("mine.yaml:1:27");
    sandbox.write(to, "{");
    sandbox.run(&validate).ends(2).prints("contract/unreadable");
}

#[test]
fn a_broken_contract_of_the_users_is_not_our_fault() {
    let sandbox = Sandbox::with_dev();
    sandbox.write("schemas/traefik/41.3.0.schema.json", "{");
    sandbox.write("envs/dev.yaml", DEV);
    let run = sandbox
        .run(&["generate", "--schemas", "schemas"])
        .ends(2)
        .says("contract/unreadable");
    assert!(!run.err.contains("internal/fault"), "{}", run.err);
}

#[test]
fn what_is_no_chart_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("empty/readme", "");
    sandbox.write("file.tgz", "no archive");
    sandbox
        .run(&["contract", "build", "empty"])
        .ends(1)
        .says("Chart.yaml");
    sandbox
        .run(&["contract", "build", "file.tgz"])
        .ends(2)
        .says("chart/broken-archive");
    sandbox
        .run(&["contract", "build", "nowhere"])
        .ends(2)
        .says("input/missing-file");
    sandbox.write("demo/Chart.yaml", "name: demo\nversion: 1.0.0\n");
    sandbox
        .run(&["contract", "build", "demo", "--to", "file.tgz/x.json"])
        .ends(2)
        .says("output/not-writable");
    sandbox
        .run(&["contract", "build", "demo", "--to", "empty"])
        .ends(2)
        .says("output/blocked");
    assert_eq!(sandbox.files("empty"), ["readme"]);
}

#[test]
fn the_environment_schema_is_json() {
    let run = Sandbox::new().run(&["schema", "environment"]).succeeds();
    let schema: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert!(schema["properties"]["environment"].is_object());
}
