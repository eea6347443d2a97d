//! Each step of the pipeline alone, for the shipped `prod`.

use helmwright::pipeline::{DEFAULT_LAYOUT, Derived, render};
use helmwright::policy::{self, Asked, Waivers};
use helmwright::source::Source;
use helmwright::{Catalog, Contract, Environment, Request, build, yaml};
use helmwright_benches::{Shipped, shipped};

fn main() {
    divan::main();
}

fn prod() -> Environment {
    let source = Source::new("envs/prod.yaml", shipped("prod.yaml"));
    Environment::read(&source, &Shipped, Catalog::bundled())
        .environment
        .expect("prod is fine")
}

#[divan::bench]
fn read_yaml(bencher: divan::Bencher<'_, '_>) {
    let source = Source::new("envs/prod.yaml", shipped("prod.yaml"));
    bencher.bench(|| yaml::read(&source));
}

#[divan::bench]
fn read_environment(bencher: divan::Bencher<'_, '_>) {
    let source = Source::new("envs/prod.yaml", shipped("prod.yaml"));
    Catalog::bundled();
    bencher.bench(|| Environment::read(&source, &Shipped, Catalog::bundled()));
}

#[divan::bench]
fn render_and_check(bencher: divan::Bencher<'_, '_>) {
    bencher
        .with_inputs(prod)
        .bench_values(|environment| render(environment, Catalog::bundled(), &mut Vec::new()));
}

/// All rules about one environment, with the workloads they look at; the target is 0.2 ms.
#[divan::bench(args = ["dev", "test", "prod"])]
fn ask_rules(bencher: divan::Bencher<'_, '_>, name: &str) {
    let catalog = Catalog::bundled();
    let file = format!("{name}.yaml");
    let source = Source::new(format!("envs/{file}"), shipped(&file));
    let environment = Environment::read(&source, &Shipped, catalog)
        .environment
        .expect("it is fine");
    let derived = Derived::new(environment, catalog, &mut Vec::new());
    let waivers = Waivers::default();
    bencher.bench(|| {
        let inputs = derived.inputs(catalog);
        policy::run(
            &derived.facts(&inputs, catalog),
            &waivers,
            &Asked::default(),
        )
    });
}

#[divan::bench(args = ["tempo-distributed 2.26.2", "mimir-distributed 6.0.6", "loki 18.11.0", "alloy 1.11.1", "traefik 41.3.0"])]
fn load_contract(bencher: divan::Bencher<'_, '_>, name: &str) {
    let (chart, version) = name.split_once(' ').expect("chart and version");
    let text = Catalog::bundled()
        .contract_text(chart, version)
        .expect("bundled");
    bencher.bench(|| Contract::from_json(text));
}

#[divan::bench(args = [1, 10, 100])]
fn build_many(bencher: divan::Bencher<'_, '_>, count: usize) {
    let text = shipped("prod.yaml");
    let files: Vec<_> = (0..count)
        .map(|index| {
            let own = text.replace(
                "environment: prod\n",
                &format!("environment: prod-{index}\n"),
            );
            Source::new(format!("envs/prod-{index}.yaml"), own)
        })
        .collect();
    bencher.bench(|| {
        build(&Request {
            files: files.clone(),
            layers: &Shipped,
            catalog: Catalog::bundled(),
            layout: DEFAULT_LAYOUT,
            select: Vec::new(),
            asked: Asked::default(),
        })
    });
}
