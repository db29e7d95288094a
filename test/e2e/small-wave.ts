/** A wave of agents that need no program: over in about a second, for tests that run it many times. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Prepared } from './local-wave.ts';
import type { Place } from './wave-process.ts';

const agent = (
  id: string,
  title: string,
  owned: readonly string[],
  deliverables: readonly string[],
): string =>
  [
    `## Agent ${id}: ${title}`,
    ...(deliverables.length === 0
      ? []
      : [`### Deliverables\n\n${deliverables.map((one) => `- ${one}`).join('\n')}`]),
    `### Prompt\n\n\`\`\`text\nMake it.\n\nFile ownership (only touch these paths):\n${owned.map((one) => `- ${one}`).join('\n')}\n\`\`\``,
  ].join('\n\n');

export const smallWaveMarkdown = (wave: number): string =>
  `${[
    `# Wave ${wave} - Two files`,
    `**Commit message**: \`Two files of wave ${wave}\``,
    '## Verify\n\n- run: node --version | timeout: 30s',
    agent('A1', 'First', [`lib/first-${wave}/`], [`lib/first-${wave}/first.ts`]),
    agent('A2', 'Second', [`lib/second-${wave}/`], [`lib/second-${wave}/second.ts`]),
    agent('A9', 'Documentation', [`docs/made-${wave}.md`], [`docs/made-${wave}.md`]),
    agent('A0', 'cont-QA', [`docs/reviews/wave-${wave}.md`], []),
  ].join('\n\n')}\n`;

const CONFIG = {
  version: 1,
  executors: { default: 'local' },
  // These agents do the same whenever they are asked; a test that is about retries says so.
  maxRetriesPerWave: 0,
  policy: {
    executors: { implementation: ['local'], documentation: ['local'], 'cont-qa': ['local'] },
    requiredRoles: ['documentation', 'cont-qa'],
    isolation: 'none',
    allowSimulated: true,
  },
};

const execute = promisify(execFile);

export const SMALL_WAVE_FILES: Readonly<Record<string, string>> = {
  '.gitignore': '.tmp/\n',
  'README.md': '# small\n',
  'wave.config.json': `${JSON.stringify(CONFIG, null, 2)}\n`,
  'docs/plans/waves/wave-1.md': smallWaveMarkdown(1),
};

/** A committed repository of these files in `<place>/repository`; wave 1 of lane main. */
export const smallWave = async (
  place: Place,
  files: Readonly<Record<string, string>> = SMALL_WAVE_FILES,
): Promise<Prepared> => {
  const repository = join(place.dir, 'repository');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(repository, path)), { recursive: true });
    await writeFile(join(repository, path), text);
  }
  const git = (...args: readonly string[]): Promise<unknown> =>
    execute('git', ['-C', repository, ...args], { env: place.env });
  await mkdir(repository, { recursive: true });
  await git('init', '--quiet', '--initial-branch=main');
  await git('config', 'user.name', 'Somebody');
  await git('config', 'user.email', 'somebody@example.invalid');
  if (Object.keys(files).length > 0) {
    await git('add', '--all');
    await git('commit', '--quiet', '-m', 'What there is');
  }
  return { place, repository, wave: 1, stateDir: join(repository, '.tmp', 'main-wave-launcher') };
};
