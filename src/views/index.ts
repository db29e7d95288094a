/**
 * How it looks: every sentence a person can see, as pure functions of contract, state and gates. Text of agents and
 * people is hostile until it has passed `visible` (terminals), `safeMarkdown` and `safeInline` (GitHub), `dataFence`
 * (agents) or the report's escaping; nothing here reads a clock, and nothing made here is ever read back.
 */
export { type AgentRow, agentRows } from './agent-row.ts';
export {
  type Annotation,
  deliverableAnnotations,
  diagnosticAnnotations,
} from './annotations.ts';
export {
  type BlockingEdge,
  blockingEdge,
  edgeLine,
  recordEdges,
} from './blocking-edge.ts';
export { dashboardJson, type LaneSeen, renderDashboard, type WaveSeen } from './dashboard.ts';
export { renderDiagnostic, renderDiagnostics } from './diagnostic.ts';
export { entryLine } from './entry-line.ts';
export {
  type FeedbackItem,
  type FeedbackStatus,
  feedbackOf,
  feedbackQueue,
  renderFeedback,
  renderFeedbackItem,
} from './feedback.ts';
export { gateEvidence } from './gate-evidence.ts';
export {
  CHECK_NAMES,
  CHECKS,
  type CheckInput,
  type CheckName,
  type CheckText,
  checkOutput,
  GATE_NAMES,
  isSticky,
  type Links,
  type StickyInput,
  stickyComment,
  stickyMarker,
} from './github.ts';
export { type Headline, headline } from './headline.ts';
export { type Inbox, type InboxItem, inboxesOf, inboxOf } from './inbox.ts';
export { renderInboxMarkdown } from './inbox-markdown.ts';
export { type InboxWaits, inboxWaits, type WaitItem } from './inbox-waits.ts';
export { type JobSummaryInput, jobSummary } from './job-summary.ts';
export { type LiveOptions, renderLive } from './live.ts';
export { type LogicalAgent, logicalAgents } from './logical-agent.ts';
export {
  CHECK_TEXT_LIMIT,
  COMMENT_LIMIT,
  dataFence,
  quote,
  safeCode,
  safeInline,
  safeMarkdown,
} from './markdown-safe.ts';
export { COMMENT, type Move, movesFor, type Surface, shell } from './moves.ts';
export { type Outcome, outcomeJson, outcomeSentence, renderOutcome } from './outcome.ts';
export { type Phase, phaseOf } from './phase.ts';
export { type Preview, previewJson, renderPreview } from './preview.ts';
export { laneProjectionsOf, PROJECTIONS, projectionsOf } from './projections/index.ts';
export { explainReason, reasonCodesMarkdown } from './reason-docs.ts';
export { openAskLines, refusalLines } from './refusal-lines.ts';
export { htmlReport, type ReportInput } from './report.ts';
export { renderStatus, type Status, type StatusJson, statusJson } from './status.ts';
export { board, sharedSummary } from './summary.ts';
export {
  renderTask,
  renderTasks,
  type Task,
  type TaskFilter,
  taskOf,
  tasksOf,
  told,
} from './task.ts';
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
export { unreadable, unreadableLines } from './unreadable.ts';
