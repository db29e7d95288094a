/**
 * A user made for one run of foreign code: own id, group and home, no way to root, removed with all it left. The kernel
 * keeps it from our memory, our files and other agents; the proof says whether it really does on this machine.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { shellWord } from '../shell-word.ts';
import type { Account, Command, EndSignal } from './account.ts';
import { type AgentPlace, ownFolders, placeIn } from './place.ts';
import { findPrivilege, type Identity, type Privilege, type Ran, runTool } from './privilege.ts';
import { type Demands, PROOF_SCRIPT, type Proof, proofArguments, readProof } from './proof.ts';
import { everybodyEnters } from './reach.ts';

export type UserAccount = Account & {
  readonly identity: Identity;
  readonly place: AgentPlace;
  /** Gives the account its folders. What is in them must be ours alone until then: links are not followed. */
  readonly handOver: () => Promise<void>;
  /** Tries, as the account and with this PATH, what must not be possible. */
  readonly prove: (demands: Demands, path: string) => Promise<Proof>;
  /** Ends its processes and removes its files and the user. Told twice it does nothing more. */
  readonly close: () => Promise<void>;
};
export type Opened =
  | { readonly ok: true; readonly account: UserAccount }
  | { readonly ok: false; readonly why: string };

const NAME_PREFIX = 'wave-';
const FOLDER_PREFIX = 'wave-agent-';
const MARK = 'wave-orchestration';
const RANGE = [50_000, 60_000] as const;
/** useradd(8): the id or the name is taken. */
const TAKEN = [4, 9];
const NAME = /^[A-Za-z_]\w*$/;

/** What a killed process is told from a later one of its number by; null when there is none. */
const startOf = async (pid: number): Promise<string | null> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // proc(5): field 22; the name before it, in parentheses, may hold anything.
  return stat === null ? null : (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null);
};

/** Whether anything of a user still runs; the dead who wait to be collected do not. */
const isBusy = async (uid: number): Promise<boolean> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const states = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')),
  );
  return states.some(
    (text) => new RegExp(`^Uid:\\s.*\\b${uid}\\b`, 'm').test(text) && !/^State:\s+[ZX]/m.test(text),
  );
};

const MAX_KILLS = 200;

const endAll = async (privilege: Privilege, who: Identity, signal: EndSignal): Promise<void> => {
  // kill(2) with -1 reaches every process the caller may signal but itself, under the lock fork needs: none escapes.
  const argv = privilege.asUser(who, [
    '/bin/sh',
    '-c',
    `kill -${signal === 'SIGKILL' ? 'KILL' : 'TERM'} -1 2>/dev/null`,
  ]);
  await runTool(argv);
  if (signal === 'SIGTERM') return;
  for (let tries = 1; tries < MAX_KILLS && (await isBusy(who.uid)); tries++) {
    await wait(10);
    await runTool(argv);
  }
};

/** The account's own files, wherever everybody may write, removed with its own power and no other. */
const removeFiles = (privilege: Privilege, who: Identity, dir: string): Promise<Ran> =>
  runTool(
    privilege.asUser(who, [
      '/bin/sh',
      '-c',
      `umask 022
for folder do
  chmod -R u+rwX,a+rx "$folder" 2>/dev/null
  find "$folder" -mindepth 1 -delete 2>/dev/null
done
for folder in /tmp /var/tmp /dev/shm; do
  find "$folder" -xdev -mindepth 1 -user ${who.uid} -delete 2>/dev/null
done`,
      'sh',
      ...ownFolders(placeIn(dir)),
    ]),
  );

/** Useradd and userdel lock a file of the system: one after the other. */
let turn: Promise<unknown> = Promise.resolve();
const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
  const done = turn.then(task, task);
  turn = done.catch(() => undefined);
  return done;
};

const removeUser = (privilege: Privilege, name: string): Promise<Ran> =>
  inTurn(() => runTool(privilege.asRoot(['userdel', name])));

type Entry = { readonly name: string; readonly home: string; readonly owner: string } & Identity;

/** Users of ours in passwd(5), which only root writes. */
const ourUsers = async (): Promise<readonly Entry[]> => {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line): readonly Entry[] => {
    const [name = '', , uid, gid, mark = '', home = ''] = line.split(':');
    const owner = mark.startsWith(`${MARK} `) ? mark.slice(MARK.length + 1) : null;
    return owner !== null && name.startsWith(NAME_PREFIX) && Number(uid) >= RANGE[0]
      ? [{ name, owner, home, uid: Number(uid), gid: Number(gid) }]
      : [];
  });
};

const remove = async (privilege: Privilege, { name, home, ...who }: Omit<Entry, 'owner'>): Promise<void> => {
  const dir = dirname(home);
  await endAll(privilege, who, 'SIGKILL');
  await removeFiles(privilege, who, dir);
  await rm(dir, { recursive: true, force: true });
  await removeUser(privilege, name);
};

/** Removes the users, processes and folders that killed runs left behind. */
export const removeStaleAccounts = async (): Promise<number> => {
  const stale: Entry[] = [];
  for (const one of await ourUsers()) {
    const [pid = '', started = ''] = one.owner.split(' ');
    if ((await startOf(Number(pid))) !== started) stale.push(one);
  }
  if (stale.length === 0) return 0;
  const privilege = await findPrivilege();
  if ('missing' in privilege) return 0;
  for (const one of stale) await remove(privilege, one);
  return stale.length;
};

