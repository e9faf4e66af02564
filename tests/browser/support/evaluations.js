// Evaluation sets and runs that tests need to be there, made through the server's API.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { allReady, call } from "./api.js";

/** Longest that a run of a small set may take. */
const RUN_MS = 300_000;

/** A set in the format of BEIR with documents of its own: 12 of them, and 22 questions. */
export const HOUSE = fileURLToPath(new URL("../sets/house", import.meta.url));
const HOUSE_FILES = ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"];

/**
 * Imports the set with its documents and waits until they can be searched. Gives the set.
 * @param {string} address
 * @param {string} name
 * @returns {Promise<any>}
 */
export async function importHouse(address, name) {
  const files = HOUSE_FILES.map((file) => ({ name: file, content: readFileSync(`${HOUSE}/${file}`, "utf8") }));
  const set = await call(address, "POST", "/evaluations/sets", { name, files });
  await allReady(address, set.knowledge_base.id);
  return set;
}

/**
 * Runs a set and waits for the report. Gives the id of the run.
 * @param {string} address
 * @param {string} set
 * @param {Record<string, unknown>} [more]
 * @returns {Promise<string>}
 */
export async function evaluate(address, set, more = {}) {
  const { id } = await call(address, "POST", "/evaluations/runs", { set, ...more });
  await finished(address, id);
  return id;
}

/**
 * @param {string} address
 * @param {string} run
 */
export async function finished(address, run) {
  const until = Date.now() + RUN_MS;
  while (Date.now() < until) {
    const { status, problem } = await call(address, "GET", `/evaluations/runs/${run}`);
    assert.ok(!["failed", "cancelled"].includes(status), `the run is ${status}: ${problem}`);
    if (status === "finished") return;
    await sleep(200);
  }
  assert.fail(`the run is not finished after ${RUN_MS / 1000} s`);
}
