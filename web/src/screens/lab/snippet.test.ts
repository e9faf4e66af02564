import { expect, test } from "vitest";
import { cutAt } from "../../answer/pieces";
import { snippetOf } from "./snippet";

const marked = (text: string, start: number, end: number) => {
  const line = snippetOf(text, [{ start, end }]);
  const piece = cutAt(line.text, line.spans).find((cut) => cut.marked);
  return [line.text, piece?.text];
};

test("a line begins at a word near the first highlight", () => {
  const text = `${"words before it ".repeat(10)}the port is\nset here`;
  const at = text.indexOf("port");
  expect(marked(text, at, at + 4)).toEqual(["…it the port is set here", "port"]);
});

test("characters beyond the basic plane are counted as the server counts", () => {
  expect(marked(`🐙🐙${"字".repeat(40)}端口`, 42, 44)).toEqual([`…${"字".repeat(12)}端口`, "端口"]);
});

test("a passage without highlights begins at its beginning", () => {
  expect(snippetOf("It starts here.", [])).toEqual({ text: "It starts here.", spans: [] });
});
