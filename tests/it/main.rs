//! Everything that is tested through the command line or over the whole tree, as one program.

mod bad_input;
mod config;
mod differential;
mod evasion;
mod examples;
mod fine_points;
mod formats;
mod gold;
mod leak;
mod lexicons;
mod numbers;
mod policy;
mod properties;
mod run;
mod streams;
mod tidy;
mod watch;
