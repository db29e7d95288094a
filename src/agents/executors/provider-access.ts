/** Which key of ours a launch uses, and where that key may go. The CLI itself is given neither. */
import type { HostEnvironment } from '../environment.ts';
import { redact } from '../redact.ts';
import type { LaunchSpec } from '../types.ts';
import type { ModelCli } from './model-cli.ts';

export type ProviderAccess = {
  /** Where the CLI looks for a key. */
  readonly variable: string;
  readonly key: string;
  readonly upstream: URL;
};

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

/** An address a key may be sent to, or null. */
function upstreamOf(text: string): URL | null {
  const url = URL.parse(text);
  const fits =
    url !== null &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))) &&
    [url.username, url.password, url.search, url.hash].every((part) => part === '');
  return fits ? url : null;
}

/** The access, or in one sentence what is missing. `host` is our own environment. */
export function providerAccess(
  cli: ModelCli,
  { model, cli: asked = {} }: Pick<LaunchSpec, 'model' | 'cli'>,
  host: HostEnvironment,
): ProviderAccess | string {
  const usual = cli.keyVariables(model);
  const names = asked.keyVariable === undefined ? usual : [asked.keyVariable];
  const source = names.find((name) => host[name] !== undefined && host[name] !== '');
  if (source === undefined) return `${cli.id} needs its key in ${names.join(' or ')}`;
  const variable = usual.includes(source) ? source : (usual[0] ?? source);
  const urlVariable = cli.baseUrlVariable(variable);
  const address =
    asked.baseUrl ?? ((urlVariable === null ? '' : host[urlVariable]) || cli.provider(variable));
  if (address === null)
    return `${cli.id} with ${source}: set executors.${cli.id}.baseUrl to where its models are served`;
  const upstream = upstreamOf(address);
  return upstream === null
    ? `${cli.id}: a key may not go to ${redact(address).slice(0, 200)}; it takes https:, or http: on loopback, without user, query or fragment`
    : { variable, key: host[source] ?? '', upstream };
}
