import { expect, test } from "vitest";
import { armReport, comparison, estimate, report } from "../testing";
import type { ArmReport, Run } from "../types";
import { type ChartData, tick } from "./chart";
import { depth, weight } from "./curves";
import { differences } from "./differences";
import { distributed, distribution } from "./distribution";
import { forest } from "./forest";
import { fates, headroom } from "./headroom";
import { history } from "./history";
import { latency } from "./latency";
import type { Palette } from "./palette.svelte";
import { pareto } from "./pareto";
import { slices } from "./slices";

const palette: Palette = {
  text: "#111",
  textSoft: "#555",
  line: "#ddd",
  lineStrong: "#999",
  surface: "#fff",
  hover: "#eee",
  accent: "#0aa",
  good: "#0a0",
  danger: "#a00",
  warn: "#aa0",
  font: "sans-serif",
  series: ["#0aa", "#a50", "#05a"],
};

interface Drawn {
  series: { name?: string; type: string; data: unknown[]; yAxisIndex?: number }[];
}

const drawn = (chart: ChartData | undefined) => (chart?.option(palette) as unknown as Drawn | undefined)?.series ?? [];
const golds = {
  total: 10,
  document_missing: 1,
  quote_missing: 0,
  not_retrieved: 2,
  below_top_n: 3,
  not_cited: 0,
  used: 4,
};
const room = { candidate_recall: 0.7, ndcg_10: 0.5, perfect_ndcg_10: 0.8, golds, questions: golds };
const baseline = armReport("tuned");

test("the forest has every arm that is compared, in the colour of its verdict", () => {
  const arms = [
    armReport("a", { comparison: comparison(0.1, "better") }),
    armReport("b", { comparison: comparison(-0.1, "worse") }),
  ];
  const chart = forest(report([...arms, baseline]));
  expect(chart.table.rows.map(([name, mean, , , p]) => [name, mean, p])).toEqual([
    ["a", 0.1, 0.02],
    ["b", -0.1, 0.02],
  ]);
  const [points, intervals] = drawn(chart);
  expect(points?.data).toEqual([
    { value: [0.1, 0], itemStyle: { color: "#0a0" } },
    { value: [-0.1, 1], itemStyle: { color: "#a00" } },
  ]);
  expect(intervals?.data[1]).toEqual([-0.15000000000000002, 1, -0.05, 1]);
});

test("an undecided arm says how many questions more would settle it", () => {
  const undecided = comparison(0.02, "same");
  const [difference] = undecided.differences;
  if (difference) difference.verdict = { verdict: "not_distinguishable", questions_needed: 140 };
  const [row] = forest(report([armReport("a", { comparison: undecided }), baseline])).table.rows;
  expect(row?.at(-1)).toBe("Cannot tell; about 100 more questions would settle it");
});

test("headroom shows what each step loses", () => {
  const chart = headroom(armReport("a", { headroom: room }));
  expect(chart?.table.rows.map(([, value]) => value)).toEqual([0.7, 0.8, 0.5]);
  const lost = drawn(chart)[1]?.data as number[];
  expect(lost.map((value) => Number(value.toFixed(6)))).toEqual([0.3, 0.2, 0.3]);
  expect(headroom(armReport("a"))).toBeUndefined();
});

test("fates leave out those that nothing came to", () => {
  const chart = fates(report([armReport("a", { headroom: room })]));
  expect(chart.table.rows).toEqual([["a", 4, 3, 2, 1]]);
  expect(drawn(chart).map(({ data }) => data)).toEqual([[4], [3], [2], [1]]);
});

test("quality is drawn against time, with bars where there are intervals", () => {
  const timed = armReport("a", {
    cost: { stages: [{ stage: "total", n: 40, p50: 20, p95: 50, p95_interval: { low: 40, high: 70 }, p99: 80 }] },
  });
  const series = drawn(pareto(report([timed, baseline])));
  expect(series.map(({ name, data }) => [name, data]).slice(0, 2)).toEqual([
    ["a", [[50, 0.7]]],
    ["tuned", [[50, 0.7]]],
  ]);
  expect(series[2]?.data).toHaveLength(3);
});

test("an arm without answers is not timed against those that write them", () => {
  const arms = [armReport("writes", { answers: { exact_match: estimate(0.5) } }), baseline];
  expect(pareto(report(arms)).table.rows.map(([name]) => name)).toEqual(["writes"]);
});

