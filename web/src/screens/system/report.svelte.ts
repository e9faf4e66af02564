import { api, given } from "../../api/client";
import type { Health } from "../../api/types";
import type { SystemReport } from "./types";

let health = $state.raw<Health>();
let system = $state.raw<SystemReport>();
let problem = $state.raw<unknown>();

/** What the server says of itself. The latest words stay while it is asked again. */
export const report = {
  get health(): Health | undefined {
    return health;
  },
  get system(): SystemReport | undefined {
    return system;
  },
  /** Why there is nothing to show yet, or why it is not new. */
  get problem(): unknown {
    return problem;
  },
  async load() {
    try {
      const asked = [given(api.GET("/api/v1/health")), given(api.GET("/api/v1/system"))] as const;
      [health, system] = await Promise.all(asked);
      problem = undefined;
    } catch (thrown) {
      problem = thrown;
    }
  },
};
