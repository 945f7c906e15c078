import { own } from '../_kit/json.ts';
import { anyOf, hexHmac } from '../_kit/signatures.ts';
import { defineSource, fromHeader, on } from '../define.ts';
import { readBuild } from './build.ts';
import { BuildHook } from './schema.ts';

export const __id__ = defineSource({
  id: '__id__',
  title: '__Title__',
  tells: 'builds with queue and run',
  stability: 'beta',
  // Whether it may post application/x-www-form-urlencoded with the JSON in `payload`.
  forms: false,
  // Kept with each delivery; never one that holds a secret or a signature.
  keepHeaders: ['content-type', 'user-agent', 'x-__id__-delivery', 'x-__id__-event'],
  // How it proves who it is. Others are in _kit/signatures.ts.
  verify: anyOf(hexHmac({ header: 'X-__Id__-Signature', prefix: 'sha256=' })),
  // What a redelivery has in common with the first one; undefined where nothing is, and then the same bytes are the same.
  deliveryKey: ({ headers }) => headers['x-__id__-delivery'] || undefined,
  // Where it writes which kind of hook this is, and what happened.
  hook: fromHeader('X-__Id__-Event'),
  action: ({ payload }) => own(payload, 'action'),
  // One for each kind of hook; every other kind is ignored.
  readers: { build: on(BuildHook, readBuild) },
});
