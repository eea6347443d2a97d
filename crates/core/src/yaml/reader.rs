//! From the parser's events to the tree.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::mapping::Mapping;
use super::parser::{Event, Mark, Parser, Style};
use super::read::{Documents, MAX_ALIAS_NODES, MAX_DEPTH, MAX_FINDINGS};
use super::scalar::{self, ScalarError, Tag};
use super::{Node, Value, finding, place};
use crate::diagnostic::Diagnostic;
use crate::source::{Location, Source, Span};

/// A node that is read whole.
pub(super) struct Done {
    pub(super) node: Node,
    /// How many nodes it holds, itself included.
    size: usize,
    /// How deep it nests; a scalar does not.
    height: usize,
    /// Whether it is a plain `<<`, which is no text in the place of a key.
    pub(super) merge_sign: bool,
    /// Its name as a key, where its value does not say.
    pub(super) key: Option<String>,
}

/// A list or map whose end has not come yet.
struct Frame {
    start: usize,
    /// Whether it is written between brackets (its end has a byte of its own).
    bracketed: bool,
    anchor: usize,
    size: usize,
    height: usize,
    data: Data,
}

enum Data {
    List(Vec<Node>),
    Map(Mapping),
}

/// What an anchor stands for.
struct Anchored {
    node: Node,
    size: usize,
    height: usize,
}

/// Reading cannot go on; why stands among the findings.
struct Stop;

