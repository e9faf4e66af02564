use super::graph::{Graph, Input};
use super::{EncodedText, Output};

/// A session and its buffers, used by one thread at a time.
pub(super) struct Lane {
    graph: Graph,
    mask: Vec<i64>,
}

impl Lane {
    pub(super) fn new(graph: Graph) -> Self {
        Self {
            graph,
            mask: Vec::new(),
        }
    }

    pub(super) fn masks(&self) -> bool {
        self.graph.with_mask
    }

    pub(super) fn output(&self) -> &str {
        self.graph.output()
    }

    pub(super) fn run<T>(
        &mut self,
        text: &EncodedText,
        map: impl FnOnce(Output<'_>) -> T,
    ) -> ort::Result<T> {
        let tokens = text.ids.len();
        self.mask.clear();
        self.mask.resize(text.attended.min(tokens), 1);
        self.mask.resize(tokens, 0);
        let input = Input {
            shape: [1, tokens],
            ids: &text.ids,
            types: &text.types,
            mask: &self.mask,
        };
        self.graph.run(&input, |shape, values| {
            map(Output {
                shape: shape.get(1..).unwrap_or_default(),
                values,
            })
        })
    }
}
