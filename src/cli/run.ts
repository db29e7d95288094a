/** `wave run <n>` (alias `launch`): runs a wave here, or goes on with one that was interrupted; `3..5` one after the other. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXECUTOR_IDS } from '../contract/index.ts';
import { previewWave, wavesBetween, writeDryRun } from '../run/index.ts';
import { previewJson, renderPreview } from '../views/index.ts';
import { executorOverrides, waveRange, wholeNumber } from './run-options.ts';
import { type Asked, type Shown, showRun } from './show-run.ts';
import { type Common, command, print, printJson } from './terminal.ts';

type Options = Common & {
  executor?: readonly string[];
  maxParallel?: string;
  maxRetriesPerWave?: string;
  explain?: boolean;
  dryRun?: boolean;
  timeoutMinutes?: string;
};

/** A week: no agent's timer of ours outlives it. */
const MOST_MINUTES = 7 * 24 * 60;

const collect = (one: string, before: readonly string[] = []): readonly string[] => [...before, one];

/** Waves in order, up to the first that does not close: what comes after builds on it. */
const runInOrder = async (waves: readonly number[], asked: Omit<Asked, 'wave'>, json: boolean) => {
  const shown: (Shown & { readonly wave: number })[] = [];
  for (const wave of waves) {
    if (!json && waves.length > 1) print(`${shown.length === 0 ? '' : '\n'}== wave ${wave}`);
    const one = await showRun({ ...asked, wave }, json);
    shown.push({ ...one, wave });
    if (one.exitCode !== 0) break;
  }
  return shown;
};

/** What would be done, wave by wave; one that comes later is looked at on what is there now. */
const previewInOrder = async (
  waves: readonly number[],
  asked: Omit<Asked, 'wave'>,
  { json, dryRun }: { readonly json: boolean; readonly dryRun: boolean },
): Promise<number> => {
  const answers: object[] = [];
  const scratchDir = await mkdtemp(join(tmpdir(), 'wave-preview-'));
  try {
    for (const wave of waves) {
      const found = await previewWave({ ...asked, wave, scratchDir });
      const folder = dryRun ? await writeDryRun(found) : null;
      answers.push({ ...previewJson(found.preview), dryRun: folder });
      if (json) continue;
      print(`${renderPreview(found.preview)}${folder === null ? '' : `\n  prompts and preview: ${folder}`}`);
    }
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
  if (json) printJson({ ok: true, waves: answers });
  return 0;
};

export const run = async (argv: readonly string[]): Promise<number> => {
  const program = command(
    'run',
    'Runs a wave on this machine. Killed at any point, the same command goes on from what is proven.',
  )
    .argument('<wave>', 'a number, or several in order: 3..5, 3..')
    .option(
      '--executor <id>',
      `who does the work: ${EXECUTOR_IDS.join(', ')}; A2=codex for one agent (repeatable)`,
      collect,
    )
    .option('--max-parallel <n>', 'agents at work at once')
    .option('--max-retries-per-wave <n>', 'attempts beside the first, of those who failed')
    .option('--timeout-minutes <n>', 'a ceiling over every agent’s time')
    .option('--explain', 'say who would run, who is kept and why; start nothing')
    .option('--dry-run', 'the same, and leave every prompt in a folder; start nothing');
  program.parse([...argv], { from: 'user' });
  const options = program.opts<Options>();
  const json = options.json === true;
  const range = waveRange(program.args[0] ?? '');
  const maxParallel = wholeNumber('--max-parallel', options.maxParallel, 1, 999);
  const maxRetries = wholeNumber('--max-retries-per-wave', options.maxRetriesPerWave, 0, 20);
  const timeoutMinutes = wholeNumber('--timeout-minutes', options.timeoutMinutes, 1, MOST_MINUTES);
  const asked: Omit<Asked, 'wave'> = {
    repoDir: options.repoRoot,
    commandLine: ['wave run', ...argv].join(' '),
    ...(options.lane === undefined ? {} : { lane: options.lane }),
    overrides: {
      ...executorOverrides(options.executor ?? []),
      ...(timeoutMinutes === undefined ? {} : { timeoutMinutes }),
    },
    ...(maxParallel === undefined ? {} : { maxParallel }),
    ...(maxRetries === undefined ? {} : { maxRetries }),
  };
  const several = range.from !== range.to;
  const waves = several
    ? await wavesBetween({
        repoDir: options.repoRoot,
        ...range,
        ...(options.lane === undefined ? {} : { lane: options.lane }),
      })
    : [range.from];
  if (options.explain === true || options.dryRun === true)
    return previewInOrder(waves, asked, { json, dryRun: options.dryRun === true });
  const shown = await runInOrder(waves, asked, json);
  const exitCode = shown.at(-1)?.exitCode ?? 1;
  const left = waves.slice(shown.length);
  if (json)
    printJson(
      several
        ? {
            ok: exitCode === 0,
            waves: shown.map(({ wave, answer }) => ({ wave, ...answer })),
            notRun: left,
            exitCode,
          }
        : shown[0]?.answer,
    );
  else if (left.length > 0)
    print(
      `\nnot run: ${left.map((wave) => `wave ${wave}`).join(', ')}. Each starts from what the one before it closed on.`,
    );
  return exitCode;
};
