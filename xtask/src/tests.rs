//! `cargo xtask test`: every test, with the real Helm and the real Alloy syntax where Go is at hand,
//! and with a real editor's language server, Mermaid and Graphviz where Node is.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};

use crate::cargo::cargo;
use crate::tools;

/// The tests that need Go, as the feature `tools` of the package `helmwright-tests` builds them.
const NEED_GO: &str = "tests/helm (contracts, merge and strings against Helm 3 and 4), crates/cli/tests/verify, tests/alloy.rs (Alloy's own parser and formatter), and tests/dashboards.rs (the parsers of Prometheus and Loki)";

/// The compiler whose rustdoc writes the JSON that the pinned `public-api` reads.
const API_COMPILER: &str = "1.95";

/// Returns whether the compiler at hand is of a version.
fn compiler_is(version: &str) -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    std::process::Command::new(rustc)
        .arg("--version")
        .output()
        .is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout).starts_with(&format!("rustc {version}."))
        })
}

/// The tests that need Node, as the feature `editors` builds them.
const NEED_NODE: &str = "tests/editors (schemas in the real YAML language server) and tests/drawings.rs (graphs in the real Mermaid and Graphviz)";

pub(crate) fn run(filter: Option<&str>, bless: bool) -> Result<()> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]);
    // The faults that tests of writing inject.
    command.args(["--features", "helmwright-cli/fault-injection"]);
    let mut left_out = Vec::new();
    if tools::go_is_at_hand() {
        command.args(["--features", "helmwright-tests/tools,helmwright-cli/tools"]);
        for tool in tools::all()? {
            command.env(tool.variable, tool.path);
        }
    } else if std::env::var_os("CI").is_some() {
        bail!("Go is missing, and under CI no test may be left out: {NEED_GO}");
    } else {
        left_out.push(format!("{NEED_GO}: they need Go"));
    }
    if compiler_is(API_COMPILER) {
        command.args(["--features", "helmwright-tests/api"]);
    } else if std::env::var_os("CI").is_some() {
        bail!(
            "the public surface is listed with Rust {API_COMPILER}, and under CI no test may be left out"
        );
    } else {
        left_out.push(format!(
            "tests/api.rs: the public surface is listed with Rust {API_COMPILER}"
        ));
    }
    if tools::node_is_at_hand() {
        command.args(["--features", "helmwright-tests/editors"]);
        for tool in tools::packages()? {
            command.env(tool.variable, tool.path);
        }
    } else if std::env::var_os("CI").is_some() {
        bail!("Node and npm are missing, and under CI no test may be left out: {NEED_NODE}");
    } else {
        left_out.push(format!("{NEED_NODE}: they need Node and npm"));
    }
    match std::env::var_os("HELMWRIGHT_CHARTS") {
        Some(folder) if std::path::Path::new(&folder).is_dir() => {}
        Some(folder) => bail!("HELMWRIGHT_CHARTS names {}, which is no folder", folder.display()),
        None => left_out.push(
            "contracts against the charts' own values files: set HELMWRIGHT_CHARTS to a folder of <chart>/<version>/".to_owned(),
        ),
    }
    left_out.push(
        "predicted workloads against rendered ones: `cargo xtask workloads` needs the real charts"
            .to_owned(),
    );
    if bless {
        command
            .env("HELMWRIGHT_BLESS", "1")
            .env("SNAPSHOTS", "overwrite");
    }
    command.args(filter);
    let outcome = counted(&mut command);
    for what in &left_out {
        println!("left out: {what}");
    }
    outcome
}

/// Runs the tests, shows what they print, and closes with one line that counts them all.
fn counted(command: &mut std::process::Command) -> Result<()> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start cargo test")?;
    let (mut passed, mut failed) = (0_u64, 0_u64);
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line.context("cannot read what the tests print")?;
            println!("{line}");
            if let Some(counts) = line.strip_prefix("test result: ") {
                passed += count(counts, " passed");
                failed += count(counts, " failed");
            }
        }
    }
    let status = child.wait().context("cannot wait for cargo test")?;
    println!("{passed} passed, {failed} failed");
    if !status.success() {
        bail!("tests failed");
    }
    if passed == 0 {
        bail!("no test ran");
    }
    Ok(())
}

/// Returns the number before a word in cargo's closing line.
fn count(counts: &str, word: &str) -> u64 {
    counts
        .split(word)
        .next()
        .and_then(|before| before.rsplit(' ').next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}
