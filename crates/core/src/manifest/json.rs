//! A JSON text to a tree: what `kubectl get -o json` prints.

use std::borrow::Cow;

use super::build::{Builder, Refusal};
use super::tree::{Data, Scalar};
use crate::yaml::parser::Style;

/// Why a text is no JSON, and at which byte.
#[derive(Debug)]
pub(super) enum JsonError {
    /// Something else stands here than JSON allows.
    Unexpected(usize),
    /// The text ends in the middle.
    End,
    /// The tree grew too large.
    Refused(Refusal, usize),
}

/// Reads the value from an offset on and what follows it: nothing but blanks.
pub(super) fn read<'t>(
    text: &'t str,
    start: usize,
    builder: &mut Builder<'t>,
) -> Result<(), JsonError> {
    let mut reader = Json {
        text,
        bytes: text.as_bytes(),
        at: start,
        builder,
    };
    reader.blanks();
    reader.value()?;
    reader.blanks();
    if reader.at < text.len() {
        return Err(JsonError::Unexpected(reader.at));
    }
    Ok(())
}

struct Json<'t, 'b> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    builder: &'b mut Builder<'t>,
}

impl<'t> Json<'t, '_> {
    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn unexpected(&self) -> JsonError {
        if self.at >= self.bytes.len() {
            JsonError::End
        } else {
            JsonError::Unexpected(self.at)
        }
    }

    /// Reads a value with everything in it, without recursion: the text may nest as deep as it likes.
    fn value(&mut self) -> Result<(), JsonError> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            let start = self.at;
            match self.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    let data = if bracket == b'{' {
                        Data::Map(Vec::new())
                    } else {
                        Data::List(Vec::new())
                    };
                    let opened = self.builder.open(data, start, 0);
                    opened.map_err(|refusal| JsonError::Refused(refusal, start))?;
                    open.push(bracket);
                    self.at += 1;
                    self.blanks();
                    let closing = if bracket == b'{' { b'}' } else { b']' };
                    if self.peek() != Some(closing) {
                        self.key_of(bracket)?;
                        continue;
                    }
                }
                _ => self.leaf()?,
            }
            // A value is read: close what ends here, or go on to the next one.
            loop {
                self.blanks();
                let Some(&bracket) = open.last() else {
                    return Ok(());
                };
                let closing = if bracket == b'{' { b'}' } else { b']' };
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        self.blanks();
                        self.key_of(bracket)?;
                        break;
                    }
                    Some(byte) if byte == closing => {
                        self.at += 1;
                        let closed = self.builder.close(self.at);
                        closed.map_err(|refusal| JsonError::Refused(refusal, self.at))?;
                        open.pop();
                    }
                    _ => return Err(self.unexpected()),
                }
            }
        }
    }

    /// Reads the key and the `:` before a value of a map.
    fn key_of(&mut self, bracket: u8) -> Result<(), JsonError> {
        if bracket == b'[' {
            return Ok(());
        }
        if self.peek() != Some(b'"') {
            return Err(self.unexpected());
        }
        self.leaf()?;
        self.blanks();
        if self.peek() != Some(b':') {
            return Err(self.unexpected());
        }
        self.at += 1;
        self.blanks();
        Ok(())
    }

    /// Reads a text, a number, a truth value or null.
    fn leaf(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        let (text, style) = match self.peek() {
            Some(b'"') => (self.string()?, Style::Quoted),
            Some(b'-' | b'0'..=b'9' | b'a'..=b'z') => {
                while matches!(
                    self.peek(),
                    Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z')
                ) {
                    self.at += 1;
                }
                let word = &self.text[start..self.at];
                if self.at == self.bytes.len() && start > 0 {
                    return Err(JsonError::End);
                }
                if !matches!(word, "true" | "false" | "null") && !is_number(word) {
                    self.at = start;
                    return Err(self.unexpected());
                }
                (Cow::Borrowed(word), Style::Plain)
            }
            _ => return Err(self.unexpected()),
        };
        let scalar = Scalar {
            text,
            style,
            tag: None,
        };
        let taken = self.builder.scalar(scalar, start, self.at, 0);
        taken.map_err(|refusal| JsonError::Refused(refusal, start))
    }

    fn string(&mut self) -> Result<Cow<'t, str>, JsonError> {
        self.at += 1;
        let start = self.at;
        loop {
            match self.peek() {
                None => return Err(JsonError::End),
                Some(b'"') => {
                    let text = &self.text[start..self.at];
                    self.at += 1;
                    return Ok(Cow::Borrowed(text));
                }
                Some(b'\\') => break,
                Some(0..=0x1f) => return Err(self.unexpected()),
                Some(_) => self.at += 1,
            }
        }
        let mut text = self.text[start..self.at].to_owned();
        loop {
            let plain = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            text.push_str(&self.text[plain..self.at]);
            match self.peek() {
                None => return Err(JsonError::End),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.unexpected()),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        self.at += 1;
        let letter = self.peek().ok_or(JsonError::End)?;
        let character = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                let high = self.four_digits()?;
                let pair = (0xd800..0xdc00).contains(&high)
                    && self.bytes.get(self.at..self.at + 2) == Some(b"\\u");
                if !pair {
                    // Half a pair stands for no character; Go puts the same one in its place.
                    return Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                let back = self.at;
                self.at += 2;
                let low = self.four_digits()?;
                if !(0xdc00..0xe000).contains(&low) {
                    self.at = back;
                    return Ok(char::REPLACEMENT_CHARACTER);
                }
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(character)
    }

    fn four_digits(&mut self) -> Result<u32, JsonError> {
        let digits = self.bytes.get(self.at..self.at + 4).ok_or(JsonError::End)?;
        let mut code = 0;
        for digit in digits {
            let digit = char::from(*digit).to_digit(16);
            code = code * 16 + digit.ok_or_else(|| self.unexpected())?;
        }
        self.at += 4;
        Ok(code)
    }
}

/// Returns whether a word is a number of JSON.
fn is_number(word: &str) -> bool {
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent
            .is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}
