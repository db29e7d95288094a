import { error, type Report } from './diagnostic.ts';
import { parseDuration } from './duration.ts';
import { EXECUTOR_KEYS, FLAGS, type KeyKind, runtimeOf } from './executor-keys.ts';
import { type KeyValue, readItems, readKeyValues, shorten } from './items.ts';
import { nearest } from './nearest.ts';
import type { Section } from './outline.ts';
import type { SourceText } from './text-span.ts';
import {
  type AgentId,
  type Config,
  EXECUTOR_IDS,
  type ExecutorChoice,
  type ExecutorId,
  type Policy,
  type Role,
  type RunOverrides,
  type SourceSpan,
} from './types.ts';

/** What an agent's `### Executor` asks for; null where it leaves the choice to others. */
export type ExecutorRequest = {
  readonly id: ExecutorId | null;
  readonly model: string | null;
  readonly program: { readonly name: string; readonly at: SourceSpan } | null;
  readonly timeout: { readonly ms: number; readonly at: SourceSpan } | null;
  readonly at: SourceSpan;
};

/** Reads and checks every key; what no part of this system acts on yet is checked and left out. */
export function readExecutor(source: SourceText, section: Section, report: Report): ExecutorRequest {
  const items = readItems(source, section, report, 'many-lines');
  const entries = readKeyValues(source, items, Object.keys(EXECUTOR_KEYS), report);
  const valid = entries.filter((entry) => checkValue(entry, report));
  const find = (key: string): KeyValue | null => valid.find((entry) => entry.key === key) ?? null;

  const idEntry = find('id');
  const id = EXECUTOR_IDS.find((known) => known === idEntry?.value.toLowerCase()) ?? null;
  for (const { key, at } of valid) {
    const runtime = runtimeOf(key);
    if (id === null || runtime === null || runtime === id) continue;
    const message = `${key} is a setting of ${runtime}, and this agent's executor is ${id}`;
    report(error('executor-key-mismatch', at, message, { fix: `remove the line, or write id: ${runtime}` }));
  }
  const sticky = find('retry-policy')?.value.toLowerCase() === 'sticky';
  const fallback = find('allow-fallback-on-retry');
  if (sticky && fallback !== null && FLAGS[fallback.value.toLowerCase()] === true) {
    const message = 'retry-policy is sticky, and allow-fallback-on-retry is true';
    report(error('executor-contradiction', fallback.at, message, { fix: 'keep one of the two' }));
  }
  const program = find('command.program');
  return {
    id,
    model: find('model')?.value ?? null,
    program: program === null ? null : { name: program.value, at: program.valueAt },
    timeout: shortest(find('timeout'), find('budget.minutes')),
    at: section.at,
  };
}

function shortest(timeout: KeyValue | null, minutes: KeyValue | null): ExecutorRequest['timeout'] {
  const asked = [
    ...(timeout === null ? [] : [{ ms: parseDuration(timeout.value) ?? 0, at: timeout.valueAt }]),
    ...(minutes === null ? [] : [{ ms: Number(minutes.value) * 60_000, at: minutes.valueAt }]),
  ];
  return asked.sort((left, right) => left.ms - right.ms)[0] ?? null;
}

function checkValue({ key, value, valueAt }: KeyValue, report: Report): boolean {
  const kind = EXECUTOR_KEYS[key];
  const expected = kind === undefined || value.includes('\0') ? 'text' : expectation(kind, value);
  if (expected === null) return true;
  const known = kind?.kind === 'one-of' ? nearest(value, kind.values) : null;
  report(
    error('executor-value', valueAt, `"${shorten(value)}" is not a value of ${key}`, {
      expected,
      ...(known === null ? {} : { fix: `write ${known}` }),
    }),
  );
  return false;
}

