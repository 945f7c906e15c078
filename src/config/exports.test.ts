import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportSettings, exportsSchema } from './exports.ts';

const nothing = exportsSchema.parse({});
const file = exportsSchema.parse({ otlp: [{ endpoint: 'https://tempo.example/otlp', headers: { 'x-key': 'k' } }] });

type Flags = Parameters<typeof exportSettings>[2];
const settings = (environment: Record<string, string> = {}, flags: Flags = {}, from = nothing) =>
  exportSettings(from, environment, flags);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'valuestream-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the targets of exports', () => {
  it('are none where nothing names one', () => {
    expect(settings()).toEqual({ otlp: [], waitMs: 60_000, serviceName: 'valuestream' });
  });

  it('are those of flags, else of the environment, else of the file', () => {
    const environment = { VS_OTLP: 'http://a:4318, http://b:4318/v1/traces' };
    const urls = (flags: Flags, from: Record<string, string>) => settings(from, flags, file).otlp.map(({ url }) => url);
    expect(urls({ otlp: ['http://c'] }, environment)).toEqual(['http://c/v1/traces']);
    expect(urls({}, environment)).toEqual(['http://a:4318/v1/traces', 'http://b:4318/v1/traces']);
    expect(urls({}, {})).toEqual(['https://tempo.example/otlp/v1/traces']);
  });

  it('have the path that OpenTelemetry’s variables mean: the endpoint of traces is taken as it is', () => {
    const urls = (environment: Record<string, string>) => settings(environment).otlp.map(({ url }) => url);
    expect(urls({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' })).toEqual([
      'http://collector:4318/v1/traces',
    ]);
    expect(
      urls({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://no', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://x/my/path' }),
    ).toEqual(['http://x/my/path']);
  });

  it('take what is said of traces before what is said of everything', () => {
    const [target] = settings({
      VS_OTLP: 'http://a',
      OTEL_EXPORTER_OTLP_HEADERS: 'one=1,two=2',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'two=zwei',
      OTEL_EXPORTER_OTLP_TIMEOUT: '3000',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '4000',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    }).otlp;
    expect(target).toMatchObject({ headers: { one: '1', two: 'zwei' }, timeoutMs: 4_000, compression: 'gzip' });
  });

  it('of the file never get the headers that the environment has for another one', () => {
    const [target] = settings({ OTEL_EXPORTER_OTLP_HEADERS: 'x-key=secret' }, {}, file).otlp;
    expect(target?.headers).toEqual({ 'x-key': 'k' });
  });

  it('read the certificates that they name', () => {
    const path = join(folder, 'ca.pem');
    writeFileSync(path, 'PEM');
    const [target] = settings({ VS_OTLP: 'https://a', OTEL_EXPORTER_OTLP_CERTIFICATE: path }).otlp;
    expect(target?.tls).toEqual({ ca: 'PEM' });
  });

  it('are called by their URL without what may be secret', () => {
    expect(settings({ VS_OTLP: 'https://user:pass@a/x?key=1' }).otlp[0]?.name).toBe('https://a/x/v1/traces');
  });

  it.each([
    [{ 'x key': '1' }, /^exports\.otlp\.0\.headers: "x key" cannot be the name of a header$/],
    [{ 'x-key': 's3cret\n' }, /^exports\.otlp\.0\.headers: the value of x-key has characters that no header may have$/],
  ])('of the file are refused with headers that cannot be sent, without their values: %o', (headers, message) => {
    const wrong = exportsSchema.parse({ otlp: [{ endpoint: 'http://a', headers }] });
    expect(() => settings({}, {}, wrong)).toThrow(message);
  });

  it.each([
    [{ VS_OTLP: 'collector:4318' }, /^VS_OTLP: must be a URL with http or https/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'nowhere' }, /^OTEL_EXPORTER_OTLP_ENDPOINT: must be a URL/],
    [{ VS_OTLP: 'http://a', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /^OTEL_EXPORTER_OTLP_PROTOCOL: grpc is not spoken/],
    [{ VS_OTLP: 'http://a', OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: 'x' }, /^OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: /],
    [{ VS_OTLP: 'http://a', OTEL_EXPORTER_OTLP_COMPRESSION: 'zip' }, /^OTEL_EXPORTER_OTLP_COMPRESSION: /],
    [{ VS_OTLP: 'http://a', OTEL_EXPORTER_OTLP_CLIENT_KEY: '/none' }, /^OTEL_EXPORTER_OTLP_CLIENT_KEY: ENOENT/],
    [
      { VS_OTLP: 'http://a', OTEL_EXPORTER_OTLP_HEADERS: 'bad name=1' },
      /^OTEL_EXPORTER_OTLP_HEADERS: "bad name" cannot be the name of a header/,
    ],
    [
      { VS_OTLP: 'http://a', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-key=secret%0Aline' },
      /^OTEL_EXPORTER_OTLP_TRACES_HEADERS: the value of x-key has characters that no header may have$/,
    ],
    [{ VS_OTLP_MODE: 'half' }, /^VS_OTLP_MODE: /],
    [{ VS_OTLP_WAIT_MS: '-1' }, /^VS_OTLP_WAIT_MS: /],
    [{ VS_OTLP: 'http://a,http://a' }, /^exports: two targets are called http:\/\/a\/v1\/traces/],
  ])('are refused with the name of what is wrong: %o', (environment, message) => {
    expect(() => settings(environment)).toThrow(message);
  });
});
