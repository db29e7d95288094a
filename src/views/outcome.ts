/** The end of a run in a terminal: every failing reason at once, the earliest gate first, and the cheapest next moves. */
import type { Gate, GiveUp, Reason } from '../closure/index.ts';
import { failing } from '../closure/index.ts';
import type { AgentId, Contract } from '../contract/index.ts';
import type { Oid } from '../journal/index.ts';
import { handle, type WaveState } from '../state/index.ts';
import { gateEvidence } from './gate-evidence.ts';
import { giveUpSentence } from './give-up.ts';
import { moveLines } from './move-lines.ts';
import { movesFor, shell } from './moves.ts';
import {
  displayWidth,
  duration,
  fitted,
  listed,
  mark,
  padEnd,
  paletteOf,
  plural,
  type Style,
  shortOid,
  typography,
  visible,
  widthOf,
  wrap,
} from './text.ts';
import {
  endedWell,
  implementers,
  latestAttempt,
  nameOf,
  patchWords,
  proofWords,
  quarantineWords,
  rejectionWords,
  stewards,
} from './wording.ts';

export type Outcome = {
  readonly contract: Contract;
  readonly state: WaveState;
  readonly gates: readonly Gate[];
  /** The tree the gates were evaluated on. */
  readonly tree: Oid | null;
  readonly closed: boolean;
  /** What was committed, when the wave closed. */
  readonly commit: Oid | null;
  readonly reportPath: string | null;
  /** How people start us where this is read: `wave`, or `npx wave-orchestration`. */
  readonly command: string;
  /** Why a refused wave was not tried again; left out where nothing tries by itself. */
  readonly gaveUp?: GiveUp | null;
  /** Where the output of agents' programs is, as far as there is any. */
  readonly logs?: ReadonlyMap<AgentId, string>;
};

const on = (tree: Oid | null): string => (tree === null ? '' : ` on tree ${shortOid(tree)}`);

/** `wave 3 is not closed: 2 of 10 gates fail on tree 9b12fd0`: true on every surface. */
export const outcomeSentence = ({ contract, state, gates, tree, closed, commit }: Outcome): string => {
  const name = `wave ${contract.wave}`;
  if (closed) {
    const published = state.published === null ? '' : ` to ${visible(state.published.target)}`;
    return `${name} is closed: every gate holds${on(tree)}${commit === null ? '' : `, published ${shortOid(commit)}${published}`}`;
  }
  const failed = gates.filter((gate) => gate.status === 'failed').length;
  if (failed > 0)
    return `${name} is not closed: ${failed} of ${plural(gates.length, 'gate')} ${failed === 1 ? 'fails' : 'fail'}${on(tree)}`;
  const unasked = gates.filter((gate) => gate.status === 'not-asked').length;
  return unasked > 0
    ? `${name} is not closed: ${plural(unasked, 'gate')} ${unasked === 1 ? 'was' : 'were'} not asked yet`
    : `${name} is not closed yet: every gate holds${on(tree)}`;
};

/** Whom a reason names: its agent, else its record's handle. */
export const subjectOf = (state: WaveState, reason: Reason): string => {
  const record = reason.record === null ? undefined : state.records.get(reason.record);
  return record !== undefined ? handle(record) : reason.agent === null ? '' : visible(reason.agent);
};

const INDENT = 3;
/** The detail beside its columns, or below them when the terminal is narrow. */
const withDetail = (style: Style, head: string, headWidth: number, detail: string): readonly string[] => {
  const room = widthOf(style) - headWidth - 2;
  const text = typography(style, detail);
  if (room >= 30)
    return wrap(text, room).map((line, i) =>
      i === 0 ? `${head}  ${line}` : `${' '.repeat(headWidth + 2)}${line}`,
    );
  return [
    head.trimEnd(),
    ...wrap(text, widthOf(style) - INDENT - 2).map((line) => `${' '.repeat(INDENT + 2)}${line}`),
  ];
};

const refusedGates = (outcome: Outcome, style: Style): readonly string[] => {
  const { state, gates } = outcome;
  const palette = paletteOf(style);
  const reasons = failing(gates);
  const widest = (cells: readonly string[]): number => Math.max(0, ...cells.map(displayWidth));
  const gateWidth = widest(reasons.map((one) => one.gate));
  const subjectWidth = widest(reasons.map((one) => subjectOf(state, one)));
  const codeWidth = Math.min(34, widest(reasons.map((one) => one.code)));
  const lines = gates.flatMap((gate) =>
    gate.reasons.flatMap((reason, i) => {
      const code = padEnd(visible(reason.code), codeWidth);
      const columns = `${padEnd(i === 0 ? gate.id : '', gateWidth)}  ${padEnd(subjectOf(state, reason), subjectWidth)}  `;
      const head = `${i === 0 ? ` ${mark(style, 'failed')}` : '  '} ${columns}${palette.warn(code)}`;
      return withDetail(
        style,
        head,
        INDENT + displayWidth(columns) + displayWidth(code),
        visible(reason.detail),
      );
    }),
  );
  const unasked = gates.filter((gate) => gate.status === 'not-asked').length;
  const later =
    unasked === 0
      ? []
      : [
          palette.dim(
            ` ${mark(style, 'waiting')} ${plural(unasked, 'later gate')} ${unasked === 1 ? 'was' : 'were'} not asked`,
          ),
        ];
  return [...lines, ...later];
};

