/** Runs a program the base branch's configuration names; how the program comes to its result is its own affair. */
import { rm } from 'node:fs/promises';
import { readHostileFile } from '../atomic-file.ts';
import { MAX_FINAL_MESSAGE } from '../final-message.ts';
import { superviseProcess } from '../supervisor.ts';
import type { AgentOutcome, Executor } from '../types.ts';

/** What the program left as its result. Bytes that are not UTF-8 are no message. */
async function finalMessage(
  file: string,
): Promise<Pick<AgentOutcome, 'finalMessage' | 'finalMessageProblem'>> {
  const read = await readHostileFile(file, MAX_FINAL_MESSAGE);
  if (read.kind === 'absent') return { finalMessage: null };
  if (read.kind === 'refused')
    return { finalMessage: null, finalMessageProblem: `the final message ${read.problem}` };
  try {
    return { finalMessage: new TextDecoder('utf-8', { fatal: true }).decode(read.bytes) };
  } catch {
    return { finalMessage: null, finalMessageProblem: 'the final message is not UTF-8' };
  }
}

/**
 * The prompt comes on standard input and in the file WAVE_PROMPT_FILE names; the program may leave its final message
 * (at most 64 KiB, a regular file) where WAVE_FINAL_MESSAGE says. What it prints is a log and nothing more.
 */
export const commandExecutor: Executor = {
  id: 'command',
  async launch(spec, signal) {
    const [program = '', ...args] = spec.argv;
    // A message of an earlier attempt must not speak for this one.
    await rm(spec.finalMessageFile, { force: true });
    const end = await superviseProcess(
      {
        program,
        args,
        cwd: spec.workdir,
        env: spec.env,
        stdinFile: spec.promptFile,
        logFile: spec.logFile,
        secrets: spec.secrets ?? [],
        timeoutMs: spec.timeoutMs,
        maxOutputBytes: spec.maxOutputBytes,
        account: spec.account,
      },
      signal,
    );
    return { ...end, ...(await finalMessage(spec.finalMessageFile)), usage: 'unknown', session: null };
  },
};
