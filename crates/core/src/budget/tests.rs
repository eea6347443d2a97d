//! The budget by its properties, and by the rollout plan's numbers.
