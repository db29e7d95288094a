/**
 * The exchange of an Actions run. Uploads go through `@actions/artifact`, loaded when first needed because it is
 * heavy. Listings and downloads ask the results service ourselves: the client's listing drops who uploaded what, and
 * its download unpacks to disk without any cap. Archives are unpacked in memory, checked, and never touch the disk.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withoutSecrets } from '../github/secret-text.ts';
import { nameProblem } from './artifact-name.ts';
import { bundleProblem } from './bundle-paths.ts';
import { type ResultsServiceOptions, resultsService } from './results-service.ts';
import { type BundleLimits, DEFAULT_LIMITS, type Exchange, ExchangeError } from './types.ts';
import { unzip } from './unzip.ts';

/** What `DefaultArtifactClient.uploadArtifact` answers; `digest` is bare hex there. */
export type Uploaded = { readonly id?: number; readonly size?: number; readonly digest?: string };
export type Upload = (name: string, files: string[], root: string) => Promise<Uploaded>;

export type ArtifactExchangeOptions = ResultsServiceOptions & {
  readonly limits?: Partial<BundleLimits>;
  readonly now?: () => Date;
  /** Days to keep what is put; the repository's setting when left out. */
  readonly retentionDays?: number;
  /** Where uploads are staged; the system's folder for temporary files when left out. */
  readonly temporaryRoot?: string;
  /**
   * Uploads one artifact. Left out: `@actions/artifact`, which reads ACTIONS_RESULTS_URL, ACTIONS_RUNTIME_TOKEN and
   * GITHUB_SERVER_URL from the environment, so these have to be the values given here.
   */
  readonly upload?: Upload;
};

const realUpload =
  (retentionDays: number | undefined): Upload =>
  async (name, files, root) => {
    const { DefaultArtifactClient } = await import('@actions/artifact');
    const options = retentionDays === undefined ? {} : { retentionDays };
    return await new DefaultArtifactClient().uploadArtifact(name, files, root, options);
  };

/** What an upload failed with, from the client's words: it has no codes (measured, `@actions/artifact` 6.2). */
const uploadFailure = (name: string, error: unknown, secrets: readonly string[]): ExchangeError => {
  const said = withoutSecrets(error instanceof Error ? error.message : String(error), secrets).slice(0, 300);
  if (/\(409\)|already exists/i.test(said)) {
    return new ExchangeError('name-taken', `there is already an artifact called ${name}`);
  }
  const denied = /\((?:401|403)\)|not currently supported on GHES/i.test(said);
  return new ExchangeError(denied ? 'denied' : 'unavailable', `could not upload ${name}: ${said}`);
};

/** The exchange between the jobs of one workflow run, all of its attempts. */
export const artifactExchange = (options: ArtifactExchangeOptions): Exchange => {
  const service = resultsService(options);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const upload = options.upload ?? realUpload(options.retentionDays);
  const now = options.now ?? (() => new Date());

  return {
    put: async (name, files) => {
      const badName = nameProblem(name);
      if (badName !== null) throw new ExchangeError('bad-name', badName);
      const badBundle = bundleProblem(files, limits);
      if (badBundle !== null) throw new ExchangeError('bad-bundle', badBundle);
      const root = await mkdtemp(join(options.temporaryRoot ?? tmpdir(), 'wave-put-'));
      try {
        const staged: string[] = [];
        for (const [path, bytes] of files) {
          const target = join(root, path);
          await mkdir(dirname(target), { recursive: true });
          await writeFile(target, bytes, { flag: 'wx', mode: 0o600 });
          staged.push(target);
        }
        const made = await upload(name, staged, root);
        return {
          name,
          id: String(made.id ?? ''),
          sizeBytes: made.size ?? 0,
          digest: made.digest === undefined ? null : `sha256:${made.digest.replace(/^sha256:/, '')}`,
          uploadedBy: service.ids.job,
          createdAt: now().toISOString(),
        };
      } catch (error) {
        throw uploadFailure(name, error, [options.runtimeToken]);
      } finally {
        await rm(root, { recursive: true, force: true });
      }
    },

    list: service.list,

    get: async (receipt) => {
      if (receipt.sizeBytes > limits.archiveBytes) {
        throw new ExchangeError(
          'too-large',
          `${receipt.name} has ${receipt.sizeBytes} bytes, more than ${limits.archiveBytes}`,
        );
      }
      const archive = await service.download(receipt, limits.archiveBytes);
      // The name alone does not identify bytes: an artifact can be deleted and put again (S25).
      const digest = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
      if (archive.length !== receipt.sizeBytes || (receipt.digest !== null && receipt.digest !== digest)) {
        throw new ExchangeError('digest-mismatch', `${receipt.name} is not what was listed`);
      }
      const unpacked = unzip(archive, limits);
      if (!unpacked.ok) {
        throw new ExchangeError('hostile-archive', `${receipt.name}: ${unpacked.code}: ${unpacked.message}`);
      }
      return unpacked.files;
    },
  };
};