test("depth has a line for quality and one for time, and no arm that repeats another", () => {
  const depth_curve = [
    { depth: 0, ndcg_10: 0.6, rerank_ms: 0 },
    { depth: 20, ndcg_10: 0.7, rerank_ms: 300 },
  ];
  const curve: Partial<ArmReport> = { depth_curve };
  const chart = depth(report([armReport("a", curve), armReport("again", curve), baseline]));
  expect(drawn(chart).map(({ name, yAxisIndex = 0, data }) => [name, yAxisIndex, data.at(-1)])).toEqual([
    ["a", 0, [20, 0.7]],
    ["a", 1, [20, 300]],
  ]);
  expect(depth(report([baseline]))).toBeUndefined();
});

test("weights are numbers that somebody chose", () => {
  const weight_curve = [0, 0.30000001192092896, 1].map((value) => ({ weight: value, ndcg_10: value / 2 }));
  const chart = weight(report([armReport("a", { weight_curve })]));
  expect(chart?.table.rows.map(([, value]) => value)).toEqual([0, 0.3, 1]);
});

test("questions are in the order of the report, best first", () => {
  const chart = differences(armReport("a", { comparison: comparison(0.1, "better") }));
  expect(chart?.table.rows).toEqual([
    ["q1", 0.5],
    ["q2", -0.25],
  ]);
  expect(differences(baseline)).toBeUndefined();
});

test("a cell of the heat map is coloured by its difference, and never beyond the strongest colour", () => {
  const arms = [
    { ndcg_10: 0.2, difference: estimate(-0.9) },
    { ndcg_10: 0.7, difference: null },
  ];
  const groups = [{ kind: "passage_length" as const, value: "short", questions: 9, arms }];
  const chart = slices(report([armReport("a"), baseline], { slices: groups }));
  expect(drawn(chart)[0]?.data).toEqual([
    [0, 0, -0.2],
    [1, 0, 0],
  ]);
  expect(chart?.table.rows[0]?.slice(0, 4)).toEqual(["Passage: short", 9, "a", 0.2]);
  expect(slices(report([baseline]))).toBeUndefined();
});

test("stages come in their order, and short times still fit the axis", () => {
  const arm = armReport("a", {
    cost: {
      stages: [
        { stage: "total", n: 40, p50: 20, p95: 50, p99: 60 },
        { stage: "embed", n: 40, p50: 0.02, p95: 2, p99: 3 },
      ],
    },
  });
  expect(drawn(latency(report([arm])))[0]?.data).toEqual([
    [0.1, 0, 2],
    [20, 1, 50],
  ]);
});

test("times are drawn as the share of the questions that they are enough for", () => {
  const stage = (times: number[]) => ({ stage: "rerank" as const, n: 9, p50: 2, p95: 8, p99: 8, distribution: times });
  const old = { stage: "total" as const, n: 9, p50: 2, p95: 8, p99: 8 };
  const found = report([
    armReport("a", { cost: { stages: [stage([0.02, 1, 2, 4, 8]), old] } }),
    armReport("b", { cost: { stages: [old] } }),
  ]);
  expect(distributed(found)).toEqual(["rerank"]);
  const chart = distribution(found, "rerank");
  expect(chart?.table.rows).toEqual([
    ["a", 0, 0.02],
    ["a", 25, 1],
    ["a", 50, 2],
    ["a", 75, 4],
    ["a", 100, 8],
  ]);
  expect(drawn(chart).map(({ name, data }) => [name, data[0], data.at(-1)])).toEqual([["a", [0.1, 0], [8, 100]]]);
  expect(distribution(found, "total")).toBeUndefined();
});

test("the history begins with the oldest run, and leaves out those without a figure", () => {
  const summary = { main: 1, baseline: 0, arms: [{ name: "plain" }, { name: "a", ndcg_10: estimate(0.7) }] };
  const run = (id: string, note = "") =>
    ({ id, name: id, note, summary, created_at: "2026-11-01T10:00:00Z", finished_at: null }) as unknown as Run;
  const empty = { ...run("empty"), summary: null };
  const chart = history([run("new", "after the move"), empty, run("old")]);
  expect(chart?.table.rows.map(([, name, n, mean]) => [name, n, mean])).toEqual([
    ["old", 40, 0.7],
    ["new", 40, 0.7],
  ]);
  expect(chart?.table.rows.map((row) => row.at(-1))).toEqual(["", "after the move"]);
  const [line] = drawn(chart);
  expect(line?.data.map((point) => (point as { symbol: string }).symbol)).toEqual(["circle", "diamond"]);
  expect(history([])).toBeUndefined();
});

test("a number on an axis has no digits that it does not need", () => {
  expect([0, 0.05, -0.1, 1, 1000].map(tick)).toEqual(["0", ".05", "−.1", "1", "1000"]);
});
