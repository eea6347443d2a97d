//! What an editor shows beside a key: its type, its default, and what else holds.
//!
//! Language servers show descriptions and no other keyword, so type and default are written out.

use std::fmt::Write as _;

use super::check::types_of;
use super::schema::{Literal, Schema, Types};

/// Defaults longer than this say nothing at a glance.
const LONGEST: usize = 60;

impl Schema {
    /// Returns type and default in a few words of Markdown: "`integer`, default `3`"; nothing where there is nothing to say.
    pub fn summary(&self, root: &Self) -> Option<String> {
        let target = self.resolve(root);
        if let Some(why) = self.dead().or_else(|| target.dead()) {
            return Some(format!("never read: {why}"));
        }
        let types = types_of(self, root, 4).without(Types::NULL);
        let mut words = types
            .names()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(" or ");
        if let Some(format) = self.format.as_deref().or(target.format.as_deref())
            && !words.is_empty()
            // `uint32` and the like come from a program's types and tell a writer nothing.
            && format.contains('-')
        {
            let _ = write!(words, " ({})", format.replace('-', " "));
        }
        let default = self.default.as_ref().or(target.default.as_ref());
        if let Some(default) = default.filter(|default| **default != Literal::Null) {
            let shown = default.shown();
            if shown.chars().count() <= LONGEST && !shown.contains(['`', '\n']) {
                let comma = if words.is_empty() { "" } else { ", " };
                let _ = write!(words, "{comma}default `{shown}`");
            }
        }
        (!words.is_empty()).then_some(words)
    }
}
