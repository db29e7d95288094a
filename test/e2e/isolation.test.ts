/** A wave whose policy asks for isolation `user`, with agents that try what a hostile one would. */
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { userIsolationProblem } from '../../src/agents/index.ts';
import { bodiesOf, type Prepared, runJson } from './local-wave.ts';
import { SMALL_WAVE_FILES, smallWave } from './small-wave.ts';
import { git, makePlace, type Place, wave } from './wave-process.ts';

/** Writes what it could do into the files it owns: its deliverable is a record of its own power. */
const AGENT = `#!/bin/sh
try() { if (eval "$2") >/dev/null 2>&1; then echo "$1: yes"; else echo "$1: no"; fi; }
record() {
  try 'reads the environment of who started it' "cat /proc/$PPID/environ"
  try 'reads any other environment' 'for p in /proc/[0-9]*; do [ "$(stat -c %u "$p")" = "$(id -u)" ] || { cat $p/environ && exit; }; done; false'
  try 'reads the state folder' "ls @REPOSITORY@/.tmp/main-wave-launcher"
  try 'writes into the repository' "touch @REPOSITORY@/.git/planted || touch @REPOSITORY@/planted"
  try 'becomes root' 'sudo -n true || su -c true </dev/null'
  try 'sees other agents' 'ls /tmp/wave-agent-*/work /tmp/wave-agent-*/home | grep .'
  try 'sees itself' 'ls "$HOME/.." || cd "$HOME"'
  try 'speaks' 'wave coord post --kind claim --summary "I am here"'
}
cat >prompt-was-read
rm prompt-was-read
mkdir -p lib docs
case $WAVE_AGENT in
  A1) mkdir -p lib/first-1; record >lib/first-1/first.ts
      wave signal proof --completion contract --durability none --proof unit --state met
      wave signal doc-delta --state none
      setsid sleep 300 >/dev/null 2>&1 &
      chmod 0 lib/first-1/first.ts lib . ;;
  A2) mkdir -p lib/second-1; record >lib/second-1/second.ts
      wave signal proof --completion contract --durability none --proof unit --state met
      wave signal doc-delta --state none ;;
  A9) echo made >docs/made-1.md; wave signal doc-closure --state no-change ;;
  A0) mkdir -p docs/reviews; echo 'Verdict: PASS' >docs/reviews/wave-1.md
      wave signal gate --architecture pass --integration pass --durability pass --live pass --docs pass
      wave signal verdict pass ;;
esac
`;

/** A declared command runs code the agents wrote: it must not reach who says what came of it. */
const VERIFY = `! cat /proc/$PPID/environ >/dev/null 2>&1 &&
! ls @REPOSITORY@/.tmp/main-wave-launcher >/dev/null 2>&1 &&
! touch @REPOSITORY@/planted 2>/dev/null &&
grep -q yes lib/first-1/first.ts && touch "$HOME/mine" "$TMPDIR/mine" mine
`;

const config = JSON.stringify({
  version: 1,
  executors: { default: 'command', command: { programs: { agent: { argv: ['sh', 'tools/agent.sh'] } } } },
  policy: {
    executors: { implementation: ['command'], documentation: ['command'], 'cont-qa': ['command'] },
    requiredRoles: ['documentation', 'cont-qa'],
    isolation: 'user',
    requiredVerify: ['sh tools/verify.sh'],
    allowSimulated: true,
  },
});

const problem = await userIsolationProblem();
const made: Prepared[] = [];
afterEach(async () => {
  for (const one of made.splice(0)) await one.place.remove();
});
const prepared = async (): Promise<Prepared> => {
  const place = await makePlace();
  const repository = join(place.dir, 'repository');
  const one = await smallWave(place, {
    ...SMALL_WAVE_FILES,
    'wave.config.json': config,
    'tools/agent.sh': AGENT.replaceAll('@REPOSITORY@', repository),
    'tools/verify.sh': VERIFY.replaceAll('@REPOSITORY@', repository),
  });
  made.push(one);
  // As on a machine whose homes everybody may look into.
  await chmod(place.dir, 0o755);
  return one;
};

/** Users whose home lies in this place; others may be somebody else's at work on this machine. */
const usersOf = async ({ dir }: Place): Promise<readonly string[]> =>
  (await readFile('/etc/passwd', 'utf8')).split('\n').filter((line) => line.includes(`:${dir}/`));

describe.skipIf(problem !== null)(`isolation user${problem === null ? '' : ` (skipped: ${problem})`}`, () => {
  test('agents reach nothing of ours or of each other, their work is taken, and nothing is left', async () => {
    const one = await prepared();
    const { place, repository } = one;
    expect(await runJson(one)).toMatchObject({ ok: true, closed: true, status: 0 });
    for (const file of ['lib/first-1/first.ts', 'lib/second-1/second.ts'])
      expect(await readFile(join(repository, file), 'utf8')).toMatchInlineSnapshot(`
        "reads the environment of who started it: no
        reads any other environment: no
        reads the state folder: no
        writes into the repository: no
        becomes root: no
        sees other agents: no
        sees itself: yes
        speaks: yes
        "
      `);
    expect(bodiesOf(one, 'agent.finished').map(({ isolation }) => isolation)).toEqual(
      Array.from({ length: 4 }, () => 'user'),
    );
    // On the implementation's tree, and on documentation's.
    const proofs = bodiesOf(one, 'proof.recorded').map(({ run, exit }) => [run, exit]);
    expect(proofs.slice(0, 2)).toEqual([
      ['sh tools/verify.sh', { kind: 'exited', code: 0 }],
      ['node --version', { kind: 'exited', code: 0 }],
    ]);
    expect(proofs.slice(2)).toEqual(proofs.slice(0, 2));
    expect(await git(place, repository, 'status', '--porcelain')).toBe('');
    expect(await usersOf(place)).toEqual([]);
  });

  test('what is not shut in on this machine is named, before any agent starts', async () => {
    const one = await prepared();
    const open = join(one.place.dir, 'open-to-all');
    await mkdir(open);
    await chmod(open, 0o777);
    // A repository everybody may write in.
    await chmod(one.repository, 0o777);
    const ended = await wave(one.place, ['run', '1', '--max-parallel', '1', '--repo-root', one.repository]);
    expect(ended.code).toBe(1);
    expect(ended.stderr.replaceAll(dirname(one.repository), '/there')).toMatchInlineSnapshot(`
      "[wave] isolation-not-proven: the user made for A1 could write in /there/repository
        fix: Take that away from users without a group (modes of folders, sudoers), or set "policy": { "isolation": "none" } in wave.config.json on the base branch.
      "
    `);
    expect(bodiesOf(one, 'agent.finished')).toEqual([]);
    expect(await usersOf(one.place)).toEqual([]);
  });
});
