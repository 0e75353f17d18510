/** Legal in JSON as they are, but able to steer the terminal of somebody who only looks. */
const steering = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line of JSON. It parses to the same value everywhere and is harmless on a screen. */
export const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replace(steering, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
