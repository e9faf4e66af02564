import type { ArmReport, Estimate, Report } from "./types";

/** Parts of a report for tests; what a test does not name is as plain as it can be. */

export function estimate(mean: number, low = mean - 0.05, high = mean + 0.05): Estimate {
  return { n: 40, mean, interval: { low, high } };
}

export function armReport(name: string, more: Partial<ArmReport> = {}): ArmReport {
  return {
    name,
    kind: "manifest",
    settings: {
      name,
      mode: "hybrid",
      fusion: { method: "weighted", dense_weight: 0.5 },
      top_k: 20,
      top_n: 3,
      rerank: null,
    },
    failures: [],
    not_reranked: 0,
    measures: [{ measure: "nDCG@10", headline: estimate(0.7), dev: 0.69 }],
    comparison: null,
    headroom: null,
    cost: { stages: [{ stage: "total", n: 40, p50: 20, p95: 50, p99: 60 }] },
    answers: null,
    depth_curve: [],
    weight_curve: [],
    best_weight: null,
    skip_lead_curve: [],
    ...more,
  };
}

/** What an arm is worth against the baseline. */
export function comparison(mean: number, verdict: "better" | "worse" | "same"): NonNullable<ArmReport["comparison"]> {
  return {
    differences: [
      {
        measure: "nDCG@10",
        baseline: 0.7,
        arm: 0.7 + mean,
        difference: estimate(mean),
        p: 0.01,
        p_holm: 0.02,
        effect_size: 0.3,
        wins: 12,
        ties: 25,
        losses: 3,
        minimum_detectable: 0.05,
        verdict: { verdict },
      },
    ],
    sources: { top_n: 3, questions: 40, baseline: 30, arm: 33, gained: ["q1"], lost: [] },
    judged_difference: 0,
    judged_unlike: false,
    by_question: [
      { question: "q1", difference: 0.5 },
      { question: "q2", difference: -0.25 },
    ],
    rank_moves: [],
  };
}

export function report(arms: ArmReport[], more: Partial<Report> = {}): Report {
  return {
    headline: { en: "Better.", zh: "更好。" },
    headline_half: "test",
    questions: { total: 80, dev: 40, test: 40, headline: 40, ranked: 40, failed: 0, unanswerable: 0 },
    excluded: [],
    lost: [],
    resampling: { unit: "cluster", clusters: 20, resamples: 10_000, resamples_of_means: 2000, seed: 1 },
    tuned: null,
    arms,
    main: 0,
    baseline: arms.length - 1,
    cost_baseline: arms.length - 1,
    slices: [],
    losing_slices: [],
    judges: [],
    ...more,
  };
}
