//! Many items at once, on the machine's cores.

use rayon::prelude::*;

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
        if rayon::current_thread_index().is_some() {
            return items.par_iter().map(step).collect();
        }
        // A pool of the size that is needed: starting 64 threads for three environments costs more than they save.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(cores.min(items.len()))
            .stack_size(STACK)
            .build();
        match pool {
            Ok(pool) => pool.install(|| items.par_iter().map(&step).collect()),
            Err(_) => items.iter().map(step).collect(),
        }
    }
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
        assert_eq!(Parallel.map(&[7], |item| item + 1), [8]);
    }
}
