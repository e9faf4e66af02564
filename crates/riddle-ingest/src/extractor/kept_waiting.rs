//! How long a worker was ready to go on and the machine did something else.

use std::fs;
use std::time::Duration;

/// The longest that any thread of a process was kept waiting for a CPU since it began; zero where the system does not
/// tell.
pub(super) fn kept_waiting(process: u32) -> Duration {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else {
        return Duration::ZERO;
    };
    let waits = threads.flatten().filter_map(|thread| {
        let times = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        // Nanoseconds on a CPU, nanoseconds of waiting for one, turns.
        times.split_whitespace().nth(1)?.parse().ok()
    });
    waits.max().map(Duration::from_nanos).unwrap_or_default()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::path::Path;
    use std::process::Stdio;
    use std::thread;

    use super::*;

    #[test]
    fn a_process_among_too_many_is_kept_waiting() {
        assert_eq!(kept_waiting(u32::MAX), Duration::ZERO);
        let times = fs::read_to_string("/proc/self/schedstat");
        assert!(times.is_ok(), "this kernel counts no waiting: {times:?}");
        let cores = thread::available_parallelism().expect("a number").get();
        let busy = || {
            let mut command = riddle_sandbox::command("/bin/sh", Path::new("/"));
            command.args(["-c", "while :; do :; done"]);
            command.stdin(Stdio::null()).spawn().expect("a shell")
        };
        let mut all: Vec<_> = (0..=cores).map(|_| busy()).collect();
        let one = all[0].id();
        while kept_waiting(one) < Duration::from_millis(1) {
            thread::sleep(Duration::from_millis(5));
        }
        for process in &mut all {
            process.kill().expect("it can be ended");
            process.wait().expect("it has ended");
        }
    }
}
