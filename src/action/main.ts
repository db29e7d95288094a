/** The action's entry: reads the phase, runs that job's use case, and says what came of it. */
import { setFailed } from '@actions/core';

try {
  const { runPhase } = await import('./phase.ts');
  process.exitCode = await runPhase();
} catch (error) {
  const { describeFailure } = await import('./failure.ts');
  setFailed(describeFailure(error));
}
