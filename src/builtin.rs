//! What is embedded in the binary: the lexicons as tables, the default policy with its messages.

use crate::lexicon::Tables;
use crate::policy::Policy;
use crate::recognize::Lexicons;
use crate::recognize::weigh::Weights;

/// Bytes that begin on a line of the cache, as the sections of the tables are laid out to do.
#[repr(C, align(64))]
struct Aligned<B: ?Sized>(B);

static LEXICONS: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/lexicons.bin")));
static WEIGHTS: &[u8] = include_bytes!("../models/weights.bin");
static POLICY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/policy.bin"));

include!(concat!(env!("OUT_DIR"), "/lists.rs"));

/// The built-in lexicons; nothing is parsed or copied.
pub fn lexicons() -> Lexicons {
    Lexicons::new(Tables::new(&LEXICONS.0)).weighed(Weights::new(WEIGHTS))
}

/// The built-in policy, decoded from its compiled form.
pub fn policy() -> Policy {
    postcard::from_bytes(POLICY).expect("build.rs wrote the policy with the same types")
}
