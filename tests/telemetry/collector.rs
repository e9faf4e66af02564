//! An OpenTelemetry collector that keeps what it receives.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use prost::Message;

const ACCEPTED: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";

/// Runs until the process ends.
pub(super) struct Collector {
    address: SocketAddr,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// A span with its ids in hexadecimal.
#[derive(Debug)]
pub(super) struct TraceSpan {
    pub(super) service: String,
    pub(super) name: String,
    pub(super) kind: i32,
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: String,
    attributes: Vec<KeyValue>,
}

impl Collector {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let bodies = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let received = Arc::clone(&bodies);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, received) = (stream.expect("a connection"), Arc::clone(&received));
                std::thread::spawn(move || serve(stream, &received));
            }
        });
        Self { address, bodies }
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All spans so far, in the order in which they ended.
    pub(super) fn spans(&self) -> Vec<TraceSpan> {
        let bodies = self.bodies.lock().expect("not poisoned");
        let requests = bodies.iter().map(|body| {
            ExportTraceServiceRequest::decode(body.as_slice()).expect("a request of OTLP")
        });
        requests
            .flat_map(|request| request.resource_spans)
            .flat_map(spans_of)
            .collect()
    }

    /// Whether these bytes are anywhere in what has come.
    pub(super) fn has_received(&self, text: &str) -> bool {
        let bodies = self.bodies.lock().expect("not poisoned");
        let mut windows = bodies.iter().flat_map(|body| body.windows(text.len()));
        windows.any(|window| window == text.as_bytes())
    }
}

impl TraceSpan {
    pub(super) fn text(&self, key: &str) -> Option<String> {
        match value(&self.attributes, key)? {
            Value::StringValue(text) => Some(text.clone()),
            _ => None,
        }
    }

    pub(super) fn number(&self, key: &str) -> Option<i64> {
        match value(&self.attributes, key)? {
            Value::IntValue(number) => Some(*number),
            _ => None,
        }
    }
}

fn value<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    let attribute = attributes.iter().find(|one| one.key == key)?;
    attribute.value.as_ref()?.value.as_ref()
}

fn spans_of(resource: ResourceSpans) -> Vec<TraceSpan> {
    let attributes = resource.resource.expect("a resource").attributes;
    let service = match value(&attributes, "service.name") {
        Some(Value::StringValue(name)) => name.clone(),
        other => panic!("no name of a service but {other:?}"),
    };
    let spans = resource.scope_spans.into_iter();
    spans
        .flat_map(|scope| scope.spans)
        .map(|span| TraceSpan {
            service: service.clone(),
            name: span.name,
            kind: span.kind,
            trace: hexadecimal(&span.trace_id),
            id: hexadecimal(&span.span_id),
            parent: hexadecimal(&span.parent_span_id),
            attributes: span.attributes,
        })
        .collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Takes the requests of one connection until its client closes it.
fn serve(stream: TcpStream, bodies: &Mutex<Vec<Vec<u8>>>) {
    let mut reader = BufReader::new(&stream);
    while let Some(body) = request(&mut reader) {
        bodies.lock().expect("not poisoned").push(body);
        // A client that has gone needs no answer.
        if (&stream).write_all(ACCEPTED).is_err() {
            return;
        }
    }
}

/// The body of a request for `/v1/traces`, or nothing at the end of the connection.
fn request(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut first = String::new();
    if reader.read_line(&mut first).ok()? == 0 {
        return None;
    }
    assert!(first.starts_with("POST /v1/traces "), "{first}");
    let (mut length, mut media_type) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().expect("a length"),
            "content-type" => media_type = value.to_owned(),
            _ => {}
        }
    }
    assert_eq!(media_type, "application/x-protobuf");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}
