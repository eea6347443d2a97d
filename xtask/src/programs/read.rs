//! From Go's types to the form of a configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context as _, Result};

use super::go::{Declared, Field, Reader, Type};
use super::known::{Known, field as known_field, is_closed_rest, is_plain, known, more_forms};
use super::shape::Shape;

/// A program's source: its module and what it vendors.
pub(super) struct Source {
    root: PathBuf,
    module: String,
    packages: BTreeMap<String, Rc<Declared>>,
    /// The tag that names a field in the file, and the word by which it is inline.
    tag: (&'static str, &'static str),
    /// The forms of fields that another program's part tells: by the names of their types, and their keys.
    pub(super) fixed: BTreeMap<(String, String), Shape>,
    /// The types that are read in a way nobody has told us, and the packages that are not there.
    pub(super) unknown: BTreeSet<String>,
}

/// Where a type is written, and what its type parameters stand for there.
#[derive(Clone)]
struct Scope {
    package: String,
    imports: Rc<BTreeMap<String, String>>,
    arguments: BTreeMap<String, Shape>,
}

/// Types nest no deeper in a sane configuration; a type that holds itself ends here.
const DEEPEST: usize = 24;

impl Source {
    /// Opens a checkout.
    pub(super) fn open(root: &Path) -> Result<Self> {
        let file = root.join("go.mod");
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let module = text
            .lines()
            .find_map(|line| line.strip_prefix("module "))
            .context("go.mod names no module")?;
        Ok(Self {
            root: root.to_owned(),
            module: module.trim().to_owned(),
            packages: BTreeMap::new(),
            tag: ("yaml:\"", "inline"),
            fixed: BTreeMap::new(),
            unknown: BTreeSet::new(),
        })
    }

    /// Returns the form of a type of a package below the module's root.
    pub(super) fn shape(&mut self, package: &str, name: &str) -> Result<Shape> {
        let package = format!("{}/{package}", self.module);
        self.named(&package, name, Vec::new(), 0)
    }

    /// Returns the form of a component of the OpenTelemetry collector by its type's package, anywhere in what the
    /// program vendors; nothing if it has no such package.
    pub(super) fn component(&mut self, package: &str) -> Result<Option<Shape>> {
        if !self.root.join("vendor").join(package).is_dir() {
            return Ok(None);
        }
        let before = std::mem::replace(&mut self.tag, ("mapstructure:\"", "squash"));
        let shape = self.named(package, "Config", Vec::new(), 0);
        self.tag = before;
        shape.map(Some)
    }

    fn package(&mut self, path: &str) -> Result<Rc<Declared>> {
        if let Some(known) = self.packages.get(path) {
            return Ok(known.clone());
        }
        let folder = match path.strip_prefix(&self.module) {
            Some(rest) => self.root.join(rest.trim_start_matches('/')),
            None => self.root.join("vendor").join(path),
        };
        let mut declared = Declared::default();
        if folder.is_dir() {
            let mut files: Vec<_> = fs::read_dir(&folder)?
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .map(|entry| entry.path())
                .filter(|file| {
                    let name = file.to_string_lossy();
                    name.ends_with(".go") && !name.ends_with("_test.go")
                })
                .collect();
            files.sort();
            for file in files {
                let text = fs::read_to_string(&file)?;
                declared
                    .add(&text)
                    .with_context(|| format!("cannot read {}", file.display()))?;
            }
        } else {
            self.unknown.insert(format!("package {path} is not there"));
        }
        let declared = Rc::new(declared);
        self.packages.insert(path.to_owned(), declared.clone());
        Ok(declared)
    }

