/** The folders of one run of foreign code. What is whose is the same with and without isolation. */
import { join } from 'node:path';

export type AgentPlace = {
  readonly dir: string;
  /** Its own: the clone, its home, temporary files, what it says and what it leaves. */
  readonly work: string;
  readonly home: string;
  readonly tmp: string;
  readonly outbox: string;
  readonly out: string;
  /** Ours, for it to read. */
  readonly inbox: string;
  readonly bin: string;
  readonly promptFile: string;
  /** Below `out`. */
  readonly finalMessageFile: string;
};

export const placeIn = (dir: string): AgentPlace => ({
  dir,
  work: join(dir, 'work'),
  home: join(dir, 'home'),
  tmp: join(dir, 'tmp'),
  outbox: join(dir, 'outbox'),
  out: join(dir, 'out'),
  inbox: join(dir, 'inbox'),
  bin: join(dir, 'bin'),
  promptFile: join(dir, 'prompt.md'),
  finalMessageFile: join(dir, 'out', 'final-message.txt'),
});

/** The folders that are handed over. */
export const ownFolders = ({ work, home, tmp, outbox, out }: AgentPlace): readonly string[] => [
  work,
  home,
  tmp,
  outbox,
  out,
];
