//! What refers to what: names that do not exist, references that lead nowhere, components that nobody asks.

use std::collections::BTreeMap;

use super::components::{self, CONFIG_BLOCKS, STANDARD};
use super::problem::{Problem, Weight};
use super::tree::{Block, Config, Statement};
use crate::diagnostic::nearest;
use crate::source::Span;

/// Returns what Alloy would refuse of a text that it can read.
pub(super) fn check(config: &Config) -> Vec<Problem> {
    let own = Own::of(config);
    let mut problems = Vec::new();
    let mut declared: BTreeMap<String, Span> = BTreeMap::new();
    for statement in &config.body {
        match statement {
            Statement::Attribute { name, value } => problems.push(Problem::refused(
                format!("attribute `{name}` stands in no block"),
                "at the top there are only blocks",
                "move it into the block it belongs to",
                value.span,
            )),
            Statement::Block(block) => {
                check_block(block, &own, &mut problems);
                let id = block.id();
                if let Some(label) = &block.label
                    && declared.insert(id.clone(), block.span).is_some()
                {
                    problems.push(Problem::refused(
                        format!("`{id}` is declared twice"),
                        "references could not tell the two apart",
                        format!("give one of them another label than `{label}`"),
                        block.span,
                    ));
                }
            }
        }
    }
    let mut asked: Vec<String> = Vec::new();
    for block in blocks(config) {
        // In these, names are declared that only they know.
        if matches!(block.name.as_str(), "declare" | "foreach") {
            continue;
        }
        for (parts, span) in block.references() {
            check_reference(parts, span, &declared, &own, &mut asked, &mut problems);
        }
    }
    if problems.is_empty() && !own.is_open {
        idle(config, &asked, &mut problems);
    }
    problems.sort_by_key(|problem| problem.span);
    problems
}

fn blocks(config: &Config) -> impl Iterator<Item = &Block> {
    config.body.iter().filter_map(|statement| match statement {
        Statement::Block(block) => Some(block),
        Statement::Attribute { .. } => None,
    })
}

/// What a text declares of its own.
struct Own<'a> {
    /// Labels of `declare` and `import.*`.
    names: Vec<&'a str>,
    /// Whether it imports or repeats what is not looked into.
    is_open: bool,
}

impl<'a> Own<'a> {
    fn of(config: &'a Config) -> Self {
        let label = |block: &'a Block| block.label.as_deref();
        Self {
            names: blocks(config)
                .filter(|block| block.name == "declare" || block.name.starts_with("import."))
                .filter_map(label)
                .collect(),
            is_open: blocks(config).any(|block| {
                matches!(block.name.as_str(), "declare" | "foreach")
                    || block.name.starts_with("import.")
            }),
        }
    }

    fn knows(&self, name: &str) -> bool {
        self.names.iter().any(|own| {
            name == *own
                || name
                    .strip_prefix(own)
                    .is_some_and(|rest| rest.starts_with('.'))
        })
    }
}

fn check_block(block: &Block, own: &Own<'_>, problems: &mut Vec<Problem>) {
    let name = block.name.as_str();
    if CONFIG_BLOCKS.contains(&name) || own.knows(name) {
        return;
    }
    if components::exports(name).is_none() {
        problems.push(Problem::refused(
            format!("Alloy 1.18 has no component `{name}`"),
            "Alloy refuses a configuration with a component that it does not know, and does not start",
            unknown(name),
            block.span,
        ));
    } else if block.label.is_none() {
        problems.push(Problem::refused(
            format!("`{name}` has no label"),
            "nothing could refer to it, and Alloy does not start",
            format!("write `{name} \"default\" {{`"),
            block.span,
        ));
    }
}

/// Returns what to write instead of a component's name.
fn unknown(name: &str) -> String {
    // The collector of that name has it; here two components do its work.
    if name == "otelcol.exporter.prometheusremotewrite" {
        return "use `otelcol.exporter.prometheus`, and let it forward to a `prometheus.remote_write`"
            .to_owned();
    }
    match nearest(name, components::names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "see \"Components\" in Alloy's documentation for those there are".to_owned(),
    }
}

fn check_reference(
    parts: &[String],
    span: Span,
    declared: &BTreeMap<String, Span>,
    own: &Own<'_>,
    asked: &mut Vec<String>,
    problems: &mut Vec<Problem>,
) {
    let Some(first) = parts.first() else {
        return;
    };
    let mut id = String::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            id.push('.');
        }
        id.push_str(part);
        if !declared.contains_key(&id) {
            continue;
        }
        let name = parts[..at].join(".");
        if let Some(export) = parts.get(at + 1)
            && let Some(exports) = components::exports(&name)
            && !exports.contains(&export.as_str())
        {
            problems.push(Problem::refused(
                format!("`{id}` exports no `{export}`"),
                "the reference leads nowhere, and Alloy does not start",
                match exports {
                    [] => format!("`{name}` exports nothing; refer to another component"),
                    [only] => format!("write `{id}.{only}`"),
                    [first, second, ..] => format!("write `{id}.{first}` or `{id}.{second}`"),
                },
                span,
            ));
        }
        asked.push(id);
        return;
    }
    if STANDARD.contains(&first.as_str()) || own.knows(&parts.join(".")) {
        return;
    }
    let whole = parts.join(".");
    let near = nearest_declared(parts, declared);
    problems.push(Problem::refused(
        format!("`{whole}` refers to nothing that is declared"),
        "Alloy resolves every reference before it starts anything",
        match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "declare the component, or remove the reference".to_owned(),
        },
        span,
    ));
}

/// Returns the reference that was probably meant: the same to a component of another label, or one letter away.
fn nearest_declared(parts: &[String], declared: &BTreeMap<String, Span>) -> Option<String> {
    let (export, id) = parts.split_last()?;
    let id = id.join(".");
    let component = id.rsplit_once('.').map_or("", |(component, _)| component);
    let mut same = declared.keys().filter(|key| {
        key.rsplit_once('.')
            .is_some_and(|(own, _)| own == component)
    });
    let only = same.next().filter(|_| same.next().is_none());
    let near = only
        .map(String::as_str)
        .or_else(|| nearest(&id, declared.keys().map(String::as_str)))?;
    Some(format!("{near}.{export}"))
}

/// Reports components that nobody asks for what they offer.
fn idle(config: &Config, asked: &[String], problems: &mut Vec<Problem>) {
    for block in config.components() {
        let id = block.id();
        if CONFIG_BLOCKS.contains(&block.name.as_str())
            || components::works_alone(&block.name)
            || asked.contains(&id)
        {
            continue;
        }
        problems.push(Problem {
            message: format!("nothing refers to `{id}`"),
            why: "it runs, and nothing reaches it or takes what it has",
            help: "refer to it where it belongs, or remove it".to_owned(),
            span: block.span,
            weight: Weight::Idle,
        });
    }
}
