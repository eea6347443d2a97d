//! One thing that the platform demands: its name, its weight, its page, and how it is checked.

use std::fmt;

use super::change::Change;
use super::digest::Digest;
use super::facts::Facts;
use super::verdict::Verdict;
use crate::diagnostic::Severity;
use crate::environment::Tier;

/// One rule.
pub struct Rule {
    /// Its name, `<group>/<problem>`: interface for waivers, JSON and `explain`.
    pub id: &'static str,
    /// Its number in the catalogue.
    pub entry: &'static str,
    /// What it demands, in one sentence without a full stop.
    pub summary: &'static str,
    /// How much a finding weighs, by tier.
    pub severities: Severities,
    /// Whether an environment may waive it.
    pub waivable: bool,
    /// What it looks at, and when exactly it finds something.
    pub condition: &'static str,
    /// Why it is demanded.
    pub why: &'static str,
    /// What the reason rests on: an incident, a program's documentation.
    pub source: &'static str,
    /// What to do about a finding.
    pub fix: &'static str,
    /// A piece of an environment that passes.
    pub passes: &'static str,
    /// A piece of an environment that fails.
    pub fails: &'static str,
    /// How it is checked.
    pub check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy)]
pub enum Check {
    /// One environment by itself.
    Environment(fn(&Facts<'_>, &mut Verdict<'_>)),
    /// One environment by itself, and all of a project together.
    EnvironmentAndProject(
        fn(&Facts<'_>, &mut Verdict<'_>),
        fn(&[&Digest], &mut Verdict<'_>),
    ),
    /// All environments of a project together.
    Project(fn(&[&Digest], &mut Verdict<'_>)),
    /// What was and what shall be.
    Change(fn(&Change, &mut Verdict<'_>)),
    /// Environments together, and what was against what shall be.
    ProjectAndChange(
        fn(&[&Digest], &mut Verdict<'_>),
        fn(&Change, &mut Verdict<'_>),
    ),
    /// Another step finds it; here are only its page and its weight. Contracts and derivations do.
    Elsewhere,
}

/// Rules about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Requests and limits.
    Resources,
    /// The namespace's budget.
    Quota,
    /// Rings, budgets of disruption, spreading.
    Replication,
    /// Priorities and preemption.
    Priority,
    /// Health checks.
    Probe,
    /// Queues of metrics.
    RemoteWrite,
    /// Buckets and keys.
    Storage,
    /// Who sends what where.
    Wiring,
    /// Versions of charts and programs.
    Version,
}

impl Group {
    /// Returns the part of rule names before the slash.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resources => "resources",
            Self::Quota => "quota",
            Self::Replication => "replication",
            Self::Priority => "priority",
            Self::Probe => "probe",
            Self::RemoteWrite => "remote-write",
            Self::Storage => "storage",
            Self::Wiring => "wiring",
            Self::Version => "version",
        }
    }

    /// Returns all groups in the catalogue's order.
    pub const fn all() -> [Self; 9] {
        [
            Self::Resources,
            Self::Quota,
            Self::Replication,
            Self::Priority,
            Self::Probe,
            Self::RemoteWrite,
            Self::Storage,
            Self::Wiring,
            Self::Version,
        ]
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Rule({})", self.id)
    }
}

impl Rule {
    /// Returns its page: what it demands and when exactly it finds something, why, how to mend it, and an example of each.
    pub fn page(&self) -> String {
        let Self {
            entry,
            summary,
            condition,
            why,
            source,
            fix,
            passes,
            fails,
            ..
        } = self;
        let waived = if self.waivable {
            ""
        } else {
            " It cannot be waived."
        };
        format!(
            "{summary}.\n\nWeight: {}.{waived}\n\nCondition: {condition}\n\nWhy: {why}\n\nFix: {fix}\n\nSource: {source} ({entry})\n\n\
             Passes:\n\n```yaml\n{passes}\n```\n\nFails:\n\n```yaml\n{fails}\n```",
            self.severities
        )
    }

    /// Returns the group that its name begins with.
    pub fn group(&self) -> Option<Group> {
        let (group, _) = self.id.split_once('/')?;
        Group::all().into_iter().find(|one| one.name() == group)
    }
}

/// How much a finding weighs, by tier; none: the rule is off there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Severities {
    /// In prod.
    pub prod: Option<Severity>,
    /// In test.
    pub test: Option<Severity>,
    /// In dev.
    pub dev: Option<Severity>,
}

impl Severities {
    /// An error in prod, a warning in test, worth knowing in dev.
    pub const ERROR: Self = Self {
        prod: Some(Severity::Error),
        test: Some(Severity::Warning),
        dev: Some(Severity::Info),
    };
    /// A warning in prod, worth knowing elsewhere.
    pub const WARNING: Self = Self {
        prod: Some(Severity::Warning),
        test: Some(Severity::Info),
        dev: Some(Severity::Info),
    };
    /// Worth knowing everywhere.
    pub const INFO: Self = Self::everywhere(Severity::Info);

    /// The same in every tier.
    pub const fn everywhere(severity: Severity) -> Self {
        Self {
            prod: Some(severity),
            test: Some(severity),
            dev: Some(severity),
        }
    }

    /// The same, but off in dev.
    #[must_use]
    pub const fn off_in_dev(self) -> Self {
        Self { dev: None, ..self }
    }

    /// Returns the weight in a tier; none: off.
    pub const fn of(self, tier: Tier) -> Option<Severity> {
        match tier {
            Tier::Prod => self.prod,
            Tier::Test => self.test,
            Tier::Dev => self.dev,
        }
    }
}

impl fmt::Display for Severities {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |severity: Option<Severity>| severity.map_or("off", Severity::name);
        let [prod, test, dev] = [self.prod, self.test, self.dev].map(word);
        if prod == test && test == dev {
            write!(formatter, "{prod} in every tier")
        } else {
            write!(formatter, "{prod} in prod, {test} in test, {dev} in dev")
        }
    }
}
