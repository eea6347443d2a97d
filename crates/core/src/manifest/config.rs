//! Configuration in ConfigMaps: the texts that rules read, and secrets that stand in clear text.

use std::ops::Range;
use std::sync::Arc;

use super::context::Context;
use super::finding;
use super::object::Object;
use super::place::{Place, Text};
use super::tree::{Data, Field, Node};
use crate::environment::{
    has_userinfo, is_credential_key as is_secret_key, is_credential_reference as is_reference,
};
use crate::source::Source;
use crate::yaml::parser::Style;

/// The longest configuration that is kept, in bytes; the programs' own are a tenth of it.
pub const MAX_CONFIG: usize = 256 * 1024;

/// How many bytes of configuration are kept of one stream; equal texts count once.
pub const MAX_CONFIGS: usize = 8 * 1024 * 1024;

/// Ends of the names of files that hold the configuration of a program.
const CONFIGS: [&str; 5] = [".yaml", ".yml", ".alloy", ".river", ".conf"];

/// Ends of the names of files in which a text after `=` needs no quotes.
const UNQUOTED: [&str; 5] = [".ini", ".conf", ".env", ".properties", ".cfg"];

/// How many secrets are reported of one object.
const MAX_CREDENTIALS: usize = 20;

/// The configuration of a program, one key of a ConfigMap.
#[derive(Clone, Debug)]
pub struct ConfigText {
    /// The key, which is the file's name.
    pub key: Text,
    /// The file.
    pub text: Text,
    /// How many lines below the first one of its object it begins.
    pub line: usize,
    /// Whether it stands there line by line (`|`), so that places in it are places in the stream.
    pub is_block: bool,
}

impl ConfigText {
    /// Returns the text as a source, for findings in it; `stream` is the name of the stream, `object` its ConfigMap.
    pub fn source(&self, stream: &str, object: &Object) -> Arc<Source> {
        if self.is_block {
            Source::excerpt(stream, object.line() + self.line, &*self.text)
        } else {
            Source::new(format!("{stream} ({})", self.key), &*self.text)
        }
    }
}

/// A secret that stands in clear text where many can read it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InlineCredential {
    /// The name it goes by: `secret_access_key`, `AWS_SECRET_ACCESS_KEY`.
    pub key: Text,
    /// What it stands in: the key of a ConfigMap, or `container NAME`.
    pub holder: Text,
    /// Where it stands; the secret itself is not kept.
    pub place: Place,
}

