/** The conversation as threads: each question with what followed from it and its answer, not a list by time. */
import type { EntryId } from '../journal/index.ts';
import {
  CLARIFICATION_LINK,
  type CoordinationRecord,
  handle,
  isGateRelevant,
  type WaveState,
} from '../state/index.ts';
import { anchor, block, cut, type Html, html, NOTHING, trusted } from './report-html.ts';
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

/** All records in threads, open ones marked; `room` is what their text may take together, in characters. */
export const conversation = (state: WaveState, startedAt: string, room: number): Html => {
  const all = [...state.records.values()];
  if (all.length === 0) return html`<p class="quiet">Nobody asked anything.</p>`;
  // Open records first in line for a place, then the newest.
  const open = all.filter(({ id }) => state.open.has(id)).slice(0, MOST_RECORDS);
  const settled = all.filter(({ id }) => !state.open.has(id));
  const places = MOST_RECORDS - open.length;
  const kept = new Set([...open, ...(places > 0 ? settled.slice(-places) : [])]);
  const shown = all.filter((record) => kept.has(record));
  const each = Math.max(120, Math.floor(room / shown.length));
  const children = threads(state, shown);
  const start = Date.parse(startedAt);
  const one = (record: CoordinationRecord, depth: number): Html => {
    const owners = (state.assignments.get(record.id) ?? [])
      .map(({ assignee, target }) => assignee ?? `${target}?`)
      .filter((name) => name !== '?');
    const to = owners.length > 0 ? owners : record.targets;
    const isOpen = state.open.has(record.id) && isGateRelevant(record);
    const tag = isOpen ? 'open' : record.answer !== null || record.status === 'resolved' ? 'done' : '';
    const text = Math.floor(each * (record.answer === null ? 0.6 : 0.35));
    return html`<div class="th${isOpen ? trusted(' open') : NOTHING}" id="${anchor('record', record.id)}"><div class="hd"><b>${asker(record)}</b>${to.length === 0 ? NOTHING : trusted(' → ')}${cut([...new Set(to)].join(' '), 80)} ${KIND_WORDS[record.kind]} <span class="m">${handle(record)}</span> ${state.open.has(record.id) && !isOpen ? NOTHING : html`<span class="tag ${tag}">${record.status.replace('_', ' ')}</span>`} ${clock(Date.parse(record.createdAt) - start)}</div><p>${cut(record.summary, Math.max(80, Math.floor(each * 0.4)))}</p>${record.detail === '' ? NOTHING : html`<p class="quiet">${block(cut(record.detail, text))}</p>`}${record.answer === null ? NOTHING : html`<p class="an"><span class="hd"><b>${who(record.answer.by)}</b> </span>${block(cut(record.answer.text, text))}</p>`}${depth >= MOST_DEPTH ? NOTHING : (children.get(record.id) ?? []).map((child) => one(child, depth + 1))}</div>
`;
  };
  const left = all.length - shown.length;
  return html`<div class="card">${(children.get(null) ?? []).map((record) => one(record, 0))}</div>${left === 0 ? NOTHING : html`<p class="quiet">${plural(left, 'older settled record')} are in the journal and not here.</p>`}`;
};
