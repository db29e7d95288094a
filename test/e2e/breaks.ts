/** What each named break of the demo is refused with, and which gate alone is there to refuse it. */
export const BREAK_CODES = {
  'missing-deliverable': 'missing-deliverable',
  'stolen-file': 'path-not-owned',
  'forged-verdict': 'verdict-without-authority',
  'lying-proof': 'verify-failed',
  'quoted-marker': 'missing-wave-proof',
  'open-request': 'helper-assignment-open',
  'open-clarification': 'clarification-open',
  'eval-regression': 'cont-eval-regressions',
  'blocked-security': 'security-blocked',
  contradiction: 'contradiction-open',
  'ghost-component': 'missing-wave-component',
  'stale-verdict': 'stale-verdict',
  crash: 'agent-crashed',
  hang: 'agent-timed-out',
} as const;
export type BreakName = keyof typeof BREAK_CODES;
export const BREAK_NAMES = Object.keys(BREAK_CODES) as readonly BreakName[];