/// Reads the data of a ConfigMap.
pub(super) fn read(root: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Vec<ConfigText> {
    let mut texts = Vec::new();
    let data = root.get("data").map_or(&[][..], Node::fields);
    for field in data {
        let Data::Scalar(scalar) = &field.value.data else {
            continue;
        };
        scan_text(field, &scalar.text, scalar.style, context);
        let is_config = CONFIGS.iter().any(|end| field.key.ends_with(end));
        if !is_config || scalar.text.len() > MAX_CONFIG {
            continue;
        }
        let more = match context.collector.texts.has(&scalar.text) {
            true => 0,
            false => scalar.text.len(),
        };
        let kept = context.collector.config_bytes + more;
        if kept > MAX_CONFIGS {
            if context.collector.config_bytes <= MAX_CONFIGS {
                // Said once: all later ones are left out, too.
                context.collector.config_bytes = MAX_CONFIGS + 1;
                let at = context.collector.location(
                    context.document,
                    field.at,
                    field.at + field.key.len(),
                );
                let diagnostic = finding::config_not_kept(&at, &context.title);
                context.collector.find(diagnostic);
            }
            continue;
        }
        context.collector.config_bytes = kept;
        texts.push(ConfigText {
            key: context.share(&field.key),
            text: context.share(&scalar.text),
            line: context.document.line(field.value.start),
            is_block: scalar.style == Style::Block,
        });
    }
    texts
}

/// Looks for secrets among the variables and arguments of a container.
pub(super) fn scan_words(container: &Node<'_>, context: &mut Context<'_, '_, '_>) {
    let holder = format!(
        "container {}",
        container.text_of("name").unwrap_or_default()
    );
    for variable in container.list("env") {
        let (Some(name), Some(field)) = (variable.text_of("name"), variable.field("value")) else {
            continue;
        };
        let Some(value) = field.value.text() else {
            continue;
        };
        if (is_secret_key(name) && is_literal(value)) || is_address_with_password(value) {
            keep(name, &holder, field.at..field.at + field.key.len(), context);
        }
    }
    let words = container
        .list("command")
        .iter()
        .chain(container.list("args"));
    for word in words {
        let Some((flag, value)) = word.text().and_then(|word| word.split_once('=')) else {
            continue;
        };
        if !flag.starts_with('-') {
            continue;
        }
        let name = flag.trim_start_matches('-');
        if (is_secret_key(name) && is_literal(value)) || is_address_with_password(value) {
            // The place of the word, as far as its `=`.
            let start = word.start;
            keep(name, &holder, start..start + flag.len(), context);
        }
    }
}

/// Looks for secrets in one file of a ConfigMap.
fn scan_text(field: &Field<'_>, text: &str, style: Style, context: &mut Context<'_, '_, '_>) {
    let unquoted = UNQUOTED.iter().any(|end| field.key.ends_with(end));
    if is_secret_key(&field.key) && is_literal(text) && !text.contains('\n') {
        let key = field.key.clone();
        keep(
            &key,
            &field.key,
            field.at..field.at + field.key.len(),
            context,
        );
    }
    for (index, line) in text.lines().enumerate() {
        let Some(key) = secret_in(line, unquoted) else {
            continue;
        };
        let place = if style == Style::Block {
            // Line by line as in the stream, so the same key stands on the same line there.
            context.document.find(field.value.start, index, key)
        } else {
            None
        };
        let place = place.unwrap_or(field.at..field.at + field.key.len());
        keep(key, &field.key, place, context);
    }
}

fn keep(key: &str, holder: &str, at: Range<usize>, context: &mut Context<'_, '_, '_>) {
    if context.credentials.len() >= MAX_CREDENTIALS {
        return;
    }
    let place = context
        .document
        .masked(at.start, at.end, &mut context.collector.texts);
    let credential = InlineCredential {
        key: context.share(key),
        holder: context.share(holder),
        place,
    };
    context.credentials.push(credential);
}

/// Returns the name of the first secret on a line.
fn secret_in(line: &str, unquoted: bool) -> Option<&str> {
    let body = line.trim_start();
    if body.starts_with(['#', ';']) || body.starts_with("//") {
        return None;
    }
    for (at, byte) in line.bytes().enumerate() {
        if !matches!(byte, b':' | b'=') {
            continue;
        }
        let (before, after) = (&line[..at], &line[at + 1..]);
        if byte == b':'
            && after.starts_with("//")
            && is_address_with_password(&line[at - at.min(8)..])
        {
            return Some(name_before(before));
        }
        let key = name_before(before);
        // Most names are ruled out by their last letters, which costs less than folding them.
        if may_be_secret(key) && is_secret_key(key) && has_literal(after, byte, unquoted) {
            return Some(key);
        }
    }
    None
}

/// Returns the name that stands before a `:` or `=`, quoted or not.
fn name_before(before: &str) -> &str {
    let name = before.trim_end().trim_end_matches(['"', '\'', '\\']);
    let start = name
        .rfind(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-')))
        .map_or(0, |at| {
            at + name[at..].chars().next().map_or(1, char::len_utf8)
        });
    &name[start..]
}

fn may_be_secret(key: &str) -> bool {
    let ends = ["key", "ord", "ase", "ken", "ook", "url"];
    key.len()
        .checked_sub(3)
        .and_then(|from| key.get(from..))
        .is_some_and(|end| ends.iter().any(|one| end.eq_ignore_ascii_case(one)))
}

/// Returns whether a text written out follows a `:` or `=`.
fn has_literal(after: &str, separator: u8, unquoted: bool) -> bool {
    let value = after.trim_start();
    if let Some(quote) = value
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\''))
    {
        let inner = &value[1..];
        let inner = inner.split(quote).next().unwrap_or(inner);
        return is_literal(inner.trim_end_matches('\\'));
    }
    if let Some(escaped) = value.strip_prefix("\\\"") {
        return is_literal(escaped.split('\\').next().unwrap_or(escaped));
    }
    let is_plain = match separator {
        b':' => after.starts_with([' ', '\t']),
        _ => unquoted,
    };
    if !is_plain {
        return false;
    }
    let end = value.find([',', '}', ']']).unwrap_or(value.len());
    let end = value.find(" #").map_or(end, |comment| end.min(comment));
    let value = value[..end].trim_end();
    !value.starts_with(['|', '>', '{', '[', '&', '*', '!', '(', '%'])
        && !matches!(value, "null" | "~" | "true" | "false" | "yes" | "no")
        && is_literal(value)
}

/// Returns whether a text is a secret rather than a reference to one or a blank for it.
fn is_literal(value: &str) -> bool {
    let value = value.trim();
    !is_reference(value)
        && !value.starts_with(['$', '<'])
        && !value
            .chars()
            .all(|letter| matches!(letter, '*' | 'x' | 'X' | '.'))
}

/// Returns whether a text is an address with a password in it.
fn is_address_with_password(text: &str) -> bool {
    has_userinfo(text)
        && text.split_once("://").is_some_and(|(_, rest)| {
            let user = rest.split('@').next().unwrap_or_default();
            !user.contains(['$', '{', '<', '%', ' '])
                && user
                    .split_once(':')
                    .is_some_and(|(_, password)| !password.is_empty())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_from_references() {
        for line in [
            "    secret_access_key: 7h1sIsARealLookingValue",
            "  password: 'hunter2' # mine",
            "{\"basicAuth\": {\"password\": \"hunter2\"}}",
            "\tpassword = \"hunter2\"",
            "url: https://admin:hunter2@host/push",
            "api_url: https://hooks.example.com/T0/B0",
            "    data: {\\\"token\\\": \\\"abc\\\"}",
        ] {
            assert!(secret_in(line, false).is_some(), "{line}");
        }
        assert_eq!(
            secret_in("admin_password = hunter2", true),
            Some("admin_password")
        );
        for line in [
            "secret_access_key: ${S3_SECRET}",
            "# password: hunter2",
            "password_file: /etc/secrets/p",
            "password = sys.env(\"P\")",
            "password: \"\"",
            "token: true",
            "password: |",
            "password: $__file{/etc/p}",
            "access_key: <redacted>",
            "sum by (token) (rate(x{token=~\"$token\"}[5m]))",
            "url: https://$USER:$PASS@host/",
            "password:hunter2",
            "é: é",
        ] {
            assert_eq!(secret_in(line, false), None, "{line}");
        }
    }
}
