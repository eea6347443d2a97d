//! Reads the type declarations of Go source text: as much of the language as configuration structs need.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::tokens::{Token, tokens};

/// A type as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Type {
    /// A name, with the import it is from, and its type arguments.
    Named {
        /// The alias of the import; empty for the same package.
        package: String,
        /// The name.
        name: String,
        /// What stands in brackets.
        arguments: Vec<Type>,
    },
    /// A list or an array.
    List(Box<Self>),
    /// A map with its keys and values.
    Map(Box<Self>, Box<Self>),
    /// A struct written in place.
    Struct(Vec<Field>),
    /// `interface{}`, functions and channels: nothing to know.
    Opaque,
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    /// Its name; of an embedded field the type's name.
    pub(super) name: String,
    /// Its type.
    pub(super) of: Type,
    /// Its tag, without the quotes.
    pub(super) tag: String,
}

/// What a file or a package declares.
#[derive(Clone, Debug, Default)]
pub(super) struct Declared {
    /// Types by name: parameters, the type, and the imports of its file.
    pub(super) types: BTreeMap<String, Declaration>,
    /// How types that read themselves from YAML do it, by their names.
    pub(super) readers: BTreeMap<String, Reader>,
}

/// How a type reads itself from YAML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// By its fields, after something else was done: defaults set, old names looked at.
    Plain,
    /// From a text.
    Text,
    /// From a text, or from a list of texts.
    TextOrList,
    /// In a way of its own.
    Own,
}

/// A declared type.
#[derive(Clone, Debug)]
pub(super) struct Declaration {
    /// The names of its type parameters.
    pub(super) parameters: Vec<String>,
    /// What it stands for.
    pub(super) of: Type,
    /// The imports of its file: path by alias.
    pub(super) imports: std::rc::Rc<BTreeMap<String, String>>,
}

impl Declared {
    /// Adds what a file declares. The first declaration of a name stays, so that files for other systems do no harm.
    pub(super) fn add(&mut self, text: &str) -> Result<()> {
        let mut parser = Parser {
            tokens: tokens(text),
            at: 0,
        };
        let (imports, types) = parser.file(&mut self.readers)?;
        let imports = std::rc::Rc::new(imports);
        for (name, parameters, of) in types {
            self.types.entry(name).or_insert(Declaration {
                parameters,
                of,
                imports: imports.clone(),
            });
        }
        Ok(())
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

type Types = Vec<(String, Vec<String>, Type)>;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, sign: char) -> bool {
        self.peek() == Some(&Token::Sign(sign))
    }

    fn take(&mut self, sign: char) -> bool {
        let is = self.is(sign);
        self.at += usize::from(is);
        is
    }

    fn skip_lines(&mut self) {
        while matches!(self.peek(), Some(Token::Line | Token::Sign(';'))) {
            self.at += 1;
        }
    }

    fn word(&mut self) -> Option<String> {
        match self.peek() {
            Some(Token::Word(word)) => {
                let word = word.clone();
                self.at += 1;
                Some(word)
            }
            _ => None,
        }
    }

    fn text(&mut self) -> Option<String> {
        match self.peek() {
            Some(Token::Text(text)) => {
                let text = text.clone();
                self.at += 1;
                Some(text)
            }
            _ => None,
        }
    }

