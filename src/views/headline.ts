/** The first line of the status command and of the sticky comment: who must act, and why. */
import type { Gate } from '../closure/index.ts';
import type { Contract } from '../contract/index.ts';
import type { WaveState } from '../state/index.ts';
import { blockingEdge, type EdgeKind, recordEdges } from './blocking-edge.ts';
import { listed, shortOid, visible } from './text.ts';
import { latestAttempt, quoted } from './wording.ts';

/** The one sentence of the status command and of the sticky comment: who must act, and why. */
export type Headline = {
  readonly lead: string;
  readonly sentence: string;
  /** The record an answer would settle, when an answer is what is needed. */
  readonly answer: string | null;
};

const needsAnswer = (kind: EdgeKind): boolean =>
  kind === 'human-input' || kind === 'human-escalation' || kind === 'clarification';

export const headline = (contract: Contract, state: WaveState, gates: readonly Gate[] = []): Headline => {
  if (state.published !== null)
    return {
      lead: 'Closed',
      sentence: `published ${shortOid(state.published.commit)} to ${visible(state.published.target)}`,
      answer: null,
    };
  const attempt = latestAttempt(state);
  const edge = blockingEdge(contract, state, gates);
  if (edge === null)
    return attempt?.ended?.outcome === 'closed'
      ? { lead: 'Closed', sentence: 'every gate holds', answer: null }
      : { lead: 'Ready to close', sentence: 'every gate that was asked holds', answer: null };
  if (edge.kind === 'not-started') return { lead: 'Not started', sentence: edge.summary, answer: null };
  if (edge.kind === 'running') return { lead: 'Running', sentence: edge.summary, answer: null };
  if (edge.kind === 'gate') return { lead: 'Waiting for a maintainer', sentence: edge.summary, answer: null };
  const what = quoted(edge.summary, 80);
  const running = attempt !== null && attempt.ended === null;
  const said = needsAnswer(edge.kind)
    ? `${edge.from} asks ${what}`
    : edge.kind === 'blocker'
      ? `${edge.from} reports a blocker ${what}`
      : `${edge.from} requests ${what}`;
  if (edge.owner.kind === 'agents') {
    const names = listed(edge.owner.agents);
    const verb = edge.owner.agents.length === 1 ? 'is' : 'are';
    return running
      ? { lead: `Waiting for ${names}`, sentence: said, answer: null }
      : {
          lead: 'Waiting for a maintainer',
          sentence: `${said}, and ${names} ${verb} not running`,
          answer: needsAnswer(edge.kind) ? edge.handle : null,
        };
  }
  if (!needsAnswer(edge.kind)) {
    const nobody = edge.kind === 'blocker' ? '' : ', and nobody in the wave answers to it';
    return { lead: 'Waiting for a maintainer', sentence: said + nobody, answer: null };
  }
  const asking = recordEdges(contract, state).filter(
    (one) => needsAnswer(one.kind) && one.owner.kind === 'person',
  );
  const known = new Set(contract.agents.map(({ id }) => id));
  const blocked = [
    ...new Set(asking.map(({ from }) => (from !== null && known.has(from) ? from : 'the wave'))),
  ];
  const count = asking.length === 1 ? 'one question blocks' : `${asking.length} questions block`;
  return { lead: 'Waiting for a maintainer', sentence: `${count} ${listed(blocked)}`, answer: edge.handle };
};
