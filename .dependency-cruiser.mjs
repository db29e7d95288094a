/**
 * Who may import whom (docs/architecture.md). The table is the rule: a room may use the rooms named after it, through
 * their doors (`index.ts`), and nothing else of this project. Read by `npm run deps` and by editors.
 */

const PURE = ['contract', 'journal', 'state', 'closure', 'views'];

/** Room -> rooms it may use. The pure rooms stand in a row: each uses those to its left. */
export const ROOMS = {
  contract: [],
  journal: ['contract'],
  state: ['contract', 'journal'],
  closure: ['contract', 'journal', 'state'],
  views: ['contract', 'journal', 'state', 'closure'],
  // Of each other, `agents` and `host` may use types only: see `types-only-between-agents-and-host`.
  agents: [...PURE, 'host'],
  host: [...PURE, 'agents'],
  run: [...PURE, 'agents', 'host'],
  // The demo writes a repository and plays its agents: it talks to a wave from outside, as any program would.
  demo: [...PURE, 'run'],
  // The edges make the ports that `run` is given (clock, chance, exchange, API), and inside an agent's run the command
  // line is the agent's end of the outbox: they may open the doors of `host` and `agents`.
  cli: [...PURE, 'run', 'agents', 'host', 'demo'],
  action: [...PURE, 'run', 'agents', 'host'],
};

const TEST_CODE = '\\.(test|fixture)\\.ts$';
const inRooms = (rooms) => `^src/(${rooms.join('|')})/`;

/** Libraries without effects. `node:crypto` is for digests; what is imported from it is looked at by purity.ts. */
const PURE_LIBRARIES =
  '^(node_modules/)?(mdast|@types/mdast|mdast-util-[a-z-]+|micromark[a-z-]*|unist-util-[a-z-]+|zod|yaml)(/|$)|^(node:)?crypto$';

const roomRules = Object.entries(ROOMS).map(([room, uses]) => ({
  name: `rooms-${room}`,
  comment: uses.length === 0 ? `${room} uses no other room` : `${room} may use ${uses.join(', ')}`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: TEST_CODE },
  to: { path: '^(src|scripts|bench|test)/', pathNot: inRooms([room, ...uses]) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...roomRules,
    {
      name: 'types-only-between-agents-and-host',
      comment: 'agents and host may use each other’s types, not each other’s code',
      severity: 'error',
      from: { path: '^src/(agents|host)/', pathNot: TEST_CODE },
      to: { path: '^src/(agents|host)/', pathNot: '^src/$1/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'by-the-door',
      comment: 'a room is used through an index.ts of it',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: TEST_CODE },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '/index\\.ts$'] },
    },
    {
      name: 'pure-libraries-only',
      comment: 'pure rooms use no file system, network, process or other effect',
      severity: 'error',
      from: { path: inRooms(PURE), pathNot: TEST_CODE },
      to: { pathNot: ['^src/', PURE_LIBRARIES] },
    },
    {
      name: 'no-test-code-in-the-product',
      comment: 'tests and their fixtures are used by tests alone',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST_CODE },
      to: { path: TEST_CODE },
    },
    {
      name: 'no-development-dependencies',
      comment: 'what the product uses is among its dependencies',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST_CODE },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      comment: 'an import leads somewhere',
      severity: 'error',
      from: { path: '^src/' },
      // Its types come from @types/mdast, and there is no code to it.
      to: { couldNotResolve: true, pathNot: '^mdast$' },
    },
    {
      name: 'no-cycles',
      comment: 'no cycles, of types neither',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
    skipAnalysisNotInRules: false,
  },
};
