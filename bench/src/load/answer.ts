import type { Expectation } from './load.js';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Reads the answers of one connection out of what arrives on it. */
export class AnswerReader {
  #text = '';

  /** Takes in what arrived, latin1. Answers the next whole one, if it is there. */
  take(text: string): Answer | undefined {
    this.#text += text;
    const headEnd = this.#text.indexOf('\r\n\r\n');
    if (headEnd < 0) return undefined;
    const head = this.#text.slice(0, headEnd);
    const rest = this.#text.slice(headEnd + 4);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    const body = length === undefined ? chunked(rest) : whole(rest, Number(length));
    if (body === undefined) return undefined;
    this.#text = rest.slice(body.taken);
    return { status: Number(head.slice(9, 12)), body: body.text };
  }
}

const whole = (text: string, length: number) => (text.length < length ? undefined : { text: text.slice(0, length), taken: length });

/** RFC 9112 §7.1. */
function chunked(text: string): { text: string; taken: number } | undefined {
  let body = '';
  for (let at = 0; ;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (!(text.length >= next)) return undefined;
    if (size === 0) return { text: body, taken: next };
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = next;
  }
}

/** Says what is wrong with an answer, if anything. Remembers what has to be different in each. */
export function answerCheck({ status, contains, distinct }: Expectation): (answer: Answer) => string | undefined {
  const seen = new Set<string>();
  return (answer) => {
    if (answer.status !== status) return `${answer.status} ${answer.body}`;
    const missing = contains.find((text) => !answer.body.includes(text));
    if (missing !== undefined) return `${missing} is missing in ${answer.body}`;
    if (distinct === undefined) return undefined;
    const value = following(answer.body, distinct);
    if (value === undefined) return `${distinct} is missing in ${answer.body}`;
    if (seen.has(value)) return `was answered before: ${value}`;
    seen.add(value);
    return undefined;
  };
}

/** The end of the value: of a token that is its signature. */
function following(body: string, marker: string): string | undefined {
  const from = body.indexOf(marker);
  if (from < 0) return undefined;
  const to = body.indexOf('"', from + marker.length);
  return to < 0 ? undefined : body.slice(Math.max(from + marker.length, to - 43), to);
}
