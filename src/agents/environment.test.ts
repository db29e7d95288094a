import { describe, expect, it } from 'vitest';
import { agentEnvironment, verifyEnvironment } from './environment.ts';

const HOSTILE = {
  GITHUB_TOKEN: 'x',
  GITHUB_ENV: 'x',
  GITHUB_OUTPUT: 'x',
  ACTIONS_RUNTIME_TOKEN: 'x',
  ACTIONS_ID_TOKEN_REQUEST_URL: 'x',
  RUNNER_TEMP: 'x',
  INPUT_KEY: 'x',
  MY_TOKEN: 'x',
  ANTHROPIC_API_KEY: 'x',
  NODE_OPTIONS: '--require x',
  LD_PRELOAD: 'x',
  BASH_ENV: 'x',
  ENV: 'x',
  GIT_CONFIG_GLOBAL: 'x',
  SSH_AUTH_SOCK: 'x',
  HOME: '/home/host',
  TMPDIR: '/tmp/host',
  WAVE_AGENT: 'A9',
  LC_ALL_TOKEN_: 'x',
};
const base = {
  ...HOSTILE,
  PATH: '/usr/bin::.:node_modules/.bin:/bin',
  LANG: 'C.UTF-8',
  LC_ALL: 'C',
  TZ: 'UTC',
};

describe('agentEnvironment', () => {
  it('has what an agent needs and nothing else of the host', () => {
    const env = agentEnvironment({
      base,
      binDir: '/a/bin',
      home: '/a/home',
      tmp: '/a/tmp',
      lane: 'main',
      wave: 3,
      agent: 'A1',
      role: 'implementation',
      run: '77',
      attempt: 2,
      outbox: '/a/out',
      inbox: '/a/in',
      promptFile: '/a/prompt.md',
      finalMessageFile: '/a/final',
    });
    expect(env).toMatchInlineSnapshot(`
      {
        "CI": "true",
        "HOME": "/a/home",
        "LANG": "C.UTF-8",
        "LC_ALL": "C",
        "PATH": "/a/bin:/usr/bin:/bin",
        "TMPDIR": "/a/tmp",
        "TZ": "UTC",
        "WAVE_AGENT": "A1",
        "WAVE_ATTEMPT": "2",
        "WAVE_FINAL_MESSAGE": "/a/final",
        "WAVE_INBOX": "/a/in",
        "WAVE_LANE": "main",
        "WAVE_NUMBER": "3",
        "WAVE_OUTBOX": "/a/out",
        "WAVE_PROMPT_FILE": "/a/prompt.md",
        "WAVE_ROLE": "implementation",
        "WAVE_RUN": "77",
      }
    `);
  });
  it('works where the host has no PATH', () => {
    const at = {
      binDir: '/a/bin',
      home: '',
      tmp: '',
      lane: '',
      wave: 0,
      agent: '',
      role: '',
      run: '',
      attempt: 1,
      outbox: '',
      inbox: '',
      promptFile: '',
      finalMessageFile: '',
    };
    expect(agentEnvironment({ ...at, base: {} })['PATH']).toBe('/a/bin');
  });
});

it('a Verify command sees nothing of the wave', () => {
  expect(verifyEnvironment({ base, home: '/v/home', tmp: '/v/tmp' })).toEqual({
    PATH: '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    LC_ALL: 'C',
    TZ: 'UTC',
    HOME: '/v/home',
    TMPDIR: '/v/tmp',
    CI: 'true',
  });
});
