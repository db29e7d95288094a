/** What every steward's gate refuses of the steward's own run, patch and words, one row a gate and code. */
import { STAGES, type StewardRole } from '../../src/contract/index.ts';
import type { ExitReason, SignalKind } from '../../src/journal/index.ts';
import { adding, all, type Change, changing, removing } from './changes.ts';
import { digest, oid } from './contract.ts';
import { orchestrator, said, signalled } from './entries.ts';
import type { History } from './honest.ts';
import { almost, id, policy, type Refusal, refused, unwritten } from './named-changes.ts';

const STEWARD: Readonly<Record<StewardRole, string>> = {
  'cont-eval': 'E0',
  security: 'A7',
  integration: 'A8',
  documentation: 'A9',
  'cont-qa': 'A0',
};
/** The first thing each steward has to say. */
const WORD: Readonly<Record<StewardRole, SignalKind>> = {
  'cont-eval': 'eval',
  security: 'security',
  integration: 'integration',
  documentation: 'doc-closure',
  'cont-qa': 'gate',
};

const ENDS: readonly (readonly [ExitReason, Refusal[2]])[] = [
  [{ kind: 'exited', code: 3 }, 'agent-crashed'],
  [{ kind: 'timed-out', afterMs: 1000 }, 'agent-timed-out'],
  [{ kind: 'output-capped', bytes: 9 }, 'agent-output-capped'],
  [{ kind: 'failed-to-start', message: 'ENOENT' }, 'agent-start-failed'],
  [{ kind: 'lost' }, 'agent-lost'],
  [{ kind: 'over-budget', message: 'could spend $5.00' }, 'budget-exhausted'],
];

/** Everybody but one ran as the stricter policy asks. */
const allBut =
  (agent: string, part: Readonly<Record<string, unknown>>): Change =>
  (history: History) =>
    history.entries
      .filter(({ id: entry, body }) => body.type === 'agent.finished' && entry !== id(`${agent}.finished`))
      .reduce((before, { id: entry }) => changing(entry, part)(before), history);

const forged = (stage: StewardRole, agent: string): Change =>
  all(
    removing(id(`${agent}.1`)),
    adding([
      said('guard', orchestrator(), {
        type: 'line.quarantined',
        file: 'coordination/wave-3.jsonl',
        line: 9,
        sha256: digest('9'),
        code: 'foreign-line',
        claims: `signal ${WORD[stage]} by ${agent}, id local-1.1.${agent}.9`,
      }),
    ]),
  );

const rowsOf = (stage: StewardRole): readonly Refusal[] => {
  const agent = STEWARD[stage];
  const row = (what: string, code: Refusal[2], change: Change): Refusal => [
    `${agent}: ${what}`,
    stage,
    code,
    agent,
    change,
  ];
  const patch = refused(agent, 'symlink');
  return [
    row('no run', 'missing-closure-run', removing(id(`${agent}.finished`))),
    ...ENDS.map(([exit, code]) => row(exit.kind, code, changing(id(`${agent}.finished`), { exit }))),
    row(
      'its own ceiling',
      'agent-budget-reached',
      changing(id(`${agent}.finished`), {
        exit: { kind: 'exited', code: 1 },
        limit: { limit: 'turns', allowed: 12, used: 13 },
      }),
    ),
    row(
      'simulated',
      'simulated-not-allowed',
      all(policy({ allowSimulated: false }), allBut(agent, { executor: 'claude' })),
    ),
    row(
      'not isolated',
      'isolation-below-policy',
      all(
        policy({ isolation: 'user' }),
        allBut(agent, { isolation: 'user' }),
        changing(id(`${agent}.finished`), { executor: 'command' }),
      ),
    ),
    row(
      'a word that cannot be read',
      'malformed-signal',
      all(removing(id(`${agent}.1`)), adding([almost(agent, WORD[stage])])),
    ),
    row(
      'a gap',
      'unresolved-gap',
      adding([signalled(agent, 30, { kind: 'gap', gap: 'ops' })], id(`${agent}.1`)),
    ),
    row('a protected path', 'protected-path', refused(agent, 'protected-path')),
    row('a manifest', 'manifest-not-owned-exactly', refused(agent, 'manifest-not-owned-exactly')),
    row('a link', 'patch-refused', patch),
    row('a patch nobody looked at', 'patch-not-admitted', removing(id(`${agent}.admission`))),
    row('a patch that does not apply', 'patch-conflict', refused(agent, 'patch-conflict')),
    row('words somebody put into its mouth', 'verdict-without-authority', forged(stage, agent)),
    row('another tree judged', 'stale-verdict', changing(id(`${stage}.judged`), { subject: oid('9') })),
    ...(stage === 'documentation'
      ? [row('a path of somebody else', 'path-not-owned', refused(agent, 'path-not-owned'))]
      : [
          row('code', 'not-a-report', refused(agent, 'not-a-report')),
          row('no report', 'missing-closure-report', unwritten(agent)),
        ]),
  ];
};

export const RUN_REFUSALS: readonly Refusal[] = STAGES.flatMap(rowsOf);
