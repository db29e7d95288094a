export type WaveLabel = {
  /** Null: the repository's default lane. */
  readonly lane: string | null;
  readonly wave: number;
};

const LABEL = /^wave:(?:([a-z0-9][a-z0-9_-]{0,63})\/)?(0|[1-9][0-9]{0,5})$/;

/** The wave a label asks for: `wave:<n>` or `wave:<lane>/<n>`, exactly; null for every other label. */
export const waveLabel = (text: string): WaveLabel | null => {
  const found = LABEL.exec(text);
  return found === null ? null : { lane: found[1] ?? null, wave: Number(found[2]) };
};
