//! Differences for a terminal.

use clap::builder::styling::{AnsiColor, Style};

use super::{Changes, Row, inline};
use crate::report::visible;

const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// Draws the groups with colours; the stream takes them away where they are not wanted.
pub(super) fn render(changes: &Changes) -> String {
    let mut text = String::new();
    for group in &changes.groups {
        text.push_str(&format!("{BOLD}{}{BOLD:#}", visible(&group.name)));
        if let Some(file) = &group.file {
            text.push_str(&format!("  {DIM}{}{DIM:#}", visible(file)));
        }
        text.push('\n');
        if !group.note.is_empty() {
            text.push_str(&format!("  {}\n", visible(&group.note)));
        }
        for row in &group.rows {
            draw(row, &mut text);
        }
        text.push('\n');
    }
    text.push_str(&changes.summary());
    text.push('\n');
    text
}

fn draw(row: &Row, text: &mut String) {
    let style = colour(row.sign());
    let path = visible(&row.path);
    let because = match row.because() {
        places if places.is_empty() => String::new(),
        places => format!("  {DIM}({}){DIM:#}", visible(&places)),
    };
    let shown = |value: &serde_json::Value| visible(&inline(value)).into_owned();
    let sign = format!("{style}{}{style:#}", row.sign());
    if !row.lines.is_empty() {
        text.push_str(&format!("  {sign} {path}:{because}\n"));
        for (sign, line) in &row.lines {
            let style = colour(*sign);
            text.push_str(&format!("      {style}{sign} {}{style:#}\n", visible(line)));
        }
        return;
    }
    let value = match (&row.old, &row.new) {
        (Some(old), Some(new)) => format!("{} -> {}", shown(old), shown(new)),
        (Some(one), None) | (None, Some(one)) => shown(one),
        (None, None) => String::new(),
    };
    text.push_str(&format!("  {sign} {path}: {value}{because}\n"));
}

const fn colour(sign: char) -> Style {
    let colour = match sign {
        '+' => AnsiColor::Green,
        '-' => AnsiColor::Red,
        _ => AnsiColor::Yellow,
    };
    colour.on_default()
}
