/** Changes that break one rule of closure each, for the honest history of a wave with every steward. */
import type { GateId, ReasonCode } from '../../src/closure/index.ts';
import type { Contract } from '../../src/contract/index.ts';
import type {
  CoordinationBody,
  Dependency,
  Entry,
  ExitReason,
  RecordFields,
  RecordKind,
  SignalKind,
} from '../../src/journal/index.ts';
import { adding, type Change, changing, inWorld, underContract } from './changes.ts';
import { agentOf, artifactOf, contractOf, matrixOf, promotionOf } from './contract.ts';
import { fact, spoken } from './entries.ts';
import { matrixFact } from './honest.ts';

/** A1 and A2 share `api`, A2 has `web` alone; both are promoted by one level. */
export const EVERY_STEWARD = contractOf(
  [
    agentOf('A1', { components: ['api'], proofArtifacts: [artifactOf('docs/proof/a1.md')] }),
    agentOf('A2', { components: ['api', 'web'] }),
    'E0',
    'A7',
    'A8',
    'A9',
    'A0',
  ],
  {
    promotions: [promotionOf('api', 'baseline-proved'), promotionOf('web', 'repo-landed')],
    componentMatrix: matrixOf({ api: 'repo-landed', web: 'contract-frozen', other: 'pilot-live' }),
  },
);
export const id = (rest: string): string => `local-1.1.${rest}`;
export const PROOF_T1 = id('prove.4444-0');

export const refused = (agent: string, code: string): Change =>
  changing(id(`${agent}.admission`), {
    type: 'patch.refused',
    refusals: [{ code, path: 'src/other.ts', detail: 'is not its own' }],
  });
/** A line of a final message that tried to be a signal. */
export const almost = (agent: string, kind: SignalKind): Entry =>
  fact(agent, 'malformed-1', {
    type: 'signal.malformed',
    attempt: 1,
    agent,
    kind,
    line: `[wave-${kind}] state=maybe`,
    problem: 'state: expected one of met, gap',
  });
export const ended = (exit: ExitReason): Change => changing(id('A1.finished'), { exit });
export const posting = (
  agent: string,
  kind: RecordKind,
  fields: RecordFields & { readonly dependency?: Dependency } = {},
): Change => adding([spoken(agent, 90, { type: 'post', kind, summary: 'please', ...fields })]);
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
/** The matrix as documentation leaves it, with other levels than it should. */
export const matrixSays =
  (levels: Readonly<Record<string, string>>): Change =>
  (history) => {
    const targets = Object.fromEntries(history.contract.promotions.map((one) => [one.component, one.target]));
    return inWorld({ matrix: matrixFact(history.contract, { ...targets, ...levels }) })(history);
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
