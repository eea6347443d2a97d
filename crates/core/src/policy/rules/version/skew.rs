//! `version/skew` (HW-VER-004): environments that prove nothing for each other.

use std::collections::BTreeMap;

use super::number::{self, Number};
use crate::environment::Tier;
use crate::policy::{
    Change, Check, Digest, Finding, ReleaseDigest, Rule, Severities, Subject, Verdict,
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "version/skew",
    entry: "HW-VER-004",
    summary: "Environments run the same major version of a program, and new versions go through dev and test to prod",
    severities: Severities::WARNING,
    waivable: true,
    condition: "For each component, over environments: the program of a tier is of the same major version as in the next tier below that runs it, unless `allowedSkew` names the component (until its day); it is not newer than there, which is an error; and in prod it writes the same way as in test, through a ring or through Kafka. The program of a chart version is taken from our index, and where that does not say it, charts of one name are compared. Against an earlier revision: no downgrade (an error), no jump of a major version, and prod only takes a version that test had before.",
    why: "What runs in test proves nothing if prod runs another program.",
    source: "The newest tempo chart carries Tempo 2.10 and the newest tempo-distributed Tempo 3.0, so the rollout plan's pair, unpinned, would test the one and ship the other.",
    fix: "Pin both to one major version, or name the difference under `allowedSkew` with its end.",
    passes: "tempo: {dev: 2.2.4, test: 2.2.4, prod: 2.26.2}   # charts of Tempo 2.10.8 all",
    fails: "tempo: {test: 2.2.4, prod: 3.3.0}   # Tempo 2.10.8 and 3.0.3",
    check: Check::ProjectAndChange(check, changed),
};

/// A release with where it runs.
type Run<'a> = (&'a Digest, &'a ReleaseDigest);

fn check(environments: &[&Digest], verdict: &mut Verdict<'_>) {
    let mut by_component: BTreeMap<&str, Vec<Run<'_>>> = BTreeMap::new();
    for &digest in environments {
        for release in &digest.releases {
            by_component
                .entry(release.component.as_str())
                .or_default()
                .push((digest, release));
        }
    }
    for runs in by_component.values() {
        let mut tiers: BTreeMap<Tier, Vec<Run<'_>>> = BTreeMap::new();
        for &run in runs {
            let proven = tiers.entry(run.0.tier).or_default();
            // One of several that run the same, and allow the same, stands for all.
            if !proven.iter().any(|&known| is_alike(known, run)) {
                proven.push(run);
            }
        }
        for &run in runs {
            if let Some((_, proven)) = tiers.range(..run.0.tier).next_back() {
                verdict.applies();
                compare(run, proven, verdict);
            }
        }
    }
    verdict.lacks("no component in two tiers");
}

/// Returns whether two releases prove the same.
fn is_alike((one, own): Run<'_>, (other, others): Run<'_>) -> bool {
    own.chart == others.chart
        && own.version == others.version
        && own.variant == others.variant
        && one.allowed_skew == other.allowed_skew
}

/// Compares one release with all of the next tier below.
fn compare(run: Run<'_>, proven: &[Run<'_>], verdict: &mut Verdict<'_>) {
    let (digest, release) = run;
    let component = release.component.as_str();
    // Where one of them agrees, that one proves it.
    let pairs: Vec<(Run<'_>, Number, Number)> = proven
        .iter()
        .filter_map(|&other| {
            let (own, others) = versions(release, other.1)?;
            Some((other, own, others))
        })
        .collect();
    let newest = pairs.iter().max_by_key(|(_, _, others)| *others);
    if let Some(&(other, own, others)) = newest
        && ![digest, other.0]
            .iter()
            .any(|one| allows(one, component, verdict))
    {
        if own > others {
            verdict.found(
                finding(
                    run,
                    other,
                    format!(
                        "`{}` runs {component} {}, newer than {} in `{}`",
                        digest.environment,
                        number::show(own),
                        number::show(others),
                        other.0.environment
                    ),
                )
                .why("a new version goes through dev and test first, and this one was proven nowhere")
                .help(format!("bring it to `{}` first", other.0.environment))
                .weighing(Severities::ERROR),
            );
        } else if !pairs.iter().any(|(_, own, others)| own[0] == others[0]) {
            verdict.found(
                finding(
                    run,
                    other,
                    format!(
                        "`{}` runs {component} {}, and `{}` {}",
                        digest.environment,
                        number::show(own),
                        other.0.environment,
                        number::show(others)
                    ),
                )
                .why("they are of two major versions, so what is proven in the one may not hold in the other")
                .help(format!(
                    "pin both to one major version, or add `allowedSkew: [{{component: {component}, reason: ..., until: ...}}]`"
                )),
            );
        }
    }
    if digest.tier == Tier::Prod
        && let Some(&other) = proven.first()
        && ![digest, other.0]
            .iter()
            .any(|one| allows(one, component, verdict))
        && proven
            .iter()
            .all(|(_, other)| architecture(other) != architecture(release))
    {
        verdict.found(
            finding(
                run,
                other,
                format!(
                    "{component} writes through {} in `{}`, and through {} in `{}`",
                    architecture(release),
                    digest.environment,
                    architecture(other.1),
                    other.0.environment
                ),
            )
            .why("the two lose and delay data in different ways, so one proves nothing for the other")
            .help("run the same variant of writes in both"),
        );
    }
}

