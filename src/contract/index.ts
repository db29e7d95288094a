/**
 * What an author and a base branch say. `readContract` turns a wave file into agents, what each owns, owes and
 * runs as, and the commands that prove it; `readConfig` and `resolvePolicy` turn `wave.config.json` into the
 * configuration and the floor no wave may go below. Text in, typed contract and located diagnostics out: this
 * room reads no files, and a text that is not understood is a diagnostic, never a guess.
 */
export { type CommandLine, splitCommandLine } from './command-line.ts';
export { readComponentMatrix } from './component-matrix.ts';
export { type ConfigReading, readConfig } from './config.ts';
export {
  type ContractOptions,
  type ContractReading,
  filesBeside,
  readContract,
  rolePromptPathsIn,
  waveNumberOf,
} from './contract.ts';
export { hasErrors, sortDiagnostics } from './diagnostic.ts';
export { canonicalJson, sha256 } from './digest.ts';
export { parseDuration } from './duration.ts';
export { EXIT_FIELDS, EXIT_LEVELS, meetsLevel } from './exit-contract.ts';
export { DIAGNOSTIC_CODES, type DiagnosticCode, type Explanation, explain } from './explain.ts';
export { isLiveLevel, maturityOf, requiredArtifacts } from './maturity.ts';
export { nearest } from './nearest.ts';
export { ownerOf, owns } from './ownership.ts';
export {
  BUILT_IN_POLICY,
  type PolicyInput,
  policyWeaknesses,
  protectedBy,
  ROLES,
  resolvePolicy,
} from './policy.ts';
export { isSimulated } from './policy-check.ts';
export { coversPath, normaliseRepoPath, type PathProblem, type RepoPath } from './repo-path.ts';
export * from './types.ts';
export { isJobName } from './wave.ts';
