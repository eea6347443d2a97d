//! Pages of runbooks.
