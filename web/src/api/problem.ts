/** What else is known of a problem. */
interface About {
  /** HTTP status; 0 where no answer came. */
  status?: number;
  /** Seconds after which to try again, where the server says it. */
  retryAfter?: number | undefined;
  /** The field of the request at fault, where one is: its path in the body, such as `retrieval.top_n`. */
  param?: string | undefined;
}

/** An error that the server or the way to it has given. `message` is a sentence for the user. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly param: string | undefined;

  constructor(code: string, message: string, { status = 0, retryAfter, param }: About = {}) {
    super(message);
    this.name = "Problem";
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
    this.param = param;
  }

  /** Whether the server could not be reached. */
  get lost(): boolean {
    return this.code === "connection_lost";
  }
}

export function connectionLost(): Problem {
  return new Problem("connection_lost", "The connection to the server is lost.");
}

export function lostAnswer(): Problem {
  return new Problem("lost_answer", "The connection broke off while the answer was written.");
}

export function screenFailed(): Problem {
  return new Problem("screen_failed", "This screen could not be loaded. Is the server running?");
}

/** What a response that is not a success says. */
export async function problemOf(response: Response, body?: unknown): Promise<Problem> {
  const said = body ?? (await response.json().catch(() => undefined));
  const { status } = response;
  const retryAfter = Number(response.headers.get("retry-after")) || undefined;
  const wordless = new Problem(`http_${status}`, `${status} ${response.statusText}`, { status, retryAfter });
  return problemSaid(said, status, retryAfter) ?? wordless;
}

/** The problem that a body of the server tells, if it tells one. */
export function problemSaid(said: unknown, status: number, retryAfter?: number): Problem | undefined {
  if (typeof said !== "object" || said === null) return undefined;
  const { code, message, param } = said as Record<string, unknown>;
  if (typeof code !== "string" || typeof message !== "string") return undefined;
  return new Problem(code, message, { status, retryAfter, param: typeof param === "string" ? param : undefined });
}

/** Any thrown thing as a problem. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  return new Problem("unexpected", thrown instanceof Error ? thrown.message : String(thrown));
}
