/** The outside world behind ports: git, journals, artifacts, GitHub, clocks. Effects live here and in `agents`. */

export * from './exchange/index.ts';
export * from './git/index.ts';
export * from './github/index.ts';
export * from './journal/index.ts';
export * from './lock.ts';
export * from './ports.ts';
export { removeTree } from './remove-tree.ts';
