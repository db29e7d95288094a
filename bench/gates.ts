/** Every gate of a wave of fifty agents, on a history that closes and on one that does not. */
import { allHold, gates } from '../src/closure/index.ts';
import { fold } from '../src/state/index.ts';
import { contractOf } from '../test/histories/contract.ts';
import { honest } from '../test/histories/honest.ts';
import { type Benchmark, medianTime } from './measure.ts';

const IDS = [...Array.from({ length: 45 }, (_, i) => `B${i + 1}`), 'E0', 'A7', 'A8', 'A9', 'A0'];

export const allGates: Benchmark = {
  id: 'gates',
  run: async () => {
    const { contract, entries, evidence } = honest({ contract: contractOf(IDS) });
    const whole = fold(contract, entries);
    const half = fold(contract, entries.slice(0, entries.length >> 1));
    if (
      !allHold(gates(contract, whole, evidence, 'close')) ||
      allHold(gates(contract, half, evidence, 'close'))
    )
      throw new Error(
        'the benchmark measures the wrong thing: the whole history closes, half of it does not',
      );
    const closing = await medianTime(15, () => gates(contract, whole, evidence, 'close'), 3);
    const refusing = await medianTime(15, () => gates(contract, half, evidence, 'close'), 3);
    return [
      {
        name: 'evaluate all gates, 50 agents',
        measured: Math.max(closing, refusing),
        budget: 10,
        unit: 'ms',
      },
    ];
  },
};
