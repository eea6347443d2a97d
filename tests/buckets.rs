//! The script that creates buckets, run by a shell as the Job runs it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use helmwright::source::Source;
use helmwright::yaml::{self, Node, Value};
use helmwright_tests::root;

/// An AWS command line whose store is a folder. The first calls fail as often as the file `down` says, a bucket `foreign`
/// is another's, and what is asked is written down.
const STAND_IN: &str = r#"#!/bin/sh
echo "$*" >>"$STORE/calls"
if [ "$1" = configure ]; then exit 0; fi
left=$(cat "$STORE/down" 2>/dev/null || echo 0)
if [ "$left" -gt 0 ]; then
  echo $((left - 1)) >"$STORE/down"
  echo "Could not connect to the endpoint URL: \"$AWS_ENDPOINT_URL/$4-404\"" >&2
  exit 255
fi
if [ "$4" = foreign ]; then
  echo "An error occurred (403) when calling the HeadBucket operation: Forbidden" >&2
  exit 254
fi
case "$2" in
head-bucket)
  if [ -d "$STORE/buckets/$4" ]; then exit 0; fi
  echo "An error occurred (404) when calling the HeadBucket operation: Not Found" >&2
  exit 254
  ;;
create-bucket) mkdir "$STORE/buckets/$4" ;;
esac
"#;

/// The Job's container, as the case of that name has it.
struct Container {
    node: Node,
}

impl Container {
    fn of(case: &str) -> Self {
        let file = root().join("tests/cases/buckets").join(case);
        let text = fs::read_to_string(&file).unwrap();
        let job = yaml::read(&Source::new(case, text)).unwrap();
        let Value::List(containers) = &job
            .at(&["spec", "template", "spec", "containers"])
            .unwrap()
            .value
        else {
            unreachable!("a Job has containers")
        };
        Self {
            node: containers[0].clone(),
        }
    }

    fn list(&self, key: &str) -> Vec<Node> {
        match &self.node.get(key).unwrap().value {
            Value::List(items) => items.clone(),
            _ => Vec::new(),
        }
    }

    fn texts(&self, key: &str) -> Vec<String> {
        let items = self.list(key);
        let texts = items.iter().map(|item| item.as_str().unwrap().to_owned());
        texts.collect()
    }

    /// Makes the command as the kubelet would, with the first pause cut short and `more` variables set.
    fn command(&self, home: &Path, more: &[(&str, &str)]) -> Command {
        let argv = self.texts("command");
        let mut command = Command::new(&argv[0]);
        command.args(&argv[1..]).args(self.texts("args"));
        for variable in self.list("env") {
            let text = |key: &str| variable.get(key).and_then(Node::as_str);
            let value = text("value").unwrap_or("from-a-secret");
            command.env(text("name").unwrap(), value);
        }
        command.env("HOME", home).env("FIRST_PAUSE", "0");
        command.envs(more.iter().copied());
        command
    }
}

