/** The summary of a workflow job: who worked, what the gates say, how long and at what cost. */
import type { Gate } from '../closure/index.ts';
import type { Contract } from '../contract/index.ts';
import type { WaveState } from '../state/index.ts';
import { agentRows, NO_ROW } from './agent-row.ts';
import { GATE_NAMES, gateMark, gateTable, type Links } from './github.ts';
import { headline } from './headline.ts';
import { safeInline } from './markdown-safe.ts';
import { duration, MARKS, plural, visible } from './text.ts';
import { implementers, latestAttempt, patchWords } from './wording.ts';

export type JobSummaryInput = {
  readonly contract: Contract;
  readonly state: WaveState;
  readonly gates: readonly Gate[];
  readonly links?: Links;
};

/** Below the 1 MiB of GITHUB_STEP_SUMMARY by far; a page nobody can scroll helps nobody. */
export const SUMMARY_LIMIT = 200_000;
const MOST_NODES = 40;

/** Mermaid takes a label in quotes; what could end it or act in it is taken out. */
const label = (text: string): string =>
  visible(text)
    .replaceAll(/["<>#;&`@:/\\[\](){}|]/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 48);

const CLASSES = {
  done: 'fill:#1a7f3722,stroke:#1a7f37',
  failed: 'fill:#cf222e22,stroke:#cf222e',
  running: 'fill:#0969da22,stroke:#0969da',
  waiting: 'fill:#8c959f22,stroke:#8c959f',
  paused: 'fill:#bf870022,stroke:#bf8700',
} as const;

const graph = ({ contract, state, gates }: JobSummaryInput): readonly string[] => {
  const rows = agentRows(contract, state);
  const agents = implementers(contract);
  const nodes = agents
    .slice(0, MOST_NODES)
    .map(
      (agent, i) =>
        `  a${i}["${MARKS[(rows.get(agent.id) ?? NO_ROW).mark]} ${label(`${agent.id} ${agent.title}`)}"]:::${(rows.get(agent.id) ?? NO_ROW).mark}`,
    );
  const more =
    agents.length > MOST_NODES ? [`  rest["and ${agents.length - MOST_NODES} more"]:::waiting`] : [];
  const first = [...agents.slice(0, MOST_NODES).map((_, i) => `a${i}`), ...(more.length > 0 ? ['rest'] : [])];
  const gateNodes = gates.map(
    (gate, i) =>
      `  g${i}(["${gateMark(gate)} ${GATE_NAMES[gate.id]}"]):::${gate.status === 'held' ? 'done' : gate.status === 'failed' ? 'failed' : 'waiting'}`,
  );
  const chain = gates.map((_, i) => `g${i}`);
  const edges = [
    ...(chain[0] === undefined ? [] : first.map((id) => `  ${id} --> g0`)),
    ...(chain.length > 1 ? [`  ${chain.join(' --> ')}`] : []),
  ];
  return [
    '```mermaid',
    'flowchart LR',
    ...nodes,
    ...more,
    ...gateNodes,
    ...edges,
    ...Object.entries(CLASSES).map(([name, style]) => `  classDef ${name} ${style}`),
    '```',
  ];
};

const timings = ({ contract, state }: JobSummaryInput): readonly string[] => {
  const attempt = latestAttempt(state);
  if (attempt === null || attempt.finished.size === 0) return [];
  const marks = agentRows(contract, state);
  const rows = contract.agents.flatMap((agent) => {
    const finished = attempt.finished.get(agent.id);
    if (finished === undefined) return [];
    const { usage } = finished;
    const cost = usage === 'unknown' ? '–' : usage.costUsd === null ? '–' : `$${usage.costUsd.toFixed(2)}`;
    const tokens = usage === 'unknown' ? '–' : `${usage.inputTokens} in, ${usage.outputTokens} out`;
    return [
      `| ${MARKS[(marks.get(agent.id) ?? NO_ROW).mark]} ${agent.id} ${safeInline(agent.title, 60)} | ${finished.executor} | ${finished.reusedFrom === null ? duration(finished.durationMs) : 'kept'} | ${patchWords(finished.patch)} | ${tokens} | ${cost} |`,
    ];
  });
  const usages = [...attempt.finished.values()].flatMap(({ usage }) =>
    usage === 'unknown' || usage.costUsd === null ? [] : [usage.costUsd],
  );
  const total =
    usages.length === 0
      ? []
      : [
          '',
          `Known cost: $${usages.reduce((sum, cost) => sum + cost, 0).toFixed(2)} in ${plural(usages.length, 'run')}.`,
        ];
  return [
    '',
    '#### Agents',
    '',
    '| Agent | Executor | Time | Patch | Tokens | Cost |',
    '|---|---|---|---|---|---|',
    ...rows,
    ...total,
  ];
};

/** Markdown of at most 200 KB. */
export const jobSummary = (input: JobSummaryInput): string => {
  const { contract, state, gates, links = {} } = input;
  const { lead, sentence } = headline(contract, state, gates);
  const head = [
    `### Wave ${contract.wave} · ${safeInline(contract.lane, 64)}`,
    '',
    `**${lead}**: ${safeInline(sentence, 300)}`,
    '',
  ];
  const urls = Object.entries(links).filter(([, url]) => /^https?:\/\/[^\s<>()"'`\\]+$/.test(url));
  const foot = urls.length === 0 ? [] : ['', urls.map(([name, url]) => `[${name}](${url})`).join(' · ')];
  const table = gates.length === 0 ? [] : ['', '#### Gates', '', ...gateTable(contract, state, gates)];
  const whole = [...head, ...graph(input), ...table, ...timings(input), ...foot, ''].join('\n');
  return new TextEncoder().encode(whole).length <= SUMMARY_LIMIT
    ? whole
    : [...head, ...graph(input), ...foot, ''].join('\n');
};
