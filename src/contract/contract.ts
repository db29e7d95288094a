import { readComponentMatrix } from './component-matrix.ts';
import { error, hasErrors, type Report, sortDiagnostics, warning } from './diagnostic.ts';
import { canonicalJson, sha256 } from './digest.ts';
import {
  type CatalogReading,
  checkEvalTargets,
  readBenchmarkCatalog,
  readEvalTargets,
} from './eval-targets.ts';
import { shorten } from './items.ts';
import { type Block, readBlocks } from './markdown.ts';
import { type Outline, readOutline } from './outline.ts';
import { checkOverlaps } from './ownership.ts';
import { checkPolicy } from './policy-check.ts';
import { checkPromotions, readPromotions } from './promotions.ts';
import { normaliseRepoPath } from './repo-path.ts';
import { type SourceText, sourceText, startOf } from './text-span.ts';
import type {
  ComponentMatrix,
  Config,
  Contract,
  Diagnostic,
  Policy,
  RunOverrides,
  SourceFile,
} from './types.ts';
import { readVerify } from './verify.ts';
import { readAgents } from './wave.ts';

export type ContractReading = {
  readonly contract: Contract | null;
  readonly diagnostics: readonly Diagnostic[];
};

export type ContractOptions = {
  /** The path of the wave file, one of `files`; its name gives the wave's number. */
  readonly waveFile: string;
  readonly config: Config;
  /** The base branch's, never the head's. */
  readonly policy: Policy;
  readonly lane: string;
  readonly overrides?: RunOverrides;
};

/** `wave-<digits>.md`; null for any other name. `wave-007.md` is wave 7: callers refuse two files of one number. */
export function waveNumberOf(path: string): number | null {
  const digits = /(?:^|\/)wave-(?<digits>\d{1,9})\.md$/.exec(path)?.groups?.digits;
  return digits === undefined ? null : Number(digits);
}

/**
 * Reads a wave file into a contract. All findings come at once, sorted by file and line; the contract is null
 * as soon as one of them is an error. `files` holds the wave file, the role prompts it names (see
 * {@link rolePromptPathsIn}) and those of {@link filesBeside} that exist. Never throws, whatever the text (contract.md §1; design §7 for the policy).
 */
export function readContract(files: readonly SourceFile[], options: ContractOptions): ContractReading {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (diagnostic) => diagnostics.push(diagnostic);
  const { waveFile, config, policy, lane } = options;
  const start = startOf(waveFile);
  const wave = waveNumberOf(waveFile);
  if (wave === null) {
    const message = `"${shorten(waveFile)}" is not the name of a wave file`;
    report(error('wave-file-name', start, message, { expected: 'wave-<number>.md' }));
  }
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(lane)) {
    const expected = 'lower-case letters, digits, "-" and "_"';
    report(error('lane-invalid', start, `"${shorten(lane)}" is not the name of a lane`, { expected }));
  }
  const file = files.find(({ path }) => path === waveFile);
  if (file === undefined) {
    report(error('wave-file-missing', start, `there is no file ${shorten(waveFile)}`));
    return { contract: null, diagnostics: sortDiagnostics(diagnostics) };
  }
  const source = sourceText(file);
  checkCharacters(source, report);
  const blocks = readBlocks(source, report);
  // A file that was not read at all would only be told that it is empty.
  if (blocks.length === 0 && hasErrors(diagnostics)) {
    return { contract: null, diagnostics: sortDiagnostics(diagnostics) };
  }
  const outline = readOutline(source, blocks, report);
  checkTitle(outline, wave, report);
  const readings = readAgents(
    source,
    outline,
    {
      wave: wave ?? 0,
      config,
      policy,
      overrides: options.overrides ?? {},
      files: new Map(files.flatMap((one) => normalisedEntry(one))),
    },
    report,
  );
  const agents = readings.map(({ agent }) => agent);
  const promotionSection = outline.sections.get('Component promotions');
  const promotions = promotionSection === undefined ? [] : readPromotions(source, promotionSection, report);
  const evalSection = outline.sections.get('Eval targets');
  const beside = (path: string): SourceFile | null => files.find((one) => one.path === path) ?? null;
  const evalTargets =
    evalSection === undefined
      ? []
      : readEvalTargets(
          source,
          evalSection,
          { config, catalog: readCatalog(beside(config.paths.benchmarkCatalog), report) },
          report,
        );
  const verifySection = outline.sections.get('Verify');
  const waveVerify =
    verifySection === undefined ? [] : readVerify(source, verifySection, { kind: 'wave' }, report);
  checkOverlaps(agents, report);
  const head = outline.title?.at ?? source.lineSpan(1);
  const matrix = readMatrix(beside(config.paths.componentMatrix), promotions.length > 0, report);
  checkPromotions(
    {
      wave: wave ?? 0,
      config,
      promotions,
      owners: readings,
      matrix,
      start: promotionSection?.at ?? head,
    },
    report,
  );
  checkEvalTargets(evalTargets, agents, { config, sectionAt: evalSection?.at ?? null }, report);
  checkPolicy(readings, waveVerify, { policy, config, start: head }, report);
  const commitMessage = readCommitMessage(source, blocks, report);

  const sorted = sortDiagnostics(diagnostics);
  if (hasErrors(diagnostics) || wave === null) return { contract: null, diagnostics: sorted };
  const contract: Contract = {
    lane,
    wave,
    title: outline.title?.text || `Wave ${wave}`,
    file: waveFile,
    commitMessage,
    agents,
    promotions,
    componentMatrix: typeof matrix === 'string' ? null : matrix,
    evalTargets,
    verify: [...policy.requiredVerify, ...waveVerify, ...agents.flatMap((agent) => agent.verify)],
    policy,
    config,
    digests: { wave: sha256(file.text), policy: sha256(canonicalJson(policy)) },
  };
  return { contract, diagnostics: sorted };
}

