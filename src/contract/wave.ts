import { error, type Report } from './diagnostic.ts';
import { type ExecutorRequest, readExecutor, resolveExecutor } from './executor.ts';
import { readExitContract } from './exit-contract.ts';
import { type Field, listOf, readFields } from './fields.ts';
import { pathText, readIds, readItems, readPath, shorten } from './items.ts';
import { maturityOf } from './maturity.ts';
import { nearest } from './nearest.ts';
import type { AgentOutline, Outline, Section } from './outline.ts';
import { owns } from './ownership.ts';
import { readOwnership, readPrompt, readStandingPrompt } from './prompt.ts';
import { normaliseRepoPath, resolveParents } from './repo-path.ts';
import {
  checkReportPath,
  importsSecurityPrompt,
  reportPathOf,
  roleOf,
  SECURITY_CAPABILITY,
} from './roles.ts';
import type { SourceText } from './text-span.ts';
import {
  type Agent,
  type Config,
  type Deliverable,
  MATURITY_LEVELS,
  type MaturityLevel,
  type OwnedPath,
  type Policy,
  type ProofArtifact,
  type RunOverrides,
  type SourceFile,
  type SourceSpan,
} from './types.ts';
import { readVerify } from './verify.ts';

export type WaveSettings = {
  readonly wave: number;
  readonly config: Config;
  readonly policy: Policy;
  readonly overrides: RunOverrides;
  /** Role prompt files that were read, by normalised path. */
  readonly files: ReadonlyMap<string, SourceFile>;
};

/** An agent with where it says what the policy looks at. */
export type AgentReading = {
  readonly agent: Agent;
  readonly executorAt: SourceSpan;
  readonly timeoutAt: SourceSpan;
  readonly exitContractAt: SourceSpan;
  readonly componentsAt: SourceSpan;
};

const AGENT_ID = /^[A-Za-z][A-Za-z0-9._-]{0,31}$/;
/**
 * Names our own jobs go by. In Actions a job speaks for the name it says hello with: an agent called like one of them would
 * speak in its place.
 */
const JOB_NAME = /^(?:agent|close|conduct|plan|prove|proveagain|record|step|steward\d)$/i;
export const isJobName = (name: string): boolean => JOB_NAME.test(name);
const LONGEST_SLUG = 48;

export function readAgents(
  source: SourceText,
  outline: Outline,
  settings: WaveSettings,
  report: Report,
): readonly AgentReading[] {
  if (outline.agents.length === 0) {
    const message = 'the wave has no agents';
    report(error('no-agents', source.lineSpan(1), message, { expected: '## Agent <id>: <title>' }));
  }
  checkIds(outline, settings.wave, report);
  return outline.agents.map((agent) => readAgent(source, agent, settings, report));
}

