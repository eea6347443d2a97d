//! Whose an address is, by what rules may look at.

use super::facts::Facts;
pub use crate::address::{Address, Whose};

impl<'a> Address<'a> {
    /// Returns the Service's name, of a host in the environment's own namespace.
    pub fn own_service(&self, facts: &Facts<'a>) -> Option<&'a str> {
        let environment = facts.environment?;
        let (service, namespace) = self.in_cluster(environment)?;
        namespace
            .eq_ignore_ascii_case(environment.namespace.as_str())
            .then_some(service)
    }

    /// Returns whose it is.
    pub fn whose(&self, facts: &Facts<'a>) -> Whose<'a> {
        match facts.environment {
            Some(environment) => self.whose_among(environment, facts.links, facts.releases),
            None => Whose::Outside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{look, prod};

    fn whose(address: &str) -> String {
        look(&prod("mimir", ""), |facts| {
            match Address::read(address).whose(facts) {
                Whose::Component(id, Some((name, _))) => format!("{id} {name}"),
                Whose::Component(id, None) => id.to_owned(),
                Whose::Namespace => "namespace".to_owned(),
                Whose::Elsewhere(namespace) => format!("elsewhere {namespace}"),
                Whose::Outside => "outside".to_owned(),
            }
        })
    }

    #[test]
    fn one_service_has_one_canonical_spelling() {
        let canonical = |address| Address::read(address).canonical("cluster.local", "obs", 80);
        for same in [
            "s3.prod.svc:8333",
            "s3.prod.svc.cluster.local:8333",
            "s3.prod.svc.cluster.local.:8333",
            "s3.prod:8333",
            "S3.Prod.SVC:8333",
            "http://s3.prod.svc:8333/bucket",
        ] {
            assert_eq!(canonical(same), "s3.prod:8333", "{same}");
        }
        for (address, expected) in [
            ("s3:8333", "s3.obs:8333"),
            ("s3", "s3.obs:80"),
            ("https://s3.example.org", "s3.example.org:443"),
            ("store.svc:1", "store.svc:1"),
            ("10.0.0.1:9000", "10.0.0.1:9000"),
            ("s3.other.svc:8333", "s3.other:8333"),
            ("", ":80"),
        ] {
            assert_eq!(canonical(address), expected, "{address}");
        }
    }

    #[test]
    fn hosts_are_told_apart() {
        for (address, expected) in [
            (
                "http://mimir-gateway.team-prod.svc.cluster.local/api/v1/push",
                "mimir push",
            ),
            (
                "http://mimir-gateway.team-prod.svc.cluster.local.:80/api/v1/push",
                "mimir push",
            ),
            ("http://mimir-gateway/api/v1/push", "mimir push"),
            ("http://mimir-gateway.team-prod/api/v1/push", "mimir push"),
            ("http://mimir-distributor:8080/api/v1/push", "mimir"),
            (
                "http://mimir-gateway.team-test.svc/api/v1/push",
                "elsewhere team-test",
            ),
            ("http://other.team-prod.svc", "namespace"),
            ("https://mimir.example.org/api/v1/push", "outside"),
            (
                "http://a.mimir-alertmanager-headless.team-prod.svc:8080",
                "mimir",
            ),
            ("localhost:1", "outside"),
            ("", "outside"),
        ] {
            assert_eq!(whose(address), expected, "{address}");
        }
    }
}
