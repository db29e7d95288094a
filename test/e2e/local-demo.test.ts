import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { GATE_IDS } from '../../src/closure/index.ts';
import { directoryStore } from '../../src/host/index.ts';
import { bodiesOf, journal, type Prepared, prepare, userSide } from './local-wave.ts';
import { git, makePlace, type Place, strays, wave } from './wave-process.ts';

const places: Place[] = [];
const kept = (one: Prepared): Prepared => {
  places.push(one.place);
  return one;
};
afterEach(async () => {
  for (const place of places.splice(0)) await place.remove();
});

const projections = ({ stateDir, wave: number }: Prepared): readonly string[] =>
  ['coordination', 'control-plane'].map((folder) =>
    readFileSync(join(stateDir, folder, `wave-${number}.jsonl`), 'utf8'),
  );

describe('the honest demo', () => {
  test('closes in one command, with one commit an agent, and leaves the rest of the machine alone', async () => {
    const place = await makePlace();
    places.push(place);
    const shown = await wave(place, ['demo', '--dir', join(place.dir, 'demo')]);
    expect(shown.stderr).toBe('');
    expect(shown.code).toBe(0);
    const repository = join(place.dir, 'demo', 'repository');
    const one: Prepared = {
      place,
      repository,
      wave: 3,
      stateDir: join(repository, '.tmp', 'main-wave-launcher'),
    };

    const table = shown.stdout
      .split('\n')
      .flatMap((line) => /^ (✓|✗|·) (\S+)/.exec(line)?.slice(1).join(' ') ?? []);
    expect(table).toEqual(GATE_IDS.map((id) => `✓ ${id}`));
    // Found by integration on the merged tree, repaired by its owner, judged again by everybody.
    expect(bodiesOf(one, 'attempt.ended')).toEqual([
      expect.objectContaining({ outcome: 'refused' }),
      expect.objectContaining({ outcome: 'closed' }),
    ]);
    expect(
      [1, 2].map((attempt) =>
        bodiesOf(one, 'agent.started')
          .flatMap((body) => (body.attempt === attempt ? [body.agent] : []))
          .toSorted(),
      ),
    ).toEqual([
      ['A1', 'A2', 'A3', 'A7', 'A8', 'E0'],
      ['A0', 'A1', 'A7', 'A8', 'A9', 'E0'],
    ]);
    const told = shown.stdout.slice(shown.stdout.indexOf('what you just saw:\n')).split('\n');
    // Agents speak side by side, in no order that anybody could count on.
    expect(told.slice(1, told.indexOf('')).toSorted()).toMatchInlineSnapshot(`
      [
        "  A1 and A3 contradicted each other on decimals/jpy, repaired by A1 in the end",
        "  A1 had to know “Which sign groups thousands?” and A2 answered “_”",
        "  A2 asked for capability:currencies: “List the decimals of each currency”, and A3 has it",
        "  A8 asked A1: “Read amounts without decimals”, and it is done",
        "  attempt 1 was refused (helper-assignment-open, contradiction-open), attempt 2 ran A1 again and kept A2 and A3",
      ]
    `);
    expect(shown.stdout).toContain('who did what (git log):');

    expect(await git(place, repository, 'log', '--format=%an <%ae> %s')).toMatchInlineSnapshot(`
      "wave <wave@wave.invalid> Read and write amounts
      A9 Documentation <a9@wave.invalid> Documentation (A9, wave 3)
      A3 Currencies <a3@wave.invalid> Currencies (A3, wave 3)
      A2 Formatter <a2@wave.invalid> Formatter (A2, wave 3)
      A1 Parser <a1@wave.invalid> Parser (A1, wave 3)
      Demo <demo@example.invalid> A small library and a wave"
    `);
    expect(await git(place, repository, 'ls-tree', '-r', '--name-only', 'HEAD')).toMatchInlineSnapshot(`
      ".gitignore
      README.md
      docs/amounts.md
      docs/plans/component-cutover-matrix.json
      docs/plans/waves/reviews/wave-3-cont-eval.md
      docs/plans/waves/reviews/wave-3-cont-qa.md
      docs/plans/waves/reviews/wave-3-integration.md
      docs/plans/waves/reviews/wave-3-security.md
      docs/plans/waves/wave-3.md
      package.json
      src/currency/decimals.test.ts
      src/currency/decimals.ts
      src/format/format.test.ts
      src/format/format.ts
      src/parse/group.ts
      src/parse/parse.test.ts
      src/parse/parse.ts
      wave.config.json"
    `);
    expect(await git(place, repository, 'show', 'HEAD:src/parse/group.ts')).toContain("GROUP = '_'");

    const side = await userSide(one);
    expect(side).toMatchObject({ branch: 'main', status: '' });
    // The working tree is the commit: nothing of the wave lies in it that is not committed.
    expect(await git(place, repository, 'diff', '--stat', 'HEAD')).toBe('');
    expect(await git(place, repository, 'branch', '--list', '--format=%(refname:short)')).toBe('main');
    expect(bodiesOf(one, 'publish.done')).toEqual([
      expect.objectContaining({ commit: side.head, target: 'main' }),
    ]);

    const { entries, bad } = journal(one);
    expect(bad).toEqual([]);
    expect(entries.map((entry) => entry.seq)).toEqual(entries.map((_, i) => i + 1));
    expect(new Set(entries.map((entry) => entry.id)).size).toBe(entries.length);

    const written = projections(one);
    expect(written.map((text) => text.length > 0)).toEqual([true, true]);
    expect(
      await directoryStore({ dir: one.stateDir, lane: 'main', guard: 'none' }).rebuildProjections(),
    ).toBeNull();
    expect(projections(one)).toEqual(written);
    expect(existsSync(join(one.stateDir, 'reports', 'wave-3.html'))).toBe(true);

    const again = await wave(place, ['run', '3', '--repo-root', repository]);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain(`wave 3 is complete: published as ${side.head.slice(0, 7)}`);
    expect(await userSide(one)).toEqual(side);
    expect(journal(one).entries).toEqual(entries);
    expect(strays(place.dir)).toEqual([]);
  });

  test.each([7, 2024])('generated from %d closes too', async (seed) => {
    const one = kept(await prepare('--seed', String(seed)));
    const before = await userSide(one);
    const shown = await wave(one.place, ['run', String(one.wave), '--repo-root', one.repository, '--json']);
    expect(shown.stderr).toBe('');
    const json = JSON.parse(shown.stdout) as {
      ok: boolean;
      closed: boolean;
      commit: string;
      gates: readonly { status: string }[];
    };
    expect(json).toMatchObject({ ok: true, closed: true, code: null, exitCode: 0, target: 'main' });
    expect(json.gates.every((gate) => gate.status === 'held')).toBe(true);
    expect(shown.code).toBe(0);
    const after = await userSide(one);
    expect(after).toMatchObject({ head: json.commit, status: '' });
    expect(await git(one.place, one.repository, 'merge-base', before.head, after.head)).toBe(before.head);
    expect(strays(one.place.dir)).toEqual([]);
  });
});
