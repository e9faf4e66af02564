// A chat model that says what a test wants, behind the API that Riddle asks OpenAI-compatible servers by.
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";

/** Where an answer waits until it is told to go on. */
export const HOLD = "\u23f8";

/**
 * @typedef {object} ChatServer
 * @property {string} config of a Riddle that asks it
 * @property {(models: string[]) => string} configOf the same of one that may choose these models besides
 * @property {(answers: string | string[]) => void} say what it answers from now on, word by word; of several answers
 *   each request gets the next; at `HOLD` it waits
 * @property {() => void} goOn ends the wait of every answer that waits
 * @property {any[]} asked the bodies of what it was asked
 * @property {() => Promise<void>} stop
 */

/** @returns {Promise<ChatServer>} */
export async function startChatServer() {
  /** @type {string[]} */
  let answers = [];
  const gate = new EventEmitter();
  /** @type {any[]} */
  const asked = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    if (request.method !== "POST") {
      response.end(JSON.stringify({ object: "list", data: [{ id: "scripted", object: "model" }] }));
      return;
    }
    asked.push(JSON.parse(body));
    response.writeHead(200, { "content-type": "text/event-stream" });
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? "";
    for (const [index, part] of answer.split(HOLD).entries()) {
      if (index > 0) await once(gate, "open");
      if (response.destroyed) return;
      for (const word of part.split(/(?<=\s)/)) {
        response.write(`data: ${JSON.stringify(chunk({ content: word }, null))}\n\n`);
      }
    }
    response.write(`data: ${JSON.stringify(chunk({}, "stop"))}\n\n`);
    response.end("data: [DONE]\n\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const configOf = (/** @type {string[]} */ models) =>
    `[chat]\nmodel = "scripted"\nbase_url = "http://127.0.0.1:${port}/v1"\nmodels = ${JSON.stringify(models)}\n`;
  return {
    config: configOf([]),
    configOf,
    asked,
    say(next) {
      answers = [next].flat();
    },
    goOn: () => void gate.emit("open"),
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * @param {object} delta
 * @param {string | null} reason
 */
function chunk(delta, reason) {
  return {
    id: "scripted",
    object: "chat.completion.chunk",
    created: 0,
    model: "scripted",
    choices: [{ index: 0, delta, finish_reason: reason }],
  };
}
