//! Alloy, Tempo, Mimir and Loki, played: what the one takes for a tenant, the others have for that tenant alone.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde_json::{Value, json};

/// What goes wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// A signal is lost on its way.
    Lost(&'static str),
    /// Nothing is to be had before it was asked for so often.
    Late(usize),
    /// The agent takes nothing before it was asked so often.
    AgentStarts(usize),
    /// The agent takes nothing.
    AgentRefuses,
    /// The backend of metrics answers with an error.
    BackendFails,
}

/// The played stack.
pub(super) struct Stack {
    port: u16,
    /// The tenant that the agent sends as.
    tenant: String,
    fault: Fault,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    traces: Vec<(String, String)>,
    metrics: Vec<String>,
    lines: Vec<String>,
    asked: Vec<String>,
    reads: usize,
    pushes: usize,
}

impl Stack {
    pub(super) fn start(tenant: &str, fault: Fault) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stack = Arc::new(Self {
            port: listener.local_addr().unwrap().port(),
            tenant: tenant.to_owned(),
            fault,
            kept: Mutex::default(),
        });
        let served = Arc::clone(&stack);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                served.serve(stream);
            }
        });
        stack
    }

    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Takes a line of the pod's output, as the agent does.
    pub(super) fn printed(&self, line: &str) {
        if self.fault != Fault::Lost("logs") {
            self.kept().lines.push(line.to_owned());
        }
    }

    /// Returns what was asked for, ids left out.
    pub(super) fn asked(&self) -> Vec<String> {
        self.kept().asked.clone()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    fn serve(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let mut words = line.split_whitespace();
        let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let (method, target) = (method.to_owned(), target.to_owned());
        let (mut tenant, mut length, mut kind) = (String::new(), 0, String::new());
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "x-scope-orgid" => value.clone_into(&mut tenant),
                "content-length" => length = value.parse().unwrap(),
                "content-type" => value.clone_into(&mut kind),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let (status, answer) = match method.as_str() {
            "POST" if kind == "application/json" => self.take(path, &body),
            "GET" => self.give(path, &decoded(query), &tenant),
            _ => (405, Value::Null),
        };
        let text = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} Said\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            text.len()
        );
        stream.write_all((head + &text).as_bytes()).unwrap();
    }

    /// Plays the agent; what is no OTLP is refused.
    fn take(&self, path: &str, body: &[u8]) -> (u16, Value) {
        let mut kept = self.kept();
        kept.asked.push(path.to_owned());
        kept.pushes += 1;
        match self.fault {
            Fault::AgentRefuses => return (503, Value::Null),
            Fault::AgentStarts(pushes) if kept.pushes <= pushes => return (503, Value::Null),
            _ => {}
        }
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return (400, Value::Null);
        };
        let taken = match path {
            "/v1/traces" => span(&body).map(|(trace, id)| {
                if self.fault != Fault::Lost("traces") {
                    kept.traces.push((trace, id));
                }
            }),
            "/v1/metrics" => point(&body).map(|id| {
                if self.fault != Fault::Lost("metrics") {
                    kept.metrics.push(id);
                }
            }),
            _ => None,
        };
        match taken {
            Some(()) => (200, json!({"partialSuccess": {}})),
            None => (400, Value::Null),
        }
    }

    /// Plays the backends.
    fn give(&self, path: &str, query: &str, tenant: &str) -> (u16, Value) {
        let mut kept = self.kept();
        kept.reads += 1;
        let shown = tenant == self.tenant
            && !matches!(self.fault, Fault::Late(reads) if kept.reads <= reads);
        if let Some(trace) = path.strip_prefix("/api/traces/") {
            kept.asked.push("/api/traces/".to_owned());
            let found = kept.traces.iter().find(|(known, _)| known == trace);
            return match found.filter(|_| shown) {
                Some((_, id)) => (200, json!({"batches": [{"attributes": [id]}]})),
                None => (404, Value::Null),
            };
        }
        kept.asked.push(path.to_owned());
        let result = match path {
            "/prometheus/api/v1/query" if self.fault == Fault::BackendFails => {
                return (500, json!({"status": "error"}));
            }
            "/prometheus/api/v1/query" => kept
                .metrics
                .iter()
                .filter(|id| query == format!("query=smoke_test_push{{id=\"{id}\"}}"))
                .map(|id| json!({"metric": {"__name__": "smoke_test_push", "id": id}}))
                .collect::<Vec<_>>(),
            "/loki/api/v1/query_range" => kept
                .lines
                .iter()
                .filter(|line| {
                    query
                        == format!(
                            "query={{namespace=\"team-dev\", pod=\"smoke-test-x7k2p\"}} |= \"{line}\"&limit=1"
                        )
                })
                .map(|line| json!({"values": [["1", line]]}))
                .take(1)
                .collect(),
            _ => return (404, Value::Null),
        };
        let result = if shown { result } else { Vec::new() };
        (
            200,
            json!({"status": "success", "data": {"result": result}}),
        )
    }
}

/// Returns the trace's id and the run's, if the body is one span as OTLP has it.
fn span(body: &Value) -> Option<(String, String)> {
    let span = body.pointer("/resourceSpans/0/scopeSpans/0/spans/0")?;
    named(body.pointer("/resourceSpans/0/resource")?, "service.name")?;
    let trace = hex(&span["traceId"], 32)?;
    hex(&span["spanId"], 16)?;
    let (start, end) = (
        nanos(&span["startTimeUnixNano"])?,
        nanos(&span["endTimeUnixNano"])?,
    );
    let id = named(span, "smoke_test.id")?;
    (start < end && span["name"].is_string()).then_some((trace, id))
}

/// Returns the run's id, if the body is one point as OTLP has it.
fn point(body: &Value) -> Option<String> {
    let metric = body.pointer("/resourceMetrics/0/scopeMetrics/0/metrics/0")?;
    let point = metric.pointer("/gauge/dataPoints/0")?;
    nanos(&point["timeUnixNano"])?;
    point["asInt"].as_str()?.parse::<i64>().ok()?;
    (metric["name"] == "smoke_test_push").then(|| named(point, "id"))?
}

fn hex(value: &Value, length: usize) -> Option<String> {
    let text = value.as_str()?;
    let fits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| text.to_owned())
}

/// Reads a time, which is a text in OTLP's JSON and has nineteen digits in our days.
fn nanos(value: &Value) -> Option<u64> {
    let text = value.as_str()?;
    (text.len() == 19).then(|| text.parse().ok())?
}

/// Returns the text of an attribute.
fn named(holder: &Value, key: &str) -> Option<String> {
    let attributes = holder["attributes"].as_array()?;
    let found = attributes
        .iter()
        .find(|attribute| attribute["key"] == key)?;
    found["value"]["stringValue"].as_str().map(str::to_owned)
}

/// Undoes the coding of a query.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                u8::from_str_radix(&String::from_utf8(digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}
