import { isAscii } from 'node:buffer';
import { OAuthError } from './errors.js';
import { limits } from './limits.js';
import { repeatable } from './known-parameters.js';
import { decodeFormComponent } from './percent.js';

/** The parameters of one request. An empty value counts as absent (OAuth 2.1 §3.2). */
export class Form {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /** The value, or `undefined` when absent. Two values of a repeatable parameter are refused: the caller can honour one only. */
  one(name: string): string | undefined {
    const values = this.many(name);
    if (values.length > 1) throw malformed('parameter_repeated', `${name} may be given once here`);
    return values[0];
  }

  /** The value; `invalid_request` when absent. `name` is shown to the caller, so it must be ours. */
  required(name: string): string {
    const value = this.one(name);
    if (value === undefined) throw malformed('parameter_missing', `${name} is required`);
    return value;
  }

  many(name: string): readonly string[] {
    return (this.#values.get(name) ?? []).filter((value) => value !== '');
  }

  has(name: string): boolean {
    return this.many(name).length > 0;
  }

  /** Whether the name was on the wire at all: an empty credential counts as presented, though it has no value. */
  sent(name: string): boolean {
    return this.#values.has(name);
  }

  /** Names of all parameters with a value, in the order they came. */
  names(): readonly string[] {
    return [...this.#values.keys()].filter((name) => this.has(name));
  }

  /** Refuses parameters that belong to another kind of request: one request, one scenario. */
  refuse(...names: readonly string[]): void {
    for (const name of names) if (this.has(name)) throw malformed('parameter_not_allowed', `${name} is not allowed here`);
  }
}

/**
 * Reads `application/x-www-form-urlencoded` strictly (OAuth 2.1 §3.2, RFC 6749 App. B). Repetition is seen on the raw form, before it
 * becomes a map; only `resource` and `audience` may repeat.
 * @throws OAuthError `invalid_request` (413 when too large); nothing else, whatever the bytes.
 */
export function parseForm(raw: Uint8Array): Form {
  if (raw.byteLength > limits.formBytes) throw new OAuthError('invalid_request', { refusal: 'body_too_large', status: 413 });
  // Everything outside ASCII has to come percent-encoded; a raw byte above 127 is read differently by different parsers.
  if (!isAscii(raw)) throw malformed('form_malformed', 'the form is not correctly encoded');

  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1');
  if (countPairs(text) > limits.parameters) throw malformed('too_many_parameters', 'too many parameters');

  const values = new Map<string, string[]>();
  for (const pair of text.split('&')) if (pair !== '') addPair(values, pair);
  return new Form(values);
}

function countPairs(text: string): number {
  let count = 1;
  for (let at = text.indexOf('&'); at !== -1 && count <= limits.parameters; at = text.indexOf('&', at + 1)) count += 1;
  return count;
}

function addPair(values: Map<string, string[]>, pair: string): void {
  const equals = pair.indexOf('=');
  const name = decodeFormComponent(equals === -1 ? pair : pair.slice(0, equals));
  const value = equals === -1 ? '' : decodeFormComponent(pair.slice(equals + 1));
  if (name === undefined || value === undefined) throw malformed('form_malformed', 'the form is not correctly encoded');
  // RFC 6749 §8.2 param-name. `scope[]` and its like are a parameter in one parser and another in the next.
  if (!parameterName.test(name) || name.length > limits.parameterNameChars)
    throw malformed('form_malformed', 'a parameter name is malformed');
  if (value.length > limits.valueChars) throw malformed('value_too_long', 'a parameter value is too long');

  const before = values.get(name);
  if (before === undefined) values.set(name, [value]);
  else if (repeatable.has(name)) before.push(value);
  else throw malformed('parameter_repeated', 'a parameter is repeated');
}

const parameterName = /^[-._0-9A-Za-z]+$/;

const malformed = (refusal: string, description: string): OAuthError => new OAuthError('invalid_request', { refusal, description });
