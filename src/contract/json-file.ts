import type { z } from 'zod';
import { error, type Report } from './diagnostic.ts';
import type { DiagnosticCode } from './explain.ts';
import { shorten } from './items.ts';
import { pointer, readJson } from './json-source.ts';
import { sourceText } from './text-span.ts';
import type { SourceFile, SourceSpan } from './types.ts';

/** Where a value of the file stands, by its path of keys. */
export type Locate = (path: readonly PropertyKey[]) => SourceSpan;

/** A JSON file of a known shape; null after findings of `code`, each on the value it is about. */
export function readJsonFile<Shape extends z.ZodType>(
  file: SourceFile,
  schema: Shape,
  code: DiagnosticCode,
  report: Report,
): { readonly value: z.infer<Shape>; readonly locate: Locate } | null {
  const source = sourceText(file);
  const json = readJson(source.text);
  if (json.kind === 'invalid') {
    const at = source.span(json.offset, json.offset + 1);
    report(error(code, at, `this is not JSON: ${json.reason}`, { fix: 'correct the text here' }));
    return null;
  }
  const locate: Locate = (path) => {
    const found = json.places.get(pointer(path))?.value;
    return source.span(found?.start ?? 0, found?.end ?? 0);
  };
  const checked = schema.safeParse(json.value);
  if (checked.success) return { value: checked.data, locate };
  for (const { path, message } of checked.error.issues) {
    const name = path.map(String).map(shorten).join('.') || 'the file';
    report(error(code, locate(path), `${name}: ${shorten(message)}`));
  }
  return null;
}
