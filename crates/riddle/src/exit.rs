//! Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 something is missing or unreachable,
//! 5 done in part.

use std::process::ExitCode;

use riddle_core::error_chain;

use crate::api::ApiError;

/// Part of the work failed; what did is listed.
pub(crate) const PARTIAL: u8 = 5;
/// A person did not wait for the end, as shells count it.
pub(crate) const INTERRUPTED: u8 = 130;
const FAILED: u8 = 1;
const USAGE: u8 = 2;
const NOT_FOUND: u8 = 3;
const UNAVAILABLE: u8 = 4;

/// The exit code of what a person did not wait for to end.
pub(crate) fn interrupted() -> ExitCode {
    ExitCode::from(INTERRUPTED)
}

/// Prints an error for people or for programs and gives the exit code that says its kind.
pub(crate) fn report(error: &anyhow::Error, json: bool) -> ExitCode {
    let api = error.downcast_ref::<ApiError>();
    let code = api.map_or("failed", |api| api.code.as_str());
    let message = error_chain(error.as_ref());
    if json {
        crate::output::json_error(code, &message);
    } else {
        crate::output::error(&message);
    }
    ExitCode::from(exit_code(code))
}

fn exit_code(code: &str) -> u8 {
    match code {
        "invalid_request" | "name_taken" | "payload_too_large" => USAGE,
        "not_found"
        | "model_not_found"
        | "knowledge_base_not_found"
        | "document_not_found"
        | "evaluation_set_not_found"
        | "evaluation_question_not_found"
        | "evaluation_run_not_found" => NOT_FOUND,
        "unreachable" | "model_unavailable" | "overloaded" | "unauthorized" => UNAVAILABLE,
        _ => FAILED,
    }
}
