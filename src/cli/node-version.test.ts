import { expect, test } from 'vitest';
import { nodeProblem } from './node-version.ts';

test.each(['24.0.0', '24.21.0', '26.1.0'])('%s runs it', (version) => {
  expect(nodeProblem(version)).toBeNull();
});

test('an older one is told what is missing', () => {
  expect(nodeProblem('20.20.2')).toMatchInlineSnapshot(`
    {
      "code": "node-too-old",
      "fix": "Install Node 24; in a clone npm run wave brings its own.",
      "message": "this is Node 20.20.2, and wave needs 24 or newer",
    }
  `);
  expect(nodeProblem('9.0.0')).not.toBeNull();
});
