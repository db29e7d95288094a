import { defineConfig } from 'vitest/config';

/** For `npm run test:executors`: these start real programs and are no part of `npm test`. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.executors.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
