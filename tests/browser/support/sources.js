// Documents that the tests are about.

/** @typedef {import("./api.js").Source} Source */

/** @type {Source} */
export const GARDEN = {
  name: "garden.md",
  text: `# Garden rules

## Watering

Tomatoes are watered every morning at six. In August they are watered twice a day, and never on the leaves.

## Greenhouse

The greenhouse is locked at eight in the evening. The keys of the greenhouse hang behind the kitchen door, on the brass
hook.

## Tools

Spades and rakes are cleaned before they are put away. The lawn mower is sharpened every spring by the caretaker.
`,
};

/** The answer to it stands in `GARDEN`. */
export const GARDEN_QUESTION = "Where do the keys of the greenhouse hang?";

/** @type {Source} */
export const HARBOUR = {
  name: "harbour.md",
  text: `# Harbour handbook

## Arrivals

Every ship reports to the harbour master on channel twelve. The pilot comes aboard two miles before the breakwater.

## Keys

The keys of the boathouse are kept by the harbour master. Whoever borrows them writes their name into the blue book.

## Storms

When the wind is stronger than nine, the gate of the inner basin is closed and no ship may leave.
`,
};

/** Every way that a document could try to run code or to call out. */
export const HOSTILE = {
  name: "<img src=x onerror=attacked()>.md",
  text: `# Lighthouse <script>attacked()</script>

The lighthouse keeper counts the ships at noon. <script>attacked()</script> <img src="x" onerror="attacked()">
The keeper writes [the lighthouse log](javascript:attacked()) and paints ![the lighthouse](https://example.com/pixel.png)
every second spring. The lighthouse also has ![a picture of the lamp][lamp] and <svg onload=attacked()></svg>
<iframe src="https://example.com/frame"></iframe> a lamp of the keeper.

[lamp]: https://example.com/lamp.png "lamp"
`,
};

/**
 * A source as a file of a file chooser.
 * @param {Source} source
 */
export function fileOf({ name, text }) {
  return { name, mimeType: "text/markdown", buffer: Buffer.from(text) };
}