    /// Skips from an opening sign to its closing one.
    fn skip_balanced(&mut self) {
        let mut depth = 0_u32;
        while let Some(token) = self.peek() {
            match token {
                Token::Sign('(' | '[' | '{') => depth += 1,
                Token::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    fn skip_line(&mut self) {
        while let Some(token) = self.peek() {
            match token {
                Token::Line => return,
                Token::Sign('(' | '[' | '{') => self.skip_balanced(),
                _ => self.at += 1,
            }
        }
    }

    fn file(
        &mut self,
        readers: &mut BTreeMap<String, Reader>,
    ) -> Result<(BTreeMap<String, String>, Types)> {
        let mut imports = BTreeMap::new();
        let mut types = Vec::new();
        while self.at < self.tokens.len() {
            self.skip_lines();
            match self.word().as_deref() {
                Some("import") => self.group(|parser| {
                    let alias = if parser.take('.') {
                        Some(".".to_owned())
                    } else {
                        parser.word()
                    };
                    if let Some(path) = parser.text() {
                        let alias = alias.unwrap_or_else(|| package_of(&path));
                        imports.insert(alias, path);
                    }
                    Ok(())
                })?,
                Some("type") => self.group(|parser| {
                    if let Some(declared) = parser.declaration()? {
                        types.push(declared);
                    }
                    Ok(())
                })?,
                Some("func") => self.function(readers),
                Some(_) => self.skip_line(),
                None => self.at += 1,
            }
        }
        Ok((imports, types))
    }

    /// Reads one entry, or those in parentheses.
    fn group(&mut self, mut entry: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        if !self.take('(') {
            entry(self)?;
            self.skip_line();
            return Ok(());
        }
        loop {
            self.skip_lines();
            if self.take(')') || self.at >= self.tokens.len() {
                return Ok(());
            }
            entry(self)?;
            self.skip_line();
        }
    }

    fn declaration(&mut self) -> Result<Option<(String, Vec<String>, Type)>> {
        let Some(name) = self.word() else {
            return Ok(None);
        };
        let mut parameters = Vec::new();
        // `type A [5]int` is a list, `type A[T any] ...` has a parameter.
        if self.is('[') && matches!(self.tokens.get(self.at + 1), Some(Token::Word(_))) {
            let from = self.at;
            self.skip_balanced();
            for pair in self.tokens[from..self.at].windows(2) {
                if let [Token::Sign('[' | ','), Token::Word(parameter)] = pair {
                    parameters.push(parameter.clone());
                }
            }
        }
        self.take('=');
        let of = self.of()?;
        Ok(Some((name, parameters, of)))
    }

    /// Notes a method that reads its type, and skips the body.
    fn function(&mut self, readers: &mut BTreeMap<String, Reader>) {
        let mut receiver = None;
        if self.is('(') {
            let from = self.at;
            self.skip_balanced();
            receiver = self.tokens[from..self.at]
                .iter()
                .filter_map(|token| match token {
                    Token::Word(word) => Some(word.clone()),
                    _ => None,
                })
                .take(2)
                .last();
        }
        let name = self.word();
        let from = self.at;
        self.skip_line();
        match (name.as_deref(), receiver) {
            (Some("UnmarshalYAML"), Some(receiver)) => {
                let reader = reader(&self.tokens[from..self.at], &receiver);
                readers.insert(receiver, reader);
            }
            (Some("UnmarshalText"), Some(receiver)) => {
                readers.entry(receiver).or_insert(Reader::Text);
            }
            _ => {}
        }
    }

    fn of(&mut self) -> Result<Type> {
        if self.take('*') {
            return self.of();
        }
        if self.take('(') {
            let inner = self.of()?;
            self.take(')');
            return Ok(inner);
        }
        if self.is('[') {
            self.skip_balanced();
            return Ok(Type::List(Box::new(self.of()?)));
        }
        if self.take('<') {
            self.take('-');
            return self.of().map(|_| Type::Opaque);
        }
        let Some(word) = self.word() else {
            bail!(
                "no type at {:?}",
                &self.tokens[self.at.saturating_sub(20)..self.tokens.len().min(self.at + 3)]
            );
        };
        Ok(match word.as_str() {
            "map" => {
                self.take('[');
                let key = self.of()?;
                self.take(']');
                Type::Map(Box::new(key), Box::new(self.of()?))
            }
            "struct" => Type::Struct(self.fields()?),
            "interface" => {
                self.skip_balanced();
                Type::Opaque
            }
            "func" => {
                self.skip_balanced();
                // The result: in parentheses, or a type, or none.
                if self.is('(') {
                    self.skip_balanced();
                } else if !matches!(
                    self.peek(),
                    None | Some(Token::Line | Token::Text(_) | Token::Sign(')' | ',' | '}'))
                ) {
                    self.of()?;
                }
                Type::Opaque
            }
            "chan" => {
                if self.take('<') {
                    self.take('-');
                }
                self.of()?;
                Type::Opaque
            }
            _ => self.named(word)?,
        })
    }

    fn named(&mut self, first: String) -> Result<Type> {
        let (package, name) = if self.take('.') {
            (first, self.word().unwrap_or_default())
        } else {
            (String::new(), first)
        };
        let mut arguments = Vec::new();
        if self.take('[') {
            while !self.take(']') {
                arguments.push(self.of()?);
                while self.is(',') || self.peek() == Some(&Token::Line) {
                    self.at += 1;
                }
            }
        }
        Ok(Type::Named {
            package,
            name,
            arguments,
        })
    }

    /// Returns whether the field under way has no name of its own: `T`, `*T`, `pkg.T` or `T[A]` and then the line's end.
    fn is_embedded(&self) -> bool {
        let mut ahead = self.at + 1;
        if self.is('*') {
            return true;
        }
        if self.tokens.get(ahead) == Some(&Token::Sign('[')) {
            let mut depth = 0_u32;
            while let Some(token) = self.tokens.get(ahead) {
                match token {
                    Token::Sign('[') => depth += 1,
                    Token::Sign(']') => depth -= 1,
                    _ => {}
                }
                ahead += 1;
                if depth == 0 {
                    break;
                }
            }
        }
        matches!(
            self.tokens.get(ahead),
            Some(Token::Line | Token::Text(_) | Token::Sign('.' | '}' | ';'))
        )
    }

    fn fields(&mut self) -> Result<Vec<Field>> {
        let mut fields = Vec::new();
        self.take('{');
        loop {
            self.skip_lines();
            if self.take('}') || self.at >= self.tokens.len() {
                return Ok(fields);
            }
            let embedded = self.is_embedded();
            let mut names = Vec::new();
            if !embedded {
                while let Some(name) = self.word() {
                    names.push(name);
                    if !self.take(',') {
                        break;
                    }
                    self.skip_lines();
                }
            }
            let of = self.of()?;
            if let (true, Type::Named { name, .. }) = (embedded, &of) {
                names.push(name.clone());
            }
            let tag = self.text().unwrap_or_default();
            for name in names {
                fields.push(Field {
                    name,
                    of: of.clone(),
                    tag: tag.clone(),
                });
            }
        }
    }
}

/// Returns how the body of a method reads its type.
fn reader(body: &[Token], receiver: &str) -> Reader {
    let is = |token: &Token, word: &str| matches!(token, Token::Word(other) if other == word);
    // `type plain T; unmarshal((*plain)(c))`, or `unmarshal((*other.T)(c))`.
    let has_twin = body.windows(3).any(|three| {
        is(&three[0], "type") && matches!(three[1], Token::Word(_)) && is(&three[2], receiver)
    });
    let converts = body.windows(4).any(|four| {
        is(&four[0], "unmarshal")
            && four[1..] == [Token::Sign('('), Token::Sign('('), Token::Sign('*')]
    });
    let reads_text = body.windows(3).any(|three| {
        is(&three[0], "var") && matches!(three[1], Token::Word(_)) && is(&three[2], "string")
    });
    let reads_list = body.windows(4).any(|four| {
        is(&four[0], "var")
            && matches!(four[1], Token::Word(_))
            && four[2..] == [Token::Sign('['), Token::Sign(']')]
    });
    if has_twin || converts {
        Reader::Plain
    } else if reads_text && reads_list {
        Reader::TextOrList
    } else if reads_text {
        Reader::Text
    } else {
        Reader::Own
    }
}

/// Returns the name by which a package is known where it is imported without another: the last part of its path
/// that is no version.
fn package_of(path: &str) -> String {
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or_default();
    let is_version = last
        .strip_prefix('v')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    let name = if is_version {
        parts.next().unwrap_or(last)
    } else {
        last
    };
    // `gopkg.in/yaml.v3` and `go-redis`.
    let name = name.split_once(".v").map_or(name, |(name, _)| name);
    name.strip_prefix("go-").unwrap_or(name).to_owned()
}

#[cfg(test)]
#[path = "go_tests.rs"]
mod tests;
