/**
 * Runs the declared commands on the subject tree, in a fresh folder, with a scrubbed environment, by us and never by the
 * agent whose work it is (design §7 Proof).
 */
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { superviseProcess, verifyEnvironment } from '../agents/index.ts';
import { proofsOn } from '../closure/index.ts';
import { sha256, type VerifyCommand } from '../contract/index.ts';
import { entryProblem, type NewEntry } from '../journal/index.ts';
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
  dir: string,
  signal: AbortSignal,
): Promise<NewEntry> => {
  const [program = '', ...args] = command.argv;
  const logFile = join(dir, `verify-${index}.log`);
  const { exit, durationMs } = await superviseProcess(
    {
      program,
      args,
      cwd: join(dir, 'tree'),
      env: verifyEnvironment({ home: join(dir, 'home'), tmp: join(dir, 'tmp') }),
      stdinFile: null,
      logFile,
      timeoutMs: command.timeoutMs,
      maxOutputBytes: MAX_OUTPUT,
    },
    signal,
  );
  const output = await readFile(logFile).catch(() => Buffer.alloc(0));
  const tail = await tailOf(logFile).catch(() => '');
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
  const dir = await mkdtemp(join(session.workDir, 'prove-'));
  try {
    okOrFail(await session.scratch.checkout(subject, join(dir, 'tree')), 'the tree to verify');
    for (const [index, command] of session.contract.verify.entries()) {
      if (known.has(command.run) || signal.aborted) continue;
      const proof = await proveOne(session, subject, command, index, dir, signal);
      // Stopped by us, not by the command: that says nothing about the tree.
      if (!signal.aborted) await session.recorder.record([proof]);
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
};
