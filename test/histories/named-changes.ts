/** Changes that break one rule of closure each, for the honest history of a wave with every steward. */
import type { GateId, ReasonCode } from '../../src/closure/index.ts';
import type { Contract } from '../../src/contract/index.ts';
import type { CoordinationBody, ExitReason, RecordFields, RecordKind } from '../../src/journal/index.ts';
import { adding, type Change, changing, inWorld, underContract } from './changes.ts';
import { agentOf, contractOf } from './contract.ts';
import { spoken } from './entries.ts';

export const EVERY_STEWARD = contractOf([
  agentOf('A1', { components: ['api'] }),
  agentOf('A2'),
  'E0',
  'A7',
  'A8',
  'A9',
  'A0',
]);
export const id = (rest: string): string => `local-1.1.${rest}`;
export const PROOF_T1 = id('prove.4444-0');

export const refused = (agent: string, code: string): Change =>
  changing(id(`${agent}.admission`), {
    type: 'patch.refused',
    refusals: [{ code, path: 'src/other.ts', detail: 'is not its own' }],
  });
export const ended = (exit: ExitReason): Change => changing(id('A1.finished'), { exit });
export const posting = (agent: string, kind: RecordKind, fields: RecordFields = {}): Change =>
  adding([spoken(agent, 90, { type: 'post', kind, summary: 'please', ...fields })]);
export const policy = (part: Partial<Contract['policy']>): Change =>
  underContract((contract) => ({ ...contract, policy: { ...contract.policy, ...part } }));
export const resolves = (record: string): CoordinationBody => ({
  type: 'update',
  record,
  status: 'resolved',
});
export const askedAndDone = adding([
  spoken('A1', 90, { type: 'post', kind: 'request', summary: 'review', targets: ['A2'] }),
  spoken('A2', 91, resolves(id('A1.90'))),
]);
export const reportSays =
  (...verdicts: ('pass' | 'blocked')[]): Change =>
  (history) => {
    const reports = new Map(history.world.reports).set('A0', { path: 'docs/reports/a0.md', verdicts });
    return inWorld({ reports })(history);
  };
export const unwritten =
  (agent: string): Change =>
  (history) =>
    inWorld({ reports: new Map([...history.world.reports].filter(([one]) => one !== agent)) })(history);

/** What was done, the gate and the code that refuse it, and whom they name. */
export type Refusal = readonly [
  what: string,
  gate: GateId,
  code: ReasonCode,
  agent: string | null,
  change: Change,
];
