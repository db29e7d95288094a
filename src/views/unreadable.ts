/** Lines of the journal that are no entries: said wherever the journal is read, because what stood there counts for nothing. */
import type { Quarantined } from '../journal/index.ts';
import { plural, visible } from './text.ts';

const MOST_LINES = 5;

/**
 * Lines that stood in the journal and cannot be read any more. Without torn ones: a writer that was killed never said
 * those were appended; and without foreign ones, which entries of their own name (reference/journal.md).
 */
export const unreadable = (quarantined: readonly Quarantined[]): readonly Quarantined[] =>
  quarantined.filter(({ code }) => code !== 'torn-line' && code !== 'foreign-line');

/** What is told of them, lines without a line end; none when every line was read. */
export const unreadableLines = (quarantined: readonly Quarantined[]): readonly string[] => {
  const lines = unreadable(quarantined);
  if (lines.length === 0) return [];
  const left = lines.length - MOST_LINES;
  return [
    `warning: ${plural(lines.length, 'line')} of the journal cannot be read and ${lines.length === 1 ? 'counts' : 'count'} for nothing`,
    ...lines
      .slice(0, MOST_LINES)
      .map(({ file, line, code, reason }) => `  ${visible(file)}:${line}  ${code}: ${visible(reason)}`),
    ...(left > 0 ? [`  and ${left} more`] : []),
    '  fix: put the line back from a copy; without one, what it said has to be said again.',
  ];
};
