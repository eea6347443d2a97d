//! The rule behind bucket names, if they follow one.

use serde_json::{Value as Json, json};

use super::draft::{at, leaves};
use super::search::{Accept, Search};
use crate::error::Error;

/// A prefix that no team has.
const MARK: &str = "mark-one-two";

/// The orders of segments that are tried; the usual one first.
const ORDERS: &[&[&str]] = &[
    &["prefix", "type", "environment", "purpose"],
    &["prefix", "environment", "type", "purpose"],
    &["environment", "prefix", "type", "purpose"],
    &["prefix", "type", "purpose", "environment"],
    &["prefix", "type", "purpose"],
    &["prefix", "environment", "purpose"],
    &["prefix", "purpose"],
    &["type", "environment", "purpose"],
    &["prefix", "purpose", "environment"],
];

/// One bucket: what it is for, and its name in the old values.
struct Named {
    purpose: String,
    name: String,
}

/// Tries to find naming by which the environment computes the old names.
pub(super) fn derive(search: &mut Search<'_>) -> Result<(), Error> {
    let marked = search.draft.with_all(&[
        ("buckets.prefix".to_owned(), json!(MARK)),
        (
            "buckets.segments".to_owned(),
            json!(["prefix", "type", "purpose"]),
        ),
    ]);
    let Ok(values) = search.workshop.values(&marked)? else {
        return Ok(());
    };
    let mut signal = None;
    let mut named: Vec<Named> = Vec::new();
    for (path, leaf) in leaves(&values) {
        let Some(rest) = leaf
            .as_str()
            .and_then(|text| text.strip_prefix(MARK))
            .and_then(|rest| rest.strip_prefix('-'))
        else {
            continue;
        };
        let Some((kind, purpose)) = rest.split_once('-') else {
            continue;
        };
        let Some(name) = at(search.seen, &path).and_then(|node| node.as_str()) else {
            continue;
        };
        signal = Some(kind.to_owned());
        named.push(Named {
            purpose: purpose.to_owned(),
            name: name.to_owned(),
        });
    }
    let Some(signal) = signal else {
        return Ok(());
    };
    let environment = search.workshop.environment.to_owned();
    for order in ORDERS {
        if let Some(prefix) = prefix_of(order, &named, &signal, &environment) {
            let mut values = Vec::new();
            if let Some(prefix) = prefix {
                values.push(("buckets.prefix".to_owned(), json!(prefix)));
            }
            if *order != ORDERS[0] {
                let order: Vec<Json> = order.iter().map(|segment| json!(segment)).collect();
                values.push(("buckets.segments".to_owned(), Json::Array(order)));
            }
            if !values.is_empty() && search.offer(&values, Accept::Better)? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Returns the prefix with which an order of segments gives some of the names, if there is one; the first name decides.
#[expect(
    clippy::option_option,
    reason = "an order without a prefix can fit too"
)]
fn prefix_of(
    order: &[&str],
    named: &[Named],
    signal: &str,
    environment: &str,
) -> Option<Option<String>> {
    named.iter().find_map(|bucket| {
        let mut before = String::new();
        let mut after = String::new();
        let mut has_prefix = false;
        for segment in order {
            let text = match *segment {
                "prefix" => {
                    has_prefix = true;
                    continue;
                }
                "type" => signal,
                "environment" => environment,
                _ => &bucket.purpose,
            };
            let side = if has_prefix { &mut after } else { &mut before };
            if has_prefix {
                side.push('-');
                side.push_str(text);
            } else {
                side.push_str(text);
                side.push('-');
            }
        }
        if !has_prefix {
            return (bucket.name == before.trim_end_matches('-')).then_some(None);
        }
        let prefix = bucket
            .name
            .strip_prefix(before.as_str())?
            .strip_suffix(after.as_str())?;
        (!prefix.is_empty()).then(|| Some(prefix.to_owned()))
    })
}
