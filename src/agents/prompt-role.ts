/** What a prompt says by role: what the agent is for, how it works, what it owes at the end, and how it talks to the others. */
import type { Agent, Role } from '../contract/index.ts';

export const DUTY: Readonly<Record<Role, string>> = {
  implementation:
    'You write the code you own. The declared commands are run by the orchestrator on the tree that ships; what you say about them is not taken as their result. Say `gap` when something asked for is not there.',
  'cont-eval':
    'You measure the targets the wave declares and report what was observed. `satisfied` needs every target met and no regression.',
  security:
    'You review what was made. Your report has these sections, in this order: Threat Model, Risky Surfaces, Findings, Required Approvals, Requested Fixes, Final Disposition. `clear` needs no finding and no approval.',
  integration:
    'You reconcile what the agents made and said. `ready-for-doc-closure` needs no conflict and no blocker left.',
  documentation: 'You bring the shared documents you own to what was made, and say which.',
  'cont-qa':
    'You judge last, on the evidence. Your report ends with one line `Verdict: PASS`, `Verdict: CONCERNS`, `Verdict: HOLD` or `Verdict: BLOCKED` in column one, and your signal says the same.',
};

/** What each role has to say at the end, as command lines (the same fields as in `[wave-…]` markers). */
const OWED: Readonly<Record<Role, readonly string[]>> = {
  implementation: [
    'wave signal proof --completion contract|integrated|authoritative|live --durability none|ephemeral|durable --proof unit|integration|live --state met|gap --detail "…"',
    'wave signal doc-delta --state none|owned|shared-plan --paths docs/a.md,docs/b.md --detail "…"',
  ],
  'cont-eval': [
    'wave signal eval --state satisfied|needs-more-work|blocked --targets <n> --benchmarks <n> --regressions <n> --target-ids a,b --benchmark-ids c,d --detail "…"',
  ],
  security: [
    'wave signal security --state clear|concerns|blocked --findings <n> --approvals <n> --detail "…"',
  ],
  integration: [
    'wave signal integration --state ready-for-doc-closure|needs-more-work --claims <n> --conflicts <n> --blockers <n> --detail "…"',
  ],
  documentation: [
    'wave signal doc-closure --state closed|no-change|delta --paths docs/a.md,docs/b.md --detail "…"',
  ],
  'cont-qa': [
    'wave signal gate --architecture pass|concerns|blocked|gap --integration … --durability … --live … --docs … --detail "…"',
    'wave signal verdict pass|concerns|hold|blocked --detail "…"',
  ],
};
const COMPONENT = 'wave signal component --component <id> --level <level> --state met|gap --detail "…"';
const GAP = 'wave signal gap --kind architecture|integration|durability|ops|docs --detail "…"';

const INFRA =
  'wave signal infra --kind conformance|role-drift|dependency|identity|admission|action --target <surface> --state conformant|checking|drift|blocked|failed|setup-required|setup-in-progress|action-required|action-approved|action-complete --detail "…"';
const DEPLOY = 'wave signal deploy --service <name> --state healthy|deploying|failed|rolledover --detail "…"';
/** Who works on what runs, by capability. */
const canDo = ({ capabilities }: Agent, prefix: string): boolean =>
  capabilities.some((one) => one.startsWith(prefix));

/** The signals this agent owes, one command line each. */
export const owedBy = (agent: Agent): readonly string[] => [
  ...OWED[agent.role],
  ...(agent.components.length > 0 ? [COMPONENT] : []),
  ...(canDo(agent, 'infra') ? [INFRA] : []),
  ...(canDo(agent, 'deploy') ? [DEPLOY] : []),
  ...(agent.role === 'implementation' ? [GAP] : []),
];

export const WORK = [
  '- Read the instructions of the repository (`AGENTS.md`, `CLAUDE.md`) first, if there are any.',
  '- Before you change what others rely on (an interface, a file format, stored data), say so to whom it concerns.',
  '- Run the checks of what you changed, and mend what they find, before you say that something is met.',
  '- Where you have to assume something, write the assumption into the detail of what you say.',
  '- Leave no process running: whatever you started ends with you.',
].join('\n');

export const TALK = [
  '- Read your inbox now and again before you finish: `wave coord inbox`',
  '- Ask or tell: `wave coord post --kind request|blocker|clarification-request|handoff|evidence|claim --summary "…" --detail "…" --target agent:A2`',
  '- State a fact that others may see differently: `wave coord post --kind claim|evidence --summary "…" --subject session.ttl --value 3600`. Two who say different things of one subject hold the wave open until one of them posts what is true.',
  '- Confirm that you took something on: `wave coord ack <handle>`',
  '- Answer a question put to you: `wave coord answer <handle> "…"`',
  '- Need the answer to go on? `wave coord ask --target agent:A2 --summary "…"` asks once and prints it; `wave coord wait` waits for all you asked. Exit code 3: others wait for you, look at that first. 4: no answer comes while you run, go on without. You may be stopped while you wait and started again when there is an answer.',
  '- Take back what you need no more: `wave coord withdraw <handle>`',
  '- Ask for a clarification before you guess; it goes to whoever can answer, and to a person only when nobody can.',
].join('\n');

/** First of all to one that was parked: what it asked. */
export const GO_ON = [
  'You waited, so your process was ended; your files are as you left them. What you asked stands in your inbox under “You asked”, with the answers. Before anything else, for each that is still open:',
  '',
  '- keep it: `wave coord wait <handle>`',
  '- or take it back: `wave coord withdraw <handle>`',
  '',
  'An open one that you neither wait for nor take back keeps the wave open.',
].join('\n');
