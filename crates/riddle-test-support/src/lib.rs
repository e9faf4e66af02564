//! What tests need beyond the repository: a library, models, clients of other tools, data.
//!
//! A test asks for it here and returns where there is none:
//!
//! ```no_run
//! let Some(library) = riddle_test_support::onnxruntime() else { return };
//! ```
//!
//! A test that returns early counts as passed although it has tested nothing. So where something is missing, the test
//! fails if `RIDDLE_TEST_REQUIRE` names it (a comma-separated list of the names of [`Resource`], or `all`). Otherwise a
//! line is added to the file that `RIDDLE_TEST_SKIPPED` names, which `make test` prints at its end.
//!
//! Where the files are, the variables of the product say: `RIDDLE_ONNXRUNTIME` and `RIDDLE_MODELS_DIR`. Without them it
//! is the cache in which the set-up scripts keep what they fetch. `RIDDLE_TEST_POSTGRES` names a server for databases.

mod database;
mod environment;
mod paths;
mod policy;
mod resource;

pub use self::database::{postgres, postgres_schema};
pub use self::environment::variable;
pub use self::paths::{
    has_shared_data, model, models, onnxruntime, onnxruntime_file, python, qdrant, shared_data,
};
pub use self::policy::Policy;
pub use self::resource::Resource;

/// What was found, or `None` after recording that the test is skipped because of `missing`.
///
/// # Panics
///
/// Where nothing was found and `RIDDLE_TEST_REQUIRE` names the resource.
pub fn need<T>(resource: Resource, found: Option<T>, missing: &str) -> Option<T> {
    if found.is_none() {
        Policy::from_environment().skip(resource, missing);
    }
    found
}
