/**
 * `npm run bench [-- --json] [-- <id> …]`: the budgets of docs/architecture.md, measured here and now. Exit 1 when one is
 * passed. Ratios compare two things done in this very run, so they hold on slow machines too.
 */
import { allGates } from './gates.ts';
import { adding, looking, reading } from './journal.ts';
import { type Benchmark, type Measurement, withinBudget } from './measure.ts';
import { programs } from './programs.ts';
import { stateBranch } from './state-branch.ts';
import { localWave } from './wave.ts';

const BENCHMARKS: readonly Benchmark[] = [
  reading,
  adding,
  looking,
  allGates,
  programs,
  localWave,
  stateBranch,
];

const rounded = (value: number): string =>
  value < 0.1 ? value.toPrecision(2) : value < 100 ? value.toFixed(2) : value.toFixed(0);

const line = (one: Measurement): string => {
  const measured = one.measured === null ? 'not measured' : `${rounded(one.measured)} ${one.unit}`;
  const verdict = one.measured === null ? (one.note ?? '') : withinBudget(one) ? 'ok' : 'OVER BUDGET';
  return `${one.name.padEnd(78)} ${measured.padStart(12)}  ≤ ${`${one.budget} ${one.unit}`.padEnd(8)} ${verdict}`;
};

const args = process.argv.slice(2);
const json = args.includes('--json');
const wanted = args.filter((arg) => !arg.startsWith('-'));
const unknown = wanted.filter((id) => !BENCHMARKS.some((one) => one.id === id));
if (unknown.length > 0) {
  process.stderr.write(
    `there is no benchmark ${unknown.join(', ')}; there are ${BENCHMARKS.map(({ id }) => id).join(', ')}\n`,
  );
  process.exit(2);
}

const all: Measurement[] = [];
for (const one of BENCHMARKS) {
  if (wanted.length > 0 && !wanted.includes(one.id)) continue;
  for (const measurement of await one.run()) {
    all.push(measurement);
    if (!json) process.stdout.write(`${line(measurement)}\n`);
  }
}
if (json) process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
process.exitCode = all.every(withinBudget) ? 0 : 1;
