//! What Helm says when it does not render, taken apart.

use crate::values::{Path, Step};

/// Why Helm did not render.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The chart's own schema refuses a value.
    Schema,
    /// A template fails, or what it writes is no YAML: it has read what it does not like.
    Template,
    /// Anything else: a chart that is not whole, a run that took too long.
    Other,
}

/// A message of Helm's, 3 or 4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What refused.
    pub kind: Kind,
    /// The message itself, without Helm's advice about flags, on one line.
    pub message: String,
    /// The values paths that it names, the likeliest first.
    pub paths: Vec<Path>,
    /// What a schema says of each of these paths; empty if a template speaks, which says it all at once.
    pub said: Vec<String>,
    /// The template and its line, such as `mimir-distributed/templates/x.yaml:12`, if it names one.
    pub place: Option<String>,
}

impl Refusal {
    /// Takes a message apart.
    ///
    /// `chart` is the chart's name: paths of a subchart's schema lie under the subchart's.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::effect::{Kind, Refusal};
    ///
    /// let said = "Error: execution error at (demo/templates/a.yaml:6:4): need .Values.mode\n";
    /// let refusal = Refusal::read(said, "demo");
    /// assert_eq!(refusal.kind, Kind::Template);
    /// assert_eq!(refusal.place.as_deref(), Some("demo/templates/a.yaml:6"));
    /// assert_eq!(refusal.paths[0].to_string(), "mode");
    /// ```
    pub fn read(text: &str, chart: &str) -> Self {
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("Use --debug flag"))
            .filter(|line| !line.starts_with("level=") && !line.starts_with("WARNING:"))
            .collect();
        let begin = lines
            .iter()
            .position(|line| line.starts_with("Error:"))
            .unwrap_or(0);
        let lines = lines.get(begin..).unwrap_or_default();
        let message = lines.join(" ");
        let message = message
            .strip_prefix("Error: ")
            .unwrap_or(&message)
            .to_owned();
        let schema = message.contains("meet the specifications of the schema");
        let (mut paths, mut said) = (Vec::new(), Vec::new());
        if schema {
            (paths, said) = schema_paths(lines, chart).into_iter().unzip();
        } else {
            named_paths(&message, &mut paths);
        }
        let place = (!schema).then(|| place(&message)).flatten();
        let kind = if schema {
            Kind::Schema
        } else if place.is_some() || message.contains("YAML parse error") {
            Kind::Template
        } else {
            Kind::Other
        };
        Self {
            kind,
            message,
            paths,
            said,
            place,
        }
    }
}

/// Collects `- at '/b/c': ...` below `chart:` lines; Helm 3 of old wrote `- b.c: ...`.
fn schema_paths(lines: &[&str], chart: &str) -> Vec<(Path, String)> {
    let mut paths = Vec::new();
    let mut root = Path::default();
    for line in lines {
        if let Some(name) = line.strip_suffix(':').filter(|name| !name.contains(' ')) {
            root = Path::default();
            if name != chart {
                root = root.key(name);
            }
            continue;
        }
        let Some(item) = line.strip_prefix("- ") else {
            continue;
        };
        let (pointer, rest) = match item.strip_prefix("at '").and_then(|at| at.split_once('\'')) {
            Some((pointer, rest)) => (pointer.to_owned(), rest),
            None => match item.split_once(": ") {
                Some((dotted, rest)) if !dotted.contains(' ') => {
                    let dotted = if dotted == "(root)" { "" } else { dotted };
                    (format!("/{}", dotted.replace('.', "/")), rest)
                }
                _ => continue,
            },
        };
        let mut path = root.clone();
        for part in pointer.split('/').filter(|part| !part.is_empty()) {
            let part = part.replace("~1", "/").replace("~0", "~");
            path = match part.parse() {
                Ok(index) => path.index(index),
                Err(_) => path.key(&part),
            };
        }
        // `additional properties 'z' not allowed`: the key that is too much is the place.
        if let Some(key) = rest
            .split_once("additional propert")
            .and_then(|(_, rest)| rest.split('\'').nth(1))
        {
            path = path.key(key);
        }
        paths.push((path, rest.trim_start_matches([':', ' ']).to_owned()));
    }
    paths
}

