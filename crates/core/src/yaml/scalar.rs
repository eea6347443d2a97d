//! How Helm turns the text of a scalar into a value.
//!
//! Helm reads values with the Go library `sigs.k8s.io/yaml` 1.6, which stands on go-yaml v2: a
//! mixture of YAML 1.1 (`yes`, `on`, `012`) and of Go's own number syntax (`0o12`, `0x_1F`). The
//! rules here follow `resolve` of go-yaml v2.4 and `convertToJSONableObject` of `sigs.k8s.io/yaml`;
//! the table at the end of this file was checked against Helm 3.21 and 4.2.

use super::Value;

/// The explicit tag of a scalar, as far as Helm tells tags apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Str,
    Bool,
    Int,
    Float,
    Null,
    Timestamp,
    Merge,
    Binary,
    /// Any other tag: Helm takes the text as it stands.
    Other,
}

impl Tag {
    /// Returns the tag as a user writes it.
    const fn name(self) -> &'static str {
        match self {
            Self::Str => "!!str",
            Self::Bool => "!!bool",
            Self::Int => "!!int",
            Self::Float => "!!float",
            Self::Null => "!!null",
            Self::Timestamp => "!!timestamp",
            Self::Merge => "!!merge",
            Self::Binary => "!!binary",
            Self::Other => "!",
        }
    }
}

/// Why a scalar has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ScalarError {
    /// The text is not what its tag says.
    TagMismatch(&'static str),
    /// An infinity or "not a number", which JSON does not have.
    NotFinite,
    /// A tag that Helm reads but we do not.
    Unsupported(&'static str),
}

/// What the text alone says.
enum Kind {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text,
}

/// Returns the value of a scalar; `plain` says that it is written without quotes.
pub(crate) fn resolve(text: &str, plain: bool, tag: Option<Tag>) -> Result<Value, ScalarError> {
    let string = || Ok(Value::String(text.to_owned()));
    let kind = match tag {
        None if !plain => return string(),
        Some(Tag::Str | Tag::Merge | Tag::Other) => return string(),
        Some(Tag::Binary) => return Err(ScalarError::Unsupported("!!binary")),
        None | Some(_) => kind(text),
    };
    let value = match kind {
        Kind::Null => Value::Null,
        Kind::Bool(bool) => Value::Bool(bool),
        Kind::Integer(number) => Value::Integer(number),
        Kind::Float(number) => Value::Float(number),
        Kind::Text => Value::String(text.to_owned()),
    };
    match (tag, value) {
        (None | Some(Tag::Float), Value::Float(number)) if !number.is_finite() => {
            Err(ScalarError::NotFinite)
        }
        (None, value)
        | (Some(Tag::Bool), value @ Value::Bool(_))
        | (Some(Tag::Int), value @ Value::Integer(_))
        | (Some(Tag::Float), value @ Value::Float(_))
        | (Some(Tag::Null), value @ Value::Null) => Ok(value),
        (Some(Tag::Float), Value::Integer(number)) => match i64::try_from(number) {
            #[expect(clippy::cast_precision_loss, reason = "so does Helm")]
            Ok(number) => Ok(Value::Float(number as f64)),
            Err(_) => Err(ScalarError::TagMismatch(Tag::Float.name())),
        },
        (Some(Tag::Timestamp), value @ Value::String(_)) if looks_like_date(text) => Ok(value),
        (Some(tag), _) => Err(ScalarError::TagMismatch(tag.name())),
    }
}

/// Returns the name a key gets, or nothing where Helm refuses the key (null, and above 2^63 - 1).
///
/// A key is resolved like a value and then written as text again: `on` is `true`, `012` is `10`,
/// `1.50` is `1.5`.
pub(super) fn key_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Integer(number) => i64::try_from(*number).ok().map(|number| number.to_string()),
        Value::Float(number) => Some(key_of_float(*number)),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// Returns the name of a key that is an infinity or "not a number", which only keys may be.
pub(super) fn key_of_non_finite(text: &str) -> Option<String> {
    match kind(text) {
        Kind::Float(number) => Some(key_of_float(number)),
        _ => None,
    }
}

/// Returns whether Helm reads a plain scalar as anything but text.
pub(super) fn is_special(text: &str) -> bool {
    !matches!(kind(text), Kind::Text)
}

fn kind(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Kind::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Kind::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Kind::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Kind::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Kind::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Kind::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match text.as_bytes().first() {
        // Where a number starts with the point, Go's own rule for underscores holds.
        Some(b'.') if underscores_part_digits(text) => {
            float(&text.replace('_', "")).map_or(Kind::Text, Kind::Float)
        }
        Some(b'0'..=b'9' | b'+' | b'-') => number(&text.replace('_', "")),
        _ => Kind::Text,
    }
}

fn number(text: &str) -> Kind {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let signed = digits.len() != text.len();
    let lower = digits.to_ascii_lowercase();
    let (radix, body) = if let Some(body) = lower.strip_prefix("0x") {
        (16, body)
    } else if let Some(body) = lower.strip_prefix("0b") {
        (2, body)
    } else if let Some(body) = lower.strip_prefix("0o") {
        (8, body)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    if !body.is_empty()
        && body.bytes().all(|byte| char::from(byte).is_digit(radix))
        && let Ok(magnitude) = i128::from_str_radix(body, radix)
    {
        let number = if negative { -magnitude } else { magnitude };
        let fits_unsigned = !signed && u64::try_from(number).is_ok();
        if i64::try_from(number).is_ok() || fits_unsigned {
            return Kind::Integer(number);
        }
    }
    if let Some(number) = float(text) {
        return Kind::Float(number);
    }
    // go-yaml's second try for binary numbers takes a sign after the prefix.
    if let Some(Ok(number)) = text
        .strip_prefix("0b")
        .filter(|body| body.starts_with(['+', '-']))
        .map(|body| i64::from_str_radix(body, 2))
    {
        return Kind::Integer(i128::from(number));
    }
    Kind::Text
}

/// Reads `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`; what is too large is text to Helm.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let well_formed = digits(whole)
        && digits(fraction)
        && (!whole.is_empty() || !fraction.is_empty())
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent)
        });
    if !well_formed {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Returns whether each underscore has a digit on either side.
fn underscores_part_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    bytes
        .iter()
        .enumerate()
        .all(|(at, byte)| *byte != b'_' || (at > 0 && digit(at - 1) && digit(at + 1)))
}

