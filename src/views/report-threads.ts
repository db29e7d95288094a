/** The conversation as threads: each question with what followed from it and its answer, not a list by time. */
import type { EntryId } from '../journal/index.ts';
import {
  CLARIFICATION_LINK,
  type CoordinationRecord,
  handle,
  isGateRelevant,
  type WaveState,
} from '../state/index.ts';
import { anchor, block, costOf, cut, type Html, html, NOTHING, trusted } from './report-html.ts';
import { clock, plural } from './text.ts';
import { asker, KIND_WORDS, who } from './wording.ts';

const MOST_RECORDS = 2_500;

const parentOf = (state: WaveState, record: CoordinationRecord): EntryId | null => {
  const linked = record.closureCondition.startsWith(CLARIFICATION_LINK)
    ? record.closureCondition.slice(CLARIFICATION_LINK.length)
    : record.dependsOn.find((id) => state.records.has(id));
  return linked !== undefined && linked !== record.id && state.records.has(linked) ? linked : null;
};

/** The shown records by the one they hang from; null for those that begin a thread. */
const threads = (
  state: WaveState,
  shown: readonly CoordinationRecord[],
): ReadonlyMap<EntryId | null, readonly CoordinationRecord[]> => {
  const kept = new Set(shown.map(({ id }) => id));
  const children = new Map<EntryId | null, CoordinationRecord[]>();
  const rank = new Map(shown.map(({ id }, i) => [id, i]));
  for (const record of shown) {
    const parent = parentOf(state, record);
    // Hanging from something later would make a circle.
    const under =
      parent !== null && kept.has(parent) && (rank.get(parent) ?? 0) < (rank.get(record.id) ?? 0)
        ? parent
        : null;
    const siblings = children.get(under);
    if (siblings === undefined) children.set(under, [record]);
    else siblings.push(record);
  }
  return children;
};

const MOST_DEPTH = 6;
/** Threads a folded part holds: few enough to scroll through. */
const FOLD = 100;

/** What a text may take so that all of them together take at most `room`: short ones stay whole, long ones share the rest. */
const fairShare = (texts: readonly string[], room: number): number => {
  const costs = texts.map(costOf).sort((a, b) => a - b);
  let left = room;
  for (const [i, one] of costs.entries()) {
    const share = Math.floor(left / (costs.length - i));
    if (one > share) return Math.max(LEAST, share);
    left -= one;
  }
  return Number.MAX_SAFE_INTEGER;
};
/** A text is not cut below this, nor to save less than it takes to say that it was cut. */
const LEAST = 60;
const shortened = (text: string, share: number): string =>
  costOf(text) <= share + 32 ? text : cut(text, share);

/** Agents by their bare id, however they were addressed. */
const addressed = (state: WaveState, record: CoordinationRecord): string => {
  const owners = (state.assignments.get(record.id) ?? [])
    .map(({ assignee, target }) => assignee ?? `${target}?`)
    .filter((name) => name !== '?');
  const to = owners.length > 0 ? owners : record.targets;
  return [...new Set(to.map((one) => one.replace(/^agent:/, '')))].join(' ');
};

/**
 * All records in threads: what holds the wave open first, then the rest, folded. `room` is what their text may take
 * together, in characters.
 */
export const conversation = (state: WaveState, startedAt: string, room: number): Html => {
  const all = [...state.records.values()];
  if (all.length === 0) return html`<p class="quiet">Nobody asked anything.</p>`;
  // Open records first in line for a place, then the newest.
  const open = all.filter(({ id }) => state.open.has(id)).slice(0, MOST_RECORDS);
  const settled = all.filter(({ id }) => !state.open.has(id));
  const places = MOST_RECORDS - open.length;
  const kept = new Set([...open, ...(places > 0 ? settled.slice(-places) : [])]);
  const shown = all.filter((record) => kept.has(record));
  const share = fairShare(
    shown.flatMap(({ summary, detail, answer }) => [summary, detail, answer?.text ?? '']),
    room,
  );
  const children = threads(state, shown);
  const start = Date.parse(startedAt);
  const blocks = (record: CoordinationRecord): boolean => state.open.has(record.id) && isGateRelevant(record);
  const one = (record: CoordinationRecord, depth: number): Html => {
    const to = addressed(state, record);
    const isOpen = blocks(record);
    const tag = isOpen ? 'open' : record.answer !== null || record.status === 'resolved' ? 'done' : '';
    return html`<div class="th${isOpen ? trusted(' open') : NOTHING}" id="${anchor('record', record.id)}"><div class="hd"><b>${asker(record)}</b>${to === '' ? NOTHING : trusted(' → ')}${cut(to, 80)} ${KIND_WORDS[record.kind]} <span class="m">${handle(record)}</span> ${state.open.has(record.id) && !isOpen ? NOTHING : html`<span class="tag ${tag}">${record.status.replace('_', ' ')}</span>`} ${clock(Date.parse(record.createdAt) - start)}</div><p>${shortened(record.summary, share)}${record.subject === null ? NOTHING : html` <span class="m">${cut(`${record.subject} = ${record.value ?? '?'}`, 160)}</span>`}</p>${record.detail === '' ? NOTHING : html`<p class="quiet">${block(shortened(record.detail, share))}</p>`}${record.answer === null ? NOTHING : html`<p class="an"><span class="hd"><b>${who(record.answer.by)}</b> </span>${block(shortened(record.answer.text, share))}</p>`}${depth >= MOST_DEPTH ? NOTHING : (children.get(record.id) ?? []).map((child) => one(child, depth + 1))}</div>
`;
  };
  const holds = (record: CoordinationRecord, depth = 0): boolean =>
    blocks(record) ||
    (depth < MOST_DEPTH && (children.get(record.id) ?? []).some((child) => holds(child, depth + 1)));
  const roots = children.get(null) ?? [];
  const [first, rest] = [roots.filter((root) => holds(root)), roots.filter((root) => !holds(root))];
  const left = all.length - shown.length;
  return html`${folds('Holding the wave open', first, one, start, false)}${folds(first.length === 0 ? '' : 'Holding nothing open', rest, one, start, true)}${left === 0 ? NOTHING : html`<p class="quiet">${plural(left, 'older settled record')} are in the journal and not here.</p>`}`;
};

/** Threads as they are when they are few, else in folds by time; those for `later` stay folded on paper. */
const folds = (
  what: string,
  roots: readonly CoordinationRecord[],
  one: (record: CoordinationRecord, depth: number) => Html,
  start: number,
  later: boolean,
): Html => {
  if (roots.length === 0) return NOTHING;
  const title = what === '' ? NOTHING : html`<p class="sub">${what}: ${plural(roots.length, 'thread')}</p>`;
  if (roots.length <= FOLD / 2)
    return html`${title}<div class="card">${roots.map((root) => one(root, 0))}</div>`;
  const at = (record: CoordinationRecord | undefined): string =>
    record === undefined ? '' : clock(Date.parse(record.createdAt) - start);
  const parts = Array.from({ length: Math.ceil(roots.length / FOLD) }, (_, i) =>
    roots.slice(i * FOLD, (i + 1) * FOLD),
  );
  return html`${title}<div class="card">${parts.map(
    (part) =>
      html`<details${later ? trusted(' class="later"') : NOTHING}><summary><b>${at(part[0])} to ${at(part.at(-1))}</b><span class="quiet">${plural(part.length, 'thread')}</span></summary>${part.map((root) => one(root, 0))}</details>`,
  )}</div>`;
};
