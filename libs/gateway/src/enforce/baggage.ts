import type { IncomingMessage } from 'node:http';
import { agentContext } from '@chancery/events';
import { headerField, isPlainText, metrics } from '@chancery/platform';
import type { z } from 'zod';

/** What somebody says about a call in `baggage`. It is recorded, nobody vouches for it, and nothing rests on it (GW-26). */
export type Stated = z.infer<typeof agentContext>;

const mostMembers = 64;
const mostBytes = 8_192;

/** Names of the OpenTelemetry GenAI conventions, and where a record has them. */
const places: ReadonlyMap<string, readonly [outer: string, inner?: string]> = new Map([
  ['gen_ai.request.model', ['model', 'name']],
  ['gen_ai.provider.name', ['model', 'provider']],
  ['gen_ai.tool.name', ['tool', 'name']],
  ['gen_ai.tool.call.id', ['tool', 'call_id']],
  ['gen_ai.conversation.id', ['run_id']],
  ['gen_ai.agent.id', ['agent_id']],
]);

/** Undefined when there is no such header, nothing of ours in it, or when it is dropped as a whole, and counted: too much, or of another form. */
export function statedInBaggage(req: IncomingMessage): Stated | undefined {
  const field = headerField(req, 'baggage');
  if (field === undefined) return undefined;
  const members = membersOf([field].flat().join(','));
  const stated = members && contextOf(members);
  if (stated === undefined) metrics.baggageDropped.inc({ service: 'gateway' });
  return stated === 'nothing' ? undefined : stated;
}

/** W3C Baggage §3.2.1: `key=value;properties`, by key. What is recorded is said once: of two answers none would be right. */
function membersOf(text: string): ReadonlyMap<string, string> | undefined {
  const parts = text.split(',');
  if (text.length > mostBytes || parts.length > mostMembers) return undefined;
  const members = new Map<string, string>();
  for (const part of parts) {
    const [, key = '', value = ''] = member.exec(part) ?? [];
    if (key === '' || (places.has(key) && members.has(key))) return undefined;
    members.set(key, value);
  }
  return members;
}

const member = /^[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*=[ \t]*([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*)[ \t]*(?:;.*)?$/;

function contextOf(members: ReadonlyMap<string, string>): Stated | 'nothing' | undefined {
  const context: Record<string, string | Record<string, string>> = {};
  for (const [name, [outer, inner]] of places) {
    const encoded = members.get(name);
    if (encoded === undefined) continue;
    const value = decode(encoded);
    if (value === undefined) return undefined;
    context[outer] = inner === undefined ? value : { ...(context[outer] as Record<string, string>), [inner]: value };
  }
  if (Object.keys(context).length === 0) return 'nothing';
  // Bounds each value, as what a key vouches for is bounded.
  return agentContext.safeParse({ ...context, vouchedBy: 'nobody' }).data;
}

/** Percent-decoded UTF-8 that says the same to everybody who reads a record. */
function decode(encoded: string): string | undefined {
  try {
    const value = decodeURIComponent(encoded);
    return isPlainText(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
