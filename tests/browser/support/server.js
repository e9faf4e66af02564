// The real server, on a data folder that lives as long as the test.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const START_MS = 60_000;
const STOP_MS = 30_000;

// What a failed test has left running ends with the process of the tests.
/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * @typedef {object} Server
 * @property {string} address such as `http://127.0.0.1:40123`
 * @property {string} folder the data folder
 * @property {() => Promise<void>} stop ends the server and removes its folder
 * @property {() => Promise<void>} pause ends the server and keeps its folder
 * @property {() => Promise<void>} kill ends the server without a word, as a power cut does, and keeps its folder
 * @property {() => Promise<void>} resume starts it again at the same address
 */

/**
 * Starts the binary that `RIDDLE_BINARY` names and waits until it answers.
 * @param {{ more?: string[], config?: string, offline?: boolean, engine?: string }} [options] further arguments of `serve`,
 *   the text of its configuration file; with `fastest` its start measures which engine that is
 * @returns {Promise<Server>}
 */
export async function startServer({ more = [], config = "", offline = true, engine = "native" } = {}) {
  const binary = process.env.RIDDLE_BINARY;
  if (!binary) throw new Error("RIDDLE_BINARY must name the riddle binary");
  const folder = await mkdtemp(join(tmpdir(), "riddle-browser-"));
  await writeFile(join(folder, "riddle.toml"), config);
  const parameters = ["serve", "--engine", engine, ...(offline ? ["--offline"] : []), ...more];
  let server = await run(binary, folder, "127.0.0.1:0", parameters);
  const { address } = server;
  return {
    address,
    folder,
    pause: () => server.end(),
    kill: () => server.kill(),
    resume: async () => {
      server = await run(binary, folder, new URL(address).host, parameters);
    },
    stop: async () => {
      await server.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * @param {string} binary
 * @param {string} folder
 * @param {string} listen
 * @param {string[]} parameters
 */
async function run(binary, folder, listen, parameters) {
  await rm(join(folder, "server.json"), { force: true });
  const child = spawn(binary, [...parameters, "--listen", listen], {
    cwd: folder,
    env: { ...process.env, RIDDLE_DATA_DIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      log += data;
    });
  }
  running.add(child);
  const ended = new Promise((resolve) => child.once("close", resolve)).then(() => running.delete(child));
  const end = async () => {
    child.kill("SIGTERM");
    const late = AbortSignal.timeout(STOP_MS);
    late.addEventListener("abort", () => child.kill("SIGKILL"));
    await ended;
    if (child.signalCode === "SIGKILL") throw new Error(`the server did not end when asked to; its log says:\n${log}`);
  };
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  const until = Date.now() + START_MS;
  while (Date.now() < until && child.exitCode === null) {
    const address = await announced(folder);
    if (address && (await answers(address))) return { address, end, kill };
    await sleep(50);
  }
  await end();
  throw new Error(`the server did not start; its log says:\n${log}`);
}

/** @param {string} folder */
async function announced(folder) {
  try {
    return `http://${JSON.parse(await readFile(join(folder, "server.json"), "utf8")).address}`;
  } catch {
    return null;
  }
}

/** @param {string} address */
async function answers(address) {
  try {
    return (await fetch(`${address}/api/v1/health`)).ok;
  } catch {
    return false;
  }
}
