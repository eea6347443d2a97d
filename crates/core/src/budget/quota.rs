//! The quota that a namespace is measured against.

use super::dimension::Dimension;
use super::load::Load;
use crate::environment::{Amounts, Environment};

/// Where a bound comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `quotaRequest`: what is asked for.
    Request,
    /// `quota`: what there is today.
    Today,
}

impl Origin {
    /// Returns the key in environment files.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Request => "quotaRequest",
            Self::Today => "quota",
        }
    }

    /// Returns what findings call it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Request => "the quota that is asked for",
            Self::Today => "the quota",
        }
    }
}

/// The most that there may be of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// How much, in the smallest unit.
    pub units: u64,
    /// Who says so.
    pub origin: Origin,
}

/// The quota of an environment: today's, and the one that is asked for.
///
/// What is asked for supersedes what there is: budgets are measured against the request where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// What there is.
    pub today: Option<Load>,
    /// What is asked for.
    pub request: Option<Load>,
}

impl Quota {
    /// Reads the quota of an environment.
    pub fn of(environment: Option<&Environment>) -> Self {
        let load = |amounts: &Option<Amounts>| amounts.as_ref().map(Load::of_amounts);
        environment.map_or_else(Self::default, |environment| Self {
            today: load(&environment.model.quota),
            request: load(&environment.model.quota_request),
        })
    }

    /// Returns whether there is any.
    pub const fn is_some(&self) -> bool {
        self.today.is_some() || self.request.is_some()
    }

    /// Returns what something is measured against; none where no quota counts it.
    pub fn bound(&self, dimension: Dimension) -> Option<Bound> {
        if !Dimension::REQUESTS.contains(&dimension) {
            return None;
        }
        let (load, origin) = match (&self.request, &self.today) {
            (Some(load), _) => (load, Origin::Request),
            (None, Some(load)) => (load, Origin::Today),
            (None, None) => return None,
        };
        Some(Bound {
            units: dimension.of(load),
            origin,
        })
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
