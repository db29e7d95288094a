import { describe, expect, it } from 'vitest';
import { DIAGNOSTIC_CODES, explain } from './explain.ts';
import { nearest } from './nearest.ts';

describe('explain', () => {
  it.each(Object.entries(DIAGNOSTIC_CODES))('%s has a meaning and a fix', (code, { meaning, fix }) => {
    expect(code).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
    expect(fix).toMatch(/^[A-Z].*\.$/);
    expect(explain(code)).toEqual({ meaning, fix });
  });

  it.each(['', 'nonsense', 'constructor', '__proto__'])('knows nothing of %j', (code) => {
    expect(explain(code)).toBeNull();
  });
});

describe('nearest', () => {
  const known = ['Exit contract', 'Deliverables', 'Prompt', 'id'];
  it.each([
    ['exit contract', 'Exit contract'],
    ['Deliverable', 'Deliverables'],
    ['Pormpt', 'Prompt'],
    ['Prom', 'Prompt'],
    ['Notes', null],
    ['xy', null],
    ['', null],
  ])('%j: %j', (written, expected) => {
    expect(nearest(written, known)).toBe(expected);
  });
});
