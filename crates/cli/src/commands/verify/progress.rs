//! How far the run is, on a terminal only.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Mutex;

/// One line that is written over; nothing where nobody looks.
#[derive(Debug)]
pub(super) struct Progress {
    state: Option<Mutex<State>>,
    releases: usize,
}

#[derive(Debug, Default)]
struct State {
    renders: usize,
    finished: usize,
    last: String,
}

/// Columns of the bar.
const WIDTH: usize = 24;

impl Progress {
    /// Starts at nothing.
    pub(super) fn new(releases: usize, quiet: bool) -> Self {
        let seen = !quiet && io::stderr().is_terminal();
        Self {
            state: seen.then(Mutex::default),
            releases,
        }
    }

    /// Counts a render.
    pub(super) fn rendered(&self) {
        self.change(|state| state.renders += 1);
    }

    /// Counts a release.
    pub(super) fn finished(&self, name: &str) {
        self.change(|state| {
            state.finished += 1;
            name.clone_into(&mut state.last);
        });
    }

    /// Takes the line away.
    pub(super) fn end(&self) {
        if self.state.is_some() {
            // What is said may go unheard.
            let _ = write!(io::stderr().lock(), "\r\u{1b}[K");
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        if let Some(state) = &self.state
            && let Ok(mut state) = state.lock()
        {
            change(&mut state);
            let _ = write!(io::stderr().lock(), "\r{}\u{1b}[K", self.line(&state));
        }
    }

    fn line(&self, state: &State) -> String {
        let full = (state.finished * WIDTH)
            .checked_div(self.releases)
            .unwrap_or(WIDTH);
        format!(
            "[{:<WIDTH$}] {} of {} releases, {} renders {}",
            "=".repeat(full),
            state.finished,
            self.releases,
            state.renders,
            crate::report::visible(&state.last)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills() {
        let progress = Progress {
            state: None,
            releases: 4,
        };
        let state = State {
            renders: 7,
            finished: 2,
            last: "prod/tempo".to_owned(),
        };
        assert_eq!(
            progress.line(&state),
            "[============            ] 2 of 4 releases, 7 renders prod/tempo"
        );
        // No terminal, no line.
        progress.rendered();
        progress.end();
    }
}
