/** An error that the server or the way to it has given. `message` is a sentence for the user. */
export class Problem extends Error {
  readonly code: string;
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** Seconds after which to try again, where the server says it. */
  readonly retryAfter: number | undefined;

  constructor(code: string, message: string, status = 0, retryAfter?: number) {
    super(message);
    this.name = "Problem";
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** Whether the server could not be reached. */
  get lost(): boolean {
    return this.code === "connection_lost";
  }
}

export function connectionLost(): Problem {
  return new Problem("connection_lost", "The connection to the server is lost.");
}

export function screenFailed(): Problem {
  return new Problem("screen_failed", "This screen could not be loaded. Is the server running?");
}

/** What a response that is not a success says. */
export async function problemOf(response: Response, body?: unknown): Promise<Problem> {
  const said = body ?? (await response.json().catch(() => undefined));
  const error = errorIn(said);
  const retryAfter = Number(response.headers.get("retry-after")) || undefined;
  return new Problem(
    error?.code ?? `http_${response.status}`,
    error?.message ?? `${response.status} ${response.statusText}`,
    response.status,
    retryAfter,
  );
}

function errorIn(said: unknown): { code: string; message: string } | undefined {
  if (typeof said !== "object" || said === null) return undefined;
  const { code, message } = said as Record<string, unknown>;
  return typeof code === "string" && typeof message === "string" ? { code, message } : undefined;
}

/** Any thrown thing as a problem. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  return new Problem("unexpected", thrown instanceof Error ? thrown.message : String(thrown));
}
