import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Adds up vitest's JSON reports below `folder`. A cached test task brings its report back, so the sum is of the whole workspace either way. */
export function sumReports(folder) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.json')) : [];
  for (const name of names) {
    const report = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    sum.passed += report.numPassedTests;
    sum.failed += report.numFailedTests + brokenFiles(report);
    sum.skipped += report.numPendingTests + report.numTodoTests;
  }
  return sum;
}

/** Spec files that failed before or beside their tests: an import that is missing, a hook that threw. */
const brokenFiles = ({ testResults }) =>
  testResults.filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'))
    .length;
