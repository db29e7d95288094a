/** A wave of fifty `local` agents on a repository made for it, from the command to the merge. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { failing } from '../src/closure/index.ts';
import { systemClock } from '../src/host/index.ts';
import { runLocally } from '../src/run/index.ts';
import { type Benchmark, median } from './measure.ts';

const AGENTS = 50;
const WORKERS = Array.from({ length: AGENTS - 2 }, (_, i) => `B${i + 1}`);

const worker = (id: string): string => `## Agent ${id}: Part ${id}

### Executor

- id: local

### Exit contract

- completion: integrated
- durability: durable
- proof: integration
- doc-impact: owned

### Deliverables

- src/${id.toLowerCase()}/part.ts

### Prompt

\`\`\`text
Make the part.

File ownership (only touch these paths):
- src/${id.toLowerCase()}/
\`\`\``;

const steward = (
  id: string,
  title: string,
  owned: string,
  deliverables = '',
): string => `## Agent ${id}: ${title}

### Executor

- id: local
${deliverables}
### Prompt

\`\`\`text
Do what your role asks.

File ownership (only touch these paths):
- ${owned}
\`\`\``;

const WAVE = `${[
  '# Wave 1 - Fifty parts',
  '**Commit message**: `Make fifty parts`',
  '## Verify\n\n- run: node --version | timeout: 60s',
  ...WORKERS.map(worker),
  steward('A9', 'Documentation', 'docs/parts.md', '\n### Deliverables\n\n- docs/parts.md\n'),
  steward('A0', 'cont-QA', 'docs/reviews/wave-1-cont-qa.md'),
].join('\n\n')}\n`;

const CONFIG = {
  version: 1,
  projectName: 'bench',
  roles: { contQaAgentId: 'A0', documentationAgentId: 'A9' },
  executors: { default: 'local' },
  policy: {
    executors: { implementation: ['local'], documentation: ['local'], 'cont-qa': ['local'] },
    requiredRoles: ['documentation', 'cont-qa'],
    isolation: 'none',
    allowSimulated: true,
  },
};

/** A repository with twenty files beside the wave, since agents work in something. */
export const makeWaveRepository = (root: string): string => {
  const repository = join(root, 'repository');
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), text);
  };
  for (let i = 0; i < 20; i++)
    write(`lib/part-${i % 4}/file-${i}.ts`, `export const value${i} = ${i};\n`.repeat(20));
  write('.gitignore', '.tmp/\n');
  write('wave.config.json', `${JSON.stringify(CONFIG, null, 2)}\n`);
  write('docs/plans/waves/wave-1.md', WAVE);
  const git = (...args: readonly string[]): void => {
    execFileSync(
      'git',
      ['-C', repository, '-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', ...args],
      { stdio: 'pipe' },
    );
  };
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '-m', 'before the wave');
  return repository;
};

/** Seconds from the command to the merge. */
const runOnce = async (): Promise<number> => {
  const root = mkdtempSync(join(tmpdir(), 'wave-bench-'));
  const { TMPDIR } = process.env;
  // What a run keeps outside the repository goes with the rest.
  process.env['TMPDIR'] = root;
  try {
    const repository = makeWaveRepository(root);
    const start = performance.now();
    const outcome = await runLocally({
      repoDir: repository,
      wave: 1,
      commandLine: 'npm run bench',
      waveCommand: [process.execPath, '--version'],
      clock: systemClock,
      signal: new AbortController().signal,
      listen: () => {},
    });
    const seconds = (performance.now() - start) / 1000;
    if (outcome.kind !== 'closed')
      throw new Error(
        `the wave of the benchmark did not close: ${JSON.stringify(outcome.kind === 'invalid' ? outcome.reading.diagnostics : 'gates' in outcome ? failing(outcome.gates).slice(0, 3) : outcome.kind)}`,
      );
    return seconds;
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
    rmSync(root, { recursive: true, force: true });
  }
};

export const localWave: Benchmark = {
  id: 'local-wave',
  run: async () => {
    await runOnce();
    const times = [await runOnce(), await runOnce(), await runOnce()];
    return [
      { name: `local wave of ${AGENTS} agents, end to end`, measured: median(times), budget: 5, unit: 's' },
    ];
  },
};
