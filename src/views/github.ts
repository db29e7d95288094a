/**
 * What GitHub shows: the sticky comment, check runs and the job summary. All text of agents goes through the
 * sanitiser; nothing here holds an age, so nothing changes when nothing happened.
 */
import { GATE_IDS, type Gate, type GateId } from '../closure/index.ts';
import type { Contract } from '../contract/index.ts';
import type { InstanceId, Oid } from '../journal/index.ts';
import { handle, openObligations, type WaveState } from '../state/index.ts';
import { agentRows, NO_ROW } from './agent-row.ts';
import { gateEvidence } from './gate-evidence.ts';
import { headline } from './headline.ts';
import { CHECK_TEXT_LIMIT, COMMENT_LIMIT, safeCode, safeInline } from './markdown-safe.ts';
import { COMMENT, firstMoves, movesFor } from './moves.ts';
import { outcomeSentence, subjectOf } from './outcome.ts';
import { duration, listed, MARKS, type Mark, plural, shortOid, visible } from './text.ts';
import { asker, KIND_WORDS, latestAttempt, quarantineWords, rejectionWords } from './wording.ts';

/** Hidden in the comment; it is ours only together with its author. */
export const stickyMarker = (instance: InstanceId): string => `<!-- wave-status ${instance} -->`;
/** The marker at the end of the first line: text of agents cannot hold it, and a quotation of it does not count. */
export const isSticky = (body: string, instance: InstanceId): boolean =>
  body.split('\n', 1)[0]?.trimEnd().endsWith(stickyMarker(instance)) === true;

export type Links = { readonly run?: string; readonly report?: string };
export type StickyInput = {
  readonly contract: Contract;
  readonly state: WaveState;
  readonly gates: readonly Gate[];
  readonly instance: InstanceId;
  readonly tree: Oid | null;
  readonly links?: Links;
  /** `wave-state@77ac1e`: where the journal stood. */
  readonly stateTip?: string;
  readonly maxAttempts?: number;
};

const GATE_MARKS: Readonly<Record<Gate['status'], Mark>> = {
  held: 'done',
  failed: 'failed',
  'not-asked': 'waiting',
};
export const gateMark = (gate: Gate): string => MARKS[GATE_MARKS[gate.status]];
export const GATE_NAMES: Readonly<Record<GateId, string>> = {
  implementation: 'implementation',
  components: 'components',
  verify: 'verify',
  'helper-assignments': 'helper assignments',
  dependencies: 'dependencies',
  clarifications: 'clarifications',
  blockers: 'blockers and contradictions',
  'cont-eval': 'cont-EVAL',
  security: 'security',
  integration: 'integration',
  documentation: 'documentation',
  'component-matrix': 'component matrix',
  'cont-qa': 'cont-QA',
  infra: 'infra',
};

const agentTable = (contract: Contract, state: WaveState): readonly string[] => {
  const attempt = latestAttempt(state);
  const rows = agentRows(contract, state);
  const shown = contract.agents.filter(
    (agent) =>
      agent.role === 'implementation' ||
      attempt?.finished.has(agent.id) === true ||
      attempt?.started.has(agent.id) === true,
  );
  return [
    '| | Agent | Executor | State | Proof |',
    '|---|---|---|---|---|',
    ...shown.map((agent) => {
      const row = rows.get(agent.id) ?? NO_ROW;
      return `| ${MARKS[row.mark]} | ${agent.id} ${safeInline(agent.title, 60)} | ${attempt?.finished.get(agent.id)?.executor ?? agent.executor.id} | ${safeInline(row.state)} | ${safeInline(row.proof)} |`;
    }),
  ];
};

