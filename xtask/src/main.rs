//! Developer chores: `cargo xtask <chore>`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a chore talks to the developer who runs it"
)]

mod bench;
mod cargo;
mod contracts;
mod kubernetes;
mod programs;
mod tests;
mod tools;
mod workloads;

use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask <chore>

Chores:
  test [FILTER]   build the test tools, then run every test; says what it left out
  bless           run the tests and accept new goldens, reports, schemas and contracts
  tools           build the test tools only, and print where they are
  programs DIR    derive schemas/programs from the programs' source, DIR/<program>/<version>/
  bench           measure against the targets in docs/measurements/speed.md
  kubernetes VERSION FILE...
                  write schemas/kubernetes/VERSION.json from Kubernetes' swagger.json
                  and schemas of custom resources, <group>/<kind>_<version>.json each
  contracts [--charts DIR] [--only CHART[@VERSION]] [--check]
                  build the contract of every chart in a folder, <chart>/<version>/, and say which are new or out of
                  date; with --check write nothing, and fail if one is
  contracts --measure DIR [--only CHART[@VERSION]] [--committed] [--agree] [--unit-tests] [--out FILE]
                  measure contracts on the values that people write; --committed takes those that are kept,
                  --agree prints where another JSON Schema validator thinks otherwise,
                  --unit-tests prints what is found on the values that the charts' unit tests set
  workloads --charts DIR [--only TEXT]
                  render every environment with the charts of a folder, <chart>/<version>/, and compare each workload
                  with what is predicted of it; --only takes environments whose path holds a text

Environment:
  HELMWRIGHT_CHARTS  a folder of charts, <chart>/<version>/, to test contracts against
  HELMWRIGHT_TOOLS   where built test tools are kept (default: the user's cache folder)
  CI                 if set, a missing test tool is an error
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test"] => tests::run(None, false),
        ["test", filter] => tests::run(Some(filter), false),
        ["bless"] => tests::run(None, true),
        ["tools"] => tools::all().and_then(|mut tools| {
            tools.extend(tools::packages()?);
            for tool in tools {
                println!("{} {}", tool.name, tool.path.display());
            }
            Ok(())
        }),
        ["programs", from] => programs::run(std::path::Path::new(from)),
        ["bench"] => bench::run_all(),
        ["kubernetes", version, files @ ..] if !files.is_empty() => kubernetes::run(version, files),
        ["workloads", rest @ ..] => workloads::run(rest),
        ["contracts", rest @ ..] => contracts::run(rest),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
