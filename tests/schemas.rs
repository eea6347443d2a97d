//! The schemas that are committed are the ones that the code makes.

use std::fs;

use helmwright::contract::Contract;
use helmwright::source::Source;
use helmwright::{Catalog, components, environment, yaml};
use helmwright_tests::validator::validator;
use helmwright_tests::{expect, files, root};

#[test]
fn the_environment_schema_is_what_the_types_say() {
    let made = environment::schema_json(Catalog::bundled().manifests());
    expect(&root().join("schemas/environment.schema.json"), &made).unwrap();
}

#[test]
fn every_field_and_enum_member_is_described() {
    let schema: serde_json::Value =
        serde_json::from_str(Catalog::bundled().environment_schema().text()).unwrap();
    let mut bare = Vec::new();
    undescribed(&schema, "", &mut bare);
    assert!(bare.is_empty(), "without a description: {bare:#?}");
}

fn undescribed(schema: &serde_json::Value, path: &str, bare: &mut Vec<String>) {
    let described = |schema: &serde_json::Value| {
        schema
            .get("description")
            .is_some_and(|text| text.as_str().is_some_and(|text| !text.is_empty()))
    };
    match schema {
        serde_json::Value::Object(map) => {
            if let Some(properties) = map.get("properties").and_then(serde_json::Value::as_object) {
                for (key, property) in properties {
                    if !described(property) {
                        bare.push(format!("{path}/properties/{key}"));
                    }
                }
            }
            if let Some(members) = map.get("oneOf").and_then(serde_json::Value::as_array) {
                for (index, member) in members.iter().enumerate() {
                    if member.get("const").is_some() && !described(member) {
                        bare.push(format!("{path}/oneOf/{index}"));
                    }
                }
            }
            if map
                .get("enum")
                .is_some_and(|members| members.as_array().is_some_and(|members| members.len() > 1))
            {
                bare.push(format!(
                    "{path}: an enum whose members cannot carry descriptions"
                ));
            }
            for (key, value) in map {
                undescribed(value, &format!("{path}/{key}"), bare);
            }
        }
        serde_json::Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                undescribed(item, &format!("{path}/{index}"), bare);
            }
        }
        _ => {}
    }
}

#[test]
fn every_template_folder_is_registered() {
    let registered: Vec<String> = components::ALL
        .iter()
        .map(|component| component.id.to_owned())
        .collect();
    let mut folders: Vec<String> = fs::read_dir(root().join("templates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    // What delivers components is none itself.
    folders.retain(|folder| folder != "delivery");
    folders.sort();
    assert_eq!(folders, registered);
}

#[test]
fn every_version_that_a_variant_serves_has_a_contract_that_loads() {
    let catalog = Catalog::bundled();
    for (id, manifest) in catalog.manifests() {
        assert_eq!(&manifest.id, id);
        for (variant, described) in &manifest.variants {
            let Some(chart) = &described.chart else {
                // Plain objects: each is checked by the schema of its kind.
                let folder = format!("{id}/{variant}/objects");
                let objects = catalog.templates_in(&folder).count();
                assert!(objects > 0, "{id} {variant} writes nothing");
                continue;
            };
            for version in &described.versions {
                let contract = catalog
                    .contract(chart, version)
                    .unwrap_or_else(|| panic!("{id} {variant}: no contract for {chart} {version}"))
                    .unwrap();
                assert_eq!(
                    (contract.chart.as_str(), contract.version.as_str()),
                    (chart.as_str(), version.as_str())
                );
            }
        }
    }
}

#[test]
fn every_bundled_contract_is_small_enough() {
    let mut total = 0;
    for file in files(&root().join("schemas/charts"), ".schema.json") {
        let length = fs::metadata(&file).unwrap().len();
        assert!(length < 400_000, "{} has {length} bytes", file.display());
        total += length;
    }
    assert!(
        total > 0 && total < 4_000_000,
        "all contracts together have {total} bytes"
    );
}

#[test]
fn committed_contracts_come_back_as_they_are() {
    let catalog = Catalog::bundled();
    for (chart, version) in catalog.contracts() {
        let text = catalog.contract_text(&chart, &version).unwrap();
        let contract = Contract::from_json(text).unwrap();
        assert_eq!(contract.to_json(), text, "{chart} {version}");
        let reads = catalog.reads(&chart, &version).unwrap();
        assert!(!reads.is_empty(), "nothing reads {chart} {version}");
    }
}

#[test]
fn walker_and_validator_agree_on_environments() {
    // What a lower layer may bring is required of the whole.
    let whole = Catalog::bundled()
        .environment_schema()
        .text()
        .replace("\"x-required\"", "\"required\"");
    let schema: serde_json::Value = serde_json::from_str(&whole).unwrap();
    let validator = validator(&schema).unwrap();
    let mut seen = [0, 0];
    for folder in ["envs", "tests/envs", "tests/cases"] {
        for file in files(&root().join(folder), ".yaml") {
            let name = file.display().to_string();
            if name.ends_with(".values.yaml") {
                continue;
            }
            let source = Source::new(name.clone(), fs::read_to_string(&file).unwrap());
            let Ok(document) = yaml::read(&source) else {
                continue;
            };
            let found = Catalog::bundled().environment_schema().check(&document);
            // Both look at the schema alone: what only the model knows is found later.
            let accepted = validator.is_valid(&document.to_json());
            assert_eq!(found.is_empty(), accepted, "{name}: {found:#?}");
            seen[usize::from(accepted)] += 1;
        }
    }
    assert!(
        seen.iter().all(|count| *count > 5),
        "refused and accepted: {seen:?}"
    );
}
