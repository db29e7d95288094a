/**
 * The HTML report: one file that needs no script and nothing from elsewhere, and that says in its first sentence whether
 * the wave is closed and why. Everything foreign in it is escaped; its size is bounded.
 */
import { failing, type Gate, isReasonCode, REASONS } from '../closure/index.ts';
import type { AgentId, Contract } from '../contract/index.ts';
import type { Entry, InstanceId, Instant, Oid, Quarantined } from '../journal/index.ts';
import { openObligations, type Proof, type WaveState } from '../state/index.ts';
import { entryLine } from './entry-line.ts';
import { gateEvidence } from './gate-evidence.ts';
import { GATE_NAMES } from './github.ts';
import { headline } from './headline.ts';
import { firstMoves, movesFor, shell } from './moves.ts';
import { outcomeSentence, subjectOf } from './outcome.ts';
import { attemptsSection, contradictionsSection } from './report-history.ts';
import { anchor, block, cut, type Html, html, joined, lastPart, NOTHING, trusted } from './report-html.ts';
import { agentsSection, markOf, reproduce, timeline } from './report-parts.ts';
import { REPORT_STYLE } from './report-style.ts';
import { conversation } from './report-threads.ts';
import { between, clock, duration, type Mark, plural, shortOid } from './text.ts';
import { endedWell, exitWords, latestAttempt, quarantineWords, rejectionWords } from './wording.ts';

export type ReportInput = {
  readonly contract: Contract;
  readonly state: WaveState;
  readonly gates: readonly Gate[];
  /** The journal in its order; the last of it is shown. */
  readonly entries: readonly Entry[];
  /** Lines that cannot be read any more; left out where every line was. */
  readonly unreadable?: readonly Quarantined[];
  readonly instance: InstanceId;
  readonly generatedAt: Instant;
  readonly closed: boolean;
  /** The tree the gates were evaluated on. */
  readonly tree: Oid | null;
  readonly commit: Oid | null;
  /** Each agent's patch as text. */
  readonly patches: ReadonlyMap<AgentId, string>;
  /** How people start us: `wave`, or `npx wave-orchestration`. */
  readonly command: string;
};

/** Characters that parts of unbounded size may take; together with the rest below 1.5 MB. */
const ROOM = { patches: 320_000, conversation: 380_000, proofs: 120_000 };
const TAIL = 150;
const MOST_REASONS = 200;
/** Reasons of a gate to be read without unfolding. */
const OPEN_REASONS = 6;

const GATE_MARKS: Readonly<Record<Gate['status'], Mark>> = {
  held: 'done',
  failed: 'failed',
  'not-asked': 'waiting',
};

const overall = ({ state, gates, closed }: ReportInput): Mark => {
  if (closed) return 'done';
  if (gates.some((gate) => gate.status === 'failed')) return 'failed';
  return latestAttempt(state)?.ended?.outcome === 'waiting'
    ? 'paused'
    : latestAttempt(state)?.ended === null
      ? 'running'
      : 'waiting';
};

const OID = /^[0-9a-f]{40,64}$/;
const evidenceChips = (state: WaveState, evidence: readonly string[], anchored: ReadonlySet<string>): Html =>
  evidence.length === 0
    ? NOTHING
    : html`<div class="ev">${evidence.slice(0, 8).map((one) => (state.records.has(one) ? html`<a href="#${anchor('record', one)}">${one}</a>` : anchored.has(one) ? html`<a href="#${anchor('entry', one)}">${one}</a>` : OID.test(one) ? html`<span title="${one}">${shortOid(one)}</span>` : html`<span>${cut(one, 90)}</span>`))}</div>`;

const gatesSection = (input: ReportInput, anchored: ReadonlySet<string>): Html => {
  const { contract, state, gates } = input;
  if (gates.length === 0) return html`<p class="quiet">No gate was asked.</p>`;
  const rows = gates.map((gate) => {
    const name = html`<div class="n">${markOf(GATE_MARKS[gate.status])}${GATE_NAMES[gate.id]}</div>`;
    if (gate.status !== 'failed')
      return html`<div class="row ${GATE_MARKS[gate.status]}" id="${anchor('gate', gate.id)}">${name}<div class="quiet">${gate.status === 'held' ? cut(gateEvidence(contract, state, gate) || 'holds', 600) : 'not asked'}</div></div>`;
    const shown = gate.reasons.slice(0, MOST_REASONS);
    const reasons = shown.map((reason, i) => {
      // What clears them is said once for reasons of one code that follow each other.
      const last = i === Math.min(OPEN_REASONS, shown.length) - 1 || shown[i + 1]?.code !== reason.code;
      const clears = last && isReasonCode(reason.code) ? REASONS[reason.code].clears : '';
      return html`<li><span class="c">${reason.code}</span><b>${subjectOf(state, reason)}</b> ${cut(reason.detail, 500)}${clears === '' ? NOTHING : html`<div class="fix">${clears}</div>`}${evidenceChips(state, reason.evidence, anchored)}</li>`;
    });
    const more =
      gate.reasons.length > MOST_REASONS
        ? html`<li class="quiet">and ${gate.reasons.length - MOST_REASONS} more</li>`
        : NOTHING;
    const folded =
      reasons.length > OPEN_REASONS
        ? html`<details class="more"><summary>${plural(gate.reasons.length - OPEN_REASONS, 'more reason')}</summary><ul class="why">${reasons.slice(OPEN_REASONS)}${more}</ul></details>`
        : NOTHING;
    return html`<div class="row failed" id="${anchor('gate', gate.id)}">${name}<div><ul class="why">${reasons.slice(0, OPEN_REASONS)}</ul>${folded}</div></div>`;
  });
  const { shown: moves, left } = firstMoves(
    input.closed ? [] : movesFor(contract, state, gates, shell(input.command, contract)),
  );
  const next =
    moves.length === 0
      ? NOTHING
      : html`<ul class="next"><li><b>Next</b></li>${moves.map((move) => html`<li><code>${move.kind === 'command' ? move.command : `edit ${move.file}`}</code><span>${move.does}</span></li>`)}${left === 0 ? NOTHING : html`<li>and ${plural(left, 'more move')}</li>`}</ul>`;
  return html`<div class="card">${rows}</div>${next}`;
};