/// A store in a folder, and the stand-in that reads it.
struct Store {
    folder: tempfile::TempDir,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("buckets")).unwrap();
        let aws = folder.path().join("aws");
        fs::write(&aws, STAND_IN).unwrap();
        fs::set_permissions(&aws, fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn down_for(self, calls: u32) -> Self {
        fs::write(self.folder.path().join("down"), calls.to_string()).unwrap();
        self
    }

    fn run(&self, container: &Container, more: &[(&str, &str)]) -> Output {
        let mut command = container.command(self.folder.path(), more);
        self.output(&mut command)
    }

    /// Runs it for one more bucket, and gives up soon.
    fn run_with(&self, container: &Container, bucket: &str) -> Output {
        let mut command = container.command(self.folder.path(), &[("TRIES", "2")]);
        self.output(command.arg(bucket))
    }

    fn output(&self, command: &mut Command) -> Output {
        let folder = self.folder.path();
        let path = format!("{}:/usr/bin:/bin", folder.display());
        command.env("STORE", folder).env("PATH", path);
        command.output().unwrap()
    }

    fn buckets(&self) -> BTreeSet<String> {
        let listed = fs::read_dir(self.folder.path().join("buckets")).unwrap();
        listed
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default();
        let _ = fs::remove_file(self.folder.path().join("calls"));
        text.lines().map(str::to_owned).collect()
    }
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

const WANTED: [&str; 4] = [
    "dts-metrics-dev-alertmanager",
    "dts-metrics-dev-blocks",
    "dts-metrics-dev-ruler",
    "dts-traces-dev-blocks",
];

#[test]
fn buckets_are_created_once() {
    let container = Container::of("valid-job.job.yaml");
    let store = Store::new();
    let first = store.run(&container, &[]);
    assert!(first.status.success(), "{}", said(&first));
    assert_eq!(store.buckets(), WANTED.map(str::to_owned).into());
    let calls = store.calls();
    assert_eq!(calls[0], "configure set default.s3.addressing_style path");
    assert_eq!(calls.len(), 1 + 2 * WANTED.len(), "{calls:?}");
    // The second run asks, and changes nothing.
    let second = store.run(&container, &[]);
    assert!(second.status.success(), "{}", said(&second));
    let calls = store.calls();
    assert_eq!(calls.len(), 1 + WANTED.len(), "{calls:?}");
    assert!(calls.iter().all(|call| !call.contains("create-bucket")));
}

#[test]
fn a_store_that_is_not_up_yet_is_waited_for() {
    let container = Container::of("valid-job.job.yaml");
    let store = Store::new().down_for(5);
    let output = store.run(&container, &[]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(store.buckets().len(), WANTED.len());
}

#[test]
fn a_store_that_stays_away_fails_the_job() {
    let container = Container::of("valid-job.job.yaml");
    let store = Store::new().down_for(1000);
    let output = store.run(&container, &[("TRIES", "3")]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("no success after 3 tries"));
    // An address that ends in 404 is no answer that says so.
    assert!(
        store
            .calls()
            .iter()
            .all(|call| !call.contains("create-bucket"))
    );
    // A bucket of somebody else's is not taken for one that is missing.
    let store = Store::new();
    let output = store.run_with(&container, "foreign");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("(403)"));
}

#[test]
fn amazon_is_told_the_place_and_others_are_not() {
    let store = Store::new();
    let output = store.run(&Container::of("valid-aws.job.yaml"), &[]);
    assert!(output.status.success(), "{}", said(&output));
    let calls = store.calls();
    assert_eq!(
        calls[0],
        "configure set default.s3.addressing_style virtual"
    );
    assert_eq!(
        calls[2],
        "s3api create-bucket --bucket dts-traces-dev-blocks --create-bucket-configuration LocationConstraint=eu-central-1"
    );
}

#[test]
fn no_name_is_pasted_into_the_script() {
    let container = Container::of("valid-job.job.yaml");
    let script = &container.texts("command")[2];
    for text in ["dts-", "object-store", "8333", "us-east-1"] {
        assert!(!script.contains(text), "{text} stands in the script");
    }
    // A name that a shell would take apart stays whole.
    let hostile = "a b; exit 3 $(exit 4) `exit 5` 'q\" *";
    let store = Store::new();
    let output = store.run_with(&container, hostile);
    assert!(output.status.success(), "{}", said(&output));
    assert!(store.buckets().contains(hostile), "{:?}", store.buckets());
}

/// A store with an S3 interface, as far as buckets go: they are asked for by `HEAD` and made by `PUT`, by path.
fn serve(listener: TcpListener, buckets: &Mutex<Vec<String>>) {
    for stream in listener.incoming() {
        let _ = answer(&stream.unwrap(), buckets);
    }
}

fn answer(mut stream: &TcpStream, buckets: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let mut words = request.split(' ');
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let name = path.trim_start_matches('/').to_owned();
    let mut known = buckets.lock().unwrap();
    let status = match method {
        "HEAD" if known.contains(&name) => "200 OK",
        "HEAD" => "404 Not Found",
        "PUT" => {
            known.push(name);
            "200 OK"
        }
        _ => "405 Method Not Allowed",
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

/// Run it with `HELMWRIGHT_AWS=<path of aws> cargo test -p helmwright-tests --test buckets -- --ignored`.
#[test]
#[ignore = "needs the AWS command line, which HELMWRIGHT_AWS names"]
fn the_real_command_line_does_what_the_stand_in_does() {
    let aws = std::env::var("HELMWRIGHT_AWS").unwrap();
    let folder = Path::new(&aws).parent().unwrap().display().to_string();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let buckets = Arc::new(Mutex::new(Vec::new()));
    let shared = Arc::clone(&buckets);
    std::thread::spawn(move || serve(listener, &shared));
    let home = tempfile::tempdir().unwrap();
    let container = Container::of("valid-job.job.yaml");
    for created in [WANTED.len(), WANTED.len()] {
        let mut command = container.command(home.path(), &[("AWS_ENDPOINT_URL", &endpoint)]);
        command.env("PATH", format!("{folder}:/usr/bin:/bin"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        assert_eq!(buckets.lock().unwrap().len(), created, "{}", said(&output));
    }
    // Where nobody listens the Job fails.
    let mut command = container.command(
        home.path(),
        &[("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), ("TRIES", "2")],
    );
    command.env("PATH", format!("{folder}:/usr/bin:/bin"));
    assert_eq!(command.output().unwrap().status.code(), Some(1));
}
