//! Writes what was measured as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::charts::Origin;
use super::measure::{Measured, Outcome};
use super::shape::Lost;

/// Groups longer than this are cut, and say so.
const MOST_LINES: usize = 40;

/// How many mistakes had which outcome.
#[derive(Clone, Copy, Default)]
struct Tally {
    refused: usize,
    read_there: usize,
    choice: usize,
    missed: usize,
}

impl Tally {
    fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let mut tally = Self::default();
        for outcome in outcomes {
            match outcome {
                Outcome::Refused => tally.refused += 1,
                Outcome::ReadThere => tally.read_there += 1,
                Outcome::Choice => tally.choice += 1,
                Outcome::Missed(_) => tally.missed += 1,
            }
        }
        tally
    }

    fn with(self, other: Self) -> Self {
        Self {
            refused: self.refused + other.refused,
            read_there: self.read_there + other.read_there,
            choice: self.choice + other.choice,
            missed: self.missed + other.missed,
        }
    }

    /// Returns the share refused of those that are mistakes.
    fn share(self) -> String {
        percent(self.refused, self.refused + self.missed)
    }
}

fn percent(part: usize, whole: usize) -> String {
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
struct Line {
    files: usize,
    typos: Tally,
    moves: Tally,
    immovable: usize,
    leaves: usize,
    claimed: usize,
    wrong: usize,
    taken: usize,
    maps: usize,
    open: usize,
    choice: usize,
    untyped: usize,
    dead: usize,
    alarms: usize,
    left_out: usize,
    bytes: usize,
}

impl Line {
    fn of(measured: &Measured) -> Self {
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
            untyped: measured.nodes.untyped.len(),
            dead: measured.nodes.dead,
            alarms: measured.alarms.len(),
            left_out: measured.left_out.len(),
            bytes: measured.bytes,
        }
    }

    fn with(self, other: Self) -> Self {
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
            untyped: self.untyped + other.untyped,
            dead: self.dead + other.dead,
            alarms: self.alarms + other.alarms,
            left_out: self.left_out + other.left_out,
            bytes: self.bytes + other.bytes,
        }
    }

    fn mistakes(self) -> Tally {
        self.typos.with(self.moves)
    }

    fn keys(self) -> String {
        let Tally {
            refused,
            read_there,
            choice,
            missed,
        } = self.mistakes();
        format!(
            "{} | {} | {} | **{}** | {refused} | {missed} | {choice} | {read_there}",
            self.files,
            self.typos.share(),
            self.moves.share(),
            self.mistakes().share(),
        )
    }

    fn kinds(self) -> String {
        format!(
            "{} | **{}** | {} of {} | {} | **{}** | {} | {} | {} | {}",
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
        )
    }
}

/// Writes the report.
pub(crate) fn write(measured: &[Measured], sources: &BTreeMap<(String, String), Origin>) -> String {
    let mut out = String::from(INTRODUCTION);
    let lines: Vec<_> = measured.iter().map(Line::of).collect();
    let total = lines.iter().copied().fold(Line::default(), Line::with);

    out.push_str(KEYS);
    for (measured, line) in measured.iter().zip(&lines) {
        let star = if measured.only_defaults { "\\*" } else { "" };
        let _ = writeln!(
            out,
            "| {} {} | {} |",
            measured.chart,
            measured.version,
            line.keys().replacen(" |", &format!("{star} |"), 1),
        );
    }
    let _ = writeln!(out, "| all | {} |", total.keys());

    out.push_str(KINDS);
    for (measured, line) in measured.iter().zip(&lines) {
        let _ = writeln!(
            out,
            "| {} {} | {} |",
            measured.chart,
            measured.version,
            line.kinds()
        );
    }
    let _ = writeln!(out, "| all | {} |", total.kinds());

    out.push_str(COSTS);
    for measured in measured {
        let name = (measured.chart.clone(), measured.version.clone());
        let (repository, commit) = sources.get(&name).map_or(("", ""), |origin| {
            (
                &*origin.repository,
                origin.commit.get(..12).unwrap_or(&origin.commit),
            )
        });
        let _ = writeln!(
            out,
            "| {} {} | {} | {:.1} | {} | {repository} | {commit} |",
            measured.chart,
            measured.version,
            measured.build_time.as_millis(),
            measured.load_time.as_secs_f64() * 1000.0,
            measured.bytes.div_ceil(1000),
        );
    }
    let build: u128 = measured
        .iter()
        .map(|measured| measured.build_time.as_millis())
        .sum();
    let _ = writeln!(
        out,
        "| all | {build} | | {} | | |",
        total.bytes.div_ceil(1000)
    );

    out.push_str("\n## Details\n");
    for measured in measured {
        details(&mut out, measured);
    }
    out
}

const INTRODUCTION: &str = "\
# Contracts

Written by `cargo xtask contracts --measure DIR --out docs/measurements/contracts.md`, release build, on the charts named below.

