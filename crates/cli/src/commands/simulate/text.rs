//! A simulation for a terminal.

use std::fmt::Write as _;

use clap::builder::styling::Style;
use helmwright::policy::scene;
use helmwright::sizing::preemption::{Controller, Outcome, Stale, Verdict};

use super::{Act, Stage, words};
use crate::report::visible;
use crate::table;

/// The most lines of a log, or of a plan, that are shown of one event that was asked for; `--format json` has all.
const LINES: usize = 60;

/// The most that are shown of each event where all are.
const FEW_LINES: usize = 12;

/// The most workloads that the cheap test names of each event where all are shown.
const FEW_STALE: usize = 4;

/// Returns the whole text of one cluster; `whole` also shows workloads that nothing happened to.
pub(super) fn render(stage: &Stage, whole: bool) -> String {
    let bold = Style::new().bold();
    let at = &stage.scene;
    let pods: usize = at
        .after
        .workloads
        .iter()
        .map(|workload| match workload.controller {
            Controller::DaemonSet => at.after.nodes.len(),
            _ => workload.replicas as usize,
        })
        .sum();
    let mut text = format!(
        "{bold}{}{bold:#}: {}, {} of {}, {}\n\n",
        visible(&words::title(at)),
        words::count(at.after.nodes.len(), "node"),
        words::count(pods, "pod"),
        words::count(at.after.workloads.len(), "workload"),
        words::count(at.after.classes.len(), "priority class"),
    );
    let rows: Vec<Vec<String>> = stage
        .acts
        .iter()
        .map(|act| {
            let report = &act.ran.report;
            let sum = |number: fn(&Outcome) -> u32| -> String {
                let sum: u64 = report
                    .workloads
                    .iter()
                    .map(|one| u64::from(number(one)))
                    .sum();
                sum.to_string()
            };
            vec![
                act.ran.run.name().to_owned(),
                verdicts(at, act),
                report.log.len().to_string(),
                sum(|one| one.evicted),
                sum(|one| one.pending),
            ]
        })
        .collect();
    text.push_str(&table::draw(
        &["event", "verdict", "preemptions", "evicted", "pending"],
        &rows,
    ));
    for act in &stage.acts {
        let quiet =
            act.ran.report.log.is_empty() && act.ran.report.verdicts.contains(&Verdict::Safe);
        if whole || !quiet {
            details(stage, act, whole, &mut text);
        }
    }
    text
}

/// Returns the verdicts of one event.
fn verdicts(at: &scene::Scene, act: &Act) -> String {
    let verdicts = act.ran.verdicts(at, true);
    let names: Vec<&str> = verdicts.iter().map(|verdict| verdict.name()).collect();
    names.join(", ")
}

/// Adds what came of one event.
fn details(stage: &Stage, act: &Act, whole: bool, text: &mut String) {
    let bold = Style::new().bold();
    let report = &act.ran.report;
    let lines = if whole { LINES } else { FEW_LINES };
    let _ = writeln!(
        text,
        "\n{bold}{}{bold:#}: {}",
        act.ran.run.name(),
        verdicts(&stage.scene, act)
    );
    let events = act.ran.plan.iter().enumerate().skip(act.ran.judged_from);
    let count = events.len();
    for (index, event) in events.take(lines) {
        let _ = writeln!(
            text,
            "  {}. {}",
            index + 1 - act.ran.judged_from,
            visible(&words::event(event))
        );
    }
    more(count, lines, "event", text);
    text.push('\n');
    if !report.log.is_empty() {
        let rows: Vec<Vec<String>> = report
            .log
            .iter()
            .take(lines)
            .map(|one| {
                let event = one.event.map_or("-".to_owned(), |event| {
                    (event + 1).saturating_sub(act.ran.judged_from).to_string()
                });
                vec![
                    one.step.to_string(),
                    format!("{}s", one.at),
                    event,
                    one.preemptor.clone(),
                    one.priority.to_string(),
                    one.node.clone(),
                    words::victims(one),
                    one.pdb_violations.to_string(),
                    one.depth.to_string(),
                ]
            })
            .collect();
        text.push_str(&table::draw(
            &[
                "step",
                "time",
                "event",
                "preemptor",
                "priority",
                "node",
                "victims (priority)",
                "against PDB",
                "depth",
            ],
            &rows,
        ));
        more(report.log.len(), lines, "preemption", text);
        text.push('\n');
    }
    outcomes(stage, act, whole, text);
    if let Some(first) = report.first_of_chain() {
        let _ = writeln!(
            text,
            "the longest chain, of {}, begins at step {}: {}",
            words::count(report.chain.len(), "preemption"),
            first.step,
            visible(&scene::eviction(first))
        );
    }
    // What the plan makes stale is told with the plan.
    let own = |event: Option<usize>| {
        event.map_or(act.ran.judged_from == 0, |event| {
            event >= act.ran.judged_from
        })
    };
    let mut stale: Vec<&Stale> = report.stale.iter().filter(|one| own(one.event)).collect();
    if stale.is_empty() {
        text.push_str("cheap test: no new pod outranks the running ones of its own workload\n");
    }
    stale.sort_by_key(|one| !one.protected);
    let shown = if whole { LINES } else { FEW_STALE };
    for one in stale.iter().take(shown) {
        let _ = writeln!(text, "cheap test: {}", visible(&scene::stale(one)));
    }
    if stale.len() > shown {
        let more = words::count(stale.len() - shown, "workload");
        let _ = writeln!(text, "cheap test: {more} more, see `--format json`");
    }
    match &act.remedy {
        Some(remedy) => {
            let _ = writeln!(
                text,
                "smallest edit: {}; then it ends in {}",
                visible(&scene::edit(&remedy.edit)),
                scene::names(&remedy.report.worst())
            );
        }
        None if report.verdicts.contains(&Verdict::Safe) => {}
        None => text.push_str(
            "smallest edit: none of classes, `preemptionPolicy: Never` and one more node is enough\n",
        ),
    }
}

/// Adds the table of workloads: all, or those to which something happened that is told.
fn outcomes(stage: &Stage, act: &Act, whole: bool, text: &mut String) {
    let all = &act.ran.report.workloads;
    let shown: Vec<&Outcome> = all
        .iter()
        .filter(|one| {
            whole
                || one.evicted > 0
                || one.pending > 0
                || act.ran.lost_quorum(&stage.scene, one, true)
        })
        .collect();
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|one| {
            vec![
                one.id.clone(),
                one.replicas.to_string(),
                one.evicted.to_string(),
                one.min_ready.to_string(),
                one.most_away.to_string(),
                one.final_running.to_string(),
                one.pending.to_string(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        text.push_str(&table::draw(
            &[
                "workload",
                "wanted",
                "evicted",
                "least ready",
                "most away",
                "running",
                "pending",
            ],
            &rows,
        ));
    }
    if shown.len() < all.len() {
        let _ = writeln!(
            text,
            "not shown: {} that lose no pod for good",
            words::count(all.len() - shown.len(), "workload")
        );
    }
    text.push('\n');
}

/// Says how many lines were left out.
fn more(count: usize, lines: usize, thing: &str, text: &mut String) {
    if count > lines {
        let _ = writeln!(
            text,
            "  and {} more, see `--event` or `--format json`",
            words::count(count - lines, thing)
        );
    }
}
