// The real server, on a data folder that lives as long as the test.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const START_MS = 60_000;

/**
 * @typedef {object} Server
 * @property {string} address such as `http://127.0.0.1:40123`
 * @property {string} folder the data folder
 * @property {() => Promise<void>} stop ends the server and removes its folder
 */

/**
 * Starts the binary that `RIDDLE_BINARY` names and waits until it answers.
 * @param {string[]} more further arguments of `serve`
 * @returns {Promise<Server>}
 */
export async function startServer(more = []) {
  const binary = process.env.RIDDLE_BINARY;
  if (!binary) throw new Error("RIDDLE_BINARY must name the riddle binary");
  const folder = await mkdtemp(join(tmpdir(), "riddle-browser-"));
  const child = spawn(binary, ["serve", "--listen", "127.0.0.1:0", "--offline", ...more], {
    env: { ...process.env, RIDDLE_DATA_DIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      log += data;
    });
  }
  const ended = new Promise((resolve) => child.once("close", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };

  const until = Date.now() + START_MS;
  while (Date.now() < until && child.exitCode === null) {
    const address = await announced(folder);
    if (address && (await answers(address))) return { address, folder, stop };
    await sleep(50);
  }
  await stop();
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