/// Returns whether an environment says that a difference is meant, still today.
fn allows(digest: &Digest, component: &str, verdict: &Verdict<'_>) -> bool {
    digest
        .allowed_skew
        .iter()
        .any(|(name, until)| name == component && !verdict.is_over(until))
}

fn finding(run: Run<'_>, other: Run<'_>, message: String) -> Finding {
    Finding::new(Subject::component(run.1.component.as_str()), message)
        .label(
            Some(run.1.place.clone()),
            format!("`{}`", run.0.environment),
        )
        .label(
            Some(other.1.place.clone()),
            format!("`{}`", other.0.environment),
        )
        .in_environment(&run.0.environment)
        .in_environment(&other.0.environment)
}

/// Returns the versions of two releases that can be compared: of the program, else of the chart where it is the same.
fn versions(one: &ReleaseDigest, other: &ReleaseDigest) -> Option<(Number, Number)> {
    let program = |release: &ReleaseDigest| {
        let (name, version) = release.program.as_deref()?.split_once('/')?;
        Some((name.to_owned(), number::exact(version)?))
    };
    match (program(one), program(other)) {
        (Some((name, own)), Some((same, others))) if name == same => Some((own, others)),
        _ if one.chart == other.chart => {
            Some((number::exact(&one.version)?, number::exact(&other.version)?))
        }
        _ => None,
    }
}

/// Returns what writes go through.
fn architecture(release: &ReleaseDigest) -> &'static str {
    match release.variant.as_str() {
        "kafka" | "distributed-3" => "Kafka",
        _ => "a ring",
    }
}

/// Looks at what changes from an earlier state.
fn changed(change: &Change, verdict: &mut Verdict<'_>) {
    for state in &change.after {
        let after = &state.digest;
        let before = change
            .before
            .iter()
            .map(|state| &state.digest)
            .find(|digest| digest.environment == after.environment);
        let Some(before) = before else {
            continue;
        };
        for release in &after.releases {
            let was = before
                .releases
                .iter()
                .find(|other| other.component == release.component);
            let Some(was) = was else {
                continue;
            };
            verdict.applies();
            let Some((now, then)) = versions(release, was) else {
                continue;
            };
            moved(change, (after, release), now, then, verdict);
        }
    }
    verdict.lacks("no environment was there before");
}

