/** Where the redacted output of an agent's program is kept. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent } from '../../contract/index.ts';

export const logFolder = (stateDir: string): string => join(stateDir, 'logs');

/** @param count how often the agent was launched in this attempt, this time included */
export const logName = ({ slug }: Pick<Agent, 'slug'>, count: number): string =>
  `wave-${slug}${count === 1 ? '' : `.${count}`}.log`;

/** The agent's newest log with anything in it, or null. */
export const newestLog = (stateDir: string, agent: Pick<Agent, 'slug'>): string | null => {
  const folder = logFolder(stateDir);
  const [stem] = logName(agent, 1).split('.log');
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return null;
  }
  const found = names
    .filter((name) => name === `${stem}.log` || (name.startsWith(`${stem}.`) && /\.\d+\.log$/.test(name)))
    .map((name) => ({ path: join(folder, name), ...sizeAndTime(join(folder, name)) }))
    .filter(({ size }) => size > 0)
    .toSorted((a, b) => b.time - a.time);
  return found[0]?.path ?? null;
};

const sizeAndTime = (path: string): { readonly size: number; readonly time: number } => {
  const stats = statSync(path, { throwIfNoEntry: false });
  return { size: stats?.size ?? 0, time: stats?.mtimeMs ?? 0 };
};
