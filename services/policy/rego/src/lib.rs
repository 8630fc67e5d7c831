//! The Rego engine of Candor behind a C interface. `candor_rego.h` is the contract.

mod abi;
mod annotation;
mod caps;
mod checker;
mod describe;
mod document;
mod engine;
mod evaluate;
mod functions;
mod lexical;
mod limits;
mod problem;
mod set;
mod test_run;

#[cfg(test)]
#[path = "../tests/mod.rs"]
mod tests;
