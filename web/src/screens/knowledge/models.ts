import { api, given } from "../../api/client";
import type { Health } from "../../api/types";

type Known = NonNullable<Health["models"]>[number];

/** The models of a role, as the health report names them. */
export async function modelsOf(role: "embedder" | "reranker"): Promise<Known[]> {
  const health = await given(api.GET("/api/v1/health"));
  return (health.models ?? []).filter((model) => model.role === role);
}
