import { error, type Report, warning } from './diagnostic.ts';
import { readPath, shorten } from './items.ts';
import { type Block, firstLine, readBlocks } from './markdown.ts';
import type { Section } from './outline.ts';
import { type SourceText, sourceText } from './text-span.ts';
import type { OwnedPath, SourceFile, SourceSpan } from './types.ts';

/** The fenced block of `### Prompt`: its text, and the lines of the file it stands on. */
export type Prompt = {
  readonly text: string;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly at: SourceSpan;
};

type Fence = Extract<Block, { kind: 'fence' }>;

/**
 * The one fenced block of a prompt section. Text after it is an error: it is what is left when an inner fence
 * closes the outer one, and the agent would never see it.
 */
export function readPrompt(source: SourceText, section: Section, report: Report): Prompt | null {
  const blocks = section.blocks.filter((block) => block.kind !== 'comment');
  const index = blocks.findIndex((block) => block.kind === 'fence');
  const fence = blocks[index] as Fence | undefined;
  if (fence === undefined) {
    const message = 'the prompt has no fenced block';
    report(
      error('prompt-without-fence', section.at, message, { fix: 'put the prompt between two ``` lines' }),
    );
    return null;
  }
  const [before] = blocks.slice(0, index);
  const [after] = blocks.slice(index + 1);
  if (before !== undefined) {
    const message = 'text before the fence is not part of the prompt';
    report(
      warning('prompt-text-outside-fence', firstLine(source, before), message, {
        fix: 'move it into the fence',
      }),
    );
  }
  if (after !== undefined) {
    report(
      error(
        'prompt-text-outside-fence',
        firstLine(source, after),
        'text after the fence is not part of the prompt',
        {
          fix: 'move it into the fence; a prompt that holds ``` fences needs a longer one around it (````)',
        },
      ),
    );
  }
  const at = firstLine(source, fence);
  const text = fence.value.replace(/\r\n?/g, '\n').trim();
  if (text !== '') return { text, firstLine: fence.firstLine, lastLine: fence.lastLine, at };
  report(error('prompt-empty', at, 'the prompt is empty', { fix: 'say what the agent is to do' }));
  return null;
}

/** The fenced block under `## Standing prompt` of a role prompt file (contract.md §1.5); null after a finding. */
export function readStandingPrompt(file: SourceFile, report: Report): string | null {
  const source = sourceText(file);
  const blocks = readBlocks(source, report);
  const start = blocks.findIndex(
    (block) => block.kind === 'heading' && block.depth === 2 && block.text === 'Standing prompt',
  );
  const rest = start < 0 ? [] : blocks.slice(start + 1);
  const end = rest.findIndex((block) => block.kind === 'heading' && block.depth <= 2);
  const fence = (end < 0 ? rest : rest.slice(0, end)).find((block) => block.kind === 'fence');
  if (fence !== undefined && fence.value.trim() !== '') return fence.value.replace(/\r\n?/g, '\n').trim();
  report(
    error(
      'role-prompt-without-standing-prompt',
      source.lineSpan(1),
      'there is no prompt to take from this file',
      {
        expected: 'a "## Standing prompt" heading with a fenced block under it',
      },
    ),
  );
  return null;
}

const OWNERSHIP_START = /^file ownership(?:\s*\([^)]*\))?\s*:?$/i;
const LONGEST_OWNERSHIP_START = 200;
const BULLET = /^(?<lead>\s*[-*]\s+)(?<text>\S.*)$/;

function startsOwnership(line: string): boolean {
  const text = line.trim();
  return text.length <= LONGEST_OWNERSHIP_START && OWNERSHIP_START.test(text);
}

/**
 * What an agent owns: the bullets under a `File ownership` line of its own prompt (contract.md §1.4). The block
 * ends at the first line that is neither blank nor a bullet, so a later list is never taken for paths; fences
 * inside the prompt are examples.
 */
export function readOwnership(source: SourceText, prompt: Prompt, report: Report): readonly OwnedPath[] {
  const owned = new Map<string, OwnedPath>();
  let state: 'outside' | 'start' | 'items' = 'outside';
  let fence: string | null = null;
  let mention: number | null = null;
  let blocks = 0;
  let bullets = 0;
  for (let line = prompt.firstLine; line <= prompt.lastLine; line++) {
    const text = source.lines[line - 1] ?? '';
    const mark = /^ {0,3}(?<mark>`{3,}|~{3,})(?<info>.*)$/.exec(text);
    const { mark: run = '', info = '' } = mark?.groups ?? {};
    if (fence !== null) {
      if (run.startsWith(fence) && info.trim() === '') fence = null;
      continue;
    }
    if (run !== '') {
      fence = run;
      state = 'outside';
      continue;
    }
    if (startsOwnership(text)) {
      state = 'start';
      blocks += 1;
      continue;
    }
    if (state === 'outside' || text.trim() === '') {
      if (/file ownership/i.test(text)) mention ??= line;
      continue;
    }
    const bullet = BULLET.exec(text.trimEnd());
    if (bullet?.groups === undefined) {
      reportStrayLine(source, line, text, state, report);
      state = 'outside';
      continue;
    }
    state = 'items';
    const { lead = '', text: item = '' } = bullet.groups;
    const at = source.lineSpan(line, lead.length, lead.length + item.length);
    const path = readPath(item, at, report);
    bullets += 1;
    if (path !== null && !owned.has(path)) owned.set(path, { path, at });
  }
  // A path that is wrong has been reported as what it is.
  if (owned.size === 0 && bullets === 0) {
    const at = mention === null ? prompt.at : source.lineSpan(mention);
    const message =
      blocks === 0 ? 'the prompt has no "File ownership" block' : 'the "File ownership" block names no path';
    report(
      error('missing-ownership', at, message, {
        expected: 'a line "File ownership (only touch these paths):", then one "- path" bullet a line',
      }),
    );
  }
  return [...owned.values()];
}

/** A line that ends the block but looks as if it belonged to it. */
function reportStrayLine(
  source: SourceText,
  line: number,
  text: string,
  state: 'start' | 'items',
  report: Report,
): void {
  const looksLikeItem = /^\s*(?:\d+[.)]|\+)\s+\S/.test(text);
  const runsOn = state === 'items' && /^\s+\S/.test(text);
  if (!looksLikeItem && !runsOn) return;
  const what = looksLikeItem
    ? 'an item of "File ownership" starts with "-" or "*"'
    : 'an item of "File ownership" is one line';
  report(
    error(
      'ownership-item-malformed',
      source.lineSpan(line),
      `${what}: "${shorten(text.trim())}" is not read`,
      {
        fix: 'write one "- path" bullet a line; do not indent the text that follows the block',
      },
    ),
  );
}
