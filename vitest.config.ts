import { defineConfig } from 'vitest/config';

const whole = ['test/e2e/**/*.test.ts', 'test/docs/**/*.test.ts', 'test/twin/act.test.ts'];

export default defineConfig({
  test: {
    // Two cores: more workers only fight the processes the tests start.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,test,bench,scripts}/**/*.test.ts'],
          exclude: whole,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Whole waves, act, many processes each: after the others, so that none of those waits for a core.
        extends: true,
        test: {
          name: 'end-to-end',
          include: whole,
          globalSetup: ['test/built.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
