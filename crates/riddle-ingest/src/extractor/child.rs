//! One worker process, seen from the parent.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Once;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use riddle_core::{ExtractedText, ExtractionWatch, Failure, MissingPictures, PageRanges};
use riddle_sandbox::Confinement;

use super::kept_waiting::kept_waiting;
use crate::protocol::{MAX_JSON_BYTES, PageFacts, Request, Response, read_frame, write_frame};

/// Bytes kept of the end of a worker's error output, where the reason of an abort is.
const ERROR_TAIL_BYTES: usize = 8 * 1024;
/// Stack of every thread of a worker. Parsers recurse as deeply as a document is nested.
const STACK_BYTES: &str = "67108864";

/// A worker that is kept waiting by other work has so many times its wall time.
const PATIENCE: u32 = 10;
/// How often whoever waits is asked whether the answer is still wanted.
const WATCH: Duration = Duration::from_millis(200);

/// How a worker is started.
#[derive(Clone, Copy, Debug)]
pub(super) struct Program<'a> {
    pub(super) program: &'a Path,
    pub(super) arguments: &'a [String],
    /// Longest text that it may send.
    pub(super) output_bytes: u64,
}

/// A running worker. Dropping it ends the process.
pub(super) struct Child {
    process: std::process::Child,
    orders: Option<SyncSender<Order>>,
    answers: Receiver<io::Result<Answer>>,
    errors: Receiver<String>,
    documents: u32,
}

/// A document and what to do with it.
pub(super) struct Order {
    pub(super) request: Request,
    /// At its start; as long as the request says.
    pub(super) document: File,
}

/// Text, or the worker's reason why there is none.
pub(super) type Answer = Result<Said, Failure>;

/// What a worker has read.
pub(super) enum Said {
    /// A document, and which of its pages have no text.
    Document {
        text: ExtractedText,
        blank_pages: Vec<u32>,
    },
    Page {
        text: String,
        facts: PageFacts,
    },
}

/// How a conversation ended without an answer.
pub(super) enum End {
    /// The wall time is over.
    TimedOut,
    /// The worker closed its output.
    Closed,
    /// What came does not follow the protocol.
    Garbage,
    /// Nobody wants the answer any more.
    Unwanted,
}

impl Child {
    /// Starts a worker with an empty environment, so that documents find no secrets there.
    pub(super) fn start(program: Program<'_>) -> io::Result<Self> {
        let mut process = program.command().spawn()?;
        let (orders, accepted) = sync_channel(1);
        let (answer_sender, answers) = sync_channel(1);
        let (error_sender, errors) = channel();
        let output_bytes = program.output_bytes;
        if let Some(stdin) = process.stdin.take() {
            // On a thread of its own, because a worker that does not read must not hold up whoever waits.
            thread::Builder::new()
                .name("extraction-orders".to_owned())
                .spawn(move || forward_orders(stdin, &accepted))?;
        }
        if let Some(stdout) = process.stdout.take() {
            thread::Builder::new()
                .name("extraction-answers".to_owned())
                .spawn(move || forward_answers(stdout, output_bytes, &answer_sender))?;
        }
        if let Some(stderr) = process.stderr.take() {
            thread::Builder::new()
                .name("extraction-errors".to_owned())
                .spawn(move || {
                    // Fails if the worker was dropped meanwhile, and then nobody needs it.
                    let _ = error_sender.send(read_tail(stderr));
                })?;
        }
        Ok(Self {
            process,
            orders: Some(orders),
            answers,
            errors,
            documents: 0,
        })
    }

