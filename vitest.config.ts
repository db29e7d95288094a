import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const whole = ['test/e2e/**/*.test.ts', 'test/docs/**/*.test.ts', 'test/twin/act.test.ts'];

/** What takes longest is not left to the end, when one worker would wait for the other. */
const LONGEST = ['generated-breaks', 'local-breaks', 'faults', 'act', 'kill'];
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/e2e/${name}.test.ts`));
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    // Two cores: more workers only fight the processes the tests start.
    maxWorkers: 2,
    // No test leaves anything behind in its process, so that a worker loads what many of them need only once.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,test,bench,scripts}/**/*.test.ts'],
          exclude: whole,
          globalSetup: ['test/temporary.ts'],
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
          globalSetup: ['test/temporary.ts', 'test/built.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
