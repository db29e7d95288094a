import { error, type Report, warning } from './diagnostic.ts';
import { type Block, firstLine } from './markdown.ts';
import { nearest } from './nearest.ts';
import {
  AGENT_SECTIONS,
  type AgentSectionName,
  isAgentSection,
  isWaveSection,
  WAVE_SECTIONS,
  type WaveSectionName,
} from './sections.ts';
import type { SourceText } from './text-span.ts';
import type { SourceSpan } from './types.ts';

export type Section = { readonly at: SourceSpan; readonly blocks: readonly Block[] };

export type AgentOutline = {
  readonly id: string;
  readonly title: string;
  readonly at: SourceSpan;
  readonly sections: ReadonlyMap<AgentSectionName, Section>;
};

/** A wave file cut along its headings; the sections' contents are not read yet. */
export type Outline = {
  readonly title: { readonly text: string; readonly at: SourceSpan } | null;
  readonly sections: ReadonlyMap<WaveSectionName, Section>;
  readonly agents: readonly AgentOutline[];
};

type OpenSection = { at: SourceSpan; blocks: Block[] };
type OpenAgent = { id: string; title: string; at: SourceSpan; sections: Map<AgentSectionName, OpenSection> };
type Heading = Extract<Block, { kind: 'heading' }>;

/**
 * `## Agent <id>: <title>` opens an agent, any other `# ` or `## ` heading ends it, `### ` opens one of its
 * sections (contract.md §1.1). A heading that almost says something known is an error: whoever wrote it meant
 * it, and leaving it out would drop what it asks for.
 */
export function readOutline(source: SourceText, blocks: readonly Block[], report: Report): Outline {
  const sections = new Map<WaveSectionName, OpenSection>();
  const agents: OpenAgent[] = [];
  let title: Outline['title'] = null;
  let agent: OpenAgent | null = null;
  let section: OpenSection | null = null;

  for (const block of blocks) {
    if (block.kind !== 'heading') {
      if (block.kind === 'paragraph') checkForgottenSpace(source, block, report);
      section?.blocks.push(block);
      continue;
    }
    const at = firstLine(source, block);
    if (block.depth === 1) title ??= { text: block.text, at };
    if (/^agent(?:\s|$)/i.test(block.text)) {
      const header = block.depth === 2 ? /^Agent[ \t](?<id>[^:]*):(?<title>.*)$/.exec(block.text) : null;
      if (header?.groups === undefined) {
        reportAgentHeader(at, block, report);
        agent = null;
        section = null;
        continue;
      }
      const id = (header.groups.id ?? '').trim();
      agent = { id, title: header.groups.title?.trim() || id, at, sections: new Map() };
      agents.push(agent);
      section = null;
    } else if (block.depth <= 2) {
      const name = block.depth === 2 ? waveSectionOf(block, at, agent !== null, report) : null;
      agent = null;
      section = name === null ? null : open(sections, name, at, report);
    } else if (block.depth === 3 && agent !== null) {
      const name = agentSectionOf(block, at, report);
      section = name === null ? null : open(agent.sections, name, at, report);
    } else {
      checkMisplaced(block, at, report);
      section?.blocks.push(block);
    }
  }
  return { title, sections, agents };
}

function open<Name extends string>(
  sections: Map<Name, OpenSection>,
  name: Name,
  at: SourceSpan,
  report: Report,
): OpenSection {
  const section: OpenSection = { at, blocks: [] };
  const first = sections.get(name);
  if (first === undefined) sections.set(name, section);
  else {
    const message = `"${name}" stands here and on line ${first.at.line}`;
    report(error('duplicate-section', at, message, { fix: 'merge the two sections' }));
  }
  return section;
}

function reportAgentHeader(at: SourceSpan, { text, depth }: Heading, report: Report): void {
  const written = `${'#'.repeat(depth)} ${text}`;
  report(
    error('agent-header-malformed', at, `"${written}" is not an agent header`, {
      expected: '## Agent <id>: <title>',
      fix: 'write the header as expected, or start the heading with another word if it is prose',
    }),
  );
}

function waveSectionOf(
  { text }: Heading,
  at: SourceSpan,
  afterAgent: boolean,
  report: Report,
): WaveSectionName | null {
  if (isWaveSection(text)) return text;
  const near = nearest(text, WAVE_SECTIONS);
  if (near !== null && isWaveSection(near)) {
    reportNearMiss(at, text, `## ${near}`, report);
    return near;
  }
  const meant = knownAgentSection(text);
  if (meant !== null) {
    // Before the agents such a heading may well be prose; inside one it ends the agent and drops the section.
    const find = afterAgent ? error : warning;
    const message = `"## ${text}" is not a section of a wave; sections of an agent start with ###`;
    report(
      find('section-wrong-level', at, message, { fix: `write ### ${meant} inside the agent it belongs to` }),
    );
  }
  return null;
}

function agentSectionOf({ text }: Heading, at: SourceSpan, report: Report): AgentSectionName | null {
  if (isAgentSection(text)) return text;
  const near = nearest(text, AGENT_SECTIONS);
  if (near !== null && isAgentSection(near)) {
    reportNearMiss(at, text, `### ${near}`, report);
    return near;
  }
  const meant = isWaveSection(text) ? text : nearest(text, WAVE_SECTIONS);
  if (meant !== null) {
    const message = `"### ${text}" is not a section of an agent; sections of the wave start with ##`;
    report(error('section-wrong-level', at, message, { fix: `write ## ${meant} outside the agents` }));
    return null;
  }
  report(
    warning('unknown-section', at, `"${text}" is not a section of an agent; what it holds is not read`, {
      expected: AGENT_SECTIONS.join(', '),
    }),
  );
  return null;
}

function reportNearMiss(at: SourceSpan, text: string, meant: string, report: Report): void {
  report(
    error('unknown-section', at, `"${text}" is not a known section`, {
      expected: meant,
      fix: `rename the heading to ${meant}`,
    }),
  );
}

/** A `### ` outside every agent, or a deeper heading, that carries the name of a section. */
function checkMisplaced({ text, depth }: Heading, at: SourceSpan, report: Report): void {
  const meant = knownAgentSection(text);
  if (meant === null) return;
  if (depth === 3) {
    const message = `"### ${text}" stands outside every agent`;
    report(
      error('section-outside-agent', at, message, { fix: 'move it under the ## Agent header it belongs to' }),
    );
  } else {
    const message = `"${'#'.repeat(depth)} ${text}" is too deep to be a section`;
    report(error('section-wrong-level', at, message, { fix: `write ### ${meant}` }));
  }
}

function knownAgentSection(text: string): AgentSectionName | null {
  const found = AGENT_SECTIONS.find((name) => name.toLowerCase() === text.toLowerCase());
  return found ?? null;
}

/** `##Agent A1: x` and `###Prompt` are paragraphs in CommonMark; nobody means them so. */
function checkForgottenSpace(source: SourceText, block: Block, report: Report): void {
  const first = source.span(block.start, block.end).line;
  const last = source.span(block.start, block.end).endLine;
  for (let line = first; line <= last; line++) {
    const match = /^ {0,3}(?<marks>#{1,6})(?<text>[^#\s].*)$/.exec((source.lines[line - 1] ?? '').trimEnd());
    const { marks = '', text = '' } = match?.groups ?? {};
    const isStructure = /^agent\s/i.test(text) || isWaveSection(text) || knownAgentSection(text) !== null;
    if (!isStructure) continue;
    report(
      error('heading-without-space', source.lineSpan(line), `"${marks}${text}" is not a heading`, {
        fix: `write ${marks} ${text}`,
      }),
    );
  }
}
