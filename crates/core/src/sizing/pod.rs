//! What one pod asks for, and what it may use at most.

use crate::units::{Cpu, Memory};

/// The CPU and memory of a container or a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compute {
    /// CPU.
    pub cpu: Cpu,
    /// Memory.
    pub memory: Memory,
}

impl Compute {
    /// Nothing.
    pub const ZERO: Self = Self {
        cpu: Cpu::ZERO,
        memory: Memory::ZERO,
    };

    /// Returns the sum, or nothing where it does not fit.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match (
            self.cpu.checked_add(other.cpu),
            self.memory.checked_add(other.memory),
        ) {
            (Some(cpu), Some(memory)) => Some(Self { cpu, memory }),
            _ => None,
        }
    }

    /// Returns the larger of both, for each resource alone.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.max(other.cpu),
            memory: self.memory.max(other.memory),
        }
    }
}

/// A container that starts before the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InitContainer {
    /// What it asks for.
    pub request: Compute,
    /// Whether it keeps running (`restartPolicy: Always`): a sidecar.
    pub restartable: bool,
}

/// Returns what the scheduler and a quota count for a pod, or nothing where it does not fit.
///
/// `max(sum(containers) + sum(sidecars), max over plain init containers of (its request + sidecars started before it)) + overhead`,
/// for each resource alone. The init containers must stand in their order.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::pod::{Compute, InitContainer, pod_request};
/// use helmwright::units::{Cpu, Memory};
///
/// let compute = |millicores, memory: &str| -> Compute {
///     Compute { cpu: Cpu::from_millicores(millicores), memory: memory.parse().unwrap() }
/// };
/// let init = [InitContainer { request: compute(500, "64Mi"), restartable: false }];
/// let request = pod_request(&[compute(100, "1Gi")], &init, Compute::ZERO);
/// assert_eq!(request, Some(compute(500, "1Gi")));
/// ```
///
/// # Source
///
/// Kubernetes documentation, "Sidecar Containers", section "Resource sharing within containers"; Kubernetes, `PodRequests` in
/// `component-helpers/resource`.
pub fn pod_request(
    containers: &[Compute],
    init: &[InitContainer],
    overhead: Compute,
) -> Option<Compute> {
    let mut running = Compute::ZERO;
    for container in containers {
        running = running.checked_add(*container)?;
    }
    let mut sidecars = Compute::ZERO;
    let mut starting = Compute::ZERO;
    for container in init {
        if container.restartable {
            sidecars = sidecars.checked_add(container.request)?;
        } else {
            starting = starting.max(container.request.checked_add(sidecars)?);
        }
    }
    running
        .checked_add(sidecars)?
        .max(starting)
        .checked_add(overhead)
}

/// What containers may use at most: the sum of the limits there are, and how many containers have none.
///
/// A missing limit is not a limit of zero, so it is counted and not added.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::pod::Limits;
///
/// let limits = Limits::of_container(None, Some("4Gi".parse()?))
///     .checked_mul(3)
///     .expect("12Gi fit");
/// assert_eq!((limits.memory.to_string().as_str(), limits.without_cpu), ("12Gi", 3));
/// # Ok::<(), helmwright::units::QuantityError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The sum of the CPU limits.
    pub cpu: Cpu,
    /// The sum of the memory limits.
    pub memory: Memory,
    /// Containers without a CPU limit.
    pub without_cpu: u64,
    /// Containers without a memory limit.
    pub without_memory: u64,
}

impl Limits {
    /// Returns the limits of one container.
    pub fn of_container(cpu: Option<Cpu>, memory: Option<Memory>) -> Self {
        Self {
            cpu: cpu.unwrap_or_default(),
            memory: memory.unwrap_or_default(),
            without_cpu: u64::from(cpu.is_none()),
            without_memory: u64::from(memory.is_none()),
        }
    }

    /// Returns the sum, or nothing where it does not fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            cpu: self.cpu.checked_add(other.cpu)?,
            memory: self.memory.checked_add(other.memory)?,
            without_cpu: self.without_cpu.checked_add(other.without_cpu)?,
            without_memory: self.without_memory.checked_add(other.without_memory)?,
        })
    }

    /// Returns so many times the limits, or nothing where it does not fit.
    #[must_use]
    pub fn checked_mul(self, times: u32) -> Option<Self> {
        Some(Self {
            cpu: self.cpu.checked_mul(times)?,
            memory: self.memory.checked_mul(times)?,
            without_cpu: self.without_cpu.checked_mul(u64::from(times))?,
            without_memory: self.without_memory.checked_mul(u64::from(times))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn compute(millicores: u64, bytes: u64) -> Compute {
        Compute {
            cpu: Cpu::from_millicores(millicores),
            memory: Memory::from_bytes(bytes),
        }
    }

    fn init(millicores: u64, bytes: u64, restartable: bool) -> InitContainer {
        InitContainer {
            request: compute(millicores, bytes),
            restartable,
        }
    }

    #[test]
    fn init_containers_count_by_their_peak() {
        let containers = [compute(100, 10), compute(200, 20)];
        let request =
            |init: &[InitContainer]| pod_request(&containers, init, Compute::ZERO).unwrap();
        assert_eq!(request(&[]), compute(300, 30));
        assert_eq!(
            request(&[init(50, 5, false), init(250, 100, false)]),
            compute(300, 100)
        );
        // A sidecar runs beside the containers, and beside the plain ones that start after it only.
        assert_eq!(
            request(&[init(50, 5, true), init(400, 1, false)]),
            compute(450, 35)
        );
        assert_eq!(
            request(&[init(400, 1, false), init(50, 5, true)]),
            compute(400, 35)
        );
        assert_eq!(
            pod_request(&containers, &[], compute(7, 7)),
            Some(compute(307, 37))
        );
    }

    #[test]
    fn what_does_not_fit_is_nothing() {
        let most = compute(u64::MAX, 0);
        assert_eq!(
            pod_request(&[most, compute(1, 0)], &[], Compute::ZERO),
            None
        );
        assert_eq!(pod_request(&[most], &[], compute(1, 0)), None);
        assert_eq!(
            Limits::of_container(Some(Cpu::from_millicores(u64::MAX)), None).checked_mul(2),
            None
        );
    }

    proptest! {
        #[test]
        fn more_asked_is_never_less_counted(
            apps in proptest::collection::vec((0..1000_u64, 0..1000_u64), 0..4),
            inits in proptest::collection::vec((0..1000_u64, 0..1000_u64, any::<bool>()), 0..5),
            at in 0..5_usize,
        ) {
            let apps: Vec<_> = apps.into_iter().map(|(cpu, memory)| compute(cpu, memory)).collect();
            let mut inits: Vec<_> = inits.into_iter().map(|(cpu, memory, kept)| init(cpu, memory, kept)).collect();
            let before = pod_request(&apps, &inits, Compute::ZERO).unwrap();
            if let Some(one) = inits.get_mut(at) {
                one.request = one.request.checked_add(compute(1, 1)).unwrap();
                one.restartable = true;
            }
            let after = pod_request(&apps, &inits, Compute::ZERO).unwrap();
            prop_assert!(after.cpu >= before.cpu && after.memory >= before.memory);
        }

        #[test]
        fn any_numbers_give_an_answer(a: u64, b: u64, c: u64, kept: bool) {
            let _ = pod_request(&[compute(a, b)], &[init(b, c, kept), init(c, a, !kept)], compute(c, c));
        }
    }
}
