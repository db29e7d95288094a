import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Appended,
  encodeEntry,
  type JournalRead,
  type JournalStore,
  type LostRace,
  type NewEntry,
  type Refused,
} from '../../journal/index.ts';
import { fact, INSTANCE, note } from './sample-entries.fixture.ts';
import {
  MAX_STATE_BLOB_BYTES,
  type StateBranchStoreOptions,
  stateBranchStore,
} from './state-branch-store.ts';

const ENV = {
  PATH: process.env.PATH,
  HOME: '/dev/null',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'x',
  GIT_AUTHOR_EMAIL: 'x@example.com',
  GIT_COMMITTER_NAME: 'x',
  GIT_COMMITTER_EMAIL: 'x@example.com',
};

let root = '';
let remote = '';
let handles = 0;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wave-state-'));
  remote = join(root, 'remote.git');
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', remote], { env: ENV });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: remote, env: ENV, encoding: 'utf8', stdio: 'pipe' }).trimEnd();
const tipNow = (): string => git('rev-parse', 'refs/heads/wave-state');
const filesNow = (): string[] => git('ls-tree', '-r', '--name-only', 'wave-state').split('\n');

const open = (options: Partial<StateBranchStoreOptions> = {}): JournalStore =>
  stateBranchStore({
    remote,
    lane: 'main',
    workDir: join(root, `work-${handles++}`),
    tip: null,
    deadlineMs: 30_000,
    clock: { now: () => Date.now(), sleep: (ms) => sleep(ms) },
    random: Math.random,
    author: { name: 'recorder', email: 'recorder@example.com' },
    run: '77/1',
    ...options,
  });

const appended = (result: Appended | LostRace | Refused): Appended => {
  if (result.kind !== 'appended') throw new Error(JSON.stringify(result));
  return result;
};
const standing = (read: JournalRead | Refused): JournalRead => {
  if ('kind' in read) throw new Error(JSON.stringify(read));
  return read;
};
const ids = async (store: JournalStore): Promise<string[]> =>
  standing(await store.read(INSTANCE)).entries.map(({ id }) => id);

