//! What pods ask for, at rest and in a rollout, against a quota.
//!
//! 1. at rest: what runs already + replicas x pod + what is planned
//! 2. worst rollout: at rest + the pods that updates add ([`super::rollout::surge_pods`]) + one more ingester where that is declared
//! 3. headroom: [`headroom`] of both; the figure at rest alone proves nothing
//! 4. the smallest quota that keeps a headroom: [`minimum_quota`]
//!
//! # Source
//!
//! The rollout plan's quota request; Kubernetes documentation, "Resource Quotas".

use std::iter;

use super::Ratio;
use super::amount::{Amount, Balance, Shown};
use super::pod::Compute;
use crate::units::{Cpu, Memory, Storage};

/// What some pods ask a namespace for.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::budget::Need;
/// use helmwright::sizing::pod::Compute;
/// use helmwright::units::Cpu;
///
/// let ingester = Need::of_pod(Compute { cpu: Cpu::from_millicores(200), memory: "1Gi".parse()? })
///     .with_claim("2Gi".parse()?)
///     .expect("2Gi fit");
/// let three = ingester.checked_mul(3).expect("6Gi fit");
/// assert_eq!((three.cpu.millicores(), three.pods, three.claims), (600, 3, 3));
/// assert_eq!(three.storage.to_string(), "6Gi");
/// # Ok::<(), helmwright::units::QuantityError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// CPU requests.
    pub cpu: Cpu,
    /// Memory requests.
    pub memory: Memory,
    /// The sizes of all claims.
    pub storage: Storage,
    /// Pods.
    pub pods: u64,
    /// Persistent volume claims.
    pub claims: u64,
}

impl Need {
    /// Nothing.
    pub const ZERO: Self = Self {
        cpu: Cpu::ZERO,
        memory: Memory::ZERO,
        storage: Storage::ZERO,
        pods: 0,
        claims: 0,
    };

    /// Returns the need of one pod without claims.
    pub const fn of_pod(request: Compute) -> Self {
        Self {
            cpu: request.cpu,
            memory: request.memory,
            pods: 1,
            ..Self::ZERO
        }
    }

    /// Adds one claim, or returns nothing where it does not fit.
    #[must_use]
    pub fn with_claim(self, size: Storage) -> Option<Self> {
        Some(Self {
            storage: self.storage.checked_add(size)?,
            claims: self.claims.checked_add(1)?,
            ..self
        })
    }

    /// Returns the sum, or nothing where one resource does not fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            cpu: self.cpu.checked_add(other.cpu)?,
            memory: self.memory.checked_add(other.memory)?,
            storage: self.storage.checked_add(other.storage)?,
            pods: self.pods.checked_add(other.pods)?,
            claims: self.claims.checked_add(other.claims)?,
        })
    }

    /// Returns the sum; a resource that does not fit is the largest amount there is.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        self.each(other, u64::saturating_add)
    }

    /// Returns so many times the need, or nothing where one resource does not fit.
    #[must_use]
    pub fn checked_mul(self, times: u64) -> Option<Self> {
        let times_of = |units: u64| units.checked_mul(times);
        Some(Self {
            cpu: Cpu::from_units(times_of(self.cpu.units())?),
            memory: Memory::from_units(times_of(self.memory.units())?),
            storage: Storage::from_units(times_of(self.storage.units())?),
            pods: times_of(self.pods)?,
            claims: times_of(self.claims)?,
        })
    }

    /// Returns so many times the need; a resource that does not fit is the largest amount there is.
    #[must_use]
    pub fn saturating_mul(self, times: u64) -> Self {
        self.each(self, |units, _| units.saturating_mul(times))
    }

    /// Returns the larger of both, for each resource alone.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        self.each(other, u64::max)
    }

    /// Returns the sum of all, or nothing where one resource does not fit.
    pub fn total(needs: impl IntoIterator<Item = Self>) -> Option<Self> {
        needs.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    fn each(self, other: Self, join: impl Fn(u64, u64) -> u64) -> Self {
        fn one<A: Amount>(left: A, right: A, join: impl Fn(u64, u64) -> u64) -> A {
            A::from_units(join(left.units(), right.units()))
        }
        Self {
            cpu: one(self.cpu, other.cpu, &join),
            memory: one(self.memory, other.memory, &join),
            storage: one(self.storage, other.storage, &join),
            pods: join(self.pods, other.pods),
            claims: join(self.claims, other.claims),
        }
    }
}

