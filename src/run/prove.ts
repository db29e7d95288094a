/**
 * Runs the declared commands on the subject tree, in a fresh folder, with a scrubbed environment, by us and never by the
 * agent whose work it is (design §7 Proof).
 */
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { superviseProcess, verifyEnvironment } from '../agents/index.ts';
import { proofsOn } from '../closure/index.ts';
import { sha256, type VerifyCommand } from '../contract/index.ts';
import { entryProblem, type NewEntry } from '../journal/index.ts';
import { type OpenPlace, openPlace } from './agent-place.ts';
import { okOrFail } from './failure/index.ts';
import { evidenceOf, fact, type Session, thisAttempt } from './session.ts';

/** Bytes a command may print before it is stopped. */
const MAX_OUTPUT = 8 * 1024 * 1024;
const TAIL_CHARS = 2000;
const TEST_FILE =
  /(?:^|\/)(?:tests?|__tests__|spec)\/|\.(?:test|spec)\.[a-z]+$|(?:^|\/)test_[^/]*\.py$|_test\.go$/;

/** Test files that the judged patches themselves change: named beside the result. */
const changedTests = (session: Session): readonly string[] =>
  [...(thisAttempt(session)?.admissions.values() ?? [])]
    .flatMap((one) => (one.kind === 'admitted' ? one.paths : []))
    .filter((path) => TEST_FILE.test(path))
    .slice(0, 32);

const tailOf = async (file: string): Promise<string> => {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, TAIL_CHARS * 4);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const text = buffer
      .toString('utf8')
      .replaceAll(/\x1b\[[0-9;]*[A-Za-z]/g, '')
      .replaceAll(/[\x00-\x08\x0b-\x1f\x7f]/g, '');
    return text.slice(-TAIL_CHARS);
  } finally {
    await handle.close();
  }
};

const proveOne = async (
  session: Session,
  subject: string,
  command: VerifyCommand,
  index: number,
  { place, account }: Pick<OpenPlace, 'place' | 'account'>,
  signal: AbortSignal,
): Promise<NewEntry> => {
  const [program = '', ...args] = command.argv;
  const logFile = join(session.workDir, `verify-${index}.log`);
  const { exit, durationMs } = await superviseProcess(
    {
      program,
      args,
      cwd: place.work,
      env: verifyEnvironment({ home: place.home, tmp: place.tmp }),
      stdinFile: null,
      logFile,
      timeoutMs: command.timeoutMs,
      maxOutputBytes: MAX_OUTPUT,
      account,
    },
    signal,
  );
  const output = await readFile(logFile).catch(() => Buffer.alloc(0));
  const tail = await tailOf(logFile).catch(() => '');
  await rm(logFile, { force: true });
  const told = (tailChars: number, tests: number): NewEntry =>
    fact(session, 'prove', `${subject.slice(0, 12)}-${index}`, {
      type: 'proof.recorded',
      attempt: session.attempt,
      subject,
      run: command.run,
      argv: command.argv,
      exit,
      durationMs: Math.round(durationMs),
      output: sha256(output),
      tail: tail.slice(Math.max(0, tail.length - tailChars)),
      testsChanged: changedTests(session).slice(0, tests),
    });
  // An entry is bounded in bytes, and a character may take several: the last lines give way to the fact itself.
  const fits = [told(TAIL_CHARS, 32), told(TAIL_CHARS / 4, 8)].find((entry) => entryProblem(entry) === null);
  return fits ?? told(0, 0);
};

/** Runs every declared command that has no record on the candidate's subject yet, one after the other, in declared order. */
export const prove = async (session: Session, signal: AbortSignal): Promise<void> => {
  const evidence = await evidenceOf(session);
  const subject = evidence.candidate?.subject;
  if (subject === undefined) return;
  const known = proofsOn(session.recorder.state(), evidence, subject);
  const { verify, policy } = session.contract;
  if (verify.every((command) => known.has(command.run))) return;
  // Agents wrote the code that runs here: with isolation it reaches neither us nor what we say about it.
  const opened = await openPlace(session, {
    who: 'the declared commands',
    isolation: policy.isolation,
    dir: join(session.workDir, 'prove'),
    waveCommand: [],
  });
  try {
    okOrFail(await session.scratch.checkout(subject, opened.place.work), 'the tree to verify');
    await opened.handOver({ programs: [], files: [] });
    for (const [index, command] of verify.entries()) {
      if (known.has(command.run) || signal.aborted) continue;
      const proof = await proveOne(session, subject, command, index, opened, signal);
      // Stopped by us, not by the command: that says nothing about the tree.
      if (!signal.aborted) await session.recorder.record([proof]);
    }
  } finally {
    await opened.close();
  }
};
