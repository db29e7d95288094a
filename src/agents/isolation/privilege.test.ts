import { expect, it } from 'vitest';
import { findPrivilege } from './privilege.ts';

const none = () => null;
const all = (name: string) => `/usr/bin/${name}`;
const without =
  (...missing: readonly string[]) =>
  (name: string) =>
    missing.includes(name) ? null : all(name);
const linux = process.platform === 'linux';

it.runIf(linux).each([
  ['no tools', 0, none, 'this machine has no setpriv, no useradd, no userdel'],
  ['one tool less', 0, without('userdel'), 'this machine has no userdel'],
  ['a person without sudo', 1000, without('sudo'), 'we are not root, and there is no sudo'],
  [
    'a person whose sudo says no',
    1000,
    (name: string) => (name === 'sudo' ? '/bin/false' : all(name)),
    'we are not root, and sudo asks for a password',
  ],
] as const)('%s: said in words', async (_, uid, tool, missing) => {
  expect(await findPrivilege(uid, tool)).toEqual({ missing });
});

it.runIf(linux)(
  'through sudo all goes through sudo, and what runs as the user can gain nothing',
  async () => {
    // A stand-in that starts what it is given, as sudo would.
    const tool = (name: string) => (name === 'sudo' ? '/usr/bin/env' : all(name));
    const found = await findPrivilege(1000, tool).catch(() => null);
    // `env -n` is not sudo's `-n`: that this sudo does not work is noticed.
    expect(found).toEqual({ missing: 'we are not root, and sudo asks for a password' });
    const root = await findPrivilege(0, all);
    if ('missing' in root) throw new Error(root.missing);
    expect(root.asRoot(['userdel', 'x'])).toEqual(['/usr/bin/userdel', 'x']);
    expect(root.asUser({ uid: 51_000, gid: 990 }, ['/bin/sh', 'start.sh']).join(' ')).toMatchInlineSnapshot(
      `"/usr/bin/setpriv --reuid=51000 --regid=990 --clear-groups --no-new-privs --inh-caps=-all -- /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin /bin/sh start.sh"`,
    );
  },
);
