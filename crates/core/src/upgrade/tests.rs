//! Made charts, two versions and one change each; then the contracts at hand.
