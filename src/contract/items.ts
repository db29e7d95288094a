import { error, type Report } from './diagnostic.ts';
import { type Block, firstLine } from './markdown.ts';
import { nearest } from './nearest.ts';
import type { Section } from './outline.ts';
import { normaliseRepoPath } from './repo-path.ts';
import type { SourceText } from './text-span.ts';
import type { SourceSpan } from './types.ts';

/** One bullet of a list section: its text without the marker, and where that text stands. */
export type Item = { readonly text: string; readonly at: SourceSpan; readonly start: number };

/**
 * The bullets (`-`, `*`, `+`) of a list section. Comments, quotes and rules say nothing; all else is a
 * finding, because a line that is not read is a demand that is not made.
 */
export function readItems(
  source: SourceText,
  section: Section,
  report: Report,
  lines: 'one-line' | 'many-lines' = 'one-line',
): readonly Item[] {
  return section.blocks.flatMap((block) => {
    if (block.kind === 'comment' || block.kind === 'quote' || block.kind === 'rule') return [];
    if (block.kind !== 'list') {
      report(
        error('prose-in-list', firstLine(source, block), 'this section is a list, and this is not a bullet', {
          fix: 'make it a "- " bullet, or put a note into an HTML comment or a "> " quote',
        }),
      );
      return [];
    }
    return block.items.flatMap((item) => readItem(source, block, item, lines, report));
  });
}

type List = Extract<Block, { kind: 'list' }>;

function readItem(
  source: SourceText,
  list: List,
  item: List['items'][number],
  lines: 'one-line' | 'many-lines',
  report: Report,
): readonly Item[] {
  const at = firstLine(source, item);
  if (list.ordered) {
    report(error('item-malformed', at, 'numbered items are not read', { fix: 'start it with "- "' }));
    return [];
  }
  if (item.text === null || item.text === '') {
    const message = 'a bullet here is one line of text';
    report(error('item-malformed', at, message, { fix: 'write one value after "- ", nothing nested' }));
    return [];
  }
  if (lines === 'one-line' && /[\r\n]/.test(item.text)) {
    report(
      error('item-malformed', at, 'this bullet runs on in the next line', {
        fix: 'write it on one line, and a new bullet for each value',
      }),
    );
    return [];
  }
  return [{ text: item.text, at: source.span(item.start, item.start + item.text.length), start: item.start }];
}

export type KeyValue = {
  readonly key: string;
  readonly value: string;
  readonly at: SourceSpan;
  readonly valueAt: SourceSpan;
};

/** `- key: value` with keys out of `known`; each at most once. One pair of quotes around a value is dropped. */
export function readKeyValues(
  source: SourceText,
  items: readonly Item[],
  known: readonly string[],
  report: Report,
): readonly KeyValue[] {
  const seen = new Map<string, SourceSpan>();
  return items.flatMap((item) => {
    const match = /^(?<lead>(?<key>[A-Za-z0-9._-]+)[ \t]*:[ \t]*)(?<value>[\s\S]*)$/.exec(item.text);
    const { lead = '', key = '', value: raw = '' } = match?.groups ?? {};
    const value = unquote(raw.trim());
    if (match === null || value === '') {
      report(
        error('item-malformed', item.at, `"${shorten(item.text)}" is not a key with a value`, {
          expected: '- key: value',
        }),
      );
      return [];
    }
    if (!known.includes(key)) {
      reportUnknownKey(item.at, key, known, report);
      return [];
    }
    const first = seen.get(key);
    if (first !== undefined) {
      const message = `${key} stands here and on line ${first.line}`;
      report(error('duplicate-key', item.at, message, { fix: 'keep one of the two' }));
      return [];
    }
    seen.set(key, item.at);
    const valueAt = source.span(item.start + lead.length, item.start + item.text.length);
    return [{ key, value, at: item.at, valueAt }];
  });
}

export function reportUnknownKey(
  at: SourceSpan,
  key: string,
  known: readonly string[],
  report: Report,
): void {
  const near = nearest(key, known);
  report(
    error('unknown-key', at, `"${shorten(key)}" is not a key of this section`, {
      expected: known.join(', '),
      ...(near === null ? {} : { fix: `write ${near}` }),
    }),
  );
}

/** `- <id>` items: lower-case ids, each at most once (contract.md §1.3). */
export function readIds(source: SourceText, section: Section, report: Report): readonly string[] {
  const seen = new Set<string>();
  for (const item of readItems(source, section, report)) {
    const id = unquote(item.text);
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(id)) {
      const message = `"${shorten(id)}" is not an id`;
      report(
        error('id-malformed', item.at, message, { expected: 'lower-case letters, digits, ".", "_", "-"' }),
      );
    } else if (seen.has(id)) {
      report(error('duplicate-item', item.at, `${id} is listed twice`, { fix: 'remove this line' }));
    } else seen.add(id);
  }
  return [...seen];
}

/**
 * The path a bullet names, still as typed. A path with white space must be quoted, since `src/a.ts (new)` or
 * `src/a.ts # note` would otherwise be a path that no file ever has.
 */
export function pathText(text: string, at: SourceSpan, report: Report): string | null {
  const quoted = unquote(text.trim());
  if (quoted !== text.trim()) return quoted;
  if (!/\s/.test(quoted)) return quoted;
  const [path = ''] = quoted.split(/\s/);
  report(
    error('path-with-note', at, `"${shorten(quoted)}" is more than a path`, {
      expected: 'a path and nothing else',
      fix: `write ${shorten(unquote(path))}; put a path that has spaces into backticks`,
    }),
  );
  return null;
}

/** {@link pathText}, normalised; null after a finding. */
export function readPath(text: string, at: SourceSpan, report: Report): string | null {
  const typed = pathText(text, at, report);
  if (typed === null) return null;
  const normalised = normaliseRepoPath(typed);
  if ('path' in normalised) return normalised.path;
  report(
    error('path-invalid', at, `the path "${shorten(typed)}" ${normalised.problem}`, {
      expected: 'a path inside the repository, relative to its root',
    }),
  );
  return null;
}

/** Without one pair of backticks, single or double quotes that wraps the whole text. */
export function unquote(text: string): string {
  return /^(?<quote>[`'"])(?<inner>(?:(?!\k<quote>).)*)\k<quote>$/s.exec(text)?.groups?.inner?.trim() ?? text;
}

/** For quoting what somebody typed in a message: one line, at most 60 characters, nothing invisible. */
export function shorten(text: string): string {
  const plain = text.replace(/[\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069]+/g, ' ');
  return plain.length <= 60 ? plain : `${plain.slice(0, 59)}…`;
}
