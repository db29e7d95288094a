/** The local action repositories act copies into each job: the product's release behind a shim, and small stand-ins. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';

const beside = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

/** Where the shim asks who its job is. */
export type Control = { readonly url: string };

async function addShim(
  folder: string,
  control: Control,
  key: string,
  entries: Readonly<Record<string, string>>,
) {
  for (const name of Object.keys(entries)) await cp(beside('act-shim.mjs'), join(folder, name));
  await writeFile(join(folder, 'twin-shim.json'), JSON.stringify({ control: control.url, key, entries }));
}

/**
 * A copy of a release (`action.yml` and `dist/`) for one job. Only `runs.main`, `pre` and `post` change: they name the
 * shim, which starts the file they named before, where it was.
 */
export async function productAction(
  folder: string,
  release: string,
  control: Control,
  key: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(join(release, 'dist'), join(folder, 'dist'), { recursive: true });
  const text = await readFile(join(release, 'action.yml'), 'utf8');
  const document = parseDocument(text);
  const using = document.getIn(['runs', 'using']);
  if (using !== 'node24')
    throw new Error(`action.yml: runs.using is ${String(using)}, the twin expects node24`);
  const entries: Record<string, string> = {};
  for (const stage of ['pre', 'main', 'post'] as const) {
    const file = document.getIn(['runs', stage]);
    if (typeof file !== 'string') continue;
    entries[`twin-${stage}.mjs`] = file;
    document.setIn(['runs', stage], `twin-${stage}.mjs`);
  }
  await writeFile(join(folder, 'action.yml'), document.toString());
  await addShim(folder, control, key, entries);
}

const CHECKOUT_INPUTS = [
  'repository',
  'ref',
  'path',
  'fetch-depth',
  'persist-credentials',
  'fetch-tags',
  'clean',
];

/** actions/checkout for one job, with its token and nothing from the network. */
export async function checkoutAction(folder: string, control: Control, key: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const inputs = CHECKOUT_INPUTS.map((name) => `  ${name}: { required: false }`);
  const token = '  token: { required: false, default: "${{ github.token }}" }';
  const outputs = 'outputs:\n  commit: { description: commit }\n  ref: { description: ref }';
  const head = ['name: checkout', 'inputs:', ...inputs, token, outputs];
  await writeFile(
    join(folder, 'action.yml'),
    `${head.join('\n')}\nruns:\n  using: node24\n  main: twin-main.mjs\n`,
  );
  await cp(beside('act-checkout.mjs'), join(folder, 'checkout.mjs'));
  await addShim(folder, control, key, { 'twin-main.mjs': 'checkout.mjs' });
}

/** An action that does nothing, for `actions/setup-node` and its like. */
export async function noopAction(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'action.yml'), 'name: noop\nruns:\n  using: node24\n  main: noop.mjs\n');
  await writeFile(join(folder, 'noop.mjs'), '');
}
