//! Markdown and shell, written so that no name can be taken for something else.

use std::borrow::Cow;

/// Returns a text as code within a line, also within a table's cell.
pub(super) fn code(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|one| if one.is_control() { ' ' } else { one })
        .collect();
    let line = line.replace('|', "\\|");
    if line.trim().is_empty() {
        return "(none)".to_owned();
    }
    // A fence is longer than what it holds, and apart from it.
    let longest = line
        .split(|one| one != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let edge = if line.starts_with('`') || line.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{edge}{line}{edge}{fence}")
}

/// Returns texts as code, separated by commas.
pub(super) fn codes<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    texts.into_iter().map(code).collect::<Vec<_>>().join(", ")
}

/// Returns one word of a command line.
pub(super) fn word(text: &str) -> Cow<'_, str> {
    let plain = |one: char| one.is_ascii_alphanumeric() || "_-./:@%+=,".contains(one);
    if !text.is_empty() && text.chars().all(plain) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
    }
}

/// Returns a table; none of no rows.
pub(super) fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(heading.to_vec());
    text.push_str(&line(vec!["---"; heading.len()]));
    for row in rows {
        text.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    text
}

/// Returns command lines as a block; none of no lines.
pub(super) fn commands(lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    // A line break in a name would begin another command.
    let lines: Vec<String> = lines
        .iter()
        .map(|line| {
            line.chars()
                .map(|one| if one.is_control() { ' ' } else { one })
                .collect()
        })
        .collect();
    format!("```sh\n{}\n```\n", lines.join("\n"))
}

/// Returns a number of things: `1 pod`, `3 pods`.
pub(super) fn many(count: u32, thing: &str) -> String {
    match (count, thing.strip_suffix('y')) {
        (1, _) => format!("1 {thing}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {thing}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_holds_any_text() {
        for (text, expected) in [
            ("tempo", "`tempo`"),
            ("a|b", "`a\\|b`"),
            ("a`b", "``a`b``"),
            ("`a", "`` `a ``"),
            ("a\nb", "`a b`"),
            ("", "(none)"),
        ] {
            assert_eq!(code(text), expected);
        }
    }

    #[test]
    fn words_are_quoted_where_a_shell_would_split_them() {
        assert_eq!(word("prod/tempo/values.yaml"), "prod/tempo/values.yaml");
        assert_eq!(word("it's here"), r"'it'\''s here'");
        assert_eq!(word(""), "''");
        assert_eq!(word("$(x)"), "'$(x)'");
    }
}
