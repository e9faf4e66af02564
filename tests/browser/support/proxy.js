// A proxy that puts a server below a path of its own address, as one before several programs does.
import { once } from "node:events";
import { createServer, request as send } from "node:http";

/**
 * @typedef {object} Proxy
 * @property {string} address with the path, without a slash at its end
 * @property {() => Promise<void>} stop
 */

/**
 * Passes on what is asked below `path`, without it and with the host that the browser names; the rest is not here.
 * @param {string} target address of the server
 * @param {string} path such as `/riddle`
 * @returns {Promise<Proxy>}
 */
export async function startProxy(target, path) {
  const { hostname, port } = new URL(target);
  const proxy = createServer((asked, answer) => {
    const { method, headers, url = "" } = asked;
    if (!url.startsWith(`${path}/`)) {
      answer.writeHead(404).end();
      return;
    }
    const passed = send({ hostname, port, path: url.slice(path.length), method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    answer.on("close", () => passed.destroy());
    asked.pipe(passed);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const bound = proxy.address();
  if (bound === null || typeof bound === "string") throw new Error("the proxy has no port");
  return {
    address: `http://127.0.0.1:${bound.port}${path}`,
    async stop() {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, "close");
    },
  };
}