const hook = (name: string, script: string): void => {
  const path = join(remote, 'hooks', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
};

type Change = {
  readonly path: string;
  readonly text?: string;
  readonly mode?: string;
  readonly remove?: true;
};
/** What somebody with push could do: a commit of any content on the branch, or on nothing. */
const pushAs = (changes: readonly Change[], parent: string | null = tipNow()): string => {
  const index = join(root, `index-${handles++}`);
  const env = { ...ENV, GIT_INDEX_FILE: index };
  const run = (args: string[], input?: string): string =>
    execFileSync('git', args, {
      cwd: remote,
      env,
      encoding: 'utf8',
      ...(input === undefined ? {} : { input }),
    }).trimEnd();
  if (parent !== null) run(['read-tree', parent]);
  const lines = changes.map(({ path, text = '', mode = '100644', remove }) => {
    const oid = mode === '160000' ? 'a'.repeat(40) : run(['hash-object', '-w', '--stdin'], text);
    return remove ? `0 ${'0'.repeat(40)}\t${path}` : `${mode} ${oid}\t${path}`;
  });
  run(['update-index', '--index-info'], `${lines.join('\n')}\n`);
  const commit = run([
    'commit-tree',
    run(['write-tree']),
    '-m',
    'x',
    ...(parent === null ? [] : ['-p', parent]),
  ]);
  git('update-ref', 'refs/heads/wave-state', commit);
  return commit;
};
const line = (entry: NewEntry, seq: number): string => `${encodeEntry({ ...entry, seq })}\n`;
const FOLDER = 'lanes/main/wave-3/local/00000';

describe('the branch', () => {
  it('is an orphan line of additions with segments, blobs and trailers', async () => {
    const store = open();
    const digest = await store.putBlob(Buffer.from('bytes'));
    appended(await store.append([note('a.1'), note('p.1', { instance: 'main/wave-4/pr-12' }), note('a.2')]));
    appended(await store.append([note('a.3')]));
    expect(filesNow()).toEqual([
      `blob/${digest.slice(0, 2)}/${digest}`,
      'format-1',
      'lanes/main/wave-3/local/00000/000000001.jsonl',
      'lanes/main/wave-3/local/00000/000000004.jsonl',
      'lanes/main/wave-4/pr-12/00000/000000003.jsonl',
    ]);
    expect(git('log', '--format=%an <%ae>%n%B', 'wave-state')).toMatchInlineSnapshot(`
      "recorder <recorder@example.com>
      Append 1 entry to main/wave-3/local [skip ci]

      Wave-Seq: 4
      Wave-Run: 77/1

      recorder <recorder@example.com>
      Append 3 entries to main/wave-3/local, main/wave-4/pr-12 [skip ci]

      Wave-Seq: 3
      Wave-Run: 77/1

      wave-orchestration <wave-orchestration@noreply.invalid>
      Start the state branch [skip ci]"
    `);
    expect(git('fsck', '--strict')).toBe('');
  });

  it('is created once by all who start at once', async () => {
    const stores = Array.from({ length: 4 }, (_, at) =>
      open({ author: { name: `w${at}`, email: 'w@example.com' } }),
    );
    await Promise.all(stores.map(async (store, at) => appended(await store.append([note(`w${at}.1`)]))));
    expect(git('rev-list', '--max-parents=0', 'wave-state').split('\n')).toHaveLength(1);
    expect((await ids(open())).sort()).toEqual(['w0.1', 'w1.1', 'w2.1', 'w3.1']);
  });

  it('is not pushed again when the reply to a push was lost', async () => {
    appended(await open().append([note('a.1')]));
    // The server dies after the ref has moved, once.
    hook('post-receive', 'test -e died || { touch died; kill -9 $PPID; }');
    const result = appended(await open().append([note('a.2')]));
    expect(result.entries.map(({ seq }) => seq)).toEqual([2]);
    expect(readdirSync(remote)).toContain('died');
    expect(git('rev-list', '--count', 'wave-state')).toBe('3');
    expect(await ids(open())).toEqual(['a.1', 'a.2']);
  });

  it('takes a race lost on the server for a lost race', async () => {
    appended(await open().append([note('a.1')]));
    const other = open();
    appended(await other.append([note('b.1')]));
    // The ref is locked by another update when ours is about to move it, once.
    hook('pre-receive', 'test -e raced || { touch raced refs/heads/wave-state.lock; }');
    const unlock = async (ms: number): Promise<void> => {
      rmSync(join(remote, 'refs/heads/wave-state.lock'), { force: true });
      await sleep(ms);
    };
    const store = open({ clock: { now: () => Date.now(), sleep: unlock } });
    expect(appended(await store.append([note('a.2')])).entries[0]?.seq).toBe(3);
    expect(readdirSync(remote)).toContain('raced');
  });

  it('gives up at the deadline, not at a count, and waits longer and longer in between', async () => {
    appended(await open().append([note('a.1')]));
    const waits: number[] = [];
    let now = 0;
    const clock = {
      now: () => now,
      sleep: async (ms: number) => {
        waits.push(ms);
        now += ms;
        rmSync(join(remote, 'refs/heads/wave-state.lock'), { force: true });
        // Somebody is always faster.
        pushAs([
          {
            path: `${FOLDER}/${String(waits.length + 1).padStart(9, '0')}.jsonl`,
            text: line(note(`f.${waits.length}`), waits.length + 1),
          },
        ]);
      },
    };
    hook('pre-receive', 'touch refs/heads/wave-state.lock');
    const result = await open({ clock, random: () => 0.999, deadlineMs: 2000 }).append([note('a.2')]);
    expect(result).toEqual({ kind: 'lost-race', tries: waits.length });
    expect(waits.slice(0, 4).map(Math.round)).toEqual([50, 100, 200, 400]);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(2000);
    expect(await ids(open())).not.toContain('a.2');
  });

  it.each([
    ['GH013: Repository rule violations found', 'push-rejected-by-rule', 'Rulesets'],
    ['GH006: Protected branch update failed', 'push-rejected-by-rule', 'Rulesets'],
  ])('says which setting to change when the server answers %s, at once', async (text, code, setting) => {
    appended(await open().append([note('a.1')]));
    hook('pre-receive', `echo pushed >> count; echo "error: ${text} for refs/heads/wave-state." >&2; exit 1`);
    const result = await open().append([note('a.2')]);
    expect(result).toMatchObject({ kind: 'refused', code });
    expect((result as Refused).message).toContain(text.slice(0, 5));
    expect((result as Refused).fix).toContain(setting);
    expect(execFileSync('cat', [join(remote, 'count')], { encoding: 'utf8' })).toBe('pushed\n');
  });

  it('that cannot be reached is said so', async () => {
    const away = open({ remote: join(root, 'nowhere.git'), deadlineMs: 0 });
    expect(await away.read(INSTANCE)).toMatchObject({ kind: 'refused', code: 'unreachable' });
    expect(await away.append([note('a.1')])).toMatchObject({ kind: 'refused', code: 'unreachable' });
    expect(await open({ remote: '--upload-pack=x', deadlineMs: 0 }).read(INSTANCE)).toMatchObject({
      code: 'unreachable',
    });
  });
});

it.each([401, 403])(
  'asks once when the server answers %i, and never shows the credential',
  async (status) => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked++;
      response.writeHead(status).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const secret = 'c2VjcmV0LXRva2Vu';
    const store = open({
      remote: `http://127.0.0.1:${port}/o/r`,
      auth: { header: `Authorization: basic ${secret}` },
      clock: { now: () => 0, sleep: () => Promise.reject(new Error('waited')) },
    });
    const result = await store.append([note('a.1')]);
    server.close();
    expect(result).toMatchObject({ kind: 'refused', code: 'unreachable' });
    expect((result as Refused).fix).toContain('contents');
    expect(JSON.stringify(result)).not.toContain(secret);
    expect(asked).toBeLessThanOrEqual(2);
  },
);

