import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, lockHolder, withLock } from './lock.ts';

let root = '';
let path = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wave-lock-'));
  path = join(root, 'launcher.lock');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const module = new URL('./lock.ts', import.meta.url).href;
/** Runs a script in a process of its own; `lock.ts` is imported as `lock`. */
const child = (script: string) =>
  spawn(process.execPath, ['--input-type=module', '-e', `import * as lock from '${module}';\n${script}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1', LOCK: path, COUNTER: join(root, 'counter') },
  });

const take = () => {
  const lock = acquireLock(path, { purpose: 'test' });
  if (lock.kind !== 'acquired') throw new Error(`held by ${lock.by.pid}`);
  return lock;
};

/** The lock file as a process that died would leave it. */
const deadLock = (change: object): void => {
  const lock = take();
  const content = JSON.parse(readFileSync(path, 'utf8')) as object;
  lock.release();
  writeFileSync(path, JSON.stringify({ ...content, token: 'f'.repeat(16), ...change }));
};

describe('a lock', () => {
  it('is held until released, and names its holder', () => {
    const lock = take();
    const second = acquireLock(path, { purpose: 'other' });
    expect(second).toMatchObject({ kind: 'held', by: { pid: process.pid, purpose: 'test' } });
    expect(lockHolder(path)).toMatchObject({ pid: process.pid, purpose: 'test' });
    lock.release();
    lock.release();
    expect(lockHolder(path)).toBeNull();
    take().release();
    expect(readdirSync(root)).toEqual([]);
  });

  it('released twice does not free a later holder', () => {
    const first = take();
    first.release();
    const second = take();
    first.release();
    expect(acquireLock(path, { purpose: 'x' }).kind).toBe('held');
    second.release();
  });

  it('of a killed process is taken over', async () => {
    const holder = child(
      `lock.acquireLock(process.env.LOCK, { purpose: 'wave run' }); console.log('up'); setInterval(() => {}, 1e6);`,
    );
    await once(holder.stdout, 'data');
    expect(acquireLock(path, { purpose: 'x' })).toMatchObject({
      kind: 'held',
      by: { pid: holder.pid, purpose: 'wave run' },
    });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(lockHolder(path)).toBeNull();
    take().release();
    expect(readdirSync(root)).toEqual([]);
  });

  it.runIf(process.platform === 'linux').each([
    ['another start time', { process: 'boot:1' }],
    ['a pid nobody has', { pid: 2 ** 30 }],
  ])('whose pid is %s is dead', (_what, change) => {
    deadLock(change);
    expect(lockHolder(path)).toBeNull();
    take().release();
  });

  it('of another machine is held: whether its process lives cannot be seen from here', () => {
    deadLock({ host: 'elsewhere.invalid', pid: 2 ** 30 });
    expect(acquireLock(path, { purpose: 'x' })).toMatchObject({
      kind: 'held',
      by: { host: 'elsewhere.invalid', pid: 2 ** 30 },
    });
  });

  it('that cannot be read is held, until this machine has started anew', () => {
    writeFileSync(path, '{"pid":');
    expect(acquireLock(path, { purpose: 'x' })).toMatchObject({
      kind: 'held',
      by: { pid: 0, purpose: 'unreadable lock file' },
    });
    utimesSync(path, 1, 1);
    take().release();
  });

  it('that is a folder is held', () => {
    mkdirSync(path);
    expect(acquireLock(path, { purpose: 'x' })).toMatchObject({ kind: 'held', by: { pid: 0 } });
  });

  it('is left alone by whoever replaces a dead one while another replacement is under way', () => {
    deadLock({ pid: 2 ** 30 });
    const claim = acquireLock(`${path}.over-${'f'.repeat(16)}`, { purpose: 'replace' });
    expect(acquireLock(path, { purpose: 'x' })).toMatchObject({ kind: 'held', by: { purpose: 'replace' } });
    if (claim.kind === 'acquired') claim.release();
    take().release();
  });

  it('frees after a throw', async () => {
    await expect(withLock(path, 1000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(path, 0, () => 7)).toEqual({ kind: 'done', value: 7 });
  });

  it('says who holds it when the deadline has passed', async () => {
    const lock = take();
    expect(await withLock(path, 0, () => 7)).toMatchObject({ kind: 'held', by: { pid: process.pid } });
    lock.release();
  });

  it('lets one process in at a time, also when holders are killed inside', async () => {
    writeFileSync(join(root, 'counter'), '0');
    const work = `
      import { readFileSync, writeFileSync } from 'node:fs';
      for (let i = 0; i < 40; i++) {
        const done = await lock.withLock(process.env.LOCK, 30000, async () => {
          const n = Number(readFileSync(process.env.COUNTER, 'utf8'));
          await null;
          writeFileSync(process.env.COUNTER, String(n + 1));
        });
        if (done.kind !== 'done') process.exit(3);
      }`;
    const dying = `
      for (let i = 0; ; i++) {
        const done = lock.acquireLock(process.env.LOCK, { purpose: 'dies' });
        if (done.kind === 'acquired') process.kill(process.pid, 'SIGKILL');
        await new Promise(setImmediate);
      }`;
    const workers = [child(work), child(work), child(work)];
    const victims = [child(dying), child(dying)];
    const codes = await Promise.all(workers.map(async (each) => (await once(each, 'exit'))[0] as number));
    await Promise.all(victims.map((each) => each.exitCode ?? each.signalCode ?? once(each, 'exit')));
    expect(codes).toEqual([0, 0, 0]);
    expect(readFileSync(join(root, 'counter'), 'utf8')).toBe('120');
  });

  it('goes from one dead holder to exactly one of those who wait', async () => {
    writeFileSync(join(root, 'counter'), '0');
    deadLock({ pid: 2 ** 30 });
    // Every holder "dies" inside: its file then names a pid nobody has. So each acquisition is a takeover.
    const work = `
      import { randomBytes } from 'node:crypto';
      import { readFileSync, renameSync, writeFileSync } from 'node:fs';
      const own = process.env.COUNTER + process.pid;
      for (let taken = 0; taken < 300; ) {
        const done = lock.acquireLock(process.env.LOCK, { purpose: 'dies' });
        if (done.kind !== 'acquired') continue;
        taken++;
        const n = Number(readFileSync(process.env.COUNTER, 'utf8'));
        writeFileSync(process.env.COUNTER, String(n + 1));
        writeFileSync(own, JSON.stringify({ pid: 2 ** 30, token: randomBytes(8).toString('hex'), process: null }));
        renameSync(own, process.env.LOCK);
      }`;
    const workers = [child(work), child(work), child(work)];
    expect(await Promise.all(workers.map(async (each) => (await once(each, 'exit'))[0] as number))).toEqual([
      0, 0, 0,
    ]);
    expect(readFileSync(join(root, 'counter'), 'utf8')).toBe('900');
  });
});
