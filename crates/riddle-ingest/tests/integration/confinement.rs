//! What a worker may do beyond reading its document: nothing.

use riddle_ingest::self_test;
use riddle_test_support::{Resource, need};

use crate::support::{LIMITS, options};

#[test]
fn a_worker_is_refused_files_network_processes_and_programs() {
    let report = self_test(&options(LIMITS)).expect("the worker runs");
    let gaps = report.confinement.gaps().unwrap_or_default();
    let whole = report.confinement.seccomp.reason().is_none().then_some(());
    let Some(()) = need(Resource::Seccomp, whole, &gaps) else {
        return;
    };
    let tried: Vec<&str> = report
        .attempts
        .iter()
        .map(|attempt| attempt.what.as_str())
        .collect();
    assert_eq!(
        tried,
        [
            "open a file",
            "write a file",
            "listen",
            "send to the network",
            "open a socket",
            "signal another process",
            "start a process",
            "become another program",
        ]
    );
    for attempt in &report.attempts {
        assert!(attempt.refused, "{attempt:?}; {gaps}");
    }
}
