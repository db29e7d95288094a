import { type Agent, type Contract, ownerOf, protectedBy } from '../../contract/index.ts';
import type { PatchChange, Refusal } from './change.ts';
import { shapeRefusals } from './change-shape.ts';
import { isControlFile, isManifest } from './sensitive-files.ts';

export type AdmissionContext = { readonly agent: Agent; readonly contract: Contract };

/**
 * Everything this agent's patch must not do, all at once: shape (see {@link shapeRefusals}), the base policy's
 * protected paths, ownership, and what a steward may write (design §7, "Trees"; platform.md S22, S23). Pure; asked
 * of the patch before it is applied and of the resulting tree afterwards.
 */
export const admissionRefusals = (changes: readonly PatchChange[], context: AdmissionContext): Refusal[] => [
  ...shapeRefusals(changes),
  ...uniquePaths(changes).flatMap((path) => [...protection(path, context), ...authority(path, context)]),
];

const uniquePaths = (changes: readonly PatchChange[]): string[] => [
  ...new Set(changes.map(({ path }) => path)),
];

const protection = (path: string, { agent, contract }: AdmissionContext): Refusal[] => {
  // The wave file says who may write what; nobody it speaks of changes it.
  const place = path === contract.file ? contract.file : protectedBy(contract.policy, path);
  if (place !== null)
    return [{ code: 'protected-path', path, detail: `${place} is protected: no agent changes it` }];
  if (ownsExactly(agent, path)) return [];
  if (isManifest(path))
    return [
      {
        code: 'manifest-not-owned-exactly',
        path,
        detail: `what is installed or built changes with this file; ${agent.id} must own it by its exact path`,
      },
    ];
  if (isControlFile(path))
    return [
      {
        code: 'protected-path',
        path,
        detail: `this file steers tools or agents; ${agent.id} must own it by its exact path`,
      },
    ];
  const folder = dotFolder(path);
  if (folder !== null && !agent.ownedPaths.some((owned) => owned.path.startsWith(folder)))
    return [
      {
        code: 'protected-path',
        path,
        detail: `${agent.id} must own ${folder} by name to change what is in it`,
      },
    ];
  return [];
};

const authority = (path: string, { agent, contract }: AdmissionContext): Refusal[] => {
  const owner = ownerOf(contract, path);
  const owned = owner === agent.id;
  const ownership = `${owner === null ? 'nobody owns it' : `${owner} owns it`}; ${agent.id} owns ${ownedBy(agent)}`;
  const notOwned: Refusal[] = owned ? [] : [{ code: 'path-not-owned', path, detail: ownership }];
  switch (agent.role) {
    case 'implementation':
      return notOwned;
    case 'documentation': {
      const matrix = contract.config.paths.componentMatrix;
      if (path === matrix) return owner === null ? [] : notOwned;
      const markdown = /\.(md|markdown)$/i.test(path);
      const detail = `documentation changes Markdown and ${matrix} only`;
      return markdown ? notOwned : [...notOwned, { code: 'not-markdown', path, detail }];
    }
    case 'cont-eval':
    case 'security':
    case 'integration':
    case 'cont-qa': {
      if (agent.reportPath !== null && path === agent.reportPath && owned) return [];
      const report = agent.reportPath === null ? 'nothing' : `its report ${agent.reportPath} only`;
      return [
        { code: 'not-a-report', path, detail: `${agent.id} (${agent.role}) writes ${report}; ${ownership}` },
      ];
    }
  }
};

const MOST_NAMED = 5;
const ownedBy = (agent: Agent): string => {
  const paths = agent.ownedPaths.map(({ path }) => path);
  if (paths.length === 0) return 'nothing';
  const more = paths.length - MOST_NAMED;
  return paths.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
};

const ownsExactly = (agent: Agent, path: string): boolean =>
  path === agent.reportPath || agent.ownedPaths.some((owned) => owned.path === path);

/** The path up to its first folder that starts with a dot: `.husky/`, `packages/a/.storybook/`. */
const dotFolder = (path: string): string | null => /^(?:[^/]+\/)*?\.(?!\.?\/)[^/]*\//.exec(path)?.[0] ?? null;
