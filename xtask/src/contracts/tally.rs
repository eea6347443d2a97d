//! Counts: of mistakes, and of everything that a line of the tables shows.

use super::measure::{Measured, Outcome};

/// How many mistakes had which outcome.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) refused: usize,
    pub(crate) read_there: usize,
    pub(crate) choice: usize,
    pub(crate) missed: usize,
    pub(crate) moot: usize,
}

impl Tally {
    pub(crate) fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let mut tally = Self::default();
        for outcome in outcomes {
            match outcome {
                Outcome::Refused => tally.refused += 1,
                Outcome::ReadThere => tally.read_there += 1,
                Outcome::Choice => tally.choice += 1,
                Outcome::Missed(_) => tally.missed += 1,
                Outcome::Moot => tally.moot += 1,
            }
        }
        tally
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            refused: self.refused + other.refused,
            read_there: self.read_there + other.read_there,
            choice: self.choice + other.choice,
            missed: self.missed + other.missed,
            moot: self.moot + other.moot,
        }
    }

    /// Returns the share refused of those that are mistakes.
    pub(crate) fn share(self) -> String {
        percent(self.refused, self.refused + self.missed)
    }
}

pub(crate) fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    let share = part as f64 * 100.0 / whole as f64;
    // A share that is not whole never reads as 100%.
    if part < whole && share > 99.9 {
        "99.9%".to_owned()
    } else {
        format!("{share:.1}%")
    }
}

/// The numbers of one line of the tables.
#[derive(Clone, Copy, Default)]
pub(crate) struct Line {
    pub(crate) files: usize,
    pub(crate) typos: Tally,
    pub(crate) moves: Tally,
    pub(crate) immovable: usize,
    pub(crate) leaves: usize,
    pub(crate) claimed: usize,
    pub(crate) wrong: usize,
    pub(crate) taken: usize,
    pub(crate) maps: usize,
    pub(crate) open: usize,
    pub(crate) choice: usize,
    pub(crate) unexplained: usize,
    pub(crate) untyped: usize,
    pub(crate) dead: usize,
    pub(crate) alarms: usize,
    pub(crate) right: usize,
    pub(crate) unreadable: usize,
    pub(crate) bytes: usize,
}

impl Line {
    pub(crate) fn of(measured: &Measured) -> Self {
        Self {
            files: measured.files.len(),
            typos: Tally::of(measured.typos.values()),
            moves: Tally::of(measured.moves.values()),
            immovable: measured.immovable.len(),
            leaves: measured.leaves.len(),
            claimed: measured.leaves.values().filter(|leaf| leaf.claimed).count(),
            wrong: measured.wrong_types.len(),
            taken: measured
                .wrong_types
                .values()
                .filter(|taken| !taken.is_empty())
                .count(),
            maps: measured.nodes.maps,
            open: measured.nodes.open_count(),
            choice: measured.nodes.choice,
            unexplained: measured.nodes.unexplained(),
            untyped: measured.nodes.untyped.len(),
            dead: measured.nodes.dead,
            alarms: measured.alarms.len(),
            right: measured.right.len(),
            unreadable: measured.unreadable.len(),
            bytes: measured.bytes,
        }
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            files: self.files + other.files,
            typos: self.typos.with(other.typos),
            moves: self.moves.with(other.moves),
            immovable: self.immovable + other.immovable,
            leaves: self.leaves + other.leaves,
            claimed: self.claimed + other.claimed,
            wrong: self.wrong + other.wrong,
            taken: self.taken + other.taken,
            maps: self.maps + other.maps,
            open: self.open + other.open,
            choice: self.choice + other.choice,
            unexplained: self.unexplained + other.unexplained,
            untyped: self.untyped + other.untyped,
            dead: self.dead + other.dead,
            alarms: self.alarms + other.alarms,
            right: self.right + other.right,
            unreadable: self.unreadable + other.unreadable,
            bytes: self.bytes + other.bytes,
        }
    }

    pub(crate) fn mistakes(self) -> Tally {
        self.typos.with(self.moves)
    }

    pub(crate) fn keys(self) -> String {
        let Tally {
            refused,
            read_there,
            choice,
            missed,
            moot: _,
        } = self.mistakes();
        let files = match self.unreadable {
            0 => self.files.to_string(),
            more => format!("{} ({more} not read)", self.files),
        };
        format!(
            "{files} | {} | {} | **{}** | {refused} | {missed} | {choice} | {read_there}",
            self.typos.share(),
            self.moves.share(),
            self.mistakes().share(),
        )
    }

    pub(crate) fn kinds(self) -> String {
        format!(
            "{} | **{}** | {} of {} | {} | **{}** | {} | {} | {} | **{}** | {}",
            self.leaves,
            percent(self.claimed, self.leaves),
            self.wrong - self.taken,
            self.wrong,
            self.maps,
            percent(self.open, self.maps),
            self.choice,
            self.untyped,
            self.dead,
            self.alarms,
            self.right,
        )
    }
}