    fn named(
        &mut self,
        package: &str,
        name: &str,
        arguments: Vec<Shape>,
        depth: usize,
    ) -> Result<Shape> {
        let short = package.strip_prefix(&self.module).map_or_else(
            || package.to_owned(),
            |rest| rest.trim_start_matches('/').to_owned(),
        );
        let full = format!("{short}.{name}");
        if let Some(known) = known(&full) {
            return Ok(match known {
                Known::As(shape) => shape,
                Known::Argument => arguments.into_iter().next().unwrap_or(Shape::Text),
                Known::MapOfArgument => Shape::Map(Box::new(
                    arguments.into_iter().next().unwrap_or(Shape::Text),
                )),
            });
        }
        if depth > DEEPEST {
            return Ok(Shape::Open("holds itself"));
        }
        let declared = self.package(package)?;
        let Some(declaration) = declared.types.get(name) else {
            self.unknown.insert(format!("{full} is not declared"));
            return Ok(Shape::Open("not known"));
        };
        match declared.readers.get(name) {
            Some(Reader::Text) => return Ok(Shape::Text),
            Some(Reader::TextOrList) => return Ok(Shape::TextOrList),
            Some(Reader::Own) if !is_plain(&full) => {
                self.unknown.insert(format!("{full} reads itself"));
                return Ok(Shape::Open("not known"));
            }
            _ => {}
        }
        let scope = Scope {
            package: package.to_owned(),
            imports: declaration.imports.clone(),
            arguments: declaration
                .parameters
                .iter()
                .cloned()
                .zip(arguments)
                .collect(),
        };
        let last = short.rsplit('/').next().unwrap_or_default();
        let title = format!("{last}.{name}");
        let mut shape = self.of(&declaration.of, &scope, &title, depth + 1)?;
        for other in more_forms(&full) {
            let other = self.named(package, other, Vec::new(), depth + 1)?;
            shape = shape.or(other);
        }
        Ok(shape)
    }

    fn of(&mut self, of: &Type, scope: &Scope, title: &str, depth: usize) -> Result<Shape> {
        Ok(match of {
            Type::Opaque => Shape::Open("anything"),
            Type::List(element) => {
                if matches!(&**element, Type::Named { name, package, .. } if name == "byte" && package.is_empty())
                {
                    return Ok(Shape::Text);
                }
                Shape::List(Box::new(self.of(element, scope, title, depth)?))
            }
            Type::Map(_, value) => Shape::Map(Box::new(self.of(value, scope, title, depth)?)),
            Type::Struct(fields) => {
                let mut known = BTreeMap::new();
                match self.fields(fields, scope, title, depth, &mut known)? {
                    Some(rest) if known.is_empty() => Shape::Map(Box::new(rest)),
                    Some(_) => {
                        self.unknown.insert(format!("{title} has keys and a rest"));
                        Shape::Open("not known")
                    }
                    None => Shape::Fields(title.to_owned(), known),
                }
            }
            Type::Named {
                package,
                name,
                arguments,
            } => {
                if package.is_empty() {
                    if let Some(shape) = scope.arguments.get(name) {
                        return Ok(shape.clone());
                    }
                    if let Some(shape) = basic(name) {
                        return Ok(shape);
                    }
                }
                let arguments = arguments
                    .iter()
                    .map(|argument| self.of(argument, scope, title, depth))
                    .collect::<Result<Vec<_>>>()?;
                let path = if package.is_empty() {
                    scope.package.clone()
                } else {
                    match scope.imports.get(package) {
                        Some(path) => path.clone(),
                        None => {
                            self.unknown
                                .insert(format!("{}: no import {package}", scope.package));
                            return Ok(Shape::Open("not known"));
                        }
                    }
                };
                self.named(&path, name, arguments, depth)?
            }
        })
    }

    /// Notes the fields of a struct by their keys, and returns the form of all other keys where it takes any.
    fn fields(
        &mut self,
        fields: &[Field],
        scope: &Scope,
        title: &str,
        depth: usize,
        known: &mut BTreeMap<String, Shape>,
    ) -> Result<Option<Shape>> {
        let mut rest = None;
        for field in fields {
            let mut parts = tag_of(&field.tag, self.tag.0).split(',');
            let key = parts.next().unwrap_or_default();
            let is_inline = parts.any(|option| option == self.tag.1);
            if matches!(key, "-" | "_") && !is_inline || !field.name.starts_with(char::is_uppercase)
            {
                continue;
            }
            if is_inline {
                match self.of(&field.of, scope, title, depth)? {
                    Shape::Fields(_, inner) => known.extend(inner),
                    Shape::Map(_) if is_closed_rest(&format!("{title}.{}", field.name)) => {}
                    Shape::Map(value) => rest = Some(*value),
                    _ => {
                        self.unknown
                            .insert(format!("{title}.{} cannot be inline", field.name));
                    }
                }
                continue;
            }
            // Both YAML libraries of these programs write a name without a tag small.
            let key = if key.is_empty() {
                field.name.to_lowercase()
            } else {
                key.to_owned()
            };
            let own = format!("{}.{key}", title.split('.').next().unwrap_or_default());
            let fixed = self.fixed.get(&(title.to_owned(), key.clone()));
            let shape = match fixed.cloned().or_else(|| known_field(title, &key)) {
                Some(shape) => shape,
                None => self.of(&field.of, scope, &own, depth)?,
            };
            known.insert(key, shape);
        }
        Ok(rest)
    }
}

