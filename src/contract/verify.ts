import { splitCommandLine } from './command-line.ts';
import { error, type Report } from './diagnostic.ts';
import { parseDuration } from './duration.ts';
import { type Item, readItems, reportUnknownKey, shorten, unquote } from './items.ts';
import type { Section } from './outline.ts';
import type { SourceText } from './text-span.ts';
import type { SourceSpan, VerifyCommand } from './types.ts';

export const DEFAULT_VERIFY_TIMEOUT_MS = 600_000;
const KEYS = ['run', 'timeout'] as const;

/** `- run: npm test | timeout: 5m` items of `## Verify` and `### Verify`. */
export function readVerify(
  source: SourceText,
  section: Section,
  asker: VerifyCommand['source'],
  report: Report,
): readonly VerifyCommand[] {
  return readItems(source, section, report).flatMap((item) => readCommand(source, item, asker, report) ?? []);
}

function readCommand(
  source: SourceText,
  item: Item,
  asker: VerifyCommand['source'],
  report: Report,
): VerifyCommand | null {
  const [first = { text: '', start: 0 }, ...rest] = splitAtBars(item.text);
  const head = /^(?<lead>\s*(?<key>[A-Za-z0-9._-]+)[ \t]*:[ \t]*)(?<run>.*)$/s.exec(first.text);
  if (head?.groups?.key !== 'run') {
    const expected = '- run: npm test | timeout: 5m';
    report(error('item-malformed', item.at, `"${shorten(item.text)}" does not name a command`, { expected }));
    return null;
  }
  let timeoutMs: number | null = null;
  for (const part of rest) {
    const at = source.span(item.start + part.start, item.start + part.start + part.text.length);
    const option = /^\s*(?<key>[A-Za-z][A-Za-z-]*)[ \t]*:(?<value>.*)$/s.exec(part.text);
    if (option?.groups === undefined) {
      reportShell(at, '|', report);
      return null;
    }
    const { key = '', value = '' } = option.groups;
    if (key !== 'timeout') {
      reportUnknownKey(at, key, KEYS, report);
      return null;
    }
    const given = parseDuration(unquote(value.trim()));
    if (given === null || timeoutMs !== null) {
      const message =
        timeoutMs === null ? `"${shorten(value.trim())}" is not a duration` : 'timeout is given twice';
      report(error('duration-malformed', at, message, { expected: '90s, 5m or 1h30m' }));
      return null;
    }
    timeoutMs = given;
  }
  const { lead = '', run: typed = '' } = head.groups;
  const run = typed
    .trim()
    .replace(/^`(?<inner>[^`]*)`$/, '$<inner>')
    .trim();
  const runAt = source.span(item.start + lead.length, item.start + lead.length + typed.trimEnd().length);
  const argv = readArgv(run, runAt, report);
  if (argv === null) return null;
  return { run, argv, timeoutMs: timeoutMs ?? DEFAULT_VERIFY_TIMEOUT_MS, source: asker, at: runAt };
}

/** argv of a command line, or a finding. Shared with the base policy's own commands. */
export function readArgv(run: string, at: SourceSpan, report: Report): readonly string[] | null {
  const line = splitCommandLine(run);
  switch (line.kind) {
    case 'argv':
      return line.argv;
    case 'empty':
      report(error('verify-malformed', at, 'the command is empty', { expected: 'run: npm test' }));
      return null;
    case 'unclosed-quote':
      report(
        error('verify-malformed', at, `a ${line.quote} is never closed`, {
          fix: `close it with ${line.quote}`,
        }),
      );
      return null;
    case 'trailing-backslash':
      report(error('verify-malformed', at, 'the command ends in a backslash', { fix: 'remove it' }));
      return null;
    case 'needs-shell':
      reportShell(at, line.token, report);
      return null;
  }
}

function reportShell(at: SourceSpan, token: string, report: Report): void {
  report(
    error(
      'verify-needs-shell',
      at,
      `the command needs a shell for "${shorten(token)}", and runs without one`,
      {
        fix: 'put it into a script in the repository and run that; quote the character if it is meant literally',
      },
    ),
  );
}

/** At `|` outside quotes; offsets are into `text`. */
function splitAtBars(text: string): { text: string; start: number }[] {
  const parts: { text: string; start: number }[] = [];
  let start = 0;
  let quote: string | null = null;
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index);
    if (char === '\\' && quote !== "'") index += 1;
    else if (quote !== null) quote = char === quote ? null : quote;
    else if (char === '"' || char === "'" || char === '`') quote = char;
    else if (char === '|') {
      parts.push({ text: text.slice(start, index), start });
      start = index + 1;
    }
  }
  parts.push({ text: text.slice(start), start });
  return parts;
}