    /// Sends a request and waits for the answer: for the wall time, and as long again as the worker was ready and other
    /// work had the CPUs, so that a busy machine fails no document.
    pub(super) fn ask(
        &mut self,
        order: Order,
        wall_time: Duration,
        watch: &dyn ExtractionWatch,
    ) -> Result<Answer, End> {
        self.documents = self.documents.saturating_add(1);
        let orders = self.orders.as_ref().ok_or(End::Closed)?;
        // If it fails because the worker has died, how it ended tells more than the failure.
        let _ = orders.send(order);
        let started = Instant::now();
        let waited_before = kept_waiting(self.process.id());
        loop {
            let waited = kept_waiting(self.process.id()).saturating_sub(waited_before);
            let granted = wall_time.saturating_add(waited);
            let granted = granted.min(wall_time.saturating_mul(PATIENCE));
            let left = granted.saturating_sub(started.elapsed());
            match self.answers.recv_timeout(left.min(WATCH)) {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(End::Closed);
                }
                Ok(Err(_)) => return Err(End::Garbage),
                Err(RecvTimeoutError::Disconnected) => return Err(End::Closed),
                Err(RecvTimeoutError::Timeout) if left <= WATCH => return Err(End::TimedOut),
                Err(RecvTimeoutError::Timeout) if !watch.is_wanted() => return Err(End::Unwanted),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Documents asked so far.
    pub(super) fn documents(&self) -> u32 {
        self.documents
    }

    /// Whether the process has not ended.
    pub(super) fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Waits a moment for the end of a process that closed its output, and returns how it ended and what it said.
    pub(super) fn last_words(mut self) -> (Option<ExitStatus>, String) {
        const PATIENCE: Duration = Duration::from_millis(500);
        self.orders = None;
        let words = self.errors.recv_timeout(PATIENCE).unwrap_or_default();
        let mut status = self.process.try_wait().ok().flatten();
        let step = Duration::from_millis(5);
        let mut waited = Duration::ZERO;
        while status.is_none() && waited < PATIENCE {
            thread::sleep(step);
            waited += step;
            status = self.process.try_wait().ok().flatten();
        }
        (status, words)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.orders = None;
        // Fails if the process has already ended, which is just as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Program<'_> {
    /// The worker's program, as it is started whatever it is for.
    pub(super) fn command(self) -> Command {
        // It opens no files, so where it runs does not matter, but it should hold on to nobody's folder.
        let mut program = riddle_sandbox::command(self.program, Path::new("/"));
        program
            .args(self.arguments)
            .env("RUST_MIN_STACK", STACK_BYTES)
            // One document, one core: the caller decides how many workers run.
            .env("RAYON_NUM_THREADS", "1")
            // Each allocator arena reserves address space, which the memory limit counts.
            .env("MALLOC_ARENA_MAX", "2")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        program
    }
}

/// Sends documents until there are no more or the worker has ended.
fn forward_orders(mut stdin: ChildStdin, orders: &Receiver<Order>) {
    for order in orders {
        if send_order(&mut stdin, order).is_err() {
            return;
        }
    }
}

fn send_order(stdin: &mut ChildStdin, order: Order) -> io::Result<()> {
    write_frame(stdin, &serde_json::to_vec(&order.request)?)?;
    io::copy(
        &mut order.document.take(order.request.document_bytes),
        stdin,
    )?;
    stdin.flush()
}

fn forward_answers(
    mut stdout: ChildStdout,
    output_bytes: u64,
    answers: &SyncSender<io::Result<Answer>>,
) {
    match read_greeting(&mut stdout) {
        Ok(Some(confinement)) => tell_gaps(&confinement),
        Ok(None) => return,
        Err(error) => {
            // Whoever waits for an answer may have gone.
            let _ = answers.send(Err(error));
            return;
        }
    }
    loop {
        let answer = match read_answer(&mut stdout, output_bytes) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => return,
            Err(error) => Err(error),
        };
        let broken = answer.is_err();
        if answers.send(answer).is_err() || broken {
            return;
        }
    }
}

/// What holds the worker, which it says before anything else; `None` if it ended instead.
pub(super) fn read_greeting(output: &mut impl Read) -> io::Result<Option<Confinement>> {
    let frame = read_frame(output, MAX_JSON_BYTES)?;
    let parse = |frame: Vec<u8>| serde_json::from_slice(&frame);
    frame
        .map(parse)
        .transpose()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Once is enough: the kernel stays the same.
fn tell_gaps(confinement: &Confinement) {
    static TOLD: Once = Once::new();
    if let Some(gaps) = confinement.gaps() {
        TOLD.call_once(|| {
            tracing::warn!(
                %gaps,
                "the process that parses documents is confined by its limits, but not fully by this kernel"
            );
        });
    }
}

fn read_answer(stdout: &mut ChildStdout, output_bytes: u64) -> io::Result<Option<Answer>> {
    let Some(header) = read_frame(stdout, MAX_JSON_BYTES)? else {
        return Ok(None);
    };
    let response: Response = serde_json::from_slice(&header)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    match response {
        Response::Failure { code, message } => Ok(Some(Err(Failure { code, message }))),
        Response::Page(facts) => {
            let text = read_text(stdout, output_bytes)?;
            Ok(Some(Ok(Said::Page { text, facts })))
        }
        Response::Text {
            format,
            pages,
            title,
            blank_pages,
            unread_attachments,
        } => {
            let text = ExtractedText {
                text: read_text(stdout, output_bytes)?,
                format,
                pages,
                media_type: String::new(),
                title,
                recognised_pages: PageRanges::default(),
                unread_pages: 0,
                missing: MissingPictures::default(),
                unread_attachments,
            };
            if !is_sound(&text) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            Ok(Some(Ok(Said::Document { text, blank_pages })))
        }
    }
}

fn read_text(stdout: &mut ChildStdout, output_bytes: u64) -> io::Result<String> {
    let body = read_frame(stdout, output_bytes)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    String::from_utf8(body).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

fn is_sound(extracted: &ExtractedText) -> bool {
    let ExtractedText { text, pages, .. } = extracted;
    pages
        .iter()
        .all(|page| text.is_char_boundary(page.byte_offset))
        && pages.is_sorted_by_key(|page| page.byte_offset)
        && !text.trim().is_empty()
}

fn read_tail(mut stderr: ChildStderr) -> String {
    let mut tail = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read) = stderr.read(&mut buffer) {
        if read == 0 {
            break;
        }
        tail.extend_from_slice(&buffer[..read]);
        let surplus = tail.len().saturating_sub(ERROR_TAIL_BYTES);
        tail.drain(..surplus);
    }
    String::from_utf8_lossy(&tail).into_owned()
}
