import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

// Level 1 takes a tenth of the space for 50 µs a payload; higher levels cost more than they save (bench/README.md).
const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const SMALLEST_WORTH_COMPRESSING = 128;

export interface PackedBody {
  readonly encoding: 'raw' | 'zstd';
  readonly body: Uint8Array;
}

export function packBody(body: Uint8Array): PackedBody {
  if (body.byteLength < SMALLEST_WORTH_COMPRESSING) return { encoding: 'raw', body };
  return { encoding: 'zstd', body: zstdCompressSync(body, OPTIONS) };
}

export function unpackBody({ encoding, body }: PackedBody): Uint8Array {
  return encoding === 'raw' ? body : zstdDecompressSync(body);
}
