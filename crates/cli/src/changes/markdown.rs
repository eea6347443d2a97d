//! Differences for the comment of a pull request.

use std::fmt::Write as _;

use super::{Changes, Group, Row, inline};
use crate::report::visible;

/// Most bytes of the whole text: GitHub refuses a comment of more than 65536 characters, and the heading needs some.
const MAX_BYTES: usize = 60_000;

/// Longest value that stands in a cell, in characters.
const MAX_CELL: usize = 200;

/// Returns one section that opens for each component, with a table of its values.
pub(super) fn render(changes: &Changes) -> String {
    let mut text = format!(
        "### helmwright: {} → {}\n\n{}\n",
        plain(&changes.sides[0]),
        plain(&changes.sides[1]),
        changes.summary()
    );
    for (at, group) in changes.groups.iter().enumerate() {
        let section = section(group);
        if text.len() + section.len() > MAX_BYTES {
            let left = changes.groups.len() - at;
            let _ = write!(
                text,
                "\n{left} more left out: the comment would be too long.\n"
            );
            break;
        }
        text.push_str(&section);
    }
    text
}

fn section(group: &Group) -> String {
    let counts: Vec<String> = ["changed", "added", "removed"]
        .into_iter()
        .filter_map(|word| {
            let count = group.rows.iter().filter(|row| row.word() == word).count();
            (count > 0).then(|| format!("{count} {word}"))
        })
        .collect();
    let told = if counts.is_empty() {
        group.state.to_owned()
    } else {
        counts.join(", ")
    };
    let mut text = format!(
        "\n<details>\n<summary><b>{}</b>: {told}</summary>\n\n",
        plain(&group.name)
    );
    if let Some(file) = &group.file {
        let _ = write!(text, "{}\n\n", code(file));
    }
    if !group.note.is_empty() {
        let _ = write!(text, "{}\n\n", plain(&group.note));
    }
    let (long, short): (Vec<&Row>, Vec<&Row>) =
        group.rows.iter().partition(|row| !row.lines.is_empty());
    if !short.is_empty() {
        text.push_str("| | value | before | after | from |\n|---|---|---|---|---|\n");
        for row in short {
            let cell = |value: &Option<serde_json::Value>| {
                value
                    .as_ref()
                    .map(|value| code(&inline(value)))
                    .unwrap_or_default()
            };
            let causes: Vec<String> = row
                .causes
                .iter()
                .map(|place| code(&place.shown()))
                .collect();
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} |",
                match row.sign() {
                    '-' => "−",
                    '+' => "+",
                    _ => "±",
                },
                code(&row.path),
                cell(&row.old),
                cell(&row.new),
                causes.join(" ")
            );
        }
        text.push('\n');
    }
    for row in long {
        let _ = write!(text, "{}", code(&row.path));
        for place in &row.causes {
            let _ = write!(text, " {}", code(&place.shown()));
        }
        let lines: String = row
            .lines
            .iter()
            .map(|(sign, line)| format!("{sign} {}\n", visible(line)))
            .collect();
        let fence = "`".repeat(longest_run(&lines).max(2) + 1);
        let _ = write!(text, "\n\n{fence}diff\n{lines}{fence}\n\n");
    }
    text.push_str("</details>\n");
    text
}

/// Writes a text as code that a table's cell takes: no line breaks, no bare pipe, and a fence that it does not hold.
fn code(text: &str) -> String {
    let mut flat = visible(text).replace(['\n', '\r', '\t'], " ");
    if let Some((at, _)) = flat.char_indices().nth(MAX_CELL) {
        flat.truncate(at);
        flat.push('…');
    }
    let fence = "`".repeat(longest_run(&flat) + 1);
    let space = if flat.starts_with('`') || flat.ends_with('`') || flat.is_empty() {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{}{space}{fence}", flat.replace('|', "\\|"))
}

/// Writes a text as plain words: nothing of it is HTML or markup.
pub(crate) fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '\n' => safe.push(' '),
            '*' | '_' | '`' | '[' | ']' | '\\' | '|' | '~' | '#' | '@' => {
                safe.push_str(&format!("&#{};", u32::from(character)));
            }
            other => safe.push(other),
        }
    }
    safe
}

/// Returns the length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_keeps_to_its_cell() {
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a\nb\u{1b}"), "`a b\\u{1b}`");
        assert_eq!(code(&"x".repeat(999)).chars().count(), MAX_CELL + 3);
    }

    #[test]
    fn words_are_no_markup() {
        assert_eq!(
            plain("<img> [a](b) @team"),
            "&lt;img&gt; &#91;a&#93;(b) &#64;team"
        );
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        let row = Row {
            path: "a".into(),
            old: None,
            new: None,
            lines: vec![('+', "```".into())],
            causes: Vec::new(),
        };
        let group = Group {
            name: "dev/alloy".into(),
            file: None,
            state: "changed",
            note: String::new(),
            rows: vec![row],
        };
        assert!(section(&group).contains("\n````diff\n+ ```\n````\n"));
    }
}
