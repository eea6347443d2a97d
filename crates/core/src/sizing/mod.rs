//! Pure calculators: what follows from numbers, with the formula shown.

pub mod quorum;
