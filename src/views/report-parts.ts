/** The sections of the report that are about agents: timeline, runs, patches; and how to reproduce the tree. */
import type { Agent, Contract } from '../contract/index.ts';
import type { Instant, Usage } from '../journal/index.ts';
import { type Attempt, byNaturalId, type WaveState } from '../state/index.ts';
import { agentRows, NO_ROW } from './agent-row.ts';
import { anchor, block, costOf, cut, type Html, html, joined, NOTHING, trusted } from './report-html.ts';
import { between, clock, duration, listed, MARKS, type Mark, plural, shortOid } from './text.ts';
import { exitWords, latestAttempt, patchWords, proofWords, signalWords, spoken } from './wording.ts';

export const markOf = (mark: Mark): Html => trusted(`<span class="mk ${mark}">${MARKS[mark]}</span>`);

type Bar = {
  readonly agent: Agent;
  readonly mark: Mark;
  readonly from: number;
  readonly to: number;
  readonly text: string;
};

const barsOf = (contract: Contract, state: WaveState, attempt: Attempt, now: Instant): readonly Bar[] => {
  const rows = agentRows(contract, state);
  return contract.agents.flatMap((agent): readonly Bar[] => {
    const finished = attempt.finished.get(agent.id);
    const started = attempt.started.get(agent.id);
    const { mark } = rows.get(agent.id) ?? NO_ROW;
    if (finished !== undefined) {
      const to = between(attempt.startedAt, finished.at);
      return [
        {
          agent,
          mark,
          from: Math.max(0, to - finished.durationMs),
          to,
          text: finished.reusedFrom === null ? duration(finished.durationMs) : 'kept',
        },
      ];
    }
    if (started === undefined) return [];
    const from = between(attempt.startedAt, started);
    const to = Math.max(from, between(attempt.startedAt, now));
    return [
      { agent, mark, from, to, text: attempt.ended === null ? `${duration(to - from)}…` : 'no result' },
    ];
  });
};

const TICKS = [0, 250, 500, 750, 1000];
/** One bar an agent on a common axis; the drawing is SVG, its labels are text, so it can be read at any width. */
export const timeline = (contract: Contract, state: WaveState, now: Instant): Html => {
  const attempt = latestAttempt(state);
  if (attempt === null) return NOTHING;
  const bars = barsOf(contract, state, attempt, now);
  if (bars.length === 0) return NOTHING;
  const whole = Math.max(1000, ...bars.map(({ to }) => to));
  const x = (ms: number): number => Math.round((ms / whole) * 1000);
  const grid = trusted(
    TICKS.map(
      (tick) =>
        `<line class="grid" x1="${tick}" x2="${tick}" y1="0" y2="22" vector-effect="non-scaling-stroke"/>`,
    ).join(''),
  );
  const rows = bars.map(
    ({
      agent,
      mark,
      from,
      to,
      text,
    }) => html`<div><span class="n"><a href="#${anchor('agent', agent.id)}">${agent.id}</a> <i class="quiet">${agent.title}</i></span><svg viewBox="0 0 1000 22" preserveAspectRatio="none" role="img" aria-label="${agent.id}: ${text}">${grid}<rect class="bar ${mark}" x="${x(from)}" y="5" width="${Math.max(3, x(to) - x(from))}" height="12"><title>${agent.id} ${clock(from)} to ${clock(to)}</title></rect></svg><span class="d">${text}</span></div>
`,
  );
  const at = (ms: number): string => (whole < 10_000 ? `${(ms / 1000).toFixed(1)} s` : clock(ms));
  const labels = joined(TICKS.map((tick) => html`<i>${at((whole * tick) / 1000)}</i>`));
  return html`<div class="tl">${rows}<div class="axis"><span></span><span>${labels}</span><span></span></div></div>`;
};

const usageWords = (usage: Usage): string =>
  usage === 'unknown'
    ? 'unknown'
    : `${usage.inputTokens} tokens in, ${usage.outputTokens} out${usage.costUsd === null ? '' : `, $${usage.costUsd.toFixed(2)}`}`;

const lineClass = (line: string): string =>
  line.startsWith('+++') || line.startsWith('---') || line.startsWith('diff ')
    ? 'file'
    : line.startsWith('@@')
      ? 'hun'
      : line.startsWith('+')
        ? 'add'
        : line.startsWith('-')
          ? 'del'
          : '';

/** A patch with its lines coloured, whole lines up to `max` characters. */
export const patchHtml = (patch: string, max: number): Html => {
  const lines = patch.trimEnd().split('\n');
  const shown: Html[] = [];
  let room = max;
  for (const line of lines) {
    // Markup of a coloured line counts as well.
    room -= costOf(line) + 28;
    if (room < 0) break;
    const name = lineClass(line);
    shown.push(name === '' ? block(line) : html`<span class="${name}">${block(line)}</span>`);
  }
  const rest = lines.length - shown.length;
  return html`<pre class="diff">${joined(shown, '\n')}${
    rest === 0
      ? NOTHING
      : html`
<span class="quiet">… ${plural(rest, 'more line')}</span>`
  }</pre>`;
};

