/** Keeps a model's key with us: the agent gets a loopback address and a token that is worth nothing anywhere else. */
export { type KeyProxy, type KeyProxyLimits, startKeyProxy } from './key-proxy.ts';
export type { SeenUsage } from './seen-usage.ts';
