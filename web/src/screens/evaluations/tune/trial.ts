import { api, given } from "../../../api/client";
import type { Arm, SettingCurves, Trial } from "../types";
import { request, type Tried } from "./tried";

/** What settings would give by the scores that a run has kept. */
export function ask(run: string, arm: Arm, tried: Tried, signal?: AbortSignal): Promise<Trial> {
  const params = { path: { run } };
  const body = request(arm, tried);
  return given(api.POST("/api/v1/evaluations/runs/{run}/trial", { params, body, ...(signal ? { signal } : {}) }));
}

/** How the figures go with each setting while the others stay as they are tried. */
export function curves(run: string, arm: Arm, tried: Tried, signal: AbortSignal): Promise<SettingCurves> {
  const params = { path: { run } };
  return given(api.POST("/api/v1/evaluations/runs/{run}/curves", { params, body: request(arm, tried), signal }));
}