/// Returns what a tag says under one name.
fn tag_of<'a>(tag: &'a str, name: &str) -> &'a str {
    let Some((_, rest)) = tag.split_once(name) else {
        return "";
    };
    rest.split('"').next().unwrap_or_default()
}

/// Returns the form of Go's own types.
fn basic(name: &str) -> Option<Shape> {
    Some(match name {
        "string" => Shape::Text,
        "bool" => Shape::Boolean,
        "int" | "int8" | "int16" | "int32" | "int64" | "uint" | "uint8" | "uint16" | "uint32"
        | "uint64" | "byte" | "rune" => Shape::Integer,
        "float32" | "float64" => Shape::Number,
        "any" | "error" => Shape::Open("anything"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a program with a library that it vendors.
    fn checkout() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("go.mod", "module example.org/demo/v2\n"),
            (
                "pkg/app/config.go",
                r#"package app
import (
	"time"
	"example.org/demo/v2/pkg/limits"
	lib "example.org/lib"
)
type Config struct {
	Target  string        `yaml:"target,omitempty"`
	Wait    time.Duration `yaml:"wait"`
	Skipped int           `yaml:"-"`
	hidden  int
	Client  *lib.Client       `yaml:"client"`
	Limits  limits.Limits     `yaml:"limits"`
	Labels  map[string]string `yaml:"labels"`
	NoTag   []lib.Name
	Inner   lib.Embedded `yaml:",inline"`
	Odd     lib.Odd      `yaml:"odd"`
	Call    func() error `yaml:"-"`
}
"#,
            ),
            (
                "pkg/limits/limits.go",
                r#"package limits
type Limits struct { Rate float64 `yaml:"rate"` }
func (l *Limits) UnmarshalYAML(unmarshal func(interface{}) error) error {
	type plain Limits
	return unmarshal((*plain)(l))
}
"#,
            ),
            (
                "vendor/example.org/lib/lib.go",
                r#"package lib
type Client struct { Port int `yaml:"port"`; Next *Client `yaml:"next"` }
type Name string
type Embedded struct { Extra bool `yaml:"extra"` }
type Odd struct{}
func (o *Odd) UnmarshalYAML(value *yaml.Node) error { return value.Decode(o) }
"#,
            ),
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn reads_a_configuration() {
        let folder = checkout();
        let mut source = Source::open(folder.path()).unwrap();
        let Shape::Fields(name, fields) = source.shape("pkg/app", "Config").unwrap() else {
            unreachable!("a struct was written")
        };
        assert_eq!(name, "app.Config");
        let keys: Vec<_> = fields.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "client", "extra", "labels", "limits", "notag", "odd", "target", "wait"
            ]
        );
        assert_eq!(fields["wait"], Shape::GoDuration);
        assert_eq!(fields["notag"], Shape::List(Box::new(Shape::Text)));
        assert_eq!(fields["labels"], Shape::Map(Box::new(Shape::Text)));
        let Shape::Fields(_, limits) = &fields["limits"] else {
            unreachable!("it is read by its fields")
        };
        assert_eq!(limits["rate"], Shape::Number);
        // What reads itself in its own way must be looked at by someone.
        let unknown: Vec<_> = source.unknown.iter().map(String::as_str).collect();
        assert_eq!(unknown, ["example.org/lib.Odd reads itself"]);
    }
}
