//! A budget as the text of a quota request that an operator can paste.

use std::fmt::Write as _;

use helmwright::budget::{Dimension, Quota};

use super::sheet::{self, Sheet};
use super::{Account, text, words};
use crate::changes::plain;

/// Returns the request of one environment: what is asked, why, and what is inside.
pub(super) fn render(account: &Account) -> String {
    let mut text = format!(
        "## Quota of namespace {} ({})\n\n",
        plain(&account.namespace),
        plain(&account.environment)
    );
    asked(account, &mut text);
    why(account, &mut text);
    plan(account, &mut text);
    inside(account, &mut text);
    text
}

/// Says what is asked for: the request where there is one, else the smallest quota that keeps the headroom.
fn asked(account: &Account, text: &mut String) {
    let budget = &account.budget;
    let Quota { today, request, .. } = &budget.quota;
    let wanted = |dimension: Dimension| -> Option<u64> {
        let smallest = budget.smallest_quota(dimension);
        match (request, today) {
            (Some(request), _) => Some(dimension.of(request)),
            (None, Some(today)) => smallest.map(|smallest| smallest.max(dimension.of(today))),
            (None, None) => smallest,
        }
    };
    let changes = Dimension::REQUESTS.into_iter().any(|dimension| {
        let today = today.as_ref().map(|today| dimension.of(today));
        wanted(dimension) != today
    });
    if !changes {
        text.push_str("Nothing is asked for: today's quota holds what is needed.\n\n");
    } else if request.is_some() {
        text.push_str("We ask for this quota:\n\n");
    } else {
        text.push_str("We ask for the smallest quota that keeps the headroom:\n\n");
    }
    text.push_str("| | today | asked for | smallest that passes |\n|---|---|---|---|\n");
    let shown = |dimension: Dimension, units: Option<u64>| {
        units.map_or_else(
            || "-".to_owned(),
            |units| dimension.shown(units).to_string(),
        )
    };
    for dimension in Dimension::REQUESTS {
        let _ = writeln!(
            text,
            "| `{}` | {} | **{}** | {} |",
            dimension.quota_key(),
            shown(dimension, today.as_ref().map(|today| dimension.of(today))),
            shown(dimension, wanted(dimension)),
            shown(dimension, budget.smallest_quota(dimension)),
        );
    }
    text.push('\n');
    let small: Vec<&str> = Dimension::REQUESTS
        .into_iter()
        .filter(|dimension| wanted(*dimension) < budget.smallest_quota(*dimension))
        .map(Dimension::name)
        .collect();
    if !small.is_empty() {
        let _ = writeln!(
            text,
            "**Too little {}**: less than {} would stay free in the worst rollout.\n",
            small.join(" and "),
            budget.min_headroom
        );
    }
}

fn why(account: &Account, text: &mut String) {
    let totals = &account.budget.totals;
    text.push_str("### Why\n\n");
    let _ = writeln!(
        text,
        "At least {} of the quota is to stay free, also while {} roll{} at once and each makes its new pods before the old ones go. \
         Headroom is (quota - needed) / quota.\n",
        account.budget.min_headroom,
        match totals.concurrency {
            Some(most) if most < totals.surging =>
                format!("the worst {most} of {} workloads", totals.surging),
            _ => words::count(u64::from(totals.surging), "workload"),
        },
        if totals.surging == 1 { "s" } else { "" },
    );
    text.push_str(&draw(&sheet::namespace(account)));
    text.push('\n');
    for line in text::beside(account) {
        let _ = writeln!(text, "- {line}");
    }
    let now = totals.used.plus(totals.new);
    if let Some(lacking) = words::lacking(account, &now) {
        let _ = writeln!(
            text,
            "- today's quota lacks {lacking} for what is used and what is new"
        );
    }
    text.push('\n');
}

fn plan(account: &Account, text: &mut String) {
    let (Some(plan), Some(rows), Some(reckoning)) = (
        account.budget.plan.as_ref(),
        sheet::plan(account),
        sheet::reckoning(account),
    ) else {
        return;
    };
    text.push_str("### The plan as written\n\n");
    text.push_str(&draw(&rows));
    text.push('\n');
    text.push_str(&draw(&reckoning));
    text.push_str("\nIt leaves out:\n\n");
    for line in words::rollout(account, plan) {
        let _ = writeln!(text, "- {line}");
    }
    for difference in &plan.differences {
        let _ = writeln!(text, "- {}", plain(&words::difference(difference)));
    }
    text.push('\n');
}

fn inside(account: &Account, text: &mut String) {
    text.push_str("### What is inside\n\n");
    text.push_str(&draw(&sheet::roles(account)));
    if !account.budget.untyped.is_empty() {
        text.push_str("\nWhat the charts add that nobody typed:\n\n");
        for one in &account.budget.untyped {
            let _ = writeln!(text, "- {}", plain(&words::untyped(one)));
        }
    }
}

fn draw(sheet: &Sheet) -> String {
    let mut text = format!(
        "| {} |\n|{}\n",
        sheet.heading.join(" | "),
        "---|".repeat(sheet.heading.len())
    );
    for row in &sheet.rows {
        let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}