/** Null when `value` is of the kind, else what was expected. */
function expectation(kind: KeyKind, value: string): string | null {
  const parts = value.split(',').map((part) => part.trim());
  // Only JSON may take several lines: anything else would be two bullets glued together.
  if (kind.kind !== 'json' && kind.kind !== 'json-object' && /[\r\n]/.test(value)) return 'one line';
  switch (kind.kind) {
    case 'text':
      return null;
    case 'list':
      return parts.includes('') ? 'a comma-separated list' : null;
    case 'pairs':
      return parts.every((part) => /^[^=\s]+\s*=/.test(part)) ? null : 'a comma-separated list of key=value';
    case 'flag':
      return Object.hasOwn(FLAGS, value.toLowerCase()) ? null : 'true or false';
    case 'positive':
      return /^[1-9]\d{0,5}$/.test(value) ? null : 'a whole number above zero';
    case 'duration':
      return parseDuration(value) === null ? '90s, 5m or 1h30m' : null;
    case 'one-of':
      return kind.values.includes(value.toLowerCase()) ? null : kind.values.join(', ');
    case 'many-of':
      return parts.every((part) => kind.values.includes(part.toLowerCase())) ? null : kind.values.join(', ');
    case 'json':
      return isJson(value, () => true) ? null : 'JSON';
    case 'json-object':
      return isJson(
        value,
        (parsed) => typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed),
      )
        ? null
        : 'a JSON object';
  }
}

function isJson(value: string, accepts: (parsed: unknown) => boolean): boolean {
  try {
    return accepts(JSON.parse(value));
  } catch {
    return false;
  }
}

/**
 * The executor an agent gets: the command line's for it, the command line's for all, its own id, the role's default,
 * the configuration's. Unlike in the peer (contract.md §1.8) what a person types for this run comes first. Without a
 * time of its own it gets the configured one, inside the policy's cap; a time it asks for itself is checked against that
 * cap, not cut; the command line's time is a ceiling over either. A model belongs to the executor it was named with.
 */
export function resolveExecutor(
  agent: { readonly id: AgentId; readonly role: Role; readonly at: SourceSpan },
  request: ExecutorRequest | null,
  settings: { readonly config: Config; readonly policy: Policy; readonly overrides: RunOverrides },
  report: Report,
): ExecutorChoice {
  const { config, policy, overrides } = settings;
  const byRole = config.executors.byRole[agent.role];
  const { executorByAgent = {} } = overrides;
  const typed = Object.hasOwn(executorByAgent, agent.id) ? executorByAgent[agent.id] : overrides.executor;
  const [written, writtenBy]: [ExecutorId, ExecutorChoice['selectedBy']] =
    request?.id != null
      ? [request.id, 'agent-id']
      : byRole !== undefined
        ? [byRole, 'lane-role-default']
        : [config.executors.default, 'lane-default'];
  const id = typed ?? written;
  const configuredMs = Math.min(config.timeoutMinutes, policy.maxAgentMinutes) * 60_000;
  const ceilingMs = (overrides.timeoutMinutes ?? Number.POSITIVE_INFINITY) * 60_000;
  return {
    id,
    program: id === 'command' ? resolveProgram(request, agent.at, config.executors.programs, report) : null,
    model: id === written ? (request?.model ?? null) : null,
    timeoutMs: Math.min(request?.timeout?.ms ?? configuredMs, ceilingMs),
    selectedBy: typed === undefined ? writtenBy : 'cli',
  };
}

function resolveProgram(
  request: ExecutorRequest | null,
  at: SourceSpan,
  programs: Config['executors']['programs'],
  report: Report,
): string | null {
  const names = Object.keys(programs);
  const listed =
    names.length === 0 ? 'the configuration names none' : `known: ${names.map(shorten).join(', ')}`;
  if (request?.program != null) {
    const { name, at: nameAt } = request.program;
    if (Object.hasOwn(programs, name)) return name;
    const near = nearest(name, names);
    report(
      error('command-program-unknown', nameAt, `there is no program "${shorten(name)}"; ${listed}`, {
        fix:
          near === null
            ? 'add it under executors.command.programs of wave.config.json on the base branch'
            : `write ${near}`,
      }),
    );
    return null;
  }
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  report(
    error('command-program-missing', request?.at ?? at, `the command executor needs a program; ${listed}`, {
      fix: 'add "- command.program: <name>" to ### Executor, naming one of executors.command.programs',
    }),
  );
  return null;
}
