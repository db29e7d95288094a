/** The headings with a meaning (contract.md §1.2, §1.3). Anything else under `## ` is free prose. */
export const WAVE_SECTIONS = [
  'Project profile',
  'Sequencing note',
  'Reference rule',
  'Deploy environments',
  'Component promotions',
  'Eval targets',
  'Context7 defaults',
  'Verify',
] as const;
export type WaveSectionName = (typeof WAVE_SECTIONS)[number];

export const AGENT_SECTIONS = [
  'Role prompts',
  'Executor',
  'Context7',
  'Skills',
  'Components',
  'Capabilities',
  'Deliverables',
  'Proof artifacts',
  'Exit contract',
  'Verify',
  'Prompt',
] as const;
export type AgentSectionName = (typeof AGENT_SECTIONS)[number];

export function isWaveSection(name: string): name is WaveSectionName {
  return (WAVE_SECTIONS as readonly string[]).includes(name);
}

export function isAgentSection(name: string): name is AgentSectionName {
  return (AGENT_SECTIONS as readonly string[]).includes(name);
}
