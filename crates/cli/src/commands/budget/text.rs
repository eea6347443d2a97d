//! A budget for a terminal.

use std::fmt::Write as _;

use clap::builder::styling::Style;
use helmwright::budget::Dimension;
use helmwright::sizing::Ratio;

use super::sheet::{self, Sheet};
use super::{Account, words};
use crate::report::visible;
use crate::table;

/// Returns the whole text of one environment.
pub(super) fn render(account: &Account) -> String {
    let bold = Style::new().bold();
    let budget = &account.budget;
    let mut text = format!(
        "{bold}{}{bold:#}: namespace {}, tier {}, {}\n",
        visible(&account.environment),
        visible(&account.namespace),
        account.tier.name(),
        budget.form.name()
    );
    plan(account, &mut text);
    text.push('\n');
    text.push_str(&draw(&sheet::roles(account)));
    text.push('\n');
    text.push_str(&draw(&sheet::namespace(account)));
    text.push('\n');
    for line in beside(account) {
        let _ = writeln!(text, "{line}");
    }
    if !budget.untyped.is_empty() {
        let _ = writeln!(text, "\n{bold}what nobody typed{bold:#}");
        for one in &budget.untyped {
            let _ = writeln!(text, "  {}", visible(&words::untyped(one)));
        }
    }
    text
}

/// Adds the plan's own arithmetic, and what it leaves out.
fn plan(account: &Account, text: &mut String) {
    let bold = Style::new().bold();
    let (Some(plan), Some(rows), Some(reckoning)) = (
        account.budget.plan.as_ref(),
        sheet::plan(account),
        sheet::reckoning(account),
    ) else {
        return;
    };
    text.push('\n');
    text.push_str(&draw(&rows));
    text.push('\n');
    text.push_str(&draw(&reckoning));
    let now = account.budget.totals.used.plus(plan.total);
    if let Some(lacking) = words::lacking(account, &now) {
        let _ = writeln!(text, "today's quota lacks {lacking} for used + the plan");
    }
    let _ = writeln!(text, "\n{bold}what the plan leaves out{bold:#}");
    for line in words::rollout(account, plan) {
        let _ = writeln!(text, "  {line}");
    }
    for difference in &plan.differences {
        let _ = writeln!(text, "  {}", visible(&words::difference(difference)));
    }
}

/// Returns what stands beside the table of the namespace.
pub(super) fn beside(account: &Account) -> Vec<String> {
    let budget = &account.budget;
    let totals = &budget.totals;
    let mut lines = Vec::new();
    if !totals.extra_declared && totals.extra.need.pods > 0 {
        let worst = totals.worst().plus(totals.extra);
        lines.push(format!(
            "one more ingester for each of {} ({}) is not declared and not counted{}",
            words::count(totals.extra.need.pods, "backend"),
            words::amounts(&totals.extra),
            words::leaves(account, &worst, "; it would leave"),
        ));
    }
    if totals.scaled.need.pods > 0 {
        lines.push(format!(
            "autoscalers may add {} ({}), which is not counted",
            words::count(totals.scaled.need.pods, "pod"),
            words::amounts(&totals.scaled)
        ));
    }
    if totals.running != helmwright::budget::Load::ZERO {
        lines.push(format!(
            "already running and inside what is used: {}, {}",
            words::count(totals.running.need.pods, "pod"),
            words::amounts(&totals.running)
        ));
    }
    let at_rest = totals.at_rest();
    let limits = at_rest.limits;
    let limit = |dimension: Dimension, requests: Dimension, without: u64| {
        let all = dimension.of(&at_rest);
        let share = budget
            .quota
            .bound(requests)
            .and_then(|bound| Ratio::new(all, bound.units))
            .filter(|_| all > 0)
            .map(|share| format!(" ({share} of the quota)"))
            .unwrap_or_default();
        format!(
            "{requests} {}{share} and {} without one",
            dimension.shown(all),
            words::count(without, "container")
        )
    };
    lines.push(format!(
        "limits: {}, {}",
        limit(Dimension::CpuLimits, Dimension::Cpu, limits.without_cpu),
        limit(
            Dimension::MemoryLimits,
            Dimension::Memory,
            limits.without_memory
        ),
    ));
    if let Some(nodes) = &account.nodes {
        let all = nodes.memory.bytes().saturating_mul(u64::from(nodes.count));
        if let Some(share) = Ratio::new(limits.memory.bytes(), all) {
            lines.push(format!(
                "memory limits are {share} of {} of {}",
                words::count(u64::from(nodes.count), "node"),
                Dimension::Memory.shown(nodes.memory.bytes())
            ));
        }
    }
    lines
}

fn draw(sheet: &Sheet) -> String {
    table::draw(&sheet.heading, &sheet.rows)
}
