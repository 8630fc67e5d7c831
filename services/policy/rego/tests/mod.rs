//! Tests through the C interface, as a caller uses it.

mod describe_test;
mod door;
mod evaluate_test;
mod layout_test;
mod refusals_test;
mod robustness_test;
mod run_test;
mod speed;
