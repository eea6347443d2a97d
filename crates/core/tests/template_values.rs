//! What charts run through `tpl`, told by their committed contracts.

#![expect(
    clippy::disallowed_methods,
    reason = "the core does no I/O, its tests read the repository"
)]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

use std::fs;
use std::path::Path;

use helmwright::contract::Contract;

fn committed(chart: &str, version: &str) -> Contract {
    let path = format!("../../schemas/charts/{chart}/{version}.schema.json");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    Contract::from_json(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn contracts_say_what_goes_through_tpl() {
    for (chart, version, path, expected) in [
        ("tempo", "2.2.4", &["config"][..], true),
        ("tempo", "2.2.4", &["tempo", "retention"], false),
        (
            "tempo-distributed",
            "2.26.2",
            &["distributor", "affinity"],
            true,
        ),
        (
            "tempo-distributed",
            "2.26.2",
            &["storage", "trace", "s3", "bucket"],
            true,
        ),
        (
            "mimir-distributed",
            "6.0.6",
            &["mimir", "structuredConfig", "limits", "anything"],
            true,
        ),
        (
            "loki",
            "18.11.0",
            &["loki", "limits_config", "retention_period"],
            true,
        ),
        ("loki", "18.11.0", &["gateway", "replicas"], false),
        ("alloy", "1.11.1", &["alloy", "configMap", "content"], true),
        ("traefik", "41.3.0", &["affinity", "podAntiAffinity"], true),
        ("traefik", "41.3.0", &["log", "level"], false),
    ] {
        assert_eq!(
            committed(chart, version).is_template(path),
            expected,
            "{chart} {version} {path:?}"
        );
    }
}
