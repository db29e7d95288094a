/**
 * Uploads as `@actions/artifact` does, without its reading who it is from the environment of the process: here, many jobs
 * are one process. It puts any bytes under any name, as a job that was taken over could.
 */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Upload } from '../../src/host/exchange/artifact-exchange.ts';
import { zip } from '../../src/host/exchange/zip.fixture.ts';
import type { Twin } from '../twin/index.ts';

const SERVICE = 'twirp/github.actions.results.api.v1.ArtifactService';

/** Puts bytes under a name for the job the token is of. */
export const uploadBytes = async (
  twin: Twin,
  run: string,
  job: string,
  runtimeToken: string,
  name: string,
  bytes: Uint8Array,
): Promise<number> => {
  const call = async (
    method: string,
    more: Readonly<Record<string, unknown>>,
  ): Promise<Record<string, string>> => {
    const answer = await fetch(`${twin.resultsUrl}${SERVICE}/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${runtimeToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        workflow_run_backend_id: run,
        workflow_job_run_backend_id: job,
        name,
        version: 7,
        ...more,
      }),
    });
    if (!answer.ok)
      throw new Error(`Failed request: (${answer.status}) ${answer.statusText}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };
  const { signed_upload_url: url = '' } = await call('CreateArtifact', {});
  const put = await fetch(url, { method: 'PUT', body: Buffer.from(bytes) });
  if (!put.ok) throw new Error(`Failed request: (${put.status}) ${put.statusText}`);
  const { artifact_id: id } = await call('FinalizeArtifact', { size: String(bytes.length) });
  return Number(id);
};

export const uploader =
  (twin: Twin, run: string, job: string, runtimeToken: string): Upload =>
  async (name, files, root) => {
    const entries = await Promise.all(
      files.map(async (file) => ({ name: relative(root, file), data: await readFile(file), deflate: true })),
    );
    const bytes = zip(entries);
    return { id: await uploadBytes(twin, run, job, runtimeToken, name, bytes), size: bytes.length };
  };
