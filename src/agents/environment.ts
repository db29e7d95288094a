/**
 * The environment of an executor and of a Verify command: built from an allow-list, never by taking things away
 * (platform.md S11, S13, S14). What a runner hands its own steps never reaches code we do not trust.
 */
import { delimiter, isAbsolute } from 'node:path';
import type { AgentId } from '../contract/index.ts';

export type HostEnvironment = Readonly<Record<string, string | undefined>>;

/** What a program needs of its host to find other programs, and to print text and times the same way. */
const PASSED = /^(?:PATH|LANG|LANGUAGE|LC_[A-Z]+|TZ)$/;

/** A relative or empty entry would find programs in the agent's own folder. */
const absolutePath = (path: string): string =>
  path
    .split(delimiter)
    .filter((entry) => isAbsolute(entry))
    .join(delimiter);

function fromHost(host: HostEnvironment): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(host))
    if (value !== undefined && value !== '' && PASSED.test(name))
      env[name] = name === 'PATH' ? absolutePath(value) : value;
  return env;
}

export type AgentSurroundings = {
  readonly base: HostEnvironment;
  /** Stands first on PATH and holds the `wave` command. */
  readonly binDir: string;
  /** The agent's own; empty at the start. */
  readonly home: string;
  readonly tmp: string;
  readonly lane: string;
  readonly wave: number;
  readonly agent: AgentId;
  readonly role: string;
  readonly run: string;
  readonly attempt: number;
  readonly outbox: string;
  readonly inbox: string;
  readonly promptFile: string;
  readonly finalMessageFile: string;
};

/** The whole environment of an agent's process. */
export function agentEnvironment(at: AgentSurroundings): Record<string, string> {
  const host = fromHost(at.base);
  return {
    ...host,
    PATH: host['PATH'] ? `${at.binDir}${delimiter}${host['PATH']}` : at.binDir,
    HOME: at.home,
    TMPDIR: at.tmp,
    CI: 'true',
    WAVE_LANE: at.lane,
    WAVE_NUMBER: String(at.wave),
    WAVE_AGENT: at.agent,
    WAVE_ROLE: at.role,
    WAVE_RUN: at.run,
    WAVE_ATTEMPT: String(at.attempt),
    WAVE_OUTBOX: at.outbox,
    WAVE_INBOX: at.inbox,
    WAVE_PROMPT_FILE: at.promptFile,
    WAVE_FINAL_MESSAGE: at.finalMessageFile,
  };
}

/** The whole environment of a declared Verify command: nothing of the wave, so that it runs as anybody's would. */
export function verifyEnvironment(at: {
  readonly base?: HostEnvironment;
  readonly home: string;
  readonly tmp: string;
}): Record<string, string> {
  return { ...fromHost(at.base ?? process.env), HOME: at.home, TMPDIR: at.tmp, CI: 'true' };
}
