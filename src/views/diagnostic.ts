/** A located finding as a compiler prints it: where, the lines it is about with a caret, what to do. */
import type { Diagnostic } from '../contract/index.ts';
import {
  displayWidth,
  fitted,
  padStart,
  paletteOf,
  plural,
  type Style,
  typography,
  visible,
  visibleLines,
  widthOf,
} from './text.ts';

const TAB = '  ';
const shown = (text: string): string => visibleLines(text.replaceAll('\t', TAB)).replaceAll('\n', ' ');
const LINE_END = /\r\n|\n|\r/;

const excerpt = (diagnostic: Diagnostic, source: string, style: Style): readonly string[] => {
  const { line, column, endLine, endColumn } = diagnostic.at;
  const lines = source.replace(/^\ufeff/, '').split(LINE_END);
  const text = lines[line - 1];
  if (text === undefined) return [`  ${typography(style, visible(diagnostic.message))}`];
  const palette = paletteOf(style);
  const gutter = String(line).length;
  const row = (number: string, code: string): string =>
    fitted(style, `  ${padStart(number, gutter)} │ ${code}`, widthOf(style)).trimEnd();
  const before = lines[line - 2];
  const start = displayWidth(shown(text.slice(0, column - 1)));
  const end = displayWidth(shown(text.slice(0, endLine === line ? endColumn - 1 : text.length)));
  const caret = ' '.repeat(start) + '^'.repeat(Math.max(1, Math.min(end - start, widthOf(style) - start)));
  const bar = typography(style, '│');
  return [
    ...(before === undefined || before.trim() === ''
      ? []
      : [palette.dim(row(String(line - 1), shown(before)))]),
    row(String(line), shown(text)),
    `  ${' '.repeat(gutter)} ${bar} ${palette[diagnostic.severity === 'error' ? 'bad' : 'warn'](`${caret} ${typography(style, visible(diagnostic.message))}`)}`,
  ];
};

/** `docs/plans/waves/wave-3.md:41:5  missing-deliverable`: as editors make it clickable. */
const place = ({ at, code, severity }: Diagnostic, style: Style): string =>
  `${paletteOf(style).strong(`${visible(at.file)}:${at.line}:${at.column}`)}  ${severity === 'warning' ? 'warning ' : ''}${visible(code)}`;

/**
 * @param source the text of the file the diagnostic is about, or null when it cannot be shown
 * @param command how people start us where this is read
 */
export const renderDiagnostic = (
  diagnostic: Diagnostic,
  source: string | null,
  style: Style,
  command = 'wave',
): string => {
  const explain = paletteOf(style).dim(`(${command} explain ${visible(diagnostic.code)})`);
  const advice = [
    ...(diagnostic.expected === undefined ? [] : [`  expected: ${visible(diagnostic.expected)}`]),
    ...(diagnostic.fix === undefined ? [] : [`  fix: ${visible(diagnostic.fix)}`]),
  ].map((one) => typography(style, one));
  const last =
    advice.length === 0 ? [`  ${explain}`] : [...advice.slice(0, -1), `${advice.at(-1)}   ${explain}`];
  const body =
    source === null
      ? [`  ${typography(style, visible(diagnostic.message))}`]
      : excerpt(diagnostic, source, style);
  return [place(diagnostic, style), ...body, ...last].join('\n');
};

/** All of them in the order given, then the count; the empty list is empty text. */
export const renderDiagnostics = (
  diagnostics: readonly Diagnostic[],
  sourceOf: (file: string) => string | null,
  style: Style,
  command = 'wave',
): string => {
  if (diagnostics.length === 0) return '';
  const count = (severity: Diagnostic['severity']): number =>
    diagnostics.filter((one) => one.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  const total = [
    ...(errors > 0 ? [plural(errors, 'error')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
  ].join(', ');
  return [
    ...diagnostics.map((one) => renderDiagnostic(one, sourceOf(one.at.file), style, command)),
    total,
  ].join('\n\n');
};
