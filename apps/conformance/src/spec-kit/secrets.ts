/** Every secret part of a credential that was sent or handed out in this worker: of a token or proof its signature. */
const shown = new Set<string>();

const credentialParameters = ['client_assertion', 'client_secret', 'subject_token', 'token', 'assertion', 'actor_token'];
const credentialMembers = ['access_token', 'client_secret', 'initial_access_token', 'registration_access_token'];

export function noteSecrets(init: RequestInit, answered: unknown): void {
  const headers = new Headers(init.headers);
  for (const name of ['authorization', 'dpop']) note(headers.get(name)?.split(' ').at(-1));
  if (typeof init.body === 'string') {
    const form = new URLSearchParams(init.body);
    for (const name of credentialParameters) note(form.get(name));
  }
  const members = (typeof answered === 'object' && answered !== null ? answered : {}) as Record<string, unknown>;
  for (const name of credentialMembers) if (typeof members[name] === 'string') note(members[name]);
}

/** Shorter ones could stand anywhere by chance. */
const tellingLength = 20;

function note(credential: string | null | undefined): void {
  const part = credential?.split('.').at(-1);
  if (part && part.length >= tellingLength) shown.add(part);
}

/** How many of them stand in a text; the text of a failure must not hold them. */
export const secretsIn = (text: string): number => [...shown].filter((secret) => text.includes(secret)).length;
