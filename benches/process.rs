//! The whole process against its targets: three environments cold, and a thousand.
//!
//! `cargo xtask bench` builds the release binary and hands it over as `HELMWRIGHT_BINARY`.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use helmwright_benches::{root, write_many};
use tempfile::TempDir;
use wait4::Wait4 as _;

/// Returns a new folder, in memory where the machine has such a place: what a disk's file system
/// charges for six thousand folders is not what is measured here.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        TempDir::new_in(memory)
    } else {
        TempDir::new()
    };
    made.expect("the machine has a folder for temporary files")
}

/// One run of the binary.
struct Run {
    wall: Duration,
    cpu: Duration,
    peak_bytes: u64,
}

fn generate(binary: &Path, envs: &Path) -> Run {
    let out = folder();
    let start = Instant::now();
    let mut child = Command::new(binary)
        .args(["generate", "--quiet", "--envs"])
        .arg(envs)
        .arg("--out")
        .arg(out.path().join("gitops"))
        .stdout(Stdio::null())
        .spawn()
        .expect("cargo xtask bench builds the binary");
    let usage = child.wait4().expect("the process ends");
    let wall = start.elapsed();
    assert!(
        usage.status.success(),
        "generate failed on {}",
        envs.display()
    );
    Run {
        wall,
        cpu: usage.rusage.utime + usage.rusage.stime,
        peak_bytes: usage.rusage.maxrss,
    }
}

fn median(mut values: Vec<Duration>) -> Duration {
    values.sort();
    values[values.len() / 2]
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000)
}

fn main() {
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let binary = std::env::var_os("HELMWRIGHT_BINARY")
        .map(PathBuf::from)
        .expect("HELMWRIGHT_BINARY names the release binary; `cargo xtask bench` sets it");
    println!("| what | measured | target |\n|---|---|---|");

    let runs: Vec<Run> = (0..30)
        .map(|_| generate(&binary, &root().join("envs")))
        .collect();
    let wall = median(runs.iter().map(|run| run.wall).collect());
    let peak = runs
        .iter()
        .map(|run| run.peak_bytes)
        .max()
        .unwrap_or_default();
    println!(
        "| three environments, cold, median of 30 | {:.1} ms | under 20 ms |",
        millis(wall)
    );
    println!(
        "| their peak memory, worst of 30 | {} MB | under 30 MB |",
        megabytes(peak)
    );

    for count in [250, 1000, 4000] {
        let envs = folder();
        write_many(envs.path(), count);
        let runs: Vec<Run> = (0..3).map(|_| generate(&binary, envs.path())).collect();
        let cpu = median(runs.iter().map(|run| run.cpu).collect());
        let wall = median(runs.iter().map(|run| run.wall).collect());
        let peak = runs
            .iter()
            .map(|run| run.peak_bytes)
            .max()
            .unwrap_or_default();
        let targets = if count == 1000 {
            ["at most 2.5 ms", "at most 0.6", "under 120 MB"]
        } else {
            ["as at 1,000", "", ""]
        };
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let each = millis(cpu) / count as f64;
        println!(
            "| {count} environments: CPU for each | {each:.2} ms | {} |",
            targets[0]
        );
        println!(
            "| {count} environments: wall / CPU | {:.2} | {} |",
            wall.as_secs_f64() / cpu.as_secs_f64(),
            targets[1]
        );
        println!(
            "| {count} environments: peak memory | {} MB | {} |",
            megabytes(peak),
            targets[2]
        );
    }
}
