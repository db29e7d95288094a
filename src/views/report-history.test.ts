import { expect, it } from 'vitest';
import type { Body } from '../journal/index.ts';
import { attemptsSection, contradictionsSection } from './report-history.ts';
import { attemptStarted, by, folded, history, type Line, WAVE } from './sample-wave.fixture.ts';

const says = (kind: 'claim' | 'evidence' | 'decision', value: string): Body => ({
  type: 'post',
  kind,
  summary: 's',
  subject: 'decimals/jpy',
  value,
});
const LINES: readonly Line[] = [
  [0, WAVE, attemptStarted()],
  [10, by('A1'), says('claim', '2<script>')],
  [20, by('A3'), says('evidence', '0')],
  [30, WAVE, { type: 'attempt.ended', attempt: 1, outcome: 'refused', code: 'contradiction-open' }],
  [40, WAVE, { ...attemptStarted(2), agents: ['A1'] } as Body],
];
const text = ({ html }: { readonly html: string }): string =>
  html
    .replaceAll(/<\/(?:div|p)>/g, '\n')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s*\n\s*/g, '\n')
    .trim();

it('tells what every attempt came to, once there is more than one', () => {
  expect(text(attemptsSection(folded(history(...LINES))))).toMatchInlineSnapshot(`
    "Attempts: 2
    ✗ attempt 1
    refused: contradiction-open ran A1, A2 and A3
    ● attempt 2
    has not ended ran A1"
  `);
  expect(attemptsSection(folded(history(...LINES.slice(0, 4)))).html).toBe('');
});

it('tells who said what against whom, and how it ended', () => {
  expect(text(contradictionsSection(folded(history(...LINES))))).toMatchInlineSnapshot(`
    "1 contradiction, 1 open
    ⏸ decimals/jpy
    contradiction-maxx on decimals/jpy: A1 claims &quot;2&lt;script&gt;&quot;, A3 found &quot;0&quot; stands"
  `);
  const decided = folded(history(...LINES, [50, by('A8', 2), says('decision', '0')]));
  expect(text(contradictionsSection(decided))).toMatchInlineSnapshot(`
    "1 contradiction, 0 open
    ✓ decimals/jpy
    contradiction-maxx on decimals/jpy: A1 claims &quot;2&lt;script&gt;&quot;, A3 found &quot;0&quot; decided by A8, A8-6m2c"
  `);
  expect(contradictionsSection(folded([])).html).toBe('');
});
