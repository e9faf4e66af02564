import type { RetrievalPatch } from "../../../api/types";
import type { Arm, Report } from "../types";

/** Where the sliders stand. */
export interface Tried {
  depth: number;
  weight: number;
  top_n: number;
  /** 0 reranks every question. */
  skip_lead: number;
}

/** The sliders as an arm has them. */
export function triedOf({ top_k, top_n, rerank }: Arm): Tried {
  const { weight, skip_lead } = rerank ?? {};
  return { depth: top_k, weight: digits(weight ?? 1), top_n, skip_lead: digits(skip_lead ?? 0) };
}

/** An arm with the weight that its orders were made with: that of the fallback is not the arm's. */
export function weighed(arm: Arm, weight: number | null | undefined): Arm {
  return arm.rerank && weight != null ? { ...arm, rerank: { ...arm.rerank, weight } } : arm;
}

/** Whether a knowledge base can choose the weight of an arm: that of the fallback stays as it is. */
export function hasWeight({ arms }: Report, at: number): boolean {
  return (arms[at]?.stand_in ?? 0) === 0;
}

/** What to ask the server: what differs from the arm, and nothing that it does not have. */
export function request(arm: Arm, tried: Tried) {
  const own = triedOf(arm);
  const { top_n, depth, weight, skip_lead } = tried;
  return {
    arm: arm.name,
    ...(top_n === own.top_n ? {} : { top_n }),
    ...(!arm.rerank || depth === own.depth ? {} : { depth }),
    ...(!arm.rerank || weight === own.weight ? {} : { weight }),
    ...(!arm.rerank || skip_lead === own.skip_lead || skip_lead === 0 ? {} : { skip_lead }),
  };
}

/** The same settings for a knowledge base that has taken those of the arm already; nothing where they are the arm's. */
export function patchOf(arm: Arm, tried: Tried): RetrievalPatch | undefined {
  const own = triedOf(arm);
  const patch: RetrievalPatch = {
    ...(tried.top_n === own.top_n ? {} : { top_n: tried.top_n }),
    ...(arm.rerank ? reranking(arm, tried) : {}),
  };
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/** A search without reranking keeps the length of its list. */
function reranking(arm: Arm, tried: Tried): RetrievalPatch {
  if (tried.depth === 0) return { rerank: { enabled: false } };
  const own = triedOf(arm);
  const rerank = {
    ...(tried.weight === own.weight ? {} : { weight: tried.weight }),
    ...(tried.skip_lead === own.skip_lead ? {} : { skip_lead: tried.skip_lead || null }),
  };
  return {
    ...(tried.depth === own.depth ? {} : { top_k: Math.max(tried.depth, tried.top_n) }),
    ...(Object.keys(rerank).length > 0 ? { rerank } : {}),
  };
}

/** The server keeps such numbers in 32 bits, which JSON shows with digits that nobody chose. */
function digits(value: number): number {
  return Number(value.toFixed(4));
}