/// Looks at one release that may run another version than before.
fn moved(change: &Change, run: Run<'_>, now: Number, then: Number, verdict: &mut Verdict<'_>) {
    let (digest, release) = run;
    let (component, environment) = (release.component.as_str(), digest.environment.as_str());
    if now == then || allows(digest, component, verdict) {
        return;
    }
    let step = format!("{} to {}", number::show(then), number::show(now));
    let new = |message: String| {
        Finding::new(Subject::component(component), message)
            .at(Some(release.place.clone()))
            .in_environment(environment)
    };
    if now < then {
        return verdict.found(
            new(format!(
                "{component} of `{environment}` goes back from {step}"
            ))
            .why("a program reads what an older one wrote; the other way round is promised by none")
            .help("stay at the newer version, or restore what it wrote from before it")
            .weighing(Severities::ERROR),
        );
    }
    if now[0] > then[0] {
        verdict.found(
            new(format!("{component} of `{environment}` jumps from {step}"))
                .why("a major version may change what is stored, which keys are read and how members find each other")
                .help("read its upgrade notes, and roll it out by itself"),
        );
    }
    // Whether the tier below ran it already, before this change.
    let below = change
        .before
        .iter()
        .filter(|state| state.digest.tier < digest.tier)
        .map(|state| state.digest.tier)
        .max();
    let mut tried = change
        .before
        .iter()
        .filter(|state| Some(state.digest.tier) == below)
        .flat_map(|state| {
            state
                .digest
                .releases
                .iter()
                .map(|other| (&state.digest, other))
        })
        .filter(|(_, other)| other.component == component)
        .filter_map(|(other, ran)| Some((other, versions(release, ran)?.1)))
        .peekable();
    let Some(&(first, _)) = tried.peek() else {
        return;
    };
    if tried.all(|(_, ran)| ran < now) {
        verdict.found(
            new(format!(
                "{component} of `{environment}` takes {} before `{}` ran it",
                number::show(now),
                first.environment
            ))
            .why(format!(
                "at {} the tier below ran an older one, so nothing was proven there",
                change.before_name
            ))
            .help(format!(
                "change `{}` first, and this one when that has held",
                first.environment
            )),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{changed, compared, environment};

    fn tempo(tier: &str, variant: &str, version: &str, rest: &str) -> String {
        let kafka = if variant == "distributed-3" {
            "    settings: {metricsGenerator: {enabled: false}, kafka: {address: 'kafka:9092'}}\n"
        } else {
            "    settings: {metricsGenerator: {enabled: false}}\n"
        };
        format!(
            "{}    variant: {variant}\n    version: {version}\n{kafka}",
            environment(tier, "tempo", rest)
                .replace("    settings: {metricsGenerator: {enabled: false}}\n", "")
        )
    }

    #[test]
    fn the_same_program_in_other_charts_passes() {
        assert_eq!(
            compared(
                &RULE,
                &[
                    &tempo("dev", "monolithic", "2.2.4", ""),
                    &tempo("test", "monolithic", "2.2.4", ""),
                    &tempo("prod", "distributed-2", "2.26.2", ""),
                ]
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn another_major_version_is_found_unless_it_is_allowed() {
        let test = tempo("test", "monolithic", "2.2.4", "");
        assert_eq!(
            compared(
                &RULE,
                &[&test, &tempo("prod", "distributed-3", "3.3.0", "")]
            ),
            [
                "error: `prod` runs tempo 3.0.3, newer than 2.10.8 in `test`",
                "warning: tempo writes through Kafka in `prod`, and through a ring in `test`",
            ]
        );
        let allowed = "allowedSkew: [{component: tempo, reason: moving, until: 2027-01-31}]";
        assert_eq!(
            compared(
                &RULE,
                &[&test, &tempo("prod", "distributed-3", "3.3.0", allowed)]
            ),
            Vec::<String>::new()
        );
        assert_eq!(
            compared(
                &RULE,
                &[
                    &tempo("test", "distributed-3", "3.3.0", ""),
                    &tempo("prod", "distributed-2", "2.26.2", "")
                ]
            )
            .len(),
            2
        );
    }

    #[test]
    fn a_change_goes_up_and_through_test() {
        let test2 = tempo("test", "distributed-2", "2.26.2", "");
        let prod2 = tempo("prod", "distributed-2", "2.26.2", "");
        let test3 = tempo("test", "distributed-3", "3.3.0", "");
        let prod3 = tempo("prod", "distributed-3", "3.3.0", "");
        assert_eq!(
            changed(&RULE, &[&test2, &prod2], &[&test2, &prod2]),
            Vec::<String>::new()
        );
        assert_eq!(
            changed(&RULE, &[&test3, &prod2], &[&test3, &prod3]),
            ["warning: tempo of `prod` jumps from 2.10.8 to 3.0.3"]
        );
        assert_eq!(
            changed(&RULE, &[&test2, &prod2], &[&test3, &prod3]),
            [
                "warning: tempo of `test` jumps from 2.10.8 to 3.0.3",
                "warning: tempo of `prod` jumps from 2.10.8 to 3.0.3",
                "warning: tempo of `prod` takes 3.0.3 before `test` ran it",
            ]
        );
        assert_eq!(
            changed(&RULE, &[&prod3], &[&prod2]),
            ["error: tempo of `prod` goes back from 3.0.3 to 2.10.8"]
        );
    }
}
