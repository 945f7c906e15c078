import type { Random } from './random.ts';
import type { TeamName } from './teams.ts';

export interface Idea {
  readonly title: string;
  readonly type: 'Story' | 'Bug' | 'Task' | 'Technical debt';
}

interface Words {
  readonly does: readonly string[];
  readonly what: readonly string[];
  /** As they are: long ones, and some in other languages. */
  readonly whole: readonly string[];
}

const words: Readonly<Record<TeamName, Words>> = {
  checkout: {
    does: ['Show', 'Remember', 'Simplify', 'Validate', 'Speed up', 'Translate', 'Log', 'Redesign', 'Test'],
    what: [
      ...['delivery dates', 'gift wrapping', 'the address form', 'voucher codes', 'card payments', 'the order summary'],
      ...[
        'taxes per country',
        'guest orders',
        'the mini cart',
        'refunds',
        'stored cards',
        'parcel lockers',
        'receipts',
      ],
      'split payments',
    ],
    whole: [
      'Änderung der Lieferadresse auch nach der Zahlung erlauben',
      'عرض سعر التوصيل قبل الدفع',
      'When somebody changes the delivery country after a voucher was applied, recompute taxes, shipping and the discount in ' +
        'that order, tell them what has changed and why, and keep what they had entered in the form so far',
      'Ödeme adımında hata mesajlarını anlaşılır yap',
    ],
  },
  search: {
    does: ['Rank', 'Index', 'Cache', 'Filter by', 'Suggest', 'Highlight', 'Group', 'Measure', 'Rewrite'],
    what: [
      ...[
        'synonyms',
        'price ranges',
        'sizes',
        'brands',
        'misspelt words',
        'recent searches',
        'stock levels',
        'colours',
      ],
      ...['categories', 'reviews', 'empty results', 'long queries', 'seasonal items', 'facets'],
    ],
    whole: [
      '検索結果のページ送りを速くする',
      'Покращити підказки для слів із помилками',
      'Queries that mix a brand, a size and a colour in any order should find the same items as the filters do, also where one ' +
        'of the words is a synonym or is misspelt, without making the common short queries any slower',
      'खोज परिणामों में स्टॉक दिखाएँ',
    ],
  },
  platform: {
    does: ['Upgrade', 'Harden', 'Automate', 'Document', 'Move', 'Monitor', 'Scale', 'Clean up', 'Replace'],
    what: [
      ...['the message broker', 'backups', 'certificates', 'base images', 'log retention', 'alert routes', 'quotas'],
      ...['the service mesh', 'secrets rotation', 'cluster nodes', 'tracing', 'cost reports', 'cron jobs', 'DNS zones'],
    ],
    whole: [
      'Automatizar a renovação dos certificados internos',
      'バックアップの復元を毎週確かめる',
      'Move the nightly restore test to the new cluster, with the credentials of its own that the audit asked for, an alert when ' +
        'it has not run for two days, and a page that says in plain words what to do then',
      'Athchóirigh an deais faireacháin',
    ],
  },
};

/** What a team could do next: nothing comes twice in a quarter. */
export class Ideas {
  readonly #words: Words;
  readonly #random: Random;
  readonly #start: number;
  #count = 0;

  constructor(team: TeamName, random: Random) {
    this.#words = words[team];
    this.#random = random;
    this.#start = random.whole(0, 125);
  }

  next(): Idea {
    this.#count += 1;
    const { does, what, whole } = this.#words;
    const own = this.#count % 9 === 4 ? whole[Math.floor(this.#count / 9)] : undefined;
    if (own !== undefined) return { title: own, type: 'Story' };
    // Nine words and fourteen meet in every pair before one comes again.
    const at = this.#start + this.#count;
    const thing = `${does[at % does.length]} ${what[at % what.length]}`;
    if (this.#random.isTrue(0.25)) return { title: `${thing}: wrong after the last change`, type: 'Bug' };
    return { title: thing, type: this.#random.oneOf(['Story', 'Story', 'Story', 'Task', 'Technical debt']) };
  }
}

export const outages: Readonly<Record<TeamName, readonly string[]>> = {
  checkout: ['Nobody can pay by card', 'Orders are charged twice', 'The last step shows an empty page'],
  search: ['Search answers with errors', 'No results for any brand', 'Results take ten seconds', 'Filters are ignored'],
  platform: ['Builds of all teams wait', 'Logs of an hour are missing', 'Certificates have run out'],
};