impl iter::Sum for Need {
    /// Adds all; a resource that does not fit is the largest amount there is.
    fn sum<I: Iterator<Item = Self>>(needs: I) -> Self {
        needs.fold(Self::ZERO, Self::saturating_add)
    }
}

/// Returns the part of a quota that is left: `(quota - required) / quota`, below zero where it does not fit.
///
/// Nothing for a quota of zero. The ratio is exact; its text is rounded, see [`Ratio`].
///
/// # Examples
///
/// ```
/// use helmwright::sizing::budget::headroom;
/// use helmwright::units::Memory;
///
/// let quota: Memory = "32Gi".parse()?;
/// let left = headroom(quota, "25.3Gi".parse()?).expect("32Gi are not zero");
/// assert_eq!(left.to_string(), "20.9%");
/// # Ok::<(), helmwright::units::QuantityError>(())
/// ```
pub fn headroom<A: Amount>(quota: A, required: A) -> Option<Ratio> {
    Ratio::rest(quota.units(), required.units())
}

/// Returns [`headroom`] with its numbers, such as `(32Gi - 25.3Gi) / 32Gi = 20.9%`.
pub fn headroom_formula<A: Amount>(quota: A, required: A) -> String {
    match headroom(quota, required) {
        Some(left) => format!(
            "({} - {}) / {} = {left}",
            Shown(quota),
            Shown(required),
            Shown(quota)
        ),
        None => format!("{} of a quota of {}", Shown(required), Shown(quota)),
    }
}

/// Returns what is left of a quota, or what it lacks.
pub const fn balance<A: Amount>(quota: A, required: A) -> Balance<A> {
    Balance { quota, required }
}

/// Returns the smallest quota that keeps a headroom: `ceil(worst / (1 - headroom))`, in the smallest unit.
///
/// [`Amount::presentable`] rounds it further, to what a request would say. Nothing where no quota is large enough: a headroom of
/// one or more, or an amount that does not fit. A headroom below zero counts as zero.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::Ratio;
/// use helmwright::sizing::budget::minimum_quota;
/// use helmwright::units::Cpu;
///
/// let quota = minimum_quota(Cpu::from_millicores(7480), Ratio::per_mille(200));
/// assert_eq!(quota, Some(Cpu::from_millicores(9350)));
/// ```
pub fn minimum_quota<A: Amount>(worst: A, headroom: Ratio) -> Option<A> {
    let kept = if headroom.is_negative() {
        Ratio::ZERO
    } else {
        headroom
    };
    let usable = kept
        .whole()
        .checked_sub(kept.part())
        .filter(|left| *left > 0)?;
    let scaled = u128::from(worst.units()) * u128::from(kept.whole());
    u64::try_from(scaled.div_ceil(u128::from(usable)))
        .ok()
        .map(A::from_units)
}

