export { type NoteKey, parseNoteKeys } from './note-key.js';
export { RollVerifier } from './roll-verifier.js';
export type { Verdict } from './verdict.js';
