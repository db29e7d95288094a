/**
 * How jobs hand bytes to each other: one port, {@link Exchange}, over the artifacts of a run or over a folder; the
 * names things have there; and whose word an artifact is. What is in a bundle is not this room's business.
 */
export {
  type ArtifactExchangeOptions,
  artifactExchange,
  type Upload,
  type Uploaded,
} from './artifact-exchange.ts';
export { type ArtifactName, artifactName, parseArtifactName } from './artifact-name.ts';
export { type DirectoryExchangeOptions, directoryExchange } from './directory-exchange.ts';
export { putNextSerial } from './put-next-serial.ts';
export {
  type Dropped,
  type NamedReceipt,
  newestAttempt,
  type Speaker,
  type Speakers,
  speakers,
} from './speakers.ts';
export {
  type Bundle,
  type BundleLimits,
  byAge,
  type Exchange,
  ExchangeError,
  type ExchangeErrorCode,
  type Receipt,
} from './types.ts';
