/**
 * Keeps credentials out of messages. Only for short texts of ours and of services (errors, status lines); what an
 * agent printed goes through the agents' own redaction.
 */

const SHAPES: readonly (readonly [RegExp, string])[] = [
  // GitHub's prefixes; installation tokens are about 40 characters, or about 520 as `ghs_<app>_<jwt>`.
  [/\b(?:gh[pousr]_[A-Za-z0-9_.-]{10,}|github_pat_[A-Za-z0-9_]{10,})/g, '***'],
  [/\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g, '***'],
  [/\b((?:bearer|basic|token)\s+)[A-Za-z0-9+/=._~-]{8,}/gi, '$1***'],
  [/([?&](?:sig|signature|token|access_token|key|se|skoid)=)[^&\s"']+/gi, '$1***'],
  [/(\/\/)[^/\s@"']+@/g, '$1***@'],
];

/** `text` as one line without the given secrets, their base64 and URL-encoded forms, or anything shaped like one. */
export const withoutSecrets = (text: string, secrets: readonly string[]): string => {
  let safe = text;
  for (const secret of secrets) {
    if (secret.length < 4) continue;
    const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
    forms.push(Buffer.from(`x-access-token:${secret}`).toString('base64'));
    for (const form of forms) safe = safe.replaceAll(form, '***');
  }
  for (const [shape, instead] of SHAPES) safe = safe.replace(shape, instead);
  return safe.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
};
