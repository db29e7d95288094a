import { error, type Report } from './diagnostic.ts';
import { parseDuration } from './duration.ts';
import { EXECUTOR_KEYS, FLAGS, type KeyKind, runtimeOf } from './executor-keys.ts';
import { type KeyValue, readItems, readKeyValues, shorten } from './items.ts';
import { nearest } from './nearest.ts';
import type { Section } from './outline.ts';
import type { SourceText } from './text-span.ts';
import {
  type AgentBudget,
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
  /** null: nothing said about them; empty: none wanted. */
  readonly fallbacks: readonly ExecutorId[] | null;
  readonly budget: AgentBudget;
  /** Ceilings of turns that only one executor knows by that name. */
  readonly ownTurns: Readonly<Partial<Record<ExecutorId, number>>>;
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
    fallbacks: readFallbacks(find('fallbacks'), sticky || isFalse(fallback)),
    budget: {
      turns: numberOf(find('budget.turns')),
      tokens: numberOf(find('budget.tokens')),
      cost: numberOf(find('budget.cost')),
    },
    ownTurns: {
      ...ownTurns('claude', find('claude.max_turns')),
      ...ownTurns('opencode', find('opencode.steps')),
    },
    at: section.at,
  };
}

const isFalse = (entry: KeyValue | null): boolean =>
  entry !== null && FLAGS[entry.value.toLowerCase()] === false;
const numberOf = (entry: KeyValue | null): number | null => (entry === null ? null : Number(entry.value));
const ownTurns = (id: ExecutorId, entry: KeyValue | null): Partial<Record<ExecutorId, number>> =>
  entry === null ? {} : { [id]: Number(entry.value) };

function readFallbacks(entry: KeyValue | null, none: boolean): readonly ExecutorId[] | null {
  if (none) return [];
  if (entry === null) return null;
  const named = entry.value.split(',').map((part) => part.trim().toLowerCase());
  return EXECUTOR_IDS.filter((id) => named.includes(id)).toSorted(
    (a, b) => named.indexOf(a) - named.indexOf(b),
  );
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
    case 'tokens':
      return /^[1-9]\d{0,8}$/.test(value) ? null : 'a whole number above zero';
    case 'cost':
      return /^\d{1,5}(?:\.\d{1,2})?$/.test(value) && Number(value) > 0 ? null : 'US dollars, like 2 or 0.50';
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
    // What a person typed for this run is what they want to see running.
    fallbacks: typed === undefined ? fallbacksFor(id, agent.role, request, settings) : [],
    budget: {
      turns: request?.ownTurns[id] ?? request?.budget.turns ?? config.executors.budget.turns,
      tokens: request?.budget.tokens ?? config.executors.budget.tokens,
      cost: request?.budget.cost ?? config.executors.budget.cost,
    },
  };
}

/** Named ones are checked against the policy; of the configured order, only what the policy allows takes part. */
function fallbacksFor(
  id: ExecutorId,
  role: Role,
  request: ExecutorRequest | null,
  { config, policy }: { readonly config: Config; readonly policy: Policy },
): readonly ExecutorId[] {
  const allowed = (one: ExecutorId): boolean =>
    policy.executors[role].includes(one) && (policy.allowSimulated || (one !== 'command' && one !== 'local'));
  const chain = request?.fallbacks ?? config.executors.fallbackOrder.filter(allowed);
  // Which program a `command` would start is only known where the agent was meant to run as one.
  return chain.filter((one) => one !== id && one !== 'command');
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
