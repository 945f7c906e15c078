import { describe, expect, it } from 'vitest';
import { measuresSchema, measuresSettings } from './measures.ts';

const file = measuresSchema.parse({ memory_mb: 512 });

describe('what measures may take', () => {
  it('is told by a flag before the environment, and by that before the file', () => {
    expect(measuresSettings(file, {}, {})).toMatchObject({ memoryMb: 512, threads: 1 });
    const environment = { VS_MEASURES_MEMORY_MB: '1024', VS_MEASURES_THREADS: '' };
    expect(measuresSettings(file, environment, {})).toMatchObject({ memoryMb: 1024, threads: 1 });
    const flags = { measures_memory_mb: '128', measures_threads: '4' };
    expect(measuresSettings(file, environment, flags)).toMatchObject({ memoryMb: 128, threads: 4 });
  });

  it('is refused by the name under which it was said', () => {
    expect(() => measuresSettings(file, { VS_MEASURES_THREADS: 'many' }, {})).toThrow(/^VS_MEASURES_THREADS: /);
    expect(() => measuresSettings(file, {}, { measures_memory_mb: '1' })).toThrow(/^--measures-memory-mb: /);
  });
});
