/**
 * Loaded before the program (`node --import`): ends its whole process group with SIGKILL at one of its effects on the
 * machine, as a machine that goes away does. Effects are counted from 0: files written, renamed, linked, copied and
 * removed, programs started.
 *
 * WAVE_KILL_AT   `<n>` before the n-th effect; `<n>+` in the middle of it: half of the bytes are written, the program
 *                has been running for a moment
 * WAVE_KILL_LOG  without WAVE_KILL_AT: a file that gets the effects of a whole run, one a line; those that have a middle
 *                end in `+`
 */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [, number = '-1', middle = ''] = /^(\d+)(\+?)$/.exec(process.env['WAVE_KILL_AT'] ?? '') ?? [];
const at = Number(number);
const log = process.env['WAVE_KILL_LOG'];
const real = { writeFileSync: fs.writeFileSync };
const effects = [];

const die = () => process.kill(0, 'SIGKILL');
const half = (data) => data.slice(0, Math.floor(data.length / 2));
const hasHalf = (data) => (typeof data === 'string' || data instanceof Uint8Array) && data.length > 1;

/** @param within begins the effect and does not finish it; null when there is nothing between before and after */
const reach = (what, within) => {
  const n = effects.length;
  effects.push(within === null ? what : `${what}+`);
  if (n !== at) return;
  if (middle === '+') within?.();
  die();
};

const watch = (owner, name, withinOf) => {
  const original = owner[name];
  owner[name] = (...args) => {
    reach(name, withinOf(...args));
    return original.apply(owner, args);
  };
};

const nothing = () => null;
const writeSync = fs.writeSync;
watch(fs, 'writeSync', (file, data) => (hasHalf(data) ? () => writeSync(file, half(data)) : null));
const writeHalf = (path, data, options) =>
  hasHalf(data) ? () => real.writeFileSync(path, half(data), options) : null;
watch(fs, 'writeFileSync', writeHalf);
watch(fs.promises, 'writeFile', writeHalf);
for (const name of ['renameSync', 'linkSync', 'unlinkSync', 'rmSync']) watch(fs, name, nothing);
for (const name of ['rename', 'link', 'rm', 'copyFile']) watch(fs.promises, name, nothing);

const spawn = childProcess.spawn;
childProcess.spawn = (program, args, options) => {
  const n = effects.length;
  reach(`spawn ${program}`, () => {
    spawn(program, args, options);
    // One to four milliseconds, so that programs are met at different moments.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1 + (n % 4));
  });
  return spawn(program, args, options);
};
syncBuiltinESMExports();

if (log !== undefined)
  process.on('exit', () => real.writeFileSync(log, effects.map((one) => `${one}\n`).join('')));
