//! The library's public surface is the one in `docs/public-api.txt`: a change of it is seen in review.
//!
//! rustdoc's JSON is what the listing is made from; its form belongs to one compiler version, so this
//! test runs with that version (feature `api`, which `cargo xtask test` turns on where it fits).

use std::process::Command;

use helmwright_tests::{expect, root};

#[test]
fn the_public_surface_is_the_listed_one() {
    let target = root().join("target/public-api");
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(root())
        // rustdoc writes JSON only as an unstable option; nothing of ours is built this way.
        .env("RUSTC_BOOTSTRAP", "1")
        .args([
            "rustdoc",
            "--quiet",
            "--package",
            "helmwright",
            "--lib",
            "--target-dir",
        ])
        .arg(&target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .status()
        .unwrap();
    assert!(status.success(), "cargo rustdoc failed");
    let api = public_api::Builder::from_rustdoc_json(target.join("doc/helmwright.json"))
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .unwrap();
    let listing: String = api.items().map(|item| format!("{item}\n")).collect();
    expect(&root().join("docs/public-api.txt"), &listing).unwrap();
}
