/**
 * How it looks: every sentence a person can see, as pure functions of contract, state and gates. Text of agents and
 * people is hostile until it has passed `visible` (terminals), `safeMarkdown` (GitHub) or the report's escaping.
 */
export {
  type BlockingEdge,
  blockingEdge,
  edgeLine,
  type Headline,
  headline,
  recordEdges,
} from './blocking-edge.ts';
export { diagnosticsJson, renderDiagnostic, renderDiagnostics } from './diagnostic.ts';
export { entryLine } from './entry-line.ts';
export { type Inbox, type InboxItem, inboxOf, renderInboxMarkdown } from './inbox.ts';
export { type LiveOptions, type Running, renderLive } from './live.ts';
export { COMMENT, type Move, movesFor, type Surface, shell } from './moves.ts';
export { type Outcome, outcomeJson, outcomeSentence, renderOutcome } from './outcome.ts';
export { renderStatus, statusJson } from './status.ts';
export {
  age,
  clip,
  clock,
  displayWidth,
  duration,
  type Mark,
  mark,
  type Palette,
  PLAIN_STYLE,
  padEnd,
  paletteOf,
  plural,
  type Style,
  shortOid,
  visible,
  visibleLines,
} from './text.ts';
export { board, sharedSummary } from './summary.ts';
