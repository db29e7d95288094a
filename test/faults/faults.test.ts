/** A fault for every gate: a build in which that gate always holds, for asking whether anything else would catch a break. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { GATE_IDS, type Reason } from '../../src/closure/index.ts';
import { STAGES, type StewardRole } from '../../src/contract/index.ts';
import { fold } from '../../src/state/index.ts';
import {
  type Change,
  EVERY_STEWARD,
  honest,
  RUN_REFUSALS,
  STEWARD_REFUSALS,
  WORK_REFUSALS,
} from '../histories/index.ts';

test.each(GATE_IDS)('%s has a fault', (gate) => {
  expect(existsSync(fileURLToPath(new URL(`./${gate}.fault.ts`, import.meta.url)))).toBe(true);
});

const isStage = (gate: string): gate is StewardRole => (STAGES as readonly string[]).includes(gate);
const stateOf = (change: Change) => {
  const { contract, entries, evidence } = change(honest({ contract: EVERY_STEWARD }));
  return { contract, evidence, state: fold(contract, entries) };
};

/** What the broken function says, asked as the real one is. */
const asked = async (gate: string, change: Change): Promise<readonly Reason[]> => {
  const { contract, state, evidence } = stateOf(change);
  const fault = (await import(`./${gate}.fault.ts`)) as Record<
    string,
    (...given: unknown[]) => readonly Reason[]
  >;
  if (isStage(gate)) return fault.stewardGate?.(contract, state, evidence, gate) ?? [];
  const name = `${gate.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())}Gate`;
  const broken = fault[name];
  if (broken === undefined) throw new Error(`${gate}.fault.ts breaks no ${name}`);
  return broken(contract, state, evidence);
};

test.each([...WORK_REFUSALS, ...STEWARD_REFUSALS, ...RUN_REFUSALS])(
  '%s: the %s of a broken build does not say %s',
  async (_, gate, code, _agent, change) => {
    expect((await asked(gate, change)).map((one) => one.code)).not.toContain(code);
  },
);
