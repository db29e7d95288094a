/** Why a held gate holds, in one line: what was admitted, what was run, who judged which tree. */
import type { Gate } from '../closure/index.ts';
import { type Contract, STAGES, type StewardRole } from '../contract/index.ts';
import type { WaveState } from '../state/index.ts';
import { duration, listed, plural, shortOid, visible } from './text.ts';
import { implementers, latestAttempt, signalWords, spoken } from './wording.ts';

const isStage = (id: string): id is StewardRole => (STAGES as readonly string[]).includes(id);

/** Empty for a gate that does not hold, or that nothing was recorded for. */
export const gateEvidence = (contract: Contract, state: WaveState, gate: Gate): string => {
  const attempt = latestAttempt(state);
  if (gate.status !== 'held' || attempt === null) return '';
  if (gate.note !== '') return gate.note;
  if (gate.id === 'implementation') {
    const owners = implementers(contract).filter(({ id }) => attempt.admissions.get(id)?.kind === 'admitted');
    return owners.length === 0
      ? 'no patch'
      : `${owners.length === 1 ? 'patch' : 'patches'} of ${listed(owners.map(({ id }) => id))} admitted`;
  }
  if (gate.id === 'components' || gate.id === 'component-matrix')
    return contract.promotions
      .map(({ component, target }) => {
        const owners = implementers(contract).filter(({ components }) => components.includes(component));
        const by = gate.id === 'components' ? ` by ${listed(owners.map(({ id }) => id))}` : '';
        return `${component} at ${visible(target)}${by}`;
      })
      .join(', ');
  if (gate.id === 'infra') return 'nothing is out of order';
  if (gate.id === 'verify') {
    const runs = contract.verify.map(({ run }) => {
      const proof = attempt.proofs.findLast((one) => one.run === run);
      return `${visible(run)}${proof === undefined ? '' : ` passed in ${duration(proof.durationMs)} on ${shortOid(proof.subject)}`}`;
    });
    return (
      runs.slice(0, 4).join(', ') + (runs.length > 4 ? ` and ${plural(runs.length - 4, 'more command')}` : '')
    );
  }
  if (!isStage(gate.id)) return 'nothing is open';
  const judged = attempt.judgements.get(gate.id);
  const said = contract.agents
    .filter((agent) => agent.role === gate.id)
    .map(({ id }) => {
      const last = spoken(state, attempt, id).at(-1);
      return last === undefined ? id : `${id} ${signalWords(last)}`;
    });
  return `${said.join(', ')}${judged === undefined ? '' : `, tree ${shortOid(judged.subject)}`}`;
};