Values are what people write: every ci and example values file of the chart, and our own goldens. A place is a path with every
list index as `[]`; a place that stands in several files counts once, and the worst outcome counts.
";

const KEYS: &str = "
## Keys

At every key, at any depth: one letter wrong, and the key moved to the map above. Not counted as mistakes, but shown: a name that is
the user's choice there (`labels`, a map of ports), and a key that the chart reads at the new place too. A star: the chart has no ci or
example file, so its own defaults were taken.

| chart | files | typos refused | moves refused | both | refused | missed | user's names | read there too |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
";

const KINDS: &str = "
## Types and maps

Leaves are scalars, empty maps and empty lists. Where a type is claimed, a value of every kind that it does not take was put there.
Map nodes are counted in the whole contract, definitions once. \"named by the user\" are maps of any key whose values are described;
\"untyped\" are places of which not even a type is known; \"dead\" are keys that the chart lists and never reads. False alarms are findings on the chart's
defaults, ci and example files and our goldens as they are.

| chart | leaves | typed | wrong types refused | map nodes | open | named by the user | untyped | dead | false alarms |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
";

const COSTS: &str = "
## Costs and sources

The best of three builds and of five loads, subcharts included.

| chart | build, ms | load, ms | KB | repository | commit |
|---|--:|--:|--:|---|---|
";

fn details(out: &mut String, measured: &Measured) {
    let _ = writeln!(out, "\n### {} {}", measured.chart, measured.version);
    let said: Vec<_> = measured
        .alarms
        .iter()
        .map(|(file, said)| format!("{file}: {said}"))
        .collect();
    section(out, "False alarms", &said);
    let left_out: Vec<_> = measured
        .left_out
        .iter()
        .map(|(file, why)| format!("{file}: {why}"))
        .collect();
    section(out, "Files not measured", &left_out);
    section(out, "Mistakes missed, by map", &missed(measured));
    let taken: Vec<_> = measured
        .wrong_types
        .iter()
        .filter(|(_, kinds)| !kinds.is_empty())
        .map(|(place, kinds)| {
            let kinds: Vec<_> = kinds.iter().copied().collect();
            format!("`{place}` took {}", kinds.join(", "))
        })
        .collect();
    section(out, "Wrong types taken", &taken);
    section(out, "Leaves without a type, by map", &untyped(measured));
    let open: Vec<_> = sorted(measured.nodes.open.iter().map(|(reason, places)| {
        let examples: Vec<_> = places
            .iter()
            .take(3)
            .map(|place| format!("`{place}`"))
            .collect();
        (places.len(), format!("{reason}: {}", examples.join(", ")))
    }));
    section(out, "Open maps, by reason", &open);
    let also = Line::of(measured);
    let _ = writeln!(
        out,
        "\n{} places could not move, since a key of that name stands above. {} leaves and {} places of any kind were given wrong types.",
        also.immovable, also.claimed, also.wrong
    );
}

fn missed(measured: &Measured) -> Vec<String> {
    let mut groups: BTreeMap<&Lost, (usize, usize, &str)> = BTreeMap::new();
    let outcomes = measured.typos.iter().map(|one| (one, true));
    for ((place, outcome), is_typo) in outcomes.chain(measured.moves.iter().map(|one| (one, false)))
    {
        if let Outcome::Missed(lost) = outcome {
            let group = groups.entry(lost).or_insert((0, 0, place));
            if is_typo {
                group.0 += 1;
            } else {
                group.1 += 1;
            }
        }
    }
    sorted(groups.into_iter().map(|(lost, (typos, moves, example))| {
        let Lost { place, reason } = lost;
        (
            typos + moves,
            format!("`{place}` ({reason}): {typos} typos, {moves} moves, such as `{example}`"),
        )
    }))
}

fn untyped(measured: &Measured) -> Vec<String> {
    let mut groups: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for (place, leaf) in measured.leaves.iter().filter(|(_, leaf)| !leaf.claimed) {
        let group = match &leaf.lost {
            Some(lost) => format!("below `{}` ({})", lost.place, lost.reason),
            None => "reached, and takes any value".to_owned(),
        };
        groups.entry(group).or_insert((0, place)).0 += 1;
    }
    sorted(
        groups
            .into_iter()
            .map(|(group, (count, example))| (count, format!("{group}, such as `{example}`"))),
    )
}

/// Returns lines with their counts, the greatest first.
fn sorted(lines: impl Iterator<Item = (usize, String)>) -> Vec<String> {
    let mut lines: Vec<_> = lines.collect();
    lines.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
    lines
        .into_iter()
        .map(|(count, line)| format!("{count}: {line}"))
        .collect()
}

fn section(out: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}:\n");
    for line in lines.iter().take(MOST_LINES) {
        let _ = writeln!(out, "- {line}");
    }
    if lines.len() > MOST_LINES {
        let _ = writeln!(out, "- and {} more", lines.len() - MOST_LINES);
    }
}
