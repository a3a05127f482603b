//! Rows of fixed widths.
#![no_main]
use fritext::{Format, Said};
use libfuzzer_sys::fuzz_target;
#[path = "common.rs"]
mod common;

fuzz_target!(|data: &[u8]| {
    let widths = [("Personnummer", 13), ("Namn", 20), ("Anteckning", 40)];
    let widths = widths.map(|(title, width)| (title.to_owned(), width)).to_vec();
    common::document(data, Some(Said::Format(Format::Fixed(widths))));
});
