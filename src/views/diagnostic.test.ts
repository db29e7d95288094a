import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../contract/index.ts';
import { renderDiagnostic, renderDiagnostics } from './diagnostic.ts';
import { span } from './sample-wave.fixture.ts';

const SOURCE = `${'\n'.repeat(39)}### Deliverables\n- docs/format.md\n`;
const outside: Diagnostic = {
  code: 'deliverable-outside-ownership',
  at: span(41),
  message: 'A2 owns src/format/ only',
  fix: 'add docs/format.md to A2’s “File ownership”, or move the deliverable to A9',
  severity: 'error',
};
const PLAIN = { unicode: true, color: false };

describe('a diagnostic', () => {
  it('shows where, why and what to do', () => {
    expect(renderDiagnostic(outside, SOURCE, PLAIN)).toMatchInlineSnapshot(`
      "docs/plans/waves/wave-3.md:41:3  deliverable-outside-ownership
        40 │ ### Deliverables
        41 │ - docs/format.md
           │   ^^^^^^^^^^^^^^ A2 owns src/format/ only
        fix: add docs/format.md to A2’s “File ownership”, or move the deliverable to A9   (wave explain deliverable-outside-ownership)"
    `);
  });

  it('does so in ASCII', () => {
    expect(renderDiagnostic(outside, SOURCE, { unicode: false, color: false })).toMatchInlineSnapshot(`
      "docs/plans/waves/wave-3.md:41:3  deliverable-outside-ownership
        40 | ### Deliverables
        41 | - docs/format.md
           |   ^^^^^^^^^^^^^^ A2 owns src/format/ only
        fix: add docs/format.md to A2's "File ownership", or move the deliverable to A9   (wave explain deliverable-outside-ownership)"
    `);
  });

  it('puts the caret under wide characters and tabs', () => {
    const at = { file: 'w.md', line: 1, column: 5, endLine: 1, endColumn: 8 };
    expect(
      renderDiagnostic({ code: 'x', at, message: 'here', severity: 'error' }, '\t日本 abc', PLAIN),
    ).toMatchInlineSnapshot(`
      "w.md:1:5  x
        1 │   日本 abc
          │        ^^^ here
        (wave explain x)"
    `);
  });

  it.each([
    ['no source', null, span(41)],
    ['a line that is not there', 'short', span(41)],
  ])('does without %s', (_name, source, at) => {
    expect(
      renderDiagnostic(
        {
          code: 'unknown-key',
          at,
          message: 'model is not known',
          expected: 'id, model',
          severity: 'warning',
        },
        source,
        PLAIN,
      ),
    ).toMatchInlineSnapshot(`
      "docs/plans/waves/wave-3.md:41:3  warning unknown-key
        model is not known
        expected: id, model   (wave explain unknown-key)"
    `);
  });

  it('marks a span over several lines on its first', () => {
    expect(
      renderDiagnostic(
        {
          code: 'x',
          at: { file: 'w.md', line: 1, column: 3, endLine: 2, endColumn: 2 },
          message: 'all of it',
          severity: 'error',
        },
        'abcd\nef',
        PLAIN,
      ),
    ).toMatchInlineSnapshot(`
      "w.md:1:3  x
        1 │ abcd
          │   ^^ all of it
        (wave explain x)"
    `);
  });

  it('lets no escape sequence of a wave file reach the terminal', () => {
    expect(
      renderDiagnostic(
        { ...outside, message: 'bad \x1b[2J\u202e' },
        SOURCE.replace('format', 'f\x1b[1A'),
        PLAIN,
      ),
    ).not.toMatch(/[\x1b\u202e]/);
  });
});

describe('a list of diagnostics', () => {
  const warning: Diagnostic = { ...outside, severity: 'warning' };
  it('ends with the count', () => {
    expect(
      renderDiagnostics([outside, outside, warning], () => null, PLAIN)
        .split('\n')
        .at(-1),
    ).toBe('2 errors, 1 warning');
    expect(renderDiagnostics([], () => null, PLAIN)).toBe('');
  });
});
