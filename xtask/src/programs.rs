//! Closes the configuration of the programs that charts run: from their source to `schemas/programs`.
//!
//! These programs refuse unknown keys at start, and what they know is written in one place: the `yaml` tags of the
//! Go structs that they read their file into. Only names and types are taken from there.

mod go;
mod known;
mod read;
mod shape;
mod tokens;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::cargo::root;
use read::Source;
use shape::Shape;

/// A program: its name, and the Go types of its files as part, package and type. The first is its configuration.
type Program = (
    &'static str,
    &'static [(&'static str, &'static str, &'static str)],
);

const PROGRAMS: &[Program] = &[
    (
        "loki",
        &[
            ("config", "pkg/loki", "Config"),
            ("runtime", "pkg/loki", "runtimeConfigValues"),
        ],
    ),
    (
        "mimir",
        &[
            ("config", "pkg/mimir", "Config"),
            ("runtime", "pkg/mimir", "runtimeConfigValues"),
        ],
    ),
    (
        "pyroscope",
        &[
            ("config", "pkg/pyroscope", "Config"),
            ("runtime", "pkg/validation", "RuntimeConfigValues"),
        ],
    ),
    (
        "tempo",
        &[
            ("config", "cmd/tempo/app", "Config"),
            ("runtime", "modules/overrides", "perTenantOverrides"),
        ],
    ),
];

/// The receivers of the OpenTelemetry collector that Tempo knows, by their kinds and the packages of their types.
const RECEIVERS: &[(&str, &str)] = &[
    (
        "jaeger",
        "github.com/open-telemetry/opentelemetry-collector-contrib/receiver/jaegerreceiver",
    ),
    (
        "kafka",
        "github.com/open-telemetry/opentelemetry-collector-contrib/receiver/kafkareceiver",
    ),
    (
        "opencensus",
        "github.com/open-telemetry/opentelemetry-collector-contrib/receiver/opencensusreceiver",
    ),
    (
        "otlp",
        "go.opentelemetry.io/collector/receiver/otlpreceiver",
    ),
    (
        "zipkin",
        "github.com/open-telemetry/opentelemetry-collector-contrib/receiver/zipkinreceiver",
    ),
];

/// Reads the receivers, which Tempo's own types leave open.
fn receivers(source: &mut Source) -> Result<Shape> {
    let mut kinds = BTreeMap::new();
    for (kind, package) in RECEIVERS {
        if let Some(shape) = source.component(package)? {
            kinds.insert((*kind).to_owned(), shape);
        }
    }
    let shape = Shape::Kinds(kinds);
    source.fixed.insert(
        ("distributor.Config".to_owned(), "receivers".to_owned()),
        shape.clone(),
    );
    Ok(shape)
}

/// Writes the schemas of all checkouts `<from>/<program>/<version>`.
pub(crate) fn run(from: &Path) -> Result<()> {
    let mut unknown = 0;
    for (program, parts) in PROGRAMS {
        let folder = from.join(program);
        if !folder.is_dir() {
            continue;
        }
        let mut versions: Vec<_> = fs::read_dir(&folder)?
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        versions.sort();
        for version in versions {
            let mut source = Source::open(&folder.join(&version))?;
            let receivers = (*program == "tempo").then(|| receivers(&mut source));
            let receivers = receivers.transpose()?;
            let mut shapes = Vec::new();
            for (part, package, name) in *parts {
                let shape = source
                    .shape(package, name)
                    .with_context(|| format!("{program} {version}"))?;
                shapes.push((*part, shape));
            }
            shapes.extend(receivers.map(|shape| ("receivers", shape)));
            for problem in &source.unknown {
                println!("{program} {version}: {problem}");
            }
            unknown += source.unknown.len();
            let text = shape::document(&format!("{program} {version}"), &shapes);
            let target = root().join("schemas/programs").join(program);
            fs::create_dir_all(&target)?;
            fs::write(target.join(format!("{version}.schema.json")), &text)?;
            println!("{program} {version}: {} bytes", text.len());
        }
    }
    if unknown > 0 {
        bail!("{unknown} types are not known: see xtask/src/programs/known.rs");
    }
    Ok(())
}
