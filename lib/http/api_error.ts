/** The kinds of error in OpenAI's protocol. */
export type ApiErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "rate_limit_error"
  | "server_error";

/** An error that a client is told, in OpenAI's shape. */
export class ApiError extends Error {
  /** Tells this error from others. */
  override readonly name = "ApiError";
  /** The HTTP status. */
  readonly status: number;
  /** The error's kind. */
  readonly type: ApiErrorType;
  /** The request field at fault, or null. */
  readonly param: string | null;
  /** A short name of the cause, or null. */
  readonly code: string | null;

  /** An error with its place in the request. */
  constructor(
    status: number,
    message: string,
    details: {
      readonly type?: ApiErrorType;
      readonly param?: string | null;
      readonly code?: string | null;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.type = details.type ?? (status >= 500 ? "server_error" : "invalid_request_error");
    this.param = details.param ?? null;
    this.code = details.code ?? null;
  }

  /** The answer's body. */
  toJSON(): { readonly error: Readonly<Record<string, string | null>> } {
    const { message, type, param, code } = this;
    return { error: { message, type, param, code } };
  }

  /** The answer. */
  toResponse(): Response {
    const headers: Record<string, string> = this.status === 429 ? { "retry-after": "1" } : {};
    return Response.json(this.toJSON(), { status: this.status, headers });
  }
}

/** A request field with a value that is not allowed. */
export function badField(param: string, problem: string): ApiError {
  return new ApiError(400, `Cannot read the request: ${param} ${problem}`, { param });
}
