import { error, type Report } from './diagnostic.ts';
import { coversPath, normaliseRepoPath } from './repo-path.ts';
import type { Agent, AgentId, Contract, OwnedPath } from './types.ts';

/**
 * Is `path` (a file, as git or an author names it) inside what is owned? A path that does not normalise is
 * owned by nobody.
 */
export function owns(ownedPaths: readonly Pick<OwnedPath, 'path'>[], path: string): boolean {
  const normalised = normaliseRepoPath(path);
  if ('problem' in normalised || normalised.path.endsWith('/')) return false;
  return ownedPaths.some((owned) => coversPath(owned.path, normalised.path));
}

/**
 * The one agent that may write `path`, or null. A steward's report belongs to that steward even inside another
 * agent's directory, so admission asks this and not {@link owns}.
 */
export function ownerOf(contract: Pick<Contract, 'agents'>, path: string): AgentId | null {
  const normalised = normaliseRepoPath(path);
  if ('problem' in normalised) return null;
  const reporter = contract.agents.find((agent) => agent.reportPath === normalised.path);
  return (reporter ?? contract.agents.find((agent) => owns(agent.ownedPaths, path)))?.id ?? null;
}

type Claim = { readonly agent: AgentId; readonly owned: OwnedPath; readonly isReport: boolean };

/**
 * Two agents that may write one path: the same path, a file and a directory of one name, or one inside the
 * other's directory. A steward's report may lie inside another agent's directory.
 */
export function checkOverlaps(agents: readonly Agent[], report: Report): void {
  const byPlace = new Map<string, Claim[]>();
  const claims: Claim[] = [];
  for (const agent of agents) {
    for (const owned of agent.ownedPaths) {
      const claim = { agent: agent.id, owned, isReport: owned.path === agent.reportPath };
      const place = withoutSlash(owned.path);
      claims.push(claim);
      byPlace.set(place, [...(byPlace.get(place) ?? []), claim]);
    }
  }
  const complain = (claim: Claim, other: Claim): void => {
    const [first, second] = isBefore(other, claim) ? [other, claim] : [claim, other];
    const place = `${first.owned.path} (line ${first.owned.at.line})`;
    report(
      error(
        'ownership-overlap',
        second.owned.at,
        `${second.agent} owns ${second.owned.path}, and ${first.agent} owns ${place}`,
        { fix: `give each path to one agent: take it away from ${first.agent} or from ${second.agent}` },
      ),
    );
  };
  for (const claim of claims) {
    const place = withoutSlash(claim.owned.path);
    for (const other of byPlace.get(place) ?? []) {
      if (other.agent !== claim.agent && isBefore(other, claim)) complain(claim, other);
    }
    if (claim.isReport) continue;
    for (let cut = place.lastIndexOf('/'); cut > 0; cut = place.lastIndexOf('/', cut - 1)) {
      for (const other of byPlace.get(place.slice(0, cut)) ?? []) {
        if (other.agent !== claim.agent && other.owned.path.endsWith('/')) complain(claim, other);
      }
    }
  }
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function isBefore(left: Claim, right: Claim): boolean {
  const [a, b] = [left.owned.at, right.owned.at];
  return a.line < b.line || (a.line === b.line && a.column < b.column);
}
