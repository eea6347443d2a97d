//! `storage/bucket-shared` (HW-OBJ-002): two owners of one bucket, who compact and delete each other's blocks.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::environment::Environment;
use crate::links::{Bucket, Links};

/// Reports buckets that two environments, two backends or two purposes share.
pub fn check<'a>(
    environments: impl Iterator<Item = (&'a Environment, &'a Links)>,
    found: &mut Vec<Diagnostic>,
) {
    let mut owners: BTreeMap<(&str, &str), (&Environment, &Bucket)> = BTreeMap::new();
    for (environment, links) in environments {
        for bucket in links.buckets() {
            let key = (bucket.endpoint.as_str(), bucket.name.as_str());
            let Some((owner, owned)) = owners.get(&key) else {
                owners.insert(key, (environment, bucket));
                continue;
            };
            found.push(
                Diagnostic::error(
                    "storage/bucket-shared",
                    format!("bucket `{}` has two owners", bucket.name),
                )
                .label(
                    &place(environment),
                    format!("{} {} of `{}`", bucket.component, bucket.purpose, environment.name),
                )
                .label(
                    &place(owner),
                    format!("{} {} of `{}`", owned.component, owned.purpose, owner.name),
                )
                .why(format!(
                    "both use {}; each would compact and delete the other's blocks",
                    bucket.endpoint
                ))
                .help("let the name tell them apart: keep `environment` and `purpose` among `buckets.segments`, and `buckets.environment` unique")
                .in_environment(&environment.name)
                .in_environment(&owner.name),
            );
        }
    }
}

/// Returns where an environment decides its bucket names.
fn place(environment: &Environment) -> crate::source::Location {
    let set = environment.node(&["buckets"]).is_some();
    environment.location(if set { "buckets" } else { "environment" })
}
