/**
 * The program of a demo agent: carries out its script in its private clone, the way any agent would, with the `wave`
 * command on its PATH, its outbox and its inbox. Started by the `command` executor; knows nothing of the orchestrator.
 */
import { execFile, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Action, Script } from './script.ts';

type Item = {
  readonly id: string;
  readonly from: string | null;
  readonly status: string;
  readonly summary: string;
  readonly answer: { readonly text: string } | null;
};
type Inbox = { readonly owed: readonly Item[]; readonly asks: readonly Item[] };

const environment = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: this program is started by a wave`);
  return value;
};
const wave = promisify(execFile);
const LOOK_MS = 40;
/** Milliseconds an agent waits for another before it goes on without. */
const PATIENCE_MS = 30_000;

const inbox = (): Inbox => {
  try {
    return JSON.parse(readFileSync(join(environment('WAVE_INBOX'), 'inbox.json'), 'utf8')) as Inbox;
  } catch {
    return { owed: [], asks: [] };
  }
};

const until = async <T>(look: () => T | undefined): Promise<T | undefined> => {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return undefined;
};

const run = (argv: readonly string[], cwd?: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const [program = '', ...args] = argv;
    const child = spawn(program, args, { stdio: 'inherit', ...(cwd === undefined ? {} : { cwd }) });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });

const answers = new Map<string, string>();
const filled = (text: string): string =>
  text
    .replaceAll('{{answer}}', answers.values().next().value ?? '')
    .replaceAll('{{run}}', process.env['WAVE_RUN'] ?? '')
    .replaceAll('{{attempt}}', process.env['WAVE_ATTEMPT'] ?? '');

const carryOutAll = async (actions: readonly Action[]): Promise<void> => {
  for (const action of actions) await carryOut(action);
};

const carryOut = async (action: Action): Promise<void> => {
  switch (action.do) {
    case 'write':
      mkdirSync(dirname(action.path), { recursive: true });
      writeFileSync(action.path, filled(action.text));
      return;
    case 'run':
      if ((await run(action.argv)) !== 0) process.exit(1);
      return;
    case 'check':
      return carryOutAll((await run(action.argv)) === 0 ? action.holds : action.fails);
    case 'if-owed': {
      const owed = inbox().owed.some((item) => item.from === action.from && item.answer === null);
      return carryOutAll(owed ? action.repair : action.otherwise);
    }
    case 'state': {
      const { kind, subject, value, summary } = action;
      const words = ['--kind', kind, '--subject', subject, '--value', value, '--summary', summary];
      if (!inbox().asks.some((item) => item.summary === summary))
        await wave('wave', ['coord', 'post', ...words]);
      return;
    }
    case 'ask': {
      // An earlier attempt may have asked already: an open question is kept, an answered one is used.
      const mine = (): Item | undefined => inbox().asks.find((item) => item.summary === action.summary);
      if (mine() === undefined)
        await wave('wave', [
          'coord',
          'post',
          '--kind',
          action.kind,
          '--target',
          action.to,
          '--summary',
          action.summary,
          '--detail',
          action.detail,
        ]);
      if (!action.wait) return;
      const answered = await until(() => mine()?.answer?.text);
      if (answered === undefined) throw new Error(`nobody answered “${action.summary}”`);
      answers.set(action.summary, answered);
      return;
    }
    case 'answer': {
      const request = await until(() => inbox().owed.find((item) => item.from === action.from));
      if (request === undefined || request.answer !== null) return;
      if (request.status === 'open') await wave('wave', ['coord', 'ack', request.id]);
      await wave('wave', ['coord', 'answer', request.id, action.text]);
      return;
    }
    case 'signal':
      await wave('wave', [
        'signal',
        action.kind,
        ...Object.entries(action.fields).flatMap(([name, value]) => [`--${name}`, value]),
      ]);
      return;
    case 'say':
      console.log(action.text);
      writeFileSync(environment('WAVE_FINAL_MESSAGE'), action.text);
      return;
    case 'outbox': {
      const dir = environment('WAVE_OUTBOX');
      const n = Math.max(0, ...readdirSync(dir).map((name) => Number.parseInt(name, 10) || 0)) + 1;
      writeFileSync(join(dir, `${n}.json`), JSON.stringify(action.body));
      return;
    }
    case 'append': {
      // `file` names a folder of segments: a forger writes into the newest.
      const newest = existsSync(action.file) ? readdirSync(action.file).toSorted().at(-1) : undefined;
      if (newest !== undefined) appendFileSync(join(action.file, newest), filled(action.text));
      return;
    }
    case 'commit': {
      appendFileSync(join(action.repository, action.path), action.text);
      const identity = ['-c', 'user.name=somebody', '-c', 'user.email=somebody@example.invalid'];
      await wave('git', ['-C', action.repository, ...identity, 'commit', '-qam', 'A byte more']);
      return;
    }
    case 'exit':
      process.exit(action.code);
      return;
    case 'hang':
      await new Promise(() => setInterval(() => {}, 1000));
      return;
  }
};

const [scriptFile = ''] = process.argv.slice(2);
const script = JSON.parse(readFileSync(scriptFile, 'utf8')) as Script;
await carryOutAll(script.actions);