describe('the told tip', () => {
  it('may be far behind: the way to it is fetched, not assumed', async () => {
    const store = open();
    appended(await store.append([note('a.0')]));
    const told = tipNow();
    for (let seq = 2; seq <= 41; seq++) {
      pushAs([
        { path: `${FOLDER}/${String(seq).padStart(9, '0')}.jsonl`, text: line(note(`a.${seq}`), seq) },
      ]);
    }
    expect(await ids(open({ tip: told }))).toHaveLength(41);
    expect(await ids(open({ tip: tipNow() }))).toHaveLength(41);
    expect(await ids(store)).toHaveLength(41);
    const cursor = { seq: 1, tip: told };
    expect(standing(await open().read(INSTANCE, cursor)).entries).toHaveLength(40);
  });

  const rewrites: [string, (before: string) => void][] = [
    ['an older commit', (before) => void git('update-ref', 'refs/heads/wave-state', `${before}~1`)],
    [
      'a commit beside it',
      (before) =>
        void pushAs(
          [{ path: `${FOLDER}/000000002.jsonl`, text: line(fact('x'), 2) }],
          git('rev-parse', `${before}~1`),
        ),
    ],
    ['an unrelated root', () => void pushAs([{ path: 'format-1' }], null)],
  ];
  it.each(rewrites)('is missed when the branch was forced to %s', async (_what, rewrite) => {
    const store = open();
    appended(await store.append([note('a.1')]));
    const { cursor } = appended(await store.append([note('a.2')]));
    const before = tipNow();
    rewrite(before);
    const after = tipNow();
    const refusal = { kind: 'refused', code: 'history-rewritten' };
    expect(await store.read(INSTANCE)).toMatchObject(refusal);
    expect(await store.append([note('a.3')])).toMatchObject(refusal);
    expect(await open({ tip: before }).append([note('a.3')])).toMatchObject(refusal);
    expect(await open().read(INSTANCE, cursor)).toMatchObject(refusal);
    expect(await open({ tip: 'f'.repeat(40) }).read(INSTANCE)).toMatchObject(refusal);
    // Nothing is repaired by itself.
    expect(tipNow()).toBe(after);
  });

  it('tells a deleted branch from a new one', async () => {
    const store = open();
    appended(await store.append([note('a.1')]));
    const told = tipNow();
    git('update-ref', '-d', 'refs/heads/wave-state');
    const refusal = { kind: 'refused', code: 'state-missing' };
    expect(await store.append([note('a.2')])).toMatchObject(refusal);
    expect(await store.read(INSTANCE)).toMatchObject(refusal);
    expect(await open({ tip: told }).append([note('a.2')])).toMatchObject(refusal);
    const untold = stateBranchStore({
      remote,
      lane: 'main',
      workDir: join(root, 'untold'),
      deadlineMs: 0,
      clock: { now: () => 0, sleep: () => Promise.resolve() },
      random: () => 0,
      author: { name: 'r', email: 'r@example.com' },
    });
    expect(await untold.append([note('a.2')])).toMatchObject(refusal);
    expect(() => tipNow()).toThrow();
  });

  it.each<[string, readonly Change[]]>([
    [
      'changes an entry',
      [{ path: `${FOLDER}/000000001.jsonl`, text: line(note('a.1', { detail: 'other' }), 1) }],
    ],
    ['removes an entry', [{ path: `${FOLDER}/000000001.jsonl`, remove: true }]],
    [
      'makes a segment executable',
      [{ path: `${FOLDER}/000000001.jsonl`, text: line(note('a.1'), 1), mode: '100755' }],
    ],
  ])('is not enough for a commit that %s', async (_what, changes) => {
    const store = open();
    appended(await store.append([note('a.1')]));
    const told = tipNow();
    pushAs(changes);
    // Also when a later commit hides it.
    pushAs([{ path: `${FOLDER}/000000002.jsonl`, text: line(note('a.2'), 2) }]);
    for (const each of [store, open({ tip: told })]) {
      expect(await each.read(INSTANCE)).toMatchObject({ kind: 'refused', code: 'history-rewritten' });
    }
  });

  it('is not enough for a merge', async () => {
    const store = open();
    appended(await store.append([note('a.1')]));
    const base = tipNow();
    const left = pushAs([{ path: `${FOLDER}/000000002.jsonl`, text: line(note('a.2'), 2) }]);
    const merge = git('commit-tree', `${left}^{tree}`, '-p', left, '-p', base, '-m', 'merge');
    git('update-ref', 'refs/heads/wave-state', merge);
    expect(await store.read(INSTANCE)).toMatchObject({ kind: 'refused', code: 'history-rewritten' });
  });
});

