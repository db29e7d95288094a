/** docs/reason-codes.md, written from the table the gates use, so that the two cannot part. */
import { REASONS } from '../closure/index.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** Markdown, with a line end. */
export const reasonCodesMarkdown = (): string =>
  [
    '# Reason codes',
    '',
    'Why a gate does not hold. A gate gives all its failing reasons at once, each with one of these codes; the codes are',
    'stable. `wave explain <code>` prints the same.',
    '',
    '<!-- Written from src/closure/reasons.ts. -->',
    '',
    '| Code | What it means | What clears it |',
    '|---|---|---|',
    ...Object.entries(REASONS).map(
      ([code, { meaning, clears }]) =>
        `| <a id="${code}"></a>\`${code}\` | ${cell(meaning)} | ${cell(clears)} |`,
    ),
    '',
  ].join('\n');

/** One code for a terminal, or null for a code there is not. */
export const explainReason = (code: string): string | null => {
  const info = Object.hasOwn(REASONS, code) ? REASONS[code as keyof typeof REASONS] : undefined;
  return info === undefined ? null : [code, `  ${info.meaning}`, `  clears: ${info.clears}`].join('\n');
};
