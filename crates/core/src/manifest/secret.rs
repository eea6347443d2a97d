//! The one thing that is read of Secrets: the configuration of an Alertmanager, which its operator takes from one.

use super::config::{ConfigText, MAX_CONFIG};
use super::context::Context;
use super::tree::Node;

/// The names of the file.
const FILES: [&str; 2] = ["alertmanager.yaml", "alertmanager.yml"];

/// Reads the configuration of an Alertmanager in a Secret; all else that it holds is forgotten.
pub(super) fn read(root: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Vec<ConfigText> {
    let mut texts = Vec::new();
    for key in FILES {
        let plain = root.at(&["stringData", key]);
        let coded = root.at(&["data", key]);
        let Some(node) = plain.or(coded) else {
            continue;
        };
        let Some(written) = node.text().filter(|text| text.len() <= 2 * MAX_CONFIG) else {
            continue;
        };
        let text = match plain {
            Some(_) => Some(written.to_owned()),
            None => decode(written),
        };
        // What is packed is no text, and not read.
        let Some(text) = text.filter(|text| text.len() <= MAX_CONFIG) else {
            continue;
        };
        texts.push(ConfigText {
            key: context.share(key),
            text: context.share(&text),
            line: context.document.line(node.start),
            is_block: false,
        });
    }
    texts
}

/// Decodes base64 that holds a text.
///
/// Source: RFC 4648, section 4; line breaks are left out, as Kubernetes does.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        // Eight bits at most stay from before, so that 14 are in use.
        bits = (bits << 6 | u32::from(six)) & 0x3fff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn base64_is_decoded() {
        for (coded, plain) in [
            ("cm91dGU6IHt9Cg==", "route: {}\n"),
            ("YQ==", "a"),
            ("YWI=", "ab"),
            ("YWJj", "abc"),
            ("YW\nJj", "abc"),
            ("w6k/", "\u{e9}?"),
            ("", ""),
        ] {
            assert_eq!(decode(coded).as_deref(), Some(plain), "{coded}");
        }
        // No base64, and no text (gzip begins so).
        for wrong in ["a b*", "H4sIAAAA"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
