import { beforeEach, expect, test, vi } from "vitest";

const chatModels = vi.hoisted(() => ({
  names: ["own", "usual"],
  usual: "usual" as string | null | undefined,
  isGone: (name: string) => !["", "extractive", "own", "usual"].includes(name),
}));
vi.mock("./chat-models.svelte", () => ({ chatModels, QUOTED: "extractive" }));
vi.mock("./words", () => ({ words: (key: string, values: Record<string, string>) => [key, ...Object.values(values)] }));

const { goneText, unasked } = await import("./gone-chat-model");

beforeEach(() => {
  chatModels.usual = "usual";
});

test("what is not asked for leaves it to the knowledge base, else to the server", () => {
  expect(unasked("own")).toBe("own");
  expect(unasked("extractive")).toBe(null);
  expect(unasked("away")).toBe("usual");
  expect(unasked("")).toBe("usual");
  expect(unasked(null)).toBe("usual");
});

test("a model that has gone names the one that answers instead", () => {
  expect(goneText("own")).toBe(undefined);
  expect(goneText("away")).toEqual(["chatModelInstead", "away", "usual"]);
  expect(goneText("away", unasked("own"))).toEqual(["chatModelInstead", "away", "own"]);
  expect(goneText("away", unasked("extractive"))).toEqual(["chatModelQuotedInstead", "away"]);
  chatModels.usual = null;
  expect(goneText("away")).toEqual(["chatModelQuotedInstead", "away"]);
});
