/** Progress and end of a local run on a terminal: drawn in place where that is possible, one line an event elsewhere. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { leading } from '../closure/index.ts';
import { systemClock } from '../host/index.ts';
import type { Entry } from '../journal/index.ts';
import {
  type LocalOutcome,
  type LocalRequest,
  newestLog,
  reportFile,
  runLocally,
  type Session,
} from '../run/index.ts';
import type { WaveState } from '../state/index.ts';
import {
  entryLine,
  htmlReport,
  outcomeJson,
  renderDiagnostics,
  renderLive,
  renderOutcome,
  unreadable,
} from '../views/index.ts';
import { commandName, isLive, print, style, warnOfUnreadable, waveCommand } from './terminal.ts';

type Progress = {
  readonly started: (session: Session) => void;
  readonly entry: (entry: Entry, state: WaveState) => void;
  readonly end: () => void;
};

/** Milliseconds between two drawings of the block. */
const DRAW_MS = 150;

const live = (): Progress => {
  let session: Session | null = null;
  let drawn = 0;
  let startedAt = '';
  const erase = (): string => (drawn === 0 ? '' : `\x1b[${drawn}A\x1b[J`);
  const draw = (): void => {
    if (session === null) return;
    const lines = renderLive(session.contract, session.recorder.state(), {
      now: new Date().toISOString(),
      startedAt,
      // A line is kept free: the cursor stands on it.
      height: (process.stdout.rows ?? 24) - 1,
      ...style(),
    });
    process.stdout.write(`${erase()}${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, DRAW_MS);
  process.stdout.write('\x1b[?25l');
  return {
    started: (one) => {
      session = one;
      startedAt = new Date().toISOString();
    },
    entry: () => {},
    end: () => {
      clearInterval(timer);
      process.stdout.write(`${erase()}\x1b[?25h`);
    },
  };
};

const plain = (): Progress => {
  let session: Session | null = null;
  const clock = (at: string): string => at.slice(11, 19);
  return {
    started: (one) => {
      session = one;
      print(
        `${clock(new Date().toISOString())} wave ${one.contract.wave} · ${one.contract.lane} · attempt ${one.attempt} · base ${one.base.commit.slice(0, 7)}`,
      );
    },
    entry: (entry, state) => {
      if (session === null) return;
      const line = entryLine(session.contract, state, entry);
      if (line !== '') print(`${clock(entry.at)} ${line}`);
    },
    end: () => {},
  };
};
const silent: Progress = { started: () => {}, entry: () => {}, end: () => {} };

const patchesOf = async (session: Session): Promise<ReadonlyMap<string, string>> => {
  const patches = new Map<string, string>();
  for (const [agent, finished] of session.recorder.state().attempts.get(session.attempt)?.finished ?? []) {
    const bytes = finished.patch === null ? null : await session.blobs.getBlob(finished.patch.sha256);
    if (bytes !== null) patches.set(agent, Buffer.from(bytes).toString('utf8'));
  }
  return patches;
};

/** Writes the HTML report of what a run came to. @returns its path */
export const writeReport = async (
  outcome: Extract<LocalOutcome, { session: Session }>,
  command: string,
): Promise<string> => {
  const { session, state, gates, kind, commit, tree } = outcome;
  const file = reportFile(outcome.stateDir, session.contract.wave);
  const text = htmlReport({
    contract: session.contract,
    state,
    gates,
    tree,
    commit,
    entries: session.recorder.entries(),
    unreadable: unreadable(session.recorder.quarantined()),
    instance: session.instance,
    generatedAt: systemClock.now().toISOString(),
    closed: kind === 'closed',
    patches: await patchesOf(session),
    command,
  });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
};

/** Ctrl-C stops the agents in good order; what is proven stays. */
const interruptible = (): { readonly signal: AbortSignal; readonly done: () => void } => {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return {
    signal: controller.signal,
    done: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
};

/** What a run came to, as a person reads it and as a program does. */
type Told = { readonly text: string; readonly answer: Readonly<Record<string, unknown>> };

const told = (outcome: LocalOutcome, command: string, reportPath: string | null): Told => {
  switch (outcome.kind) {
    case 'invalid': {
      const { diagnostics, sources } = outcome.reading;
      return {
        text: renderDiagnostics(diagnostics, (file) => sources.get(file) ?? null, style()),
        answer: { ok: false, diagnostics },
      };
    }
    case 'complete':
      return {
        text: `wave ${outcome.contract.wave} is complete: published as ${outcome.commit.slice(0, 7)}. There is nothing left to run.`,
        answer: { ok: true, closed: true, commit: outcome.commit, already: true },
      };
    case 'interrupted': {
      const { wave } = outcome.session.contract;
      return {
        text: `wave ${wave} was interrupted. What is proven is kept: ${command} run ${wave} goes on from there.`,
        answer: { ok: false, closed: false, interrupted: true },
      };
    }
    default: {
      const { session, state, gates, tree, commit, exitCode, gaveUp } = outcome;
      const closed = outcome.kind === 'closed';
      const { contract } = session;
      const logs = new Map(
        contract.agents.flatMap((agent) => {
          const path = newestLog(outcome.stateDir, agent);
          return path === null ? [] : [[agent.id, path] as const];
        }),
      );
      const shown = { contract, state, gates, tree, closed, commit, reportPath, command, gaveUp, logs };
      const damaged = unreadable(session.recorder.quarantined());
      return {
        text: renderOutcome(shown, style()),
        answer: {
          ok: closed,
          ...outcomeJson(shown),
          unreadable: damaged,
          code: leading(gates)?.code ?? null,
          exitCode,
        },
      };
    }
  }
};

export type Shown = {
  readonly exitCode: number;
  readonly outcome: LocalOutcome;
  /** For programs; the caller prints it, where more than one wave makes one answer. */
  readonly answer: Readonly<Record<string, unknown>>;
};

export type Asked = Pick<
  LocalRequest,
  'repoDir' | 'wave' | 'lane' | 'overrides' | 'maxParallel' | 'maxRetries' | 'commandLine'
>;

/** Runs a wave and shows it as it goes; with `json` it prints nothing. */
export const showRun = async (request: Asked, json: boolean): Promise<Shown> => {
  const command = commandName(request.repoDir);
  const progress = json ? silent : isLive() ? live() : plain();
  const interrupt = interruptible();
  let outcome: LocalOutcome;
  try {
    outcome = await runLocally({
      ...request,
      waveCommand: waveCommand(),
      clock: systemClock,
      signal: interrupt.signal,
      listen: progress.entry,
      onStart: progress.started,
    });
  } finally {
    progress.end();
    interrupt.done();
  }
  if ('session' in outcome) await warnOfUnreadable(outcome.session.recorder.quarantined());
  const reportPath =
    'session' in outcome && outcome.kind !== 'interrupted' ? await writeReport(outcome, command) : null;
  const { text, answer } = told(outcome, command, reportPath);
  if (!json) print(text);
  const exitCode = outcome.kind === 'invalid' ? 1 : outcome.kind === 'complete' ? 0 : outcome.exitCode;
  return { exitCode, outcome, answer };
};
