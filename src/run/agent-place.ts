/**
 * Where an agent runs and with whose power: as the base policy asks (design §6). Isolation `user` is proven on this very
 * machine before anything foreign starts; what cannot be had or proven is refused, never quietly left out.
 */
import { cp, mkdir, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import {
  type Account,
  type AgentPlace,
  everybodyChanges,
  everybodyReads,
  openUserAccount,
  ownAccount,
  placeIn,
  shutPath,
  type UserAccount,
  userIsolationProblem,
} from '../agents/index.ts';
import type { Agent, Contract, Isolation } from '../contract/index.ts';
import { removeTree } from '../host/index.ts';
import { WaveFailure } from './failure/index.ts';
import type { Session } from './session.ts';

/** `local` starts no process: what it runs is ours, and there is nothing to isolate. */
export const isolationOf = (contract: Contract, agent: Agent): Isolation =>
  agent.executor.id === 'local' ? 'none' : contract.policy.isolation;

const LOWER = 'or set "policy": { "isolation": "none" } in wave.config.json on the base branch';

export const unavailable = (why: string): WaveFailure =>
  new WaveFailure(
    'isolation-unavailable',
    `the base policy asks for isolation “user”, and users cannot be made here: ${why}`,
    `Run as root, or as somebody whose “sudo -n true” works, on Linux with useradd and setpriv; ${LOWER} to run agents as yourself.`,
  );

/** What this machine cannot give is said before anything is spent. */
export const prepareIsolation = async (contract: Contract): Promise<void> => {
  const foreign =
    contract.verify.length > 0 || contract.agents.some((agent) => isolationOf(contract, agent) === 'user');
  if (contract.policy.isolation !== 'user' || !foreign) return;
  const problem = await userIsolationProblem();
  if (problem !== null) throw unavailable(problem);
  findProgramsInShutFolders();
};

/** From here on we too look for programs only where no agent could plant one: a `git`, for us to run. */
const findProgramsInShutFolders = (): void => {
  process.env['PATH'] = shutPath(process.env['PATH'] ?? '');
};

export type OpenPlace = {
  readonly place: AgentPlace;
  readonly account: Account;
  /** How the agent's `wave` command is started from there. */
  readonly waveCommand: readonly string[];
  /** Hands the folders over and proves the account shut in. Nothing foreign runs before, nothing of ours is put in after. */
  readonly handOver: (needs: Needs) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** What the account has to reach beside its own folders. */
export type Needs = {
  /** By path, or by name on its PATH. */
  readonly programs: readonly string[];
  readonly files: readonly string[];
};

export type PlaceRequest = {
  /** For messages: an agent's id, or what else runs there. */
  readonly who: string;
  readonly isolation: Isolation;
  /** Without isolation: the folder it is made in. */
  readonly dir: string;
  /** Empty where there is no `wave`. */
  readonly waveCommand: readonly string[];
};

export const openPlace = async (
  session: Pick<Session, 'workDir' | 'guarded'>,
  request: PlaceRequest,
): Promise<OpenPlace> => {
  if (request.isolation === 'user') return openUserPlace(session, request);
  const place = placeIn(request.dir);
  await removeTree(place.dir);
  for (const folder of [place.work, place.home, place.tmp, place.outbox, place.out, place.inbox, place.bin])
    await mkdir(folder, { recursive: true });
  return {
    place,
    account: ownAccount(place.dir),
    waveCommand: request.waveCommand,
    handOver: async () => {},
    close: () => removeTree(place.dir),
  };
};

/**
 * Our own program, where the account can run it and nobody can change it. A runner keeps Node and the action in a home
 * that others cannot enter: then both are copied, which takes a bundle; sources need a folder everybody may read.
 */
const programIn = async (bin: string, command: readonly string[]): Promise<readonly string[]> => {
  if (command.every((path) => everybodyReads(path) && !everybodyChanges(path))) return command;
  const [node = '', entry = '', ...rest] = command;
  if (!entry.endsWith('.js')) return command;
  const program = join(bin, '..', 'program');
  const to = join(program, 'dist', basename(dirname(entry)));
  await mkdir(dirname(to), { recursive: true });
  await cp(node, join(program, 'node'));
  await cp(dirname(entry), to, { recursive: true });
  await cp(join(dirname(entry), '..', '..', 'package.json'), join(program, 'package.json'));
  return [join(program, 'node'), join(to, basename(entry)), ...rest];
};

/** Folders of other agents that run at the same time; they stand beside ours. */
const siblings = async (dir: string): Promise<readonly string[]> =>
  (await readdir(dirname(dir)))
    .filter((name) => name.startsWith('wave-agent-'))
    .map((name) => join(dirname(dir), name))
    .filter((path) => path !== dir);

const openUserPlace = async (
  { workDir, guarded }: Pick<Session, 'workDir' | 'guarded'>,
  { who, waveCommand }: PlaceRequest,
): Promise<OpenPlace> => {
  findProgramsInShutFolders();
  const opened = await openUserAccount();
  if (!opened.ok) throw unavailable(opened.why);
  const { account } = opened;
  const { place } = account;
  try {
    const command = await programIn(place.bin, waveCommand);
    return {
      place,
      account,
      waveCommand: command,
      handOver: async ({ programs, files }) => {
        await account.handOver();
        const path = process.env['PATH'] ?? '';
        const proof = await account.prove(
          {
            processes: [process.pid, process.ppid],
            hidden: [workDir, ...guarded.hidden, ...(await siblings(place.dir))],
            unwritable: [
              ...guarded.unwritable,
              homedir(),
              '/etc',
              place.bin,
              place.inbox,
              ...command.map(dirname),
              ...path.split(delimiter).filter((folder) => folder !== ''),
            ],
            programs: [...command.slice(0, 1), ...programs],
            readable: [...command.slice(1, 2), ...files],
            own: [place.work, place.home, place.tmp, place.outbox, place.out],
          },
          path,
        );
        refuseUnproven(who, proof);
      },
      close: account.close,
    };
  } catch (error) {
    await account.close();
    throw error;
  }
};

const refuseUnproven = (who: string, proof: Awaited<ReturnType<UserAccount['prove']>>): void => {
  if (proof.kind === 'open')
    throw new WaveFailure(
      'isolation-not-proven',
      `the user made for ${who} could ${proof.possible.slice(0, 5).join(', ')}${proof.possible.length > 5 ? ` and ${proof.possible.length - 5} things more` : ''}`,
      `Take that away from users without a group (modes of folders, sudoers), ${LOWER}.`,
    );
  if (proof.kind === 'unusable')
    throw new WaveFailure(
      'isolation-unusable',
      `the user made for ${who} cannot ${proof.missing.slice(0, 5).join(', ')}`,
      `Install it where every user can read it and not write it (as /usr/local), ${LOWER}.`,
    );
};
