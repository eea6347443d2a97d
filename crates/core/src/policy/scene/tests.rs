//! Environments on one cluster, simulated.
