/** Archives with any lie in them, for tests of the reader. */
import { crc32, deflateRawSync } from 'node:zlib';

export type ZipEntry = {
  readonly name: string | Buffer;
  readonly data?: string | Buffer;
  readonly deflate?: boolean;
  /** Unix mode, with its type bits; 0 for none. */
  readonly mode?: number;
  readonly flags?: number;
  readonly method?: number;
  /** What the headers say instead of the truth. */
  readonly size?: number;
  readonly crc?: number;
  readonly localName?: string;
  /** Where the directory says the entry is. */
  readonly at?: number;
};

const bytesOf = (value: string | Buffer): Buffer => (typeof value === 'string' ? Buffer.from(value) : value);

export const zip = (entries: readonly ZipEntry[], tail = ''): Buffer => {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const name = bytesOf(entry.name);
    const localName = bytesOf(entry.localName ?? entry.name);
    const data = bytesOf(entry.data ?? '');
    const packed = entry.deflate ? deflateRawSync(data) : data;
    const facts = Buffer.alloc(18);
    facts.writeUInt16LE(entry.flags ?? 0, 0);
    facts.writeUInt16LE(entry.method ?? (entry.deflate ? 8 : 0), 2);
    facts.writeUInt32LE(entry.crc ?? crc32(data), 8);
    facts.writeUInt32LE(packed.length, 12);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(entry.size ?? data.length);
    const lengths = (n: Buffer): Buffer => Buffer.from([n.length & 0xff, n.length >> 8, 0, 0]);
    const sized = Buffer.concat([facts.subarray(0, 16), size]);
    const local = Buffer.concat([
      Buffer.from('PK\x03\x04\x14\x00', 'latin1'),
      sized,
      lengths(localName),
      localName,
      packed,
    ]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 6);
    rest.writeUInt32LE(entry.at ?? at, 10);
    central.push(
      Buffer.concat([Buffer.from('PK\x01\x02\x14\x03\x14\x00', 'latin1'), sized, lengths(name), rest, name]),
    );
    locals.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end, Buffer.from(tail)]);
};