/** A link of ours: only http(s), without what could end it. */
const link = (text: string, url: string | undefined): readonly string[] =>
  url !== undefined && /^https?:\/\/[^\s<>()"'`\\]+$/.test(url) ? [`[${text}](${url})`] : [];

const MOST_OPEN = 25;
const details = (contract: Contract, state: WaveState): readonly string[] => {
  const open = openObligations(state);
  const attempt = latestAttempt(state);
  const lines = open
    .slice(0, MOST_OPEN)
    .map(
      ({ record, owedBy }) =>
        `- ${safeCode(handle(record))} ${KIND_WORDS[record.kind]} of ${safeInline(asker(record), 40)}${owedBy.length === 0 ? '' : `, owed by ${listed(owedBy)}`}: ${safeInline(record.summary, 160)}`,
    );
  const more = open.length > MOST_OPEN ? [`- and ${open.length - MOST_OPEN} more`] : [];
  const odd = [...state.rejections.map(rejectionWords), ...state.quarantined.map(quarantineWords)];
  const said =
    odd.length === 0
      ? []
      : [
          '',
          `${plural(odd.length, 'entry', 'entries')} without effect:`,
          '',
          ...odd.slice(0, 10).map((one) => `- ${safeInline(one, 240)}`),
        ];
  const times =
    attempt === null
      ? []
      : [...attempt.finished.values()].map(
          (one) => `${one.agent} ${one.reusedFrom === null ? duration(one.durationMs) : 'kept'}`,
        );
  return [
    `<details><summary>open requests and clarifications (${open.length})${odd.length === 0 ? '' : ` · without effect (${odd.length})`} · timings</summary>`,
    '',
    ...(open.length === 0 ? ['Nothing is open.'] : [...lines, ...more]),
    ...said,
    ...(times.length === 0 ? [] : ['', `Timings: ${times.join(' · ')}`]),
    ...(contract.agents.length > 0 ? ['', '</details>'] : ['</details>']),
  ];
};

/** The one comment of an instance, edited in place. Equal facts give equal bytes: do not post when it is unchanged. */
export const stickyComment = ({
  contract,
  state,
  gates,
  instance,
  tree,
  links = {},
  stateTip,
  maxAttempts,
}: StickyInput): string => {
  const attempt = latestAttempt(state);
  const { lead, sentence } = headline(contract, state, gates);
  const isolation = [...new Set([...(attempt?.finished.values() ?? [])].map((one) => one.isolation))];
  const foot = [
    ...(isolation.length === 0
      ? []
      : [isolation.includes('none') ? '**not isolated**' : `isolation ${isolation.join(' ')}`]),
    ...(attempt === null
      ? []
      : [`attempt ${attempt.attempt}${maxAttempts === undefined ? '' : ` of ${maxAttempts}`}`]),
    ...link('run', links.run),
    ...link('report', links.report),
    ...(stateTip === undefined ? [] : [`state ${ownCode(stateTip)}`]),
  ];
  const status =
    gates.length === 0
      ? []
      : [
          '',
          `Gates: ${gates.map((gate) => `${GATE_NAMES[gate.id]} ${gateMark(gate)}`).join(' · ')}${tree === null ? '' : `   on \`${shortOid(tree)}\``}`,
        ];
  const failed = gates.some((gate) => gate.status === 'failed') ? ['', ...reasonTable(state, gates)] : [];
  const head = [
    `### Wave ${contract.wave} · ${safeInline(contract.lane, 64)} ${stickyMarker(instance)}`,
    `**${lead}**: ${safeInline(sentence, 300)}`,
  ];
  const body = [
    ...head,
    '',
    ...agentTable(contract, state),
    ...status,
    ...failed,
    '',
    ...details(contract, state),
    '',
    foot.join(' · '),
  ].join('\n');
  // The parts are bounded; only a wave of hundreds of agents gets here, and then the head is what counts.
  return within(body, COMMENT_LIMIT) ? body : [...head, ...status, '', foot.join(' · ')].join('\n');
};

