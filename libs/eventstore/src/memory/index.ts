export { openMemoryStore, type MemoryStoreOptions } from './open-memory-store.js';
