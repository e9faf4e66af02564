// What tests need to be there before they begin, made through the server's API.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** Longest that a server may work on the documents of a test. */
export const READY_MS = 180_000;
const UNFINISHED = "queued,parsing,embedding,indexing";
/** Texts of one request: enough to be quick, few enough for the server's limits. */
const BATCH = 500;

/**
 * A document given as text.
 * @typedef {{ name: string, text: string, metadata?: Record<string, unknown> }} Source
 */

/**
 * Sends a request and gives the parsed answer; fails on any error.
 * @param {string} address of the server
 * @param {string} method
 * @param {string} path behind `/api/v1`
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
export async function call(address, method, path, body) {
  const response = await fetch(`${address}/api/v1${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/**
 * Creates a knowledge base and gives its id.
 * @param {string} address
 * @param {string} name
 * @param {Record<string, unknown>} [more] such as `embedder` or `retrieval`
 * @returns {Promise<string>}
 */
export async function createBase(address, name, more = {}) {
  return (await call(address, "POST", "/knowledge-bases", { name, ...more })).id;
}

/**
 * Adds texts and waits until all of them can be searched. Gives their ids by name.
 * @param {string} address
 * @param {string} base
 * @param {Source[]} sources
 * @returns {Promise<Map<string, string>>}
 */
export async function addTexts(address, base, sources) {
  const ids = new Map();
  for (let from = 0; from < sources.length; from += BATCH) {
    const batch = sources.slice(from, from + BATCH);
    const { documents, errors } = await call(address, "POST", `/knowledge-bases/${base}/documents`, batch);
    assert.deepEqual(errors, []);
    for (const { id, name } of documents) ids.set(name, id);
  }
  await allReady(address, base);
  return ids;
}

/**
 * A knowledge base with these texts, ready to be asked. Gives its id.
 * @param {string} address
 * @param {string} name
 * @param {Source[]} sources
 * @param {Record<string, unknown>} [more]
 */
export async function fill(address, name, sources, more) {
  const base = await createBase(address, name, more);
  await addTexts(address, base, sources);
  return base;
}

/**
 * Waits until the server works on no document of a knowledge base any more.
 * @param {string} address
 * @param {string} base
 */
export async function allReady(address, base) {
  const until = Date.now() + READY_MS;
  while (Date.now() < until) {
    const page = await call(address, "GET", `/knowledge-bases/${base}/documents?status=${UNFINISHED}&limit=1`);
    if (page.documents.length === 0) return;
    await sleep(100);
  }
  assert.fail(`documents are still in work after ${READY_MS / 1000} s`);
}

/**
 * @param {string} address
 * @param {string} base
 * @param {string} name
 * @returns {Promise<any>} the document of this name
 */
export async function documentNamed(address, base, name) {
  const query = new URLSearchParams({ search: name });
  const { documents } = await call(address, "GET", `/knowledge-bases/${base}/documents?${query}`);
  const found = documents.find((/** @type {{ name: string }} */ document) => document.name === name);
  assert.ok(found, `no document is named ${name}`);
  return found;
}
