//! `storage/bucket-shared` (HW-OBJ-002): two owners of one bucket, who compact and delete each other's blocks.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::environment::Environment;
use crate::links::{Bucket, Links};
use crate::source::Location;

/// One environment as an owner of buckets.
#[derive(Clone, Debug)]
pub struct Owner {
    environment: String,
    buckets: Vec<Bucket>,
    /// Where the environment decides its bucket names.
    place: Location,
}

impl Owner {
    /// Takes of an environment what the rule needs.
    pub fn new(environment: &Environment, links: &Links) -> Self {
        let set = environment.node(&["buckets"]).is_some();
        Self {
            environment: environment.name.clone(),
            buckets: links.buckets().to_vec(),
            place: environment.location(if set { "buckets" } else { "environment" }),
        }
    }
}

/// Reports buckets that two environments, two backends or two purposes share.
pub fn check<'a>(owners: impl Iterator<Item = &'a Owner>, found: &mut Vec<Diagnostic>) {
    let mut taken: BTreeMap<(&str, &str), (&Owner, &Bucket)> = BTreeMap::new();
    for owner in owners {
        for bucket in &owner.buckets {
            let key = (bucket.endpoint.as_str(), bucket.name.as_str());
            let Some((first, owned)) = taken.get(&key) else {
                taken.insert(key, (owner, bucket));
                continue;
            };
            let label = |owner: &Owner, bucket: &Bucket| {
                format!(
                    "{} {} of `{}`",
                    bucket.component, bucket.purpose, owner.environment
                )
            };
            found.push(
                Diagnostic::error(
                    "storage/bucket-shared",
                    format!("bucket `{}` has two owners", bucket.name),
                )
                .label(&owner.place, label(owner, bucket))
                .label(&first.place, label(first, owned))
                .why(format!(
                    "both use {}; each would compact and delete the other's blocks",
                    bucket.endpoint
                ))
                .help("let the name tell them apart: keep `environment` and `purpose` among `buckets.segments`, and `buckets.environment` unique")
                .in_environment(&owner.environment)
                .in_environment(&first.environment),
            );
        }
    }
}
