// `npm run mutate`: takes the guards of the deciders and of the wire away, one at a time, and asks whether a spec notices.

// oxlint-disable-next-line import/no-default-export -- Stryker looks for one
export default {
  // Nothing is excluded, not even the texts of errors: a score is worth something only while nobody chooses what counts.
  mutate: ['libs/{domain,oauth}/src/**/*.ts', '!libs/**/*.spec.ts', '!libs/**/spec-kit/**'],
  plugins: ['@stryker-mutator/vitest-runner'],
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts', dir: 'libs' },
  coverageAnalysis: 'perTest',
  // A mutant that runs out of time counts as noticed, so a busy machine would flatter the score.
  concurrency: 1,
  timeoutMS: 20_000,
  // A second run asks only about what changed.
  incremental: true,
  incrementalFile: 'tmp/mutation/incremental.json',
  reporters: ['progress', 'clear-text', 'json', 'html'],
  clearTextReporter: { logTests: false },
  jsonReporter: { fileName: 'tmp/mutation/report.json' },
  htmlReporter: { fileName: 'tmp/mutation/report.html' },
  thresholds: { high: 95, low: 85, break: 80 },
  tempDirName: 'tmp/stryker',
  // Not copied into the sandbox.
  ignorePatterns: ['/apps', '/bench', '/drills', '/docs', '/examples', '/infra'],
};
