import { expect, test } from "vitest";
import { problemOf } from "./problem";

test("a refusal has its code, its words and the field at fault", async () => {
  const body = { code: "name_taken", message: "it is taken", param: "name", request_id: "r" };
  const problem = await problemOf(new Response(JSON.stringify(body), { status: 409, headers: { "retry-after": "3" } }));
  expect(problem).toMatchObject({
    code: "name_taken",
    message: "it is taken",
    param: "name",
    status: 409,
    retryAfter: 3,
  });
});

test("where no field is at fault none is named", async () => {
  const body = { code: "internal", message: "no", param: null, request_id: "r" };
  expect((await problemOf(new Response(JSON.stringify(body), { status: 500 }))).param).toBeUndefined();
});

test("an answer without words has its status", async () => {
  expect(await problemOf(new Response("<html>", { status: 502 }))).toMatchObject({ code: "http_502", status: 502 });
});
