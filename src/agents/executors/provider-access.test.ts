import { describe, expect, it } from 'vitest';
import type { HostEnvironment } from '../environment.ts';
import type { ModelLaunch } from '../model-launch.ts';
import { MODEL_CLIS } from './index.ts';
import { providerAccess } from './provider-access.ts';

const access = (
  id: keyof typeof MODEL_CLIS,
  host: HostEnvironment,
  { model = null, cli = {} }: { readonly model?: string | null; readonly cli?: ModelLaunch } = {},
): string => {
  const found = providerAccess(MODEL_CLIS[id], { model, cli }, host);
  return typeof found === 'string' ? found : `${found.variable} = ${found.key} → ${found.upstream.href}`;
};

describe('providerAccess', () => {
  it.each([
    [
      'the usual key goes to its provider',
      'claude',
      { ANTHROPIC_API_KEY: 'k' },
      {},
      'ANTHROPIC_API_KEY = k → https://api.anthropic.com/',
    ],
    ['codex', 'codex', { OPENAI_API_KEY: 'k' }, {}, 'OPENAI_API_KEY = k → https://api.openai.com/v1'],
    [
      'opencode by its key',
      'opencode',
      { OPENAI_API_KEY: 'k' },
      {},
      'OPENAI_API_KEY = k → https://api.openai.com/v1',
    ],
    [
      'opencode by its model',
      'opencode',
      { OPENROUTER_API_KEY: 'k' },
      { model: 'openrouter/z-ai/glm' },
      'OPENROUTER_API_KEY = k → https://openrouter.ai/api/v1',
    ],
    [
      'an empty key is none',
      'claude',
      { ANTHROPIC_API_KEY: '', ANTHROPIC_AUTH_TOKEN: 't' },
      {},
      'ANTHROPIC_AUTH_TOKEN = t → https://api.anthropic.com/',
    ],
    [
      'our own base address',
      'claude',
      { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'https://gateway.example/anthropic' },
      {},
      'ANTHROPIC_API_KEY = k → https://gateway.example/anthropic',
    ],
    [
      'the configured key and address win',
      'codex',
      { OPENAI_API_KEY: 'no', TEAM_KEY: 'k', OPENAI_BASE_URL: 'https://no.example' },
      { cli: { keyVariable: 'TEAM_KEY', baseUrl: 'https://gateway.example/v1' } },
      'OPENAI_API_KEY = k → https://gateway.example/v1',
    ],
  ] as const)('%s', (_, id, host, asked, expected) => {
    expect(access(id, host, asked)).toBe(expected);
  });
  it('says what is missing or may not be', () => {
    const key = { ANTHROPIC_API_KEY: 'k', OPENAI_API_KEY: 'k', GROQ_API_KEY: 'k' };
    const to = (baseUrl: string) => access('claude', key, { cli: { baseUrl } });
    expect([
      access('claude', {}),
      access('codex', key, { cli: { keyVariable: 'TEAM_KEY' } }),
      access('opencode', key, { model: 'groq/llama' }),
      to('http://provider.example'),
      to('ftp://127.0.0.1'),
      to('https://user:password@provider.example'),
      to('https://provider.example/?a=b'),
      to('provider.example'),
    ]).toMatchInlineSnapshot(`
      [
        "claude needs its key in ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN or CLAUDE_CODE_OAUTH_TOKEN",
        "codex needs its key in TEAM_KEY",
        "opencode with GROQ_API_KEY: set executors.opencode.baseUrl to where its models are served",
        "claude: a key may not go to http://provider.example; it takes https:, or http: on loopback, without user, query or fragment",
        "claude: a key may not go to ftp://127.0.0.1; it takes https:, or http: on loopback, without user, query or fragment",
        "claude: a key may not go to https://user:[redacted:url-password]@provider.example; it takes https:, or http: on loopback, without user, query or fragment",
        "claude: a key may not go to https://provider.example/?a=b; it takes https:, or http: on loopback, without user, query or fragment",
        "claude: a key may not go to provider.example; it takes https:, or http: on loopback, without user, query or fragment",
      ]
    `);
  });
  it('loopback needs no TLS', () => {
    for (const baseUrl of ['http://127.0.0.1:8080/v1', 'http://localhost:1', 'http://[::1]:1'])
      expect(access('claude', { ANTHROPIC_API_KEY: 'k' }, { cli: { baseUrl } })).toMatch(/→ http:/);
  });
});
