//! Faults on demand, so that tests can end, fail or halt a run at each step that changes the disk.
//!
//! Without the feature `fault-injection`, which nothing that is shipped has, all of this is nothing.
//!
//! With it, the variable `HELMWRIGHT_FAULT` says what happens at the N-th step, counted from 1:
//!
//! | value | does |
//! |---|---|
//! | `list` | prints the name of each step to standard error |
//! | `kill@N` | kills the process before the step |
//! | `fail@N:E` | the step fails with the system's error number E |
//! | `fail@N-:E` | it and all later steps fail |
//! | `halt@N` | prints the step's name to standard error and waits until standard input ends |

/// Stands before a step.
#[cfg(not(feature = "fault-injection"))]
#[expect(clippy::unnecessary_wraps, reason = "with the feature it can fail")]
pub(crate) const fn point(_step: &str) -> std::io::Result<()> {
    Ok(())
}

/// Returns the parts in which a text is written: with the feature two, so that there is a point between them.
pub(crate) fn parts(text: &str) -> [&[u8]; 2] {
    let middle = if cfg!(feature = "fault-injection") {
        text.len() / 2
    } else {
        text.len()
    };
    let (first, second) = text.as_bytes().split_at(middle);
    [first, second]
}

#[cfg(feature = "fault-injection")]
pub(crate) use injected::point;

#[cfg(feature = "fault-injection")]
mod injected {
    use std::io::{self, Read as _, Write as _};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// What happens, and where.
    enum Fault {
        List,
        Kill(usize),
        Fail {
            first: usize,
            last: usize,
            error: i32,
        },
        Halt(usize),
    }

    pub(crate) fn point(step: &str) -> io::Result<()> {
        static FAULT: OnceLock<Option<Fault>> = OnceLock::new();
        static STEPS: AtomicUsize = AtomicUsize::new(0);
        let fault = FAULT.get_or_init(|| parse(&std::env::var("HELMWRIGHT_FAULT").ok()?));
        let number = STEPS.fetch_add(1, Ordering::SeqCst) + 1;
        match fault {
            Some(Fault::List) => writeln!(io::stderr(), "{step}"),
            Some(Fault::Kill(at)) if *at == number => kill(),
            Some(Fault::Fail { first, last, error }) if (*first..=*last).contains(&number) => {
                Err(io::Error::from_raw_os_error(*error))
            }
            Some(Fault::Halt(at)) if *at == number => {
                writeln!(io::stderr(), "{step}")?;
                io::stdin().read_to_end(&mut Vec::new()).map(drop)
            }
            _ => Ok(()),
        }
    }

    fn parse(text: &str) -> Option<Fault> {
        if text == "list" {
            return Some(Fault::List);
        }
        let (what, at) = text.split_once('@')?;
        match what {
            "kill" => Some(Fault::Kill(at.parse().ok()?)),
            "halt" => Some(Fault::Halt(at.parse().ok()?)),
            "fail" => {
                let (at, error) = at.split_once(':')?;
                let first = at.trim_end_matches('-').parse().ok()?;
                let last = if at.ends_with('-') { usize::MAX } else { first };
                let error = error.parse().ok()?;
                Some(Fault::Fail { first, last, error })
            }
            _ => None,
        }
    }

    /// Ends the process as `kill -9` does: nothing runs after it.
    fn kill() -> ! {
        #[cfg(unix)]
        let _ =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        std::process::abort()
    }
}
