import { api, given } from "../../../api/client";
import type { Arm, Trial } from "../types";
import { request, type Tried } from "./tried";

/** What settings would give by the scores that a run has kept. */
export function ask(run: string, arm: Arm, tried: Tried, signal?: AbortSignal): Promise<Trial> {
  const params = { path: { run } };
  const body = request(arm, tried);
  return given(api.POST("/api/v1/evaluations/runs/{run}/trial", { params, body, ...(signal ? { signal } : {}) }));
}
