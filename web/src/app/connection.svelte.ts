import { addressOf } from "../api/address";

let lost = $state(false);
let reconnections = $state(0);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Whether the server can be reached. While it cannot, it is asked again and again. */
export const connection = {
  get isLost(): boolean {
    return lost;
  },
  /** Counts how often the connection has come back, for who wants to load anew then. */
  get reconnections(): number {
    return reconnections;
  },
  lost() {
    lost = true;
    timer ??= setTimeout(probe, 1000);
  },
  found() {
    clearTimeout(timer);
    timer = undefined;
    if (lost) {
      lost = false;
      reconnections += 1;
    }
  },
};

async function probe() {
  timer = undefined;
  try {
    const response = await fetch(addressOf("/api/v1/health"), { cache: "no-store" });
    if (response.ok || response.status === 401) connection.found();
    else connection.lost();
  } catch {
    connection.lost();
  }
}
