//! The library's examples run, each of them.

use std::fs;

use helmwright_tests::root;

#[path = "../crates/core/examples/build_contract.rs"]
mod build_contract;
#[path = "../crates/core/examples/check_values.rs"]
mod check_values;
#[path = "../crates/core/examples/layers.rs"]
mod layers;
#[path = "../crates/core/examples/read_environment.rs"]
mod read_environment;
#[path = "../crates/core/examples/render.rs"]
mod render;

#[test]
fn contracts_are_built() {
    build_contract::main().unwrap();
}

#[test]
fn values_are_checked() {
    check_values::main().unwrap();
}

#[test]
fn layers_come_from_memory() {
    layers::main();
}

#[test]
fn environments_are_read() {
    read_environment::main();
}

#[test]
fn values_are_rendered() {
    render::main().unwrap();
}

#[test]
fn no_example_is_left_out() {
    let this = fs::read_to_string(root().join("tests/examples.rs")).unwrap();
    for entry in fs::read_dir(root().join("crates/core/examples")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            this.contains(&format!("examples/{name}\"")),
            "{name} is not run"
        );
    }
}
