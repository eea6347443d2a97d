//! `cargo xtask bench`: the targets of docs/measurements/speed.md, measured.

use anyhow::Result;

use crate::cargo;

pub(crate) fn run() -> Result<()> {
    cargo::run(cargo::cargo().args(["bench", "--package", "helmwright-benches"]))
}
