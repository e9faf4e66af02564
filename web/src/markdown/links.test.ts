import { expect, test } from "vitest";
import { safeLink } from "./links";

test("links to the web and to mail say where they lead", () => {
  expect(safeLink("https://example.org/a?b")).toEqual({ address: "https://example.org/a?b", host: "example.org" });
  expect(safeLink("mailto:a@example.org")?.host).toBe("a@example.org");
});

test.each([
  "javascript:alert(1)",
  " javascript:alert(1)",
  "java\nscript:alert(1)",
  "JAVASCRIPT:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:x",
  "file:///etc/passwd",
  "blob:https://example.org/1",
  "//example.org",
  "/api/v1/health",
  "#/system",
  "",
])("%j is no link", (written) => {
  expect(safeLink(written)).toBeUndefined();
});
