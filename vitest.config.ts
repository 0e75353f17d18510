import { defaultServerConditions } from 'vite';
import { configDefaults, defineConfig } from 'vitest/config';

// Specs run against sources: no build in between.
const conditions = ['@chancery/source', ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // The global setup runs in an environment of vitest's own, which inherits neither.
  plugins: [{ name: 'sources-everywhere', configEnvironment: () => ({ resolve: { conditions } }) }],
  test: {
    environment: 'node',
    pool: 'forks',
    include: ['**/*.spec.ts'], // relative to --dir, so it must not name apps/, libs/ or src/
    exclude: [...configDefaults.exclude, '**/dist/**', '**/out-tsc/**', '**/tmp/**'],
    globalSetup: ['./vitest.setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    coverage: { provider: 'v8', include: ['{apps,libs}/*/src/**/*.ts'] },
  },
});
