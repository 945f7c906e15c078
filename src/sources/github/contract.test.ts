import { hexSigner } from '../../../test/contract/proofs.ts';
import { sourceContract } from '../../../test/contract/sources.ts';
import { github } from './index.ts';

sourceContract(github, import.meta.dirname, { signers: [hexSigner('X-Hub-Signature-256')] });
