//! Columns of text under one another.

use clap::builder::styling::Style;

use crate::report::visible;

/// Draws rows under a heading, every column as wide as its widest cell.
pub(crate) fn draw(heading: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| one_line(cell)).collect())
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .chain([heading[column].chars().count()])
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..heading.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let bold = Style::new().bold();
    let titles: Vec<String> = heading.iter().map(|&title| title.to_owned()).collect();
    let mut text = format!("{bold}{}{bold:#}\n", line(&titles));
    for row in &rows {
        text.push_str(&line(row));
        text.push('\n');
    }
    text
}

fn one_line(cell: &str) -> String {
    visible(cell).replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_one_another() {
        let rows = [
            vec!["a".to_owned(), "bb".to_owned()],
            vec!["ccc".to_owned(), String::new()],
        ];
        let text = draw(&["x", "y"], &rows);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines, ["a    bb", "ccc"]);
    }
}