fn looks_like_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 5 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

/// Writes a number as Go's `strconv.FormatFloat(number, 'g', -1, 32)`, with YAML's special names.
fn key_of_float(number: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "Helm rounds keys to 32 bits"
    )]
    let number = number as f32;
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    // Go changes to exponents outside 1e-4 ..= 1e21 only for `%v`; plain `g` does so from 1e6.
    if (-4..6).contains(&exponent) {
        format!("{number}")
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{mantissa}e{sign}{:02}", exponent.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Value {
        resolve(text, true, None).unwrap()
    }

    #[test]
    fn plain_scalars_are_read_as_helm_reads_them() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), Value::Null, "{text}");
        }
        for text in [
            "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON",
        ] {
            assert_eq!(plain(text), Value::Bool(true), "{text}");
        }
        for text in [
            "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF",
        ] {
            assert_eq!(plain(text), Value::Bool(false), "{text}");
        }
        for (text, number) in [
            ("0", 0),
            ("-0", 0),
            ("00", 0),
            ("12", 12),
            ("+12", 12),
            ("-12", -12),
            ("012", 10),
            ("-012", -10),
            ("0o12", 10),
            ("0O12", 10),
            ("0x1F", 31),
            ("0X1f", 31),
            ("-0x10", -16),
            ("0b101", 5),
            ("0B101", 5),
            ("-0b11", -3),
            ("0b-11", -3),
            ("1_000", 1000),
            ("1__0", 10),
            ("1_", 1),
            ("0x_1", 1),
            ("0_7", 7),
            ("9223372036854775807", i128::from(i64::MAX)),
            ("-9223372036854775808", i128::from(i64::MIN)),
            ("18446744073709551615", i128::from(u64::MAX)),
            ("0xFFFFFFFFFFFFFFFF", i128::from(u64::MAX)),
        ] {
            assert_eq!(plain(text), Value::Integer(number), "{text}");
        }
        for (text, number) in [
            ("08", 8.0),
            ("09.5", 9.5),
            ("1.", 1.0),
            ("1.0", 1.0),
            ("-1.5", -1.5),
            ("+.5", 0.5),
            (".5", 0.5),
            (".5e1", 5.0),
            (".5_0", 0.5),
            (".5e1_0", 5e9),
            ("1e3", 1000.0),
            ("1E3", 1000.0),
            ("1.e3", 1000.0),
            ("1_0.5_0", 10.5),
            ("-0.0", -0.0),
            ("18446744073709551616", 18_446_744_073_709_551_616.0),
            ("+18446744073709551615", 18_446_744_073_709_551_615.0),
            ("-9223372036854775809", -9_223_372_036_854_775_809.0),
        ] {
            assert_eq!(plain(text), Value::Float(number), "{text}");
        }
        for text in [
            "yEs",
            "tRUE",
            "oN",
            "nUll",
            "none",
            "None",
            "nan",
            "NaN",
            "inf",
            "Infinity",
            "_1",
            "1e",
            "e1",
            ".",
            "..",
            ".e1",
            "._5",
            ".5_",
            ".5__0",
            "1.2.3",
            "0x",
            "0b",
            "0o",
            "0xG",
            "0o8",
            "0b2",
            "+",
            "-",
            "--1",
            "1e400",
            "0xFFFFFFFFFFFFFFFFFF",
            "12:30",
            "190:20:30",
            "1:30.5",
            "2001-01-01",
            "2001-12-14t21:59:43.10-05:00",
            "10.0.0.1",
            "1d",
            "512Mi",
            "=",
            "<<",
            "0x1p-2",
            "+.infinity",
            ".infinity",
            "1 000",
            "1,5",
            "null ",
        ] {
            assert_eq!(plain(text), Value::String(text.to_owned()), "{text}");
        }
        for text in [
            ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "-.inf", "-.INF",
        ] {
            assert_eq!(
                resolve(text, true, None),
                Err(ScalarError::NotFinite),
                "{text}"
            );
        }
    }

    #[test]
    fn quotes_make_text_and_tags_decide() {
        let string = |text: &str| Ok(Value::String(text.to_owned()));
        assert_eq!(resolve("on", false, None), string("on"));
        assert_eq!(resolve("12", true, Some(Tag::Str)), string("12"));
        assert_eq!(resolve("", true, Some(Tag::Str)), string(""));
        assert_eq!(resolve("12", false, Some(Tag::Int)), Ok(Value::Integer(12)));
        assert_eq!(
            resolve("12", true, Some(Tag::Float)),
            Ok(Value::Float(12.0))
        );
        assert_eq!(
            resolve("no", false, Some(Tag::Bool)),
            Ok(Value::Bool(false))
        );
        assert_eq!(resolve("", true, Some(Tag::Null)), Ok(Value::Null));
        assert_eq!(resolve("x", true, Some(Tag::Other)), string("x"));
        assert_eq!(resolve("12", true, Some(Tag::Other)), string("12"));
        assert_eq!(
            resolve("2001-01-01", true, Some(Tag::Timestamp)),
            string("2001-01-01")
        );
        for (text, tag) in [
            ("x", Tag::Int),
            ("1.5", Tag::Int),
            ("12", Tag::Bool),
            ("x", Tag::Null),
            ("x", Tag::Float),
            ("18446744073709551615", Tag::Float),
            ("x", Tag::Timestamp),
        ] {
            assert_eq!(
                resolve(text, true, Some(tag)),
                Err(ScalarError::TagMismatch(tag.name())),
                "{text}"
            );
        }
    }

    #[test]
    fn keys_get_the_name_helm_gives_them() {
        for (text, name) in [
            ("a", "a"),
            ("y", "true"),
            ("n", "false"),
            ("012", "10"),
            ("1_000", "1000"),
            ("1.50", "1.5"),
            ("1.0", "1"),
            ("08", "8"),
            ("1e5", "100000"),
            ("1e6", "1e+06"),
            ("1e21", "1e+21"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("0.123456789", "0.12345679"),
            ("16777217.0", "1.6777216e+07"),
            ("-0.0", "-0"),
            ("2001-01-01", "2001-01-01"),
        ] {
            assert_eq!(key_text(&plain(text)).as_deref(), Some(name), "{text}");
        }
        assert_eq!(key_text(&Value::Null), None);
        assert_eq!(key_text(&plain("18446744073709551615")), None);
        assert_eq!(key_of_non_finite("-.inf").as_deref(), Some("-.inf"));
        assert_eq!(key_of_non_finite("x"), None);
    }
}