/// Builds the tree of one text.
pub(super) struct Reader<'a> {
    source: &'a Arc<Source>,
    text: &'a str,
    /// One past the last byte that belongs to a node or to the `-` or `:` before it.
    cursor: usize,
    /// Whether that byte is the `-` of an item.
    after_dash: bool,
    /// How many of the open lists and maps are written between brackets.
    brackets: usize,
    frames: Vec<Frame>,
    roots: Vec<Node>,
    anchors: HashMap<usize, Anchored>,
    anchor_names: Vec<String>,
    alias_nodes: usize,
    found: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    /// Starts on a text, which may differ from the source's in masked characters.
    pub(super) fn new(source: &'a Arc<Source>, text: &'a str, found: Vec<Diagnostic>) -> Self {
        Self {
            source,
            text,
            cursor: 0,
            after_dash: false,
            brackets: 0,
            frames: Vec::new(),
            roots: Vec::new(),
            anchors: HashMap::new(),
            anchor_names: Vec::new(),
            alias_nodes: 0,
            found,
        }
    }

    /// Reads to the end, or as far as the text can be understood.
    pub(super) fn read(mut self, documents: Documents) -> Result<Vec<Node>, Vec<Diagnostic>> {
        // What stopped it stands among the findings.
        let _ = self.run(documents);
        if self.found.is_empty() {
            Ok(self.roots)
        } else {
            Err(self.found)
        }
    }

    fn run(&mut self, allowed: Documents) -> Result<(), Stop> {
        // The scanner looks a little ahead, so its limit lies above ours.
        let mut parser = Parser::new(self.text, MAX_DEPTH + 20);
        let mut documents = 0;
        while let Some(next) = parser.next() {
            let (event, span) = match next {
                Ok(next) => next,
                Err(problem) => {
                    if problem.mark == Mark::Colon
                        && let Some(colon) = place::colon_before(self.source.text(), problem.offset)
                    {
                        return self.stop(finding::key_without_space(&self.location(colon)));
                    }
                    // Masked characters have other boundaries than the original ones.
                    let span = place::of_problem(
                        self.source.text(),
                        self.cursor,
                        problem.offset,
                        problem.mark,
                    );
                    return self.stop(finding::syntax(&self.location(span), problem));
                }
            };
            match event {
                Event::DocumentStart { version } => {
                    documents += 1;
                    if documents > 1 && allowed == Documents::One {
                        return self.stop(finding::second_document(&self.location(span)));
                    }
                    if let Some(version) = version.filter(|version| *version != (1, 1)) {
                        let location = self.location(Span::new(0, span.start));
                        self.found.push(finding::version(&location, version));
                    }
                    if self.text.get(span.start..span.end) == Some("---") {
                        self.cursor = span.end;
                    }
                    self.anchor_names.clear();
                }
                Event::DocumentEnd => self.check_gap(span.start),
                event => self.step(event, span)?,
            }
            if self.found.len() >= MAX_FINDINGS {
                return Err(Stop);
            }
        }
        if documents == 0 {
            self.check_gap(self.text.len());
        }
        Ok(())
    }

    fn step(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        match event {
            Event::DocumentStart { .. } | Event::DocumentEnd => Ok(()),
            Event::Scalar {
                text,
                style,
                anchor,
                tag,
            } => {
                let done = self.scalar(text, style, anchor != 0, tag, span);
                self.keep_anchor(anchor, &done)?;
                self.deliver(done);
                Ok(())
            }
            Event::ListStart { flow, anchor } => {
                self.open(span, flow, anchor, Data::List(Vec::new()))
            }
            Event::MapStart { flow, anchor } => {
                self.open(span, flow, anchor, Data::Map(Mapping::new()))
            }
            Event::ListEnd | Event::MapEnd => self.close(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::UnknownAlias(name) => {
                self.begin(span.start);
                let location = self.location(span);
                self.found.push(finding::unknown_anchor(
                    &location,
                    &name,
                    &self.anchor_names,
                ));
                self.skip(span);
                Ok(())
            }
            Event::Anchor(name) => {
                self.check_name(&name, span);
                self.anchor_names.push(name);
                Ok(())
            }
        }
    }

    /// Goes to where a node begins: past the `-` of its item, if it is one.
    fn begin(&mut self, limit: usize) {
        self.check_gap(limit);
        let in_block_list = self
            .frames
            .last()
            .is_some_and(|frame| !frame.bracketed && matches!(frame.data, Data::List(_)));
        if in_block_list
            && let Some(dash) = place::indicator(self.text, self.cursor, b'-')
            && dash < limit.max(self.cursor + 1)
        {
            self.cursor = dash + 1;
            self.after_dash = true;
        }
    }

    /// Reports a tab where Helm wants the spaces of an indentation.
    fn check_gap(&mut self, end: usize) {
        if self.brackets > 0 {
            return;
        }
        if let Some(tab) = place::tab_in_gap(self.text, self.cursor, end, self.after_dash) {
            let location = self.location(Span::new(tab, tab + 1));
            self.found.push(finding::tab(&location));
        }
    }

    fn check_name(&mut self, name: &str, span: Span) {
        if !name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        {
            let location = self.location(span);
            self.found.push(finding::anchor_name(&location));
        }
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: Style,
        anchored: bool,
        tag: Option<Tag>,
        span: Span,
    ) -> Done {
        self.begin(span.start);
        let mut text = text;
        let span = match style {
            Style::Block => {
                // Where the last line of the file has no line break, Helm has none in the text either.
                if span.end >= self.text.len()
                    && text.ends_with('\n')
                    && !place::ends_with_blank_line(self.text)
                {
                    text = Cow::Owned(text.strip_suffix('\n').unwrap_or(&text).to_owned());
                }
                if let Some(tab) = place::tab_in_block(self.text, self.cursor, span) {
                    let location = self.location(Span::new(tab, tab + 1));
                    self.found.push(finding::tab(&location));
                }
                place::block_scalar(self.text, self.cursor, span)
            }
            Style::Plain if span.start == span.end && !anchored && tag.is_none() => {
                let at = self.place_of_nothing();
                Span::new(at, at)
            }
            Style::Plain => {
                self.check_plain(span);
                span
            }
            Style::Quoted => span,
        };
        self.finish(span.end);
        let plain = style == Style::Plain;
        let location = self.location(span);
        let (value, key) = match scalar::resolve(&text, plain, tag) {
            Ok(value) => (value, None),
            Err(ScalarError::NotFinite) if self.expects_key() == Some(true) => {
                (Value::Null, scalar::key_of_non_finite(&text))
            }
            Err(error) => {
                self.found.push(finding::scalar(&location, &error, &text));
                (Value::Null, Some(text.clone().into_owned()))
            }
        };
        Done {
            node: Node::new(value, location),
            size: 1,
            height: 0,
            merge_sign: text == "<<" && ((plain && tag.is_none()) || tag == Some(Tag::Merge)),
            key,
        }
    }

    /// Reports unquoted text between brackets that readers take differently: `a:,` and `?a`.
    fn check_plain(&mut self, span: Span) {
        let bytes = self.text.as_bytes();
        if self.brackets == 0 || span.start == span.end {
            return;
        }
        let next = |at: usize| bytes.get(at).copied();
        if next(span.end) == Some(b':')
            && matches!(next(span.end + 1), Some(b',' | b'[' | b']' | b'{' | b'}'))
        {
            let location = self.location(Span::new(span.end, span.end + 1));
            self.found.push(finding::colon_without_space(&location));
        }
        if next(span.start) == Some(b'?') || next(span.end - 1) == Some(b'?') {
            let location = self.location(span);
            self.found.push(finding::question_mark(&location));
        }
    }

    /// Returns whether the next node is a key, or nothing outside of maps.
    fn expects_key(&self) -> Option<bool> {
        match &self.frames.last()?.data {
            Data::Map(mapping) => Some(mapping.expects_key()),
            Data::List(_) => None,
        }
    }

    /// Returns where a value stands that is not there: behind its `:` or `-`.
    fn place_of_nothing(&self) -> usize {
        let colon = match self.expects_key() {
            Some(false) => place::indicator(self.text, self.cursor, b':'),
            _ => None,
        };
        colon.map_or(self.cursor, |colon| colon + 1)
    }

    fn finish(&mut self, end: usize) {
        self.cursor = self.cursor.max(end);
        self.after_dash = false;
    }

    fn open(&mut self, span: Span, flow: bool, anchor: usize, data: Data) -> Result<(), Stop> {
        self.begin(span.start);
        if self.frames.len() >= MAX_DEPTH {
            let location = self.location(Span::new(span.start, span.start));
            return self.stop(finding::too_deep(&location));
        }
        let bracketed = flow && matches!(self.text.get(span.start..span.end), Some("[" | "{"));
        let start = match data {
            Data::List(_) if !flow => place::indicator(self.text, self.cursor, b'-'),
            _ => None,
        };
        if bracketed {
            self.finish(span.end);
            self.brackets += 1;
        }
        self.frames.push(Frame {
            start: start.unwrap_or(span.start),
            bracketed,
            anchor,
            size: 1,
            height: 1,
            data,
        });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Stop> {
        // The parser closes only what it opened.
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        if frame.bracketed {
            self.finish(span.end);
            self.brackets -= 1;
        }
        let location = self.location(Span::new(frame.start, self.cursor.max(frame.start)));
        let value = match frame.data {
            Data::List(items) => Value::List(items),
            Data::Map(mapping) => Value::Map(mapping.map),
        };
        let done = Done {
            node: Node::new(value, location),
            size: frame.size,
            height: frame.height,
            merge_sign: false,
            key: None,
        };
        self.keep_anchor(frame.anchor, &done)?;
        self.deliver(done);
        Ok(())
    }

    fn keep_anchor(&mut self, anchor: usize, done: &Done) -> Result<(), Stop> {
        if anchor == 0 {
            return Ok(());
        }
        self.count_alias_nodes(done.size, &done.node.location)?;
        let anchored = Anchored {
            node: done.node.clone(),
            size: done.size,
            height: done.height,
        };
        self.anchors.insert(anchor, anchored);
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        self.begin(span.start);
        let location = self.location(span);
        let Some(anchored) = self.anchors.get(&anchor) else {
            // An anchor that is not kept yet is one of the values that are still open.
            self.found.push(finding::recursive_alias(&location));
            self.skip(span);
            return Ok(());
        };
        let (size, height) = (anchored.size, anchored.height);
        self.count_alias_nodes(size, &location)?;
        if self.frames.len() + height > MAX_DEPTH {
            return self.stop(finding::too_deep(&location));
        }
        let value = self
            .anchors
            .get(&anchor)
            .map_or(Value::Null, |anchored| anchored.node.value.clone());
        self.finish(span.end);
        self.deliver(Done {
            node: Node::new(value, location),
            size,
            height,
            merge_sign: false,
            key: None,
        });
        Ok(())
    }

    fn count_alias_nodes(&mut self, more: usize, location: &Location) -> Result<(), Stop> {
        self.alias_nodes += more;
        if self.alias_nodes > MAX_ALIAS_NODES {
            return self.stop(finding::alias_bomb(location));
        }
        Ok(())
    }

    /// Puts nothing in the place of an alias that was refused.
    fn skip(&mut self, span: Span) {
        self.finish(span.end);
        self.deliver(Done {
            node: Node::new(Value::Null, self.location(span)),
            size: 1,
            height: 0,
            merge_sign: false,
            // Its own text, so that it is no second finding in the place of a key.
            key: self.text.get(span.start..span.end).map(ToOwned::to_owned),
        });
    }

    /// Hands a finished node to what it belongs to.
    fn deliver(&mut self, done: Done) {
        let Some(frame) = self.frames.last_mut() else {
            self.roots.push(done.node);
            return;
        };
        frame.size += done.size;
        frame.height = frame.height.max(done.height + 1);
        match &mut frame.data {
            Data::List(items) => items.push(done.node),
            Data::Map(mapping) => mapping.take(done, &mut self.found),
        }
    }

    fn stop(&mut self, diagnostic: Diagnostic) -> Result<(), Stop> {
        self.found.push(diagnostic);
        Err(Stop)
    }

    fn location(&self, span: Span) -> Location {
        Location::new(self.source, span)
    }
}
