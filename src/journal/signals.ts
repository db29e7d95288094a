/**
 * Structured signals: what `wave signal <kind>` emits and what a marker in an executor's final message says
 * (closure.md §1.2). One grammar, two spellings; field order is free, unknown keys are refused.
 */
import {
  COMPLETION_LEVELS,
  type Completion,
  DOC_IMPACTS,
  type DocImpact,
  DURABILITY_LEVELS,
  type Durability,
  PROOF_LEVELS,
  type ProofLevel,
} from '../contract/vocabulary/index.ts';

export type Signal =
  | {
      readonly kind: 'proof';
      readonly completion: Completion;
      readonly durability: Durability;
      readonly proof: ProofLevel;
      readonly state: 'met' | 'gap';
      readonly detail?: string;
    }
  | {
      readonly kind: 'doc-delta';
      readonly state: DocImpact;
      readonly paths: readonly string[];
      readonly detail?: string;
    }
  | {
      readonly kind: 'component';
      readonly component: string;
      readonly level: string;
      readonly state: 'met' | 'gap';
      readonly detail?: string;
    }
  | {
      readonly kind: 'gap';
      readonly gap: 'architecture' | 'integration' | 'durability' | 'ops' | 'docs';
      readonly detail?: string;
    }
  | {
      readonly kind: 'eval';
      readonly state: 'satisfied' | 'needs-more-work' | 'blocked';
      readonly targets: number;
      readonly benchmarks: number;
      readonly regressions: number;
      readonly targetIds: readonly string[];
      readonly benchmarkIds: readonly string[];
      readonly detail?: string;
    }
  | {
      readonly kind: 'security';
      readonly state: 'clear' | 'concerns' | 'blocked';
      readonly findings: number;
      readonly approvals: number;
      readonly detail?: string;
    }
  | {
      readonly kind: 'integration';
      readonly state: 'ready-for-doc-closure' | 'needs-more-work';
      readonly claims: number;
      readonly conflicts: number;
      readonly blockers: number;
      readonly detail?: string;
    }
  | {
      readonly kind: 'doc-closure';
      readonly state: 'closed' | 'no-change' | 'delta';
      readonly paths: readonly string[];
      readonly detail?: string;
    }
  | {
      readonly kind: 'gate';
      readonly architecture: GateValue;
      readonly integration: GateValue;
      readonly durability: GateValue;
      readonly live: GateValue;
      readonly docs: GateValue;
      readonly detail?: string;
    }
  /** The state of one surface: what kind of it, and which one. */
  | {
      readonly kind: 'infra';
      readonly surface: InfraSurface;
      readonly target: string;
      readonly state: InfraState;
      readonly detail?: string;
    }
  | {
      readonly kind: 'deploy';
      readonly service: string;
      readonly state: DeployState;
      readonly detail?: string;
    }
  | { readonly kind: 'verdict'; readonly verdict: Verdict; readonly detail?: string };
export const INFRA_SURFACES = [
  'conformance',
  'role-drift',
  'dependency',
  'identity',
  'admission',
  'action',
] as const;
export type InfraSurface = (typeof INFRA_SURFACES)[number];
export const INFRA_STATES = [
  'checking',
  'setup-required',
  'setup-in-progress',
  'conformant',
  'drift',
  'blocked',
  'failed',
  'action-required',
  'action-approved',
  'action-complete',
] as const;
export type InfraState = (typeof INFRA_STATES)[number];
export const DEPLOY_STATES = ['deploying', 'healthy', 'failed', 'rolledover'] as const;
export type DeployState = (typeof DEPLOY_STATES)[number];
export type SignalKind = Signal['kind'];
export const GATE_VALUES = ['pass', 'concerns', 'blocked', 'gap'] as const;
export type GateValue = (typeof GATE_VALUES)[number];
export const VERDICTS = ['pass', 'concerns', 'hold', 'blocked'] as const;
export type Verdict = (typeof VERDICTS)[number];
export const GATE_DIMENSIONS = ['architecture', 'integration', 'durability', 'live', 'docs'] as const;
export { COMPLETION_LEVELS, DOC_IMPACTS, DURABILITY_LEVELS, PROOF_LEVELS };
