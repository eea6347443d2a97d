//! Writes what was measured as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::charts::Origin;
use super::measure::{Measured, Outcome};
use super::shape::Lost;
use super::tally::{Line, Tally, percent};

/// Groups longer than this are cut, and say so.
const MOST_LINES: usize = 40;

/// Writes the report.
pub(crate) fn write(measured: &[Measured], sources: &BTreeMap<(String, String), Origin>) -> String {
    let mut out = String::from(INTRODUCTION);
    let lines: Vec<_> = measured.iter().map(Line::of).collect();
    let total = lines.iter().copied().fold(Line::default(), Line::with);

    targets(&mut out, measured, &lines, total);
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

/// Writes where another validator of JSON Schema thinks otherwise than our own walk.
pub(crate) fn agreement(measured: &[Measured]) -> String {
    let asked: usize = measured.iter().map(|measured| measured.asked).sum();
    let mut out = format!("\n## Another validator\n\nIt was asked about {asked} mistakes.\n");
    for measured in measured
        .iter()
        .filter(|measured| !measured.differences.is_empty())
    {
        let _ = writeln!(out, "\n### {} {}\n", measured.chart, measured.version);
        for difference in &measured.differences {
            let _ = writeln!(out, "- {difference}");
        }
    }
    out
}

/// Writes what was found on the charts' unit tests: for whoever works on contracts, not for the committed table.
pub(crate) fn unit_tests(measured: &[Measured]) -> String {
    let mut out = String::from("\n## Unit tests of the charts\n");
    for measured in measured.iter().filter(|measured| measured.unit_tests > 0) {
        let _ = writeln!(
            out,
            "\n### {} {}: {} tests that set values, {} findings\n",
            measured.chart,
            measured.version,
            measured.unit_tests,
            measured.on_unit_tests.len()
        );
        let mut by_said: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (test, said) in &measured.on_unit_tests {
            by_said.entry(said).or_default().push(test);
        }
        for (said, tests) in by_said {
            let _ = writeln!(out, "- {said}: {} tests, such as {}", tests.len(), tests[0]);
        }
    }
    out
}

/// Writes what is aimed at, what is reached, and which charts miss it.
fn targets(out: &mut String, measured: &[Measured], lines: &[Line], total: Line) {
    let behind = |misses: &dyn Fn(&Measured, &Line) -> bool| {
        let names: Vec<_> = measured
            .iter()
            .zip(lines)
            .filter(|(measured, line)| misses(measured, line))
            .map(|(measured, _)| format!("{} {}", measured.chart, measured.version))
            .collect();
        if names.len() > 6 {
            format!("{} of {} charts", names.len(), measured.len())
        } else {
            names.join(", ")
        }
    };
    let below = |part: usize, whole: usize, target: usize| part * 100 < whole * target;
    let slowest_load = measured.iter().map(|measured| measured.load_time).max();
    let slowest_build = measured.iter().map(|measured| measured.build_time).max();
    let milliseconds = |time: Option<Duration>| time.unwrap_or_default().as_secs_f64() * 1000.0;
    let largest = measured.iter().map(|measured| measured.bytes).max();
    let rows = [
        (
            "typos and moves refused",
            "at least 95%",
            total.mistakes().share(),
            behind(&|_, line| {
                let Tally {
                    refused, missed, ..
                } = line.mistakes();
                below(refused, refused + missed, 95)
            }),
        ),
        (
            "wrong types refused, where one is claimed",
            "all",
            format!("{} of {}", total.wrong - total.taken, total.wrong),
            behind(&|_, line| line.taken > 0),
        ),
        (
            "leaves whose type is claimed",
            "at least 75%",
            percent(total.claimed, total.leaves),
            behind(&|_, line| below(line.claimed, line.leaves, 75)),
        ),
        (
            "map nodes open",
            "at most 15%",
            percent(total.open, total.maps),
            behind(&|_, line| line.open * 100 > line.maps * 15),
        ),
        (
            "open maps without a reason",
            "none",
            total.unexplained.to_string(),
            behind(&|_, line| line.unexplained > 0),
        ),
        (
            "false alarms",
            "none",
            total.alarms.to_string(),
            behind(&|_, line| line.alarms > 0),
        ),
        (
            "slowest build",
            "1 s; kube-prometheus-stack 3 s",
            format!("{:.0} ms", milliseconds(slowest_build)),
            behind(&|measured, _| {
                let seconds = if measured.chart == "kube-prometheus-stack" {
                    3
                } else {
                    1
                };
                measured.build_time >= Duration::from_secs(seconds)
            }),
        ),
        (
            "slowest load",
            "under 5 ms",
            format!("{:.1} ms", milliseconds(slowest_load)),
            behind(&|measured, _| measured.load_time >= Duration::from_millis(5)),
        ),
        (
            "largest contract",
            "under 400 KB",
            format!("{} KB", largest.unwrap_or_default().div_ceil(1000)),
            behind(&|_, line| line.bytes >= 400_000),
        ),
        (
            "all contracts",
            "under 4 MB",
            format!("{} KB", total.bytes.div_ceil(1000)),
            String::new(),
        ),
    ];
    out.push_str("\n| what | target | reached | not by |\n|---|---|---|---|\n");
    for (what, target, reached, behind) in rows {
        let _ = writeln!(out, "| {what} | {target} | {reached} | {behind} |");
    }
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
example file, so its own defaults were taken. \"not read\" are files that our YAML reader refuses, since a key stands there twice;
they are named below.

| chart | files | typos refused | moves refused | both | refused | missed | user's names | read there too |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
";

const KINDS: &str = "
## Types and maps

Leaves are scalars, empty maps and empty lists. Where a type is claimed, a value of every kind that it does not take was put there.
Map nodes are counted in the whole contract, definitions once. \"named by the user\" are maps of any key whose values are described;
\"untyped\" are places of which not even a type is known; \"dead\" are keys that the chart lists and never reads. False alarms are findings on the chart's
defaults, ci and example files and our goldens as they are; findings there that were looked into and are right
(`tests/true_findings.yaml`) stand apart.

| chart | leaves | typed | wrong types refused | map nodes | open | named by the user | untyped | dead | false alarms | right findings |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
";

const COSTS: &str = "
## Costs and sources

Builds in CPU time, the best of three, subcharts included; loads the best of twenty.

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
    let right: Vec<_> = measured
        .right
        .iter()
        .map(|(file, said, why)| format!("{file}: {said}: {why}"))
        .collect();
    section(out, "Findings that are right", &right);
    let unreadable: Vec<_> = measured
        .unreadable
        .iter()
        .map(|(file, why)| format!("{file}: {why}"))
        .collect();
    section(out, "Files not read", &unreadable);
    let left_out: Vec<_> = measured
        .left_out
        .iter()
        .map(|(file, why)| format!("{file}: {why}"))
        .collect();
    section(out, "Files without values", &left_out);
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
        "\n{} places could not move, since a key of that name stands above; {} mistakes were made below a key that is refused as it is. \
         {} leaves and {} places of any kind were given wrong types.",
        also.immovable,
        also.mistakes().moot,
        also.claimed,
        also.wrong
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
