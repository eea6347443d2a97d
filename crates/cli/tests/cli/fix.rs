use std::fs;

use super::Sandbox;

/// One slip that can be mended safely, with comments around it.
const SLIPS: &str = "# mine\r\nenvironment: dev # named\r\nnamespaec: team-dev\t# é\r\n\
                     components: {traefik: {version: 41.3.0, alreadyRunning: \"true\"}}\r\n# end";

#[test]
fn mends_what_is_safe_and_keeps_every_other_byte() {
    let sandbox = Sandbox::new();
    sandbox.write("envs/dev.yaml", SLIPS);
    let run = sandbox.run(&["fix", "--dry-run"]).succeeds();
    assert!(run.out.contains("2 to apply in 1 file"), "{}", run.out);
    assert_eq!(sandbox.read("envs/dev.yaml"), SLIPS);
    let run = sandbox.run(&["fix"]).succeeds();
    assert!(run.out.contains("+namespace: team-dev"), "{}", run.out);
    assert_eq!(run.err, "");
    assert_eq!(
        sandbox.read("envs/dev.yaml"),
        SLIPS
            .replace("namespaec", "namespace")
            .replace("\"true\"", "true")
    );
    assert_eq!(sandbox.files("envs"), ["dev.yaml"]);
    sandbox.run(&["fix"]).succeeds().says("nothing to fix");
    sandbox.run(&["generate"]).succeeds();
}

#[test]
fn what_is_a_guess_stays_for_its_user() {
    let sandbox = Sandbox::new();
    let text = "environment: dev\nnamespace: a\nquota: {memory: 4GB}\n\
                components: {traefik: {values: {accessLogs: {enabled: true}}}}\n";
    sandbox.write("envs/dev.yaml", text);
    sandbox
        .run(&["fix"])
        .ends(1)
        .says("did you mean `4G`?")
        .says("none of it can be fixed safely");
    assert_eq!(sandbox.read("envs/dev.yaml"), text);
}

#[test]
fn a_layer_is_mended_once_and_what_it_hid_after_it() {
    let sandbox = Sandbox::new();
    sandbox.write("envs/base.yaml", "tenat: shared\ncluster: {zones: \"2\"}\n");
    for name in ["a", "b"] {
        sandbox.write(
            &format!("envs/{name}.yaml"),
            format!("environment: {name}dev\ntier: dev\nextends: [base.yaml]\nnamespace: 12\ncomponents: {{traefik: {{}}}}\n"),
        );
    }
    // Of one environment only its own file and its layers.
    sandbox.run(&["fix", "adev"]).prints("in 2 files");
    assert_eq!(
        sandbox.read("envs/base.yaml"),
        "tenant: shared\ncluster: {zones: 2}\n"
    );
    assert!(sandbox.read("envs/a.yaml").contains("namespace: \"12\""));
    assert!(sandbox.read("envs/b.yaml").contains("namespace: 12"));
    sandbox
        .run(&["fix"])
        .succeeds()
        .prints("1 applied in 1 file");
    sandbox.run(&["fix", "cdev"]).ends(2);
}

#[test]
#[cfg(unix)]
fn a_link_stays_a_link_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let sandbox = Sandbox::new();
    sandbox.write("elsewhere/dev.yaml", SLIPS);
    let real = sandbox.path("elsewhere/dev.yaml");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    fs::create_dir(sandbox.path("envs")).unwrap();
    symlink("../elsewhere/dev.yaml", sandbox.path("envs/dev.yaml")).unwrap();
    sandbox.run(&["fix"]).succeeds();
    assert!(
        fs::symlink_metadata(sandbox.path("envs/dev.yaml"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
    assert!(sandbox.read("elsewhere/dev.yaml").contains("namespace:"));
}

#[test]
fn programs_are_told_the_same() {
    let sandbox = Sandbox::new();
    sandbox.write("envs/dev.yaml", SLIPS);
    let run = sandbox.run(&["fix", "--format", "json"]).succeeds();
    let object: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(object["result"]["fixes"], 2);
    assert_eq!(object["result"]["files"][0]["path"], "envs/dev.yaml");
}
