//! What is logged, and which threads enter a span.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::ThreadId;

use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Subscriber, span};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

/// What was recorded so far.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    lines: Vec<Line>,
    entered: Vec<(&'static str, ThreadId)>,
}

struct Line {
    level: Level,
    fields: String,
    /// The fields of the spans around it, as they were opened.
    spans: String,
}

/// The fields that a span was opened with.
struct SpanFields(String);

impl Log {
    /// Records what this thread does until the guard is dropped, and its spans wherever they are entered.
    pub(crate) fn of_this_thread() -> (Self, DefaultGuard) {
        let log = Self::default();
        let guard = tracing::subscriber::set_default(Registry::default().with(log.clone()));
        (log, guard)
    }

    /// The levels of the lines that have this text in one of their fields, in order.
    pub(crate) fn levels_of(&self, text: &str) -> Vec<Level> {
        let recorded = self.recorded();
        let lines = recorded.lines.iter();
        let lines = lines.filter(|line| line.fields.contains(text));
        lines.map(|line| line.level).collect()
    }

    /// Of each line that has this text in one of its fields, the fields of the spans around it.
    pub(crate) fn spans_of(&self, text: &str) -> Vec<String> {
        let recorded = self.recorded();
        let lines = recorded.lines.iter();
        let lines = lines.filter(|line| line.fields.contains(text));
        lines.map(|line| line.spans.clone()).collect()
    }

    /// How many lines have this text in their fields, each of which is followed by a blank.
    pub(crate) fn count_of(&self, text: &str) -> usize {
        self.levels_of(text).len()
    }

    /// Whether a thread other than this one has entered a span of this name.
    pub(crate) fn is_entered_elsewhere(&self, name: &str) -> bool {
        let here = std::thread::current().id();
        let recorded = self.recorded();
        let mut entered = recorded.entered.iter();
        entered.any(|(span, thread)| *span == name && *thread != here)
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().expect("not poisoned")
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Log {
    fn on_new_span(&self, span: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let mut fields = Fields(String::new());
        span.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanFields(fields.0));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        let around = context.event_scope(event).into_iter().flatten();
        let spans = around.filter_map(|span| {
            let extensions = span.extensions();
            Some(extensions.get::<SpanFields>()?.0.clone())
        });
        let line = Line {
            level: *event.metadata().level(),
            fields: fields.0,
            spans: spans.collect(),
        };
        self.recorded().lines.push(line);
    }

    fn on_enter(&self, id: &span::Id, context: Context<'_, S>) {
        let name = context.metadata(id).map_or("", |span| span.name());
        let entered = (name, std::thread::current().id());
        self.recorded().entered.push(entered);
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, _field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!("{value:?} "));
    }
}
