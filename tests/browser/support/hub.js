// A hub of models on this machine, which is as slow or unwilling as a test wants it.
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PIECE = 256 * 1024;

/**
 * @typedef {object} Hub
 * @property {string} address
 * @property {(status: number | undefined) => void} refuse answers this status from now on
 * @property {(bytesPerSecond: number) => void} pace
 * @property {string[]} resumed paths that were asked for from their middle
 * @property {() => void} stop
 */

/**
 * @param {string} folder
 * @returns {Promise<{ rfilename: string, size: number }[]>} as the hub lists them
 */
async function filesOf(folder) {
  const found = await readdir(folder, { withFileTypes: true });
  const names = found.filter((file) => file.isFile() && !file.name.startsWith(".")).map((file) => file.name);
  return Promise.all(names.map(async (name) => ({ rfilename: name, size: (await stat(join(folder, name))).size })));
}

/**
 * Serves the files of a folder as those of any repository.
 * @param {string} folder
 * @returns {Promise<Hub>}
 */
export async function startHub(folder) {
  /** @type {number | undefined} */
  let refused;
  let perSecond = Number.POSITIVE_INFINITY;
  /** @type {string[]} */
  const resumed = [];
  const server = createServer(async (request, response) => {
    if (!refused && request.url?.startsWith("/api/models/")) {
      const list = { id: "owner/name", sha: "main", gated: false, siblings: await filesOf(folder) };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(list));
      return;
    }
    const [, path = ""] = (request.url ?? "").split("/resolve/main/");
    const size = await stat(join(folder, path)).then(
      (found) => found.size,
      () => undefined,
    );
    if (refused || size === undefined) {
      response.writeHead(refused ?? 404).end();
      return;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (from > 0) resumed.push(path);
    response.writeHead(from > 0 ? 206 : 200, {
      etag: `"${path}"`,
      "content-length": size - from,
      ...(from > 0 ? { "content-range": `bytes ${from}-${size - 1}/${size}` } : {}),
    });
    for await (const piece of createReadStream(join(folder, path), { start: from, highWaterMark: PIECE })) {
      if (response.destroyed) return;
      response.write(piece);
      if (perSecond < Number.POSITIVE_INFINITY) await sleep((piece.length / perSecond) * 1000);
    }
    response.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  return {
    address: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    resumed,
    refuse(status) {
      refused = status;
    },
    pace(bytesPerSecond) {
      perSecond = bytesPerSecond;
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
