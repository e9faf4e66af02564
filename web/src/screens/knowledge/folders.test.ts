import { describe, expect, it } from "vitest";
import { nameBelow, wayTo } from "./folders";

describe("folders", () => {
  it("name what is below them", () => {
    expect(nameBelow("", "docs/a.md")).toBe("docs/a.md");
    expect(nameBelow("docs", "docs/hr/a.md")).toBe("hr/a.md");
    expect(nameBelow("docs", "docs more/a.md")).toBe("docs more/a.md");
  });

  it("are on the way to their folders", () => {
    expect(wayTo("")).toEqual([]);
    expect(wayTo("docs/hr")).toEqual([
      { name: "docs", label: "docs" },
      { name: "docs/hr", label: "hr" },
    ]);
  });
});