type ShownProof = { readonly attempt: number; readonly proof: Proof };
const MOST_PROOFS = 100;
const shownProofs = (state: WaveState): readonly ShownProof[] =>
  [...state.attempts.values()]
    .flatMap((attempt) => attempt.proofs.map((proof) => ({ attempt: attempt.attempt, proof })))
    .slice(-MOST_PROOFS);

const proofsSection = (proofs: readonly ShownProof[]): Html => {
  if (proofs.length === 0) return html`<p class="quiet">No command was run.</p>`;
  const each = Math.floor(ROOM.proofs / proofs.length);
  return html`<div class="card">${proofs.map(({ attempt, proof }) => {
    const good = endedWell(proof.exit);
    const tests =
      proof.testsChanged.length === 0
        ? NOTHING
        : html`<dt>tests changed too</dt><dd>${cut(proof.testsChanged.join(' '), 400)}</dd>`;
    return html`<details id="${anchor('entry', proof.entry)}"><summary>${markOf(good ? 'done' : 'failed')}<b class="m">${proof.run}</b><span class="quiet">${exitWords(proof.exit)} in ${duration(proof.durationMs)} on ${shortOid(proof.subject)} · attempt ${attempt}</span></summary><div class="in"><dl><dt>arguments</dt><dd class="m">${JSON.stringify(proof.argv)}</dd><dt>tree</dt><dd class="m">${proof.subject}</dd><dt>output sha256</dt><dd class="m">${proof.output}</dd>${tests}</dl><pre>${proof.tail.trim() === '' ? html`<span class="quiet">printed nothing</span>` : block(lastPart(proof.tail.trimEnd(), each))}</pre></div></details>
`;
  })}</div>`;
};

const journalSection = (
  { contract, state, entries }: ReportInput,
  tail: readonly Entry[],
  startedAt: Instant,
  proven: ReadonlySet<string>,
): Html => {
  const odd = new Set(state.rejections.map((one) => `${one.seq}`));
  const lines = tail.map((entry) => {
    const bad = (entry.seq !== null && odd.has(`${entry.seq}`)) || entry.body.type === 'line.quarantined';
    return html`<div${proven.has(entry.id) ? NOTHING : html` id="${anchor('entry', entry.id)}"`}><span class="s">${entry.seq ?? '–'}</span><span class="t" title="${entry.at}">${clock(between(startedAt, entry.at))}</span><span${bad ? trusted(' class="x"') : NOTHING}>${cut(entryLine(contract, state, entry), 260)}</span></div>
`;
  });
  const before = entries.length - tail.length;
  return html`<div class="card"><div class="log">${lines}</div></div>${before === 0 ? NOTHING : html`<p class="quiet">${plural(before, 'earlier entry', 'earlier entries')} in the journal.</p>`}`;
};

const oddSection = (state: WaveState, unreadable: readonly Quarantined[]): Html => {
  const words = [
    ...unreadable.map(
      ({ file, line, code, reason }) => ['unreadable', `${file}:${line} ${code}: ${reason}`] as const,
    ),
    ...state.rejections.map((one) => ['rejected', rejectionWords(one)] as const),
    ...state.quarantined.map((one) => ['quarantined', quarantineWords(one)] as const),
  ];
  if (words.length === 0) return NOTHING;
  const rows = words
    .slice(0, 100)
    .map(
      ([how, what]) =>
        html`<div class="row failed"><div class="n">${markOf('failed')}${how}</div><div>${cut(what, 300)}</div></div>`,
    );
  return html`<h2 id="without-effect">Without effect<small>${words.length}</small></h2><p class="sub">Put forward by somebody who may not, or no entry at all. Kept, shown, and counted for nothing.</p><div class="card">${rows}</div>`;
};