/// Collects every `.Values.x.y` of a message.
fn named_paths(message: &str, paths: &mut Vec<Path>) {
    for (at, _) in message.match_indices("Values.") {
        let rest = message.get(at + "Values.".len()..).unwrap_or_default();
        let end = rest
            .find(|letter: char| {
                !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-'))
            })
            .unwrap_or(rest.len());
        let dotted = rest
            .get(..end)
            .unwrap_or_default()
            .trim_end_matches(['.', '-']);
        let path = dotted
            .split('.')
            .filter(|part| !part.is_empty())
            .fold(Path::default(), |path, part| path.key(part));
        if !path.steps().is_empty() && !paths.contains(&path) {
            paths.push(path);
        }
    }
}

/// Returns the last template and line of a message: the innermost call, which is where it failed.
fn place(message: &str) -> Option<String> {
    message
        .split(|letter: char| {
            letter.is_whitespace() || matches!(letter, '(' | ')' | '"' | '<' | '>')
        })
        .filter_map(|word| {
            let (file, rest) = word.split_once(':')?;
            let line = rest.split(':').next()?;
            let is_template = file.contains("/templates/")
                && !line.is_empty()
                && line.bytes().all(|byte| byte.is_ascii_digit());
            is_template.then(|| format!("{file}:{line}"))
        })
        .next_back()
        .or_else(|| {
            let rest = message.split_once("YAML parse error on ")?.1;
            Some(rest.split(':').next()?.to_owned())
        })
}

/// Returns the longest part of a path that a values tree has.
pub fn known_part(path: &Path, values: &crate::yaml::Node) -> Path {
    let mut known = Path::default();
    for step in path.steps() {
        let next = match step {
            Step::Key(key) => known.key(key),
            Step::Index(index) => known.index(*index),
        };
        if next.find(values).is_none() {
            break;
        }
        known = next;
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let read = Refusal::read(text, "ch");
        read.paths.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn both_helms_name_template_line_and_value() {
        let three = "Error: template: ch/templates/a.yaml:6:15: executing \"ch/templates/a.yaml\" at <.Values.b.c.d>: nil pointer evaluating interface {}.c\n\nUse --debug flag to render out invalid YAML\n";
        let four = "Error: ch/templates/a.yaml:6:15\n  executing \"ch/templates/a.yaml\" at <.Values.b.c.d>:\n    nil pointer evaluating interface {}.c\n\nUse --debug flag to render out invalid YAML\n";
        for text in [three, four] {
            let read = Refusal::read(text, "ch");
            assert_eq!(read.kind, Kind::Template, "{text}");
            assert_eq!(read.place.as_deref(), Some("ch/templates/a.yaml:6"));
            assert_eq!(paths(text), ["b.c.d"]);
            assert!(!read.message.contains("--debug"));
        }
    }

    #[test]
    fn schemas_name_their_path_under_the_subchart() {
        let text = "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nch:\n- at '/b/c': got string, want integer\n- at '/b': additional properties 'z' not allowed\nsub:\n- at '/x/0': got null\n";
        assert_eq!(paths(text), ["b.c", "b.z", "sub.x[0]"]);
        assert_eq!(
            Refusal::read(text, "ch").said,
            [
                "got string, want integer",
                "additional properties 'z' not allowed",
                "got null"
            ]
        );
        assert_eq!(Refusal::read(text, "ch").kind, Kind::Schema);
        let old = "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nch:\n- b.c: Invalid type. Expected: integer, given: string\n";
        assert_eq!(paths(old), ["b.c"]);
    }

    #[test]
    fn the_rest_is_something_else() {
        let broken = "Error: YAML parse error on ch/templates/a.yaml: error converting YAML to JSON: yaml: line 6: mapping values are not allowed in this context\n";
        assert_eq!(Refusal::read(broken, "ch").kind, Kind::Template);
        assert_eq!(
            Refusal::read(broken, "ch").place.as_deref(),
            Some("ch/templates/a.yaml")
        );
        for text in [
            "",
            "Error: found in Chart.yaml, but missing in charts/ directory: minio",
            "\u{1}",
        ] {
            assert_eq!(Refusal::read(text, "ch").kind, Kind::Other);
        }
    }
}
