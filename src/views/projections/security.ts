/** `security/wave-<n>.json` and `.md`: what the reviewers said, by reviewer (coordination.md §5.6). */
import type { AgentId } from '../../contract/index.ts';
import { safeInline } from '../markdown-safe.ts';
import { plural } from '../text.ts';
import { endedWell } from '../wording.ts';
import { type Head, head, lastSaid, type Source } from './source.ts';

export type SecurityState = 'blocked' | 'pending' | 'concerns' | 'clear';
export type Reviewer = {
  readonly agentId: AgentId;
  readonly title: string;
  /** Words of a reviewer that did not end well count as none. */
  readonly state: SecurityState;
  readonly findings: number;
  readonly approvals: number;
  readonly detail: string;
  readonly reportPath: string | null;
};
export type SecuritySummary = Head & {
  readonly attempt: number | null;
  readonly overallState: SecurityState | 'not-applicable';
  readonly totalFindings: number;
  readonly totalApprovals: number;
  readonly concernAgentIds: readonly AgentId[];
  readonly blockedAgentIds: readonly AgentId[];
  readonly agents: readonly Reviewer[];
};

/** The worst one counts. */
const ORDER: readonly SecurityState[] = ['blocked', 'pending', 'concerns', 'clear'];

export const securitySummary = (source: Source): SecuritySummary => {
  const { contract, attempt } = source;
  const agents = contract.agents
    .filter(({ role }) => role === 'security')
    .map(({ id, title, reportPath }): Reviewer => {
      const finished = attempt?.finished.get(id);
      const said = lastSaid(source, id, 'security');
      const ok = finished !== undefined && endedWell(finished.exit) && said !== null;
      return {
        agentId: id,
        title,
        state: said?.state === 'blocked' ? 'blocked' : ok ? said.state : 'pending',
        findings: said?.findings ?? 0,
        approvals: said?.approvals ?? 0,
        detail: said?.detail ?? '',
        reportPath,
      };
    });
  const idsOf = (state: SecurityState): readonly AgentId[] =>
    agents.filter((one) => one.state === state).map(({ agentId }) => agentId);
  return {
    ...head('wave-security-summary', source),
    attempt: attempt?.attempt ?? null,
    overallState: ORDER.find((state) => idsOf(state).length > 0) ?? 'not-applicable',
    totalFindings: agents.reduce((sum, { findings }) => sum + findings, 0),
    totalApprovals: agents.reduce((sum, { approvals }) => sum + approvals, 0),
    concernAgentIds: idsOf('concerns'),
    blockedAgentIds: idsOf('blocked'),
    agents,
  };
};

export const securityMarkdown = (summary: SecuritySummary): string =>
  [
    `# Security of wave ${summary.wave} · ${summary.lane}`,
    '',
    `${summary.overallState}: ${plural(summary.totalFindings, 'finding')}, ${plural(summary.totalApprovals, 'approval')} needed.`,
    '',
    ...(summary.agents.length === 0
      ? ['The wave has no security reviewer.']
      : summary.agents.map(
          ({ agentId, state, findings, detail }) =>
            `- ${safeInline(agentId, 40)} ${state}, ${plural(findings, 'finding')}${detail === '' ? '' : `: ${safeInline(detail, 200)}`}`,
        )),
    '',
  ].join('\n');