/** A code span of our own words: nothing is broken in it, so that a command can be copied. */
const ownCode = (text: string): string => (/^[^`\n|]+$/.test(text) ? `\`${text}\`` : safeCode(text));

const within = (text: string, max: number): boolean =>
  text.length <= max && new TextEncoder().encode(text).length <= max;

const MOST_REASONS = 100;
const reasonTable = (state: WaveState, gates: readonly Gate[]): readonly string[] => {
  const rows = gates.flatMap((gate) =>
    gate.reasons.map(
      (reason) =>
        `| ${MARKS.failed} ${GATE_NAMES[gate.id]} | ${safeInline(subjectOf(state, reason), 60)} | ${safeCode(reason.code)} | ${safeInline(reason.detail, 300)} |`,
    ),
  );
  const more = rows.length > MOST_REASONS ? [`| | | | and ${rows.length - MOST_REASONS} more |`] : [];
  return ['| Gate | Who | Code | Why |', '|---|---|---|---|', ...rows.slice(0, MOST_REASONS), ...more];
};

/** The gates as a table, failing reasons in full, held ones with their evidence. */
export const gateTable = (
  contract: Contract,
  state: WaveState,
  gates: readonly Gate[],
): readonly string[] => {
  const rows = gates.flatMap((gate) => {
    if (gate.status !== 'failed')
      return [
        `| ${gateMark(gate)} ${GATE_NAMES[gate.id]} | | | ${gate.status === 'held' ? safeInline(gateEvidence(contract, state, gate), 300) : 'not asked'} |`,
      ];
    return reasonTable(state, [gate]).slice(2);
  });
  return ['| Gate | Who | Code | Why |', '|---|---|---|---|', ...rows];
};

/** Check runs and the gates each stands for. No job may carry one of these names. */
export const CHECKS = {
  'wave/implementation': [
    'implementation',
    'components',
    'verify',
    'helper-assignments',
    'dependencies',
    'clarifications',
    'blockers',
    'infra',
  ],
  'wave/cont-eval': ['cont-eval'],
  'wave/security': ['security'],
  'wave/integration': ['integration'],
  'wave/documentation': ['documentation', 'component-matrix'],
  'wave/cont-qa': GATE_IDS,
} as const satisfies Readonly<Record<string, readonly GateId[]>>;
export type CheckName = keyof typeof CHECKS;
export const CHECK_NAMES = Object.keys(CHECKS) as readonly CheckName[];

export type CheckInput = {
  readonly name: CheckName;
  readonly contract: Contract;
  readonly state: WaveState;
  readonly gates: readonly Gate[];
  readonly tree: Oid | null;
  readonly closed: boolean;
  readonly commit: Oid | null;
  readonly links?: Links;
  readonly stateTip?: string;
};
export type CheckText = {
  /** `held` is success; `not-asked` is no success: the check stays pending, or fails when the wave is over. */
  readonly state: Gate['status'];
  /** At most 60 characters. */
  readonly title: string;
  /** Markdown of at most 65,535 bytes (GitHub's limit for `output.summary`). */
  readonly summary: string;
};

export const TITLE_LIMIT = 60;
const titled = (text: string): string =>
  text.length <= TITLE_LIMIT ? text : `${text.slice(0, TITLE_LIMIT - 1).trimEnd()}…`;

/** What a check run says. Its title is true and short; its summary is the terminal's refusal, then the evidence. */
export const checkOutput = ({
  name,
  contract,
  state,
  gates,
  tree,
  closed,
  commit,
  links = {},
  stateTip,
}: CheckInput): CheckText => {
  const ids: readonly GateId[] = CHECKS[name];
  const mine = gates.filter((gate) => ids.includes(gate.id));
  const failed = mine.filter((gate) => gate.status === 'failed');
  const unasked = mine.filter((gate) => gate.status === 'not-asked');
  const [first] = failed.flatMap((gate) => gate.reasons);
  const on = tree === null ? '' : ` on ${shortOid(tree)}`;
  const status: Gate['status'] =
    failed.length > 0 ? 'failed' : unasked.length > 0 || mine.length === 0 ? 'not-asked' : 'held';
  const named =
    first === undefined
      ? ''
      : `: ${first.agent === null ? '' : `${visible(first.agent)} `}${visible(first.code)}`;
  const none = mine.every((gate) => gate.status === 'held' && gate.note === 'the wave has no such stage');
  const title =
    status === 'failed'
      ? mine.length === 1
        ? `Fails${named}${on}`
        : `${failed.length} of ${mine.length} gates fail${named}`
      : status === 'not-asked'
        ? `Not asked yet${on}`
        : name === 'wave/cont-qa' && closed
          ? `Closed${on}`
          : none
            ? 'The wave has no such stage'
            : `Holds${on}`;
  const attempt = latestAttempt(state);
  const evidence = [
    ...(tree === null ? [] : [`tree \`${tree}\``]),
    ...(commit === null ? [] : [`commit \`${commit}\``]),
    ...(attempt === null
      ? []
      : [`wave digest \`${attempt.waveDigest}\``, `policy digest \`${attempt.policyDigest}\``]),
    `journal at entry ${state.lastSeq}${stateTip === undefined ? '' : `, ${ownCode(stateTip)}`}`,
    ...link('run', links.run),
    ...link('report', links.report),
  ];
  const moves = closed
    ? []
    : firstMoves(movesFor(contract, state, mine, COMMENT)).shown.map(
        (move) =>
          `- ${move.kind === 'command' ? safeInline(move.command, 200) : `edit ${safeCode(move.file)}`}: ${safeInline(move.does, 300)}`,
      );
  const sentence = outcomeSentence({
    contract,
    state,
    gates,
    tree,
    closed,
    commit,
    reportPath: null,
    command: 'wave',
  });
  const tail = ['', '**Evidence**', '', ...evidence.map((one) => `- ${one}`)];
  const next = moves.length === 0 ? [] : ['', '**Next**', '', ...moves];
  const summary = [safeInline(sentence, 300), '', ...gateTable(contract, state, mine), ...next, ...tail].join(
    '\n',
  );
  const short = [
    safeInline(sentence, 300),
    '',
    `${plural(failed.flatMap((gate) => gate.reasons).length, 'reason')}; the report lists them all.`,
    ...tail,
  ].join('\n');
  return {
    state: status,
    title: titled(title),
    summary: within(summary, CHECK_TEXT_LIMIT) ? summary : short,
  };
};
