/**
 * No model: makes what an agent declared and says what its role owes, so that an honest wave closes on a machine without
 * any key. For demos and tests; a wave that used it is marked simulated.
 */
import { lstat, mkdir, realpath, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, sep } from 'node:path';
import type { Signal } from '../../journal/index.ts';
import { formatSignal } from '../../journal/index.ts';
import { replaceFile } from '../atomic-file.ts';
import type { AgentOutcome, Executor, LaunchSpec, LocalTask } from '../types.ts';

const DETAIL = 'made by the local executor';

/** Something valid for the kind of file the path says it is. */
export function stubFor(path: string): string {
  const name = basename(path);
  const extension = extname(path).toLowerCase();
  const title = basename(path, extname(path)).replaceAll(/[-_]+/g, ' ');
  if (extension === '.md') return `# ${title}\n\nWritten by the local executor.\n`;
  if (extension === '.json') return '{}\n';
  if (/^\.[cm]?[jt]sx?$/.test(extension)) {
    const words = title.replaceAll(/[^A-Za-z0-9]+(.?)/g, (_, next: string) => next.toUpperCase());
    return `export const ${/^[A-Za-z]/.test(words) ? words : `the${words}`}Made = ${JSON.stringify(name)};\n`;
  }
  return `${name}: written by the local executor\n`;
}

function reportFor(task: LocalTask): string {
  const head = `# ${task.role} report\n\n`;
  if (task.role === 'cont-qa') return `${head}Every gate was looked at.\n\nVerdict: PASS\n`;
  if (task.role !== 'security') return `${head}Nothing to report.\n`;
  const sections = [
    'Threat Model',
    'Risky Surfaces',
    'Findings',
    'Required Approvals',
    'Requested Fixes',
    'Final Disposition',
  ];
  return (
    head +
    sections
      .map((title) => `## ${title}\n\n${title === 'Final Disposition' ? 'Clear.' : 'None.'}\n`)
      .join('\n')
  );
}

/** The signals an agent of this role owes (closure.md §1.4), at the levels its exit contract asks for. */
export function signalsOwed(task: LocalTask): readonly Signal[] {
  const detail = DETAIL;
  switch (task.role) {
    case 'cont-eval': {
      const { targetIds = [], benchmarkIds = [] } = task.evaluation ?? {};
      const [targets, benchmarks] = [targetIds.length, benchmarkIds.length];
      return [
        {
          kind: 'eval',
          state: 'satisfied',
          targets,
          benchmarks,
          regressions: 0,
          targetIds,
          benchmarkIds,
          detail,
        },
      ];
    }
    case 'security':
      return [{ kind: 'security', state: 'clear', findings: 0, approvals: 0, detail }];
    case 'integration':
      return [
        { kind: 'integration', state: 'ready-for-doc-closure', claims: 0, conflicts: 0, blockers: 0, detail },
      ];
    case 'documentation':
      return [{ kind: 'doc-closure', state: 'closed', paths: [], detail }];
    case 'cont-qa':
      return [
        {
          kind: 'gate',
          architecture: 'pass',
          integration: 'pass',
          durability: 'pass',
          live: 'pass',
          docs: 'pass',
          detail,
        },
        { kind: 'verdict', verdict: 'pass', detail },
      ];
    default: {
      const {
        completion = 'contract',
        durability = 'none',
        proof = 'unit',
        docImpact,
      } = task.exitContract ?? {};
      const state = docImpact ?? (task.deliverables.length > 0 ? 'owned' : 'none');
      const paths =
        state === 'none'
          ? []
          : task.deliverables.filter((path) => path.endsWith('.md') && !/[\s,]/.test(path));
      const components = (task.components ?? []).map(
        (one) => ({ kind: 'component', ...one, state: 'met', detail }) as const,
      );
      return [
        { kind: 'proof', completion, durability, proof, state: 'met', detail },
        { kind: 'doc-delta', state, paths, detail },
        ...components,
      ];
    }
  }
}

/** The nearest folder above that exists, links resolved. */
async function existingFolder(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return existingFolder(dirname(path));
  }
}

/** Null when the path stays in the clone even through the links the repository holds; else what is wrong. */
async function leaves(root: string, path: string): Promise<string | null> {
  const file = join(root, path);
  if (!file.startsWith(root + sep)) return `${path} leaves the clone`;
  const folder = await existingFolder(dirname(file));
  return folder === root || folder.startsWith(root + sep)
    ? null
    : `${path} leads out of the clone through a link`;
}

/** Makes the files; the lines say which. Rejects with a sentence when one cannot be made. */
async function makeFiles(spec: LaunchSpec, task: LocalTask): Promise<readonly string[]> {
  const root = await realpath(spec.workdir);
  const lines: string[] = [];
  const report = task.reportPath;
  for (const path of new Set([...task.deliverables, ...(report === null ? [] : [report])])) {
    const problem = await leaves(root, path);
    if (problem !== null) throw new Error(problem);
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    if (path === report) await replaceFile(file, reportFor(task));
    else if ((await lstat(file).catch(() => null)) !== null) {
      lines.push(`exists ${path}`);
      continue;
    } else await writeFile(file, stubFor(path), { flag: 'wx' });
    lines.push(`made ${path}`);
  }
  return lines;
}

export const localExecutor: Executor = {
  id: 'local',
  async launch(spec, signal): Promise<AgentOutcome> {
    const began = performance.now();
    const outcome = async (
      exit: AgentOutcome['exit'],
      lines: readonly string[],
      finalMessage: string | null,
    ): Promise<AgentOutcome> => {
      const log = lines.map((line) => `${line}\n`).join('');
      await writeFile(spec.logFile, log, { mode: 0o600 });
      const durationMs = Math.round(performance.now() - began);
      const usage = { inputTokens: 0, outputTokens: 0, costUsd: 0 };
      return {
        exit,
        finalMessage,
        usage,
        session: null,
        durationMs,
        log: { bytes: Buffer.byteLength(log), truncated: false },
      };
    };
    if (signal.aborted) return outcome({ kind: 'cancelled' }, [], null);
    const { local } = spec;
    if (local === null)
      return outcome({ kind: 'failed-to-start', message: 'the launch does not say what to make' }, [], null);
    try {
      const lines = await makeFiles(spec, local);
      const message = ['Done.', '', ...signalsOwed(local).map((one) => `- ${formatSignal(one)}`), ''].join(
        '\n',
      );
      return await outcome({ kind: 'exited', code: 0 }, lines, message);
    } catch (error) {
      return outcome({ kind: 'exited', code: 1 }, [(error as Error).message], null);
    }
  },
};
