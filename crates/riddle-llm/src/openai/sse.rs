//! Server-sent events out of bytes that arrive in arbitrary pieces.

use std::collections::VecDeque;

/// Bytes that an unfinished event may have; a server that sends more without an end is broken.
const EVENT_LIMIT: usize = 4 << 20;

/// Decodes the `data` of server-sent events. Comments (keep-alive) and other fields are skipped; lines may end in
/// LF or CRLF.
#[derive(Default)]
pub(super) struct SseDecoder {
    line: Vec<u8>,
    data: Option<String>,
    ready: VecDeque<String>,
}

/// An event that does not end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EventTooLong;

impl SseDecoder {
    /// Takes the next bytes of the body.
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Result<(), EventTooLong> {
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            self.line.extend_from_slice(&bytes[..end]);
            bytes = &bytes[end + 1..];
            let line = std::mem::take(&mut self.line);
            self.take_line(&line);
        }
        self.line.extend_from_slice(bytes);
        let held = self.line.len() + self.data.as_ref().map_or(0, String::len);
        if held > EVENT_LIMIT {
            return Err(EventTooLong);
        }
        Ok(())
    }

    /// The data of the next whole event.
    pub(super) fn next(&mut self) -> Option<String> {
        self.ready.pop_front()
    }

    fn take_line(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            self.ready.extend(self.data.take());
            return;
        }
        let Some(value) = line.strip_prefix(b"data:") else {
            return;
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let text = String::from_utf8_lossy(value);
        match &mut self.data {
            Some(data) => {
                data.push('\n');
                data.push_str(&text);
            }
            None => self.data = Some(text.into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &[&str]) {
        for size in 1..=body.len() {
            let mut decoder = SseDecoder::default();
            let mut events = Vec::new();
            for bytes in body.as_bytes().chunks(size) {
                decoder.push(bytes).unwrap();
                while let Some(event) = decoder.next() {
                    events.push(event);
                }
            }
            assert_eq!(events, expected, "pieces of {size} bytes");
        }
    }

    #[test]
    fn events_come_out_whole_however_they_are_cut() {
        check(
            "data: {\"a\":\"答\"}\n\ndata:b\n\n",
            &["{\"a\":\"答\"}", "b"],
        );
    }

    #[test]
    fn comments_other_fields_and_crlf_are_understood() {
        check(
            ": keep-alive\r\n\r\nevent: x\r\nid: 1\r\ndata: one\r\ndata: two\r\n\r\n: again\r\n\r\ndata: [DONE]\r\n\r\n",
            &["one\ntwo", "[DONE]"],
        );
    }

    #[test]
    fn an_unfinished_event_is_none() {
        check("data: half", &[]);
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut decoder = SseDecoder::default();
        let piece = vec![b'x'; 1 << 20];
        let results: Vec<_> = (0..5).map(|_| decoder.push(&piece)).collect();
        assert_eq!(results[4], Err(EventTooLong));
    }
}
