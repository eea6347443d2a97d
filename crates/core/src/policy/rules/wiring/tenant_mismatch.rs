//! `wiring/tenant-mismatch` (HW-WIRE-005): writers and readers that speak of different tenants.

use crate::components::{Flow, Tenancy};
use crate::policy::{Address, Check, Facts, Finding, Rule, Severities, Subject, Verdict, Whose};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "wiring/tenant-mismatch",
    entry: "HW-WIRE-005",
    summary: "All that write to a backend name the tenant that is read",
    severities: Severities::ERROR,
    waivable: true,
    condition: "Whatever is sent to a backend of the environment names the environment's tenant in `X-Scope-OrgID`. Where an override switches tenants off, it names none or the backend's fixed one (`anonymous`, `single-tenant`, `fake`). No tenant holds the name of another tier, such as `prod` in test. Data sources are `wiring/datasource-incomplete`.",
    why: "A mismatch gives an empty dashboard while every component is healthy.",
    source: "Mimir, Tempo and Loki documentation on multi-tenancy. In the remote-write incident each sender set the header by itself.",
    fix: "Set `tenant` once for the environment, and nowhere else.",
    passes: "tenant: dts-prod",
    fails: "remoteWrite: [{name: mimir, tenant: dts-test}]   # in prod, with tenant dts-prod",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let Some(environment) = facts.environment else {
        return verdict.lacks("no environment, and so no tenant");
    };
    let mut any = false;
    for flow in facts.flows().filter(|flow| !flow.cross_env) {
        let Whose::Component(component, _) = Address::read(&flow.address).whose(facts) else {
            continue;
        };
        let tenancy = facts
            .releases
            .iter()
            .zip(facts.described)
            .find(|(release, _)| release.component == component)
            .and_then(|(_, described)| described.tenancy.as_ref());
        let Some(tenancy) = tenancy else {
            continue;
        };
        any = true;
        verdict.applies();
        let wrong = look(flow, component, tenancy, &environment.tenant);
        if let Some((message, why, help)) = wrong {
            verdict.found(
                Finding::new(Subject::from(flow), message)
                    .at(Some(place(facts, flow)))
                    .label(Some(tenancy.place.clone()), "what the backend does")
                    .why(why)
                    .help(help),
            );
        }
    }
    if !any {
        return verdict.lacks("nothing is sent to a backend of the environment");
    }
    let own = [environment.tier.name(), environment.name.as_str()];
    let foreign = words(&environment.tenant).find(|word| {
        let is = |other: &str| other.eq_ignore_ascii_case(word);
        ["dev", "test", "prod"].into_iter().any(is)
            && !own.iter().flat_map(|text| words(text)).any(is)
    });
    if let Some(word) = foreign {
        verdict.found(
            Finding::new(
                Subject::ENVIRONMENT,
                format!(
                    "tenant `{}` of environment `{}` has the name of another tier, `{word}`",
                    environment.tenant, environment.name
                ),
            )
            .at(facts.setting("tenant"))
            .why("whoever reads it takes the data for the other environment's, and one day it is written there")
            .help(format!("name it after its own environment, such as `dts-{}`", environment.name)),
        );
    }
}

/// Returns the words of a name.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
}

fn place(facts: &Facts<'_>, flow: &Flow) -> crate::source::Location {
    match (&flow.setting, facts.environment) {
        (Some(setting), Some(environment)) => {
            environment.key_location(&format!("{setting}.tenant"))
        }
        _ => flow.place.clone(),
    }
}

fn look(
    flow: &Flow,
    component: &str,
    tenancy: &Tenancy,
    read: &str,
) -> Option<(String, String, String)> {
    let who = || format!("{} writes {} to {component}", flow.from, flow.signal.name());
    match (&flow.tenant, tenancy.on) {
        (Some(tenant), true) if tenant != read => Some((
            format!("{} as tenant `{tenant}`, and `{read}` is read", who()),
            "what is written as one tenant cannot be seen as another".to_owned(),
            format!("write as `{read}`: leave the tenant out, or name that one"),
        )),
        (None, true) => Some((
            format!("{} as no tenant", who()),
            format!("{component} tells tenants apart, and refuses a request that names none"),
            format!("send the header `X-Scope-OrgID: {read}`"),
        )),
        (Some(tenant), false) if tenant != tenancy.fixed => Some((
            format!("{} as tenant `{tenant}`, which it does not look at", who()),
            format!(
                "tenants are switched off there, so all data is of tenant `{}`",
                tenancy.fixed
            ),
            format!(
                "remove the override that switches tenants off, or name `{}`",
                tenancy.fixed
            ),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, prod};

    fn env(destination: &str, values: &str) -> String {
        format!(
            "{}    values: {values}\n  alloy:\n    settings:\n      remoteWrite:\n        - {destination}\n",
            environment("prod", "mimir", "tenant: dts-prod")
        )
    }

    #[test]
    fn one_tenant_passes() {
        assert_eq!(
            asked(&RULE, &env("{name: mimir}", "{}")),
            Vec::<String>::new()
        );
        let off = "{mimir: {structuredConfig: {multitenancy_enabled: false}}}";
        assert_eq!(
            asked(&RULE, &env("{name: mimir, tenant: anonymous}", off)),
            Vec::<String>::new()
        );
    }

    #[test]
    fn another_tenant_is_found() {
        assert_eq!(
            asked(&RULE, &env("{name: mimir, tenant: dts-test}", "{}")),
            ["error: alloy writes metrics to mimir as tenant `dts-test`, and `dts-prod` is read"]
        );
        let off = "{mimir: {structuredConfig: {multitenancy_enabled: false}}}";
        assert_eq!(
            asked(&RULE, &env("{name: mimir}", off)),
            [
                "error: alloy writes metrics to mimir as tenant `dts-prod`, which it does not look at"
            ]
        );
        let text = environment("test", "mimir", "tenant: dts-prod") + "  alloy: {}\n";
        assert_eq!(
            asked(&RULE, &text),
            [
                "warning: tenant `dts-prod` of environment `test` has the name of another tier, `prod`"
            ]
        );
    }

    #[test]
    fn without_writers_it_does_not_apply() {
        assert!(!applies(&RULE, &prod("mimir", "")));
    }
}
