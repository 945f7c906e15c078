import { hexSigner, standardSigner } from '../../../test/contract/proofs.ts';
import { sourceContract } from '../../../test/contract/sources.ts';
import { customhttp } from './index.ts';

sourceContract(customhttp, import.meta.dirname, { signers: [standardSigner, hexSigner('X-VS-Signature')] });
