//! `cargo xtask bench`: the targets of docs/measurements/speed.md, measured.

use anyhow::Result;

use crate::cargo::{cargo, root, run};

pub(crate) fn run_all() -> Result<()> {
    run(cargo().args(["build", "--release", "--package", "helmwright-cli"]))?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    run(cargo()
        .args(["bench", "--package", "helmwright-benches"])
        .env("HELMWRIGHT_BINARY", target.join("release/helmwright")))
}
