/** One server-sent event. */
export interface ServerEvent {
  name: string;
  data: string;
}

/** Cuts a stream of text into server-sent events, as the HTML standard describes them. */
export class EventParser {
  #rest = "";

  /** Takes the next piece of the stream and gives the events that it completes. */
  take(piece: string): ServerEvent[] {
    // A carriage return at the end may be half of a line break.
    const text = this.#rest + piece;
    const held = text.endsWith("\r") ? "\r" : "";
    const blocks = text
      .slice(0, text.length - held.length)
      .replace(/\r\n?/g, "\n")
      .split("\n\n");
    this.#rest = (blocks.pop() ?? "") + held;
    return blocks.flatMap((block) => parse(block));
  }
}

function parse(block: string): ServerEvent[] {
  let name = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") name = value;
    if (field === "data") data.push(value);
  }
  return data.length > 0 ? [{ name, data: data.join("\n") }] : [];
}
