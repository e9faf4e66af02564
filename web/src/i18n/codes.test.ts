import { expect, test } from "vitest";
import api from "../../../docs/openapi.json";
import { NOTICES, REASONS, SAID_ELSEWHERE } from "../answer/notices";
import { IN_CHINESE as MISSING } from "../screens/system/notices";
import { FAILURES, WARNINGS } from "../uploads/failures";
import { CODES } from "./problems";

/** The codes that the server may send in a field; it sends an English sentence beside each. */
function codesOf(schema: string, field: string): string[] {
  const schemas = api.components.schemas as Record<string, { properties?: Record<string, { enum?: unknown[] }> }>;
  const codes = schemas[schema]?.properties?.[field]?.enum ?? [];
  return codes.filter((code) => typeof code === "string");
}

const TOLD: [schema: string, field: string, told: string[]][] = [
  ["NoticeDto", "code", [...Object.keys(NOTICES), ...SAID_ELSEWHERE, ...Object.keys(MISSING)]],
  ["RerankDto", "reason_code", Object.keys(REASONS)],
  ["FailureDto", "code", Object.keys(FAILURES)],
  ["DocumentWarningDto", "code", Object.keys(WARNINGS)],
  ["DownloadErrorDto", "code", [...CODES]],
  ["MessageErrorDto", "code", [...CODES]],
  ["ErrorBody", "code", [...CODES]],
];

test.each(TOLD)("every code of %s.%s is told in Chinese", (schema, field, told) => {
  const codes = codesOf(schema, field);
  expect(codes.length).toBeGreaterThan(0);
  expect(codes.filter((code) => !told.includes(code))).toEqual([]);
});

test("what is told in Chinese is a code of the server, or of the app itself", () => {
  const own = ["connection_lost", "lost_answer", "screen_failed"];
  const sent = new Set(TOLD.flatMap(([schema, field]) => codesOf(schema, field)).concat(own));
  const told = TOLD.flatMap(([, , codes]) => codes);
  expect(told.filter((code) => !sent.has(code))).toEqual([]);
});
