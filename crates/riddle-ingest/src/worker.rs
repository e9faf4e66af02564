//! The child process: parses documents that it does not trust.

mod library;
mod limits;
mod markdown;
mod pages;
mod tables;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use riddle_core::Failure;

use crate::failure;
use crate::protocol::{MAX_JSON_BYTES, Request, Response, read_frame, write_frame};
use crate::text::ExtractedText;

/// Stack of the parsing thread; the same as the parent asks for all others.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Serves requests from standard input on standard output until the input ends. The body of the hidden subcommand
/// that [`crate::ExtractorOptions::program`] leads to; nothing else may write to standard output.
pub fn run_worker() -> ExitCode {
    let parsing = thread::Builder::new()
        .name("parser".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(|| serve(&requests()));
    match parsing.map(thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Requests, read on their own thread: when the input ends, the parent is gone, and the worker must end too, even in
/// the middle of a document.
fn requests() -> Receiver<Request> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut stdin = io::stdin().lock();
        while let Ok(Some(frame)) = read_frame(&mut stdin, MAX_JSON_BYTES) {
            let Ok(request) = serde_json::from_slice(&frame) else {
                std::process::exit(1);
            };
            if sender.send(request).is_err() {
                break;
            }
        }
        std::process::exit(0);
    });
    receiver
}

fn serve(requests: &Receiver<Request>) -> io::Result<()> {
    let parser = library::Parser::new()?;
    for request in requests {
        let outcome = match limits::apply(&request) {
            Ok(()) => parser.parse(&request),
            Err(_error) => Err(failure::no_worker()),
        };
        respond(outcome)?;
    }
    Ok(())
}

fn respond(outcome: Result<ExtractedText, Failure>) -> io::Result<()> {
    let (response, text) = match outcome {
        Ok(extracted) => (
            Response::Text {
                format: extracted.format,
                pages: extracted.pages,
            },
            Some(extracted.text),
        ),
        Err(Failure { code, message }) => (Response::Failure { code, message }, None),
    };
    let mut stdout = io::stdout().lock();
    write_frame(&mut stdout, &serde_json::to_vec(&response)?)?;
    if let Some(text) = text {
        write_frame(&mut stdout, text.as_bytes())?;
    }
    stdout.flush()
}
