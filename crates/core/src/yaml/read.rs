//! Text to tree.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::parser::{Event, Parser, Problem, Style};
use super::scalar::{self, ScalarError, Tag};
use super::{Entry, Map, Node, Value, characters, place};
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::{Location, Source, Span};

/// The longest text that is read, in bytes: 8 MiB. The largest values file of the charts known to
/// us has a quarter of a megabyte; Helm itself refuses chart files above 5 MiB.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// How deep lists and maps may nest. Charts stay below 20.
pub const MAX_DEPTH: usize = 100;

/// How many nodes anchors and aliases may make. Helm allows about four times as many.
pub const MAX_ALIAS_NODES: usize = 100_000;

/// Reads a text with one YAML document as Helm reads it, every value and key with its place.
///
/// What Helm accepts in silence and what different readers read differently is refused: a key
/// that is there twice, a second document, a raw U+2028. All findings are collected as far as the
/// text can be understood. An empty text is [`Value::Null`].
///
/// Spans cover exactly the text: a quoted scalar with its quotes, a block scalar from its `|`, a
/// map or list from its first to its last byte without what follows. An alias is replaced by what
/// it stands for; the replaced node stands where the alias does, its parts where they were written.
///
/// # Errors
///
/// Returns at least one diagnostic. Names: `yaml/syntax`, `yaml/duplicate-key`,
/// `yaml/second-document`, `yaml/complex-key`, `yaml/null-key`, `yaml/unknown-anchor`,
/// `yaml/recursive-alias`, `yaml/alias-bomb`, `yaml/merge-value`, `yaml/merge-order`,
/// `yaml/tag-mismatch`, `yaml/not-finite`, `yaml/version`, `yaml/control-character`,
/// `yaml/line-separator`, `yaml/too-deep`, `yaml/too-large`.
///
/// # Examples
///
/// ```
/// use helmwright::source::Source;
/// use helmwright::yaml::{self, Value};
///
/// let source = Source::new("values.yaml", "ingester:\n  replicas: 3\n  debug: no\n");
/// let node = yaml::read(&source).unwrap();
/// assert_eq!(node.at(&["ingester", "debug"]).unwrap().value, Value::Bool(false));
/// assert_eq!(node.at(&["ingester", "replicas"]).unwrap().location.text(), "3");
/// ```
pub fn read(source: &Arc<Source>) -> Result<Node, Vec<Diagnostic>> {
    let text = source.text();
    if text.len() > MAX_BYTES {
        return Err(vec![
            Diagnostic::error(
                "yaml/too-large",
                format!("the file has {} bytes, more than {MAX_BYTES}", text.len()),
            )
            .at(&Location::of_file(source))
            .why("values of this size are not written by hand, and every later step would be slow")
            .help("split the file, or keep large data out of the values"),
        ]);
    }
    let mut found = Vec::new();
    let masked = characters::check(source, &mut found);
    let text = masked.as_deref().unwrap_or(text);
    let mut reader = Reader {
        source,
        text,
        cursor: 0,
        frames: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        anchor_names: Vec::new(),
        open_anchors: Vec::new(),
        alias_nodes: 0,
        found,
    };
    reader.run();
    let Reader { root, found, .. } = reader;
    if found.is_empty() {
        Ok(root.unwrap_or_else(|| Node::new(Value::Null, Location::of_file(source))))
    } else {
        Err(found)
    }
}

/// A list or map whose end has not come yet.
struct Frame {
    start: usize,
    /// Whether it is written between brackets (its end has a byte of its own).
    bracketed: bool,
    block_list: bool,
    anchor: usize,
    /// How many nodes it holds so far, itself included.
    size: usize,
    /// How deep it nests so far.
    height: usize,
    data: Data,
}

enum Data {
    List(Vec<Node>),
    Map {
        map: Map,
        key: Pending,
        /// Keys that came by `<<` and may still be overridden.
        merged: Vec<String>,
    },
}

/// What the next node of a map is.
enum Pending {
    Key,
    Value {
        name: String,
        location: Location,
    },
    /// The value of `<<`.
    Merge(Location),
    /// The value of a key that was refused.
    Nothing,
}

/// A node that is read whole.
struct Done {
    node: Node,
    size: usize,
    height: usize,
    /// Whether it is a plain `<<`, which is no text in the place of a key.
    merge_sign: bool,
    /// A key that is no value: an infinity.
    key_only: Option<String>,
}

