//! The quota that a namespace is measured against.

use super::dimension::Dimension;
use super::load::Load;
use super::scope::Scope;
use crate::environment::Amounts;
use crate::manifest::{self, Body};
use crate::sizing::amount::Amount;
use crate::source::Location;

/// Where a bound comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// `quotaRequest`: what is asked for.
    Request,
    /// `quota`: what there is today.
    Today,
    /// A `ResourceQuota` of the stream.
    Object(&'a Hard),
}

impl Origin<'_> {
    /// Returns what findings call it.
    pub fn words(self) -> String {
        match self {
            Self::Request => "the quota that is asked for".to_owned(),
            Self::Today => "the quota".to_owned(),
            Self::Object(hard) => format!("`{}` of ResourceQuota `{}`", hard.key, hard.name),
        }
    }
}

/// The most that there may be of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound<'a> {
    /// How much, in the smallest unit.
    pub units: u64,
    /// Who says so.
    pub origin: Origin<'a>,
}

/// What a `ResourceQuota` says of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hard {
    /// What is counted.
    pub dimension: Dimension,
    /// How much, in the smallest unit.
    pub units: u64,
    /// The object's name.
    pub name: String,
    /// The word that the object counts it by.
    pub key: String,
    /// Where it stands.
    pub place: Location,
}

/// The quota of a namespace: today's, the one that is asked for, and what rendered objects say.
///
/// What is asked for supersedes what there is: budgets are measured against the request where there is one. A
/// `ResourceQuota` that is rendered holds as soon as it is applied, so the smaller of both counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// What there is.
    pub today: Option<Load>,
    /// What is asked for.
    pub request: Option<Load>,
    /// What rendered objects say.
    pub objects: Vec<Hard>,
}

impl Quota {
    /// Reads the quota of a namespace.
    pub fn of(scope: &Scope<'_>) -> Self {
        let load = |amounts: &Option<Amounts>| amounts.as_ref().map(Load::of_amounts);
        let model = scope.environment.map(|environment| &environment.model);
        Self {
            today: model.and_then(|model| load(&model.quota)),
            request: model.and_then(|model| load(&model.quota_request)),
            objects: objects(scope),
        }
    }

    /// Returns whether there is any.
    pub fn is_some(&self) -> bool {
        self.today.is_some() || self.request.is_some() || !self.objects.is_empty()
    }

    /// Returns what something is measured against; none where no quota counts it.
    pub fn bound(&self, dimension: Dimension) -> Option<Bound<'_>> {
        let stated = Dimension::REQUESTS.contains(&dimension);
        let (load, origin) = match (&self.request, &self.today) {
            (Some(load), _) => (Some(load), Origin::Request),
            (None, today) => (today.as_ref(), Origin::Today),
        };
        let stated = load.filter(|_| stated).map(|load| Bound {
            units: dimension.of(load),
            origin,
        });
        let rendered = self
            .objects
            .iter()
            .filter(|hard| hard.dimension == dimension)
            .map(|hard| Bound {
                units: hard.units,
                origin: Origin::Object(hard),
            });
        // Of equal ones the environment's is named.
        stated
            .into_iter()
            .chain(rendered)
            .min_by_key(|bound| bound.units)
    }

    /// Returns today's bound where a request would replace it.
    pub fn superseded(&self, dimension: Dimension) -> Option<u64> {
        self.request?;
        let today = self.today.as_ref()?;
        Dimension::REQUESTS
            .contains(&dimension)
            .then(|| dimension.of(today))
    }
}

/// Reads what `ResourceQuota` objects say; those that count some pods only are left out.
fn objects(scope: &Scope<'_>) -> Vec<Hard> {
    let Some(manifests) = scope.manifests else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for object in scope.objects() {
        let Body::Quota(quota) = &object.body else {
            continue;
        };
        if quota.is_scoped {
            continue;
        }
        for amount in quota.hard.iter() {
            let Some(dimension) = Dimension::of_quota_key(&amount.resource) else {
                continue;
            };
            // What cannot be read was reported with the stream.
            let Some(units) = units(dimension, amount) else {
                continue;
            };
            all.push(Hard {
                dimension,
                units,
                name: object.name.to_string(),
                key: amount.resource.to_string(),
                place: manifests.location(object, &amount.place),
            });
        }
    }
    all
}

fn units(dimension: Dimension, amount: &manifest::Amount) -> Option<u64> {
    match dimension {
        Dimension::Cpu | Dimension::CpuLimits => amount.cpu().map(Amount::units),
        Dimension::Memory | Dimension::MemoryLimits => amount.memory().map(Amount::units),
        Dimension::Storage => amount.storage().map(Amount::units),
        Dimension::Pods | Dimension::Claims => amount.count(),
    }
}
