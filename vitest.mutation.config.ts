import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

// What is mutated has pure specs alone: no database stands behind each of a few thousand runs.
export default defineConfig({ ...base, test: { ...base.test, include: ['{domain,oauth}/**/*.spec.ts'], globalSetup: [] } });
