import { describe, expect, it } from 'vitest';
import { codes, findings, golden, readWave } from './golden-wave.fixture.ts';

const item = '- run: npm test | timeout: 5m';

describe('Verify items', () => {
  it.each<[string, string[], number]>([
    ['- run: npm test', ['npm', 'test'], 600_000],
    ['- run: `npm test` | timeout: 90s', ['npm', 'test'], 90_000],
    ["- run: node -e 'a | b' | timeout: 1h30m", ['node', '-e', 'a | b'], 5_400_000],
    ['- run: node --eval "x: y"', ['node', '--eval', 'x: y'], 600_000],
  ])('%s', (text, argv, timeoutMs) => {
    expect(readWave(golden(item, text)).contract?.verify[0]).toMatchObject({ argv, timeoutMs });
  });

  it.each([
    ['- npm test', 'item-malformed'],
    ['- run:', 'verify-malformed'],
    ['- run: npm "test', 'verify-malformed'],
    ['- run: npm test | tee log', 'verify-needs-shell'],
    ['- run: npm test || true', 'verify-needs-shell'],
    ['- run: npm test && npm run lint', 'verify-needs-shell'],
    ['- run: npm test > log', 'verify-needs-shell'],
    ['- run: npm test $(cat x)', 'verify-needs-shell'],
    ['- run: npm test | timout: 5m', 'unknown-key'],
    ['- run: npm test | timeout: soon', 'duration-malformed'],
    ['- run: npm test | timeout: 0s', 'duration-malformed'],
    ['- run: npm test | timeout: 1m | timeout: 2m', 'duration-malformed'],
    ['- run: bash -c "npm test"', 'verify-program-not-allowed'],
  ])('%s is %s', (text, code) => {
    expect(codes(golden(item, text))).toEqual([code]);
  });

  it('advises a script where a shell would be needed', () => {
    expect(findings(golden(item, '- run: npm test; true'))).toEqual([
      'error verify-needs-shell @9:8 the command needs a shell for ";", and runs without one',
    ]);
  });
});