const closedGates = ({ contract, state, gates }: Outcome, style: Style): readonly string[] => {
  const width = Math.max(0, ...gates.map((gate) => gate.id.length));
  return gates.flatMap((gate) => {
    const evidence = gateEvidence(contract, state, gate);
    const head = ` ${mark(style, gate.status === 'held' ? 'done' : 'waiting')} ${padEnd(gate.id, width)}`;
    return evidence === '' ? [head.trimEnd()] : withDetail(style, head, INDENT + width, evidence);
  });
};

const workLines = ({ contract, state }: Outcome, style: Style): readonly string[] => {
  const attempt = latestAttempt(state);
  if (attempt === null) return [];
  const rows = implementers(contract).map((agent) => {
    const finished = attempt.finished.get(agent.id);
    return {
      head: `${agent.id}  ${visible(agent.title)}`,
      text:
        finished === undefined
          ? 'did not run'
          : `${finished.reusedFrom === null ? duration(finished.durationMs) : 'kept'}, ${patchWords(finished.patch)}${endedWell(finished.exit) ? '' : ', failed'}`,
      proof: proofWords(state, attempt, agent.id) ?? '',
    };
  });
  const width = Math.min(32, Math.max(0, ...rows.map(({ head }) => displayWidth(head))));
  const judges = stewards(contract).filter(({ id }) => attempt.finished.has(id));
  const judged = judges.length === 0 ? [] : [`   judged by ${listed(judges.map(({ id }) => id))}`];
  return [
    ...rows.map(({ head, text, proof }) =>
      fitted(
        style,
        `   ${padEnd(head, width)}  ${[text, proof].filter((one) => one !== '').join(', ')}`,
        widthOf(style),
      ),
    ),
    ...judged,
  ];
};

const MOST_ODD = 10;
/** What was put forward without authority, and lines that are no entries: said in both cases, closed or not. */
const oddities = ({ state }: Outcome, style: Style): readonly string[] => {
  const palette = paletteOf(style);
  const block = (title: string, words: readonly string[]): readonly string[] =>
    words.length === 0
      ? []
      : [
          '',
          palette.warn(` ${title}`),
          ...words.slice(0, MOST_ODD).map((one) => fitted(style, `   ${one}`, widthOf(style))),
          ...(words.length > MOST_ODD ? [`   and ${words.length - MOST_ODD} more`] : []),
        ];
  return [
    ...block(
      `${plural(state.rejections.length, 'entry', 'entries')} kept without effect:`,
      state.rejections.map(rejectionWords),
    ),
    ...block(
      `${plural(state.quarantined.length, 'line')} quarantined:`,
      state.quarantined.map(quarantineWords),
    ),
  ];
};

/** Reasons that are about an agent's program: what it printed says more. */
const OF_PROGRAMS: ReadonlySet<string> = new Set(['agent-crashed', 'agent-timed-out', 'agent-start-failed']);
const MOST_LOGS = 5;
/** Logs worth a look, of the agents whose programs ended badly. */
const logLines = ({ gates, logs }: Outcome): readonly string[] => {
  const agents = failing(gates).flatMap(({ code, agent }) =>
    OF_PROGRAMS.has(code) && agent !== null ? [agent] : [],
  );
  const found = [...new Set(agents)].flatMap((agent) => {
    const path = logs?.get(agent);
    return path === undefined ? [] : [` log of ${agent}: ${visible(path)}`];
  });
  return found.length === 0 ? [] : ['', ...found.slice(0, MOST_LOGS)];
};

/** The whole text, lines joined with LF, without a line end. */
export const renderOutcome = (outcome: Outcome, style: Style): string => {
  const palette = paletteOf(style);
  const sentence = typography(style, outcomeSentence(outcome));
  const moves = outcome.closed
    ? []
    : moveLines(
        movesFor(outcome.contract, outcome.state, outcome.gates, shell(outcome.command, outcome.contract)),
        style,
      );
  const body = outcome.closed
    ? [...closedGates(outcome, style), '', ...workLines(outcome, style)]
    : refusedGates(outcome, style);
  const gaveUp = outcome.gaveUp == null ? '' : giveUpSentence(outcome.gaveUp);
  const report = outcome.reportPath === null ? [] : [` report: ${visible(outcome.reportPath)}`];
  return [
    palette.strong(outcome.closed ? palette.good(sentence) : palette.bad(sentence)),
    '',
    ...body,
    ...oddities(outcome, style),
    ...(outcome.closed ? [] : logLines(outcome)),
    ...(gaveUp === '' ? [] : ['', ` ${typography(style, gaveUp)}`]),
    ...(moves.length + report.length === 0 ? [] : ['']),
    ...moves,
    ...report,
  ].join('\n');
};

/** The same for machines. Text of agents is as it was recorded: a reader that prints it makes it safe. */
export const outcomeJson = (outcome: Outcome): Readonly<Record<string, unknown>> => {
  const { contract, state, gates, tree, closed, commit, reportPath, command } = outcome;
  const attempt = latestAttempt(state);
  return {
    lane: contract.lane,
    wave: contract.wave,
    instance: state.instance,
    attempt: attempt?.attempt ?? null,
    closed,
    summary: outcomeSentence(outcome),
    tree,
    commit,
    target: state.published?.target ?? null,
    gates: gates.map((gate) => ({
      id: gate.id,
      status: gate.status,
      evidence: gateEvidence(contract, state, gate),
      reasons: gate.reasons.map((reason) => ({
        ...reason,
        handle: reason.record === null ? null : nameOf(state, reason.record),
      })),
    })),
    codes: [...new Set(failing(gates).map((reason) => reason.code))],
    gaveUp: outcome.gaveUp ?? null,
    next: closed ? [] : movesFor(contract, state, gates, shell(command, contract)),
    rejected: state.rejections,
    quarantined: state.quarantined,
    report: reportPath,
  };
};