describe('the tree', () => {
  it.each<[string, Change, string]>([
    [
      'a symlink',
      { path: `${FOLDER}/000000002.jsonl`, text: '/etc/passwd', mode: '120000' },
      'state-tree-invalid',
    ],
    ['a gitlink', { path: 'lanes/main/sub', mode: '160000' }, 'state-tree-invalid'],
    ['an executable', { path: `${FOLDER}/000000002.jsonl`, text: 'x', mode: '100755' }, 'state-tree-invalid'],
    ['a workflow', { path: '.github/workflows/x.yml', text: 'on: push' }, 'state-tree-invalid'],
    ['an odd name', { path: 'lanes/main/wave-3/ö', text: 'x' }, 'state-tree-invalid'],
    [
      'a name that differs in case alone',
      { path: 'lanes/MAIN/wave-3/local/00000/000000001.jsonl', text: 'x' },
      'state-tree-invalid',
    ],
    [
      'a segment in the wrong hundred',
      { path: 'lanes/main/wave-3/local/00001/000000002.jsonl', text: 'x' },
      'state-tree-invalid',
    ],
    ['a format of later', { path: 'format-2' }, 'format-unknown'],
    ['a format file with content', { path: 'format-1', text: 'x' }, 'state-tree-invalid'],
  ])('with %s is refused, by those who start and by those who were there', async (_what, change, code) => {
    const store = open();
    appended(await store.append([note('a.1')]));
    pushAs([change]);
    expect(await open().read(INSTANCE)).toMatchObject({ kind: 'refused', code });
    expect(await open().append([note('a.2')])).toMatchObject({ kind: 'refused', code });
    const known = await store.read(INSTANCE);
    expect(known).toMatchObject({
      kind: 'refused',
      code: change.path === 'format-1' ? 'history-rewritten' : code,
    });
  });

  it('without a format is not ours', async () => {
    pushAs([{ path: 'README.md', text: 'hello' }], null);
    expect(await open().append([note('a.1')])).toMatchObject({ kind: 'refused', code: 'state-tree-invalid' });
    pushAs([{ path: `${FOLDER}/000000001.jsonl`, text: line(note('a.1'), 1) }], null);
    expect(await open().read(INSTANCE)).toMatchObject({ kind: 'refused', code: 'state-tree-invalid' });
  });
});

