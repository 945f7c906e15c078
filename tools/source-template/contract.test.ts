import { hexSigner } from '../../../test/contract/proofs.ts';
import { sourceContract } from '../../../test/contract/sources.ts';
import { __id__ } from './index.ts';

sourceContract(__id__, import.meta.dirname, { signers: [hexSigner('X-__Id__-Signature')] });
