//! `storage/inline-credential` (HW-OBJ-004): a secret that stands where many can read it.

use crate::diagnostic::Severity;
use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "storage/inline-credential",
    entry: "HW-OBJ-004",
    summary: "No key, password or token stands in clear text",
    severities: Severities::everywhere(Severity::Error),
    waivable: false,
    condition: "A key whose name is that of a secret (`secret_access_key`, `password`, `token`, `webhook`, `api_url` and their like) has no value, or one that refers to it: `${VARIABLE}`, a file, a key of a Secret. No address holds a user with a password. In an environment this is looked at when it is read, before anything else; in a render, in ConfigMaps, variables and arguments.",
    why: "Environment files and values files are committed, and most charts copy values into a ConfigMap, which many may read. A key that was committed is known, also after it was removed.",
    source: "The observability-stack change names the chat's webhook by `api_url_file`, and the remote-write incident's senders their password by `password_file`. Kubernetes documentation, \"Secrets\".",
    fix: "Put it into a Secret, refer to that, and replace the key.",
    passes: "objectStore: {credentials: {secretName: dts-object-store-prod}}",
    fails: "tempo: {values: {storage: {trace: {s3: {secret_key: 7h1sIsARealLookingValue}}}}}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    // An environment with one is refused when it is read, and does not come here.
    if facts.environment.is_some() {
        verdict.applies();
    }
    let Some(manifests) = facts.manifests else {
        return;
    };
    for object in &manifests.objects {
        verdict.applies();
        for credential in object.credentials() {
            verdict.found(
                Finding::new(
                    Subject::component(
                        object
                            .labels
                            .get("app.kubernetes.io/name")
                            .unwrap_or(&object.name),
                    ),
                    format!(
                        "`{}` in {} of {} is in clear text",
                        credential.key,
                        credential.holder,
                        object.title()
                    ),
                )
                .at(Some(manifests.location(object, &credential.place)))
                .why("whoever may read the object has it")
                .help("put it into a Secret and refer to that, then replace it: it has been seen"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Reader;
    use crate::policy::tests::{applies, look, prod, said};

    fn rendered(stream: &str) -> Vec<String> {
        let mut reader = Reader::new("stream");
        reader.feed(stream);
        let manifests = reader.finish();
        look(&prod("loki", ""), |facts| {
            said(
                &RULE,
                &Facts {
                    manifests: Some(&manifests),
                    ..*facts
                },
            )
        })
    }

    const STREAM: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata:\n  config.yaml: |\n    s3:\n      secret_access_key: SECRET\n";

    #[test]
    fn a_reference_passes_and_a_key_does_not() {
        assert!(applies(&RULE, &prod("loki", "")));
        assert_eq!(
            rendered(&STREAM.replace("SECRET", "${S3_SECRET}")),
            Vec::<String>::new()
        );
        assert_eq!(
            rendered(&STREAM.replace("SECRET", "7h1sIsARealLookingValue")),
            ["error: `secret_access_key` in config.yaml of ConfigMap `config` is in clear text"]
        );
    }
}
