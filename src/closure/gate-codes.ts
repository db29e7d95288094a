/** Which gate may give which reason, in the order of the gates: published with the codes, and held by the tests. */
import type { ReasonCode } from './reasons.ts';
import type { GateId } from './types.ts';

/** What every gate that stands for agents asks of their runs and patches. */
const RUN = [
  'agent-crashed',
  'agent-timed-out',
  'agent-output-capped',
  'agent-start-failed',
  'agent-lost',
  'agent-budget-reached',
  'budget-exhausted',
  'simulated-not-allowed',
  'isolation-below-policy',
  'malformed-signal',
  'unresolved-gap',
  'protected-path',
  'manifest-not-owned-exactly',
  'patch-refused',
  'patch-not-admitted',
  'patch-conflict',
] as const satisfies readonly ReasonCode[];
/** What every steward is asked for: to have judged, itself, what is there. */
const JUDGE = [
  ...RUN,
  'missing-closure-run',
  'verdict-without-authority',
  'stale-verdict',
] as const satisfies readonly ReasonCode[];
/** Stewards whose report is all they write. */
const REPORTER = [
  ...JUDGE,
  'not-a-report',
  'missing-closure-report',
] as const satisfies readonly ReasonCode[];

export const CODES_OF: Readonly<Record<GateId, readonly ReasonCode[]>> = {
  implementation: [
    'agent-not-run',
    'agent-parked',
    ...RUN,
    'missing-wave-proof',
    'wave-proof-gap',
    'completion-gap',
    'durability-gap',
    'proof-level-gap',
    'missing-doc-delta',
    'doc-impact-gap',
    'missing-deliverable',
    'empty-deliverable',
    'missing-proof-artifact',
    'empty-proof-artifact',
    'path-not-owned',
  ],
  components: [
    'missing-component-promotions',
    'missing-wave-component',
    'component-level-mismatch',
    'component-gap',
    'shared-component-sibling-pending',
    'component-promotion-gap',
  ],
  verify: ['verify-not-run', 'verify-failed', 'verify-timed-out', 'proof-level-unproven'],
  'helper-assignments': ['helper-assignment-unresolved', 'helper-assignment-open'],
  dependencies: ['dependency-assignment-unresolved', 'dependency-open'],
  clarifications: ['clarification-open', 'clarification-follow-up-open', 'human-feedback-open'],
  blockers: ['blocker-open', 'contradiction-open'],
  'cont-eval': [
    ...REPORTER,
    'missing-wave-eval',
    'cont-eval-needs-more-work',
    'cont-eval-blocked',
    'missing-cont-eval-contract',
    'missing-cont-eval-target-ids',
    'cont-eval-target-count-mismatch',
    'cont-eval-target-mismatch',
    'missing-cont-eval-benchmarks',
    'cont-eval-benchmark-count-mismatch',
    'cont-eval-benchmark-mismatch',
    'cont-eval-regressions',
  ],
  security: [...REPORTER, 'missing-wave-security', 'security-blocked', 'invalid-security-clear-state'],
  integration: [
    ...REPORTER,
    'missing-wave-integration',
    'integration-needs-more-work',
    'invalid-integration-ready-state',
  ],
  documentation: [
    ...JUDGE,
    'path-not-owned',
    'not-markdown',
    'missing-doc-closure',
    'doc-closure-open',
    'doc-delta-unreconciled',
  ],
  'component-matrix': [
    'component-matrix-invalid',
    'unknown-component',
    'component-current-level-stale',
    'component-level-unproved',
  ],
  'cont-qa': [
    ...REPORTER,
    'missing-wave-gate',
    'missing-cont-qa-verdict',
    'conflicting-verdicts',
    'report-verdict-mismatch',
    'cont-qa-concerns',
    'cont-qa-hold',
    'cont-qa-blocked',
    'gate-dimension-not-pass',
  ],
  infra: ['infra-checking', 'infra-drift', 'infra-blocked', 'infra-failed', 'deploy-not-healthy'],
};