/// Returns [`minimum_quota`] with its numbers, such as `7480m / (1 - 20.0%) = 9350m`.
pub fn minimum_quota_formula<A: Amount>(worst: A, headroom: Ratio) -> String {
    let result = minimum_quota(worst, headroom).map_or_else(
        || "more than there can be".to_owned(),
        |quota| Shown(quota).to_string(),
    );
    format!("{} / (1 - {headroom}) = {result}", Shown(worst))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A row of the rollout plan: its backend, the replicas, and what all of them ask for together.
    type Row = (&'static str, u64, u64, &'static str, &'static str);

    const ROWS: [Row; 13] = [
        ("Tempo", 2, 200, "512Mi", "0"),
        ("Tempo", 3, 600, "3Gi", "6Gi"),
        ("Tempo", 2, 200, "1Gi", "0"),
        ("Tempo", 2, 100, "512Mi", "0"),
        ("Tempo", 1, 100, "512Mi", "0"),
        ("Tempo", 2, 200, "1Gi", "0"),
        ("Mimir", 2, 200, "512Mi", "0"),
        ("Mimir", 3, 600, "3Gi", "6Gi"),
        ("Mimir", 2, 200, "1Gi", "0"),
        ("Mimir", 2, 100, "512Mi", "0"),
        ("Mimir", 1, 100, "512Mi", "2Gi"),
        ("Mimir", 2, 200, "1Gi", "0"),
        ("Mimir", 2, 100, "512Mi", "2Gi"),
    ];

    fn need(millicores: u64, memory: &str, storage: &str) -> Need {
        Need {
            cpu: Cpu::from_millicores(millicores),
            memory: memory.parse().unwrap(),
            storage: storage.parse().unwrap(),
            ..Need::ZERO
        }
    }

    fn rows(backend: &str) -> Need {
        Need::total(
            ROWS.iter()
                .filter(|row| row.0.starts_with(backend))
                .map(|row| need(row.2, row.3, row.4)),
        )
        .unwrap()
    }

    fn shown(need: Need) -> [String; 3] {
        [
            Shown(need.cpu).to_string(),
            Shown(need.memory).to_string(),
            Shown(need.storage).to_string(),
        ]
    }

    fn headrooms(quota: Need, required: Need) -> [String; 3] {
        [
            headroom(quota.cpu, required.cpu),
            headroom(quota.memory, required.memory),
            headroom(quota.storage, required.storage),
        ]
        .map(|left| left.unwrap().to_string())
    }

    #[test]
    fn the_rollout_plans_tables_to_the_digit() {
        assert_eq!(shown(rows("Tempo")), ["1400m", "6.5Gi", "6Gi"]);
        assert_eq!(shown(rows("Mimir")), ["1500m", "7Gi", "10Gi"]);
        let phase_1 = rows("");
        assert_eq!(shown(phase_1), ["2900m", "13.5Gi", "16Gi"]);
        let per_replica = Need::total(
            ROWS.iter()
                .map(|row| need(row.2, row.3, row.4).checked_mul(row.1).unwrap()),
        );
        assert_eq!(shown(per_replica.unwrap()), ["6800m", "32Gi", "42Gi"]);

        let used = need(2630, "8.5Gi", "55Gi");
        let phase_3 = need(950, "3.3Gi", "2Gi");
        let at_rest = Need::total([used, phase_1, phase_3]).unwrap();
        assert_eq!(shown(at_rest), ["6480m", "25.3Gi", "73Gi"]);
        let quota = need(10_000, "32Gi", "96Gi");
        assert_eq!(headrooms(quota, at_rest), ["35.2%", "20.9%", "24.0%"]);

        let surge = at_rest.checked_add(need(600, "2.5Gi", "0")).unwrap();
        assert_eq!(headrooms(quota, surge), ["29.2%", "13.1%", "24.0%"]);
        let worst = surge.checked_add(need(400, "2Gi", "4Gi")).unwrap();
        assert_eq!(headrooms(quota, worst), ["25.2%", "6.9%", "19.8%"]);

        let old = need(4000, "16Gi", "64Gi");
        let asked = used.checked_add(phase_1).unwrap();
        assert_eq!(balance(old.cpu, asked.cpu).to_string(), "-1530m");
        assert_eq!(balance(old.memory, asked.memory).to_string(), "-6Gi");
        assert_eq!(
            format!("{:.1}", balance(old.memory, asked.memory)),
            "-6.0Gi"
        );
        assert_eq!(balance(old.storage, asked.storage).to_string(), "-7Gi");
    }

    #[test]
    fn the_smallest_quota_of_the_worst_rollout() {
        let kept = Ratio::per_mille(200);
        assert_eq!(
            minimum_quota_formula(Cpu::from_millicores(7480), kept),
            "7480m / (1 - 20.0%) = 9350m"
        );
        let memory: Memory = "29.8Gi".parse().unwrap();
        assert_eq!(
            minimum_quota_formula(memory, kept),
            "29.8Gi / (1 - 20.0%) = 37.3Gi"
        );
        assert_eq!(
            minimum_quota(memory, kept).unwrap().presentable(),
            "38Gi".parse().unwrap()
        );
        assert_eq!(minimum_quota(1_u64, Ratio::per_mille(1000)), None);
        assert_eq!(minimum_quota(1_u64, Ratio::per_mille(1001)), None);
        assert_eq!(minimum_quota(0_u64, kept), Some(0));
        assert_eq!(minimum_quota(5_u64, Ratio::rest(1, 3).unwrap()), Some(5));
        assert_eq!(minimum_quota(u64::MAX, kept), None);
    }

    #[test]
    fn a_quota_of_zero_has_no_headroom() {
        assert_eq!(headroom(0_u64, 1), None);
        assert_eq!(headroom_formula(0_u64, 1), "1 of a quota of 0");
        assert_eq!(headroom_formula(10_u64, 12), "(10 - 12) / 10 = -20.0%");
    }

    #[test]
    fn sums_that_do_not_fit() {
        let most = need(u64::MAX, "1Gi", "1Gi");
        let one = need(1, "1Gi", "1Gi");
        assert_eq!(most.checked_add(one), None);
        assert_eq!(most.saturating_add(one).cpu, most.cpu);
        assert_eq!(most.saturating_add(one).memory, "2Gi".parse().unwrap());
        assert_eq!(one.checked_mul(u64::MAX), None);
        assert_eq!([most, one].into_iter().sum::<Need>().cpu, most.cpu);
    }

    fn any_need() -> impl Strategy<Value = Need> {
        any::<(u64, u64, u64, u64, u64)>().prop_map(|(cpu, memory, storage, pods, claims)| Need {
            cpu: Cpu::from_millicores(cpu),
            memory: Memory::from_bytes(memory),
            storage: Storage::from_bytes(storage),
            pods,
            claims,
        })
    }

    proptest! {
        #[test]
        fn sums_fit_or_say_so(left in any_need(), right in any_need(), times: u64) {
            let sum = left.saturating_add(right);
            prop_assert!(sum.cpu >= left.cpu && sum.memory >= right.memory && sum.pods >= left.pods);
            if let Some(exact) = left.checked_add(right) {
                prop_assert_eq!(exact, sum);
            }
            if let Some(exact) = left.checked_mul(times) {
                prop_assert_eq!(exact, left.saturating_mul(times));
            }
            prop_assert!(left.max(right).claims >= left.claims);
        }

        #[test]
        fn more_required_is_less_headroom(quota in 1..u64::MAX, required in 0..u64::MAX) {
            prop_assert!(headroom(quota, required + 1) < headroom(quota, required));
            prop_assert_eq!(headroom(quota, required).unwrap().is_negative(), required > quota);
        }

        #[test]
        fn the_smallest_quota_is_large_enough_and_no_larger(worst in 1..1_u64 << 40, thousandths in 0..1000_u32) {
            let kept = Ratio::per_mille(thousandths);
            let quota = minimum_quota(worst, kept).unwrap();
            prop_assert!(headroom(quota, worst).unwrap() >= kept);
            prop_assert!(quota == 1 || headroom(quota - 1, worst).unwrap() < kept);
            prop_assert!(headroom(quota.presentable(), worst).unwrap() >= kept);
        }

        #[test]
        fn any_numbers_give_an_answer(worst: u64, whole: u64, part: u64) {
            if let Some(kept) = Ratio::rest(whole, part) {
                let _ = minimum_quota(worst, kept);
                prop_assert!(!minimum_quota_formula(Memory::from_bytes(worst), kept).is_empty());
                prop_assert!(!headroom_formula(Storage::from_bytes(whole), Storage::from_bytes(part)).is_empty());
            }
        }
    }
}
