//! The command as a user meets it: flags, exit codes, help, files on the disk.
//!
//! What is found and written is the core's, and tested there. Help texts are accepted anew with
//! `SNAPSHOTS=overwrite cargo test -p helmwright-cli`.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

mod alerting;
mod bad_charts;
mod budget;
mod contract;
mod fix;
mod generate;
mod help;
mod init;
mod input;
mod lint;
mod machine;
mod objects;
mod project;
mod report;
mod see;
mod shell;
mod simulate;
mod streams;
mod upgrade;
mod verify;
mod writing;

/// The smallest environment there is.
const DEV: &str =
    "environment: dev\nnamespace: team-dev\ncomponents: {traefik: {version: 41.3.0}}\n";

/// The values file that comes of it.
const VALUES: &str = "gitops/dev/traefik/values.yaml";

/// A folder of its own, in which the command runs.
struct Sandbox {
    folder: tempfile::TempDir,
}

/// What a run left behind.
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Sandbox {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Returns a sandbox with one environment.
    fn with_dev() -> Self {
        let sandbox = Self::new();
        sandbox.write("envs/dev.yaml", DEV);
        sandbox
    }

    /// Returns a sandbox with one environment, generated.
    fn generated() -> Self {
        let sandbox = Self::with_dev();
        sandbox.run(&["generate"]).succeeds();
        sandbox
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_in(".", arguments, "")
    }

    fn run_in(&self, folder: &str, arguments: &[&str], input: &str) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_helmwright"));
        command.args(arguments);
        self.run_command(command, folder, input)
    }

    /// Runs with 2 MiB of stack and 2 GiB of memory, where a shell can say so.
    fn run_small(&self, arguments: &[&str]) -> Run {
        self.run_bounded(arguments, 2 * 1024 * 1024, "")
    }

    /// Runs with 2 MiB of stack and so many KiB of memory, where a shell can say so.
    fn run_bounded(&self, arguments: &[&str], memory: usize, input: &str) -> Run {
        if !cfg!(target_os = "linux") {
            return self.run_in(".", arguments, input);
        }
        let limits = format!("ulimit -s 2048; ulimit -v {memory}; exec \"$@\"");
        let mut command = Command::new("sh");
        command
            .args(["-c", &limits, "sh"])
            .arg(env!("CARGO_BIN_EXE_helmwright"))
            .args(arguments);
        self.run_command(command, ".", input)
    }

    fn run_command(&self, mut command: Command, folder: &str, input: &str) -> Run {
        use std::io::Write as _;
        let mut child = command
            .current_dir(self.path(folder))
            .env_remove("CLICOLOR_FORCE")
            .env_remove("HELMWRIGHT_HELM")
            .env("HELMWRIGHT_CACHE", self.path("cache"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read its input may have ended by now.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Returns every file below a folder, sorted.
    fn files(&self, folder: &str) -> Vec<String> {
        fn walk(folder: &Path, below: &str, files: &mut Vec<String>) {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let entry = entry.unwrap();
                let path = format!("{below}{}", entry.file_name().to_string_lossy());
                if entry.path().is_dir() {
                    walk(&entry.path(), &format!("{path}/"), files);
                } else {
                    files.push(path);
                }
            }
        }
        let mut files = Vec::new();
        walk(&self.path(folder), "", &mut files);
        files.sort();
        files
    }
}

impl Run {
    #[track_caller]
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn succeeds(self) -> Self {
        self.ends(0)
    }

    #[track_caller]
    fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no {text:?} in {}", self.err);
        self
    }

    #[track_caller]
    fn prints(self, text: &str) -> Self {
        assert!(self.out.contains(text), "no {text:?} in {}", self.out);
        self
    }
}