type Fact = readonly [name: string, value: Html];

const runFacts = (state: WaveState, attempt: Attempt, agent: Agent): readonly Fact[] => {
  const finished = attempt.finished.get(agent.id);
  if (finished === undefined) return [['result', html`none in attempt ${attempt.attempt}`]];
  const admission = attempt.admissions.get(agent.id);
  const admitted =
    admission === undefined
      ? 'not admitted yet'
      : admission.kind === 'admitted'
        ? `admitted, tree ${shortOid(admission.tree)}`
        : `refused: ${admission.refusals
            .slice(0, 10)
            .map((one) => `${one.code} ${one.path} ${one.detail}`)
            .join('; ')}`;
  const isolation =
    finished.isolation === 'none'
      ? html`<span class="tag bad">not isolated</span>`
      : html`${finished.isolation}`;
  const signals = spoken(state, attempt, agent.id).slice(-12);
  return [
    [
      'result',
      html`${exitWords(finished.exit)}${finished.reusedFrom === null ? `, in ${duration(finished.durationMs)}` : ', kept from an earlier attempt'}`,
    ],
    ['isolation', isolation],
    ['usage', html`${usageWords(finished.usage)}`],
    ['patch', html`${patchWords(finished.patch)}, ${admitted}`],
    ...(finished.patch === null ? [] : [['sha256', html`<code>${finished.patch.sha256}</code>`] as const]),
    ...(signals.length === 0
      ? []
      : [
          [
            'said',
            joined(
              signals.map((one) => html`${cut(signalWords(one), 240)}`),
              '<br>',
            ),
          ] as const,
        ]),
  ];
};

/** Every agent with its run and its patch; `room` is what all patches may take together, in characters. */
export const agentsSection = (
  contract: Contract,
  state: WaveState,
  patches: ReadonlyMap<string, string>,
  room: number,
): Html => {
  const attempt = latestAttempt(state);
  const rows = agentRows(contract, state);
  const each = Math.floor(room / Math.max(1, patches.size));
  return html`<div class="card">${contract.agents.map((agent) => {
    const row = rows.get(agent.id) ?? NO_ROW;
    const finished = attempt?.finished.get(agent.id);
    const patch = patches.get(agent.id);
    const owned = cut(agent.ownedPaths.map(({ path }) => path).join(' '), 300);
    const facts: readonly Fact[] = [
      ...(attempt === null ? [] : runFacts(state, attempt, agent)),
      ['owns', html`<code>${owned}</code>`],
    ];
    const proof = attempt === null ? null : proofWords(state, attempt, agent.id);
    return html`<details id="${anchor('agent', agent.id)}"><summary>${markOf(row.mark)}<b>${agent.id}</b><span>${agent.title}</span><span class="quiet">${finished?.executor ?? agent.executor.id} · ${agent.role}</span><span class="quiet">${[finished === undefined || row.mark === 'failed' || row.mark === 'paused' ? row.state : patchWords(finished.patch), ...(proof === null ? [] : [proof])].join(' · ')}</span></summary><div class="in"><dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>${patch === undefined || patch.trim() === '' ? NOTHING : patchHtml(patch, each)}</div></details>
`;
  })}</div>`;
};

/** Shell lines that rebuild the tree and ask it again; what they print is compared with what stands here. */
export const reproduce = (contract: Contract, state: WaveState, commit: string | null): Html => {
  const attempt = latestAttempt(state);
  if (attempt === null) return html`<p class="quiet">Nothing has run.</p>`;
  const admitted = [...attempt.admissions]
    .filter(([, one]) => one.kind === 'admitted')
    .map(([agent]) => agent)
    .sort(byNaturalId);
  const tree =
    state.published?.tree ?? attempt.trees.documentation?.tree ?? attempt.trees.implementation?.tree ?? null;
  const lines =
    commit === null
      ? [
          `git checkout --detach ${attempt.base}`,
          ...(admitted.length === 0
            ? []
            : [`# apply the patches of ${listed(admitted)}, in this order, with git apply --index`]),
          ...(tree === null ? [] : [`git write-tree                  # ${tree}`]),
        ]
      : [
          `git checkout --detach ${commit}`,
          ...(tree === null ? [] : [`git rev-parse 'HEAD^{tree}'     # ${tree}`]),
        ];
  return html`<pre>${block([...lines, ...contract.verify.slice(0, 20).map(({ run }) => run)].join('\n'))}</pre><dl><dt>wave file</dt><dd><code>${contract.file}</code> sha256 <code>${attempt.waveDigest}</code></dd><dt>policy</dt><dd>sha256 <code>${attempt.policyDigest}</code></dd></dl>`;
};