const addUser = async (
  privilege: Privilege,
  dir: string,
): Promise<Omit<Entry, 'owner'> | { readonly why: string }> => {
  const mark = `${MARK} ${process.pid} ${await startOf(process.pid)}`;
  for (let tries = 1; ; tries++) {
    const name = NAME_PREFIX + randomBytes(6).toString('hex');
    const uid = randomInt(...RANGE);
    const { home } = placeIn(dir);
    const { code, stderr } = await inTurn(() =>
      runTool(
        privilege.asRoot([
          'useradd',
          '--system',
          '--user-group',
          '--no-create-home',
          `--home-dir=${home}`,
          '--shell=/bin/sh',
          `--comment=${mark}`,
          `--uid=${uid}`,
          name,
        ]),
      ),
    );
    const made = (await ourUsers()).find((one) => one.name === name);
    if (made !== undefined) return made;
    if (tries < 5 && code !== null && TAKEN.includes(code)) continue;
    return { why: `useradd: ${stderr.trim().split('\n').at(-1)?.slice(0, 200) || `exit ${code}`}` };
  }
};

/** Whether this machine lets us make users; why not, or null. */
export const userIsolationProblem = async (): Promise<string | null> => {
  const privilege = await findPrivilege();
  return 'missing' in privilege ? privilege.missing : null;
};

/** A new user, and folders for it that nobody but it and we can enter. */
export const openUserAccount = async (): Promise<Opened> => {
  const privilege = await findPrivilege();
  if ('missing' in privilege) return { ok: false, why: privilege.missing };
  // Not below a folder of ours: on many machines others cannot enter those.
  const root = [tmpdir(), '/tmp', '/var/tmp'].find(everybodyEnters);
  if (root === undefined) return { ok: false, why: 'there is no temporary folder everybody may enter' };
  const dir = await mkdtemp(join(root, FOLDER_PREFIX));
  const user = await addUser(privilege, dir);
  const shut = async (why: string): Promise<Opened> => {
    await rm(dir, { recursive: true, force: true });
    if ('name' in user) await removeUser(privilege, user.name);
    return { ok: false, why };
  };
  if ('why' in user) return shut(user.why);
  const place = placeIn(dir);
  for (const folder of [...ownFolders(place), place.inbox, place.bin]) {
    await mkdir(folder);
    await chmod(folder, 0o755);
  }
  const owner = `${process.getuid?.() ?? 0}:${user.gid}`;
  for (const argv of [
    ['chown', owner, dir],
    ['chmod', '0710', dir],
  ]) {
    const { code, stderr } = await runTool(privilege.asRoot(argv));
    if (code !== 0) return shut(`${argv[0]}: ${stderr.trim().slice(0, 200)}`);
  }
  return { ok: true, account: accountOf(privilege, user, place) };
};

const accountOf = (
  privilege: Privilege,
  { uid, gid, name, home }: Omit<Entry, 'owner'>,
  place: AgentPlace,
): UserAccount => {
  const identity = { uid, gid };
  let starts = 0;
  let closed: Promise<void> | null = null;
  const checked = async (ran: Promise<Ran>, doing: string): Promise<void> => {
    const { code, stderr } = await ran;
    if (code !== 0)
      throw new Error(`${doing}: ${stderr.trim().split('\n').at(-1)?.slice(0, 300) || `exit ${code}`}`);
  };
  /** The environment goes by a file only this user can reach: command lines are for everybody to read. */
  const command = async ({ program, args, cwd, env }: Command): Promise<Command> => {
    const script = join(place.dir, `start-${++starts}.sh`);
    const lines = Object.entries(env).flatMap(([variable, value]) =>
      NAME.test(variable) ? [`export ${variable}=${shellWord(value)}`] : [],
    );
    const text = ['umask 022', ...lines, `cd ${shellWord(cwd)} || exit 126`, 'exec "$@"', ''].join('\n');
    await writeFile(script, text);
    await chmod(script, 0o644);
    const [first = '', ...rest] = privilege.asUser(identity, ['/bin/sh', script, program, ...args]);
    return { program: first, args: rest, cwd: '/', env: {} };
  };
  return {
    isolation: 'user',
    identity,
    place,
    command,
    end: (_leader, signal) => endAll(privilege, identity, signal),
    put: (file, content) =>
      checked(
        runTool(
          privilege.asUser(identity, [
            '/bin/sh',
            '-c',
            'umask 077 && mkdir -p "$1" && cat >"$2"',
            'sh',
            dirname(file),
            file,
          ]),
          content,
        ),
        `writing ${file}`,
      ),
    reveal: async (folder) => {
      // With its own power alone: whatever its links lead to, it could read that anyway.
      await runTool(privilege.asUser(identity, ['/bin/chmod', '-R', 'u+rwX,go+rX', folder]));
    },
    handOver: () =>
      checked(
        runTool(privilege.asRoot(['chown', '-R', '-h', '-P', `${uid}:${gid}`, ...ownFolders(place)])),
        'handing the folders over',
      ),
    prove: async (demands, path) => {
      const { program, args } = await command({
        program: '/bin/sh',
        args: ['-s', String(uid), String(gid), ...proofArguments(demands)],
        cwd: '/',
        env: { PATH: path },
      });
      return readProof(await runTool([program, ...args], PROOF_SCRIPT));
    },
    close: () => {
      closed ??= remove(privilege, { name, home, uid, gid });
      return closed;
    },
  };
};
