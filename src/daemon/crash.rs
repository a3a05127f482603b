//! Points at which tests let the protocol break off. In the program itself there are none.

/// Breaks off here, if a test asked for it.
#[cfg(not(test))]
pub(super) const fn point(_name: &str) {}

#[cfg(test)]
pub(super) use tests::point;

#[cfg(test)]
pub(super) mod tests {
    use std::cell::RefCell;

    thread_local! {
        static ARMED: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
    }

    /// What a broken-off run ends with.
    pub(in crate::daemon) struct Crash;

    /// The `nth` time this thread comes to the point, from 1, it breaks off.
    pub(in crate::daemon) fn arm(name: &str, nth: u32) {
        ARMED.with(|a| *a.borrow_mut() = Some((name.to_owned(), nth)));
    }

    /// Runs on to the end; whether it would have been broken off.
    pub(in crate::daemon) fn disarm() -> bool {
        ARMED.with(|a| a.borrow_mut().take().is_some())
    }

    pub(in crate::daemon) fn point(name: &str) {
        let now = ARMED.with(|a| match &mut *a.borrow_mut() {
            Some((armed, left)) if armed == name => {
                *left -= 1;
                *left == 0
            }
            _ => false,
        });
        if now {
            disarm();
            std::panic::resume_unwind(Box::new(Crash));
        }
    }
}