/** Tests of isolation and simulation a reader must not have to look for. */
const caveats = (contract: Contract, state: WaveState): string => {
  const finished = latestAttempt(state)?.finished;
  const runs = contract.agents.flatMap(({ id }) => finished?.get(id) ?? []);
  const bare = runs.filter(({ isolation }) => isolation === 'none').map(({ agent }) => agent);
  const simulated = runs
    .filter(({ executor }) => executor === 'local' || executor === 'command')
    .map(({ agent }) => agent);
  const who = (some: readonly AgentId[]): string =>
    some.length === runs.length && some.length > 1 ? 'All agents' : some.join(', ');
  return [
    ...(bare.length === 0 ? [] : [`${who(bare)} ran without isolation.`]),
    ...(simulated.length === 0 ? [] : [`${who(simulated)} ran on a simulated executor.`]),
  ].join(' ');
};

/** The whole document as text. */
export const htmlReport = (input: ReportInput): string => {
  const { contract, state, gates, entries, instance, generatedAt, closed, tree, commit } = input;
  const attempt = latestAttempt(state);
  const startedAt = attempt?.startedAt ?? entries[0]?.at ?? generatedAt;
  const tail = entries.slice(-TAIL);
  const proofs = shownProofs(state);
  const proven = new Set(proofs.map(({ proof }) => proof.entry));
  const anchored = new Set([...tail.map(({ id }) => id), ...proven]);
  const sentence = outcomeSentence({
    contract,
    state,
    gates,
    tree,
    closed,
    commit,
    reportPath: null,
    command: input.command,
  });
  const { lead, sentence: why } = headline(contract, state, gates);
  const mark = overall(input);
  // The title as written says the number again.
  const name = contract.title.replace(/^wave\s+\d+\s*[-–—:]*\s*/i, '');
  const reasons = failing(gates).length;
  const facts: readonly (readonly [string, string])[] = [
    ['instance', instance],
    ...(attempt === null
      ? []
      : ([
          ['attempt', String(attempt.attempt)],
          ['base', shortOid(attempt.base)],
        ] as const)),
    ...(tree === null ? [] : ([['tree', shortOid(tree)]] as const)),
    ...(commit === null ? [] : ([['commit', shortOid(commit)]] as const)),
    ['took', duration(between(startedAt, state.lastAt ?? generatedAt))],
    ['written', generatedAt],
  ];
  const nav: readonly (readonly [string, string])[] = [
    ['gates', 'Gates'],
    ['agents', 'Agents'],
    ['conversation', 'Conversation'],
    ['proofs', 'Proofs'],
    ['journal', 'Journal'],
    ['reproduce', 'Reproduce'],
  ];
  const strip = html`<div class="strip">${gates.map((gate) => html`<a class="${GATE_MARKS[gate.status]}" href="#${anchor('gate', gate.id)}">${markOf(GATE_MARKS[gate.status])} ${GATE_NAMES[gate.id]}</a>`)}</div>`;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><meta name="referrer" content="no-referrer"><title>${sentence}</title><style>${trusted(REPORT_STYLE)}</style></head>
<body><header class="${mark}"><div><div class="over">Wave ${contract.wave} · ${contract.lane} ${name === '' ? '' : `· ${name}`}</div><h1>${markOf(mark)} ${sentence[0]?.toUpperCase() ?? ''}${sentence.slice(1)}</h1>${closed ? NOTHING : html`<p class="sub">${lead}: ${why}</p>`}${caveats(contract, state) === '' ? NOTHING : html`<p class="sub"><span class="tag bad">note</span> ${caveats(contract, state)}</p>`}<ul class="facts">${facts.map(([name, value]) => html`<li>${name} <b class="m">${value}</b></li>`)}</ul>${strip}</div></header>
<nav><div>${nav.map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</div></nav>
<main><h2 id="gates">Gates<small>${reasons === 0 ? 'no reason to refuse' : plural(reasons, 'reason')}</small></h2>${gatesSection(input, anchored)}
<h2 id="agents">Agents<small>${contract.agents.length}</small></h2>${attemptsSection(state)}${timeline(contract, state, generatedAt)}<p></p>${agentsSection(contract, state, input.patches, ROOM.patches)}
<h2 id="conversation">Conversation<small>${plural(state.records.size, 'record')}, ${openObligations(state).length} open</small></h2>${contradictionsSection(state)}${conversation(state, startedAt, ROOM.conversation)}
${oddSection(state, input.unreadable ?? [])}
<h2 id="proofs">Proofs<small>run by the orchestrator, not by agents</small></h2>${proofsSection(proofs)}
<h2 id="journal">Journal<small>${plural(entries.length, 'entry', 'entries')}</small></h2>${journalSection(input, tail, startedAt, proven)}
<h2 id="reproduce">Reproduce</h2>${reproduce(contract, state, commit)}
<footer>Written by wave-orchestration from the journal of ${instance}. Derived, never read back.</footer></main></body></html>
`;
  return joined([page]).html;
};
