/**
 * The files a coding CLI obeys are the base branch's, whoever wrote the commit it works on (platform.md S17). A pull
 * request, or an agent before it, may propose others: they are shown beside the clone, and nobody follows them until
 * they are merged.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { orFail } from './failure/index.ts';
import type { Session } from './session.ts';
import { candidateCommit } from './stage.ts';

/** Instructions and settings of the CLIs we know and of those people use beside them, at any depth. */
const OBEYED =
  /(?:^|\/)(?:(?:AGENTS|CLAUDE|GEMINI)(?:\.(?:local|override))?\.md|\.mcp\.json|opencode\.jsonc?|\.(?:claude|codex|opencode|cursor|gemini)\/.*|\.(?:cursorrules|windsurfrules|clinerules))$/i;

export const isInstruction = (path: string): boolean => OBEYED.test(path);

export type Start = {
  readonly commit: string;
  readonly tree: string;
  /** Instruction files of the commit that are not in force here, nor in the tree: changed, new, or gone. */
  readonly proposed: readonly string[];
};

/** What an agent starts from: `from`, with the base branch's instructions in place of its own. */
export const withBaseInstructions = async (
  session: Session,
  from: { readonly commit: string; readonly tree: string },
): Promise<Start> => {
  const { scratch, law } = session;
  if (from.tree === law) return { ...from, proposed: [] };
  const doing = 'the instruction files of the base branch';
  const proposed = orFail(await scratch.diffRaw(law, from.tree), doing)
    .map(({ path }) => path)
    .filter(isInstruction);
  if (proposed.length === 0) return { ...from, proposed };
  const tree = orFail(await scratch.overlay(from.tree, law, proposed), doing);
  return {
    commit: await candidateCommit(session, tree, 'instructions as the base branch has them'),
    tree,
    proposed,
  };
};

const MAX_SHOWN = 50;
const MAX_BYTES = 256 * 1024;

/** Leaves the proposed files, where they are files of a size to read, below `folder`. @returns which */
export const showProposed = async (
  { scratch }: Session,
  tree: string,
  proposed: readonly string[],
  folder: string,
): Promise<readonly string[]> => {
  const shown: string[] = [];
  const listed = orFail(
    await scratch.listTree(tree, proposed.slice(0, MAX_SHOWN)),
    'the proposed instruction files',
  );
  for (const [path, entry] of listed) {
    if (!entry.mode.startsWith('100')) continue;
    const bytes = await scratch.readFileAt(tree, path);
    if (!bytes.ok || bytes.value.length > MAX_BYTES) continue;
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes.value);
    shown.push(path);
  }
  return shown;
};
