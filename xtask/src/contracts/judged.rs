//! Findings on charts' own files that were looked into and are right.

use anyhow::{Context as _, Result, bail};
use helmwright::source::Source;
use helmwright::yaml::{self, Node, Value};

const FILE: &str = "tests/true_findings.yaml";

/// A finding that is right: the chart's own file has a mistake.
pub(crate) struct Judged {
    chart: String,
    versions: Vec<String>,
    path: String,
    pub(crate) why: String,
}

/// Reads the list of findings that were judged right.
pub(crate) fn all() -> Result<Vec<Judged>> {
    let path = crate::cargo::root().join(FILE);
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {FILE}"))?;
    let Ok(list) = yaml::read(&Source::new(FILE, text.as_str())) else {
        bail!("{FILE} is no YAML")
    };
    let Value::List(items) = &list.value else {
        bail!("{FILE} is no list")
    };
    items.iter().map(read).collect()
}

fn read(item: &Node) -> Result<Judged> {
    let text = |key: &str| {
        let line = item.location.start().line;
        let found = item.get(key).and_then(Node::as_str).map(str::to_owned);
        found.with_context(|| format!("{FILE}:{line}: no `{key}`"))
    };
    let versions = match item.get("versions").map(|versions| &versions.value) {
        Some(Value::List(versions)) => versions
            .iter()
            .filter_map(Node::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    };
    if versions.is_empty() {
        bail!("{FILE}:{}: no `versions`", item.location.start().line);
    }
    Ok(Judged {
        chart: text("chart")?,
        versions,
        path: text("path")?,
        why: text("why")?,
    })
}

/// Returns why a finding is right, if it was judged so: its message names the path in backticks, whatever the index.
pub(crate) fn why<'a>(
    judged: &'a [Judged],
    chart: &str,
    version: &str,
    message: &str,
) -> Option<&'a str> {
    let message = without_indexes(message);
    judged
        .iter()
        .filter(|judged| judged.chart == chart && judged.versions.iter().any(|one| one == version))
        .find(|judged| message.contains(&format!("`{}`", judged.path)))
        .map(|judged| &*judged.why)
}

/// Writes `a[3].b` as `a[].b`.
fn without_indexes(message: &str) -> String {
    let mut parts = message.split('[');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push('[');
        text.push_str(part.trim_start_matches(|letter: char| letter.is_ascii_digit()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_judged_finding_is_known_again_at_any_index() {
        let judged = [Judged {
            chart: "demo".to_owned(),
            versions: vec!["1.0.0".to_owned()],
            path: "a[].b".to_owned(),
            why: "it is".to_owned(),
        }];
        assert_eq!(
            why(
                &judged,
                "demo",
                "1.0.0",
                "chart demo 1.0.0 has no key `a[12].b`"
            ),
            Some("it is")
        );
        assert_eq!(
            why(
                &judged,
                "demo",
                "1.0.0",
                "chart demo 1.0.0 has no key `a[12].bc`"
            ),
            None
        );
        assert_eq!(
            why(
                &judged,
                "demo",
                "2.0.0",
                "chart demo 2.0.0 has no key `a[12].b`"
            ),
            None
        );
    }
}
