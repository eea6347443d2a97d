//! Many items at once, on the machine's cores.

use std::sync::OnceLock;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use helmwright::pipeline::Executor;

/// Runs steps on a few threads; one item runs on the caller's.
pub(crate) struct Parallel;

/// Stack of a worker, in bytes: what the main thread has, so that depth limits hold alike on both.
const STACK: usize = 8 * 1024 * 1024;

impl Executor for Parallel {
    fn map<T: Sync, R: Send>(&self, items: &[T], step: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
        if items.len() < 2 {
            return items.iter().map(step).collect();
        }
        match pool(items.len()) {
            Some(pool) => pool.install(|| items.par_iter().map(&step).collect()),
            None => items.iter().map(step).collect(),
        }
    }
}

/// Returns the threads of this process, started when there first is work for more than one.
///
/// There are as many as that first work needs: to start 64 for three environments costs more than they save.
/// What comes later is the same environments, or their files.
fn pool(items: usize) -> Option<&'static ThreadPool> {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    POOL.get_or_init(|| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        ThreadPoolBuilder::new()
            .num_threads(cores.min(items))
            .stack_size(STACK)
            .build()
            .ok()
    })
    .as_ref()
}

/// Runs steps that wait for the disk, more of them at once than there are cores.
///
/// Flushes that wait together share one commit of the file system's journal. Eight is where more stopped to help
/// (ext4 on a busy disk, 24 files: 43 ms one by one, 32 with two, 14 with four or eight).
pub(crate) fn map_waiting<T: Sync, R: Send>(items: &[T], step: impl Fn(&T) -> R + Sync) -> Vec<R> {
    const AT_ONCE: usize = 8;
    if items.len() < 2 {
        return items.iter().map(step).collect();
    }
    let size = items.len().div_ceil(AT_ONCE);
    let step = &step;
    std::thread::scope(|scope| {
        let workers: Vec<_> = items
            .chunks(size)
            .map(|chunk| scope.spawn(move || chunk.iter().map(step).collect::<Vec<R>>()))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| {
                worker
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order() {
        let items: Vec<usize> = (0..1000).collect();
        assert_eq!(
            Parallel.map(&items, |item| item * 2),
            (0..2000).step_by(2).collect::<Vec<_>>()
        );
        assert_eq!(
            map_waiting(&items, |item| item + 1),
            (1..1001).collect::<Vec<_>>()
        );
        assert_eq!(map_waiting(&[] as &[u8], |item| *item), [0_u8; 0]);
        assert_eq!(Parallel.map(&[7], |item| item + 1), [8]);
    }
}
