/** The cheapest next moves in a terminal: what to type, and beside or below it what that does. */
import { firstMoves, type Move } from './moves.ts';
import { displayWidth, padEnd, paletteOf, plural, type Style, typography, widthOf, wrap } from './text.ts';

const LABEL = ' next:  ';
/** Commands in one column are at most so wide; a longer one has its words below it. */
const WIDEST = 44;
/** Columns that words beside a command need to be readable. */
const ROOM = 30;

const spelled = (move: Move): string => (move.kind === 'command' ? move.command : `edit ${move.file}`);

export const moveLines = (moves: readonly Move[], style: Style): readonly string[] => {
  const { shown, left } = firstMoves(moves);
  const palette = paletteOf(style);
  const indent = ' '.repeat(LABEL.length);
  const column = Math.min(WIDEST, Math.max(0, ...shown.map((move) => displayWidth(spelled(move)))));
  const room = widthOf(style) - LABEL.length - column - 2;
  const lines = shown.flatMap((move, i) => {
    const label = i === 0 ? LABEL : indent;
    const command = typography(style, spelled(move));
    const does = typography(style, move.does);
    if (displayWidth(command) > column || room < ROOM)
      return [
        label + palette.strong(command),
        ...wrap(does, widthOf(style) - LABEL.length - 2).map((line) => `${indent}  ${line}`),
      ];
    const [first = '', ...more] = wrap(does, room);
    return [
      `${label}${palette.strong(padEnd(command, column))}  ${first}`,
      ...more.map((line) => `${indent}${' '.repeat(column + 2)}${line}`),
    ];
  });
  return left === 0 ? lines : [...lines, `${indent}and ${plural(left, 'more move')}: see the report`];
};
