//! The child process: parses documents that it does not trust.

mod boxes;
mod continued;
mod html;
mod html_tables;
mod library;
mod line_breaks;
mod mail;
mod markdown;
mod office;
mod pages;
mod pictures;
mod rtf;
mod running;
mod tables;
mod xml_text;

use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use riddle_core::{Failure, PictureReader};
use riddle_sandbox::{attempt_all, confine, limit};

use crate::protocol::{MAX_JSON_BYTES, Request, Response, read_frame, write_frame};

/// Stack of the parsing thread; the same as the parent asks for all others.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Serves requests from standard input on standard output until the input ends. The body of the hidden subcommand
/// that [`crate::ExtractorOptions::program`] leads to; nothing else may write to standard output.
/// Before it reads anything, it gives up all that a parser does not need, so there must be no second thread yet.
pub fn run_worker() -> ExitCode {
    work(|| {
        let parser = library::Parser::new()?;
        for (request, document) in requests() {
            let parsed = parser.parse(&request, document);
            respond(parsed.map(|(text, blank_pages)| {
                let response = Response::Text {
                    format: text.format,
                    pages: text.pages,
                    title: text.title,
                    blank_pages,
                    unread_attachments: text.unread_attachments,
                };
                (response, text.text)
            }))?;
        }
        Ok(())
    })
}

/// The same for pictures: the body of the program that [`crate::PictureProgram`] describes. `open` makes the reader of
/// pictures when the process is confined, or says why there is none; whatever it needs must have been opened before.
pub fn run_picture_reader<R: PictureReader>(
    open: impl FnOnce() -> Result<R, String> + Send + 'static,
) -> ExitCode {
    work(|| pictures::serve(open, &requests()))
}

/// Confines this process and does its work on a thread with a large stack.
fn work(serve: impl FnOnce() -> io::Result<()> + Send + 'static) -> ExitCode {
    if greet().is_err() {
        return ExitCode::FAILURE;
    }
    let working = thread::Builder::new()
        .name("parser".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(serve);
    match working.map(thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// The same program with the same confinement, but in place of documents it tries what it must not be able to do, and
/// writes what came of it.
pub fn run_worker_self_test() -> ExitCode {
    match greet().and_then(|()| attempt_all(io::stdout().lock())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Confines this process and says how far that went.
fn greet() -> io::Result<()> {
    let confinement = serde_json::to_vec(&confine())?;
    write_frame(&mut io::stdout().lock(), &confinement)
}

/// A request with its document.
type Order = (Request, Vec<u8>);

/// Requests, read on their own thread: when the input ends, the parent is gone, and the worker must end too, even in
/// the middle of a document.
fn requests() -> Receiver<Order> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut stdin = io::stdin().lock();
        loop {
            match read_order(&mut stdin) {
                Ok(Some(order)) => {
                    BUSY.store(true, Ordering::Release);
                    if sender.send(order).is_err() {
                        std::process::exit(0);
                    }
                }
                Ok(None) => leave(0),
                Err(_) => leave(1),
            }
        }
    });
    receiver
}

/// Ends the process. While a document is in work nothing is tidied up: what computes would be waited for.
fn leave(code: i32) -> ! {
    if BUSY.load(Ordering::Acquire) {
        std::process::abort();
    }
    std::process::exit(code);
}

/// Whether a document is in work.
static BUSY: AtomicBool = AtomicBool::new(false);

/// The next request; `None` at the end of the input. Its limits hold from before its document is read.
fn read_order(input: &mut impl Read) -> io::Result<Option<Order>> {
    let Some(frame) = read_frame(input, MAX_JSON_BYTES)? else {
        return Ok(None);
    };
    let request: Request = serde_json::from_slice(&frame)?;
    limit(request.limits())?;
    let length = usize::try_from(request.document_bytes).map_err(io::Error::other)?;
    let mut document = Vec::with_capacity(length);
    input
        .take(request.document_bytes)
        .read_to_end(&mut document)?;
    if document.len() != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some((request, document)))
}

fn respond(outcome: Result<(Response, String), Failure>) -> io::Result<()> {
    let (response, text) = match outcome {
        Ok((response, text)) => (response, Some(text)),
        Err(Failure { code, message }) => (Response::Failure { code, message }, None),
    };
    // Before it is written: with it the next request may come.
    BUSY.store(false, Ordering::Release);
    let mut stdout = io::stdout().lock();
    write_frame(&mut stdout, &serde_json::to_vec(&response)?)?;
    if let Some(text) = text {
        write_frame(&mut stdout, text.as_bytes())?;
    }
    stdout.flush()
}