/// What an anchor stands for.
struct Anchored {
    node: Node,
    size: usize,
    height: usize,
}

/// Reading cannot go on.
struct Stop;

struct Reader<'a> {
    source: &'a Arc<Source>,
    text: &'a str,
    /// One past the last byte that belongs to a node or its indicator.
    cursor: usize,
    frames: Vec<Frame>,
    root: Option<Node>,
    anchors: HashMap<usize, Anchored>,
    anchor_names: Vec<String>,
    open_anchors: Vec<usize>,
    alias_nodes: usize,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn run(&mut self) {
        let mut parser = Parser::new(self.text, MAX_DEPTH + 20);
        let mut documents = 0;
        while let Some(next) = parser.next() {
            let (event, span) = match next {
                Ok(next) => next,
                Err(problem) => return self.problem(problem),
            };
            if let Event::DocumentStart { version } = &event {
                documents += 1;
                if documents > 1 {
                    return self.second_document(span);
                }
                self.version(*version, span);
                if self.text.get(span.start..span.end) == Some("---") {
                    self.cursor = span.end;
                }
            } else if self.step(event, span).is_err() {
                return;
            }
        }
    }

    fn step(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        match event {
            Event::DocumentStart { .. } | Event::DocumentEnd => Ok(()),
            Event::Scalar {
                text,
                style,
                anchor,
                tag,
            } => self.scalar(&text, style, anchor, tag, span),
            Event::ListStart { flow, anchor } => {
                self.open(span, flow, anchor, Data::List(Vec::new()))
            }
            Event::MapStart { flow, anchor } => {
                let data = Data::Map {
                    map: Map::new(),
                    key: Pending::Key,
                    merged: Vec::new(),
                };
                self.open(span, flow, anchor, data)
            }
            Event::ListEnd | Event::MapEnd => self.close(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::UnknownAlias(name) => {
                self.unknown_alias(&name, span);
                self.cursor = span.end;
                self.deliver(self.placeholder(span))
            }
            Event::Anchor(name) => {
                self.anchor_names.push(name);
                Ok(())
            }
        }
    }

    /// Moves past the `-` of the item that comes next, if the open list has one.
    fn enter_item(&mut self, limit: usize) {
        if self.frames.last().is_some_and(|frame| frame.block_list)
            && let Some(dash) = place::indicator(self.text, self.cursor, b'-')
            && dash < limit.max(self.cursor + 1)
        {
            self.cursor = dash + 1;
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: Style,
        anchor: usize,
        tag: Option<Tag>,
        span: Span,
    ) -> Result<(), Stop> {
        self.enter_item(span.start);
        let mut text = Cow::Borrowed(text);
        let span = match style {
            Style::Block => {
                // Without a line break at the end of the file Helm has none in the text either.
                if span.end >= self.text.len()
                    && !self.text.ends_with(['\n', '\r'])
                    && text.ends_with('\n')
                {
                    let kept = text.len() - 1;
                    text = Cow::Owned(text[..kept].to_owned());
                }
                place::block_scalar(self.text, self.cursor, span)
            }
            Style::Plain if span.start == span.end && anchor == 0 && tag.is_none() => {
                let at = self.place_of_nothing();
                Span::new(at, at)
            }
            Style::Plain | Style::Quoted => span,
        };
        let plain = style == Style::Plain;
        let location = self.location(span);
        let (value, key_only) = match scalar::resolve(&text, plain, tag) {
            Ok(value) => (value, None),
            Err(ScalarError::NotFinite) if self.at_key() => {
                (Value::Null, scalar::key_of_non_finite(&text))
            }
            Err(error) => {
                self.found.push(refuse_scalar(&error, &text, &location));
                (Value::Null, Some(text.clone().into_owned()))
            }
        };
        let done = Done {
            node: Node::new(value, location),
            size: 1,
            height: 0,
            merge_sign: text == "<<" && ((plain && tag.is_none()) || tag == Some(Tag::Merge)),
            key_only,
        };
        self.cursor = self.cursor.max(span.end);
        self.keep_anchor(anchor, &done)?;
        self.deliver(done)
    }

    fn at_key(&self) -> bool {
        matches!(
            self.frames.last(),
            Some(Frame {
                data: Data::Map {
                    key: Pending::Key,
                    ..
                },
                ..
            })
        )
    }

    /// Returns where a value stands that is not there: behind its `:` or `-`.
    fn place_of_nothing(&mut self) -> usize {
        let after_key = matches!(
            self.frames.last(),
            Some(Frame {
                data: Data::Map {
                    key: Pending::Value { .. } | Pending::Merge(_) | Pending::Nothing,
                    ..
                },
                ..
            })
        );
        if after_key && let Some(colon) = place::indicator(self.text, self.cursor, b':') {
            self.cursor = colon + 1;
        }
        self.cursor
    }

    fn open(&mut self, span: Span, flow: bool, anchor: usize, data: Data) -> Result<(), Stop> {
        self.enter_item(span.start);
        if self.frames.len() >= MAX_DEPTH {
            let location = self.location(Span::new(span.start, span.start));
            self.found.push(too_deep(&location));
            return Err(Stop);
        }
        let is_list = matches!(data, Data::List(_));
        let bracketed = flow
            && matches!(self.text.as_bytes().get(span.start), Some(b'[' | b'{'))
            && span.end > span.start;
        let start = if is_list && !flow {
            place::indicator(self.text, self.cursor, b'-').unwrap_or(span.start)
        } else {
            span.start
        };
        if bracketed {
            self.cursor = span.end;
        }
        self.frames.push(Frame {
            start,
            bracketed,
            block_list: is_list && !flow,
            anchor,
            size: 1,
            height: 1,
            data,
        });
        if anchor != 0 {
            self.open_anchors.push(anchor);
        }
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Stop> {
        // The parser closes only what it opened.
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        if frame.bracketed {
            self.cursor = span.end;
        }
        let location = self.location(Span::new(frame.start, self.cursor.max(frame.start)));
        let value = match frame.data {
            Data::List(items) => Value::List(items),
            Data::Map { map, .. } => Value::Map(map),
        };
        if frame.anchor != 0 {
            self.open_anchors.retain(|anchor| *anchor != frame.anchor);
        }
        let done = Done {
            node: Node::new(value, location),
            size: frame.size,
            height: frame.height,
            merge_sign: false,
            key_only: None,
        };
        self.keep_anchor(frame.anchor, &done)?;
        self.deliver(done)
    }

    fn keep_anchor(&mut self, anchor: usize, done: &Done) -> Result<(), Stop> {
        if anchor == 0 {
            return Ok(());
        }
        self.count_alias_nodes(done.size, &done.node.location)?;
        self.anchors.insert(
            anchor,
            Anchored {
                node: done.node.clone(),
                size: done.size,
                height: done.height,
            },
        );
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        self.enter_item(span.start);
        self.cursor = span.end;
        let location = self.location(span);
        if self.open_anchors.contains(&anchor) {
            self.found.push(
                Diagnostic::error(
                    "yaml/recursive-alias",
                    format!("`{}` stands for a value that contains it", location.text()),
                )
                .at(&location)
                .why("the value would have no end")
                .help("write the value out, or anchor a smaller part"),
            );
            return self.deliver(self.placeholder(span));
        }
        let Some((size, height)) = self
            .anchors
            .get(&anchor)
            .map(|anchored| (anchored.size, anchored.height))
        else {
            // The parser reports unknown anchors as such; this is an anchor that was refused.
            return self.deliver(self.placeholder(span));
        };
        self.count_alias_nodes(size, &location)?;
        if self.frames.len() + height > MAX_DEPTH {
            self.found.push(too_deep(&location));
            return Err(Stop);
        }
        let value = self
            .anchors
            .get(&anchor)
            .map_or(Value::Null, |anchored| anchored.node.value.clone());
        self.deliver(Done {
            node: Node::new(value, location),
            size,
            height,
            merge_sign: false,
            key_only: None,
        })
    }

    fn count_alias_nodes(&mut self, more: usize, location: &Location) -> Result<(), Stop> {
        self.alias_nodes += more;
        if self.alias_nodes <= MAX_ALIAS_NODES {
            return Ok(());
        }
        self.found.push(
            Diagnostic::error("yaml/alias-bomb", format!("anchors and aliases make more than {MAX_ALIAS_NODES} values"))
                .at(location)
                .why("each alias stands for all that its anchor holds; aliases of aliases grow without bounds")
                .help("write the values out where they are needed"),
        );
        Err(Stop)
    }

    /// Hands a finished node to what it belongs to.
    fn deliver(&mut self, done: Done) -> Result<(), Stop> {
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(done.node);
            return Ok(());
        };
        frame.size += done.size;
        frame.height = frame.height.max(done.height + 1);
        match &mut frame.data {
            Data::List(items) => items.push(done.node),
            Data::Map { map, key, merged } => match std::mem::replace(key, Pending::Key) {
                Pending::Key => *key = pending(done, &mut self.found),
                Pending::Value { name, location } => {
                    let entry = Entry {
                        key: location,
                        value: done.node,
                    };
                    set(map, merged, name, entry, &mut self.found);
                }
                Pending::Merge(sign) => merge_in(map, merged, &sign, done.node, &mut self.found),
                Pending::Nothing => {}
            },
        }
        Ok(())
    }

    fn placeholder(&self, span: Span) -> Done {
        Done {
            node: Node::new(Value::Null, self.location(span)),
            size: 1,
            height: 0,
            merge_sign: false,
            // Not a second finding if it is a key.
            key_only: Some(String::new()),
        }
    }

    fn location(&self, span: Span) -> Location {
        Location::new(self.source, span)
    }

    fn version(&mut self, version: Option<(u32, u32)>, span: Span) {
        if let Some((major, minor)) = version
            && (major, minor) != (1, 1)
        {
            let location = self.location(Span::new(0, span.start));
            self.found.push(
                Diagnostic::error(
                    "yaml/version",
                    format!("the file asks for YAML {major}.{minor}"),
                )
                .at(&location)
                .why("Helm reads YAML 1.1 and refuses a file that names another version")
                .help("remove the `%YAML` line"),
            );
        }
    }

    fn second_document(&mut self, span: Span) {
        let location = self.location(span);
        self.found.push(
            Diagnostic::error("yaml/second-document", "a second document starts here")
                .at(&location)
                .why("Helm 3 reads only the first document of a values file and drops the rest in silence; Helm 4 merges them")
                .help("remove the `---`, or move this part to a file of its own"),
        );
    }

    fn unknown_alias(&mut self, name: &str, span: Span) {
        let near =
            nearest(name, self.anchor_names.iter().map(String::as_str)).map(ToOwned::to_owned);
        let location = self.location(span);
        self.found.push(
            Diagnostic::error("yaml/unknown-anchor", format!("there is no anchor `&{name}` before this"))
                .at(&location)
                .why("an alias `*name` repeats the value marked with `&name` further up in the same file")
                .help(match near {
                    Some(near) => format!("did you mean `*{near}`?"),
                    None => "mark a value with the anchor first, or quote a text that starts with `*`".to_owned(),
                }),
        );
    }

    fn problem(&mut self, problem: Problem) {
        let span = place::of_problem(
            self.source.text(),
            self.cursor,
            problem.offset,
            problem.mark,
        );
        let location = self.location(span);
        if problem.too_deep {
            self.found.push(too_deep(&location));
            return;
        }
        let diagnostic = Diagnostic::error("yaml/syntax", problem.message)
            .at(&location)
            .help(problem.help);
        self.found.push(match problem.why {
            Some(why) => diagnostic.why(why),
            None => diagnostic,
        });
    }
}

/// Returns what follows a key.
fn pending(done: Done, found: &mut Vec<Diagnostic>) -> Pending {
    let location = done.node.location;
    if done.merge_sign {
        return Pending::Merge(location);
    }
    if let Some(name) = done.key_only.or_else(|| scalar::key_text(&done.node.value)) {
        return Pending::Value { name, location };
    }
    found.push(match done.node.value {
        Value::List(_) | Value::Map(_) => {
            let template = location.text().starts_with('{');
            Diagnostic::error("yaml/complex-key", "a list or map is used as a key")
                .at(&location)
                .why("keys of values are names")
                .help(if template {
                    "put a template such as `{{ name }}` in quotes"
                } else {
                    "use a text as key; put it in quotes if it starts with a bracket"
                })
        }
        Value::Null => Diagnostic::error("yaml/null-key", "a key is empty")
            .at(&location)
            .why("Helm reads nothing, `~` and `null` as no value, and no value cannot be a key")
            .help("name the key, or put it in quotes"),
        _ => Diagnostic::error(
            "yaml/complex-key",
            format!("the number `{}` is too large for a key", location.text()),
        )
        .at(&location)
        .why("Helm reads it as a number that it cannot use as a name")
        .help("put the key in quotes"),
    });
    Pending::Nothing
}

/// Sets a key that stands in the map itself.
fn set(
    map: &mut Map,
    merged: &mut Vec<String>,
    name: String,
    entry: Entry,
    found: &mut Vec<Diagnostic>,
) {
    if let Some(earlier) = map.get(&name) {
        if let Some(at) = merged.iter().position(|key| *key == name) {
            merged.swap_remove(at);
        } else {
            let written = entry.key.text();
            let message = if written.trim_matches(['"', '\'']) == name {
                format!("the key `{name}` is there twice")
            } else {
                format!("the key `{name}` is there twice, here written `{written}`")
            };
            found.push(
                Diagnostic::error("yaml/duplicate-key", message)
                    .label(&entry.key, "again here")
                    .label(&earlier.key, "first here")
                    .why("Helm takes the last one in silence; other readers take the first or refuse the file")
                    .help("remove one of the two, or join their values under one key"),
            );
            return;
        }
    }
    map.insert(name, entry);
}

/// Adds what `<<` stands for.
fn merge_in(
    map: &mut Map,
    merged: &mut Vec<String>,
    sign: &Location,
    node: Node,
    found: &mut Vec<Diagnostic>,
) {
    let location = node.location.clone();
    let parts = match node.value {
        Value::Map(part) => vec![part],
        Value::List(items) => {
            let mut parts: Vec<Map> = Vec::with_capacity(items.len());
            for item in items {
                let Value::Map(part) = item.value else {
                    return found.push(refuse_merge(&item.location));
                };
                parts.push(part);
            }
            // The first of several wins, so it is set last.
            parts.reverse();
            parts
        }
        _ => return found.push(refuse_merge(&location)),
    };
    for (name, entry) in parts.into_iter().flatten() {
        match map.get(&name) {
            Some(explicit) if !merged.contains(&name) => found.push(
                Diagnostic::error("yaml/merge-order", format!("`<<` comes after the key `{name}`, which it also sets"))
                    .label(sign, "merged here")
                    .label(&explicit.key, "set here")
                    .why("Helm lets the merged value win when `<<` comes later; other readers always prefer the key itself")
                    .help("move the `<<` line above all keys of its map"),
            ),
            Some(_) => {
                map.insert(name, entry);
            }
            None => {
                merged.push(name.clone());
                map.insert(name, entry);
            }
        }
    }
}

fn refuse_merge(location: &Location) -> Diagnostic {
    Diagnostic::error(
        "yaml/merge-value",
        "`<<` is followed by something that is not a map",
    )
    .at(location)
    .why("`<<` adds the keys of another map, or of several in a list")
    .help("give an alias of a map, such as `<<: *defaults`")
}

fn refuse_scalar(error: &ScalarError, text: &str, location: &Location) -> Diagnostic {
    match error {
        ScalarError::TagMismatch(tag) => Diagnostic::error(
            "yaml/tag-mismatch",
            format!("`{text}` is not what its tag `{tag}` says"),
        )
        .at(location)
        .why("Helm refuses a value that does not fit its tag")
        .help("remove the tag, or change the value"),
        ScalarError::NotFinite => Diagnostic::error(
            "yaml/not-finite",
            format!("`{text}` is not a finite number"),
        )
        .at(location)
        .why("Helm turns values into JSON, which has neither infinity nor \"not a number\"")
        .help("write a number, or put the text in quotes"),
        ScalarError::Unsupported(tag) => Diagnostic::error(
            "yaml/tag-mismatch",
            format!("the tag `{tag}` is not supported"),
        )
        .at(location)
        .why("no chart's values use it, and readers differ in what they make of it")
        .help("write the data as text"),
    }
}

fn too_deep(location: &Location) -> Diagnostic {
    Diagnostic::error(
        "yaml/too-deep",
        format!("lists and maps are nested more than {MAX_DEPTH} deep"),
    )
    .at(location)
    .why("values are a few levels deep; a text like this comes from a mistake or means harm")
    .help("flatten the data, or put the text in quotes")
}
