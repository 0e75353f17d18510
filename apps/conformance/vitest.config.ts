import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Our own side of the wire comes from the sources; the server is whatever answers at the base URL.
const conditions = ['@chancery/source', ...defaultServerConditions];

// oxlint-disable-next-line import/no-default-export -- where vitest looks for it
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // The global setup runs in an environment of vitest's own, which inherits neither.
  plugins: [{ name: 'sources-everywhere', configEnvironment: () => ({ resolve: { conditions } }) }],
  cacheDir: '../../node_modules/.vite',
  test: {
    environment: 'node',
    pool: 'forks',
    include: ['src/**/*.e2e.spec.ts'],
    globalSetup: ['./src/spec-kit/global-setup.ts'],
    setupFiles: ['./src/spec-kit/matchers.ts', './src/spec-kit/clean-up.ts'],
    // One at a time: the machine that runs them often runs the server too.
    fileParallelism: false,
    // They share nothing that one of them changes for another.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 90_000,
  },
});
