//! Environments drawn.
