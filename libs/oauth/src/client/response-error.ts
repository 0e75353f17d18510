/** An answer that was not a success. `body` is the parsed JSON, else the text. */
export class ResponseError extends Error {
  override readonly name = 'ResponseError';
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(`the server answered ${status}${describe(body)}`);
    this.status = status;
    this.body = body;
  }
}

const describe = (body: unknown): string => {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  return typeof error === 'string' ? ` ${error}` : '';
};

/** The body of an answer: JSON where it is, else the text. */
export async function readBody(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
