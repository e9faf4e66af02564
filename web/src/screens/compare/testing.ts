import type { Answer, Context, Retrieval } from "../../api/types";

/** A passage with a number. */
export function context(number: number, chunk: string, text = `passage ${chunk}`): Context {
  return {
    number,
    truncated: false,
    hit: {
      chunk_id: chunk,
      rank: number,
      score: 1 / number,
      text,
      document: { id: "d", name: "guide.md", metadata: {}, knowledge_base: { id: "k", name: "guides" } },
      heading_path: [],
      span: { start: 100, end: 100 + text.length },
      fused: { rank: number, score: 1 / number },
    },
  };
}

const rest = {
  notices: [],
  rerank: {
    status: "applied",
    stand_in: false,
    ms: 10,
    queue_ms: 0,
    pairs: 2,
    unscored_pairs: 0,
    tokens: 100,
    truncated_pairs: 0,
    windows: 0,
  },
  timings: { queue_ms: 0, fuse_ms: 1, total_ms: 20 },
};

export function retrieval(contexts: Context[]): Retrieval {
  return { contexts, candidates: 10, mode: "hybrid", ...rest };
}

export function answer(text: string, contexts: Context[]): Answer {
  return {
    answer: text,
    mode: "generated",
    model: "m",
    found: true,
    citations: [],
    removed_citations: 0,
    contexts,
    truncated: false,
    usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
    ...rest,
  };
}
