// `NODE_OPTIONS=--require <this file>`: resolves `*.localhost` to 127.0.0.1 (RFC 6761 §6.3). git and curl do so
// themselves; node asks the system, which may not know. `@actions/artifact` needs a server name that ends so.
'use strict';
const dns = require('node:dns');

const isLocal = (name) => typeof name === 'string' && /(^|\.)localhost\.?$/i.test(name);
const original = dns.lookup;

dns.lookup = function lookup(hostname, options, callback) {
  const done = typeof options === 'function' ? options : callback;
  if (!isLocal(hostname)) return original.call(dns, hostname, options, callback);
  const all = typeof options === 'object' && options !== null && options.all === true;
  process.nextTick(() =>
    all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
  );
  return {};
};

const originalPromise = dns.promises.lookup;
dns.promises.lookup = async function lookup(hostname, options) {
  if (!isLocal(hostname)) return originalPromise.call(dns.promises, hostname, options);
  const answer = { address: '127.0.0.1', family: 4 };
  return typeof options === 'object' && options !== null && options.all === true ? [answer] : answer;
};
