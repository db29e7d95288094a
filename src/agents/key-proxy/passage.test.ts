import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passageOf, requestHeaders, responseHeaders, tokenHeader } from './passage.ts';

describe('passageOf', () => {
  it.each([
    ['POST', '/v1/messages?beta=true', '', true],
    ['POST', '/v1/messages', '', true],
    ['POST', '/v1/messages/count_tokens?beta=true', '', false],
    ['POST', '/v1/responses', '/v1', true],
    ['POST', '/v1/responses/compact', '/v1', false],
    ['POST', '/api/v1/chat/completions', '/api/v1', true],
    ['GET', '/v1/models', '/v1', false],
    ['GET', '/v1/models/claude-sonnet-4-5', '', false],
  ])('%s %s below “%s” passes', (method, path, prefix, generates) => {
    expect(passageOf(method, path, prefix)).toEqual({ kind: 'pass', path, generates });
  });
  it.each([
    ['another host', 'POST', 'http://evil.example/v1/messages', ''],
    ['another host, half said', 'POST', '//evil.example/v1/messages', ''],
    ['outside of the prefix', 'POST', '/v1/messages', '/team'],
    ['a prefix that only begins so', 'POST', '/teams/v1/messages', '/team'],
    ['a way up', 'POST', '/v1/../admin/messages', ''],
    ['an encoded way up', 'POST', '/v1/%2e%2e/messages', ''],
    ['files', 'GET', '/v1/files', ''],
    ['keys of the organisation', 'GET', '/v1/organizations/api_keys', ''],
    ['batches', 'POST', '/v1/messages/batches', ''],
    ['fine tuning', 'POST', '/v1/fine_tuning/jobs', '/v1'],
    ['stored answers', 'GET', '/v1/responses/resp_1', '/v1'],
    ['deleting a model', 'DELETE', '/v1/models/ft-1', '/v1'],
    ['another method', 'PUT', '/v1/messages', ''],
    ['a tunnel', 'CONNECT', 'api.anthropic.com:443', ''],
    ['a line end', 'POST', '/v1/messages?\r\nHost: x', ''],
    ['a long query', 'POST', `/v1/messages?${'x'.repeat(5000)}`, ''],
    ['nothing', '', '', ''],
  ])('%s does not', (_, method, path, prefix) => {
    expect(passageOf(method, path, prefix).kind).toBe('refuse');
  });
  it('what passes is exactly what was asked, below the prefix, and in no other place once a URL is made of it', () => {
    const piece = fc.constantFrom(
      '/',
      '..',
      'v1',
      'messages',
      'models',
      '%2e',
      '\\',
      '@',
      '?',
      '#',
      ':',
      'x',
      '//',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom('POST', 'GET'), (pieces, method) => {
        const target = `/team/${pieces.join('')}`;
        const passage = passageOf(method, target, '/team');
        if (passage.kind === 'refuse') return;
        const url = new URL(passage.path, 'https://provider.example');
        expect([url.host, url.pathname.startsWith('/team/')]).toEqual(['provider.example', true]);
      }),
    );
  });
});

describe('headers', () => {
  const isToken = (text: string) => text === 'token';
  it.each([
    [{ 'x-api-key': 'token' }, 'x-api-key'],
    [{ authorization: 'Bearer token' }, 'authorization'],
    [{ authorization: 'bearer token', 'x-api-key': 'other' }, 'authorization'],
    [{ 'x-goog-api-key': 'token' }, 'x-goog-api-key'],
    [{ authorization: 'Basic token' }, null],
    [{ 'x-api-key': ['token', 'x'] }, null],
    [{ cookie: 'token' }, null],
    [{}, null],
  ])('%j carries it in %s', (headers, carrier) => {
    expect(tokenHeader(headers, isToken)).toBe(carrier);
  });
  it('the key goes where the token was, and what chooses payer, place or way stays behind', () => {
    const sent = {
      'x-api-key': 'token',
      authorization: 'Bearer something-else',
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'a,b',
      'x-stainless-os': 'Linux',
      'openai-organization': 'org-other',
      'openai-project': 'proj-other',
      cookie: 'a=b',
      host: '127.0.0.1',
      forwarded: 'for=x',
      'x-forwarded-host': 'evil.example',
      'accept-encoding': 'br',
      connection: 'upgrade',
      upgrade: 'websocket',
      'proxy-authorization': 'x',
    };
    expect(requestHeaders(sent, 'x-api-key', 'KEY')).toEqual({
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'a,b',
      'x-stainless-os': 'Linux',
      'accept-encoding': 'identity',
      'x-api-key': 'KEY',
    });
    expect(requestHeaders({}, 'authorization', 'KEY')).toMatchObject({ authorization: 'Bearer KEY' });
  });
  it('of an answer the agent sees what tells it how to go on', () => {
    expect(
      responseHeaders({
        'content-type': 'text/event-stream',
        'retry-after': '7',
        'anthropic-ratelimit-requests-reset': 'x',
        'set-cookie': ['a=b'],
        location: 'https://evil.example',
        'anthropic-organization-id': 'org',
      }),
    ).toEqual({
      'content-type': 'text/event-stream',
      'retry-after': '7',
      'anthropic-ratelimit-requests-reset': 'x',
    });
  });
});
