#![expect(
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says on standard error that it is skipped"
)]

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use crate::Resource;
use crate::environment::variable;

/// What becomes of a test that lacks something.
#[derive(Debug, Default)]
pub struct Policy {
    /// A test that lacks one of these fails.
    pub required: Vec<Resource>,
    /// Where a skipped test leaves a line: resource, test and what is missing, separated by tabs.
    pub record: Option<PathBuf>,
}

impl Policy {
    /// The policy that `RIDDLE_TEST_REQUIRE` and `RIDDLE_TEST_SKIPPED` state.
    ///
    /// # Panics
    ///
    /// Where a name in the list is none of a resource.
    pub fn from_environment() -> Self {
        let list = variable("RIDDLE_TEST_REQUIRE").unwrap_or_default();
        let required = Resource::parse_list(&list).unwrap_or_else(|name| {
            panic!("RIDDLE_TEST_REQUIRE names `{name}`, which no test needs")
        });
        Self {
            required,
            record: variable("RIDDLE_TEST_SKIPPED").map(PathBuf::from),
        }
    }

    /// Fails the running test, or records that it is skipped.
    ///
    /// # Panics
    ///
    /// Where the resource is required, or the record cannot be written.
    pub fn skip(&self, resource: Resource, missing: &str) {
        let name = resource.name();
        assert!(
            !self.required.contains(&resource),
            "{missing}; RIDDLE_TEST_REQUIRE asks for {name}"
        );
        eprintln!("skipped: {missing}");
        let Some(record) = &self.record else { return };
        let line = format!("{name}\t{}\t{missing}\n", running_test());
        // One small write at the end of the file: tests of several processes do not mix their lines.
        let written = File::options()
            .create(true)
            .append(true)
            .open(record)
            .and_then(|mut file| file.write_all(line.as_bytes()));
        if let Err(error) = written {
            panic!("{}: {error}", record.display());
        }
    }
}

/// The name of the running test, with that of its binary where the test runner tells it.
fn running_test() -> String {
    let test = variable("NEXTEST_TEST_NAME")
        .or_else(|| std::thread::current().name().map(str::to_owned))
        .unwrap_or_default();
    match variable("NEXTEST_BINARY_ID") {
        Some(binary) => format!("{binary} {test}"),
        None => test,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skipped_test_leaves_a_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let policy = Policy {
            required: vec![Resource::Models],
            record: Some(folder.path().join("skipped")),
        };
        policy.skip(Resource::Clients, "no Python");
        policy.skip(Resource::Cpu, "no AVX2");
        let lines = std::fs::read_to_string(folder.path().join("skipped")).expect("a record");
        let lines: Vec<Vec<&str>> = lines
            .lines()
            .map(|line| line.split('\t').collect())
            .collect();
        let [first, second] = &lines[..] else {
            panic!("{lines:?}");
        };
        assert!(
            first[1].ends_with("a_skipped_test_leaves_a_line"),
            "{first:?}"
        );
        assert_eq!([first[0], first[2]], ["clients", "no Python"]);
        assert_eq!([second[0], second[2]], ["cpu", "no AVX2"]);
    }

    #[test]
    fn a_test_that_lacks_what_is_required_fails() {
        let folder = tempfile::tempdir().expect("a folder");
        let policy = Policy {
            required: vec![Resource::Models],
            record: Some(folder.path().join("skipped")),
        };
        let failed = std::panic::catch_unwind(|| policy.skip(Resource::Models, "no weights"));
        let message = failed.expect_err("it panics");
        let message = message.downcast_ref::<String>().expect("a message");
        assert_eq!(message, "no weights; RIDDLE_TEST_REQUIRE asks for models");
        assert!(!folder.path().join("skipped").exists());
    }
}
