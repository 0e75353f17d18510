import { afterAll } from 'vitest';
import { endMinted } from './world.js';

// A server that was tested keeps nothing of it that works.
afterAll(endMinted);
