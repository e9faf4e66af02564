use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A call that panicked, with what the panic said. That is for the log alone: a panic may say anything.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Panicked(String);

impl Panicked {
    /// Reads what a panic left behind.
    pub fn of(payload: &(dyn Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Self(text.unwrap_or_else(|| "without a text".to_owned()))
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it panicked: {}", self.0)
    }
}

impl std::error::Error for Panicked {}

/// Runs `work`; a panic in it is an error.
///
/// # Errors
/// It panicked. What it has changed may be half done; the caller answers for that.
pub(crate) fn caught<R>(work: impl FnOnce() -> R) -> Result<R, Panicked> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| Panicked::of(payload.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_keeps_what_it_said() {
        let said = |text: &str| Some(format!("it panicked: {text}"));
        let told = |work: fn()| caught(work).err().map(|panicked| panicked.to_string());
        assert_eq!(told(|| panic!("as told")), said("as told"));
        assert_eq!(told(|| panic!("number {}", 7)), said("number 7"));
        assert_eq!(
            told(|| std::panic::panic_any(7_u32)),
            said("without a text")
        );
        assert_eq!(caught(|| 7), Ok(7));
    }
}
