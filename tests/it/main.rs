//! Everything that is tested through the command line or over the whole tree, as one program.

mod bad_input;
#[cfg(unix)]
mod callers;
mod config;
mod differential;
mod evasion;
mod examples;
mod extents;
mod fine_points;
mod formats;
mod gold;
#[cfg(unix)]
mod hook;
#[cfg(unix)]
mod http;
mod leak;
mod lexicons;
mod lsp;
mod names;
mod numbers;
mod policy;
mod properties;
#[cfg(unix)]
mod register;
mod run;
#[cfg(unix)]
mod serve;
#[cfg(unix)]
mod serve_safety;
mod spelling;
mod streams;
mod tidy;
#[cfg(unix)]
mod tools;
mod watch;
