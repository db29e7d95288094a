const LONGEST_MS = 7 * 24 * 3_600_000;

/**
 * `90s`, `5m`, `1h30m` as milliseconds; null for anything else, for zero and for more than a week (which no
 * timer of ours outlives).
 */
export function parseDuration(text: string): number | null {
  const match = /^(?:(?<hours>\d{1,6})h)?(?:(?<minutes>\d{1,6})m)?(?:(?<seconds>\d{1,6})s)?$/.exec(
    text.trim(),
  );
  if (match?.groups === undefined) return null;
  const { hours = '0', minutes = '0', seconds = '0' } = match.groups;
  const ms = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000;
  return ms > 0 && ms <= LONGEST_MS ? ms : null;
}
