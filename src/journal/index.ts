/** What happened: entry schemas, codec, order, and the port a journal lives behind. */

export { type Decoded, decodeLine, decodeSegment, encodeEntry, entryContent, entryProblem } from './codec.ts';
export * from './ids.ts';
export {
  checkOutboxBody,
  INSTANCE_PATTERN,
  MAX_ENTRY_BYTES,
  MAX_SEGMENT_BYTES,
  RECORD_NAME,
  SUBJECT,
} from './schema.ts';
export {
  formatSignal,
  MAX_SIGNAL_DETAIL,
  MAX_SIGNAL_ITEMS,
  MENTIONS_MARKER,
  type ParsedSignalLine,
  parseSignalLine,
  SIGNAL_FIELDS,
  SIGNAL_KINDS,
  type SignalField,
  type SignalFormatCode,
  validateSignal,
} from './signal-format.ts';
export * from './signals.ts';
export * from './store.ts';
export * from './types.ts';
