//! jsonl documents.
#![no_main]
use fritext::Said;
use libfuzzer_sys::fuzz_target;
#[path = "common.rs"]
mod common;

fuzz_target!(|data: &[u8]| common::document(data, Some(Said::Format(fritext::Format::JsonLines))));
