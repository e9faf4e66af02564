//! Why a worker ended without an answer.

use std::os::unix::process::ExitStatusExt;

use riddle_core::{Failure, FailureCode};

use super::child::{Child, End};
use crate::failure;

const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;

/// The failure of the document that the worker was busy with.
pub(super) fn failure_of(end: End, child: Child) -> Failure {
    match end {
        // Whoever does not want the answer looks at no failure either.
        End::TimedOut | End::Unwanted => failure::timeout(),
        End::Garbage => {
            tracing::error!("the extraction program does not speak the worker's protocol");
            failure::no_worker()
        }
        End::Closed => {
            let (status, words) = child.last_words();
            let failed = by_signal(status.and_then(|status| status.signal()), &words);
            if failed.code == FailureCode::Internal {
                // The log leaves out what it wrote, which may quote the document.
                tracing::error!(?status, "the extraction worker exited without an answer");
            }
            failed
        }
    }
}

fn by_signal(signal: Option<i32>, words: &str) -> Failure {
    match signal {
        Some(SIGXCPU) => failure::timeout(),
        // This process sent no SIGKILL, so it was the kernel, out of memory.
        Some(SIGKILL) => failure::memory(),
        _ if failure::ran_out_of_memory(words) => failure::memory(),
        Some(_) => failure::crashed(),
        // A worker always answers before it exits, so this program is something else.
        None => failure::no_worker(),
    }
}
