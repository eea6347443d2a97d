//! What a quota counts, one thing at a time.

use std::fmt;

use super::load::Load;
use crate::sizing::Ratio;
use crate::sizing::amount::{Amount, Balance, Shown};
use crate::sizing::budget;
use crate::units::{Cpu, Memory, Storage};

/// One thing that a quota counts.
///
/// Amounts of it are whole numbers of the smallest unit: thousandths of a core, bytes, things.
///
/// # Examples
///
/// ```
/// use helmwright::budget::Dimension;
///
/// assert_eq!(Dimension::Memory.shown(27_165_668_147).to_string(), "25.3Gi");
/// assert_eq!(Dimension::Cpu.quota_key(), "requests.cpu");
/// ```
///
/// # Source
///
/// Kubernetes documentation, "Resource Quotas".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// CPU requests.
    Cpu,
    /// Memory requests.
    Memory,
    /// The sizes of claims.
    Storage,
    /// Pods.
    Pods,
    /// Claims.
    Claims,
    /// CPU limits.
    CpuLimits,
    /// Memory limits.
    MemoryLimits,
}

impl Dimension {
    /// All of them; the three that environments state come first.
    pub const ALL: [Self; 7] = [
        Self::Cpu,
        Self::Memory,
        Self::Storage,
        Self::Pods,
        Self::Claims,
        Self::CpuLimits,
        Self::MemoryLimits,
    ];

    /// Those that an environment's `quota` states.
    pub const REQUESTS: [Self; 3] = [Self::Cpu, Self::Memory, Self::Storage];

    /// Returns the word shown to users.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::Memory => "memory",
            Self::Storage => "storage",
            Self::Pods => "pods",
            Self::Claims => "volume claims",
            Self::CpuLimits => "CPU limits",
            Self::MemoryLimits => "memory limits",
        }
    }

    /// Returns the word in environment files and in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Storage => "storage",
            Self::Pods => "pods",
            Self::Claims => "claims",
            Self::CpuLimits => "cpuLimits",
            Self::MemoryLimits => "memoryLimits",
        }
    }

    /// Returns the word in a `ResourceQuota`.
    pub const fn quota_key(self) -> &'static str {
        match self {
            Self::Cpu => "requests.cpu",
            Self::Memory => "requests.memory",
            Self::Storage => "requests.storage",
            Self::Pods => "pods",
            Self::Claims => "persistentvolumeclaims",
            Self::CpuLimits => "limits.cpu",
            Self::MemoryLimits => "limits.memory",
        }
    }

    /// Returns the dimension of a `ResourceQuota`'s word; `cpu` and `memory` alone mean requests.
    pub fn of_quota_key(key: &str) -> Option<Self> {
        match key {
            "cpu" => Some(Self::Cpu),
            "memory" => Some(Self::Memory),
            _ => Self::ALL.into_iter().find(|one| one.quota_key() == key),
        }
    }

    /// Returns how much of it something asks for.
    pub fn of(self, load: &Load) -> u64 {
        match self {
            Self::Cpu => load.need.cpu.units(),
            Self::Memory => load.need.memory.units(),
            Self::Storage => load.need.storage.units(),
            Self::Pods => load.need.pods,
            Self::Claims => load.need.claims,
            Self::CpuLimits => load.limits.cpu.units(),
            Self::MemoryLimits => load.limits.memory.units(),
        }
    }

    /// Returns an amount of it as text.
    pub const fn shown(self, units: u64) -> Measure {
        Measure {
            dimension: self,
            units,
        }
    }

    /// Returns what is left of a quota as text, with a minus where more is required than there is.
    pub fn balance(self, quota: u64, required: u64) -> String {
        fn text<A: Amount>(quota: u64, required: u64) -> String {
            Balance {
                quota: A::from_units(quota),
                required: A::from_units(required),
            }
            .to_string()
        }
        match self {
            Self::Cpu | Self::CpuLimits => text::<Cpu>(quota, required),
            Self::Memory | Self::MemoryLimits => text::<Memory>(quota, required),
            Self::Storage => text::<Storage>(quota, required),
            Self::Pods | Self::Claims => text::<u64>(quota, required),
        }
    }

    /// Returns [`budget::headroom_formula`] of amounts of it.
    pub fn headroom_formula(self, quota: u64, required: u64) -> String {
        fn text<A: Amount>(quota: u64, required: u64) -> String {
            budget::headroom_formula(A::from_units(quota), A::from_units(required))
        }
        match self {
            Self::Cpu | Self::CpuLimits => text::<Cpu>(quota, required),
            Self::Memory | Self::MemoryLimits => text::<Memory>(quota, required),
            Self::Storage => text::<Storage>(quota, required),
            Self::Pods | Self::Claims => text::<u64>(quota, required),
        }
    }

    /// Returns [`budget::minimum_quota_formula`] of amounts of it.
    pub fn minimum_formula(self, worst: u64, headroom: Ratio) -> String {
        fn text<A: Amount>(worst: u64, headroom: Ratio) -> String {
            budget::minimum_quota_formula(A::from_units(worst), headroom)
        }
        match self {
            Self::Cpu | Self::CpuLimits => text::<Cpu>(worst, headroom),
            Self::Memory | Self::MemoryLimits => text::<Memory>(worst, headroom),
            Self::Storage => text::<Storage>(worst, headroom),
            Self::Pods | Self::Claims => text::<u64>(worst, headroom),
        }
    }

    /// Returns the smallest quota that keeps a headroom, to the unit; none where no quota is large enough.
    pub fn least_quota(self, worst: u64, headroom: Ratio) -> Option<u64> {
        budget::minimum_quota(worst, headroom)
    }

    /// Returns [`least_quota`](Self::least_quota), rounded up to what a request would say.
    pub fn smallest_quota(self, worst: u64, headroom: Ratio) -> Option<u64> {
        let exact = self.least_quota(worst, headroom)?;
        Some(match self {
            Self::Cpu | Self::CpuLimits => Cpu::from_units(exact).presentable().units(),
            Self::Memory | Self::MemoryLimits => Memory::from_units(exact).presentable().units(),
            Self::Storage => Storage::from_units(exact).presentable().units(),
            Self::Pods | Self::Claims => exact,
        })
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// An amount of one dimension, shown as operators write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// What is counted.
    pub dimension: Dimension,
    /// How much, in the smallest unit.
    pub units: u64,
}

impl fmt::Display for Measure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dimension {
            Dimension::Cpu | Dimension::CpuLimits => {
                Shown(Cpu::from_units(self.units)).fmt(formatter)
            }
            Dimension::Memory | Dimension::MemoryLimits => {
                Shown(Memory::from_units(self.units)).fmt(formatter)
            }
            Dimension::Storage => Shown(Storage::from_units(self.units)).fmt(formatter),
            Dimension::Pods | Dimension::Claims => Shown(self.units).fmt(formatter),
        }
    }
}
