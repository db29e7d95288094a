/** What the report tells of how the wave came to where it is: its attempts, and what parties said against each other. */
import type { WaveState } from '../state/index.ts';
import { cut, type Html, html, NOTHING } from './report-html.ts';
import { markOf } from './report-parts.ts';
import { listed, type Mark, plural } from './text.ts';
import { contradictionWords, nameOf, who } from './wording.ts';

const MOST_ROWS = 100;
const OUTCOME_MARKS: Readonly<Record<'closed' | 'refused' | 'waiting', Mark>> = {
  closed: 'done',
  refused: 'failed',
  waiting: 'paused',
};

/** One row an attempt: what it came to, who ran and who was kept. Nothing where there was only one. */
export const attemptsSection = (state: WaveState): Html => {
  if (state.attempts.size < 2) return NOTHING;
  const rows = [...state.attempts.values()].slice(-MOST_ROWS).map(({ attempt, ended, agents, finished }) => {
    const kept = [...finished.values()].flatMap((one) => (one.reusedFrom === null ? [] : [one.agent]));
    const codes = [...new Set(ended?.reasons.map(({ code }) => code) ?? [])];
    const why = ended === null || ended.outcome === 'closed' ? '' : listed(codes) || ended.code;
    const whom = [
      ...(agents.length === 0 ? [] : [`ran ${listed(agents)}`]),
      ...(kept.length === 0 ? [] : [`kept ${listed(kept)}`]),
    ];
    return html`<div class="row"><div class="n">${markOf(ended === null ? 'running' : OUTCOME_MARKS[ended.outcome])}attempt ${attempt}</div><div>${ended === null ? 'has not ended' : ended.outcome}${why === '' ? NOTHING : html`: ${cut(why, 300)}`}<div class="quiet">${cut(whom.join('; '), 300)}</div></div></div>`;
  });
  return html`<p class="sub">Attempts: ${state.attempts.size}</p><div class="card">${rows}</div><p></p>`;
};

/** Every contradiction there was, those that stand first: what was said, and how it ended. */
export const contradictionsSection = (state: WaveState): Html => {
  const all = [...state.contradictions.values()];
  if (all.length === 0) return NOTHING;
  const standing = all.filter(({ end }) => end === null);
  const shown = [...standing, ...all.filter(({ end }) => end !== null)].slice(0, MOST_ROWS);
  const rows = shown.map((one) => {
    const { end, subject } = one;
    const how =
      end === null
        ? 'stands'
        : `${end.how} by ${who(end.by)}${state.records.has(end.entry) ? `, ${nameOf(state, end.entry)}` : ''}`;
    return html`<div class="row"><div class="n">${markOf(end === null ? 'paused' : 'done')}${cut(subject, 80)}</div><div>${cut(contradictionWords(one), 400)}<div class="quiet">${how}</div></div></div>`;
  });
  return html`<p class="sub">${plural(all.length, 'contradiction')}, ${standing.length} open</p><div class="card">${rows}</div><p></p>`;
};
