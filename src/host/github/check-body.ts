/** A check run as the REST API takes it, within its limits (platform.md §3 and S29). */
import type { CheckAnnotation, CheckChange, CheckOutput, CheckState, NewCheck } from './types.ts';

/** Summary and text, in bytes of UTF-8. */
const OUTPUT_BYTES = 65_535;
const TITLE_CHARACTERS = 255;
const MESSAGE_BYTES = 64 * 1_000;
export const ANNOTATIONS_A_CALL = 50;

/** At most `most` bytes of UTF-8, never half a character; says so where it was cut. */
export const clipBytes = (text: string, most: number): string => {
  if (Buffer.byteLength(text) <= most) return text;
  const note = '\n… (cut)';
  const bytes = Buffer.from(text);
  let end = Math.max(0, most - Buffer.byteLength(note));
  // Bytes 10xxxxxx continue a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString('utf8') + note;
};

const clipTitle = (text: string): string =>
  text.length <= TITLE_CHARACTERS ? text : `${[...text].slice(0, 120).join('')}…`;

const annotationBody = (one: CheckAnnotation) => ({
  path: one.path,
  start_line: one.startLine,
  end_line: Math.max(one.startLine, one.endLine),
  annotation_level: one.level,
  ...(one.title === undefined ? {} : { title: clipTitle(one.title) }),
  message: clipBytes(one.message, MESSAGE_BYTES),
});

const stateBody = (state: CheckState): Record<string, unknown> =>
  state.status === 'completed'
    ? { status: 'completed', conclusion: state.conclusion }
    : { status: state.status };

const outputBody = (
  output: CheckOutput,
  annotations: readonly CheckAnnotation[],
): Record<string, unknown> => ({
  title: clipTitle(output.title),
  summary: clipBytes(output.summary, OUTPUT_BYTES),
  ...(output.text === undefined ? {} : { text: clipBytes(output.text, OUTPUT_BYTES) }),
  ...(annotations.length === 0 ? {} : { annotations: annotations.map(annotationBody) }),
});

/** The bodies to send in order: the first makes or changes the check, each later one adds 50 annotations. */
export const checkBodies = (
  check: CheckChange & Partial<Pick<NewCheck, 'name' | 'headSha'>>,
): readonly [Record<string, unknown>, ...Record<string, unknown>[]] => {
  const { output } = check;
  const all = output?.annotations ?? [];
  const first: Record<string, unknown> = {
    ...(check.name === undefined ? {} : { name: check.name }),
    ...(check.headSha === undefined ? {} : { head_sha: check.headSha }),
    ...(check.externalId === undefined ? {} : { external_id: check.externalId }),
    ...(check.detailsUrl === undefined ? {} : { details_url: check.detailsUrl }),
    ...(check.state === undefined ? {} : stateBody(check.state)),
    ...(output === undefined ? {} : { output: outputBody(output, all.slice(0, ANNOTATIONS_A_CALL)) }),
  };
  const later: Record<string, unknown>[] = [];
  for (let at = ANNOTATIONS_A_CALL; output !== undefined && at < all.length; at += ANNOTATIONS_A_CALL) {
    later.push({ output: outputBody(output, all.slice(at, at + ANNOTATIONS_A_CALL)) });
  }
  return [first, ...later];
};
