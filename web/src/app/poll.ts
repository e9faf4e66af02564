/**
 * Runs something at once and again after every pause, while the page is visible. Gives what ends it.
 * The pause begins when the run has ended, so that a slow server is not asked twice at a time.
 */
export function whileVisible(pauseMs: number, run: () => Promise<void>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  let ended = false;

  async function turn() {
    clearTimeout(timer);
    if (ended || running || document.hidden) return;
    running = true;
    try {
      await run();
    } finally {
      running = false;
      if (!ended) timer = setTimeout(turn, pauseMs);
    }
  }

  document.addEventListener("visibilitychange", turn);
  turn();
  return () => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", turn);
  };
}
