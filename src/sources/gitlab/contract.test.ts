import { standardSigner, tokenInHeader } from '../../../test/contract/proofs.ts';
import { sourceContract } from '../../../test/contract/sources.ts';
import { gitlab } from './index.ts';

sourceContract(gitlab, import.meta.dirname, { signers: [standardSigner], tokens: [tokenInHeader('x-gitlab-token')] });
