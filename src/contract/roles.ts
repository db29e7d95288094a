import { error, type Report } from './diagnostic.ts';
import type { Agent, AgentId, ClosureRoleIds, OwnedPath, Role, SourceSpan, StewardRole } from './types.ts';

/** Import of this role prompt, wherever it lies, makes a security reviewer (closure.md §0.1). */
const SECURITY_ROLE_PROMPT = 'wave-security-role.md';
export const SECURITY_CAPABILITY = 'security-review';

export function importsSecurityPrompt(rolePromptPaths: readonly string[], ids: ClosureRoleIds): boolean {
  return rolePromptPaths.some(
    (path) => path === ids.securityRolePromptPath || path.endsWith(`/${SECURITY_ROLE_PROMPT}`),
  );
}

/** An agent's role, by configured id or by what makes a security reviewer; never by its title. */
export function roleOf(
  agent: { readonly id: AgentId; readonly at: SourceSpan; readonly capabilities: readonly string[] },
  ids: ClosureRoleIds,
  report: Report,
): Role {
  const byId: readonly (readonly [AgentId, StewardRole])[] = [
    [ids.contQaAgentId, 'cont-qa'],
    [ids.contEvalAgentId, 'cont-eval'],
    [ids.integrationAgentId, 'integration'],
    [ids.documentationAgentId, 'documentation'],
  ];
  const roles = byId.filter(([id]) => id === agent.id).map(([, role]) => role);
  if (agent.capabilities.includes(SECURITY_CAPABILITY)) roles.push('security');
  const meant = byId.find(([id]) => id !== agent.id && id.toLowerCase() === agent.id.toLowerCase());
  if (meant !== undefined && roles.length === 0) {
    const message = `${agent.id} is no role; the configured ${meant[1]} agent is ${meant[0]}`;
    report(
      error('role-id-case', agent.at, message, { fix: `write ${meant[0]}, or give this agent another id` }),
    );
  }
  if (roles.length > 1) {
    report(
      error('role-conflict', agent.at, `${agent.id} would be ${roles.join(' and ')}; an agent has one role`, {
        fix: 'give each role an agent of its own',
      }),
    );
  }
  return roles[0] ?? 'implementation';
}

/** What a report of each role is called (closure.md §0.2), `eval` as a word and not inside `retrieval`. */
const REPORT_NAMES: Readonly<Partial<Record<Role, RegExp>>> = {
  'cont-qa': /(?:^|\/)review|cont[-_]?qa/i,
  'cont-eval': /(?:^|\/)review|cont[-_]?eval|(?:^|[^a-z])evals?(?:[^a-z]|$)/i,
  security: /security/i,
  integration: /(?:^|\/)review|integration/i,
};

/** The first owned Markdown or text file named like the role's report; null when there is none. */
export function reportPathOf(role: Role, ownedPaths: readonly OwnedPath[]): string | null {
  const name = REPORT_NAMES[role];
  if (name === undefined) return null;
  return ownedPaths.find(({ path }) => /\.(?:md|txt)$/i.test(path) && name.test(path))?.path ?? null;
}

const REPORT_REQUIRED: ReadonlySet<Role> = new Set(['cont-qa', 'cont-eval', 'security'] as const);

/** A judge whose report nobody may write cannot judge. */
export function checkReportPath(
  agent: Pick<Agent, 'id' | 'role' | 'reportPath' | 'at'>,
  wave: number,
  report: Report,
): void {
  if (agent.reportPath !== null || !REPORT_REQUIRED.has(agent.role)) return;
  report(
    error('missing-report-path', agent.at, `${agent.id} (${agent.role}) owns no report`, {
      expected: `a .md or .txt file whose name contains "${agent.role}"`,
      fix: `add "- docs/reviews/wave-${wave}-${agent.role}.md" to its "File ownership"`,
    }),
  );
}
