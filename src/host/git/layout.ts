import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EXACT_BYTES } from './exact-bytes.ts';

export type Layout = {
  readonly bare: boolean;
  readonly objectFormat: 'sha1' | 'sha256';
  /** The branch that HEAD names. */
  readonly branch: string;
  /** Lines of the configuration beyond those a repository has to have. */
  readonly config?: readonly string[];
  /** More files, by path. */
  readonly files?: Readonly<Record<string, string>>;
};

/** The files of a new repository, as `git init` without a template makes them (gitrepository-layout(5)), without a process. */
export const layOut = async (
  gitDir: string,
  { bare, objectFormat, branch, config = [], files = {} }: Layout,
): Promise<void> => {
  const long = objectFormat === 'sha256';
  const all: Readonly<Record<string, string>> = {
    HEAD: `ref: refs/heads/${branch}\n`,
    config: [
      '[core]',
      `\trepositoryformatversion = ${long ? 1 : 0}`,
      '\tfilemode = true',
      `\tbare = ${bare}`,
      ...(bare ? [] : ['\tlogallrefupdates = true']),
      ...(long ? ['[extensions]', '\tobjectformat = sha256'] : []),
      ...config,
      '',
    ].join('\n'),
    'info/attributes': EXACT_BYTES,
    ...files,
  };
  for (const folder of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags'])
    await mkdir(join(gitDir, folder), { recursive: true });
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(gitDir, name)), { recursive: true });
    await writeFile(join(gitDir, name), text);
  }
};
