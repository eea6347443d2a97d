//! What the readers of fields share: texts, places, and findings about values.

use super::config::InlineCredential;
use super::finding;
use super::labels::Labels;
use super::place::{Document, Place, Text};
use super::quantity::{self, Amount, Amounts};
use super::reader::Collector;
use super::selector::Selector;
use super::tree::{Data, Field, Node};
use crate::units::Problem;
use crate::workload::Count;
use crate::yaml::Value;

/// One object that is being read.
pub(super) struct Context<'d, 't, 'c> {
    pub(super) document: &'d mut Document<'t>,
    pub(super) collector: &'c mut Collector,
    /// What findings call the object: `Deployment mimir-querier`.
    pub(super) title: String,
    /// Secrets found in it so far.
    pub(super) credentials: Vec<InlineCredential>,
}

impl Context<'_, '_, '_> {
    /// Returns the secrets that were found.
    pub(super) fn credentials(&mut self) -> Box<[InlineCredential]> {
        std::mem::take(&mut self.credentials).into_boxed_slice()
    }

    /// Returns the shared copy of a text.
    pub(super) fn share(&mut self, text: &str) -> Text {
        self.collector.texts.share(text)
    }

    /// Returns the text under a key.
    pub(super) fn text(&mut self, node: &Node<'_>, key: &str) -> Option<Text> {
        node.text_of(key).map(|text| self.share(text))
    }

    /// Returns the text under a key, or an empty one.
    pub(super) fn name(&mut self, node: &Node<'_>, key: &str) -> Text {
        self.share(node.text_of(key).unwrap_or_default())
    }

    /// Returns the texts of a list under a key.
    pub(super) fn texts(&mut self, node: &Node<'_>, key: &str) -> Box<[Text]> {
        let items = node.list(key).iter().filter_map(Node::text);
        items.map(|text| self.share(text)).collect()
    }

    /// Returns the labels under a key.
    pub(super) fn labels(&mut self, node: &Node<'_>, key: &str) -> Labels {
        let fields = node.get(key).map_or(&[][..], Node::fields);
        let pairs = fields.iter().filter_map(|field| {
            let value = field.value.text()?;
            Some((self.share(&field.key), self.share(value)))
        });
        let pairs = Labels::sort(pairs.collect());
        let pools = &mut self.collector.pools;
        // Collected into the memory of the pairs it would keep four times what it needs.
        let mut shared = Vec::with_capacity(pairs.len());
        shared.extend(pairs.into_iter().map(|pair| pools.pairs.share(pair)));
        Labels::of_sorted(pools.labels.share(shared))
    }

    /// Returns the selector under a key; none if there is none.
    pub(super) fn selector(&mut self, node: &Node<'_>, key: &str) -> Option<Selector> {
        let node = node.get(key)?;
        Some(Selector::read(node, self))
    }

    /// Returns the place of a node.
    pub(super) fn place(&mut self, node: &Node<'_>) -> Place {
        self.document
            .place(node.start, node.end, &mut self.collector.texts)
    }

    /// Returns the place of a key with its value, on the key's line.
    pub(super) fn place_of(&mut self, field: &Field<'_>) -> Place {
        let end = field.value.end.max(field.at + field.key.len());
        self.document
            .place(field.at, end, &mut self.collector.texts)
    }

    /// Returns the whole number under a key.
    pub(super) fn number(&mut self, node: &Node<'_>, key: &str) -> Option<u32> {
        let value = node.get(key)?;
        let number = match value.value() {
            Value::Integer(number) => Some(number),
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
            Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e18 => {
                Some(number as i128)
            }
            _ => None,
        };
        // The API's numbers are `int32`.
        let fits = number.filter(|number| *number <= i128::from(i32::MAX));
        let read = fits.and_then(|number| u32::try_from(number).ok());
        if read.is_none() {
            let in_text = |text: &str| text.trim().parse::<i128>().is_ok();
            let (what, help) = match (number, value.text()) {
                (Some(_), _) if fits.is_none() => (
                    "too large",
                    "write a number up to 2147483647, the most that the field holds",
                ),
                (Some(_), _) => ("below zero", "write a whole number, zero or above"),
                (None, Some(text)) if in_text(text) => {
                    ("a text, not a number", "write the number without quotes")
                }
                (None, _) => ("no whole number", "write a whole number, zero or above"),
            };
            self.bad_value(value, key, what, help);
        }
        read
    }

    /// Returns the number or percentage under a key.
    pub(super) fn count(&mut self, node: &Node<'_>, key: &str) -> Option<Count> {
        let value = node.get(key)?;
        let count = match value.value() {
            Value::Integer(number) => u32::try_from(number).ok().map(Count::Pods),
            // As text it must be a percentage: the API server refuses `"1"`.
            Value::String(text) if text.ends_with('%') => Count::read(&text),
            _ => None,
        };
        if count.is_none() {
            self.bad_value(
                value,
                key,
                "neither a number of pods nor a percentage",
                "write a whole number such as `1`, or a percentage such as `25%`",
            );
        }
        count
    }

    /// Returns the amounts under a key.
    pub(super) fn amounts(&mut self, node: &Node<'_>, key: &str) -> Amounts {
        let Some(node) = node.get(key) else {
            return Amounts::default();
        };
        let mut amounts = Vec::with_capacity(node.fields().len());
        for field in node.fields() {
            let raw = match field.value.value() {
                Value::String(text) => Some(text),
                Value::Integer(number) => Some(number.to_string()),
                // What is a number in YAML reaches Kubernetes as the number: `1e3` as 1000.
                Value::Float(number) => Some(number.to_string()),
                _ => None,
            };
            let problem = match &raw {
                Some(raw) => quantity::refusal(&field.key, raw),
                None if field.value.is_null() => continue,
                None => Some(Problem {
                    reason: "it is neither a text nor a number".to_owned(),
                    near: None,
                }),
            };
            let written = field.value.text().unwrap_or("...").to_owned();
            if let Some(problem) = problem {
                let location =
                    self.collector
                        .location(self.document, field.value.start, field.value.end);
                let diagnostic =
                    finding::quantity(&location, &self.title, &field.key, &written, &problem);
                self.collector.find(diagnostic);
            }
            amounts.push(Amount {
                resource: self.share(&field.key),
                raw: self.share(raw.as_deref().unwrap_or_default()),
                place: self.place_of(field),
            });
        }
        Amounts(amounts.into_boxed_slice())
    }

    /// Reports a value that the API server refuses.
    pub(super) fn bad_value(&mut self, node: &Node<'_>, key: &str, what: &str, help: &str) {
        let location = self.collector.location(self.document, node.start, node.end);
        let written = match &node.data {
            Data::Scalar(scalar) => scalar.text.chars().take(40).collect(),
            Data::List(_) => "[...]".to_owned(),
            Data::Map(_) => "{...}".to_owned(),
        };
        let diagnostic = finding::bad_value(&location, &self.title, key, &written, what, help);
        self.collector.find(diagnostic);
    }
}
