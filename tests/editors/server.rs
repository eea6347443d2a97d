//! A language server over its standard streams, spoken to as an editor does.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// Longest wait for one message. A loaded machine starts a server in seconds, not in this.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running server.
pub(crate) struct Server {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    /// Messages that nobody has asked for yet.
    waiting: Vec<Value>,
    last: u64,
}

/// An open text.
pub(crate) struct Opened {
    uri: String,
    text: String,
    /// What the server marks: the marked text and what it says.
    pub(crate) marks: Vec<(String, String)>,
}

impl Server {
    /// Starts the server that `cargo xtask test` installed, with a folder open.
    pub(crate) fn start(folder: &Path) -> Self {
        let program = std::env::var_os("HELMWRIGHT_YAML_LANGUAGE_SERVER")
            .expect("`cargo xtask test` installs the server and says where it is");
        let mut child = Command::new("node")
            .arg(program)
            .arg("--stdio")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, from) = channel();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            while let Some(message) = receive(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut server = Self {
            to: child.stdin.take().unwrap(),
            child,
            from,
            waiting: Vec::new(),
            last: 0,
        };
        let uri = uri(folder);
        server.ask(
            "initialize",
            &json!({
                "processId": std::process::id(),
                "rootUri": uri,
                "workspaceFolders": [{"uri": uri, "name": "project"}],
                "capabilities": {"workspace": {"configuration": true}},
            }),
        );
        server.tell("initialized", &json!({}));
        server
    }

    /// Opens a text under a file's name, and waits for what the server says of it.
    pub(crate) fn open(&mut self, file: &Path, text: &str) -> Opened {
        let uri = uri(file);
        self.tell(
            "textDocument/didOpen",
            &json!({"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}),
        );
        let said = self.wait(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri.as_str()
        });
        let marks = said["params"]["diagnostics"]
            .as_array()
            .unwrap()
            .iter()
            .map(|mark| {
                let range =
                    offset(text, &mark["range"]["start"])..offset(text, &mark["range"]["end"]);
                let words = mark["message"].as_str().unwrap().to_owned();
                (text[range].to_owned(), words)
            })
            .collect();
        Opened {
            uri,
            text: text.to_owned(),
            marks,
        }
    }

    /// Returns what is shown at the first place of some text.
    pub(crate) fn hover(&mut self, file: &Opened, at: &str) -> String {
        let place = file.place(file.text.find(at).unwrap() + 1);
        let shown = self.ask("textDocument/hover", &place);
        shown["contents"]["value"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Returns the words that are offered just behind the first place of some text.
    pub(crate) fn complete(&mut self, file: &Opened, behind: &str) -> Vec<String> {
        let place = file.place(file.text.find(behind).unwrap() + behind.len());
        let offered = self.ask("textDocument/completion", &place);
        offered["items"]
            .as_array()
            .or_else(|| offered.as_array())
            .unwrap()
            .iter()
            .map(|item| item["label"].as_str().unwrap().to_owned())
            .collect()
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let id = self.last;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        let mut answer =
            self.wait(|message| message["id"] == id && message.get("method").is_none());
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.waiting.iter().position(&wanted) {
            return self.waiting.remove(at);
        }
        loop {
            let message = self
                .from
                .recv_timeout(PATIENCE)
                .expect("the server answers in time");
            if wanted(&message) {
                return message;
            }
            match (message.get("id"), message["method"].as_str()) {
                (Some(id), Some(method)) => self.answer(id, method, &message["params"]),
                _ => self.waiting.push(message),
            }
        }
    }

    /// Answers what the server asks of its editor: a user who changed no settings, without a network.
    fn answer(&mut self, id: &Value, method: &str, params: &Value) {
        let result = match method {
            "workspace/configuration" => params["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| match item["section"].as_str() {
                    Some("yaml") => json!({
                        "schemaStore": {"enable": false},
                        "validate": true, "hover": true, "completion": true,
                    }),
                    _ => json!({}),
                })
                .collect(),
            _ => Value::Null,
        };
        self.send(&json!({"jsonrpc": "2.0", "id": id, "result": result}));
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.to.flush().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Opened {
    fn place(&self, offset: usize) -> Value {
        let before = &self.text[..offset];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let position = json!({
            "line": before.matches('\n').count(),
            "character": before[start..].encode_utf16().count(),
        });
        json!({"textDocument": {"uri": self.uri}, "position": position})
    }
}

/// Returns the byte of a position, which counts lines and UTF-16 units from 0.
fn offset(text: &str, position: &Value) -> usize {
    let number = |key: &str| usize::try_from(position[key].as_u64().unwrap()).unwrap();
    let (line, units) = (number("line"), number("character"));
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let mut seen = 0;
    let rest = &text[start..];
    let within = rest
        .char_indices()
        .find(|(_, character)| {
            let here = seen >= units;
            seen += character.len_utf16();
            here
        })
        .map_or(rest.len(), |(at, _)| at);
    start + within
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn receive(from: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
