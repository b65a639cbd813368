/**
 * Two projects: `unit` is pure and starts nothing; `integration` runs against one Temporal dev server and one
 * AWS emulator that its global set-up starts.
 */
import { defineConfig } from 'vitest/config';

const unit = ['test/*.test.ts', 'test/{mail,smtp,infra,simulation,cli/dev}/**/*.test.ts'];

export default defineConfig({
  test: {
    // Temporal's native module crashes in worker threads; more forks than cores only makes time-outs.
    pool: 'forks',
    maxWorkers: 2,
    teardownTimeout: 20_000,
    reporters: ['default', './test/tally-reporter.ts'],
    projects: [
      { extends: true, test: { name: 'unit', include: unit, testTimeout: 10_000 } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          exclude: unit,
          globalSetup: 'test/environment/start.ts',
          // The emulator takes any credentials, but the AWS SDK insists on some.
          env: { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