/** The matrix beside the wave. One that a wave needs and that is broken says so; a wave without promotions needs none. */
function readMatrix(
  file: SourceFile | null,
  needed: boolean,
  report: Report,
): ComponentMatrix | 'missing' | 'invalid' {
  if (file === null) return 'missing';
  const { matrix, diagnostics } = readComponentMatrix(file);
  if (needed) for (const one of diagnostics) report(one);
  return matrix ?? 'invalid';
}

function readCatalog(file: SourceFile | null, report: Report): CatalogReading {
  return file === null ? 'missing' : (readBenchmarkCatalog(file, report) ?? 'invalid');
}

/** Files beside a wave that {@link readContract} looks into where they are there: the matrix, the benchmark catalog. */
export function filesBeside(config: Config): readonly string[] {
  return [config.paths.componentMatrix, config.paths.benchmarkCatalog];
}

/**
 * The role prompt files a wave file names, for the caller to read and pass to {@link readContract}. Normalised
 * repository paths; what is not one is left to the diagnostics.
 */
export function rolePromptPathsIn(file: SourceFile): readonly string[] {
  const source = sourceText(file);
  const ignore: Report = () => undefined;
  const outline = readOutline(source, readBlocks(source, ignore), ignore);
  const lists = outline.agents.flatMap((agent) => agent.sections.get('Role prompts')?.blocks ?? []);
  const paths = lists
    .flatMap((block) => (block.kind === 'list' ? block.items : []))
    .flatMap(({ text }) => {
      const normalised = normaliseRepoPath((text ?? '').replace(/[`'"]/g, ''));
      return 'path' in normalised ? [normalised.path] : [];
    });
  return [...new Set(paths)];
}

function normalisedEntry(file: SourceFile): readonly (readonly [string, SourceFile])[] {
  const normalised = normaliseRepoPath(file.path);
  return 'path' in normalised ? [[normalised.path, file]] : [];
}

/** What a reviewer cannot see must not be in a contract: controls, and marks that reorder what is shown. */
function checkCharacters(source: SourceText, report: Report): void {
  const hidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u202A-\u202E\u2066-\u2069]/;
  source.lines.forEach((line, index) => {
    const first = line.search(hidden);
    if (first < 0) return;
    const code = line.charCodeAt(first).toString(16).toUpperCase().padStart(4, '0');
    const at = source.lineSpan(index + 1, first, first + 1);
    report(
      error('control-character', at, `the line holds the invisible character U+${code}`, {
        fix: 'remove it',
      }),
    );
  });
}

function checkTitle({ title }: Outline, wave: number | null, report: Report): void {
  const written = /^Wave\s+(?<number>\d{1,9})\b/i.exec(title?.text ?? '')?.groups?.number;
  if (title === null || written === undefined || wave === null || Number(written) === wave) return;
  const message = `the title says wave ${Number(written)}, the file name wave ${wave}; the file name counts`;
  report(warning('title-number-mismatch', title.at, message, { fix: 'make them agree' }));
}

/** The first `**Commit message**:` outside fences, quotes and comments (contract.md §1.1). */
function readCommitMessage(source: SourceText, blocks: readonly Block[], report: Report): string | null {
  for (const block of blocks) {
    const parts = block.kind === 'list' ? block.items : block.kind === 'paragraph' ? [block] : [];
    for (const { start, end } of parts) {
      const text = source.text.slice(start, end);
      const label = /\*\*Commit message\*\*:(?<rest>[^\r\n]*)/.exec(text);
      if (label?.groups === undefined) continue;
      const message = /^[ \t]*`(?<message>[^`]+)`/.exec(label.groups.rest ?? '')?.groups?.message?.trim();
      if (message !== undefined && message !== '') return message;
      const at = source.span(start + label.index, start + label.index + label[0].length);
      report(
        warning('commit-message-unquoted', at, 'the commit message is not in backticks and is not read', {
          expected: '**Commit message**: `feat: what the wave does`',
        }),
      );
      return null;
    }
  }
  return null;
}
