//! The functions of Go templates, Sprig and Helm: what they hand on, and what they read.

use std::rc::Rc;

use super::output::{Form, Output, Piece};
use super::place::How;
use super::text;
use super::value::{Dict, Value};
use super::walk::Walker;

impl Walker<'_> {
    /// Calls a function; a piped value is the last argument.
    pub(super) fn function(&mut self, name: &str, args: Vec<Value>, line: usize) -> Value {
        // Functions with a `must` before their names differ only in how they fail.
        let plain = name
            .strip_prefix("must")
            .filter(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
            .map(|rest| {
                let mut letters = rest.chars();
                letters
                    .next()
                    .map(|first| first.to_ascii_lowercase().to_string() + letters.as_str())
                    .unwrap_or_default()
            });
        let name = plain.as_deref().unwrap_or(name);
        if let Some(value) = self.known_function(name, &args, line) {
            return value;
        }
        if let Some(value) = self.text_function(name, &args, line) {
            return value;
        }
        // Unknown to us: whatever it is given may matter.
        for arg in &args {
            self.consume(arg, line);
        }
        Value::Unknown
    }

    fn known_function(&mut self, name: &str, args: &[Value], line: usize) -> Option<Value> {
        let first = || args.first().cloned().unwrap_or(Value::Nil);
        let last = || args.last().cloned().unwrap_or(Value::Nil);
        Some(match name {
            "include" => {
                let context = args.get(1).cloned().unwrap_or(Value::Nil);
                self.include(&first(), &context, line)
            }
            "tpl" => {
                let context = args.get(1).cloned().unwrap_or(Value::Nil);
                self.template_text(&first(), &context, line)
            }
            "toYaml" | "toYamlPretty" | "toJson" | "toPrettyJson" | "toRawJson" | "toToml" => {
                self.whole(&last(), line)
            }
            "fromYaml" | "fromJson" | "fromYamlArray" | "fromJsonArray" | "fromToml" => {
                self.parsed(&last(), line)
            }
            "default" => {
                let value = last();
                self.note_default(&value, args, line)
            }
            "coalesce" => Value::one_of(
                args.iter()
                    .cloned()
                    .filter(|arg| !matches!(arg, Value::Nil)),
            ),
            "ternary" => {
                let condition = last();
                self.ask(&condition, line, false);
                match condition.truth() {
                    Some(true) => first(),
                    Some(false) => args.get(1).cloned().unwrap_or(Value::Nil),
                    None => Value::one_of(args.iter().take(2).cloned()),
                }
            }
            "and" => self.and(args, line),
            "or" => self.or(args, line),
            "not" | "empty" => {
                self.ask(&last(), line, false);
                last()
                    .truth()
                    .map_or(Value::Unknown, |truth| Value::Bool(!truth))
            }
            "all" | "any" => self.asked(args, line),
            "eq" | "ne" => self.equal(name == "eq", args, line),
            "required" | "lookup" if name == "required" => last(),
            "lookup" => {
                for arg in args {
                    self.consume_scalar(arg, line);
                }
                Value::Unknown
            }
            "dict" => {
                let mut dict = Dict::default();
                for pair in args.chunks(2) {
                    if let [key, value] = pair {
                        self.put(&mut dict, key, value.clone(), line);
                    }
                }
                Value::dict(dict)
            }
            "set" => self.set(args, line),
            "unset" => {
                if let (Value::Dict(dict), Some(key)) =
                    (first(), args.get(1).and_then(Value::constant))
                {
                    let without = Self::without(&Value::Dict(Rc::clone(&dict)), &[key]);
                    if let Value::Dict(new) = without {
                        let new = new.borrow().clone();
                        *dict.borrow_mut() = new;
                    }
                }
                first()
            }
            "get" => {
                let key = args.get(1).cloned().unwrap_or(Value::Nil);
                self.index(&first(), &key, line)
            }
            "index" => {
                let mut value = first();
                for key in args.iter().skip(1) {
                    value = self.index(&value, key, line);
                }
                value
            }
            "hasKey" => self.has_key(&first(), &args.get(1).cloned().unwrap_or(Value::Nil), line),
            "dig" => {
                let Some((value, rest)) = args.split_last() else {
                    return Some(Value::Nil);
                };
                let Some((fallback, keys)) = rest.split_last() else {
                    return Some(Value::Nil);
                };
                let found = keys
                    .iter()
                    .fold(value.clone(), |value, key| self.index(&value, key, line));
                Value::one_of([found, fallback.clone()])
            }
            "pluck" => {
                let mut values = Vec::new();
                for value in args.iter().skip(1) {
                    values.push(self.index(value, &first(), line));
                }
                Value::loose_list(values)
            }
            "merge" | "mergeOverwrite" => self.merge(args),
            "deepCopy" => match last() {
                Value::Dict(dict) => {
                    let copy = dict.borrow().clone();
                    Value::dict(copy)
                }
                Value::Nil => Value::Nil,
                value @ (Value::Place(..) | Value::Union(_)) => Value::dict(Dict {
                    bases: vec![value],
                    ..Dict::default()
                }),
                other => other,
            },
            "omit" => {
                let (keys, all) = names(&args[1.min(args.len())..]);
                if !all {
                    for arg in args.iter().skip(1) {
                        self.consume_scalar(arg, line);
                    }
                }
                Self::without(&first(), &keys)
            }
            "pick" => {
                let mut dict = Dict::default();
                for key in args.iter().skip(1) {
                    let value = self.index(&first(), key, line);
                    self.put(&mut dict, key, value, line);
                }
                // What is picked may be missing, so the map may be empty.
                dict.bases.push(Value::Unknown);
                Value::dict(dict)
            }
            "keys" => self.keys(args, line),
            "values" => {
                let mut values = Vec::new();
                for (_, value) in self.rounds(&last(), false, line) {
                    values.push(value);
                }
                Value::loose_list(values)
            }
            "fail" => {
                for arg in args {
                    self.mention(arg, line);
                }
                Value::Nil
            }
            _ => return self.list_function(name, args, line),
        })
    }

    fn list_function(&mut self, name: &str, args: &[Value], line: usize) -> Option<Value> {
        let first = || args.first().cloned().unwrap_or(Value::Nil);
        let last = || args.last().cloned().unwrap_or(Value::Nil);
        Some(match name {
            "list" | "tuple" => Value::list(args.to_vec()),
            "append" | "push" => {
                let added = args.get(1).cloned().unwrap_or(Value::Nil);
                self.joined(&first(), vec![added])
            }
            "prepend" => {
                let added = args.get(1).cloned().unwrap_or(Value::Nil);
                self.joined(&first(), vec![added])
            }
            "concat" => {
                let mut all = Value::list(Vec::new());
                for arg in args {
                    let items = match arg {
                        Value::List(list) => list.items.clone(),
                        other => vec![self.element_ranged(other, line)],
                    };
                    let exact = matches!((&all, arg), (Value::List(a), Value::List(b)) if !a.loose && !b.loose);
                    all = self.joined(&all, items);
                    if !exact && let Value::List(list) = &all {
                        all = Value::loose_list(list.items.clone());
                    }
                }
                all
            }
            "first" | "last" => match last() {
                Value::List(list) if !list.loose => {
                    let item = if name == "first" {
                        list.items.first()
                    } else {
                        list.items.last()
                    };
                    item.cloned().unwrap_or(Value::Nil)
                }
                other => self.element_ranged(&other, line),
            },
            "rest" | "initial" | "slice" | "without" | "compact" | "uniq" | "reverse" | "chunk"
            | "sortAlpha" => {
                let subject = if matches!(name, "slice" | "without") {
                    first()
                } else {
                    last()
                };
                for other in args.iter().skip(1) {
                    if matches!(name, "slice" | "without") {
                        self.consume_scalar(other, line);
                    }
                }
                match subject {
                    Value::List(list)
                        if matches!(name, "sortAlpha" | "uniq" | "compact" | "reverse") =>
                    {
                        Value::List(list)
                    }
                    Value::List(list) => Value::loose_list(list.items.clone()),
                    other => {
                        let element = self.element_ranged(&other, line);
                        Value::loose_list(vec![element])
                    }
                }
            }
            "has" => {
                self.ask(&first(), line, false);
                let list = last();
                self.ask(&list, line, false);
                let (Some(wanted), Value::List(list)) = (first().constant(), &list) else {
                    return Some(Value::Unknown);
                };
                if list.loose {
                    return Some(Value::Unknown);
                }
                let texts: Option<Vec<_>> = list.items.iter().map(Value::constant).collect();
                texts.map_or(Value::Unknown, |texts| Value::Bool(texts.contains(&wanted)))
            }
            "splitList" | "regexSplit" => {
                let separator = first().constant();
                let text = args.get(1).cloned().unwrap_or(Value::Nil).constant();
                match (separator, text) {
                    (Some(separator), Some(text)) if name == "splitList" => {
                        Value::list(text.split(&*separator).map(Value::text).collect())
                    }
                    (Some(pattern), Some(text)) if text::literal(&pattern).is_some() => {
                        let separator = text::literal(&pattern).unwrap_or_default();
                        Value::list(text.split(&separator).map(Value::text).collect())
                    }
                    _ => {
                        for arg in args {
                            self.consume_scalar(arg, line);
                        }
                        Value::loose_list(vec![Value::Unknown])
                    }
                }
            }
            "split" => {
                let (separator, text) = (first().constant(), last().constant());
                match (separator, text) {
                    (Some(separator), Some(text)) => {
                        let mut dict = Dict::default();
                        for (at, part) in text.split(&*separator).enumerate() {
                            dict.entries
                                .insert(format!("_{at}").into(), Value::text(part));
                        }
                        Value::dict(dict)
                    }
                    _ => {
                        self.consume_scalar(&last(), line);
                        Value::Unknown
                    }
                }
            }
            "until" | "untilStep" | "seq" => {
                for arg in args {
                    self.consume_scalar(arg, line);
                }
                Value::loose_list(vec![Value::Unknown])
            }
            "len" | "kindIs" | "kindOf" | "typeIs" | "typeOf" | "typeIsLike" | "deepEqual"
            | "isset" => {
                for arg in args {
                    self.ask(arg, line, false);
                }
                if name == "kindIs"
                    && let (Some(kind), value) = (first().constant(), last())
                {
                    return Some(kind_is(&kind, &value));
                }
                Value::Unknown
            }
            _ => return None,
        })
    }

    fn note_default(&mut self, value: &Value, args: &[Value], line: usize) -> Value {
        let fallback = args.first().cloned().unwrap_or(Value::Nil);
        if args.len() < 2 {
            return value.clone();
        }
        let _ = line;
        match value.truth() {
            Some(true) => value.clone(),
            Some(false) => fallback,
            None => Value::one_of([value.clone(), fallback]),
        }
    }

    fn and(&mut self, args: &[Value], line: usize) -> Value {
        if let Some(false) = args
            .iter()
            .find_map(|arg| arg.truth().filter(|truth| !truth))
        {
            // Go asks one after the other and stops at the first that is not true.
            for arg in args {
                if arg.truth() == Some(false) {
                    return arg.clone();
                }
                self.ask(arg, line, false);
            }
        }
        let Some((last, others)) = args.split_last() else {
            return Value::Nil;
        };
        let open = others.iter().any(|arg| arg.truth().is_none());
        for arg in others {
            self.ask(arg, line, false);
        }
        if open {
            Value::one_of([last.clone(), Value::Unknown])
        } else {
            last.clone()
        }
    }

    fn or(&mut self, args: &[Value], line: usize) -> Value {
        let mut possible = Vec::new();
        for arg in args {
            match arg.truth() {
                Some(true) => {
                    possible.push(arg.clone());
                    break;
                }
                Some(false) => {}
                None => possible.push(arg.clone()),
            }
        }
        let _ = line;
        if possible.is_empty() {
            return args.last().cloned().unwrap_or(Value::Nil);
        }
        Value::one_of(possible)
    }

    fn asked(&mut self, args: &[Value], line: usize) -> Value {
        for arg in args {
            self.ask(arg, line, false);
        }
        Value::Unknown
    }

    fn equal(&mut self, wants_equal: bool, args: &[Value], line: usize) -> Value {
        for arg in args {
            self.ask(arg, line, false);
        }
        let Some((first, others)) = args.split_first() else {
            return Value::Unknown;
        };
        let (Some(left), true) = (first.constants(), !others.is_empty()) else {
            return Value::Unknown;
        };
        let mut right = Vec::new();
        for other in others {
            match other.constants() {
                Some(texts) => right.extend(texts),
                None => return Value::Unknown,
            }
        }
        if left.len() == 1 && (others.len() == right.len()) {
            return Value::Bool(right.contains(&left[0]) == wants_equal);
        }
        // Several texts on one side: only that none of them fits is certain.
        if left.iter().all(|text| !right.contains(text)) {
            return Value::Bool(!wants_equal);
        }
        Value::Unknown
    }

    /// Returns a value as YAML text.
    fn whole(&mut self, value: &Value, line: usize) -> Value {
        match value {
            Value::Text(_) | Value::Bool(_) | Value::Number(_) => value.clone(),
            _ => {
                let origin = self.origin(line);
                Value::Output(Rc::new(Output::of(value.clone(), Form::Whole, origin)))
            }
        }
    }

    /// Returns what a text of YAML or JSON holds.
    fn parsed(&mut self, value: &Value, line: usize) -> Value {
        match value {
            Value::Output(output) => self.structure(output),
            Value::Union(values) => {
                let parsed: Vec<_> = values
                    .iter()
                    .map(|value| self.parsed(value, line))
                    .collect();
                Value::one_of(parsed)
            }
            Value::Text(text) => {
                let output = Output::text(text);
                self.structure(&output)
            }
            Value::Nil => Value::Nil,
            other => {
                self.consume_scalar(other, line);
                Value::Unknown
            }
        }
    }

    pub(super) fn put(&mut self, dict: &mut Dict, key: &Value, value: Value, line: usize) {
        match key.constants() {
            Some(names) if names.len() == 1 => {
                dict.entries.insert(Rc::clone(&names[0]), value);
            }
            Some(names) => {
                for name in names {
                    let known = dict.entries.get(&name).cloned();
                    let joined = known.map_or_else(
                        || value.clone(),
                        |known| Value::one_of([known, value.clone()]),
                    );
                    dict.entries.insert(name, joined);
                }
            }
            None => {
                self.consume_scalar(key, line);
                dict.others.push(value);
            }
        }
    }

    fn set(&mut self, args: &[Value], line: usize) -> Value {
        let [subject, key, value] = args else {
            return args.first().cloned().unwrap_or(Value::Nil);
        };
        for one in subject.alternatives() {
            match one {
                Value::Dict(dict) => {
                    let mut changed = dict.borrow().clone();
                    self.put(&mut changed, key, value.clone(), line);
                    *dict.borrow_mut() = changed;
                }
                Value::Place(id, _) => {
                    for name in key.constants().unwrap_or_default() {
                        let known = self.overlays.entry((id, name)).or_default();
                        if known.len() < 16
                            && !matches!(value, Value::Place(other, _) if *other == id)
                        {
                            known.push(value.clone());
                        }
                    }
                }
                _ => {}
            }
        }
        subject.clone()
    }

    fn has_key(&mut self, subject: &Value, key: &Value, line: usize) -> Value {
        let found = self.index(subject, key, line);
        let origin = self.origin(line);
        let mut places = Vec::new();
        self.places_in(&found, &mut places, 0);
        for (id, _) in places {
            self.places.read(id, How::Asked, &origin);
        }
        match (subject, key.constant()) {
            (Value::Dict(dict), Some(key)) => {
                let dict = dict.borrow();
                if dict.entries.contains_key(&key) {
                    Value::Bool(true)
                } else if dict.bases.is_empty() && dict.others.is_empty() {
                    Value::Bool(false)
                } else {
                    Value::Unknown
                }
            }
            _ => Value::Unknown,
        }
    }

    fn merge(&mut self, args: &[Value]) -> Value {
        let Some((first, others)) = args.split_first() else {
            return Value::Nil;
        };
        match first {
            Value::Dict(dict) => {
                let mut bases = Vec::new();
                for other in others {
                    let itself = matches!(other, Value::Dict(other) if Rc::ptr_eq(other, dict));
                    if !itself && !matches!(other, Value::Nil) {
                        bases.push(other.clone());
                    }
                }
                dict.borrow_mut().bases.extend(bases);
                first.clone()
            }
            other => {
                // Helm merges into the first map itself: what is read of it later may come from the others.
                for one in other.alternatives() {
                    if let Value::Place(id, _) = one {
                        let overlay = self.overlays.entry((id, "".into())).or_default();
                        if overlay.len() < 16 {
                            overlay.extend(others.iter().cloned());
                        }
                    }
                }
                Value::dict(Dict {
                    bases: args
                        .iter()
                        .filter(|arg| !matches!(arg, Value::Nil))
                        .cloned()
                        .collect(),
                    ..Dict::default()
                })
            }
        }
    }

    fn keys(&mut self, args: &[Value], line: usize) -> Value {
        let mut keys = Vec::new();
        let mut loose = false;
        for arg in args {
            for (key, _) in self.rounds(arg, true, line) {
                loose |= !matches!(key, Value::Text(_));
                keys.push(key);
            }
        }
        if loose {
            Value::loose_list(keys)
        } else {
            Value::list(keys)
        }
    }

    fn element_ranged(&mut self, value: &Value, line: usize) -> Value {
        let values: Vec<_> = self
            .rounds(value, false, line)
            .into_iter()
            .map(|(_, value)| value)
            .collect();
        Value::one_of(values)
    }

    fn joined(&mut self, list: &Value, more: Vec<Value>) -> Value {
        match list {
            Value::List(known) => {
                let mut items = known.items.clone();
                if items.len() < 512 {
                    items.extend(more);
                }
                Value::List(Rc::new(super::value::List {
                    items,
                    loose: known.loose,
                }))
            }
            Value::Nil => Value::list(more),
            other => {
                let element = self.element(other);
                if let Value::Place(id, _) = other {
                    let origin = self.origin(0);
                    self.places.read(*id, How::Ranged { keyed: false }, &origin);
                }
                let mut items = vec![element];
                items.extend(more);
                Value::loose_list(items)
            }
        }
    }

    /// Notes that templates tell a kind of value apart, so that it is one that may be there.
    fn note_kind(&mut self, value: &Value, kind: &str) {
        let kind = match kind {
            "map" | "map[string]interface {}" => "map",
            "slice" | "[]interface {}" => "slice",
            "string" => "string",
            "bool" => "bool",
            "int" | "int64" | "float64" => "number",
            _ => return,
        };
        for one in value.alternatives() {
            if let Value::Place(id, _) = one {
                let place = self.places.get_mut(id);
                if !place.kinds.contains(&kind) {
                    place.kinds.push(kind);
                }
            }
        }
    }

    /// Notes that a message of `fail` shows a value: that is no reading.
    fn mention(&mut self, value: &Value, line: usize) {
        let _ = (value, line);
    }

    fn text_function(&mut self, name: &str, args: &[Value], line: usize) -> Option<Value> {
        if let Some(texts) = args
            .iter()
            .map(Value::constant)
            .collect::<Option<Vec<_>>>()
            .filter(|texts| !texts.is_empty())
            && let Some(folded) = text::fold(name, &texts)
        {
            return Some(folded);
        }
        let last = || args.last().cloned().unwrap_or(Value::Nil);
        Some(match name {
            "print" | "println" | "cat" => self.printed(args, line),
            "printf" => self.formatted(args, line),
            "indent" | "nindent" => {
                let indent = match args.first() {
                    Some(Value::Number(number)) => text::to_index(*number),
                    _ => 0,
                };
                let inner = self.as_output(&last(), line);
                let mut output = Output::default();
                if name == "nindent" {
                    output.push_text("\n");
                }
                output.pieces.push(Piece::Nested {
                    output: inner,
                    indent,
                });
                Value::Output(Rc::new(output))
            }
            "quote" | "squote" => match last() {
                Value::Nil => Value::Nil,
                other => {
                    let origin = self.origin(line);
                    Value::Output(Rc::new(Output::of(other, Form::Quoted, origin)))
                }
            },
            // What only changes how a text looks leaves its places where they are.
            "trim"
            | "trimAll"
            | "trimSuffix"
            | "trimPrefix"
            | "trunc"
            | "abbrev"
            | "lower"
            | "upper"
            | "title"
            | "untitle"
            | "nospace"
            | "replace"
            | "toString"
            | "kebabcase"
            | "snakecase"
            | "camelcase"
            | "substr"
            | "wrap"
            | "repeat"
            | "regexReplaceAll"
            | "regexReplaceAllLiteral" => {
                for arg in &args[..args.len().saturating_sub(1)] {
                    self.consume_scalar(arg, line);
                }
                text::map(name, args).unwrap_or_else(last)
            }
            "int" | "int64" | "float64" | "toDecimal" | "ceil" | "floor" | "round" | "add"
            | "add1" | "addf" | "sub" | "subf" | "mul" | "mulf" | "div" | "divf" | "mod"
            | "max" | "maxf" | "min" | "minf" | "biggest" | "atoi" | "b64enc" | "b64dec"
            | "b32enc" | "sha256sum" | "sha1sum" | "sha512sum" | "adler32sum" | "md5sum"
            | "contains" | "hasPrefix" | "hasSuffix" | "regexMatch" | "regexFind"
            | "regexFindAll" | "semver" | "semverCompare" | "gt" | "ge" | "lt" | "le" | "join"
            | "toStrings" | "randAlphaNum" | "randAlpha" | "randNumeric" | "randBytes" | "now"
            | "date" | "dateInZone" | "ago" | "toDate" | "htmlDate" | "dateModify" | "duration"
            | "durationRound" | "unixEpoch" | "uuidv4" | "htpasswd" | "bcrypt"
            | "derivePassword" | "genPrivateKey" | "genCA" | "genSelfSignedCert"
            | "genSignedCert" | "urlquery" | "urlParse" | "urlJoin" | "html" | "js"
            | "getHostByName" | "base" | "dir" | "ext" | "clean" | "isAbs" | "osBase"
            | "plural" | "initials" | "swapcase" | "shuffle" | "seq" | "hello" | "ne" | "env"
            | "expandenv" => {
                for arg in args {
                    self.computed_with(arg, line);
                }
                // A list is joined, and what is no list counts as a list of one.
                if name == "join" {
                    self.note_kind(&last(), "string");
                    self.note_kind(&last(), "slice");
                }
                Value::Unknown
            }
            _ => return None,
        })
    }

    /// Notes that a value goes into a computation, with what a text printed before carries along.
    fn computed_with(&mut self, value: &Value, line: usize) {
        match value {
            Value::Output(_) => self.consume(value, line),
            Value::List(list) => {
                for item in &list.items {
                    self.consume_scalar(item, line);
                }
            }
            other => self.consume_scalar(other, line),
        }
    }

    pub(super) fn as_output(&mut self, value: &Value, line: usize) -> Rc<Output> {
        match value {
            Value::Output(output) => Rc::clone(output),
            Value::Text(text) => Rc::new(Output::text(text)),
            Value::Nil => Rc::default(),
            Value::Union(values) if values.iter().any(|one| matches!(one, Value::Output(_))) => {
                let sides = values.iter().map(|one| self.as_output(one, line)).collect();
                Rc::new(Output {
                    pieces: vec![Piece::Choice(sides)],
                })
            }
            other => {
                let origin = self.origin(line);
                Rc::new(Output::of(other.clone(), Form::Plain, origin))
            }
        }
    }

    fn printed(&mut self, args: &[Value], line: usize) -> Value {
        let mut output = Output::default();
        for arg in args {
            let inner = self.as_output(arg, line);
            output.push_output(&inner);
        }
        Value::Output(Rc::new(output))
    }

    fn formatted(&mut self, args: &[Value], line: usize) -> Value {
        let Some((format, args)) = args.split_first() else {
            return Value::Nil;
        };
        let Some(format) = format.constant() else {
            for arg in args {
                self.consume_scalar(arg, line);
            }
            self.consume_scalar(format, line);
            return Value::Unknown;
        };
        let mut output = Output::default();
        let mut args = args.iter();
        for part in text::verbs(&format) {
            match part {
                text::Part::Text(text) => output.push_text(&text),
                text::Part::Verb(verb) => {
                    if let Some(arg) = args.next() {
                        if verb == 'q' {
                            let origin = self.origin(line);
                            output.pieces.push(Piece::Value {
                                value: arg.clone(),
                                form: Form::Quoted,
                                origin,
                            });
                        } else {
                            let inner = self.as_output(arg, line);
                            output.push_output(&inner);
                        }
                    }
                }
            }
        }
        Value::Output(Rc::new(output))
    }
}

/// Returns the texts of all arguments, and whether all are known.
fn names(args: &[Value]) -> (Vec<Rc<str>>, bool) {
    let mut names = Vec::new();
    let mut all = true;
    for arg in args {
        match arg {
            Value::List(list) => {
                let (inner, known) = self::names(&list.items);
                names.extend(inner);
                all &= known && !list.loose;
            }
            other => match other.constants() {
                Some(texts) => names.extend(texts),
                None => all = false,
            },
        }
    }
    (names, all)
}

fn kind_is(kind: &str, value: &Value) -> Value {
    let actual = match value {
        Value::Text(_) => "string",
        Value::Bool(_) => "bool",
        Value::Nil => "invalid",
        Value::Dict(_) => "map",
        Value::List(_) => "slice",
        _ => return Value::Unknown,
    };
    Value::Bool(actual == kind)
}
