// Stands in for actions/checkout: the same inputs, outputs and git configuration as far as a wave's jobs use them,
// with the token of the job, against the twin.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

const input = (name, fallback = '') => process.env[`INPUT_${name.toUpperCase()}`] || fallback;
const own = process.env.GITHUB_REPOSITORY;
const repository = input('repository', own);
const workspace = process.env.GITHUB_WORKSPACE;
const folder = resolve(workspace, input('path', '.'));
const server = process.env.GITHUB_SERVER_URL;
const token = input('token');
const header = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;

mkdirSync(folder, { recursive: true });
const git = (...args) =>
  execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const fetchWith = (...refspecs) => {
  const depth = Number(input('fetch-depth', '1'));
  const shallow = depth > 0 ? ['--depth', String(depth)] : [];
  git(
    '-c',
    `http.${server}/.extraheader=${header}`,
    'fetch',
    '--no-tags',
    '--quiet',
    ...shallow,
    'origin',
    ...refspecs,
  );
};

git('init', '--quiet', '.');
git('remote', 'add', 'origin', `${server}/${repository}`);
git('config', 'gc.auto', '0');
const asked = input('ref', repository === own ? process.env.GITHUB_SHA : 'HEAD');
const branch = asked.replace(/^refs\/heads\//, '');
if (/^[0-9a-f]{40}$/.test(asked)) {
  fetchWith(asked);
  git('checkout', '--quiet', '--force', '--detach', asked);
} else if (asked.startsWith('refs/') && branch === asked) {
  fetchWith(asked);
  git('checkout', '--quiet', '--force', '--detach', 'FETCH_HEAD');
} else if (asked === 'HEAD') {
  fetchWith('HEAD');
  git('checkout', '--quiet', '--force', '--detach', 'FETCH_HEAD');
} else {
  fetchWith(`+refs/heads/${branch}:refs/remotes/origin/${branch}`);
  git('checkout', '--quiet', '--force', '-B', branch, `refs/remotes/origin/${branch}`);
}
if (input('persist-credentials', 'true') === 'true')
  git('config', '--local', `http.${server}/.extraheader`, header);
const commit = git('rev-parse', 'HEAD').trim();
appendFileSync(process.env.GITHUB_OUTPUT, `commit=${commit}\nref=${asked}\n`);
console.log(`checked out ${repository} at ${commit}`);