/** `<wave>-<id>` in lower case, anything but letters and digits folded to `-`: names files and artifacts. */
function slugOf(wave: number, id: string): string {
  const folded = `${wave}-${id}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return folded.replace(/^-|-$/g, '').slice(0, LONGEST_SLUG);
}

function checkIds(outline: Outline, wave: number, report: Report): void {
  const seen = new Map<string, AgentOutline>();
  for (const agent of outline.agents) {
    if (!AGENT_ID.test(agent.id)) {
      report(
        error('agent-id-invalid', agent.at, `"${shorten(agent.id)}" is not an agent id`, {
          expected: 'a letter, then up to 31 letters, digits, ".", "_" or "-"',
        }),
      );
    } else if (isJobName(agent.id)) {
      report(
        error('agent-id-invalid', agent.at, `"${agent.id}" is the name of a job`, {
          fix: 'give the agent another id, such as A1',
        }),
      );
    }
    const slug = slugOf(wave, agent.id);
    const first = seen.get(slug);
    if (first === undefined) {
      seen.set(slug, agent);
      continue;
    }
    const same = first.id.toLowerCase() === agent.id.toLowerCase();
    const why = same ? '' : `; their files would both be named ${slug}`;
    report(
      error(
        'duplicate-agent',
        agent.at,
        `"${shorten(agent.id)}" and "${shorten(first.id)}" (line ${first.at.line}) are one agent${why}`,
        { fix: 'give one of them another id; letter case and punctuation do not count' },
      ),
    );
  }
}

function readAgent(
  source: SourceText,
  outline: AgentOutline,
  settings: WaveSettings,
  report: Report,
): AgentReading {
  const { id, title, at, sections } = outline;
  const { config } = settings;
  const ids = (name: 'Components' | 'Capabilities' | 'Skills'): readonly string[] => {
    const section = sections.get(name);
    return section === undefined ? [] : readIds(source, section, report);
  };
  const rolePrompts = readRolePrompts(source, sections.get('Role prompts'), settings, report);
  const rolePromptPaths = rolePrompts.map(({ path }) => path);
  const declared = ids('Capabilities');
  const reviewsSecurity = importsSecurityPrompt(rolePromptPaths, config.roles);
  const capabilities =
    reviewsSecurity && !declared.includes(SECURITY_CAPABILITY)
      ? [...declared, SECURITY_CAPABILITY]
      : declared;
  const role = roleOf({ id, at, capabilities }, config.roles, report);
  const components = ids('Components');
  const componentsAt = sections.get('Components')?.at;
  if (role !== 'implementation' && components.length > 0 && componentsAt !== undefined) {
    const message = `${shorten(id)} judges as ${role} and cannot own components`;
    report(
      error('components-on-steward', componentsAt, message, { fix: 'move them to an implementation agent' }),
    );
  }
  ids('Skills');

  const { prompt, ownedPaths } = readTask(source, outline, report);
  const deliverables = readDeliverables(source, sections.get('Deliverables'), id, ownedPaths, report);
  const executorSection = sections.get('Executor');
  const request: ExecutorRequest | null =
    executorSection === undefined ? null : readExecutor(source, executorSection, report);
  const exitSection = sections.get('Exit contract');
  const verifySection = sections.get('Verify');
  const agent: Agent = {
    id,
    title,
    role,
    slug: slugOf(settings.wave, id),
    prompt: [...rolePrompts.flatMap(({ text }) => text ?? []), prompt].join('\n\n'),
    rolePromptPaths,
    ownedPaths,
    deliverables,
    proofArtifacts: readProofArtifacts(source, sections.get('Proof artifacts'), id, ownedPaths, report),
    capabilities,
    components,
    exitContract: exitSection === undefined ? null : readExitContract(source, exitSection, report),
    verify:
      verifySection === undefined
        ? []
        : readVerify(source, verifySection, { kind: 'agent', agent: id }, report),
    executor: resolveExecutor({ id, role, at }, request, settings, report),
    reportPath: reportPathOf(role, ownedPaths),
    at,
  };
  if (ownedPaths.length > 0) checkReportPath(agent, settings.wave, report);
  return {
    agent,
    executorAt: request?.at ?? at,
    timeoutAt: request?.timeout?.at ?? request?.at ?? at,
    exitContractAt: exitSection?.at ?? at,
    componentsAt: componentsAt ?? at,
  };
}

function readTask(
  source: SourceText,
  { at, id, sections }: AgentOutline,
  report: Report,
): { prompt: string; ownedPaths: readonly OwnedPath[] } {
  const section = sections.get('Prompt');
  if (section === undefined) {
    const message = `${shorten(id)} has no prompt`;
    report(error('missing-prompt', at, message, { expected: '### Prompt with a fenced block under it' }));
    return { prompt: '', ownedPaths: [] };
  }
  const prompt = readPrompt(source, section, report);
  if (prompt === null) return { prompt: '', ownedPaths: [] };
  return { prompt: prompt.text, ownedPaths: readOwnership(source, prompt, report) };
}

function readRolePrompts(
  source: SourceText,
  section: Section | undefined,
  { config, files }: WaveSettings,
  report: Report,
): readonly { readonly path: string; readonly text: string | null }[] {
  const found = new Map<string, string | null>();
  const items = section === undefined ? [] : readItems(source, section, report);
  for (const { text, at } of items) {
    const path = readPath(text, at, report);
    if (path === null || found.has(path)) continue;
    const directory = `${config.roles.rolePromptDir}/`;
    if (!path.startsWith(directory) || !/\.md$/i.test(path)) {
      const message = `${shorten(path)} is not a role prompt`;
      report(error('role-prompt-path', at, message, { expected: `a .md file under ${directory}` }));
      continue;
    }
    const file = files.get(path);
    if (file === undefined) {
      const message = `there is no role prompt ${shorten(path)}`;
      report(error('role-prompt-missing', at, message, { fix: 'add the file, or remove this line' }));
    }
    found.set(path, file === undefined ? null : readStandingPrompt(file, report));
  }
  return [...found].map(([path, text]) => ({ path, text }));
}

function readDeliverables(
  source: SourceText,
  section: Section | undefined,
  id: string,
  ownedPaths: readonly OwnedPath[],
  report: Report,
): readonly Deliverable[] {
  const found = new Map<string, Deliverable>();
  const items = section === undefined ? [] : readItems(source, section, report);
  for (const { text, at } of items) {
    const path = readPromise(text, at, { id, ownedPaths, found }, report);
    if (path !== null) found.set(path, { path, at });
  }
  return [...found.values()];
}

const ARTIFACT_KEYS = ['path', 'kind', 'required-for'] as const;

/** `- <path>`, or `- path: <path> | kind: <kind> | required-for: <level>, <level>` (closure.md §3.3). */
function readProofArtifacts(
  source: SourceText,
  section: Section | undefined,
  id: string,
  ownedPaths: readonly OwnedPath[],
  report: Report,
): readonly ProofArtifact[] {
  const found = new Map<string, ProofArtifact>();
  const items = section === undefined ? [] : readItems(source, section, report);
  for (const item of items) {
    const keyed = item.text.includes('|') || /^path\s*:/i.test(item.text);
    const fields = keyed ? readFields(source, item, ARTIFACT_KEYS, report) : new Map<string, Field>();
    if (fields === null) continue;
    const named = keyed ? fields.get('path') : { value: item.text, at: item.at };
    if (named === undefined) {
      const message = `"${shorten(item.text)}" names no path`;
      report(error('item-malformed', item.at, message, { expected: '- path: <path> | kind: <kind>' }));
      continue;
    }
    const requiredFor = listOf(fields.get('required-for')?.value ?? '').filter(
      (level): level is MaturityLevel => {
        if (maturityOf(level) >= 0) return true;
        const near = nearest(level, MATURITY_LEVELS);
        report(
          error(
            'unknown-maturity-level',
            fields.get('required-for')?.at ?? item.at,
            `"${shorten(level)}" is not a maturity level`,
            { expected: MATURITY_LEVELS.join(', '), ...(near === null ? {} : { fix: `write ${near}` }) },
          ),
        );
        return false;
      },
    );
    const path = readPromise(named.value, named.at, { id, ownedPaths, found }, report);
    if (path !== null)
      found.set(path, { path, kind: fields.get('kind')?.value ?? null, requiredFor, at: item.at });
  }
  return [...found.values()];
}

/** The path of a file an agent promises to leave in the tree: one it may write, and has not promised before. */
function readPromise(
  text: string,
  at: SourceSpan,
  owner: {
    readonly id: string;
    readonly ownedPaths: readonly OwnedPath[];
    readonly found: ReadonlyMap<string, unknown>;
  },
  report: Report,
): string | null {
  const { id, ownedPaths, found } = owner;
  const typed = pathText(text, at, report);
  if (typed === null) return null;
  const normalised = normaliseRepoPath(typed);
  if ('problem' in normalised) {
    const target = typed.includes('\\') || typed.trim().startsWith('/') ? null : resolveParents(typed);
    const escapes = target !== null && target !== '' && typed.includes('..') && !owns(ownedPaths, target);
    if (escapes) reportOutside(at, id, `${shorten(typed)} (that is ${shorten(target)})`, ownedPaths, report);
    else readPath(text, at, report);
    return null;
  }
  const { path } = normalised;
  if (path.endsWith('/')) {
    const message = `${shorten(path)} is a directory`;
    report(error('deliverable-is-directory', at, message, { fix: 'name the files that are to be there' }));
    return null;
  }
  if (found.has(path)) {
    report(error('duplicate-item', at, `${shorten(path)} is listed twice`, { fix: 'remove this line' }));
    return null;
  }
  if (ownedPaths.length > 0 && !owns(ownedPaths, path)) {
    reportOutside(at, id, shorten(path), ownedPaths, report);
    return null;
  }
  return path;
}

function reportOutside(
  at: SourceSpan,
  id: string,
  path: string,
  ownedPaths: readonly OwnedPath[],
  report: Report,
): void {
  const shown = ownedPaths.slice(0, 3).map((owned) => shorten(owned.path));
  const more = ownedPaths.length > shown.length ? ` and ${ownedPaths.length - shown.length} more` : '';
  report(
    error(
      'deliverable-outside-ownership',
      at,
      `${path}: ${shorten(id)} owns ${shown.join(', ')}${more} only`,
      {
        fix: `add it to ${shorten(id)}'s "File ownership", or move the deliverable to the agent that owns it`,
      },
    ),
  );
}
