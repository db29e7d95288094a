/**
 * Who each job is. A job asks when its first step starts: matrix entries are only known then. A job is one RUNNER_TEMP
 * of act's, which act makes per job and removes when the job ends; that is also how the harness learns of the end.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Control } from './act-actions.ts';
import type { JobUse } from './act-workflows.ts';
import type { Twin } from './server.ts';

/** A job that ran at least one step of the product or a checkout. */
export type KnownJob = {
  /** The id in `model.jobs` and in the runtime token (the artifact listing's `workflow_job_run_backend_id`). */
  readonly id: number;
  readonly key: string;
  readonly job: string;
  readonly token: string;
  /** `INPUT_*` of its last step. */
  inputs: Readonly<Record<string, string>>;
  readonly actTemp: string;
  readonly folder: string;
  /** A secret in the job's HOME that nothing may ever show. */
  readonly canary: string;
  readonly canaryPaths: readonly string[];
};

export type Identities = {
  readonly control: Control;
  /** The value act has as `github.token`: it opens nothing. */
  readonly placeholder: string;
  readonly jobs: readonly KnownJob[];
  readonly close: () => Promise<void>;
};

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
}

/** Serves identities for one workflow run on a port of its own, so that the twin's log has only the product's calls. */
export async function serveIdentities(
  twin: Twin,
  options: {
    readonly scratch: string;
    readonly run: string;
    readonly repository: string;
    readonly uses: readonly JobUse[];
    /** `owner/name@ref` users write for the product. */
    readonly product: string;
  },
): Promise<Identities> {
  const { model } = twin;
  const known: KnownJob[] = [];
  const placeholder = `ghs_${randomBytes(18).toString('hex')}`;
  const secret = randomBytes(12).toString('hex');

  const start = async (use: JobUse, actTemp: string): Promise<KnownJob> => {
    const made = model.addJob({ run: options.run, key: use.job });
    const folder = join(options.scratch, 'jobs', String(made.id));
    const canary = `canary-${randomBytes(12).toString('hex')}`;
    const canaryPaths = [
      join(folder, 'home', '.canary'),
      join(folder, 'temp', '.canary'),
      join(actTemp, '.canary'),
    ];
    for (const path of ['home', 'temp']) await mkdir(join(folder, path), { recursive: true });
    for (const path of canaryPaths) await writeFile(path, canary);
    const { repository, run } = options;
    const token = model.mintToken({ run, job: use.job, repository, permissions: use.permissions });
    const job: KnownJob = {
      id: made.id,
      key: use.key,
      job: use.job,
      token,
      inputs: {},
      actTemp,
      folder,
      canary,
      canaryPaths,
    };
    known.push(job);
    return job;
  };

  // One at a time: two first steps of one job must not make two jobs.
  let turn: Promise<unknown> = Promise.resolve();
  const identify = (body: Record<string, unknown>): Promise<unknown> => {
    const next = turn.then(async () => {
      const use = options.uses.find((one) => one.key === body.key);
      const actTemp = body.temp;
      if (use === undefined || typeof actTemp !== 'string')
        throw new Error(`no job is called ${String(body.key)}`);
      // A new machine per job: what an ended job left is gone before any other step starts. Asked once, so that a job
      // that ends meanwhile is neither wiped nor looked for.
      const ended = known.filter((one) => one.actTemp !== actTemp && !existsSync(one.actTemp));
      for (const one of ended) await rm(one.folder, { recursive: true, force: true });
      const met = known.find((one) => one.actTemp === actTemp && one.key === use.key);
      const job = met ?? (await start(use, actTemp));
      job.inputs = (body.inputs ?? {}) as Record<string, string>;
      const temp = join(job.folder, 'temp');
      return {
        job: job.id,
        first: met === undefined,
        token: job.token,
        placeholder,
        dnsHook: twin.dnsHook,
        canaries: ended.flatMap((one) => one.canaryPaths),
        env: {
          GITHUB_ACTION_REPOSITORY: options.product.split('@')[0],
          GITHUB_ACTION_REF: options.product.split('@')[1],
          HOME: join(job.folder, 'home'),
          RUNNER_TEMP: temp,
          TMPDIR: temp,
          ACTIONS_RESULTS_URL: twin.resultsUrl,
          ACTIONS_RUNTIME_TOKEN: model.mintRuntimeToken({ run: options.run, job: String(job.id) }),
        },
      };
    });
    turn = next.catch(() => {});
    return next;
  };

  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      if (request.url !== `/${secret}`) throw new Error('not for you');
      const identity = await identify(await readJson(request));
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(identity));
    };
    answer().catch((error: unknown) => {
      response.writeHead(500);
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    control: { url: `http://127.0.0.1:${port}/${secret}` },
    placeholder,
    jobs: known,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