describe('lines somebody pushed', () => {
  it('are read when they are entries, and quarantined when not; the next append stands after them', async () => {
    appended(await open().append([note('a.1')]));
    const text = [
      line(note('a.2'), 2),
      line(note('a.3'), 7),
      'not json\n',
      `${line(note('a.4'), 5).trimEnd()}\r\n`,
      `\ufeff${line(note('a.5'), 6)}`,
      line(note('a.6'), 7).replace('"summary"', '"__proto__":{"x":1},"summary"'),
      line(note('p.1', { instance: 'main/wave-3/pr-1' }), 8),
      line(note('a.1', { detail: 'another story' }), 9),
      line(note('a.7'), 10),
      line(note('a.8'), 11).trimEnd(),
    ].join('');
    pushAs([{ path: `${FOLDER}/000000002.jsonl`, text }]);
    const read = standing(await open().read(INSTANCE));
    expect(read.entries.map(({ id, seq }) => `${seq} ${id}`)).toEqual(['1 a.1', '2 a.2', '10 a.7']);
    expect(read.quarantined.map(({ line: number, code }) => `${number} ${code}`)).toEqual([
      '2 seq-mismatch',
      '3 invalid-json',
      '4 control-character',
      '5 invalid-json',
      '6 prototype-key',
      '7 invalid-entry',
      '8 invalid-entry',
      '10 torn-line',
    ]);
    const { entries, cursor } = appended(await open().append([note('a.9')]));
    expect(entries[0]?.seq).toBe(12);
    expect(standing(await open().read(INSTANCE, cursor)).quarantined).toEqual([]);
  });

  it('that overlap lose to the earlier, for every reader alike', async () => {
    const store = open();
    appended(await store.append([note('a.1')]));
    appended(await store.append([note('a.2')]));
    pushAs([{ path: `${FOLDER}/000000003.jsonl`, text: line(note('x.3'), 3) + line(note('x.4'), 4) }]);
    const first = standing(await store.read(INSTANCE));
    pushAs([{ path: `${FOLDER}/000000004.jsonl`, text: line(note('y.4'), 4) + line(note('y.5'), 5) }]);
    const fresh = standing(await open().read(INSTANCE));
    expect(standing(await store.read(INSTANCE))).toEqual(fresh);
    expect(fresh.entries.map(({ id }) => id)).toEqual(['a.1', 'a.2', 'x.3', 'x.4', 'y.5']);
    expect(first.entries).toHaveLength(4);
  });

  it('are quarantined whole when the segment is larger than a flush', async () => {
    appended(await open().append([note('a.1')]));
    pushAs([{ path: `${FOLDER}/000000002.jsonl`, text: `${'x'.repeat(1024 * 1024)}\n` }]);
    expect(standing(await open().read(INSTANCE)).quarantined).toMatchObject([{ code: 'entry-too-large' }]);
    expect(appended(await open().append([note('a.3')])).entries[0]?.seq).toBe(3);
  });
});

describe('blobs', () => {
  it('larger than the bound are refused before anything is sent', async () => {
    const store = open();
    await expect(store.putBlob(new Uint8Array(MAX_STATE_BLOB_BYTES + 1))).rejects.toThrow(RangeError);
    await store.putBlob(new Uint8Array(MAX_STATE_BLOB_BYTES));
    appended(await store.append([]));
    expect(filesNow().some((path) => path.startsWith('blob/'))).toBe(true);
  });

  it('with other bytes than their name says are nobody’s', async () => {
    appended(await open().append([note('a.1')]));
    const digest = 'ab'.repeat(32);
    pushAs([{ path: `blob/ab/${digest}`, text: 'other' }]);
    expect(await open().getBlob(digest)).toBeNull();
  });
});

it('files segments in folders of a hundred numbers', async () => {
  appended(await open().append([note('a.1')]));
  pushAs([{ path: 'lanes/main/wave-3/local/00010/000001001.jsonl', text: line(note('a.2'), 1001) }]);
  expect(appended(await open().append([note('b.1')])).entries[0]?.seq).toBe(1002);
  expect(filesNow()).toContain('lanes/main/wave-3/local/00010/000001002.jsonl');
});
