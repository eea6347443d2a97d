//! A program run with limits on time and output.

use std::ffi::OsStr;
use std::io::{self, Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What a run may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) time: Duration,
    /// Most bytes of its output.
    pub(crate) bytes: u64,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It did what it was asked, and printed this.
    Success(String),
    /// It failed, and said this.
    Failed(String),
    /// It was stopped, for this reason.
    Stopped(String),
    /// There is no such program, or it may not be run.
    NotStarted(io::Error),
}

impl Ended {
    /// Returns what is to be told of a run that did not succeed.
    pub(crate) fn said(self) -> String {
        match self {
            Self::Success(text) | Self::Failed(text) | Self::Stopped(text) => text,
            Self::NotStarted(error) => error.to_string(),
        }
    }
}

/// Most of what a failing program says that is kept.
const MOST_SAID: u64 = 64 * 1024;

/// Runs a program, with a text on its standard input.
pub(crate) fn run(
    program: impl AsRef<OsStr>,
    arguments: &[&str],
    input: Option<&str>,
    limits: Limits,
) -> Ended {
    let child = Command::new(program)
        .args(arguments)
        .stdin(if input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => return Ended::NotStarted(error),
    };
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        // Each pipe has its own thread: who waits for one while the other is full waits for ever.
        scope.spawn(move || {
            if let (Some(mut stdin), Some(input)) = (stdin, input) {
                // A program that does not read its input may have ended by now.
                let _ = stdin.write_all(input.as_bytes());
            }
        });
        let printed = scope.spawn(move || read(stdout, limits.bytes));
        let said = scope.spawn(move || read(stderr, MOST_SAID));
        let status = wait(&mut child, limits.time);
        let (printed, whole) = printed.join().unwrap_or_default();
        let (said, _) = said.join().unwrap_or_default();
        match status {
            None => Ended::Stopped(format!(
                "it took longer than {} seconds and was stopped",
                limits.time.as_secs()
            )),
            Some(_) if !whole => Ended::Stopped(format!(
                "it printed more than {} MiB",
                limits.bytes / 1024 / 1024
            )),
            Some(true) => Ended::Success(printed),
            Some(false) => Ended::Failed(said),
        }
    })
}

/// Reads up to a limit, and says whether that was all. What follows is thrown away, so that the program can end.
fn read(pipe: Option<impl Read>, most: u64) -> (String, bool) {
    let Some(pipe) = pipe else {
        return (String::new(), true);
    };
    let mut bytes = Vec::new();
    let mut limited = pipe.take(most);
    let _ = limited.read_to_end(&mut bytes);
    let mut rest = limited.into_inner();
    let more = io::copy(&mut rest, &mut io::sink()).unwrap_or(0);
    (String::from_utf8_lossy(&bytes).into_owned(), more == 0)
}

/// Waits for the end and says whether it was a good one; none if it had to be brought about.
fn wait(child: &mut Child, time: Duration) -> Option<bool> {
    let begin = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if begin.elapsed() < time => {
                thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(10));
            }
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        time: Duration::from_secs(20),
        bytes: 1024 * 1024,
    };

    fn shell(script: &str, input: Option<&str>, limits: Limits) -> Ended {
        run("sh", &["-c", script], input, limits)
    }

    #[test]
    fn output_and_failure_are_told_apart() {
        let long = "x".repeat(300_000);
        assert!(matches!(shell("cat", Some(&long), LIMITS), Ended::Success(text) if text == long));
        assert!(
            matches!(shell("echo no >&2; exit 3", None, LIMITS), Ended::Failed(text) if text == "no\n")
        );
        // Input that is not read is no failure.
        assert!(matches!(
            shell("true", Some(&long), LIMITS),
            Ended::Success(_)
        ));
        assert!(matches!(
            run("no-such-program-anywhere", &[], None, LIMITS),
            Ended::NotStarted(_)
        ));
    }

    #[test]
    fn what_does_not_end_is_ended() {
        let short = Limits {
            time: Duration::from_millis(200),
            ..LIMITS
        };
        let begin = Instant::now();
        assert!(matches!(
            shell("exec sleep 30", None, short),
            Ended::Stopped(_)
        ));
        assert!(begin.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn what_prints_too_much_is_not_kept() {
        let small = Limits {
            bytes: 10,
            ..LIMITS
        };
        assert!(matches!(
            shell("echo 0123456789", None, small),
            Ended::Stopped(_)
        ));
        assert!(matches!(
            shell("printf 0123456789", None, small),
            Ended::Success(_)
        ));
    }
}
