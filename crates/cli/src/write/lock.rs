//! One run at a time.
//!
//! The lock is on the open output folder itself (`flock` on Unix), so that it leaves no file, and it ends with the
//! process, however that ends. Runs that write keep all others out; runs that only look keep out those that write.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use helmwright::diagnostic::Diagnostic;

use crate::load::file::whole;
use crate::write::folder::Folder;
use crate::write::target::Blocked;

/// How long another run is waited for. Writing takes tens of milliseconds; seconds only on a slow disk.
const PATIENCE: Duration = Duration::from_secs(5);

/// When a person begins to wonder what is going on.
const SILENCE: Duration = Duration::from_millis(300);

/// How often is looked.
const INTERVAL: Duration = Duration::from_millis(10);

/// Waits until no other run is in the way.
///
/// Where the file system has no locks (some that lie on a network), the run goes on without.
pub(crate) fn wait(folder: &Folder, name: &str, alone: bool, quiet: bool) -> Result<(), Blocked> {
    let start = Instant::now();
    let mut told = quiet;
    while let Ok(false) = folder.try_lock(alone) {
        if start.elapsed() > PATIENCE {
            return Err(in_use(name));
        }
        if !told && start.elapsed() > SILENCE {
            told = true;
            // Nobody needs to read it.
            let _ = writeln!(
                io::stderr(),
                "waiting for another run of helmwright that writes there"
            );
        }
        std::thread::sleep(INTERVAL);
    }
    Ok(())
}

fn in_use(name: &str) -> Blocked {
    Diagnostic::error("output/in-use", "another run of helmwright is at work here")
        .at(&whole(name))
        .why(format!(
            "two runs at once could mix their files, and the other has not ended for {} s",
            PATIENCE.as_secs()
        ))
        .help("run the command again when the other has ended; a run that was killed holds nothing")
}
