use super::graph::{Graph, Input};
use super::{EncodedText, Output};

/// A session and its buffers, used by one thread at a time.
pub(super) struct Lane {
    graph: Graph,
    ones: Vec<i64>,
}

impl Lane {
    pub(super) fn new(graph: Graph) -> Self {
        Self {
            graph,
            ones: Vec::new(),
        }
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
        self.ones.resize(tokens.max(self.ones.len()), 1);
        let input = Input {
            shape: [1, tokens],
            ids: &text.ids,
            types: &text.types,
            mask: &self.ones[..tokens],
        };
        self.graph.run(&input, |shape, values| {
            map(Output {
                shape: shape.get(1..).unwrap_or_default(),
                values,
            })
        })
    }
}
