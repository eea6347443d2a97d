//! The `helmwright` command.
fn main() {}
