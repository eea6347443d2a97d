//! `cargo xtask contracts`: builds the contracts that we ship, says which are out of date, and measures them.

mod agree;
mod charts;
mod clock;
mod documents;
mod judged;
mod measure;
mod mutate;
mod place;
mod report;
mod shape;
mod suites;
mod tally;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use helmwright::Catalog;
use helmwright::chart::Chart;
use helmwright::contract::Contract;

use crate::cargo::root;
use charts::Found;

/// The most bytes that one contract may have.
const MOST_BYTES: usize = 400_000;
/// The most bytes that all contracts together may have.
const MOST_BYTES_TOGETHER: usize = 4_000_000;

/// What is asked of the chore.
#[derive(Debug, Default)]
struct Request {
    charts: Option<PathBuf>,
    only: Option<String>,
    out: Option<PathBuf>,
    check: bool,
    measure: bool,
    committed: bool,
    unit_tests: bool,
    agree: bool,
}

/// Runs the chore with its arguments.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let request = parse(arguments)?;
    let folder = match (&request.charts, std::env::var_os("HELMWRIGHT_CHARTS")) {
        (Some(folder), _) => folder.clone(),
        (None, Some(folder)) => folder.into(),
        (None, None) => bail!("name a folder of charts with --charts, or set HELMWRIGHT_CHARTS"),
    };
    let (found, broken) = charts::find(&folder, request.only.as_deref())?;
    if found.is_empty() {
        bail!("no chart with templates in {}", folder.display());
    }
    if request.measure {
        let measured = measure::all(&found, request.committed, request.agree)?;
        let text = report::write(&measured, &charts::sources(&folder));
        if let Some(out) = &request.out {
            fs::write(out, &text).with_context(|| format!("cannot write {}", out.display()))?;
        }
        print!("{text}");
        if request.agree {
            print!("{}", report::agreement(&measured));
        }
        if request.unit_tests {
            print!("{}", report::unit_tests(&measured));
        }
        return Ok(());
    }
    ship(&found, broken, &request)
}

fn parse(arguments: &[&str]) -> Result<Request> {
    let mut request = Request::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || {
            rest.next()
                .with_context(|| format!("{argument} needs a value"))
        };
        match *argument {
            "--charts" => request.charts = Some(value()?.into()),
            "--measure" => {
                request.measure = true;
                request.charts = Some(value()?.into());
            }
            "--only" => request.only = Some((*value()?).to_owned()),
            "--out" => request.out = Some(value()?.into()),
            "--check" => request.check = true,
            "--agree" => request.agree = true,
            "--unit-tests" => request.unit_tests = true,
            "--committed" => request.committed = true,
            other => bail!("`{other}` is not known to this chore; see `cargo xtask help`"),
        }
    }
    Ok(request)
}

/// A contract that was built, and how long that took.
struct Fresh {
    contract: Contract,
    text: String,
    /// Who reads each value.
    reads: String,
    took: Duration,
    missing: Vec<String>,
}

/// Builds a contract as `helmwright contract build` does.
fn build(chart: &Chart) -> Result<Fresh> {
    let start = clock::now();
    let mut built = Contract::build(chart)
        .with_context(|| format!("no contract of {} {}", chart.name, chart.version))?;
    let lost = Catalog::bundled().close_programs(&mut built.contract)?;
    if !lost.is_empty() {
        println!(
            "{} {}: the index of programs leads nowhere at {}",
            chart.name,
            chart.version,
            lost.join(", ")
        );
    }
    let took = clock::now().saturating_sub(start);
    Ok(Fresh {
        text: built.to_json(),
        reads: built.reads.to_json(),
        contract: built.contract,
        took,
        missing: built.missing,
    })
}

/// Returns where the contract of a chart version is kept.
fn kept(chart: &str, version: &str) -> PathBuf {
    root()
        .join("schemas/charts")
        .join(chart)
        .join(format!("{version}.schema.json"))
}

/// Builds and writes the contracts, or says which are out of date.
fn ship(found: &[Found], broken: Vec<String>, request: &Request) -> Result<()> {
    let mut wrong = broken;
    let (mut changed, mut all_bytes) = (Vec::new(), 0);
    let mut names = Vec::new();
    for Found { chart, .. } in found {
        let name = format!("{} {}", chart.name, chart.version);
        let fresh = build(chart)?;
        let path = kept(&chart.name, &chart.version);
        let before = fs::read_to_string(&path).ok();
        let reads = path.with_file_name(format!("{}.reads.json", chart.version));
        let same_reads = fs::read_to_string(&reads).is_ok_and(|text| text == fresh.reads);
        let state = match &before {
            None => "new",
            Some(text) if *text == fresh.text && same_reads => "unchanged",
            Some(_) => "out of date",
        };
        println!(
            "{name}: {state}, {} ms, {} bytes",
            fresh.took.as_millis(),
            fresh.text.len()
        );
        for subchart in &fresh.missing {
            println!("{name}: the subchart {subchart} is not at hand");
        }
        if fresh.text.len() > MOST_BYTES {
            wrong.push(format!("{name} is over {MOST_BYTES} bytes"));
        }
        if state != "unchanged" {
            if request.check {
                wrong.push(format!("{name} is {state}"));
            } else {
                changed.push((path.clone(), fresh.text.clone()));
                changed.push((reads, fresh.reads.clone()));
            }
        }
        all_bytes += fresh.text.len();
        names.push(path);
    }
    for path in strangers(&names)? {
        all_bytes += fs::metadata(&path).map_or(0, |data| usize::try_from(data.len()).unwrap_or(0));
        if request.only.is_none() {
            let name = path.strip_prefix(root()).unwrap_or(&path).display();
            println!("{name}: kept, its chart is not in the folder");
        }
    }
    println!(
        "{} contracts, {all_bytes} bytes with all that are kept",
        found.len()
    );
    if all_bytes > MOST_BYTES_TOGETHER {
        wrong.push(format!("all together are over {MOST_BYTES_TOGETHER} bytes"));
    }
    write(&changed)?;
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n       "));
    }
    Ok(())
}

/// Writes contracts, and makes the compiler look at what is bundled again.
fn write(changed: &[(PathBuf, String)]) -> Result<()> {
    for (path, text) in changed {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if changed.is_empty() {
        return Ok(());
    }
    let assets = root().join("crates/core/src/assets.rs");
    fs::File::options()
        .append(true)
        .open(&assets)
        .and_then(|file| file.set_modified(std::time::SystemTime::now()))
        .with_context(|| format!("cannot touch {}", assets.display()))
}

/// Returns the contracts that are kept and not among these.
fn strangers(names: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut others = Vec::new();
    for folder in charts::entries(&root().join("schemas/charts"))? {
        if folder.is_dir() {
            others.extend(charts::entries(&folder)?);
        }
    }
    others.retain(|path: &PathBuf| !names.contains(path) && is_contract(path));
    Ok(others)
}

fn is_contract(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".schema.json")
}
