/** What the next run of a wave would do, found out without doing anything: who runs, on what, who is kept, and why. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assemblePrompt } from '../../agents/index.ts';
import { chooseExecutor, lastRefusal, selectAgents } from '../../closure/index.ts';
import type { RunOverrides } from '../../contract/index.ts';
import { inboxOf, type Preview, previewJson, refusalLines, renderInboxMarkdown } from '../../views/index.ts';
import { executorsHere } from '../executors-here.ts';
import { orFail } from '../failure/index.ts';
import type { Lane } from '../lane.ts';
import { type OpenWave, openWave } from '../open-wave.ts';
import { fewOf } from './publish.ts';

export type PreviewRequest = {
  readonly repoDir: string;
  readonly wave: number;
  readonly lane?: string;
  readonly overrides?: RunOverrides;
  readonly maxParallel?: number;
  readonly maxRetries?: number;
  /** Our own bare repository is made here, outside of the user's. */
  readonly scratchDir: string;
};

/** A wave is read as it is committed, and its run starts from a clean branch. */
const inTheWay = ({ repository: { dirty, branch } }: Lane): readonly string[] => [
  ...(dirty.length === 0 ? [] : [`uncommitted changes in ${fewOf(dirty)}, which are not looked at`]),
  ...(branch === null ? ['HEAD is detached, so there is no branch to close the wave on'] : []),
];

/** Writes nothing into the repository and its state. */
export const previewWave = async (
  request: PreviewRequest,
): Promise<{ readonly open: OpenWave; readonly preview: Preview }> => {
  const open = await openWave(request);
  const { contract, state, lane } = open;
  const tree = orFail(await lane.scratch.treeOf(lane.repository.head ?? ''), 'the current commit');
  const attempt = Math.max(0, ...state.attempts.keys()) + 1;
  const selection = selectAgents(contract, state, {
    tree,
    waveDigest: contract.digests.wave,
    policyDigest: contract.digests.policy,
  });
  const executors = new Map(
    contract.agents.map((agent) => {
      const here = executorsHere(contract, agent);
      const choice = chooseExecutor(state, { run: '', attempt }, agent, here);
      return [agent.id, { choice, here: here.has(choice.id) }] as const;
    }),
  );
  const preview: Preview = {
    contract,
    attempt,
    base: lane.repository.head ?? '',
    published: state.published?.commit ?? null,
    selection,
    executors,
    maxParallel: request.maxParallel ?? contract.config.maxParallel,
    maxRetries: request.maxRetries ?? contract.config.maxRetriesPerWave,
    inTheWay: inTheWay(lane),
  };
  return { open, preview };
};

/** Leaves prompts and preview in `<state>/dry-run/wave-<n>/`, in place of those of an earlier look. @returns the folder */
export const writeDryRun = async ({
  open,
  preview,
}: Awaited<ReturnType<typeof previewWave>>): Promise<string> => {
  const { contract, attempt } = preview;
  const folder = join(open.lane.stateDir, 'dry-run', `wave-${contract.wave}`);
  const kept = new Set(preview.selection.kept.map(({ agent }) => agent));
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'prompts'), { recursive: true });
  await writeFile(join(open.lane.stateDir, '.gitignore'), '*\n');
  for (const agent of contract.agents) {
    if (kept.has(agent.id)) continue;
    const refused = lastRefusal(open.state, attempt, agent.id);
    const { text } = assemblePrompt({
      contract,
      agent,
      inbox: renderInboxMarkdown(inboxOf(contract, open.state, agent.id)),
      attempt,
      refused: refused === null ? null : { attempt: refused.attempt, reasons: refusalLines(refused) },
    });
    await writeFile(join(folder, 'prompts', `${agent.slug}.md`), text);
  }
  await writeFile(join(folder, 'launch-preview.json'), `${JSON.stringify(previewJson(preview), null, 2)}\n`);
  return folder;
};
